"""Timetables kept, and opened one day at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from geo_integration.errors import OptionError, OutsideServiceError
from geo_integration.exports import Source
from geo_integration.jobs.means import Means, network_source, street_network
from geo_integration.text import fold
from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.changes import change_links, qualified_transfers
from geo_integration.travel.transit.engine import TransitEngine
from geo_integration.travel.transit.flex import on_demand
from geo_integration.travel.transit.gtfs import Feed, Note, read_feed
from geo_integration.travel.transit.links import OutlineWalking, StreetWalking, Walking
from geo_integration.travel.transit.register import TransitRegister
from geo_integration.travel.transit.timetable import day_notes, day_timetable

TRANSIT = "transit"
"""Folder of the timetables, beside the street networks."""

WALKING_NOTE = (
    "Marche estimée à vol d'oiseau, allongée de 30 %, à 4,5 km/h : une rivière ou une voie ferrée à contourner n'est "
    "pas vue. Charger un réseau de rues (--network) pour la marche réelle."
)
TIMETABLE_NOTE = (
    "Temps de porte à porte aux heures du cours, attentes comprises : dernier départ qui arrive 5 minutes avant le "
    "début, premier retour chez soi après la fin. Seules les lignes des horaires chargés comptent ({feeds}) : un car "
    "qui n'y est pas existe peut-être."
)
_WEEK = 7
_LONGEST_NAME = 40


def clock(text: str, *, where: str, latest_hour: int = 24) -> int:
    """Return HH:MM in seconds from midnight; OptionError for what is no hour."""
    hour, _, minute = text.partition(":")
    if hour.isdigit() and minute.isdigit() and len(minute) == len("00"):
        seconds = int(hour) * 3600 + int(minute) * 60
        if int(minute) < 60 and seconds <= latest_hour * 3600:  # noqa: PLR2004 -- minutes of an hour
            return seconds
    raise OptionError(f"« {text} » n'est pas une heure", where=where, way_out=f"donner HH:MM, jusqu'à {latest_hour}:00")


def register(folder: Path) -> TransitRegister:
    """Return the timetables kept beside street networks."""
    return TransitRegister(folder / TRANSIT)


def add_feeds(paths: Sequence[Path], folder: Path, *, now: datetime) -> tuple[str, ...]:
    """Add timetables under names made from their files; all are checked before any is kept."""
    named = [(_name(path), path) for path in paths]
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        raise OptionError("deux horaires portent le même nom", where="--gtfs", way_out="renommer l'un des fichiers")
    for name, path in named:
        read_feed(path, name=name)
    kept = register(folder)
    for name, path in named:
        kept.add(path, name=name, now=now)
    return tuple(names)


def _name(path: Path) -> str:
    stem = path.name.split(".")[0]
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in fold(stem)).split()
    kept = [word for word in words if not word.isdigit()] or words
    while len("-".join(kept)) > _LONGEST_NAME and len(kept) > 1:
        kept.pop()
    return "-".join(kept)[:_LONGEST_NAME] or "horaires"


def timetables_table(folder: Path) -> pd.DataFrame:
    """Return the timetables kept, headings in French."""
    found = register(folder).list()
    headings = {
        "name": "nom",
        "agencies": "réseaux",
        "first_day": "premier jour",
        "last_day": "dernier jour",
        "licence": "licence",
        "sha256": "empreinte",
        "added_on": "ajouté le",
        "routes": "lignes",
        "trips": "courses",
        "stops": "arrêts",
        "flex": "à la demande",
    }
    table = found.rename(columns=headings)[list(headings.values())]
    return table.assign(empreinte=table["empreinte"].astype("str").str[:12])


def on_demand_table(folder: Path, feeds: tuple[str, ...] | None) -> pd.DataFrame:
    """Return the lines one has to call for."""
    found = on_demand(register(folder).open(feeds))
    headings = {
        "feed": "horaires",
        "line": "ligne",
        "area": "zone",
        "days": "jours",
        "hours": "heures",
        "phone": "téléphone",
    }
    return pd.DataFrame(found.rename(columns=headings)[[*headings.values(), "message"]])


def first_week(feeds: tuple[str, ...], folder: Path) -> date:
    """Return the Monday of the first whole week that all timetables cover.

    Raises OutsideServiceError where they have no whole week in common.
    """
    opened = register(folder).open(feeds)
    starts = [feed.first_day for feed in opened if feed.first_day is not None]
    ends = [feed.last_day for feed in opened if feed.last_day is not None]
    if len(starts) == len(opened) and len(ends) == len(opened):
        first = max(starts)
        monday = first + timedelta(days=-first.weekday() % _WEEK)
        if monday + timedelta(days=_WEEK - 1) <= min(ends):
            return monday
    raise OutsideServiceError(
        "les horaires n'ont aucune semaine entière en commun",
        where=", ".join(feeds),
        way_out="donner un jour avec --week-of, ou d'autres horaires",
    )


@dataclass
class Days:
    """The timetables of a question, opened one day at a time; each day is searched with one engine."""

    feeds: list[Feed]
    walking: Walking
    stack: ExitStack
    engines: dict[date, TransitEngine]
    notes: dict[str, None]

    def engine(self, day: date) -> TransitEngine:
        """Return the engine of a day. Raises OutsideServiceError outside the timetables' window."""
        if day not in self.engines:
            timetable = day_timetable(self.feeds, day, allow_idle=True)
            self.notes |= {_said(note): None for note in day_notes(self.feeds, day, allow_idle=True)}
            changes = change_links(
                timetable, self.walking, transfers=qualified_transfers({f.name: f.transfers for f in self.feeds})
            )
            self.engines[day] = self.stack.enter_context(CafeinEngine(timetable, self.walking, changes))
        return self.engines[day]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the timetables, and the streets people walk on, as sources to cite."""
        found: list[Source] = [
            {
                "name": f"Horaires « {feed.name} »",
                "publisher": feed.agency_names,
                "date": f"du {feed.first_day:%d/%m/%Y} au {feed.last_day:%d/%m/%Y}"
                if feed.first_day and feed.last_day
                else "",
                "licence": feed.licence or "non précisée",
                "note": f"empreinte {feed.sha256[:12]}",
            }
            for feed in self.feeds
        ]
        if isinstance(self.walking, StreetWalking):
            found.append(network_source(self.walking.network))
        return tuple(found)

    @property
    def stops(self) -> pd.DataFrame:
        """Return the stops of every timetable that have a position."""
        stops = pd.concat([feed.stops for feed in self.feeds], ignore_index=True)
        return stops[stops["lon"].notna() & stops["lat"].notna()].reset_index(drop=True)

    def told(self) -> tuple[str, ...]:
        """Return what a reader must know of these minutes."""
        names = ", ".join(feed.name for feed in self.feeds)
        notes = [TIMETABLE_NOTE.format(feeds=names), *self.notes]
        if isinstance(self.walking, OutlineWalking):
            notes.append(WALKING_NOTE)
        return tuple(notes)


def _said(note: Note) -> str:
    """Return a note in one line: whose timetable, what, how many times."""
    times = f" ({note.count})" if note.count else ""
    return f"{note.feed} : {note.message}{times}" if note.feed else f"{note.message}{times}"


def _window(feed: Feed) -> str:
    if feed.first_day is None or feed.last_day is None:
        return "aucun jour de service"
    return f"du {feed.first_day:%d/%m/%Y} au {feed.last_day:%d/%m/%Y}"


@contextmanager
def days(means: Means) -> Iterator[Days]:
    """Open the timetables a question needs, and let go of them after it."""
    walking: Walking = StreetWalking(street_network(means)) if means.network else OutlineWalking()
    feeds = register(means.networks).open(means.feeds)
    with ExitStack() as stack:
        yield Days(feeds, walking, stack, {}, {})


type EngineOfDay = Callable[[date], TransitEngine]
