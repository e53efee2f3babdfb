"""The way from one place to another, in words and geometry.

A straight leg from the place to its street, the streets step by step, a straight leg to the other place. Times
are those of the reach table to the millisecond, and the legs sum to them. Two places at the same point
still have both legs: one goes out to the street and comes back, and the streets are 0 m long.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo_integration.errors import OptionError
from geo_integration.travel.snapping import Floats
from geo_integration.travel.streets import wording
from geo_integration.travel.streets.ends import MINUTE, joined_place
from geo_integration.travel.streets.itinerary_steps import Piece, Stretch, bearing, chained, pieces, stretches, turn
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import Router, open_router, quickest_way
from geo_integration.travel.streets.snap import Snapped

DECIMALS = 6
"""Of degrees in GeoJSON: about 0.1 m."""

BESIDE_METRES = 5.0
"""Closer to its street than this, a place is on it."""


@dataclass(frozen=True)
class Leg:
    """One part of an itinerary.

    Attributes
    ----------
    kind : ``access`` (to the street), ``street`` or ``arrival`` (from the street).
    instruction : key of :data:`wording.FRENCH`: ``access``, ``depart``, ``straight``, ``slight_left``, ``left``,
        ``sharp_left``, ``slight_right``, ``right``, ``sharp_right``, ``uturn``, ``ferry``, ``arrival``,
        ``arrival_here``.
    street, street_class : name (may be empty) and class of OSM's ``highway``; both empty off the streets.
    milliseconds, metres : time and length.
    bearing_degrees : direction at its beginning, clockwise from north.
    side : where the place is when leaving the street: ``left``, ``right``, ``ahead``; "" for other legs.
    geometry : LineString, WGS84, in the direction of travel.
    """

    kind: str
    instruction: str
    street: str
    street_class: str
    milliseconds: int
    metres: float
    bearing_degrees: float
    side: str
    geometry: shapely.LineString

    @property
    def minutes(self) -> float:
        """Time."""
        return self.milliseconds / MINUTE

    def to_text(self) -> str:
        """Return the leg as a French sentence."""
        beside = self.kind == "street" or self.instruction == "arrival_here"
        return wording.FRENCH[self.instruction].format(
            street=wording.street(self.street, self.street_class),
            name=f" {self.street}" if self.street else "",
            wind=wording.wind(self.bearing_degrees),
            distance=wording.distance(self.metres),
            side="" if beside else wording.FRENCH[f"side.{self.side or 'ahead'}"],
            time=wording.spent(self.milliseconds),
        )


@dataclass(frozen=True)
class Itinerary:
    """The quickest way between two places.

    Attributes
    ----------
    mode : code of :class:`~geo_integration.vocabulary.Mode`.
    from_lonlat, to_lonlat : the places, WGS84 degrees.
    legs : access, streets in order (none between places at the same point of a street), arrival.
    """

    mode: str
    from_lonlat: tuple[float, float]
    to_lonlat: tuple[float, float]
    legs: tuple[Leg, ...]

    @property
    def milliseconds(self) -> int:
        """Time in all: that of the reach table."""
        return sum(leg.milliseconds for leg in self.legs)

    @property
    def minutes(self) -> float:
        """Time in all."""
        return self.milliseconds / MINUTE

    @property
    def metres(self) -> float:
        """Length in all, both legs off the streets included."""
        return sum(leg.metres for leg in self.legs)

    @property
    def geometry(self) -> shapely.LineString:
        """The whole way, door to door, WGS84."""
        points = chained([shapely.get_coordinates(leg.geometry) for leg in self.legs])
        moves = np.ones(len(points), dtype=np.bool_)
        moves[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
        return shapely.LineString(points[moves] if moves.sum() > 1 else points[[0, -1]])

    def to_text(self) -> str:
        """Return the way in French: a heading, then numbered sentences."""
        heading = wording.FRENCH["header"].format(
            mode=wording.FRENCH[f"mode.{self.mode}"],
            minutes=wording.minutes(self.milliseconds),
            distance=wording.distance(self.metres),
        )
        told = [leg for leg in self.legs if leg.kind != "access" or leg.metres >= BESIDE_METRES]
        return "\n".join([heading, *(f"{number}. {leg.to_text()}" for number, leg in enumerate(told, start=1))])

    def to_geojson(self) -> dict[str, Any]:
        """Return a FeatureCollection (RFC 7946), one line per leg, in order."""
        features = [
            {
                "type": "Feature",
                "geometry": _line(leg.geometry),
                "properties": {
                    "step": number,
                    "kind": leg.kind,
                    "instruction": leg.instruction,
                    "street": leg.street or None,
                    "street_class": leg.street_class or None,
                    "minutes": round(leg.minutes, 2),
                    "metres": round(leg.metres, 1),
                    "text": leg.to_text(),
                },
            }
            for number, leg in enumerate(self.legs, start=1)
        ]
        return {
            "type": "FeatureCollection",
            "mode": self.mode,
            "minutes": round(self.minutes, 2),
            "metres": round(self.metres, 1),
            "features": features,
        }


def itinerary(
    network: RoadNetwork,
    from_lonlat: tuple[float, float],
    to_lonlat: tuple[float, float],
    *,
    router: Router | None = None,
) -> Itinerary | None:
    """Return the quickest way from one place to another, or None where no way joins them.

    Parameters
    ----------
    network : the streets, and through them the mode.
    from_lonlat, to_lonlat : WGS84 degrees, longitude first.
    router : of the same network, for whoever asks more than once; else a plain search, always the same one.

    Raises
    ------
    NetworkUnavailableError
        A place is farther from every street than the network's snapping limit.
    OptionError
        A position that is not one, or a router of another network.
    """
    if router is not None and router.network is not network:
        raise OptionError(
            "ce moteur est celui d'un autre réseau",
            where=f"itinéraire, réseau « {network.area} »",
            way_out="ouvrir le moteur sur le réseau de l'itinéraire",
        )
    source = joined_place(network, *from_lonlat, label="départ")
    target = joined_place(network, *to_lonlat, label="arrivée")
    way = quickest_way(router or open_router(network, "scipy"), source, target)
    if way is None:
        return None
    travelled = stretches(pieces(network, way, source, target))
    legs = [_access(from_lonlat, source), *_streets(travelled), _arrival(to_lonlat, target, travelled)]
    return Itinerary(network.mode.value, from_lonlat, to_lonlat, tuple(legs))


def _access(place: tuple[float, float], joined: Snapped) -> Leg:
    """Return the leg from the place to its street."""
    points = np.array([place, (joined.lon[0], joined.lat[0])], dtype=np.float64)
    return _off_street("access", "access", points, joined, side="")


def _arrival(place: tuple[float, float], joined: Snapped, travelled: list[Stretch]) -> Leg:
    """Return the leg from the street to the place, and on which side of the way it lies."""
    points = np.array([(joined.lon[0], joined.lat[0]), place], dtype=np.float64)
    if joined.metres[0] < BESIDE_METRES:
        return _off_street("arrival", "arrival_here", points, joined, side="")
    side = "ahead"
    if travelled:
        side = turn(travelled[-1].last_bearing, bearing(points)).rpartition("_")[2]
    return _off_street("arrival", "arrival", points, joined, side=side if side in {"left", "right"} else "ahead")


def _off_street(kind: str, instruction: str, points: Floats, joined: Snapped, *, side: str) -> Leg:
    return Leg(
        kind,
        instruction,
        street="",
        street_class="",
        milliseconds=int(joined.access_milliseconds[0]),
        metres=float(joined.metres[0]),
        bearing_degrees=bearing(points),
        side=side,
        geometry=shapely.LineString(points),
    )


def _streets(travelled: list[Stretch]) -> list[Leg]:
    """Return one leg per stretch, each with how one turns into it."""
    legs = []
    for number, stretch in enumerate(travelled):
        main: Piece = stretch.pieces[stretch.led_by]
        if main.kind == "ferry":
            instruction = "ferry"
        elif number == 0:
            instruction = "depart"
        else:
            instruction = turn(travelled[number - 1].last_bearing, stretch.bearing)
        legs.append(
            Leg(
                "street",
                instruction,
                street=main.label[0],
                street_class=main.kind,
                milliseconds=sum(piece.milliseconds for piece in stretch.pieces),
                metres=stretch.metres,
                bearing_degrees=stretch.bearing,
                side="",
                geometry=shapely.LineString(stretch.points),
            )
        )
    return legs


def _line(line: shapely.LineString) -> dict[str, Any]:
    """Return a GeoJSON LineString."""
    return {"type": "LineString", "coordinates": np.round(shapely.get_coordinates(line), DECIMALS).tolist()}
