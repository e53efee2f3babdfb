"""Things worth computing once per network, kept as long as the network lives."""

import weakref
from collections.abc import Callable
from typing import Any

from geo_integration.travel.streets.network import RoadNetwork

_KEPT: dict[int, dict[str, Any]] = {}
"""By ``id`` of the network: its arrays make it unhashable."""


def kept[T](network: RoadNetwork, name: str, make: Callable[[RoadNetwork], T]) -> T:
    """Return ``make(network)``, computed the first time it is asked for under this name.

    What is made must not hold the network itself, or neither would ever be freed; its arrays it may hold.
    """
    key = id(network)
    if key not in _KEPT:
        _KEPT[key] = {}
        weakref.finalize(network, _KEPT.pop, key, None)
    things = _KEPT[key]
    if name not in things:
        things[name] = make(network)
    made: T = things[name]
    return made
