"""Regional stability: what is counted, how it is pooled, what a forecast is worth, and that nothing is told finer than it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import equipoise as eq
from equipoise import region
from equipoise.brief import region as chapter
from equipoise.brief.desk import Desk
from equipoise.case import Case
from equipoise.errors import InputError
from equipoise.region import interdependence
from equipoise.region.findings import Findings
from equipoise.region.neighbourhood import region_of
from equipoise.region.pairs import PANELS, Dyads, Tables, dyads
from equipoise.region.record import foretelling

Given = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parent.parent
CORE = ("KAZ", "KGZ", "TJK", "TKM", "UZB")


@pytest.fixture(scope="module")
def tables(case: Case) -> Tables:
    """The panels of the bundled case."""
    return Tables.of({name: case.panel(name) for name in PANELS})


@pytest.fixture(scope="module")
def mids(tables: Tables) -> Dyads:
    """The pairs of 56 states year by year."""
    return dyads(tables, "mid", {"CHN": 0})


def figure(known: Case, measure: str, **where: str) -> tuple[float, float, float]:
    """Value, low and high of the one fact of a key."""
    row = known.view(measure, **where).row(0, named=True)
    return row["value"], row["low"], row["high"]


def test_the_region_is_that_of_the_borders_held(case: Case) -> None:
    """Central Asia is what the case holds borders of; China, Russia, Iran and Afghanistan are what it borders."""
    found = region_of(case)
    assert found.core == CORE
    assert found.neighbours == ("AFG", "CHN", "IRN", "RUS")
    assert len(found.pairs) == 10 + 20
    assert len(found.inner) == 10


def test_counts_are_those_of_the_record(known: Case, tables: Tables) -> None:
    """By hand: two of 23 years between Kyrgyzstan and Tajikistan, six between Tajikistan and Uzbekistan, one conflict to 2022."""
    assert figure(known, "dispute_count", subject="KGZ", object="TJK", item="dispute")[0] == 2
    assert figure(known, "dispute_years", subject="KGZ", object="TJK", item="dispute")[0] == 23
    assert figure(known, "dispute_count", subject="TJK", object="UZB", item="dispute")[0] == 6
    assert figure(known, "dispute_count", subject="KGZ", object="TJK", item="conflict")[0] == 1
    assert figure(known, "dispute_years", subject="KGZ", object="TJK", item="conflict")[0] == 33  # in 2022 it went on
    assert figure(known, "dispute_last", subject="KGZ", object="TJK", item="conflict")[0] == 2022
    assert figure(known, "regional_dispute_count", item="dispute")[0] == 13
    inner = tables.record("mid").filter(pl.col("a").is_in(CORE), pl.col("b").is_in(CORE))
    assert inner["begun"].sum() == 13


def test_every_rate_has_its_count_and_no_chance_is_finer_than_a_year(known: Case) -> None:
    """For every rate stand the number of events and of years beside it; rates are of years; no measure tells of months."""
    key = ["subject", "object", "item", "period"]
    rates = known.view("dispute_rate").select(key)
    for beside in ("dispute_count", "dispute_years"):
        assert rates.join(known.view(beside).select(key), on=key, how="anti").height == 0
    written = [known.measures[name] for name in region.WRITES]
    assert not [m.measure for m in written if "month" in m.unit or "day" in m.unit or "month" in m.label]
    rate = known.view("dispute_rate")
    assert (rate["low"] <= rate["value"]).all()
    assert (rate["value"] <= 10).all()


def test_pairs_with_the_same_record_have_the_same_rate(known: Case) -> None:
    """Rates depend on the record and on a common border alone; a pair without an event is not at rate zero."""
    quiet = [
        figure(known, "dispute_rate", subject=a, object=b, item="dispute") for a, b in (("CHN", "KAZ"), ("KAZ", "UZB"))
    ]
    assert quiet[0] == quiet[1]
    assert quiet[0][0] > 0


def test_base_rates_alone_are_shown_where_skill_is_not_proven(known: Case) -> None:
    """An interval that holds zero means no chance among the facts, and the sentence that says so comes first."""
    for record in ("dispute", "conflict"):
        skills = known.view("forecast_skill", subject=record)
        needed = skills.filter(pl.col("object").cast(pl.String).is_in(["climatology", "persistence"]))
        of = needed.filter(pl.col("item").cast(pl.String).str.starts_with("interdependence"))
        assert of.height == 4
        assert of["low"].min() <= 0  # type: ignore[operator]
        assert figure(known, "forecast_shown", subject=record)[0] == 0
    assert known.view("dispute_chance").height == 0
    first = chapter.stability(Desk(known))[0]
    words = "".join(part if isinstance(part, str) else part.plain for part in first.parts)  # type: ignore[union-attr]
    assert "base rates alone are shown, and no chance" in words


def test_the_first_finding_does_not_survive_its_objections(known: Case) -> None:
    """As first posed trade goes with fewer disputes; with the pair's own past beside it no effect can be told from none."""
    plain, memory, within = (
        figure(known, "interdependence_effect", subject="dispute", object="trade", item=variant)
        for variant in ("plain", "memory", "within")
    )
    assert plain[2] < 1
    assert memory[1] < 1 < memory[2]
    assert within[1] < 1 < within[2]


def planted(strength: float, seed: int = 5) -> Dyads:
    """Pairs of thirty states in which trade, and nothing else, decides, with a strength."""
    random = np.random.default_rng(seed)
    one, other = (np.tile(x, 19) for x in np.triu_indices(30, 1))
    year = np.repeat(np.arange(1996, 2015), one.size // 19)
    size = one.size
    names = (*interdependence.STRUCTURE, *interdependence.MEMORY, *interdependence.TIES["mid"])
    known = {name: random.normal(size=size) for name in names}
    known["border"] = (one + other < 12).astype(float)
    known["share"], known["peace"] = known["trade"], np.full(size, 100.0)
    happened = random.random(size) < 1 / (1 + np.exp(3.5 - strength * known["trade"]))
    states = tuple(f"S{i:02}" for i in range(30))
    return Dyads("mid", states, one, other, year, happened, known, 0, 0)


def test_skill_is_found_where_it_is_and_not_where_it_is_not() -> None:
    """Planted interdependence is proven and may be shown, with the right sign and size; pure noise is not."""
    real, noise = interdependence.study(planted(-2.0)), interdependence.study(planted(0.0))
    assert real.shown == "interdependence"
    effect = next(e for e in real.effects if (e.variable, e.variant) == ("trade", "memory"))
    assert effect.low < np.exp(-2.0) < effect.high
    assert effect.high < 1
    assert noise.shown == ""
    none = next(e for e in noise.effects if (e.variable, e.variant) == ("trade", "memory"))
    assert none.low < 1 < none.high


def test_a_chance_stands_among_the_facts_where_skill_is_proven(
    case: Case, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a model may be shown every pair of the region has its chance in the last year of the record, as it estimates it."""
    from equipoise.region import record

    real = record._study
    monkeypatch.setattr(
        record,
        "_study",
        lambda c, t, r, a, every=False: replace(real(c, t, r, a, every=every), shown="structure" if r == "mid" else ""),
    )
    found = Findings(case.settle())
    foretelling(found, tables, region_of(case))
    rows = found.found("dispute_chance")
    assert {row["period"] for row in rows} == {"2014"}
    chance = {(row["subject"], row["object"]): row["value"] for row in rows}
    assert len(chance) == 30
    assert chance["TJK", "UZB"] > 10 * chance["KAZ", "TJK"]  # type: ignore[operator]


def test_no_forecast_knows_its_own_year_or_later(mids: Dyads, monkeypatch: pytest.MonkeyPatch) -> None:
    """When what happened in the last two years is turned round, what was lost in the years before does not change."""
    monkeypatch.setattr(interdependence, "TRIALS", {"mid": (2011, 1)})
    late = mids.year >= 2013
    turned = replace(mids, happened=np.where(late, ~mids.happened, mids.happened))
    before, after = interdependence._tried(mids)[0], interdependence._tried(turned)[0]
    for name in before:
        assert before[name][:, :2] == pytest.approx(after[name][:, :2])
        assert not np.allclose(before[name][:, 2], after[name][:, 2])


def test_what_stands_beside_a_year_was_known_before_it(case: Case, mids: Dyads) -> None:
    """Products, capabilities, regimes and votes of a year and later change nothing of the rows of that year and before."""
    spoilt = {name: case.panel(name) for name in PANELS}
    for name, columns in (("region_states", ("cinc", "gdp", "ideal")), ("region_regimes", ("regime",))):
        late = pl.col("year") >= 2010
        spoilt[name] = spoilt[name].with_columns(
            pl.when(late).then(pl.col(c) * 0 + 1).otherwise(pl.col(c)).alias(c) for c in columns
        )
    other = dyads(Tables.of(spoilt), "mid", {"CHN": 0})
    early, now = mids.year <= 2010, other.year <= 2010
    assert early.sum() == now.sum()
    for name, values in mids.known.items():
        assert (values[early] == other.known[name][now]).all(), name
    assert mids.known["imbalance"][mids.year > 2011].sum() != other.known["imbalance"][other.year > 2011].sum()


def test_every_pair_year_is_counted_once_or_said_to_be_left_out(mids: Dyads) -> None:
    """Rows and rows left out are all pairs of 56 states in all years in which both stood; no pair-year stands twice."""
    keys = mids.pair.astype(np.int64) * 10_000 + mids.year
    assert np.unique(keys).size == keys.size
    stood = {s: dict.fromkeys(range(1992, 2015)) for s in mids.states}
    stood["CZE"].pop(1992)  # both are counted from the year after the end of Czechoslovakia
    stood["SVK"].pop(1992)
    pairs = [(a, b) for i, a in enumerate(mids.states) for b in mids.states[i + 1 :]]
    assert mids.year.size + mids.left_out == sum(len(stood[a].keys() & stood[b].keys()) for a, b in pairs)


@pytest.mark.parametrize("panel", ["region_disputes", "region_ties", "region_pairs"])
def test_a_pair_told_twice_or_in_two_directions_is_refused(case: Case, panel: str) -> None:
    """A row doubled and a directed table are faults that name the pair."""
    frames = {name: case.panel(name) for name in PANELS}
    row = frames[panel].head(1)
    with pytest.raises(InputError, match="twice"):
        Tables.of(frames | {panel: pl.concat([frames[panel], row])})
    turned = row.rename({"a": "b", "b": "a"}).select(frames[panel].columns)
    with pytest.raises(InputError, match="no direction"):
        Tables.of(frames | {panel: pl.concat([frames[panel], turned])})
    with pytest.raises(InputError, match="record"):
        dyads(Tables.of(frames), "icb")


def test_the_panels_are_what_the_recipe_makes_of_the_sources(
    case: Case, shared: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made anew from the published tables, every panel is the bundled one to the last figure."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.panels_region import panels

    source = shared("data/politics").parent
    for name, frame in panels(source).items():
        assert frame.equals(case.panel(name)), name


def test_trade_inside_the_region_counts_each_flow_once(known: Case) -> None:
    """2023: each flow by the seller's table or else the buyer's, in bn USD; the part of the flows that is known beside it."""
    goods = known.view(["export_value", "import_value"], item="goods", period="2023").with_columns(
        pl.col("measure", "subject", "object").cast(pl.String)
    )
    sold = {
        (r["subject"], r["object"]): r["value"]
        for r in goods.filter(pl.col("measure") == "export_value").iter_rows(named=True)
    }
    bought = {
        (r["object"], r["subject"]): r["value"]
        for r in goods.filter(pl.col("measure") == "import_value").iter_rows(named=True)
    }
    flows = {(a, b): sold.get((a, b), bought.get((a, b))) for a in CORE for b in CORE if a != b}
    told = [value for value in flows.values() if value is not None]
    assert figure(known, "regional_trade", period="2023")[0] == pytest.approx(sum(told) / 1e3)
    assert figure(known, "regional_trade_known", period="2023")[0] == pytest.approx(len(told) / 20)
    assert len(told) < 20  # what Tajikistan and Turkmenistan sell each other stands in no table: missing, not zero
    assert figure(known, "regional_trade_gap")[0] == pytest.approx(20 - 10.7)


def test_incomes_and_peoples_are_as_published(known: Case) -> None:
    """14,770 USD against 3,510, 2,750 and 1,430; Uzbeks are 14.8 % of Kyrgyzstan; Afghanistan has no estimate."""
    for other, income in (("UZB", 3510), ("KGZ", 2750), ("TJK", 1430)):
        assert figure(known, "income_gap", object=other)[0] == pytest.approx(14770 / income)
    assert figure(known, "group_share", subject="KGZ", object="UZB")[0] == 14.8
    assert known.view("group_share", subject="AFG").height == 0


def test_no_lever_is_said_to_work_for_sure(known: Case) -> None:
    """The band of every lever on incidents reaches the rate without it, and none raises it."""
    for row in known.view("regional_rate_with").iter_rows(named=True):
        rate = figure(known, "regional_dispute_rate", item=row["item"])[0]
        assert row["high"] == pytest.approx(rate)
        assert row["low"] <= row["value"] <= row["high"]
    assert {"dispute_mechanism", "sco_counterterror"} <= set(known.view("regional_rate_with")["subject"].cast(str))


def test_every_finding_rests_on_sources_assumptions_or_facts(known: Case) -> None:
    """Every parent of every derivation of the stage is a fact that stands, or a source or assumption of the register."""
    named = {*known.table("sources")["source"], *known.table("assumptions")["assumption"]}
    parents = known.ledger.parents.filter(pl.col("derivation").str.starts_with("region."))
    facts = {name.partition("#")[0] for name in known.ledger.ids()}
    strange = [p for p in parents["parent"].unique() if p.partition("#")[0] not in named and p not in facts]
    assert strange == []
    used = set(known.view(by=region.VERSION)["basis"].cast(str))
    assert used <= set(parents["derivation"])


def test_another_region_by_list(case: Case) -> None:
    """Any states: their pairs and no others, with the rates that they have in any region."""
    found = region.derive(case, states=["PAK", "IND", "CHN"])
    counts = eq.Ledger(found.facts).view("dispute_count", item="conflict")
    assert counts.select(pl.col("subject", "object").cast(pl.String)).rows() == [
        ("CHN", "IND"),
        ("CHN", "PAK"),
        ("IND", "PAK"),
    ]
    assert eq.Ledger(found.facts).view("unrest_going", subject="IND")["value"].item() == 34


def test_every_pair_year_is_studied_and_nothing_is_filled_in(tables: Tables, mids: Dyads) -> None:
    """All pair-years hold the complete ones as they are; a tie that is not known stands as none, and beside it that it is not."""
    everything = dyads(tables, "mid", {"CHN": 0}, every=True, tried=interdependence.TRIALS["mid"][0])
    assert everything.year.size > mids.year.size
    assert everything.year.size + everything.left_out == mids.year.size + mids.left_out
    whole = np.logical_and.reduce([everything.known[n] == 0 for n in everything.known if n.startswith("unknown_")])
    rows = {tuple(row) for row in np.stack([everything.one, everything.other, everything.year])[:, whole].T.tolist()}
    assert {tuple(row) for row in np.stack([mids.one, mids.other, mids.year]).T.tolist()} <= rows
    assert (everything.known["trade"][everything.known["unknown_trade"] > 0] == 0).all()


def test_both_skills_are_told_with_their_numbers_and_agree(known: Case) -> None:
    """The study of every pair-year stands beside that of the complete ones, with more rows; base rates alone where either
    interval holds zero."""
    for record in ("dispute", "conflict"):
        assert (
            figure(known, "panel_size", subject=record, item="every.rows")[0]
            > figure(known, "panel_size", subject=record, item="rows")[0]
        )
        item = "every.interdependence.brier"
        low = figure(known, "forecast_skill", subject=record, object="climatology", item=item)[1]
        assert low <= 0
        assert figure(known, "forecast_shown", subject=record)[0] == 0
    assert figure(known, "panel_size", subject="conflict", item="every.rows")[0] > 570_000


def test_a_climb_from_a_part_of_the_rows_ends_where_all_rows_end() -> None:
    """With many rows most of the way is done on a part of them: the estimate is that of a climb from nothing on all."""
    from equipoise.maths import dyadic

    random = np.random.default_rng(3)
    x = random.normal(size=(dyadic.MANY + 10_000, 3))
    happened = random.random(len(x)) < 1 / (1 + np.exp(7.0 - x[:, 0]))
    quick = dyadic.logit(x, happened)
    few = dyadic.logit(x[:5000], happened[:5000])
    nowhere = replace(few, coefficients=np.array([-5.0, 0.0, 0.0, 0.0]))
    slow = dyadic.logit(x, happened, start=nowhere)
    assert dyadic.logit(x, happened, start=quick).coefficients == pytest.approx(slow.coefficients, abs=1e-4)
    assert quick.coefficients == pytest.approx(slow.coefficients, abs=1e-4)
    assert quick.rounds < slow.rounds


def test_protests_and_crises_are_told_with_what_they_were_counted_in(known: Case) -> None:
    """Two protests of 79 events inside Kyrgyzstan, none of 27 inside Kazakhstan, whose interval is not nothing; no number of
    protests where no event was sampled; years with a dispute never exceed the years of the record."""
    assert figure(known, "protest_count", subject="KGZ")[0] == 2
    assert figure(known, "protest_sample", subject="KGZ")[0] == 79
    share = figure(known, "protest_share", subject="KAZ")
    assert share[0] == 0 < share[2]
    assert known.view("protest_share", subject="AFG").height == 0
    for row in known.view("crisis_years").iter_rows(named=True):
        assert known.view("crisis_count", subject=row["subject"])["value"].sum() <= row["value"]
    assert figure(known, "crisis_count", subject="KAZ", item="force")[0] == 3


def test_a_card_for_every_neighbour_names_the_levers_on_it(known: Case) -> None:
    """Every neighbour has its card; each line says grade and period; a lever stands where the register says that it acts."""
    from equipoise.brief.region_states import cards

    told = {card.caption.split(":")[0]: card for card in cards(Desk(known))}
    assert set(told) == {"China", "Kyrgyzstan", "Russia", "Tajikistan", "Turkmenistan", "Uzbekistan"}
    plain = {name: " ".join(str(cell) for row in card.rows for cell in row) for name, card in told.items()}
    assert "syrdarya consortium" in plain["Kyrgyzstan"]
    assert "syrdarya consortium" not in plain["China"]
    assert "china water treaty" in plain["China"]
    assert all(str(row[2])[0] in "ABC" for card in told.values() for row in card.rows)


def test_of_a_region_without_the_state_only_that_region_is_told(case: Case) -> None:
    """No levers, waters or place between others of another region; states that a record does not hold are said so."""
    found = eq.Ledger(region.derive(case, states=["VNM", "THA", "LAO"]).facts)
    assert not {"water_shortfall", "regional_rate_with", "mediation_distance"} & set(found.facts["measure"].cast(str))
    assert found.view("record_years", item="dispute")["value"].sum() == 0
    assert found.view("regional_dispute_rate")["subject"].cast(str).unique().to_list() == ["LAO+THA+VNM"]
    assert found.view("dispute_count", item="dispute").height == 0


def test_the_map_shades_states_by_their_share_and_hatches_where_too_few_are_seen(known: Case) -> None:
    """Areas alone, one shade a state; what is told of a bloc is told of its members; the hatch stays inside the borders."""
    from equipoise.brief import watch_map

    [chart] = watch_map.partners_map(Desk(known), "2023")
    cooperation = chart.wide["hconcat"][0]
    states = {f["id"]: f["properties"] for f in cooperation["layer"][1]["data"]["values"]}
    shades = watch_map.SHADES["cooperation"]
    assert shades.index(states["RUS"]["fill"]) > shades.index(states["IND"]["fill"])
    assert states["DEU"]["fill"] == states["FRA"]["fill"]
    assert states["EGY"]["fill"] == watch_map.LAND
    assert "India" in chart.told
    marks = {layer["mark"]["type"] for one in chart.wide["hconcat"] for layer in one["layer"]}
    assert marks == {"geoshape", "rect", "text"}  # no pin
    square = {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]}}
    points = [point for line in watch_map._hatch(square) for point in line["geometry"]["coordinates"]]
    assert points
    assert all(-1e-9 <= x <= 9 + 1e-9 and -1e-9 <= y <= 9 + 1e-9 for x, y in points)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ("SUN,KAZ", "ended in 1991"), ("SCG,KAZ", "MNE, SRB"), ("EU,KAZ", "bloc"), ("QQQ,KAZ", "QQQ"), ("KAZ", "two states"),
        ("KAZ,KGZ,KAZ", "KAZ twice"), ("kaz,kgz", "Write KAZ,KGZ"),
    ],
)  # fmt: skip
def test_states_that_are_none_are_refused(given: Given, states: str, told: str) -> None:
    """A state that ended, a bloc, an unknown code, one alone: one clear error and no traceback."""
    status, _, remarks = given("region", "--states", states)
    assert status == 2
    assert told in remarks
    assert "Traceback" not in remarks


def test_the_command_tells_the_skill_first(given: Given, known: Case) -> None:
    """What a forecast is worth comes before any rate; borders' time and cost are said to be missing."""
    status, printed, _ = given("region")
    assert status == 0
    assert printed.index("Can a new threat") < printed.index("How steady the region is") < printed.index("each pair")
    assert "Missing, not zero" in printed


def test_a_case_without_panels_tells_what_it_holds(toy: Case) -> None:
    """No panels, no rates and no study; no error either."""
    found = region.derive(toy)
    assert not {"dispute_rate", "forecast_skill"} & set(found.facts["measure"].cast(str))
