"""The trade watch: readers that drop nothing in silence, a screen whose false alarms are known, and the bundled series."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from conftest import Given
from hypothesis import given as drawn
from hypothesis import strategies as st

from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.ledger import Ledger
from equipoise.maths.event_study import event_study, poisson_effects
from equipoise.maths.excess import excess, pass_through
from equipoise.maths.flags import (
    area_under_curve,
    benjamini_hochberg,
    chi_square_tail,
    placebo_p,
    placebo_p_of_placebos,
)
from equipoise.study import STAGES
from equipoise.vocabulary import measures
from equipoise.watch import trade
from equipoise.watch.trade.findings import Asked, screen_files
from equipoise.watch.trade.gathering import Legs, Ways, gather
from equipoise.watch.trade.injection import calibration, calibration_table, inject
from equipoise.watch.trade.layouts import layout_of, sources
from equipoise.watch.trade.screen import FLAGS, Goods, screen

WAYS = Ways(frozenset(["DEU", "FRA"]), ("KGZ",), "RUS", 202203)
HEAD = "period,reporter,partner,flow,product,value"


@pytest.fixture(scope="module")
def facts(case: Case) -> Ledger:
    """What the stage derives from the bundled case."""
    return trade.derive(case)


def write(path: Path, *rows: str, head: str = HEAD) -> Path:
    """A table with a header and rows."""
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def value(facts: Ledger, measure: str, subject: str, object: str, item: str, period: str) -> float:
    """One figure of the stage."""
    return float(facts.view(measure, subject=subject, object=object, item=item, period=period)["value"].item())


# --- mathematics -------------------------------------------------------------------------------------------------------


@drawn(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30), st.floats(0.01, 0.5))
def test_adjusted_values_call_out_what_the_step_up_rule_does(p: list[float], level: float) -> None:
    """The units with q at or below a level are those of the largest k with the k-th smallest p at most k / m times it."""
    q = benjamini_hochberg(p)
    ranked = np.sort(p)
    passing = [k for k in range(1, len(p) + 1) if ranked[k - 1] * len(p) / k <= level]
    assert (
        (q <= level).sum() == (np.asarray(p) <= ranked[max(passing) - 1]).sum() if passing else not (q <= level).any()
    )


def test_ranks_among_placebos_hold_their_level_whatever_the_law() -> None:
    """A unit that could have been a placebo has a p-value of 5 % or less in at most 5 % of the cases, under a heavy tail."""
    random = np.random.default_rng(1)
    scores = random.standard_cauchy((4000, 40))
    p = np.array([placebo_p(row[:1], row[1:])[0] for row in scores])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert (placebo_p_of_placebos(scores[:, 0]) <= 0.05).mean() == pytest.approx(0.05, abs=0.012)


def test_the_tail_of_the_chi_square_law_and_the_curve_agree_with_independent_results() -> None:
    """Tails against scipy's, the area under the curve against all pairs compared one by one."""
    stats = pytest.importorskip("scipy.stats")
    for freedom in (1, 2, 3, 8, 15):
        for x in (0.1, 2.0, 9.0, 40.0):
            assert chi_square_tail(x, freedom) == pytest.approx(stats.chi2.sf(x, freedom), rel=1e-9)
    random = np.random.default_rng(2)
    score, cause = random.integers(0, 6, 60).astype(float), random.random(60) < 0.4
    pairs = [(a > b) + 0.5 * (a == b) for a in score[cause] for b in score[~cause]]
    assert area_under_curve(score, cause) == pytest.approx(np.mean(pairs))


def test_the_event_study_is_the_poisson_regression_that_it_claims_to_be() -> None:
    """The closed form gives the coefficients of the regression with all its fixed effects, and its clustered errors."""
    random = np.random.default_rng(3)
    count, periods, reference = 40, 7, 4
    group = np.arange(count) < 20
    mean = np.exp(
        random.normal(2, 1, (count, 1))
        + random.normal(0, 0.2, periods)
        + group[:, None] * (np.arange(periods) > 4) * 0.7
    )
    flows = random.poisson(mean).astype(float)
    closed = event_study(flows, group, reference, range(reference))
    unit, time = (grid.ravel() for grid in np.meshgrid(np.arange(count), np.arange(periods), indexing="ij"))
    asked = [s for s in range(periods) if s != reference]
    effects = np.stack([(group[unit] & (time == s)).astype(float) for s in asked], axis=1)
    fit = poisson_effects(flows.ravel(), [unit, time], effects, unit)
    assert closed.effect[asked] == pytest.approx(fit.coefficient, abs=1e-8)
    scale = np.sqrt((20 / 19) / (40 / 39))  # each group has its own number of clusters
    assert closed.error[asked] == pytest.approx(np.sqrt(np.diag(fit.covariance)) * scale, rel=1e-6)
    assert 0.0 <= closed.before <= 1.0


def test_paths_that_part_before_the_date_are_told() -> None:
    """A group that drifts away beforehand has a small chance of its earlier path; one that does not has a fair one."""
    random = np.random.default_rng(4)
    group = np.arange(60) < 30
    drift = np.where(group[:, None], 0.25 * np.arange(8), 0.0)
    for lift, expected in ((drift, True), (np.zeros((60, 8)), False)):
        flows = random.poisson(np.exp(5.0 + lift)).astype(float)
        assert (event_study(flows, group, 5, range(5)).before < 0.01) is expected


@drawn(st.integers(2, 8), st.integers(0, 10**6), st.floats(0.2, 5.0))
def test_excess_knows_ordinary_growth_and_no_unit(units: int, seed: int, factor: float) -> None:
    """Flows that all grow alike have no excess; and the unit of money is of no consequence."""
    random = np.random.default_rng(seed)
    base = random.uniform(1.0, 9.0, (units, 4)) * np.ones((units, 1))
    season = np.tile(np.arange(4), 3)
    year = np.repeat(np.arange(3), 4)
    flows = np.tile(base, 3) * np.where(year == 2, factor, 1.0)
    ordinary = np.ones(units, dtype=bool)
    found = excess(flows, year, season, year == 2, ordinary, 1e-12)
    assert found.growth == pytest.approx(factor)
    assert found.ratio == pytest.approx(np.zeros(units), abs=1e-9)
    again = excess(1000.0 * flows, year, season, year == 2, ordinary, 1e-9)
    assert again.expected == pytest.approx(1000.0 * found.expected)


@drawn(st.integers(0, 10**6))
def test_no_more_passes_than_comes_or_goes(seed: int) -> None:
    """The bound is never above either excess, never below zero, and without a lag symmetric in the two."""
    random = np.random.default_rng(seed)
    came, gone = random.normal(0, 1, (2, 5, 12))
    bound = pass_through(came, gone, 6)
    assert (bound >= 0).all()
    assert (bound <= np.maximum(gone.sum(axis=1), 0.0)[:, None] + 1e-12).all()
    assert bound[:, 0] == pytest.approx(np.maximum(np.minimum(came.sum(axis=1), gone.sum(axis=1)), 0.0))


def test_bad_arrays_are_one_clear_error() -> None:
    """Values below zero, p-values above one, dates without a past, and regressors lost among effects are named."""
    with pytest.raises(InputError, match="0 to 1"):
        benjamini_hochberg([0.5, 1.5])
    with pytest.raises(InputError, match="periods before and after"):
        excess(np.ones((2, 2)), [0, 1], [0, 0], [True, True], [True, True], 1.0)
    with pytest.raises(InputError, match="fixed effects hold"):
        poisson_effects([1.0, 2.0, 3.0, 4.0], [[0, 0, 1, 1]], [[1.0], [1.0], [0.0], [0.0]])
    with pytest.raises(InputError, match="0 or more"):
        event_study([[-1.0, 1.0], [1.0, 1.0]], [True, False], 0, [])


# --- readers -----------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "comtrade new": (
        "period,reporterISO,partnerISO,flowCode,cmdCode,primaryValue,netWgt,classificationCode,motCode,customsCode,partner2Code",
        ["202301,DEU,KGZ,X,854231,1500,10,H6,0,C00,0", "202301,DEU,KGZ,X,854231,900,6,H6,2100,C00,0",
         "202301,KGZ,RUS,X,854231,700,5,H6,0,C00,0"],
    ),
    "comtrade old": (
        "Classification,Period,Trade Flow Code,Reporter ISO,Partner ISO,Commodity Code,Netweight (kg),Trade Value (US$)",
        ["H6,202301,2,DEU,KGZ,854231,10,1500", "H6,202301,2,KGZ,RUS,854231,5,700"],
    ),
    "BACI": ("t,i,j,k,v,q", ["2023,276,417,854231,1.5,0.01", "2023,417,643,854231,0.7,0.005"]),
    "Comext": (
        "DECLARANT_ISO,PARTNER_ISO,PRODUCT_NC,FLOW,PERIOD,VALUE_IN_EUROS,QUANTITY_IN_KG",
        ["DE,KG,85423190,2,202301,750,10", "KG,RU,85423190,2,202301,350,5"],
    ),
    "Comext since 2023": (
        "REPORTER,PARTNER,PRODUCT_NC,FLOW,PERIOD,VALUE_EUR,QUANTITY_KG",
        ["DE,KG,85423190,2,202301,750,10", "KG,RU,85423190,2,202301,350,5"],
    ),
    "SDMX-CSV": (
        "freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE,OBS_FLAG",
        ["M,DE,KG,85423190,2,VALUE_IN_EUROS,2023-01,750,", "M,DE,KG,85423190,2,QUANTITY_IN_100KG,2023-01,1,",
         "M,KG,RU,85423190,2,VALUE_IN_EUROS,2023-01,350,p"],
    ),
    "plain": (HEAD + ",quantity", ["2023-01,DEU,KGZ,export,854231,1500,10", "2023-01,KGZ,RUS,export,854231,700,5"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_says_the_same(name: str, tmp_path: Path) -> None:
    """The same two flows are read from each layout, totals once and without their parts, euros at the rate that is given."""
    head, rows = LAYOUTS[name]
    legs = gather(sources([write(tmp_path / "data.csv", *rows, head=head)]), WAYS, rates={202301: 2.0})
    assert legs.products == ("854231",)
    assert [float(legs.value[leg].sum()) for leg in (("in", "KGZ"), ("out", "KGZ"))] == pytest.approx([1500.0, 700.0])
    assert set(legs.value) == {("in", "KGZ"), ("out", "KGZ")}


def test_the_wide_table_of_eurostat_is_read(tmp_path: Path) -> None:
    """A column a period, keys in the first, a colon where there is no figure, and a letter as a remark."""
    head = "freq,reporter,partner,product,flow,indicators\\TIME_PERIOD\t2023-01 \t2023-02 "
    file = write(
        tmp_path / "ds.tsv",
        "M,DE,KG,854231,2,VALUE_IN_EUROS\t750 p\t: ",
        "M,DE,KG,854231,2,QUANTITY_IN_100KG\t1 \t2 ",
        head=head,
    )
    legs = gather(sources([file]), WAYS, rates={202300: 2.0})
    assert legs.periods == (202301,)
    assert legs.value["in", "KGZ"].tolist() == [[1500.0]]


def test_folders_parquet_and_packed_files_are_one_table(tmp_path: Path) -> None:
    """Files of several kinds in a folder are read together; months beat years, which are counted and set aside."""
    write(tmp_path / "a.csv", "2023-01,DEU,KGZ,export,854231,100")
    with gzip.open(tmp_path / "b.csv.gz", "wt") as packed:
        packed.write(f"{HEAD}\n2023-01,FRA,KGZ,export,854231,20\n")
    pl.DataFrame(
        {"period": ["2023-02", "2022"], "reporter": ["DEU", "DEU"], "partner": ["KGZ", "KGZ"], "flow": ["X", "X"],
         "product": ["854231", "854231"], "value": [3.0, 4.0]}
    ).write_parquet(tmp_path / "c.parquet")  # fmt: skip
    legs = gather(sources([tmp_path]), WAYS)
    assert legs.value["in", "KGZ"].tolist() == [[120.0, 3.0]]
    assert [(f.reason, f.rows) for f in legs.faults if f.done == "set aside"] == [("years beside months", 1)]


FAULTY = [
    "2023-01,DEU,KGZ,export,854231,100",
    "2023-01,DEU,KGZ,export,854231,100",  # the same report again
    "2023-01,FRA,KGZ,export,854231,5",
    "2023-01,FRA,KGZ,export,854231,6",  # a report that disagrees
    "2023-02,DEU,KGZ,export,854231,-7",
    "2023-02,DEU,KGZ,export,854231,about 8",
    "2023-02,DEU,KGZ,export,854231,",
    "April,DEU,KGZ,export,854231,9",
    "2023-02,DEU,Kyrgyz Republic,export,854231,10",
    "2023-02,DEU,Atlantis,export,854231,11",
    "2023-02,DEU,KGZ,barter,854231,12",
    "2023-02,DEU,KGZ,re-export,854231,13",
    "2023-02,DEU,KGZ,export,8542,14",
]


def test_nothing_is_dropped_without_a_count(tmp_path: Path) -> None:
    """Every row that is not used has a reason with file, row, what was found, what is allowed and what to do."""
    file = write(tmp_path / "bad.csv", *FAULTY)
    legs = gather(sources([file]), WAYS)
    aside = {f.reason: (f.rows, f.fault.row) for f in legs.faults if f.done == "set aside"}
    assert aside == {
        "negative": (1, 6), "no number": (1, 7), "empty": (1, 8), "unknown period": (1, 9), "unknown partner": (1, 11),
        "unknown flow": (1, 12), "part of a total": (2, 0), "the same report again": (1, 0), "reports that disagree": (2, 0),
    }  # fmt: skip
    assert legs.rows == legs.used + sum(f.rows for f in legs.faults if f.done == "set aside") == len(FAULTY)
    assert [f.rows for f in legs.faults if f.reason == "by name"] == [1]
    assert legs.value["in", "KGZ"].tolist() == [[100.0, 10.0]]
    for found in legs.faults:
        assert found.fault.file == "bad.csv"
        assert found.fault.found
        assert found.fault.allowed
        assert found.fault.remedy


def test_what_is_missing_is_said_and_is_not_zero(tmp_path: Path) -> None:
    """A mirror that nobody reports is named; months in which a reporter is silent are unknown, those without a row are zero."""
    rows = [f"2023-{m:02d},DEU,KGZ,export,854231,10" for m in (1, 2)]
    rows += ["2023-01,KGZ,RUS,export,854231,4", "2023-02,DEU,USA,export,854232,1"]
    legs = gather(sources([write(tmp_path / "t.csv", *rows)]), WAYS)
    assert ("mirror", "KGZ") not in legs.value
    assert "mirror of KGZ" in {f.reason for f in legs.faults if f.done == "missing"}
    assert legs.value["out", "KGZ"][0].tolist() == pytest.approx([4.0, np.nan], nan_ok=True)
    assert legs.value["rest", ""][0].tolist() == [0.0, 0.0]


def test_partial_months_mixed_revisions_and_strange_money_are_named(tmp_path: Path) -> None:
    """A thin last month is set aside, mixed revisions are told, currencies without a rate are not taken for dollars."""
    head = HEAD + ",currency,revision"
    rows = [
        f"2022-{m:02d},DEU,KGZ,export,85{k:04d},10,USD,{'H5' if m < 6 else 'H6'}"
        for m in range(1, 9) for k in range(20 if m < 8 else 4)
    ]  # fmt: skip
    rows += ["2022-02,DEU,KGZ,export,850777,NaN,USD,H5", "2022-02,DEU,KGZ,export,850778,inf,USD,H5"]
    rows += ["2022-01,FRA,KGZ,export,850001,5,EUR,H5", "2022-01,FRA,KGZ,export,850002,5,GBP,H5"]
    legs = gather(sources([write(tmp_path / "t.csv", *rows, head=head)]), WAYS, rates={})
    reasons = {f.reason: f.rows for f in legs.faults}
    assert reasons["partial month"] == 4
    assert reasons["mixed revisions"] == len(rows)
    assert "852589" in next(f.fault.remedy for f in legs.faults if f.reason == "mixed revisions")
    assert reasons["no euro rate"] == 1
    assert reasons["unknown currency"] == 1
    assert reasons["no number"] == 2
    assert np.isfinite(legs.value["in", "KGZ"]).all()
    assert legs.periods[-1] == 202207


def test_files_that_are_cut_off_or_unknown_are_one_clear_error(tmp_path: Path) -> None:
    """A last row without an end, a packed file without its end, a table in no layout, an empty folder: each named."""
    cut = write(tmp_path / "cut.csv", "2023-01,DEU,KGZ,export,854231,100")
    cut.write_text(cut.read_text() + "2023-01,DEU,KG")
    packed = tmp_path / "cut.csv.gz"
    packed.write_bytes(gzip.compress(b"period,reporter\n" * 5000)[:-20])
    half = tmp_path / "half.parquet"
    half.write_bytes(b"PAR1 and then nothing")
    empty = tmp_path / "folder"
    empty.mkdir()
    for path, said in (
        (cut, "cut off"),
        (packed, "cut off"),
        (half, "cut off"),
        (empty, "no table"),
        (tmp_path / "no", "no such file"),
    ):
        with pytest.raises(InputError, match=said):
            sources([path])
    with pytest.raises(InputError, match=r"lacks .*value"):
        layout_of(["period", "reporter", "partner", "flow", "product"], "x.csv")


# --- the screen --------------------------------------------------------------------------------------------------------


def test_injected_diversion_is_found_and_nothing_is_found_where_nothing_is() -> None:
    """With a tenth diverted nearly all is found; without any, no good is named; ordinary goods raise few alarms in both."""
    outcomes = calibration((0.0, 0.1), repeats=1)
    for outcome in outcomes:
        assert outcome.false_alarm < 0.09
        if not outcome.share:
            assert np.isnan(outcome.auc)
            assert outcome.false_named <= 0.5
        else:
            assert outcome.auc > 0.85
            assert outcome.false_discovery <= (0.3 if "boom" in outcome.confounders else 0.15)
            assert outcome.false_named <= 0.15
            assert outcome.power > 0.5
            assert outcome.bias_of_bound == pytest.approx(-0.5, abs=0.15)  # half is never reported: the bound says so
    assert "| all | 0 % |" in calibration_table(outcomes)


def test_false_discoveries_stay_near_their_nominal_rate() -> None:
    """Of the goods with a q of 10 % or less about a tenth or less were not diverted, but for a boom of listed goods."""
    goods = Goods(frozenset(["85"]), frozenset(["02", "30"]), {})
    false, called = 0, 0
    for seed in range(8):
        panel = inject(0.1, ("exit", "base", "revision"), seed)
        found = screen(panel.legs, Ways(frozenset(["DEU"]), ("KGZ",), "RUS", 202203), "KGZ", goods)
        out = found.listed & (np.nan_to_num(found.q, nan=1.0) <= 0.1)
        false, called = false + int((out & (panel.truth == 0)).sum()), called + int(out.sum())
    assert called > 100
    assert false / called < 0.13


def test_codes_that_begin_with_a_revision_are_not_called_new_goods() -> None:
    """A code without a past on any leg is not judged; a good that others bought before and this state did not is new."""
    panel = inject(0.0, seed=5)
    legs = {leg: flow.copy() for leg, flow in panel.legs.value.items()}
    past = np.array([month < 202201 for month in panel.legs.periods])
    for flow in legs.values():
        flow[0, past] = 0.0
    legs["in", "KGZ"][1, past] = 0.0
    goods = Goods(frozenset(["85"]), frozenset(["02", "30"]), {})
    made = Legs(panel.legs.products, panel.legs.periods, legs, panel.legs.quantity, 0, 0, (), ("x",))
    found = screen(made, Ways(frozenset(["DEU"]), ("KGZ",), "RUS", 202203), "KGZ", goods)
    assert found.no_past[0]
    assert np.isnan(found.flags[0]).all()
    assert not found.no_past[1]
    assert found.flags[1, FLAGS.index("new_good")] == 1.0


def test_a_screen_without_ordinary_goods_or_a_past_says_so() -> None:
    """No placebo, no rate of false alarms, no screen; and a date needs whole years before it."""
    panel = inject(0.0, seed=6)
    ways = Ways(frozenset(["DEU"]), ("KGZ",), "RUS", 202203)
    with pytest.raises(InputError, match="never restricted"):
        screen(panel.legs, ways, "KGZ", Goods(frozenset(["85"]), frozenset(["99"]), {}))
    with pytest.raises(InputError, match="--since"):
        screen(
            panel.legs,
            Ways(ways.origin, ("KGZ",), "RUS", 201601),
            "KGZ",
            Goods(frozenset(["85"]), frozenset(["02"]), {}),
        )


# --- the bundled case --------------------------------------------------------------------------------------------------


def test_kyrgyzstan_stands_out_more_than_kazakhstan_in_the_same_screen(facts: Ledger) -> None:
    """Of the states on the way it stands furthest above ordinary buyers; all five do; no path had parted before."""
    ratio = {row["subject"]: row["value"] for row in facts.view("watch_ratio", item="total").iter_rows(named=True)}
    assert max(ratio, key=lambda state: ratio[state]) == "KGZ"
    assert ratio["KGZ"] > 3 * ratio["KAZ"] > 3.0
    assert (facts.view("watch_q", item="total")["value"] <= 0.05).all()
    assert (facts.view("pre_trend", item="total")["value"] > 0.05).all()


def test_the_false_alarms_of_the_real_screen_are_near_what_it_is_set_to(facts: Ledger) -> None:
    """Of well over a hundred other buyers about one in twenty is called out, now and a year too early."""
    assert value(facts, "watch_units", "states", "", "ordinary", "2022/2023") > 100
    for row in facts.view("watch_false_alarm", subject="states").iter_rows(named=True):
        assert row["low"] <= 0.05 <= row["high"] or row["value"] < 0.05
    assert facts.view("watch_false_alarm", subject="goods_KGZ").height == 0  # seventeen goods cannot tell one in twenty


def test_the_ratio_is_the_sum_of_the_file(facts: Ledger, shared: Callable[[str], Path]) -> None:
    """The Kyrgyz ratio and the growth of others, from the raw table by plain arithmetic, are what the stage says."""
    with shared("data/trade/eu27_exports_by_partner_annual.csv").open(encoding="utf-8") as file:
        sold = {(row["iso3"], int(row["year"])): float(row["eu27_exports_eur"]) for row in csv.DictReader(file)}
    rate = {2017: 1.1297, 2018: 1.181, 2019: 1.1195, 2020: 1.1422, 2021: 1.1827, 2022: 1.053, 2023: 1.0813}
    base = sum(sold["KGZ", year] * rate[year] for year in range(2017, 2022)) / 5
    now = {year: sold["KGZ", year] * rate[year] for year in (2022, 2023)}
    over = value(facts, "watch_excess", "KGZ", "EU", "total", "2022/2023")
    ratio = value(facts, "watch_ratio", "KGZ", "EU", "total", "2022/2023")
    expected = (sum(now.values()) / 2 / 1e6 - over) / (base / 1e6)
    assert 1.0 < expected < 1.5  # the median growth of ordinary buyers
    assert ratio == pytest.approx(sum(now.values()) / 2 / base / expected, rel=0.02)


def test_listed_goods_before_and_after_tracking_stand_with_their_grade(facts: Ledger, case: Case) -> None:
    """170 mln USD in 2025 against 12 in 2021, grade C; at most 146 passed beyond the past; what is at stake holds the figure."""
    cited = case.view("listed_export", subject="KAZ", item="surge_31")
    held = {row["period"]: (row["value"], row["grade"]) for row in cited.iter_rows(named=True)}
    assert (held["2025"], held["2021"]) == ((170.0, "C"), (12.0, "C"))
    assert value(facts, "pass_through", "KAZ", "RUS", "surge_31", "2025") == pytest.approx(
        170 - (36 + 32 + 16 + 12) / 4
    )
    stake = facts.view("secondary_exposure", subject="KAZ", item="passed_on").row(0, named=True)
    assert stake["low"] < stake["value"] == 170.0 < stake["high"]
    cost = {row["item"]: row["value"] for row in facts.view("compliance_cost").iter_rows(named=True)}
    assert cost["total"] == pytest.approx(cost["margin"] + cost["controls"])


def test_published_estimates_stand_beside_ours(facts: Ledger, case: Case) -> None:
    """About half of the additional exports are not reported, as published; our share of the fall is larger, of all goods."""
    ghost = facts.view("unreported_share", item="additional", period="2023")["value"].to_list()
    published = {r["item"]: r["value"] for r in case.view("published_reexport", period="2023").iter_rows(named=True)}
    assert min(ghost) < published["ghost"] < max(ghost)
    ours = facts.view("substitution_ratio", item="studied_ways", period="2023").row(0, named=True)
    assert published["fall_offset"] < ours["low"] < ours["value"] < ours["high"] < 0.5


def test_every_finding_has_parents_and_no_one_is_accused(facts: Ledger, case: Case) -> None:
    """Each fact traces to sources or named assumptions, and no statement, measure or note says evasion, firm or person."""
    named = {*case.table("sources")["source"].to_list(), *case.table("assumptions")["assumption"].to_list()}
    held = {name.split("#")[0] for name in case.ledger.ids()}
    assert (
        set(facts.facts["basis"].cast(str)) == set(facts.derivations["derivation"]) == set(facts.parents["derivation"])
    )
    assert {name for name in facts.parents["parent"] if name.split("#")[0] not in named | held} == set()
    tree = case.add(facts).trace("secondary_exposure:KAZ>EU/supply@2025")[0]
    assert {leaf.kind for leaf in tree.leaves()} == {"source"}
    assert all(leaf.text for leaf in tree.leaves())
    told = " ".join(
        [
            *facts.derivations["statement"].to_list(),
            *(measures()[m].meaning + measures()[m].label for m in trade.WRITES),
        ]
    )
    assert not {"evasion", "evade", "evader", "firm", "company", "smuggl"} & set(told.lower().split())
    assert set(facts.facts["measure"].cast(str).unique()) <= set(trade.WRITES)


def test_no_loss_is_made_from_what_is_watched() -> None:
    """Of the trade watch the futures alone read anything, and that the trade at stake: no sign and no flag is ever a cost."""
    read = {stage.name: set(stage.reads) & set(trade.WRITES) for stage in STAGES if stage.name != "watch"}
    at_stake = {"pass_through", "secondary_exposure", "compliance_cost"}
    assert {name: found for name, found in read.items() if found} == {"advice": at_stake}


def test_a_case_that_watches_nothing_derives_nothing(toy: Case) -> None:
    """No panel, no facts, no error."""
    assert len(trade.derive(toy)) == 0


# --- the terminal ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a made-up panel in which Kyrgyz re-exports of listed goods are known."""
    legs = inject(0.3, ("boom",), seed=3).legs
    who = {
        "in": ("DEU", "KGZ", "X"),
        "mirror": ("KGZ", "DEU", "M"),
        "out": ("KGZ", "RUS", "X"),
        "direct": ("DEU", "RUS", "X"),
    }
    parts = []
    for (kind, state), flows in legs.value.items():
        if kind == "rest":
            continue
        seller, buyer, flow = who.get(kind, ("DEU", state, "X"))
        row, column = np.nonzero(flows)
        parts.append(pl.DataFrame({
            "period": [legs.periods[c] for c in column], "reporter": seller, "partner": buyer, "flow": flow,
            "product": [legs.products[r] for r in row], "value": flows[row, column],
        }))  # fmt: skip
    path = tmp_path_factory.mktemp("brought") / "panel.parquet"
    pl.concat(parts).write_parquet(path)
    return path


def test_the_terminal_tells_false_alarms_first(given: Given) -> None:
    """The bundled series begin with the rate of false alarms; every table has a state beside another; JSON holds the facts."""
    status, out, _ = given("watch", "trade", "--transit", "KAZ,KGZ")
    assert status == 0
    assert out.index("False alarms first") < out.index("Kyrgyzstan") < out.index("Over expectation")
    assert "consistent with re-export" in " ".join(out.split())
    assert "evasion" not in out
    assert "Uzbekistan   █" not in out
    status, out, _ = given("watch", "trade", "--json")
    assert status == 0
    found = {row["id"].split(":")[0] for row in json.loads(out)["facts"]}
    assert {"watch_false_alarm", "watch_ratio", "substitution_ratio", "unreported_share", "secondary_exposure"} <= found


def test_files_are_screened_good_by_good(given: Given, brought: Path) -> None:
    """A file that is brought is screened: false alarms of every sign first, goods named with q and signs, facts as CSV."""
    asked = ("watch", "trade", str(brought), "--transit", "KGZ", "--products", "85")
    status, out, _ = given(*asked)
    text = " ".join(out.split())
    assert status == 0
    assert text.index("false alarms first") < text.index("how often each sign is seen") < text.index("Named are goods")
    assert "consistent with re-export" in text
    assert "Chance of so much before them" in text
    status, out, _ = given(*asked, "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert {"watch_q", "watch_flags", "pass_through", "watch_false_alarm", "event_effect"} <= {
        row["measure"] for row in rows
    }


def test_bad_words_at_the_terminal_are_one_clear_error(given: Given, brought: Path) -> None:
    """A case with options of files, an unknown state, a month that is none, a file that is not there: no traceback."""
    for words, said in (
        (("--since", "2022-03"), "files of trade data"), (("--transit", "XXX"), "--transit"), (("nowhere",), "nowhere"),
        ((str(brought), "--since", "spring"), "--since"), ((str(brought), "--products", "chips"), "--products"),
            ((str(brought), "--transit", "KGZ"), "listed goods"),
        ((str(brought), "gone.csv"), "gone.csv"), ((str(brought), "--transit", "KAZ", "--products", "85"), "KAZ"),
    ):  # fmt: skip
        status, _, remark = given("watch", "trade", *words)
        assert status == 2, words
        assert said in remark, words
        assert "Traceback" not in remark


def test_a_longer_list_of_asked_states_changes_no_single_screen(case: Case, brought: Path) -> None:
    """What is found for one state does not depend on which others are asked for beside it."""
    codes = tuple(f"85{n:04d}" for n in range(60))
    one = screen_files(case, [brought], Asked(transits=("KGZ",), products=codes)).screens
    two = screen_files(case, [brought], Asked(transits=("KGZ", "ARM"), products=codes)).screens
    assert [found.state for found in two] == ["KGZ"]
    assert one[0].score == pytest.approx(two[0].score, nan_ok=True)
