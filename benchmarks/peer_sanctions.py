"""Embargoes by sanction-simulator, in the environment of its own that it needs: prints the seconds that each takes.

Its model (input-output rationing) is another one, on the same tables at the detail at which they are published.
"""

import json
import time

import sanction_simulator
from sanction_simulator import power_trade_estimation as peer


def main() -> None:
    world = peer.Benchmark(sanction_simulator.data_dir(), cache=sanction_simulator.bench_cache())
    pairs = [("RUS", "CHN"), ("RUS", "TUR"), ("USA", "CHN"), ("DEU", "CHN"), ("JPN", "CHN"), ("USA", "MEX"), ("FRA", "DEU"),
             ("KAZ", "RUS")]  # fmt: skip
    known = [pair for pair in pairs if pair[0] in world.cidx and pair[1] in world.cidx]
    scenarios = [(f"{a}|{b}", peer.bilateral_legs(world.cidx[a], world.cidx[b])) for a, b in known]
    start = time.perf_counter()
    peer.run_scenarios(world, scenarios, peer.TAU_BASE, peer.RHO_BASE, peer.DELTA_BASE, log=lambda _: None)
    taken = (time.perf_counter() - start) / len(scenarios)
    print(json.dumps({"seconds": taken, "scenarios": len(scenarios), "countries": world.C, "sectors": world.S}))


if __name__ == "__main__":
    main()
