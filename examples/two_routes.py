"""Solve the case that can be solved by hand, change a policy, and see what it buys.

Run it with: python examples/two_routes.py
"""

from pathlib import Path

import equipoise as eq


def loss(known: eq.Case, coalition: str) -> float:
    """Rent lost if these powers withdraw, mln USD a year."""
    return 1e3 * known.view("withdrawal_rent", object=coalition, item="crude", period="2025+1y")["value"].item()


def main() -> None:
    """Print v(S), the Shapley shares, and what 20 Mt of room on route B would buy."""
    case = eq.open_case(Path(__file__).parent / "two_routes")
    known = eq.run(case)
    for coalition in ("R", "C", "T", "C+T", "C+R", "R+T", "C+R+T"):
        print(f"v({coalition}) = {loss(known, coalition):,.0f} mln USD a year")
    for power, share in known.view("shapley_share").select("subject", "value").iter_rows():
        print(f"Shapley share of {power}: {1e3 * share:,.0f} mln USD a year")

    wider = case.view("capacity_mass", subject=["b_first", "b_second"]).with_columns(value=50.0)
    after = eq.run(case.replace(eq.Ledger(wider)))
    print(f"With 50 Mt of room on route B, R could cost {loss(after, 'R'):,.0f} instead of {loss(known, 'R'):,.0f}.")


if __name__ == "__main__":
    main()
