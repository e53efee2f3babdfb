"""There and back at class hours: what a person who travels by public transport lives through.

- *There*: the latest departure from home that arrives ``margin_minutes`` before the class starts. ``out_minutes``
  runs from that departure to the deadline: it counts the wait at the door of whom the timetable brings too early,
  and not the margin itself.
- *Back*: the earliest arrival home after the class ends. ``back_minutes`` runs from the end to that arrival, the
  wait for the first vehicle included; ``inf`` when nobody is home before ``latest_return``.

The number to report is the longer of the two, and both. A walk all the way counts as a journey, so near pairs
have minutes at night too.

Pairs kept: those whose way in is within the cutoff (their way back may be longer, or ``inf``: no return); and those
whose way back is within it and which have a way in, however long. A pair with no way in is never kept.

A trip inside the site's own commune, by someone who may live anywhere in it, takes at least the walk over the mean
distance from the centre of a disc, two thirds of its radius (Larson and Odoni, *Urban Operations Research*, 1981,
chapter 3), at most half an hour: a wider commune has buses or not, which timetables and cells tell and a radius does
not. Origins of 150 m or less are points, not communes, and are left as they are.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.errors import OptionError
from geo_integration.travel.pairs import Progress, ReachChunk, home_of
from geo_integration.travel.reach import NotRoutable, not_routable_of
from geo_integration.travel.snapping import Booleans, Floats, Integers
from geo_integration.travel.straight import DETOUR
from geo_integration.travel.streets.snap import snap
from geo_integration.travel.tables import Origins, Sites, check_options
from geo_integration.travel.transit.class_hours import Slot, service_date
from geo_integration.travel.transit.engine import HORIZON, NEVER, Joined, TransitEngine
from geo_integration.travel.transit.links import WALKING_KMH, Points, StreetWalking, Walking
from geo_integration.vocabulary import Engine, Mode

MARGIN_MINUTES = 5
"""To find the room: people are at the door this long before the class starts."""

LATEST_RETURN = 23 * 3600 + 59 * 60
"""Second after which nobody is still expected home."""

LONG_WAIT_MINUTES = 45
"""Waits longer than this are pointed out."""

WAITS_MINUTES = (0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 75, 90, 120)
"""Waits are known as one of these, rounded up; so a wait over 45 minutes is given as 50 or more."""

LONGEST_WAIT = 121
"""What any wait over the last of these is given as."""

_WALK_SECONDS_PER_METRE = DETOUR * 3.6 / WALKING_KMH
_POINT_RADIUS_METRES = 150.0
_LONGEST_INTRA_SECONDS = 1800

type Slots = Slot | Mapping[str, Collection[Slot]]
type EngineOfDay = Callable[[date], TransitEngine]


@dataclass(frozen=True)
class TransitChunk(ReachChunk):
    """The pairs kept for some of the sites, at one slot.

    Attributes
    ----------
    sites, site_index, commune_index, out_minutes, back_minutes : as in :class:`ReachChunk`, ``sites`` being complete
        for this slot. ``back_minutes`` is ``inf`` where there is no return.
    out_wait_minutes : how early the latest departure makes people arrive, one of :data:`WAITS_MINUTES` or
        LONGEST_WAIT, float32; NaN where waits were not asked for. It is part of ``out_minutes``, and never more.
    back_wait_minutes : how long after class they set out, in the same way; NaN too where there is no return.
    slot, day : the class hours, and the date whose timetable was asked.
    label : what to call these minutes.
    """

    out_wait_minutes: NDArray[np.float32]
    back_wait_minutes: NDArray[np.float32]
    slot: Slot
    day: date
    label: Engine

    @property
    def long_wait(self) -> Booleans:
        """Whether either wait is over 45 minutes; waits between vehicles are not looked at."""
        return (self.out_wait_minutes > LONG_WAIT_MINUTES) | (self.back_wait_minutes > LONG_WAIT_MINUTES)


@dataclass(frozen=True)
class _Question:
    """What every chunk shares."""

    sites: Sites
    origins: Origins
    home: Integers
    intra_seconds: Integers
    cutoff_seconds: float
    margin_seconds: int
    latest_return: int
    waits: bool


def transit_reach(  # noqa: PLR0913 -- each is one thing to choose
    sites: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    slots: Slots,
    engine_for_day: EngineOfDay,
    week_of: date,
    cutoff_minutes: float,
    margin_minutes: int = MARGIN_MINUTES,
    latest_return: int = LATEST_RETURN,
    waits: bool = True,
    chunk_size: int = 50,
    progress: Progress | None = None,
) -> Iterator[TransitChunk]:
    """Yield the reach table by timetable, slot by slot and chunk by chunk.

    Parameters
    ----------
    sites, origins : as in :func:`~geo_integration.travel.reach.reach_table`.
    slots : class hours of all sites, or of each by ``site_id``. A site with several slots is in a chunk of
        each; a site with none is in no chunk.
    engine_for_day : opens the timetables of a date; called once per date, in order.
    week_of : any day of the week to look at: each slot is asked on its own weekday of that ISO week.
    cutoff_minutes : longest trip kept; the module's docstring says which pairs are.
    margin_minutes : how long before the start people want to be there.
    latest_return : second from midnight, up to 30 h, after which an arrival home counts as none.
    waits : whether to find the waits: up to sixteen more searches each way.
    chunk_size : sites searched at a time.
    progress : called after every chunk with the number of (site, slot) done and in all.

    Raises
    ------
    LayerError
        A column is missing, an identifier repeated, a position or a radius impossible.
    OptionError
        A cutoff, a margin, a chunk or an hour that makes no sense.
    """
    check_options(mode=Mode.TRANSIT, served=Mode.TRANSIT, cutoff_minutes=cutoff_minutes, chunk_size=chunk_size)
    check_hours(margin_minutes=margin_minutes, latest_return=latest_return)
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    question = _Question(
        sites=places,
        origins=communes,
        home=home_of(places, communes),
        intra_seconds=_intra_seconds(communes.radius_metres),
        cutoff_seconds=cutoff_minutes * 60,
        margin_seconds=margin_minutes * 60,
        latest_return=latest_return,
        waits=waits,
    )
    groups = _by_slot(places.ids, slots, week_of)
    return _chunks(question, groups, engine_for_day, chunk_size=chunk_size, progress=progress)


def transit_not_routable(sites: pd.DataFrame, origins: pd.DataFrame, *, walking: Walking) -> NotRoutable:
    """Say which sites and communes no time can be given for: no position, or off the streets people walk on.

    A place from which no stop is in walking range is not among them: nobody reaches it, and that is known.
    """
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    return not_routable_of(
        places, communes, *(_has_way(walking, Points(one.lon, one.lat)) for one in (places, communes))
    )


def check_hours(*, margin_minutes: int, latest_return: int) -> None:
    """Refuse a margin or a last hour that makes no sense."""
    if margin_minutes < 0 or not 0 < latest_return <= HORIZON:
        raise OptionError(
            f"marge de {margin_minutes} minutes, dernier retour à {latest_return} s",
            where="horaire de cours",
            way_out=f"donner une marge de 0 ou plus, et une heure de retour d'au plus {HORIZON // 3600} h",
        )


def deadline_of(slot: Slot, margin_minutes: int) -> int:
    """Return the second by which people want to be at the door."""
    return max(slot.start - margin_minutes * 60, 0)


def _has_way(walking: Walking, places: Points) -> Booleans:
    if isinstance(walking, StreetWalking):
        return snap(walking.network, places.lon, places.lat).routable
    return np.isfinite(places.lon)


def _intra_seconds(radius_metres: Floats) -> Integers:
    """Return the least seconds of a trip inside each commune; 0 for points."""
    inside = np.ceil(np.minimum(radius_metres * (2 / 3) * _WALK_SECONDS_PER_METRE, _LONGEST_INTRA_SECONDS))
    return np.where(radius_metres > _POINT_RADIUS_METRES, inside, 0).astype(np.int64)


def _by_slot(ids: list[str], slots: Slots, week_of: date) -> list[tuple[date, Slot, Integers]]:
    """Return the rows of the sites of each slot, by date then hours."""
    if isinstance(slots, Slot):
        groups = {slots: list(range(len(ids)))}
    else:
        groups = {}
        for row, site in enumerate(ids):
            for slot in sorted(set(slots.get(site, ()))):
                groups.setdefault(slot, []).append(row)
    dated = [(service_date(slot, week_of), slot) for slot in groups]
    return [(day, slot, np.array(groups[slot], dtype=np.int64)) for day, slot in sorted(dated)]


def _chunks(
    question: _Question,
    groups: list[tuple[date, Slot, Integers]],
    engine_for_day: EngineOfDay,
    *,
    chunk_size: int,
    progress: Progress | None,
) -> Iterator[TransitChunk]:
    done, in_all = 0, sum(len(rows) for _, _, rows in groups)
    places = Points(question.sites.lon, question.sites.lat), Points(question.origins.lon, question.origins.lat)
    opened: tuple[TransitEngine, Joined] | None = None
    for day, slot, rows in groups:
        if opened is None or opened[0].day != day:
            engine = engine_for_day(day)
            opened = engine, engine.join(*places)
        for start in range(0, len(rows), chunk_size):
            chunk = _chunk(question, *opened, slot, rows[start : start + chunk_size])
            done += len(chunk.sites)
            if progress is not None:
                progress(done, in_all)
            yield chunk


def _chunk(question: _Question, engine: TransitEngine, joined: Joined, slot: Slot, rows: Integers) -> TransitChunk:
    deadline = max(slot.start - question.margin_seconds, 0)

    def there(asked: Integers, sooner: int) -> NDArray[np.int32] | None:
        return engine.there(joined, asked, arrive_by=deadline - sooner) if sooner <= deadline else None

    def back(asked: Integers, later: int) -> NDArray[np.int32] | None:
        return engine.back(joined, asked, depart_at=slot.end + later) if slot.end + later <= HORIZON else None

    out, home = engine.there(joined, rows, arrive_by=deadline), engine.back(joined, rows, depart_at=slot.end)
    home = np.where(home.astype(np.int64) + slot.end > question.latest_return, NEVER, home).astype(np.int32)
    shown = [_settled_at_home(question, rows, total) for total in (out, home)]
    near = [total <= question.cutoff_seconds for total in shown]
    kept = near[0] | (near[1] & (out < NEVER))
    waits = [
        _waits(total, kept & (total < NEVER), rows, again) if question.waits else np.full(total.shape, np.nan)
        for total, again in ((out, there), (home, back))
    ]
    place, commune = np.nonzero(kept)
    minutes = [np.where(total == NEVER, np.inf, total / 60)[place, commune].astype(np.float32) for total in shown]
    waited = [
        np.where(total == NEVER, np.nan, np.minimum(wait, total / 60))[place, commune].astype(np.float32)
        for total, wait in zip(shown, waits, strict=True)
    ]
    return TransitChunk(
        sites=rows,
        site_index=rows[place].astype(np.int32),
        commune_index=commune.astype(np.int32),
        out_minutes=minutes[0],
        back_minutes=minutes[1],
        out_wait_minutes=waited[0],
        back_wait_minutes=waited[1],
        slot=slot,
        day=engine.day,
        label=engine.label,
    )


def _settled_at_home(question: _Question, rows: Integers, total: NDArray[np.int32]) -> NDArray[np.int32]:
    """Lengthen the trips inside the commune of each site to what they take at least."""
    total = total.copy()
    site = np.flatnonzero(question.home[rows] >= 0)
    commune = question.home[rows[site]]
    total[site, commune] = np.maximum(total[site, commune], question.intra_seconds[commune])
    return total


def _waits(
    total: NDArray[np.int32],
    asked: Booleans,
    rows: Integers,
    again: Callable[[Integers, int], NDArray[np.int32] | None],
) -> NDArray[np.float64]:
    """Return the minutes waited at the end that the clock is set on, rounded up to one of WAITS_MINUTES.

    One who waits more than w could be asked w later (or sooner) and still take the same journey: then, and
    only then, is the answer w less. Sites nobody waits longer for are not searched again.
    """
    wait = np.zeros(total.shape)
    still = asked
    for least, most in pairwise((*WAITS_MINUTES, LONGEST_WAIT)):
        longer = np.zeros_like(still)
        open_rows = np.flatnonzero(still.any(axis=1))
        shift = least * 60 + 1
        found = again(rows[open_rows], shift) if len(open_rows) else None
        if found is None:
            break
        longer[open_rows] = still[open_rows] & (found == total[open_rows] - shift)
        wait[longer] = most
        still = longer
    return wait
