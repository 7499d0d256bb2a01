"""What of a network can decide anything: dead ends left out, chains made one arc."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shrunk", "shrink"]

Row = NDArray[np.uint32]
Shrunk = tuple[Row, Row, Row, Row, Row, Row]
"""tail, head (M + N,) of M arcs and of one arc from each of N nodes to the root, node N; start (N + 2,) and around, the
arcs at each node; owner (m,), the arc that each of the old ones is part of, M + N if none; ends (N,), the old node."""


def shrink(
    tail: NDArray[np.int64], head: NDArray[np.int64], used: NDArray[np.bool_], ends: NDArray[np.bool_]
) -> Shrunk:
    """Leave out arcs that are never ``used`` (m,), and nodes but the ``ends`` (n,) that nothing enters or nothing leaves;
    make one arc of the two at a node, no end, that one arc enters and one leaves.

    What is left has the same flows: an old arc carries what its owner does, whose capacity is that of its narrowest part
    and whose cost is their sum. A cycle that nothing else touches becomes a loop at the root.
    """
    nodes, arcs = len(ends), len(tail)
    source, target = tail.tolist(), head.tolist()
    into: list[set[int]] = [set() for _ in range(nodes)]
    out: list[set[int]] = [set() for _ in range(nodes)]
    loops = set()
    for arc in np.flatnonzero(used).tolist():
        if source[arc] == target[arc]:
            loops.add(arc)
        else:
            into[target[arc]].add(arc)
            out[source[arc]].add(arc)
    joined = list(range(arcs))  # the arc that each has become part of
    inner = ~ends
    waiting = np.flatnonzero(inner).tolist()
    while waiting:
        node = waiting.pop()
        if not into[node] or not out[node]:
            for arc in into[node]:
                out[source[arc]].discard(arc)
                waiting += [source[arc]] * bool(inner[source[arc]])
            for arc in out[node]:
                into[target[arc]].discard(arc)
                waiting += [target[arc]] * bool(inner[target[arc]])
            into[node], out[node] = set(), set()
        elif len(into[node]) == 1 == len(out[node]):
            first, second = into[node].pop(), out[node].pop()
            joined[second] = first
            target[first] = target[second]
            into[target[second]].discard(second)
            if source[first] == target[first]:
                out[source[first]].discard(first)
                loops.add(first)
                waiting += [source[first]] * bool(inner[source[first]])
            else:
                into[target[first]].add(first)
    return _numbered(source, target, joined, sorted(loops | set().union(*out)), loops, ends)


def _numbered(
    source: list[int], target: list[int], joined: list[int], left: list[int], loops: set[int], ends: NDArray[np.bool_]
) -> Shrunk:
    """Number anew what is left, and list the arcs at each node."""
    touched = ends.copy()
    plain = [arc for arc in left if arc not in loops]
    touched[[source[arc] for arc in plain] + [target[arc] for arc in plain]] = True
    kept = np.flatnonzero(touched)
    count, root = len(left), len(kept)
    place = dict(zip(kept.tolist(), range(root), strict=True))
    tail = [root if arc in loops else place[source[arc]] for arc in left] + list(range(root))
    head = [root if arc in loops else place[target[arc]] for arc in left] + [root] * root
    number = dict(zip(left, range(count), strict=True))
    owner = []
    for arc in range(len(joined)):
        last = arc
        while joined[last] != last:
            last = joined[last]
        owner.append(number.get(last, count + root))
    # a loop meets no node, and what runs to the root from a node that is never an end is always nothing
    active = [arc for arc in range(count + root) if tail[arc] != head[arc] and (arc < count or ends[kept[arc - count]])]
    at, arcs = np.array([tail[a] for a in active] + [head[a] for a in active], dtype=np.int64), np.array(active * 2)
    start = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=root + 1))])
    rows = tail, head, start, arcs[np.argsort(at, kind="stable")], owner, kept
    return tuple(np.array(row, dtype=np.uint32) for row in rows)  # type: ignore[return-value]
