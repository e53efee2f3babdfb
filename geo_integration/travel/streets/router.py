"""Quickest times and ways between places of a street network.

Three engines, one answer: customizable contraction hierarchies (Dibbelt, Strasser and Wagner,
*Customizable Contraction Hierarchies*, ACM JEA, 2016) by ``routingkit-cch`` or ``pyroutingkit``, and Dijkstra's
algorithm by scipy, which is always there. Weights are whole milliseconds, so that all three find exactly
the same times.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geo_integration.errors import OptionError
from geo_integration.travel.snapping import Floats, Integers
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router_cch import CchRouter, PyroutingkitRouter
from geo_integration.travel.streets.router_graph import graph
from geo_integration.travel.streets.router_scipy import ScipyRouter
from geo_integration.travel.streets.router_table import NO_PATH, Path
from geo_integration.travel.streets.snap import Entries, Snapped, arriving, direct, leaving

__all__ = [
    "ENGINES",
    "NO_PATH",
    "Path",
    "Router",
    "Way",
    "node_milliseconds",
    "open_router",
    "pair_milliseconds",
    "quickest_way",
    "shorten_along",
]

ENGINES = ("routingkit_cch", "pyroutingkit", "scipy")
"""By preference: names for :func:`open_router`, which are those of the modules needed."""


class Router(Protocol):
    """Searches one network. Nothing it returns depends on the engine, but for ways of equal length."""

    name: str
    network: RoadNetwork

    def table(self, sources: Entries, targets: Entries) -> NDArray[np.uint32]:
        """Return milliseconds from every source to every target, NO_PATH where there is no way.

        Shape (sources.places, targets.places). ``sources`` come from :func:`~.snap.leaving`, ``targets`` from
        :func:`~.snap.arriving`. Two places on the same street are also joined along it: :func:`pair_milliseconds` does.
        """
        ...

    def path(self, source: Entries, target: Entries) -> Path:
        """Return the quickest way from one place to another."""
        ...


@dataclass(frozen=True)
class Way:
    """The quickest way between two places.

    Attributes
    ----------
    milliseconds : in all, both accesses included.
    first, last : arcs of which a part is travelled at either end; the same one if ``along``.
    arcs : arcs travelled whole in between, in order.
    along : whether the way stays on one street: then only the part of ``first`` between the two places is travelled.
    """

    milliseconds: int
    first: int
    arcs: Integers
    last: int
    along: bool


_MAKERS: dict[str, Callable[[RoadNetwork], Router]] = {
    "routingkit_cch": CchRouter,
    "pyroutingkit": PyroutingkitRouter,
    "scipy": ScipyRouter,
}


def open_router(network: RoadNetwork, engine: str | None = None) -> Router:
    """Return a router: the first engine installed, or the one asked for.

    Raises OptionError for an engine that does not exist or is not installed. Preparing takes a while (a
    second or so, more without ``network.order``): keep the router.
    """
    installed = [name for name in ENGINES if importlib.util.find_spec(name) is not None]
    if engine is not None and engine not in installed:
        known = "n'existe pas" if engine not in ENGINES else "n'est pas installé"
        raise OptionError(
            f"le moteur « {engine} » {known}",
            where="engine",
            way_out=f"choisir parmi : {', '.join(installed)}",
        )
    return _MAKERS[engine or installed[0]](network)


def pair_milliseconds(router: Router, sources: Snapped, targets: Snapped) -> NDArray[np.uint32]:
    """Return milliseconds from every source to every target, door to door, NO_PATH where there is no way.

    Shape (sources, targets). Ways along one street are among those compared.
    """
    network = router.network
    table = router.table(leaving(network, sources), arriving(network, targets))
    return shorten_along(table, network, sources, targets)


def shorten_along(
    table: NDArray[np.uint32], network: RoadNetwork, sources: Snapped, targets: Snapped
) -> NDArray[np.uint32]:
    """Return a table with the times of pairs on the same street lowered to the time along it."""
    along = direct(network, sources, targets)
    table = table.copy()
    pair = along.source, along.target
    table[pair] = np.minimum(table[pair], along.milliseconds.astype(np.uint32))
    return table


def quickest_way(router: Router, source: Snapped, target: Snapped) -> Way | None:
    """Return the quickest way from one place to one other, None where there is none.

    Each argument holds a single place. Along one street and round about in the same time, along it goes.
    """
    network = router.network
    leave, arrive = leaving(network, source), arriving(network, target)
    path = router.path(leave, arrive)
    along = direct(network, source, target)
    if len(along.source) and along.milliseconds[0] <= path.milliseconds:
        arc = int(along.arc[0])
        return Way(int(along.milliseconds[0]), arc, np.empty(0, np.int64), arc, along=True)
    if path.milliseconds == NO_PATH:
        return None
    first, last = int(leave.arc[path.source]), int(arrive.arc[path.target])
    return Way(path.milliseconds, first, path.arcs, last, along=False)


def node_milliseconds(
    network: RoadNetwork, entries: Entries, *, limit_milliseconds: float, towards: bool = False
) -> Floats:
    """Return milliseconds from places to every node, whichever place is nearest.

    Parameters
    ----------
    network : the streets.
    entries : of one place (an isochrone), or of several (the nearest of them counts): leaving, or
        arriving with ``towards``.
    limit_milliseconds : nodes farther than this are given inf; ``inf`` searches everything.
    towards : times from every node to the places, instead of from the places.

    Returns
    -------
    Whole numbers, or inf, shape (nodes,).
    """
    found = graph(network, towards=towards)
    # One entry per node, the quickest: a sparse matrix has no place for two.
    order = np.lexsort((entries.milliseconds, entries.node))
    best = order[np.unique(entries.node[order], return_index=True)[1]]
    one = Entries(1, np.zeros_like(best), entries.node[best], entries.milliseconds[best], entries.arc[best])
    searched: Floats = dijkstra(found.entered(one), indices=found.nodes, limit=limit_milliseconds)
    return searched[: found.nodes]
