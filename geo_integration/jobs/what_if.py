"""What if a course opened, closed or moved: the answer of a full run, without one.

A :class:`Standing` keeps what a question was answered with: the network with its origins joined, every way found, and
each commune's nearest place. Opening a course costs one search from its place; closing one costs none. By road (car,
bike, on foot; outline, streets or server): by timetable a place is a place at its hours, see :mod:`jobs.scenario`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.gaps import Nearest, causes, coverage_table, holding, site_offers
from geo_integration.coverage.need import attach
from geo_integration.coverage.points import origins_of_points
from geo_integration.coverage.scenario.fold import Fold, Searched
from geo_integration.errors import MissingDataError, OptionError
from geo_integration.jobs.below import by_people
from geo_integration.jobs.means import Means, as_pairs, farthest_metres, street_network, timed, within_reach
from geo_integration.jobs.studied import Studied
from geo_integration.jobs.travelled import Origins, Travelled, by_road
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.pairs import ReachChunk
from geo_integration.travel.reach import iter_reach, join_origins
from geo_integration.travel.straight import SPEED_KMH
from geo_integration.travel.streets.reach import iter_street_reach
from geo_integration.travel.streets.router import open_router
from geo_integration.vocabulary import Engine, Mode, OfferStatus

type Chunks = Callable[[pd.DataFrame], Iterator[ReachChunk]]
"""From places (``site_id``, ``lon``, ``lat``, ``commune_code``) to the reach table from some origins."""

_COURSE = ["offer_id", "site_id", "status", "lon", "lat", "commune_code", "title", "commune_name"]


@dataclass(frozen=True)
class Place:
    """A course to open.

    Attributes
    ----------
    offer_id : its name, which no course has yet.
    lon, lat : where it is held, WGS84 degrees.
    commune_code : its commune.
    status : what it is to who asks.
    title, commune_name : to show.
    """

    offer_id: str
    lon: float
    lat: float
    commune_code: str
    status: OfferStatus = OfferStatus.OPEN
    title: str = ""
    commune_name: str = ""

    @property
    def site_id(self) -> str:
        """The place as the layers name it."""
        return f"{self.lon:.5f},{self.lat:.5f}"


@dataclass(frozen=True)
class _Ground:
    """Where people leave from, what is known of their ways, and how to search more."""

    origins: Origins
    routable: npt.NDArray[np.bool_]
    search: Chunks
    fold: Fold

    def searched(self, positions: pd.DataFrame) -> list[Searched]:
        """Return the ways to some places, one search each."""
        found: list[list[Searched]] = [[] for _ in range(len(positions))]
        for part in as_pairs(self.search(positions), self.origins.rows):
            known = np.isfinite(part.out_minutes) & ~np.isnan(part.back_minutes)
            for row in np.unique(part.site[known]):
                mine = known & (part.site == row)
                found[row].append(Searched(part.commune[mine], part.out_minutes[mine], part.back_minutes[mine]))
        empty = Searched(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.float32))
        return [of_place[0] if of_place else empty for of_place in found]


@dataclass(frozen=True)
class Standing:
    """A question answered, ready for others; every change gives another one and leaves this one as it was.

    Attributes
    ----------
    studied : what the full run found for today; need and its release come from it.
    courses : every offer that has a place, by ``offer_id``: ``site_id``, ``status``, ``lon``, ``lat``,
        ``commune_code``, ``title``, ``commune_name``.
    sites : per place near enough to matter, an ``offer_id`` of each status, or null.
    ids : number of each place ever met, by (``site_id``, ``lon``, ``lat``, ``commune_code``).
    farthest_metres : how far a place may be from the origins and still matter.
    changed : rows of the communes whose nearest place or time differs from the state before.
    """

    studied: Studied
    courses: pd.DataFrame
    sites: pd.DataFrame
    ids: Mapping[tuple[str, float, float, str], int]
    ground: _Ground
    below: _Ground | None
    farthest_metres: float
    changed: npt.NDArray[np.intp]

    @classmethod
    def of(cls, studied: Studied) -> Self:
        """Load once what every change needs.

        Raises
        ------
        OptionError
            A question by timetable.
        MissingDataError
            The ways were not kept (``study(keep_ways=False)``).
        """
        request = studied.request
        if request.means.mode is Mode.TRANSIT:
            raise OptionError(
                "un changement de cours par les horaires se calcule en entier",
                where="--mode transit",
                way_out="lancer le scénario (geo-integration scenario), qui refait le calcul",
            )
        courses = courses_of(studied.offers, studied.status)
        origins = Origins.of_communes(studied.communes)
        ground = _Ground(
            origins,
            studied.travelled.routable,
            _search(request.means, origins, request.horizon),
            Fold.of(studied.ways, studied.travelled.near),
        )
        farthest = farthest_metres(request.means, request.horizon)
        sites, positions = _places(courses, origins, farthest)
        if not sites.index.equals(studied.places.index):
            raise MissingDataError("les lieux de la question ne sont pas ceux de ses offres", where="what_if")
        ids = {key: row for row, key in enumerate(_keys(positions))}
        return cls(studied, courses, sites, ids, ground, _below(studied), farthest, np.empty(0, np.intp))

    def with_courses(self, courses: pd.DataFrame) -> Self:
        """Return the state where these are the courses (columns of ``courses``): places not met yet are searched."""
        courses = courses.sort_values("offer_id", kind="stable").reset_index(drop=True)
        sites, positions = _places(courses, self.ground.origins, self.farthest_metres)
        keys = _keys(positions)
        fresh = [row for row, key in enumerate(keys) if key not in self.ids]
        ids = {**self.ids, **{keys[row]: len(self.ids) + n for n, row in enumerate(fresh)}}
        numbers = np.array([ids[key] for key in keys], dtype=np.int64)
        new = positions.iloc[fresh].reset_index(drop=True)
        held, holds = holding(self.sites), holding(sites)

        def moved(ground: _Ground) -> tuple[_Ground, npt.NDArray[np.bool_]]:
            fold = ground.fold.with_searched(ground.searched(new)) if fresh else ground.fold
            fold, changed = fold.with_places(numbers, held=held, holds=holds)
            return replace(ground, fold=fold), changed

        ground, changed = moved(self.ground)
        below = None
        if self.below is not None:
            below, points = moved(self.below)
            changed = changed | np.isin(self._codes, below.origins.table["home_commune_code"][points])
        return replace(
            self,
            courses=courses,
            sites=sites,
            ids=ids,
            ground=ground,
            below=below,
            changed=np.flatnonzero(changed),
        )

    def add(self, *places: Place) -> Self:
        """Open courses; OptionError for a name that is taken."""
        rows = pd.DataFrame([{name: getattr(place, name) for name in _COURSE} for place in places])
        rows["status"] = [place.status.value for place in places]
        taken = sorted(set(rows["offer_id"]) & set(self.courses["offer_id"]))
        if taken or rows["offer_id"].duplicated().any():
            raise OptionError(f"cours déjà là : {', '.join(taken) or 'nommé deux fois'}", where="offer_id")
        return self.with_courses(pd.concat([self.courses, rows.astype(_DTYPES)], ignore_index=True))

    def close(self, site_ids: Collection[str] = (), *, offer_ids: Collection[str] = ()) -> Self:
        """Close every course of some places, or some courses; OptionError for one that is not there."""
        self._known("site_id", site_ids)
        self._known("offer_id", offer_ids)
        gone = self.courses["site_id"].isin(list(site_ids)) | self.courses["offer_id"].isin(list(offer_ids))
        return self.with_courses(self.courses[~gone])

    def move(self, site_id: str, *, lon: float, lat: float, commune_code: str) -> Self:
        """Move every course of a place; OptionError for a place that is not there."""
        self._known("site_id", [site_id])
        here = self.courses["site_id"].eq(site_id)
        to = Place("", lon, lat, commune_code)
        courses = self.courses.copy()
        for name in ("site_id", "lon", "lat", "commune_code"):
            courses[name] = courses[name].mask(here, getattr(to, name))
        return self.with_courses(courses.astype(_DTYPES))

    @property
    def near(self) -> dict[OfferStatus, Nearest]:
        """Each commune's nearest places, from its mairie."""
        return self.ground.fold.near

    @property
    def cause(self) -> npt.NDArray[np.str_]:
        """Cause of each commune, shape (communes,)."""
        if self.below is not None:
            return self.coverage["cause"].to_numpy(dtype=np.str_)
        return causes(
            self.near,
            cutoff_minutes=self.studied.request.minutes,
            reported=self._reported,
            routable=self.ground.routable,
        )

    @property
    def minutes(self) -> npt.NDArray[np.float64]:
        """Minutes to the nearest fitting open course or home, the longer, as shown; NaN for none; shape (communes,)."""
        longer = self.near[OfferStatus.OPEN].minutes.astype(np.float64)
        return np.round(np.where(np.isfinite(longer), longer, np.nan), 1)

    @property
    def need_uncovered(self) -> npt.NDArray[np.float64]:
        """Learners of communes that are not covered, NaN where not known, shape (communes,)."""
        need = self.studied.coverage["need"].to_numpy(dtype=np.float64, na_value=np.nan)
        cause = self.cause
        uncovered = np.where(cause == "covered", need * 0, need)
        return np.where(cause == "no_data", np.nan, uncovered)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """The whole coverage table, as a full run gives it."""
        studied, request = self.studied, self.studied.request
        table = coverage_table(
            studied.communes,
            self.near,
            self.sites,
            self.courses,
            request.question(),
            reported_departements=studied.loaded.reported(request.kind.value),
            routable=self.ground.routable,
        )
        below = self.below
        if below is not None:
            table, _ = by_people(
                table,
                _travelled(self.ground, self.sites),
                studied.loaded.layers["population_points"],
                studied.communes,
                travel=lambda _: _travelled(below, self.sites),
                reported=studied.loaded.reported(request.kind.value),
                cutoff_minutes=request.minutes,
            )
        before = studied.coverage
        table = attach(table, before[["commune_code", "need", "need_basis", "need_share"]])
        table = table.assign(withheld=before["withheld"], synthetic=before["synthetic"])
        # The types of the table of before, which was checked: checking again would take longer than all the rest.
        return pd.DataFrame({name: _cast(table, name, before[name].dtype) for name in before.columns})

    @property
    def _codes(self) -> "pd.Series[str]":
        return pd.Series(self.studied.communes["code"])

    @property
    def _reported(self) -> npt.NDArray[np.bool_]:
        told = self.studied.loaded.reported(self.studied.request.kind.value)
        return np.asarray(self.studied.communes["departement_code"].isin(told), dtype=np.bool_)

    def _known(self, column: str, values: Collection[str]) -> None:
        if missing := sorted(set(values) - set(self.courses[column])):
            raise OptionError(f"aucun cours : {', '.join(missing[:3])}", where=column, way_out="voir les offres")


def _cast(table: pd.DataFrame, name: str, dtype: Any) -> "pd.Series[Any]":  # noqa: ANN401 -- any type of pandas
    """Return a column in a type, empty where the table has none."""
    return table[name].astype(dtype) if name in table else pd.Series(index=table.index, dtype=dtype)


_DTYPES = {name: "float64" if name in {"lon", "lat"} else "str" for name in _COURSE}


def courses_of(offers: pd.DataFrame, status: "pd.Series[str]") -> pd.DataFrame:
    """Return what a :class:`Standing` needs of the offers that have a place, by ``offer_id``."""
    placed = offers[offers["site_id"].notna()]
    points = placed.geometry
    table = placed.assign(status=placed["offer_id"].map(status), lon=points.x, lat=points.y)[_COURSE]
    return pd.DataFrame(table).astype(_DTYPES).sort_values("offer_id", kind="stable").reset_index(drop=True)


def _places(courses: pd.DataFrame, origins: Origins, farthest: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what each place holds and where it is, as :func:`by_road` sees them."""
    sites = site_offers(courses.set_index("offer_id")["status"], courses)
    first = courses.drop_duplicates("site_id").set_index("site_id").loc[sites.index].reset_index()
    positions = first[["site_id", "lon", "lat", "commune_code"]]
    near = within_reach(positions, origins.table, metres=farthest)
    return sites[near], positions[near].reset_index(drop=True)


def _keys(positions: pd.DataFrame) -> list[tuple[str, float, float, str]]:
    columns = (positions[name].tolist() for name in ("site_id", "lon", "lat"))
    return list(zip(*columns, positions["commune_code"].fillna("").tolist(), strict=True))


def _search(means: Means, origins: Origins, minutes: float) -> Chunks:
    """Return the search from new places, with all that can be is done beforehand."""
    table, beside = origins.table, origins.beside
    if means.engine is Engine.STREETS:
        streets = street_network(means)
        router = open_router(streets)
        return lambda sites: iter_street_reach(
            beside(sites), table, network=streets, cutoff_minutes=minutes, router=router
        )
    if means.engine is Engine.OUTLINE and means.mode not in SPEED_KMH:
        network = OutlineNetwork.load()
        joined = join_origins(table, network)
        return lambda sites: iter_reach(
            beside(sites), joined, network=network, cutoff_minutes=minutes, mode=means.mode.value
        )
    return lambda sites: timed(means, beside(sites), table, minutes=minutes).chunks


def _below(studied: Studied) -> _Ground | None:
    """Return where people live as places to leave from, where cells are loaded, with every way kept."""
    layers, request = studied.loaded.layers, studied.request
    if "population_points" not in layers:
        return None
    points = origins_of_points(layers["population_points"], studied.communes)
    if points.empty:
        return None
    origins = Origins(points, len(points), inside_commune=False)
    found = by_road(origins, studied.offers, studied.status, request, progress=None, keep_ways=True)
    if found.ways is None:
        raise MissingDataError("les trajets n'ont pas été gardés", where="what_if")
    search = _search(request.means, origins, request.horizon)
    return _Ground(origins, found.routable, search, Fold.of(found.ways, found.near))


def _travelled(ground: _Ground, sites: pd.DataFrame) -> Travelled:
    return Travelled(ground.fold.near, sites, ground.routable, (), ())
