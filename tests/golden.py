"""The golden facts of the bundled case: what its results are today, in a table whose diff is read.

`make golden` writes the table anew after a change that was meant to move results.
"""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

import equipoise as eq
from equipoise.case import Case

TABLE = Path(__file__).parent / "golden" / "kazakhstan.csv"
MEASURES = (
    "modelled_rent", "flow_error_mass", "capacity_price", "cut_mass", "modelled_export_mass", "modelled_export_containers",
    "modelled_export_uranium", "modelled_export_gas", "withdrawal_loss", "backup_value", "shapley_share", "owen_share",
    "worst_single_loss", "worst_pair_loss", "input_count", "exposure_hhi", "exposure_effective_number", "exposure_coverage",
    "oil_share_by_definition",
    "income_loss", "own_income_loss", "autarky_loss", "income_model_spread", "income_deficits_kept", "income_asymmetry",
    "leverage_loss", "worst_income_loss", "income_interaction", "income_shapley", "income_owen", "withdrawal_dearer",
    "outage_lost_mass", "outage_rerouted_mass", "outage_storage_full",
    "arms_hhi", "alignment_spread", "mirror_gap", "inputs_missing", "fact_count",
)  # fmt: skip


def golden(case: Case) -> dict[str, str]:
    """Id and figure of every golden fact, at central inputs."""
    known = eq.run(case, draws=0)
    facts = known.view(list(MEASURES)).filter(pl.col("by") != "case")
    few = facts.filter(
        ~pl.col("measure").cast(pl.String).is_in(["withdrawal_loss", "withdrawal_dearer"])
        | (pl.col("object").cast(pl.String).str.count_matches("+", literal=True) < 2)
    )
    few = few.filter((pl.col("measure") != "capacity_price") | (pl.col("value") > 0))
    names = [name.split("#")[0] for name in eq.Ledger(few).ids()]
    return dict(sorted((name, f"{value:.6g}") for name, value in zip(names, few["value"].to_list(), strict=True)))


def main() -> None:
    """Write the table."""
    TABLE.parent.mkdir(exist_ok=True)
    facts = golden(eq.open_case("kazakhstan"))
    with TABLE.open("w", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("fact", "value"))
        writer.writerows(facts.items())
    print(f"{len(facts)} golden facts written to {TABLE}")  # noqa: T201


if __name__ == "__main__":
    main()
