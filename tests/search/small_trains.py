"""One course, a few trains between two mairies, and the way home from it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from small_store import DAY, finder_of, offer, session, store_of

from geo_integration import territories
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import add_feeds
from geo_integration.search import Finder, FoundOffer, Search, WayHome
from geo_integration.search.origin import at_commune
from geo_integration.vocabulary import Mode

LENS, ARRAS = "62498", "62041"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
WEEK = date(2026, 10, 6)
type Train = tuple[str, str, str, str, str, str]
"""Name, service, from, at, to, at."""

TRAINS: list[Train] = [
    ("in", "all", LENS, "08:00", ARRAS, "08:20"),
    ("noon", "all", ARRAS, "12:00", LENS, "12:20"),
    ("five", "all", ARRAS, "17:00", LENS, "17:20"),
    ("eight", "not_thursday", ARRAS, "20:10", LENS, "20:30"),
    ("night", "all", ARRAS, "23:50", LENS, "24:10"),
]
"""Every day from Monday to Friday; on Thursday the 20:10 does not run. The 23:50 brings nobody home before 23:59."""


def gtfs(folder: Path, trains: Sequence[Train], stops: Mapping[str, tuple[float, float]]) -> Path:
    """Write trains as a feed."""
    calls = [
        f"{name},{time}:00,{time}:00,{stop},{number}"
        for name, _, start, leaves, end, arrives in trains
        for number, (stop, time) in enumerate(((start, leaves), (end, arrives)))
    ]
    files = {
        "agency": ["agency_id,agency_name,agency_url,agency_timezone", "a,TER,http://example.org,Europe/Paris"],
        "stops": [
            "stop_id,stop_name,stop_lat,stop_lon",
            *(f"{stop},{stop},{lat},{lon}" for stop, (lon, lat) in stops.items()),
        ],
        "routes": ["route_id,agency_id,route_short_name,route_type", "r,a,K1,2"],
        "trips": ["route_id,service_id,trip_id", *(f"r,{service},{name}" for name, service, *_ in trains)],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "all,1,1,1,1,1,0,0,20260901,20261218",
            "not_thursday,1,1,1,0,1,0,0,20260901,20261218",
        ],
    }
    folder.mkdir(exist_ok=True)
    for name, rows in files.items():
        (folder / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def mairies() -> dict[str, tuple[float, float]]:
    table = territories.communes(geometry=False).set_index("code")
    return {code: (table.at[code, "mairie_lon"], table.at[code, "mairie_lat"]) for code in (LENS, ARRAS)}


def means_of(tmp_path: Path, trains: Sequence[Train] = TRAINS, *, now: datetime = NOW, **more: Any) -> Means:  # noqa: ANN401
    """Keep trains between the two mairies, and travel by them."""
    add_feeds([gtfs(tmp_path / "ter", trains, more.pop("stops", None) or mairies())], tmp_path / "networks", now=now)
    return Means(mode=Mode.TRANSIT, week_of=WEEK, folder=tmp_path / "networks", **more)


def school(tmp_path: Path, *sessions: dict[str, Any], at: tuple[float, float] | None = None) -> Finder:
    """Hold one course, at the mairie of Arras."""
    place = mairies()[ARRAS] if at is None else at
    return finder_of(store_of(tmp_path / "store", [offer(1, place, commune_code=ARRAS)], sessions or [session(1)]))


def home(finder: Finder, means: Means, **more: Any) -> tuple[FoundOffer, WayHome]:  # noqa: ANN401
    """Ask from the mairie of Lens; return the one course and the way home from it."""
    question = Search(**{"origin": at_commune(LENS), "as_of": DAY, "means": means, "minutes": 90} | more)
    found = finder.offers(question)
    (one,) = found.items or found.nearest
    return one, finder.ways_home(question, [one])[one.offer_id]


def at(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60
