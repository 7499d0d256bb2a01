"""The shortest ways through a network, one after another, none of which meets a node twice.

References
----------
Dijkstra (1959), A note on two problems in connexion with graphs. doi:10.1007/BF01386390
Yen (1971), Finding the k shortest loopless paths in a network. doi:10.1287/mnsc.17.11.712
Lawler (1972), A procedure for computing the k best solutions. doi:10.1287/mnsc.18.7.401
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from equipoise.errors import InputError

__all__ = ["Path", "reachable", "shortest_paths"]


@dataclass(frozen=True, slots=True)
class Path:
    """A way: its arcs in order, and their weights added up."""

    arcs: tuple[int, ...]
    length: float


def shortest_paths(tail: ArrayLike, head: ArrayLike, weight: ArrayLike, source: int, sink: int) -> Iterator[Path]:
    """The loopless ways from source to sink over arcs (m,), the shortest first, as many as there are.

    Parallel arcs make different ways. Ways of equal length come in an order that the arcs alone decide: the same network
    gives the same order anywhere. There is no way from a node to itself.

    Raises
    ------
    InputError
        The arcs do not agree in number, a weight is negative or missing, or a node is none of the network.

    >>> [path.arcs for path in shortest_paths([0, 0, 1], [1, 2, 2], [1.0, 5.0, 1.0], 0, 2)]
    [(0, 2), (1,)]
    """
    graph = _Graph(tail, head, weight)
    for name, node in (("source", source), ("sink", sink)):
        if node < 0:
            raise InputError(name, found=node, allowed="a node, numbered from 0")
    first = graph.shortest((), source, sink, set(), set())
    waiting: list[tuple[float, tuple[int, ...], int]] = [(first.length, first.arcs, 0)] if first else []
    found: list[tuple[int, ...]] = []
    while waiting:
        length, arcs, turned = heapq.heappop(waiting)
        yield Path(arcs, length)
        found.append(arcs)
        for at in range(turned, len(arcs)):  # before the turn, every branch was tried when its own parent was found
            root = arcs[:at]
            taken = {other[at] for other in found if len(other) > at and other[:at] == root}
            passed = {source, *(graph.head[arc] for arc in root)}
            spur = graph.head[root[-1]] if root else source
            way = graph.shortest(root, spur, sink, taken, passed - {spur})
            if way:
                heapq.heappush(waiting, (way.length, way.arcs, at))


def reachable(tail: Sequence[int], head: Sequence[int], start: set[int]) -> set[int]:
    """Every node that the arcs lead to from any node of the start, the start among them.

    >>> sorted(reachable([0, 1, 3], [1, 2, 4], {0}))
    [0, 1, 2]
    """
    seen, edge = set(start), set(start)
    while edge:
        edge = {b for a, b in zip(tail, head, strict=True) if a in edge} - seen
        seen |= edge
    return seen


class _Graph:
    """Arcs by the node that they leave; what is forbidden is named at each search, nothing is copied."""

    def __init__(self, tail: ArrayLike, head: ArrayLike, weight: ArrayLike) -> None:
        ends = [np.asarray(values) for values in (tail, head)]
        lengths = np.asarray(weight, dtype=np.float64)
        if not ends[0].shape == ends[1].shape == lengths.shape or lengths.ndim != 1:
            shapes = f"{ends[0].shape}, {ends[1].shape}, {lengths.shape}"
            raise InputError(
                "tail, head and weight", found=shapes, allowed="one row of figures each, as long as the others"
            )
        if np.isnan(lengths).any() or (lengths < 0).any():
            raise InputError(
                "weight", found=float(lengths.min()), allowed="0 or more", remedy="leave out what is missing"
            )
        self.tail, self.head = ([int(node) for node in values] for values in ends)
        self.weight = [float(value) for value in lengths]
        self._out: dict[int, list[int]] = {}
        for arc, node in enumerate(self.tail):
            if np.isfinite(self.weight[arc]):
                self._out.setdefault(node, []).append(arc)

    def shortest(self, root: tuple[int, ...], start: int, sink: int, taken: set[int], passed: set[int]) -> Path | None:
        """The shortest way that begins with the root and goes on from its end, without these arcs and nodes."""
        queue: list[tuple[float, tuple[int, ...], int]] = [(0.0, (), start)]
        done = set(passed)
        while queue:
            length, arcs, node = heapq.heappop(queue)
            if node in done:
                continue
            if node == sink and arcs:
                every = root + arcs
                return Path(every, sum(self.weight[arc] for arc in every))
            done.add(node)
            for arc in self._out.get(node, ()):
                if arc not in taken and self.head[arc] not in done:
                    heapq.heappush(queue, (length + self.weight[arc], (*arcs, arc), self.head[arc]))
        return None
