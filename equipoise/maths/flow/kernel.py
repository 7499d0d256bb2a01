"""The dual network simplex, compiled: one basis tree for many scenarios.

A scenario is a circulation. To the *m* arcs of the network one is added from each node to a root: what a receiver is
given runs up to the root and earns more than any detour costs, what a sender sends runs down from it and is free. So the
flow of nothing is always feasible, and a shortage is what an arc to the root does not carry.

A basis is a tree that spans nodes and root; an arc outside it stands at one of its bounds. Every arc has finite bounds,
so that any tree is dual feasible as soon as each arc outside stands at the bound that its reduced cost asks for. Hence one
tree serves all scenarios: it is taken as it is, flows follow from it, and each pivot drives an arc that carries too
much, or less than nothing, out of the tree. Arcs too narrow to take its place are flipped to their other bound on the way.

Imported where it is called: numba takes half a second to load.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from equipoise.maths.compiling import compiled as translated
from equipoise.maths.compiling import lean
from equipoise.maths.flow.shrink import Shrunk

__all__ = [
    "AFTER", "ARC", "AT_HIGH", "BAD", "BEFORE", "FIRST", "IN_TREE", "OPTIMAL", "PARENT", "ROUNDING", "UNVERIFIED", "Basis",
    "Limits", "Net", "Paper", "Start", "align", "compiled", "make_reference", "make_room", "solve", "solve_rows",
]  # fmt: skip

OPTIMAL, UNVERIFIED, BAD = 0, 1, 2
PARENT, ARC, FIRST, AFTER, BEFORE = range(5)  # rows of a tree
AT_LOW, IN_TREE, AT_HIGH = 1, 0, -1  # where an arc stands
ROUNDS = 4  # times that flows are computed anew before HiGHS is asked
ROUNDING = 4e-16

Floats = NDArray[np.float64]
Tree = NDArray[np.uint32]
Row = NDArray[np.uint32]

compiled = translated()


inlined = lean(inline=True)


class Net(NamedTuple):
    """Ends of the arcs, (m + n,), and the arcs at each node: ``around[start[i]:start[i + 1]]``."""

    tail: NDArray[np.uint32]
    head: NDArray[np.uint32]
    start: NDArray[np.uint32]
    around: NDArray[np.uint32]


class Limits(NamedTuple):
    """Bounds and costs of one scenario, (m + n,)."""

    low: Floats
    high: Floats
    cost: Floats


class Basis(NamedTuple):
    """A tree (5, n + 1), the place of every arc and its flow (m + n,), the price of every node (n + 1,)."""

    tree: NDArray[np.uint32]
    place: NDArray[np.int8]
    flow: Floats
    price: Floats


Start = tuple[Tree, NDArray[np.int8], Floats, Row]
"""Tree, places and prices of a basis, and its nodes from the root down."""


class Paper(NamedTuple):
    """Room to work in: a queue of nodes (n + 1,), what each must pass on, stamps on nodes, and arcs that could enter."""

    queue: NDArray[np.uint32]
    excess: Floats
    below: NDArray[np.int64]
    above: NDArray[np.int64]
    stamp: NDArray[np.int64]
    enter: NDArray[np.uint32]
    ratio: Floats


@inlined
def _gather(tree: Tree, node: int, queue: Row) -> int:
    """Nodes of the tree at and below a node, parents before children; how many."""
    none = tree.shape[1]
    queue[0] = node
    count, at = 1, 0
    while at < count:
        child = tree[FIRST, queue[at]]
        while child != none:
            queue[count] = child
            count += 1
            child = tree[AFTER, child]
        at += 1
    return count


@inlined
def _price(net: Net, limits: Limits, basis: Basis, queue: Row) -> float:
    """Prices that make every arc of the tree cost nothing, from the root down; the largest of them."""
    tree, price = basis.tree, basis.price
    price[queue[0]] = 0.0
    largest = 0.0
    for at in range(1, len(queue)):
        node = queue[at]
        arc = tree[ARC, node]
        cost = limits.cost[arc]
        price[node] = price[tree[PARENT, node]] + (-cost if net.tail[arc] == node else cost)
        largest = max(largest, abs(price[node]))
    return largest


@inlined
def _take_sides(net: Net, limits: Limits, basis: Basis, least: float) -> None:
    """Put every arc outside the tree at the bound that its reduced cost asks for."""
    place = basis.place
    for arc in range(len(place)):
        reduced = limits.cost[arc] + basis.price[net.tail[arc]] - basis.price[net.head[arc]]
        if reduced * place[arc] < -least:  # never so for an arc in the tree, whose place is 0
            place[arc] = -place[arc]


@inlined
def _flow(net: Net, limits: Limits, basis: Basis, paper: Paper) -> tuple[float, float]:
    """Flows of the tree that balance those outside it, from the leaves up; the worst breach of a bound, the largest flow."""
    tree, place, flow, excess = basis.tree, basis.place, basis.flow, paper.excess
    excess[:] = 0.0
    largest = 0.0
    for arc in range(len(place)):
        if place[arc] != IN_TREE:
            carried = limits.low[arc] if place[arc] == AT_LOW else limits.high[arc]
            flow[arc] = carried
            tail, head = net.tail[arc], net.head[arc]
            if carried != 0.0 and tail != head:
                largest = max(largest, abs(carried))
                excess[tail] -= carried
                excess[head] += carried
    worst = 0.0
    for at in range(len(paper.queue) - 1, 0, -1):
        node = paper.queue[at]
        arc = tree[ARC, node]
        passed = excess[node]
        excess[tree[PARENT, node]] += passed
        carried = passed if net.tail[arc] == node else -passed
        flow[arc] = carried
        worst = max(worst, carried - limits.high[arc], limits.low[arc] - carried)
    return worst, largest


@inlined
def _leaving(limits: Limits, basis: Basis, least: float, careful: bool) -> int:
    """The node whose arc to its parent is furthest out of bounds (if careful, the first such arc); the root if none is."""
    pred, flow = basis.tree[ARC], basis.flow
    root = len(pred) - 1
    chosen, worst, lowest = root, least, len(flow)
    for node in range(root):
        arc = pred[node]
        out = max(flow[arc] - limits.high[arc], limits.low[arc] - flow[arc])
        if careful:
            if out > least and arc < lowest:
                chosen, lowest = node, arc
        elif out > worst:
            chosen, worst = node, out
    return chosen


@inlined
def _candidates(net: Net, limits: Limits, basis: Basis, paper: Paper, count: int, outward: bool) -> int:
    """Arcs across the cut below the leaving arc that could relieve it, each with its reduced cost; how many."""
    found, stamp = 0, paper.stamp[0]
    for at in range(count):
        node = paper.queue[at]
        for slot in range(net.start[node], net.start[node + 1]):  # without branches: none of these could be foreseen
            arc = net.around[slot]
            place, tail, head = basis.place[arc], net.tail[arc], net.head[arc]
            out = tail == node
            far = paper.below[tail ^ head ^ node]
            paper.enter[found] = arc
            paper.ratio[found] = (limits.cost[arc] + basis.price[tail] - basis.price[head]) * place
            relieves = ((out == (place == AT_LOW)) == outward) & (place != IN_TREE) & (far != stamp)
            found += relieves & (limits.high[arc] > limits.low[arc])
    return found


@inlined
def _mark(tree: Tree, node: int, above: NDArray[np.int64], stamp: int) -> None:
    """Stamp a node and all above it."""
    root = tree.shape[1] - 1
    while node != root:
        above[node] = stamp
        node = tree[PARENT, node]
    above[root] = stamp


@inlined
def _push(net: Net, basis: Basis, paper: Paper, arc: int, amount: float) -> None:
    """Add to an arc across the cut, and carry the same round its cycle through the tree."""
    tree, flow, stamp = basis.tree, basis.flow, paper.stamp[0]
    flow[arc] += amount
    node, other = net.tail[arc], net.head[arc]
    if paper.below[node] != stamp:
        node, other, amount = other, node, -amount
    while paper.above[other] != stamp:
        up = tree[ARC, other]
        flow[up] += amount if net.tail[up] == other else -amount
        other = tree[PARENT, other]
    while node != other:
        up = tree[ARC, node]
        flow[up] -= amount if net.tail[up] == node else -amount
        node = tree[PARENT, node]


@inlined
def _choose(limits: Limits, paper: Paper, found: int, careful: bool) -> int:
    """Position of the candidate of least reduced cost; among equals the first arc if careful, else the widest."""
    best = 0
    for at in range(1, found):
        if paper.ratio[at] < paper.ratio[best]:
            best = at
        elif paper.ratio[at] == paper.ratio[best]:
            a, b = paper.enter[at], paper.enter[best]
            if careful:
                if a < b:
                    best = at
            elif limits.high[a] - limits.low[a] > limits.high[b] - limits.low[b]:
                best = at
    return best


@inlined
def _rehang(tree: Tree, top: int, node: int, parent: int, arc: int) -> None:
    """Hang the part of the tree below ``top`` by ``node`` from ``parent`` through ``arc``."""
    none = tree.shape[1]
    while True:
        old, old_arc = tree[PARENT, node], tree[ARC, node]
        before, after = tree[BEFORE, node], tree[AFTER, node]
        if before == none:
            tree[FIRST, old] = after
        else:
            tree[AFTER, before] = after
        if after != none:
            tree[BEFORE, after] = before
        eldest = tree[FIRST, parent]
        tree[BEFORE, node], tree[AFTER, node] = none, eldest
        if eldest != none:
            tree[BEFORE, eldest] = node
        tree[FIRST, parent] = node
        tree[PARENT, node], tree[ARC, node] = parent, arc
        if node == top:
            return
        parent, arc, node = node, old_arc, old


@inlined
def _enter(
    net: Net, limits: Limits, basis: Basis, paper: Paper, leaving: int, bound: float, found: int, careful: bool
) -> int:
    """The arc that takes the place of the leaving one, at the flow that brings it to its bound.

    An arc too narrow for that is taken to its other bound, and the next is asked.
    """
    best = _choose(limits, paper, found, careful)
    arc: int = paper.enter[best]
    lack = abs(basis.flow[leaving] - bound)
    while found > 1 and not careful and limits.high[arc] - limits.low[arc] < lack:
        _push(net, basis, paper, arc, (limits.high[arc] - limits.low[arc]) * basis.place[arc])
        basis.place[arc] = -basis.place[arc]
        basis.flow[arc] = limits.low[arc] if basis.place[arc] == AT_LOW else limits.high[arc]
        found -= 1
        paper.enter[best], paper.ratio[best] = paper.enter[found], paper.ratio[found]
        best = _choose(limits, paper, found, careful)
        arc = paper.enter[best]
        lack = abs(basis.flow[leaving] - bound)
    _push(net, basis, paper, arc, lack * basis.place[arc])
    return arc


@inlined
def _pivot(net: Net, limits: Limits, basis: Basis, paper: Paper, top: int, careful: bool) -> bool:
    """Drive the arc above ``top`` to the bound that it exceeds; false where nothing can take its place."""
    leaving = basis.tree[ARC, top]
    over = basis.flow[leaving] > limits.high[leaving]
    bound = limits.high[leaving] if over else limits.low[leaving]
    count = _gather(basis.tree, top, paper.queue)
    paper.stamp[0] += 1
    for at in range(count):
        paper.below[paper.queue[at]] = paper.stamp[0]
    _mark(basis.tree, basis.tree[PARENT, top], paper.above, paper.stamp[0])
    outward = (net.tail[leaving] == top) == over  # what else crosses the cut must carry more out of it
    found = _candidates(net, limits, basis, paper, count, outward)
    if found > 0:
        arc = _enter(net, limits, basis, paper, leaving, bound, found, careful)
        tail, head = net.tail[arc], net.head[arc]
        dearer = limits.cost[arc] + basis.price[tail] - basis.price[head]
        within, beyond = head, tail
        if paper.below[tail] == paper.stamp[0]:
            dearer, within, beyond = -dearer, tail, head
        for at in range(count):
            basis.price[paper.queue[at]] += dearer
        basis.place[arc] = IN_TREE
        basis.place[leaving] = AT_HIGH if over else AT_LOW
        basis.flow[leaving] = bound
        _rehang(basis.tree, top, within, beyond, arc)
    return found > 0


@inlined
def align(net: Net, limits: Limits, basis: Basis, paper: Paper) -> None:
    """Give every node its price and every arc outside the tree its place, from the tree and the costs alone."""
    root = basis.tree.shape[1] - 1
    _gather(basis.tree, root, paper.queue)
    _take_sides(net, limits, basis, ROUNDING * (root + 10) * _price(net, limits, basis, paper.queue))


@lean(inline=False)
def solve(net: Net, limits: Limits, basis: Basis, paper: Paper) -> bool:
    """Pivot an aligned basis until every arc is within bounds, then see to it with prices and flows computed anew.

    The answer is True only where flows and reduced costs are right to the rounding of a sum of n terms.
    """
    root, most = basis.tree.shape[1] - 1, 4 * (len(basis.place) + 20)
    for again in range(ROUNDS):
        if again > 0:
            align(net, limits, basis, paper)
        worst, largest = _flow(net, limits, basis, paper)
        least = ROUNDING * (root + 10) * largest
        if worst <= least:
            return True
        for turn in range(3 * most):
            careful = (
                turn > most or again == ROUNDS - 1
            )  # the first arc of all: slower, but it cannot go round for ever
            top = _leaving(limits, basis, least, careful)
            if top == root or not _pivot(net, limits, basis, paper, top, careful):
                break
    return False


@inlined
def _set_ends(limits: Limits, cost: Floats, supply: Floats, owner: Row, ends: Row, arcs: int) -> float:
    """Costs of the arcs, bounds and costs of those to the root; the most that can be sent."""
    limits.cost[:] = 0.0
    dearest = 0.0
    for arc in range(len(cost)):
        dearest = max(dearest, abs(cost[arc]))
        limits.cost[owner[arc]] += cost[arc]
    dear = len(supply) * dearest + 1.0  # a shortage costs more than any detour
    sent, asked = 0.0, 0.0
    for at in range(len(ends)):
        amount, arc = supply[ends[at]], arcs + at
        limits.low[arc] = -max(amount, 0.0)
        limits.high[arc] = max(-amount, 0.0)
        limits.cost[arc] = -dear if amount < 0.0 else 0.0
        sent += max(amount, 0.0)
        asked += max(-amount, 0.0)
    return min(sent, asked)


@inlined
def _set_room(limits: Limits, capacity: Floats, owner: Row, arcs: int, sent: float) -> bool:
    """Room of the arcs, that of its narrowest part where an arc has several; false where a capacity is bad.

    No room is wider than the most that can be of use: what is sent, and what cycles of negative cost can carry.
    """
    good, endless, paying, every = True, False, 0.0, 0.0
    limits.high[:arcs] = np.inf
    for arc in range(len(capacity)):
        room = capacity[arc]
        good &= room >= 0.0
        limits.high[owner[arc]] = min(limits.high[owner[arc]], room)
    for arc in range(arcs):
        room = limits.high[arc]
        if room < np.inf:
            every += room
            if limits.cost[arc] < 0.0:
                paying += room
        elif limits.cost[arc] < 0.0:
            endless = True
    most = sent + (every if endless else paying)
    for arc in range(arcs):
        limits.high[arc] = min(limits.high[arc], most)
    return good


@compiled
def make_room(arcs: int, nodes: int) -> tuple[Limits, Basis, Paper]:
    """Limits, a basis and paper for a network with the arcs to the root counted in."""
    limits = Limits(np.zeros(arcs + 1), np.zeros(arcs + 1), np.zeros(arcs + 1))  # the last is for what has no owner
    tree = np.zeros((5, nodes + 1), np.uint32)
    basis = Basis(tree, np.ones(arcs, np.int8), np.zeros(arcs + 1), np.zeros(nodes + 1))
    stamps = np.zeros(nodes + 1, np.int64), np.zeros(nodes + 1, np.int64), np.zeros(1, np.int64)
    paper = Paper(
        np.zeros(nodes + 1, np.uint32), np.zeros(nodes + 1), *stamps, np.zeros(arcs + 1, np.uint32), np.zeros(arcs + 1)
    )
    return limits, basis, paper


@compiled
def make_reference(network: Shrunk, capacity: Floats, cost: Floats, supply: Floats) -> tuple[bool, Start]:
    """The basis of one scenario, from a tree in which every node hangs from the root; and the order of its nodes."""
    tail, head, start, around, owner, ends = network
    net, nodes = Net(tail, head, start, around), len(ends)
    arcs = len(tail) - nodes
    limits, basis, paper = make_room(len(tail), nodes)
    tree = basis.tree
    tree[FIRST] = tree[AFTER] = tree[BEFORE] = nodes + 1
    for node in range(nodes):
        tree[PARENT, node], tree[ARC, node] = nodes, arcs + node
        basis.place[arcs + node] = IN_TREE
        if node > 0:
            tree[BEFORE, node] = node - 1
        if node + 1 < nodes:
            tree[AFTER, node] = node + 1
    if nodes > 0:
        tree[FIRST, nodes] = 0
    sent = _set_ends(limits, cost, supply, owner, ends, arcs)
    _set_room(limits, capacity, owner, arcs, sent)
    align(net, limits, basis, paper)
    solved = solve(net, limits, basis, paper)
    return solved, (tree, basis.place, basis.price, paper.queue)


@compiled
def solve_rows(
    first: int, last: int, network: Shrunk, reference: Start, fresh: bool,
    capacity: Floats, cost: Floats, supply: Floats, flow: Floats, total: Floats, unmet: Floats, outcome: NDArray[np.int64],
) -> None:  # fmt: skip
    """Solve scenarios first..last-1, each from the reference basis, into flow, total, unmet and outcome."""
    tail, head, start, around, owner, ends = network
    net, nodes = Net(tail, head, start, around), len(ends)
    arcs = len(tail) - nodes
    limits, basis, paper = make_room(len(tail), nodes)
    alike, sent = len(cost) == 1 and len(supply) == 1, 0.0
    for row in range(first, last):
        costs = cost[row if len(cost) > 1 else 0]
        if row == first or not alike:
            sent = _set_ends(limits, costs, supply[row if len(supply) > 1 else 0], owner, ends, arcs)
        if not _set_room(limits, capacity[row], owner, arcs, sent):
            outcome[row] = BAD
            continue
        basis.tree[:] = reference[0]
        basis.place[:] = reference[1]
        basis.price[:] = reference[2]
        paper.queue[:] = reference[3]
        if not (fresh and alike):
            align(net, limits, basis, paper)
        outcome[row] = OPTIMAL if solve(net, limits, basis, paper) else UNVERIFIED
        for arc in range(arcs):
            basis.flow[arc] = min(max(basis.flow[arc], 0.0), limits.high[arc])
        amount = 0.0
        for arc in range(len(owner)):
            carried = basis.flow[owner[arc]]
            flow[row, arc] = carried
            amount += costs[arc] * carried
        total[row] = amount
        for at in range(nodes):
            wanted = limits.high[arcs + at]
            short = wanted - basis.flow[arcs + at]
            if short > ROUNDING * (nodes + 10) * wanted:  # less than that is rounding
                unmet[row, ends[at]] = min(short, wanted)
