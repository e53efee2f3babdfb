"""Each commune's nearest class by timetable: there and back at the hours it meets.

A *place* here is a site and the hours somebody must come: ``lon,lat tue 09:00-11:30``. A session that meets twice
a week is one place with two slots, and its minutes are those of the worse day, for one must come to both. An offer
with several sessions is at several places, and people choose.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geo_integration.coverage.fit.judgement import session_states
from geo_integration.coverage.gaps import Nearest, ReachPairs, nearest, site_offers
from geo_integration.errors import OptionError
from geo_integration.jobs.ground import Progress, site_positions, telling
from geo_integration.jobs.means import Means, unjoined_note, within_reach
from geo_integration.jobs.request import Request
from geo_integration.jobs.timetables import Days, clock, days
from geo_integration.jobs.travelled import Origins, Travelled
from geo_integration.travel.pairs import on_sphere
from geo_integration.travel.transit.class_hours import WEEKDAYS, HoursBasis, Slot, slots_of
from geo_integration.travel.transit.there_and_back import TransitChunk, transit_not_routable, transit_reach
from geo_integration.vocabulary import OfferStatus

FARTHEST_STOP_METRES = 20_000.0
"""A commune farther than this from every stop of the timetables is one they do not speak of."""

FASTEST_KMH = 200.0
"""No timetable takes people farther, in a straight line."""

_COUNTED = (OfferStatus.OPEN, OfferStatus.UNKNOWN, OfferStatus.FULL, OfferStatus.OTHER)
_NOTES = 5
"""Most kinds of odd hours told one by one."""

_SUPPOSED_DAY = {HoursBasis.DEFAULT.value, HoursBasis.DEFAULT_DAY.value}
_SUPPOSED_TIMES = {HoursBasis.DEFAULT.value, HoursBasis.DEFAULT_TIMES.value}

type Key = tuple[str, Slot]
"""A site, and one meeting there."""


@dataclass(frozen=True)
class Meetings:
    """Where and when classes meet.

    Attributes
    ----------
    offers : ``offer_id`` and ``site_id``, which holds the place; an offer has one row per place.
    slots : the slots of each place, sorted.
    site : the site of each place.
    hours : the hours of each place in French, and what of them is supposed.
    basis : where the hours of each place come from.
    notes : what a reader must know of hours that could not be read.
    """

    offers: pd.DataFrame
    slots: dict[str, tuple[Slot, ...]]
    site: dict[str, str]
    hours: "pd.Series[str]"
    notes: tuple[str, ...] = ()
    basis: Mapping[str, HoursBasis] = field(default_factory=dict)

    @property
    def of_sites(self) -> dict[str, set[Slot]]:
        """Return the slots of each site."""
        found: dict[str, set[Slot]] = {}
        for place, slots in self.slots.items():
            found.setdefault(self.site[place], set()).update(slots)
        return found


def hours_note(means: Means, week_of: date) -> str:
    """Say which week is asked, and which hours are supposed of a class whose source states none."""
    monday = week_of - timedelta(days=week_of.weekday())
    return (
        f"Horaires de la semaine du {monday:%d/%m/%Y}. Un cours dont la source ne dit pas le jour ou l'heure est "
        f"supposé avoir lieu le {default_slot(means).label()} ; chez soi au plus tard à {means.latest_return}."
    )


@dataclass(frozen=True)
class Search:
    """One question to the timetables: what all its searches share.

    Attributes
    ----------
    opened : the timetables.
    origins : where people leave from.
    means, as_of : how they travel; the week asked is that of ``as_of`` where the means name none.
    minutes : longest trip looked for.
    """

    opened: Days
    origins: Origins
    means: Means
    as_of: date
    minutes: float

    def chunks(
        self,
        positions: pd.DataFrame,
        slots: Mapping[str, Collection[Slot]],
        *,
        waits: bool,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[TransitChunk]:
        """Time the ways to some sites at their slots; slots of other sites are left alone."""
        here = set(positions["site_id"])
        return transit_reach(
            self.origins.beside(positions),
            self.origins.table,
            slots={site: its for site, its in slots.items() if site in here},
            engine_for_day=self.opened.engine,
            week_of=self.means.week_of or self.as_of,
            cutoff_minutes=self.minutes,
            latest_return=latest_return(self.means),
            waits=waits,
            progress=progress,
        )

    def told(self, meetings: Meetings) -> tuple[str, ...]:
        """Return what a reader must know of these minutes; once they are computed."""
        week = hours_note(self.means, self.means.week_of or self.as_of)
        return (week, *meetings.notes, *self.opened.told())


def default_slot(means: Means) -> Slot:
    """Return the hours supposed of a session that states none; OptionError where they make no sense."""
    return Slot.parse(means.weekday, means.class_start, means.class_end)


def latest_return(means: Means) -> int:
    """Return the second after which nobody is expected home any more; OptionError for no hour, or one too early."""
    second = clock(means.latest_return, where="--latest-return", latest_hour=30)
    if second <= default_slot(means).end:
        raise OptionError(
            f"personne ne peut être rentré à {means.latest_return} d'un cours qui finit à {means.class_end}",
            where="--latest-return",
            way_out="donner une heure après la fin du cours (--until), jusqu'à 30:00",
        )
    return second


def meetings(
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    status: "pd.Series[str]",
    *,
    as_of: date,
    supposed: Slot,
    carries: "pd.Series[bool] | None" = None,
) -> Meetings:
    """Say where and when the offers that count meet.

    Parameters
    ----------
    offers, sessions : the layers.
    status : what each offer is to who asks (:func:`geo_integration.coverage.fit.judgement.fit`).
    as_of : the day asked about: a session that is over, or full where another takes people, is not one to go to.
    supposed : hours of a session that states none.
    carries : the sessions through which each offer has its status
        (:func:`geo_integration.coverage.fit.judgement.fitting_sessions`), index as ``sessions``; without it, all that
        are not over, and of open offers those that take people.
    """
    states = session_states(sessions, as_of=as_of)
    is_open = sessions["offer_id"].map(status).isin([OfferStatus.OPEN.value, OfferStatus.UNKNOWN.value])
    usable = sessions[states["takes"].where(is_open, states["live"]) if carries is None else carries]
    placed = offers[offers["site_id"].notna() & offers["offer_id"].map(status).isin([s.value for s in _COUNTED])]
    site_of_offer = dict(zip(placed["offer_id"], placed["site_id"], strict=True))
    stated = slots_of(usable, site_of_offer)
    speak = set(stated["offer_id"])
    silent = [offer for offer in site_of_offer if offer not in speak]
    nothing_said = pd.DataFrame({"session_id": silent, "offer_id": silent}).reindex(columns=list(usable.columns))
    table = pd.concat([stated, slots_of(nothing_said, site_of_offer)], ignore_index=True)
    found = _joined(_supposed(table, supposed))
    odd = table[table["note"].ne("")].drop_duplicates("session_id")["note"].value_counts().sort_index()
    return replace(found, notes=tuple(f"{count} session(s), {note}." for note, count in odd.head(_NOTES).items()))


def _supposed(table: pd.DataFrame, supposed: Slot) -> pd.DataFrame:
    """Put the hours asked for where the source states none."""
    day, times = table["hours_basis"].isin(_SUPPOSED_DAY), table["hours_basis"].isin(_SUPPOSED_TIMES)
    start, end = (f"{second // 3600:02d}:{second // 60 % 60:02d}" for second in (supposed.start, supposed.end))
    return table.assign(
        weekday=table["weekday"].mask(day, WEEKDAYS[supposed.weekday]),
        start_time=table["start_time"].mask(times, start),
        end_time=table["end_time"].mask(times, end),
    )


def _joined(table: pd.DataFrame) -> Meetings:
    """Gather the slots of each session; sessions of the same hours at the same site are one place."""
    sessions: dict[tuple[str, str, str], set[tuple[Slot, HoursBasis]]] = {}
    columns = ("offer_id", "session_id", "site_id", "weekday", "start_time", "end_time", "hours_basis")
    for offer, session, at, day, start, end, basis in zip(*(table[name].tolist() for name in columns), strict=True):
        meeting = Slot.parse(day, start, end), HoursBasis(basis)
        sessions.setdefault((offer, session, at), set()).add(meeting)
    rows, slots, site = [], {}, {}
    hours: dict[str, str] = {}
    bases: dict[str, HoursBasis] = {}
    for (offer, _, at), pairs in sorted(sessions.items()):
        ordered = sorted(pairs)
        its = tuple(dict.fromkeys(slot for slot, _ in ordered))
        supposed = any(basis is not HoursBasis.STATED for _, basis in ordered)
        place = f"{at} {';'.join(slot_text(slot) for slot in its)}{' ?' if supposed else ''}"
        rows.append((offer, place))
        slots[place], site[place] = its, at
        told = ", ".join(dict.fromkeys(slot.label(basis) for slot, basis in ordered))
        hours.setdefault(place, told)
        bases.setdefault(place, ordered[0][1])
    offers = pd.DataFrame(rows, columns=["offer_id", "site_id"]).drop_duplicates()
    return Meetings(offers, slots, site, pd.Series(hours, dtype="str"), basis=bases)


def slot_text(slot: Slot) -> str:
    """Return a slot as tables hold it: ``tue 09:00-11:30``."""
    start, end = (f"{second // 3600:02d}:{second // 60 % 60:02d}" for second in (slot.start, slot.end))
    return f"{WEEKDAYS[slot.weekday]} {start}-{end}"


def by_timetable(
    origins: Origins,
    offers: gpd.GeoDataFrame,
    sessions: pd.DataFrame,
    status: "pd.Series[str]",
    request: Request,
    *,
    carries: "pd.Series[bool] | None" = None,
    progress: Progress | None,
    keep_ways: bool = False,
) -> Travelled:
    """Find the nearest classes by timetable, there and back; keep every pair if asked.

    ``carries`` is that of :func:`meetings`. Raises OutsideServiceError for a week outside the timetables,
    MissingDataError without timetables.
    """
    means, minutes = request.means, request.horizon
    found = meetings(offers, sessions, status, as_of=request.as_of, supposed=default_slot(means), carries=carries)
    places = site_offers(status, found.offers)
    with days(means) as opened:
        positions = near_sites(found, offers, origins, minutes)
        search = Search(opened, origins, means, request.as_of, minutes)
        chunks = search.chunks(positions, found.of_sites, waits=False, progress=telling(progress))
        pairs = place_pairs(chunks, positions, found, places.index, origins.rows)
        unreached, told = not_known(positions, origins.table, opened)
        routable = origins.routable(unreached)
        ways = origins.ways(pairs, places.index, routable, minutes) if keep_ways else None
        near = nearest(pairs if ways is None else [ways.pairs()], places, origins.count)
        _fill_waits(near[OfferStatus.OPEN], search, positions, found, places.index)
        return Travelled(
            near,
            places,
            routable,
            opened.sources,
            (*search.told(found), *told),
            found.hours.reindex(places.index),
            ways,
        )


def _fill_waits(
    near: Nearest, search: Search, positions: pd.DataFrame, found: Meetings, places: "pd.Index[str]"
) -> None:
    """Find the waits of each origin's nearest open class, in place: only those are shown, and each costs a search."""
    chosen = np.unique(near.site[near.site >= 0])
    if not len(chosen):
        return
    slots: dict[str, set[Slot]] = {}
    for place in places[chosen]:
        slots.setdefault(found.site[place], set()).update(found.slots[place])
    few = positions[positions["site_id"].isin(list(slots))].reset_index(drop=True)
    chunks = search.chunks(few, slots, waits=True)
    for part in place_pairs(chunks, few, found, places[chosen], search.origins.rows):
        mine = near.site[part.commune] == chosen[part.site]
        commune = part.commune[mine]
        if part.out_wait_minutes is not None and part.back_wait_minutes is not None:
            near.out_wait_minutes[commune] = part.out_wait_minutes[mine]
            near.back_wait_minutes[commune] = part.back_wait_minutes[mine]


def near_sites(found: Meetings, offers: gpd.GeoDataFrame, origins: Origins, minutes: float) -> pd.DataFrame:
    """Return the sites of the meetings that are near enough to matter."""
    sites = pd.Index(sorted(set(found.site.values())), dtype="str")
    positions = site_positions(sites, offers)
    metres = minutes / 60 * 1000 * FASTEST_KMH
    return positions[within_reach(positions, origins.table, metres=metres)].reset_index(drop=True)


def place_pairs(
    chunks: Iterator[TransitChunk],
    positions: pd.DataFrame,
    found: Meetings,
    places: "pd.Index[str]",
    rows: npt.NDArray[np.int32],
) -> Iterator[ReachPairs]:
    """Turn the pairs of sites and slots into pairs of places; of several slots the worse counts.

    ``rows`` holds the row of each origin in the table that is answered.
    """
    ids = positions["site_id"].tolist()
    kept: dict[Key, pd.DataFrame] = {}
    for chunk in chunks:
        table = pd.DataFrame(
            {
                "site": chunk.site_index,
                "origin": chunk.commune_index,
                "out": chunk.out_minutes,
                "back": chunk.back_minutes,
                "out_wait": chunk.out_wait_minutes,
                "back_wait": chunk.back_wait_minutes,
            }
        )
        for site in table["site"].unique():
            kept[ids[site], chunk.slot] = table[table["site"].eq(site)].set_index("origin")
    for number, place in enumerate(places):
        parts = [kept.get((found.site[place], slot)) for slot in found.slots[place]]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            continue  # on one of the days nobody comes
        worst = known[0]
        for part in known[1:]:
            both = worst.index.intersection(part.index)
            one, other = worst.loc[both], part.loc[both]
            worst = pd.DataFrame(np.fmax(one.to_numpy(), other.to_numpy()), index=both, columns=one.columns)
        yield ReachPairs(
            np.full(len(worst), number, dtype=np.int32),
            rows[worst.index.to_numpy()],
            *(worst[name].to_numpy(dtype=np.float32) for name in ("out", "back", "out_wait", "back_wait")),
        )


def not_known(positions: pd.DataFrame, origins: pd.DataFrame, opened: Days) -> tuple[set[str], tuple[str, ...]]:
    """Return the origins the timetables and the streets walked on say nothing of, and a note on such sites."""
    missing = transit_not_routable(positions, origins, walking=opened.walking)
    unreached = set(missing.communes["commune_code"])
    unreached |= set(origins.loc[~_near_a_stop(origins, opened), "commune_code"])
    return unreached, unjoined_note(missing.sites)


def _near_a_stop(origins: pd.DataFrame, opened: Days) -> npt.NDArray[np.bool_]:
    """Say which origins the timetables speak of: those with a stop, of any day, within 20 km."""
    lon, lat = (opened.stops[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
    tree = cKDTree(on_sphere(lon, lat))
    metres, _ = tree.query(on_sphere(origins["lon"].to_numpy(), origins["lat"].to_numpy()))
    return np.asarray(metres <= FARTHEST_STOP_METRES)
