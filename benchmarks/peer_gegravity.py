"""One counterfactual by gegravity, in the environment of its own that it needs: reads a table, prints seconds and prices.

``python peer_gegravity.py trade.csv``; columns exporter, importer, trade, effect (of trade costs, to the power of minus the
elasticity, in logarithms); the elasticity is 4.
"""

import json
import sys
import time
import warnings

import gegravity
import numpy as np
import pandas as pd


def main() -> None:
    warnings.simplefilter("ignore")
    table = pd.read_csv(sys.argv[1])
    table["year"] = "2000"
    table["Y"] = table.groupby("exporter")["trade"].transform("sum")
    table["E"] = table.groupby("importer")["trade"].transform("sum")
    table["cost"] = np.log(
        table["trade"] * table["trade"].sum() / (table["Y"] * table["E"])
    )  # so that resistances are 1
    baseline = gegravity.BaselineData(
        table, imp_var_name="importer", exp_var_name="exporter", year_var_name="year", trade_var_name="trade",
        expend_var_name="E", output_var_name="Y",
    )  # fmt: skip
    one = pd.DataFrame({"var": ["cost"], "coeff": [1.0], "ste": [0.1]})
    coefficients = gegravity.CostCoeffs(estimates=one, identifier_col="var", coeff_col="coeff", stderr_col="ste")
    taken = []
    for _ in range(3):
        model = gegravity.OneSectorGE(
            baseline, year="2000", reference_importer="DEU", sigma=5, cost_variables=["cost"],
            cost_coeff_values=coefficients, quiet=True,
        )  # fmt: skip
        model.build_baseline(mr_tolerance=1e-12)
        changed = model.baseline_data.copy()
        changed["cost"] += changed["effect"]
        start = time.perf_counter()
        model.define_experiment(changed)
        model.simulate(ge_tolerance=1e-12)
        taken.append(time.perf_counter() - start)
    prices = model.country_results["factory gate price change (percent)"]
    print(json.dumps({"seconds": sorted(taken)[1], "price": (1 + prices / 100).to_dict()}))


if __name__ == "__main__":
    main()
