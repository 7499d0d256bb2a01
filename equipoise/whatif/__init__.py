"""What if: links, corridors or borders closed by any share, powers withdrawn, facts replaced, levers pulled; answered in the time
of a click.

A what-if is a case with channels shut and facts replaced. Levers stand in it as if they had been built today; what is lost is
counted from what leaves without them, so that a lever that earns more while nobody closes anything makes no loss larger. Its
facts bear its name as their object, so that two states of the world stand beside each other in one ledger; what nobody asked
about bears the name ``as_it_is``. It says what would be lost if, never what will be done. Asked by a user, it is not among the
stages that every study runs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from equipoise.case import Case
from equipoise.corridors.findings import Key, as_fact, routes_of
from equipoise.corridors.inputs import NETWORK_MEASURES, QUANTITIES
from equipoise.corridors.network import SMALLEST
from equipoise.errors import InputError
from equipoise.ledger import Derivation, Ledger
from equipoise.maths.ensemble import quantile_band, ranked_correlation
from equipoise.whatif.asking import (
    AS_IT_IS,
    OWN,
    OWN_BASIS,
    Change,
    WhatIf,
    answered,
    applied,
    closable,
    parse,
    with_changes,
    withdrawing,
)
from equipoise.whatif.networks import READING, Answered, World
from equipoise.whatif.pulling import OWN_POLICY, Pull, levers_of
from equipoise.whatif.weighing import Weight, needs_study
from equipoise.withdrawal.games import Outcome

__all__ = [
    "AS_IT_IS",
    "OWN",
    "OWN_BASIS",
    "OWN_POLICY",
    "READING",
    "READS",
    "VERSION",
    "WRITES",
    "Change",
    "Pull",
    "Weight",
    "WhatIf",
    "World",
    "answer",
    "answered",
    "applied",
    "closable",
    "derive",
    "levers_of",
    "needs_study",
    "parse",
    "with_changes",
    "withdrawing",
]  # fmt: skip

VERSION = "whatif/2"
READS = (*NETWORK_MEASURES, "control", "gdp", "lever_effect", "lever_target", "lever_build_time")
WRITES = (
    *(f"whatif_{what}_{q}" for q in QUANTITIES for what in ("flow", "spare", "way", "export", "lost", "rerouted", "kept")),
    "whatif_rent", "whatif_kept_rent", "whatif_loss", "whatif_inputs", "whatif_closed",
)  # fmt: skip
CARRIES_WEIGHT = 1e-4
"""Share of the rent that a figure must move, per cent by per cent, to be counted as carrying weight."""
STANDS_OUT = 16.0
"""Square of the standard errors by which a rank correlation must differ from zero to be told from chance: four."""
_STATEMENT = (
    "rent-maximising flow of {commodity} in {year}, {reading} limits, when {closed}; every input redrawn jointly; the weight of "
    "an input is its share of the variance of what is lost"
)

FloatArray = NDArray[np.float64]
Finding = tuple[Key, FloatArray, str]
"""The key of a fact, its value in every draw, the first at settled figures, and its derivation."""


def derive(
    case: Case,
    what: WhatIf,
    *,
    draws: int = 64,
    seed: int = 1,
    commodities: Sequence[str] = (),
    year: int | None = None,
) -> Ledger:
    """The facts of one what-if on a case; see :func:`answer`, which many questions about one case should use.

    Raises
    ------
    InputError
        A commodity is named that has no network.
    """
    return answer(World(case, what.changes, draws=draws, seed=seed, year=year), what, commodities)


def answer(world: World, what: WhatIf, commodities: Sequence[str] = ()) -> Ledger:
    """What each network carries, what is lost and what goes another way when this is closed, with 5-95 % bands.

    Facts of links and routes are of the ``commodities`` asked for, all that have a network if none is; the losses are of every
    commodity that the closure touches, and their sum in money, draw by draw, of all whose prices and costs are known.

    Raises
    ------
    InputError
        A commodity is named that has no network.
    """
    unknown = [name for name in commodities if name not in world.commodities]
    if unknown:
        raise InputError("commodity", found=", ".join(unknown)[:80], allowed=", ".join(world.commodities))
    findings: list[Finding] = []
    records: list[Derivation] = []
    rents: dict[str, FloatArray] = {}
    kept: list[FloatArray] = []
    heavy: set[str] = set()
    for commodity in world.commodities:
        shown = commodity in commodities or not commodities
        if not shown and not world.touches(commodity, what):
            continue
        found = world.answer(commodity, what)
        record = _record(world, found, what)
        records.append(record)
        findings += _volumes(world, found, what, record.id)
        if shown:
            findings += _ways(world, found, what, record.id)
        lost = np.array([one.rent - other.rent for one, other in zip(found.before, found.after, strict=True)]) / 1e3
        if np.isfinite(lost).all():
            rents[commodity] = lost
            if found.without:
                kept.append(_more(found.without, found.after, "rent") / 1e3)
            key = ("whatif_rent", world.home, what.id, commodity, str(found.network.year))
            findings.append((key, lost, record.id))
            heavy |= _heavy(world, found, what)
    total, whole = _total(world, what, rents, records)
    number = {which: np.full(world.values.draws, float(count)) for which, count in _graded(world, heavy).items()}
    year = str(world.year)
    if kept:
        total = [*total, (("whatif_kept_rent", world.home, what.id, "all", year), np.sum(kept, axis=0), whole[0].id)]
    counts = [
        (("whatif_inputs", world.home, what.id, which, year), n, one.id) for one in whole for which, n in number.items()
    ]
    return Ledger.of(_facts([*findings, *total, *counts]), [*records, *whole])


def _heavy(world: World, found: Answered, what: WhatIf) -> set[str]:
    """The figures that carry weight in what a network earns before and after, and who controls what of it."""
    both = (found.network.weights(solution) for solution in (found.base, found.solutions[0]))
    moved = {name for weights in both for name, weight in weights.items() if weight > CARRIES_WEIGHT}
    members = {actor for power in what.powers for actor in world.layout.members[power]}
    moved |= {name for name in found.works if name.startswith("lever_effect:")}
    return moved | {control.id for _, control in found.network.controls(members)}


def _graded(world: World, names: set[str]) -> dict[str, int]:
    """How many figures carry weight, how many of them are of grade C, how many assumed."""
    used = [world.graded[name] for name in sorted(names | {world.gdp_id}) if name in world.graded]
    rough, assumed = sum(grade == "C" for grade, _ in used), sum(kind == "assumed" for _, kind in used)
    return {"all": len(used), "grade_C": rough, "assumed": assumed}


def _volumes(world: World, found: Answered, what: WhatIf, basis: str) -> list[Finding]:
    """Exports, what of them is lost, and what leaves by another way."""
    q, year = found.network.quantity, str(found.network.year)
    export = np.array([one.exports for one in found.after])
    lost = np.array([one.exports for one in found.before]) - export
    rerouted = np.array([one.rerouted for one in found.after])
    named = [("export", export), ("lost", np.maximum(lost, 0.0)), ("rerouted", rerouted)]
    if found.without:
        named.append(("kept", _more(found.without, found.after, "exports")))
    item = found.network.commodity
    return [((f"whatif_{kind}_{q}", world.home, what.id, item, year), values, basis) for kind, values in named]


def _more(without: Sequence[Outcome], after: Sequence[Outcome], what: str) -> FloatArray:
    """How much more levers leave of something, draw by draw, than there would be without them."""
    return np.array([getattr(one, what) - getattr(other, what) for one, other in zip(after, without, strict=True)])


def _ways(world: World, found: Answered, what: WhatIf, basis: str) -> list[Finding]:
    """Flow and room left on every link, and the home state's flow on every route."""
    network, year, q, name = found.network, str(found.network.year), found.network.quantity, what.id
    links = len(network.links)
    flow = np.array([solution.arc_flow[:links] for solution in found.solutions])
    spare = np.clip(found.room[:, :links] - flow, 0.0, None)
    ours = np.array([solution.home_flow for solution in found.solutions])
    rows: list[Finding] = []
    known = set(world.network(network.commodity).links)
    for i, link in enumerate(network.links):
        if not network.capacity[i] and link not in known:
            continue  # a lever that nobody pulled would build it
        rows.append(((f"whatif_flow_{q}", link, name, network.commodity, year), flow[:, i], basis))
        if found.left[0, i] < 1.0:
            rows.append((("whatif_closed", link, name, network.commodity, year), 1.0 - found.left[:, i], basis))
        if link not in network.missing["capacity"] or found.left[0, i] < 1.0:
            rows.append(((f"whatif_spare_{q}", link, name, network.commodity, year), spare[:, i], basis))
    for route in routes_of(world.inputs, network):
        at = network.links.index(route.decisive)
        rows.append(((f"whatif_way_{q}", route.id, name, network.commodity, year), ours[:, at], basis))
    return rows


def _total(
    world: World, what: WhatIf, rents: dict[str, FloatArray], parts: Sequence[Derivation]
) -> tuple[list[Finding], list[Derivation]]:
    """The loss of all priced commodities together, in money and in % of GDP; nothing where none is touched or GDP is unknown."""
    if not rents:
        return [], []
    year = str(world.year)
    whole = np.sum(list(rents.values()), axis=0)
    heard: dict[str, float] = {}
    for part in parts:
        if part.id.split(".")[2] in rents:
            for name, weight in part.parents.items():
                heard[name] = max(weight, heard.get(name, 0.0))
    parents = heard | _strengths(world, whole, set(heard)) | ({world.gdp_id: 0.0} if world.gdp is not None else {})
    record = Derivation(
        f"whatif.{what.id}.all",
        VERSION,
        f"sum over {', '.join(rents)} of the rent lost, draw by draw",
        parents,
        _options(world),
    )
    rows: list[Finding] = [(("whatif_rent", world.home, what.id, "all", year), whole, record.id)]
    if world.gdp is not None:
        rows.append((("whatif_loss", world.home, what.id, "all", year), 100.0 * whole / world.gdp, record.id))
    return rows, [record]


def _facts(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Each figure at settled inputs, and its 5-95 % band over the draws; all bands at once."""
    values = np.array([drawn for _, drawn, _ in findings])
    low, high = quantile_band(values[:, 1:].T) if values.shape[1] > 1 else (values[:, 0], values[:, 0])
    ends = zip(findings, values[:, 0].tolist(), low.tolist(), high.tolist(), strict=True)
    return [as_fact(key, value, (a, b), basis=basis, by=VERSION) for (key, _, basis), value, a, b in ends]


def _record(world: World, found: Answered, what: WhatIf) -> Derivation:
    """How one network was answered, and on what: the inputs that drive what is lost first."""
    network = found.network
    lost = np.array([one.exports - other.exports for one, other in zip(found.before, found.after, strict=True)])
    used = {
        *network.inputs,
        *(i.id for held in network.control.values() for _, _, i in held if i.id in world.values.by_id),
        *found.works,
    }
    parents = dict.fromkeys(sorted(used), 0.0) | _strengths(world, lost, used)
    statement = _STATEMENT.format(
        commodity=network.commodity, year=network.year, reading=READING, closed=_in_words(what)
    )
    ordered = dict(sorted(parents.items(), key=lambda entry: (-entry[1], entry[0])))
    return Derivation(f"whatif.{what.id}.{network.commodity}", VERSION, statement, ordered, _options(world))


def _strengths(world: World, outcome: FloatArray, used: set[str]) -> dict[str, float]:
    """Squared rank correlation of an outcome with each input, of those that stand out from chance."""
    values = world.values
    if values.draws < 2 or float(np.ptp(outcome[1:])) < SMALLEST:
        return {}
    strength = ranked_correlation(world.ranked, outcome[1:]) ** 2
    limit = STANDS_OUT / (values.draws - 1)
    named = zip(values.uncertain, strength, strict=True)
    return {name: float(weight) for name, weight in named if weight > limit and name in used}


def _in_words(what: WhatIf) -> str:
    """What is closed, by id."""
    closed = [name if share == 1.0 else f"{100 * share:g} % of {name}" for name, share in sorted(what.closed.items())]
    parts = [f"{', '.join(closed)} closed"] if closed else []
    parts += [f"{', '.join(what.powers)} withdrawn"] if what.powers else []
    parts += [f"{len(what.changes)} figures changed by the user"] if what.changes else []
    pulled = ", ".join(f"{pull.lever} to {100 * pull.intensity:g} %" for pull in what.levers)
    parts += [f"as if levers stood today: {pulled}"] if pulled else []
    return " and ".join(parts) or "nothing is closed"


def _options(world: World) -> str:
    return f"draws={world.draws} seed={world.seed}"
