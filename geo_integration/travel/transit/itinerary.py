"""The way there and back for one person, with its legs, and in French words."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from geo_integration.errors import OptionError
from geo_integration.travel.transit.class_hours import HoursBasis, Slot, hour_text
from geo_integration.travel.transit.engine import Joined, Journey, Ride, TransitEngine, Walk
from geo_integration.travel.transit.links import Points
from geo_integration.travel.transit.there_and_back import (
    LATEST_RETURN,
    LONG_WAIT_MINUTES,
    MARGIN_MINUTES,
    check_hours,
    deadline_of,
)
from geo_integration.vocabulary import Engine

_LONG_WAIT_SECONDS = LONG_WAIT_MINUTES * 60

# GTFS route_type: basic ones, then the hundreds of the extended ones.
_VEHICLES = {0: "tram", 1: "métro", 2: "train", 3: "bus", 4: "bateau", 6: "téléphérique", 7: "funiculaire"}
_VEHICLES |= {5: "tram", 11: "bus", 12: "monorail"}
_HUNDREDS = {1: "train", 2: "car", 4: "métro", 7: "bus", 8: "bus", 9: "tram", 10: "bateau", 12: "bateau"}
_HUNDREDS |= {13: "téléphérique", 14: "funiculaire"}
_FIRST_EXTENDED = 100


@dataclass(frozen=True)
class ThereAndBack:
    """What one person does to be at one class and home again.

    Attributes
    ----------
    slot, basis, day : the class hours, where they come from, and the date looked up.
    out : the journey that leaves latest and arrives before the deadline; None when there is no way in.
    back : the journey that is home first, leaving as late as that allows; None when there is no return.
    deadline : second by which one is at the door.
    latest_return : second after which an arrival home counts as none.
    label : what to call these minutes.
    """

    slot: Slot
    basis: HoursBasis
    day: date
    out: Journey | None
    back: Journey | None
    deadline: int
    latest_return: int
    label: Engine

    @property
    def out_minutes(self) -> float:
        """Minutes from setting out to the deadline; ``inf`` when there is no way in."""
        return float("inf") if self.out is None else (self.deadline - self.out.start) / 60

    @property
    def back_minutes(self) -> float:
        """Minutes from the end of class to being home; ``inf`` when there is no return."""
        return float("inf") if self.back is None else (self.back.end - self.slot.end) / 60

    @property
    def worst_minutes(self) -> float:
        """The longer of the two: the one number to report."""
        return max(self.out_minutes, self.back_minutes)

    @property
    def no_return(self) -> bool:
        """Whether there is a way in and none home."""
        return self.out is not None and self.back is None

    @property
    def out_wait(self) -> int:
        """Seconds at the door before the deadline."""
        return 0 if self.out is None else self.deadline - self.out.end

    @property
    def back_wait(self) -> int:
        """Seconds between the end of class and setting out."""
        return 0 if self.back is None else self.back.start - self.slot.end

    @property
    def longest_wait(self) -> int:
        """Seconds of the longest wait: at the door, after class, or between two vehicles."""
        between = [journey.longest_wait for journey in (self.out, self.back) if journey is not None]
        return max(self.out_wait, self.back_wait, *between, 0)

    @property
    def long_wait(self) -> bool:
        """Whether a wait is over 45 minutes."""
        return self.longest_wait > _LONG_WAIT_SECONDS

    def to_text(self) -> str:
        """Say it in French, one line a part."""
        lines = [f"Cours : {self.slot.label(self.basis)}, horaires du {self.day:%d/%m/%Y}.", self._out(), self._back()]
        if self.long_wait:
            lines.append(f"Attention : une attente de {_minutes(self.longest_wait)}.")
        if self.label is Engine.TIMETABLE_OUTLINE:
            lines.append("Marche estimée à vol d'oiseau, sans réseau de rues.")
        return "\n".join(lines)

    def _out(self) -> str:
        if self.out is None:
            return f"Aller : aucun trajet n'arrive à {hour_text(self.deadline)} ou avant."
        early = self.slot.start - _up(self.out.end)
        before = f", {_minutes(early)} avant le début" if early > 0 else ""
        return f"Aller : {in_words(self.out)}{before}."

    def _back(self) -> str:
        if self.back is None:
            return f"Retour : aucun avant {hour_text(self.latest_return)}."
        wait = f"attendez {_minutes(self.back_wait)} ; " if self.back_wait >= 60 else ""  # noqa: PLR2004
        return f"Retour : fin du cours à {hour_text(self.slot.end)} ; {wait}{in_words(self.back)}."


def detail(
    engine: TransitEngine,
    origin: tuple[float, float],
    site: tuple[float, float],
    slot: Slot,
    *,
    basis: HoursBasis = HoursBasis.STATED,
    margin_minutes: int = MARGIN_MINUTES,
    latest_return: int = LATEST_RETURN,
) -> ThereAndBack:
    """Return both journeys of one person to one class, leg by leg.

    Parameters
    ----------
    engine : of the class's date.
    origin, site : longitude and latitude, WGS84 degrees.
    slot, basis : the class hours, and where they come from.
    margin_minutes, latest_return : as in :func:`~.there_and_back.transit_reach`, whose minutes these are, to the
        second; but for a trip inside the site's own commune, which is not lengthened here: the origin is a door.

    Raises
    ------
    OptionError
        A place without position, a margin or an hour that makes no sense.
    """
    home, door = (_point(*place) for place in (origin, site))
    return detail_of(
        engine,
        engine.join(door, home),
        0,
        slot,
        basis=basis,
        margin_minutes=margin_minutes,
        latest_return=latest_return,
    )


def detail_of(
    engine: TransitEngine,
    joined: Joined,
    site: int,
    slot: Slot,
    *,
    basis: HoursBasis = HoursBasis.STATED,
    margin_minutes: int = MARGIN_MINUTES,
    latest_return: int = LATEST_RETURN,
) -> ThereAndBack:
    """Return what :func:`detail` does, from the one origin to one of the sites joined, by position."""
    check_hours(margin_minutes=margin_minutes, latest_return=latest_return)
    home, deadline = len(joined.sites), deadline_of(slot, margin_minutes)
    out = engine.between(joined, home, site, arrive_by=deadline)
    back = [one for one in engine.between(joined, site, home, depart_at=slot.end) if one.end <= latest_return]
    return ThereAndBack(
        slot=slot,
        basis=basis,
        day=engine.day,
        out=out[0] if out else None,
        back=back[0] if back else None,
        deadline=deadline,
        latest_return=latest_return,
        label=engine.label,
    )


def in_words(journey: Journey) -> str:
    """Say a journey in French, without capital or full stop at its end."""
    parts = [f"partez à {hour_text(journey.start)}"]
    for number, leg in enumerate(journey.legs):
        if isinstance(leg, Walk):
            parts += [_walk(leg)] if leg.seconds or not (leg.origin or leg.destination) else []
        else:
            parts.append(_ride(leg, first=number <= 1))
    return f"{' ; '.join(parts)} ; arrivée {hour_text(_up(journey.end))}"


def vehicle(route_type: int) -> str:
    """Return the French word for a GTFS route type; « ligne » when it is unknown."""
    if route_type >= _FIRST_EXTENDED:
        return _HUNDREDS.get(route_type // 100, "ligne")
    return _VEHICLES.get(route_type, "ligne")


def _walk(leg: Walk) -> str:
    length = f", {leg.metres:.0f} m" if leg.metres is not None else ""
    target = f" jusqu'à l'arrêt « {leg.destination} »" if leg.destination else " jusqu'à la porte"
    return f"à pied ({_minutes(leg.seconds)}{length}){target}"


def _ride(leg: Ride, *, first: bool) -> str:
    wait = f"attendez {_minutes(leg.wait)} ; " if not first and leg.wait >= 60 else ""  # noqa: PLR2004
    told = f" n° {leg.headsign}" if leg.headsign.isdigit() else f" direction {leg.headsign}"  # a train's own number
    headsign = told if leg.headsign else ""
    agency = f" ({leg.agency})" if leg.agency else ""
    line = f"{vehicle(leg.route_type)} {leg.route_name}{headsign}{agency}"
    return (
        f"{wait}{hour_text(leg.start)}, à « {leg.board} », {line}, jusqu'à « {leg.alight} », {hour_text(_up(leg.end))}"
    )


def _minutes(seconds: int) -> str:
    """Return a duration in whole minutes, rounded up: nobody is told less than it takes."""
    minutes = -(-seconds // 60)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if not hours else f"{hours} h {rest:02d}" if rest else f"{hours} h"


def _up(second: int) -> int:
    """Round an arrival up to the minute, as a departure is rounded down."""
    return -(-second // 60) * 60


def _point(lon: float, lat: float) -> Points:
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise OptionError(
            "lieu sans position", where=f"lon {lon}, lat {lat}", way_out="donner une longitude et une latitude"
        )
    return Points(np.array([lon], dtype=np.float64), np.array([lat], dtype=np.float64))
