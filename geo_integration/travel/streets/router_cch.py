"""Routing by customizable contraction hierarchies, through either binding of RoutingKit."""

import importlib
import threading
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo_integration.travel.snapping import Integers
from geo_integration.travel.streets.network import LARGEST_MILLISECONDS, RoadNetwork
from geo_integration.travel.streets.router_table import NO_PATH, NOTHING, Path, TableRouter
from geo_integration.travel.streets.snap import Entries

INFINITY = 2**31 - 1
"""RoutingKit's."""

Search = Callable[[list[tuple[int, int]]], list[int | None]]
"""From (node, milliseconds) pairs of one place to the milliseconds of every pinned node, None for no way."""


class _Metric(Protocol):
    """What is used of pyroutingkit's, which ships no types."""

    def customize(self, weights: NDArray[np.uint32]) -> None: ...

    def distances_many_to_many(
        self, sources: NDArray[np.uint32], targets: NDArray[np.uint32]
    ) -> NDArray[np.uint32]: ...

    def query(self, source: int, target: int) -> tuple[int, list[int], list[int]]: ...


class CchRouter(TableRouter):
    """The :class:`~.router.Router` by ``routingkit-cch``.

    Its queries may only be used in the thread that made them: each thread makes its own. It holds the
    interpreter's lock while it searches, so that threads gain nothing; processes do.
    """

    name = "routingkit_cch"

    def __init__(self, network: RoadNetwork) -> None:
        super().__init__(network)
        self._kit = importlib.import_module("routingkit_cch")
        tail, head = network.tail.tolist(), network.head.tolist()
        order = network.order.tolist() or self._order(tail, head)
        # A metric does not keep what it was made from alive.
        self._hierarchy = self._kit.CCH(order, tail, head, False)  # noqa: FBT003
        self._metric = self._kit.CCHMetric(self._hierarchy, network.milliseconds.tolist())
        self._own = threading.local()

    def _order(self, tail: list[int], head: list[int]) -> list[int]:
        """Compute the order of contraction that the network does not bring."""
        nodes, lat, lon = self.network.nodes, self.network.lat.tolist(), self.network.lon.tolist()
        found: list[int] = self._kit.compute_order_inertial(nodes, tail, head, lat, lon)
        return found

    def _pinned(self, nodes: Integers, *, towards: bool) -> Search:
        """Return the search of these nodes from one place; the last one of each direction is kept."""
        name = "to" if towards else "from"
        last = getattr(self._own, name, None)
        if last is None or not np.array_equal(last[0], nodes):
            kind = self._kit.CCHManyToOne if towards else self._kit.CCHOneToMany
            last = nodes, kind(self._metric, nodes.tolist())
            setattr(self._own, name, last)
        found: Search = last[1].distances_to_multi if towards else last[1].distances_from_multi
        return found

    def distances(self, places: Entries, nodes: Integers, *, towards: bool) -> Integers:
        """Return milliseconds between places and nodes (:meth:`TableRouter.distances`)."""
        search = self._pinned(nodes, towards=towards)
        first = np.searchsorted(places.place, np.arange(places.places + 1)).tolist()
        entries = list(zip(places.node.tolist(), places.milliseconds.tolist(), strict=True))
        # No way is None, which as a float is NaN; every other number is below 2**31, so exact.
        table = np.full((places.places, len(nodes)), np.nan)
        for row in range(places.places):
            if first[row] < first[row + 1]:
                table[row] = search(entries[first[row] : first[row + 1]])
        return np.where(np.isnan(table), NO_PATH, table).astype(np.int64)

    def path(self, source: Entries, target: Entries) -> Path:
        """Return the quickest way (:meth:`Router.path`)."""
        if not len(source.node) or not len(target.node):
            return NOTHING
        ends = [list(zip(one.node.tolist(), one.milliseconds.tolist(), strict=True)) for one in (source, target)]
        # Both are dropped on return: RoutingKit's queries must not outlive the reading of their result.
        found = self._kit.CCHQuery(self._metric).run_multi(*ends)
        if found.distance is None or found.distance > LARGEST_MILLISECONDS:
            return NOTHING
        nodes, arcs = found.node_path, np.array(found.arc_path, dtype=np.int64)
        start, end = (int(np.searchsorted(one.node, node)) for one, node in ((source, nodes[0]), (target, nodes[-1])))
        return Path(int(found.distance), arcs, start, end)


class PyroutingkitRouter(TableRouter):
    """The :class:`~.router.Router` by ``pyroutingkit``, which computes its own order of contraction.

    Its metrics are searched one thread at a time: two at once crash the process.
    """

    name = "pyroutingkit"

    def __init__(self, network: RoadNetwork) -> None:
        super().__init__(network)
        self._kit = importlib.import_module("pyroutingkit")
        self._lock = threading.Lock()
        # Every arc and its reverse in one hierarchy: each direction is then only a set of weights.
        tail, head = (array.astype(np.uint32) for array in (network.tail, network.head))
        self._topology = self._kit.CCHTopology()
        lat, lon = (array.astype(np.float32) for array in (network.lat, network.lon))
        self._topology.build(np.concatenate([tail, head]), np.concatenate([head, tail]), lat, lon, network.nodes)

    @cached_property
    def _forward(self) -> _Metric:
        return self._metric(towards=False)

    @cached_property
    def _backward(self) -> _Metric:
        return self._metric(towards=True)

    def _metric(self, *, towards: bool) -> _Metric:
        weights, closed = self.network.milliseconds, np.full(self.network.arcs, INFINITY, dtype=np.uint32)
        metric: _Metric = self._kit.CCHMetric(self._topology)
        metric.customize(np.concatenate([closed, weights] if towards else [weights, closed]))
        return metric

    def distances(self, places: Entries, nodes: Integers, *, towards: bool) -> Integers:
        """Return milliseconds between places and nodes (:meth:`TableRouter.distances`)."""
        table = np.full((places.places, len(nodes)), NO_PATH, dtype=np.int64)
        first, position = np.unique(places.node, return_inverse=True)
        with self._lock:
            metric = self._backward if towards else self._forward
            found = metric.distances_many_to_many(first.astype(np.uint32), nodes.astype(np.uint32)).astype(np.int64)
        found[found >= INFINITY] = NO_PATH
        total = found[position] + places.milliseconds[:, np.newaxis]
        there, start = np.unique(places.place, return_index=True)
        table[there] = np.minimum.reduceat(total, start, axis=0)
        return table

    def path(self, source: Entries, target: Entries) -> Path:
        """Return the quickest way (:meth:`Router.path`)."""
        if not len(source.node) or not len(target.node):
            return NOTHING
        with self._lock:
            nodes = self._forward.distances_many_to_many(source.node.astype(np.uint32), target.node.astype(np.uint32))
            total = np.where(nodes < INFINITY, nodes, np.int64(NO_PATH)) + source.milliseconds[:, np.newaxis]
            total += target.milliseconds
            start, end = (int(at) for at in np.unravel_index(np.argmin(total), total.shape))
            if total[start, end] > LARGEST_MILLISECONDS:
                return NOTHING
            _, _, arcs = self._forward.query(int(source.node[start]), int(target.node[end]))
        return Path(int(total[start, end]), np.array(arcs, dtype=np.int64), start, end)
