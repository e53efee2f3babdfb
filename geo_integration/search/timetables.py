"""Timetables opened once for many questions: feeds read, and the engine of each day built, the first time only.

An engine answers one question at a time: cafein is given the places of a question, then asked, and another question
must not change them in between (:class:`_Turns`). Two days, or two sets of timetables, answer at the same time.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_integration.jobs.means import Means, street_network
from geo_integration.jobs.networks import file_of
from geo_integration.jobs.timetables import Days, register
from geo_integration.search.kept import Kept
from geo_integration.travel.snapping import Integers
from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.engine import Joined, Journey, TransitEngine
from geo_integration.travel.transit.gtfs import Feed
from geo_integration.travel.transit.links import OutlineWalking, Points, StreetWalking, Walking
from geo_integration.travel.transit.register import REGISTER
from geo_integration.vocabulary import Engine, Mode

_SETS, _DAYS = 4, 16
"""Sets of timetables, and days of all of them, kept at most."""

_MOST_CALLS = 1_500_000
"""Calls of vehicles at stops that all the days kept may have together: 0.55 GB, at 370 bytes a call (TER, 2025)."""

type _Stamp = tuple[int, int, int]
"""Of a file: another number of it, another time, or another size, and it is another file."""


class _Wanted(NamedTuple):
    """What a question asks of timetables, as it was on disk."""

    folder: Path
    feeds: tuple[str, ...] | None
    network: str | None
    register: _Stamp | None
    streets: _Stamp | None

    def replaces(self, other: "_Wanted") -> bool:
        """Say whether this is what the other was, written anew."""
        return self[:3] == other[:3] and self != other


@dataclass(frozen=True)
class _Opened:
    """A set of timetables, and how one walks to their stops."""

    feeds: list[Feed]
    walking: Walking

    @cached_property
    def stops(self) -> pd.DataFrame:
        """Return the stops of every timetable that have a position."""
        return Days(self.feeds, self.walking, ExitStack(), {}, {}).stops


class _Turns:
    """An engine several threads may ask: they take turns."""

    def __init__(self, engine: TransitEngine) -> None:
        self.day: date = engine.day
        self.label: Engine = engine.label
        self._engine, self._lock = engine, Lock()

    def join(self, sites: Points, origins: Points) -> Joined:
        """Find the walks of places; touches nothing of the engine."""
        return self._engine.join(sites, origins)

    def there(self, joined: Joined, rows: Integers, *, arrive_by: int) -> NDArray[np.int32]:
        """Ask the engine, in turn."""
        with self._lock:
            return self._engine.there(joined, rows, arrive_by=arrive_by)

    def back(self, joined: Joined, rows: Integers, *, depart_at: int) -> NDArray[np.int32]:
        """Ask the engine, in turn."""
        with self._lock:
            return self._engine.back(joined, rows, depart_at=depart_at)

    def journeys(
        self,
        origin: Points,
        destination: Points,
        *,
        arrive_by: int | None = None,
        depart_at: int | None = None,
        walked: bool = True,
    ) -> list[Journey]:
        """Ask the engine, in turn."""
        joined = self.join(destination, origin)
        return self.between(joined, 1, 0, arrive_by=arrive_by, depart_at=depart_at, walked=walked)

    def between(
        self,
        joined: Joined,
        start: int,
        end: int,
        *,
        arrive_by: int | None = None,
        depart_at: int | None = None,
        walked: bool = True,
    ) -> list[Journey]:
        """Ask the engine, in turn."""
        with self._lock:
            return self._engine.between(joined, start, end, arrive_by=arrive_by, depart_at=depart_at, walked=walked)


@dataclass(frozen=True)
class _Day:
    """The engine of a day, what must be known of that day, and how many calls it holds."""

    engine: TransitEngine
    notes: tuple[str, ...]
    calls: int


@dataclass
class _Question(Days):
    """The timetables of one question: days come from those kept, notes are only those of its own days."""

    kept: Callable[[date], _Day]
    every_stop: pd.DataFrame

    def engine(self, day: date) -> TransitEngine:
        """Return the engine of a day. Raises OutsideServiceError outside the timetables' window."""
        found = self.kept(day)
        self.notes |= dict.fromkeys(found.notes)
        return found.engine

    @property
    def stops(self) -> pd.DataFrame:
        """Return the stops of every timetable that have a position."""
        return self.every_stop


class Timetables:
    """The timetables asked last, kept open; threads may share them.

    What is kept is let go of when the register or the street network is written anew, and when too much is kept.
    """

    def __init__(self) -> None:
        self._sets: Kept[_Wanted, _Opened] = Kept(_SETS)
        self._days: Kept[tuple[_Wanted, date], _Day] = Kept(_DAYS, heaviest=_MOST_CALLS, weigh=lambda day: day.calls)

    @contextmanager
    def days(self, means: Means) -> Iterator[Days]:
        """Give the timetables of a question, as :func:`geo_integration.jobs.timetables.days`; raises what it does."""
        wanted = _wanted(means)
        self._sets.drop(wanted.replaces)
        self._days.drop(lambda key: wanted.replaces(key[0]))
        opened = self._sets.get(wanted, lambda: _open(means))

        def day_of(day: date) -> _Day:
            return self._days.get((wanted, day), lambda: _build(opened, day))

        yield _Question(opened.feeds, opened.walking, ExitStack(), {}, {}, day_of, opened.stops)

    def stamp(self, means: Means) -> tuple[object, ...]:
        """Return what changes with the timetables of some means of travel, or the streets walked on."""
        return _wanted(means)


def _wanted(means: Means) -> _Wanted:
    folder = means.networks.absolute()
    mode = Mode.FOOT if means.mode is Mode.TRANSIT else means.mode
    streets = _stamp(file_of(means.network, mode, folder)) if means.network else None
    return _Wanted(folder, means.feeds, means.network, _stamp(register(folder).folder / REGISTER), streets)


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None  # whoever opens it says so
    return found.st_ino, found.st_mtime_ns, found.st_size


def _open(means: Means) -> _Opened:
    walking: Walking = StreetWalking(street_network(means)) if means.network else OutlineWalking()
    return _Opened(register(means.networks).open(means.feeds), walking)


def _build(opened: _Opened, day: date) -> _Day:
    days = Days(opened.feeds, opened.walking, ExitStack(), {}, {})
    engine = days.engine(day)
    calls = engine.calls if isinstance(engine, CafeinEngine) else 0
    return _Day(_Turns(engine), tuple(days.notes), calls)
