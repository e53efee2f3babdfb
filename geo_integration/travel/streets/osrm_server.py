"""The reach table from an OSRM-compatible HTTP server, for whoever runs one already.

Its times are the server's: its extract, its speeds, no congestion. What is ours is the same as on embedded
streets: places too far from a street are not routable, the way between a place and its street is timed, a trip
inside a commune takes at least its intra-commune time, and a pair is kept when both ways are within the cutoff.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo_integration.errors import OptionError
from geo_integration.travel.pairs import Pairs, Places, Progress, ReachChunk, home_of, in_chunks, on_sphere
from geo_integration.travel.reach import NotRoutable, as_table, not_routable_of
from geo_integration.travel.snapping import Booleans, Floats, Integers
from geo_integration.travel.streets.osrm_answers import Client, NoSegmentError
from geo_integration.travel.streets.reach import flat_points, inside_home, intra_commune_minutes, pairs_within
from geo_integration.travel.tables import Origins, Sites, check_options
from geo_integration.vocabulary import Engine, Mode

PROFILES = {Mode.CAR: "driving", Mode.BIKE: "cycling", Mode.FOOT: "walking"}
"""What stands in the URL for each mode. ``osrm-routed`` ignores it: it answers for the profile it was prepared with."""

ACCESS_SPEED_KMH = {Mode.CAR: 10.0, Mode.BIKE: 4.0, Mode.FOOT: 4.5}
"""Between a place and its street: those of the profiles in ``data/profiles``."""

FASTEST_KMH = 150.0
"""Nobody travels faster, in a straight line: pairs farther apart than that allows are not asked for."""


@dataclass(frozen=True, eq=False)
class OsrmReach:
    """What the server knows of sites and origins.

    Attributes
    ----------
    chunks : the reach table; every site is in exactly one chunk's ``sites``.
    not_routable : what no time can be given for, and why.
    """

    chunks: tuple[ReachChunk, ...]
    not_routable: NotRoutable

    @property
    def unreached(self) -> list[str]:
        """Return the codes of the origins that are not routable."""
        return self.not_routable.communes["commune_code"].tolist()


@dataclass(frozen=True)
class OsrmServer:
    """An OSRM-compatible server.

    Attributes
    ----------
    url : up to and excluding ``/table/v1``. ``{mode}`` in it stands for car, bike or foot, where there is one
        server per mode; without it, the server serves ``mode`` only.
    mode : what a single server was prepared for. It cannot be asked, so it must be said.
    max_table : most coordinates of one question (``osrm-routed --max-table-size``, 100 unless told otherwise).
    snap_limit_metres : a place farther than this from the server's nearest street is not routable.
    timeout_seconds, attempts, backoff_seconds : patience (:class:`~.osrm_answers.Client`).
    sleep : waits; injected by tests.
    """

    url: str
    mode: Mode = Mode.CAR
    max_table: int = 100
    snap_limit_metres: float = 1000.0
    timeout_seconds: float = 30.0
    attempts: int = 4
    backoff_seconds: float = 0.5
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        """Refuse a server nothing could be asked of."""
        wrong = {
            "max_table": self.max_table < 2,  # noqa: PLR2004 -- one source and one destination
            "snap_limit_metres": not 0 < self.snap_limit_metres < math.inf,
            "timeout_seconds": not 0 < self.timeout_seconds < math.inf,
            "attempts": self.attempts < 1,
            "backoff_seconds": not 0 <= self.backoff_seconds < math.inf,
        }
        for name in (name for name, refused in wrong.items() if refused):
            raise OptionError(
                f"{name} vaut {getattr(self, name)}",
                where="serveur OSRM",
                way_out="donner une valeur positive et finie (max_table : au moins 2)",
            )

    def client(self, mode: Mode) -> Client:
        """Return what asks for times of one mode; OptionError for one the server does not serve."""
        if mode not in PROFILES or (mode is not self.mode and "{mode}" not in self.url):
            served = ", ".join(each.value for each in PROFILES) if "{mode}" in self.url else self.mode.value
            raise OptionError(
                f"ce serveur OSRM ne sert pas le mode « {mode.label.lower()} »",
                where=self.url,
                way_out=f"mode servi : {served} ; pour un serveur par mode, mettre {{mode}} dans son adresse",
            )
        return Client(
            self.url.replace("{mode}", mode.value),
            PROFILES[mode],
            self.timeout_seconds,
            self.attempts,
            self.backoff_seconds,
            self.sleep,
        )

    def reach(
        self,
        sites: pd.DataFrame,
        origins: pd.DataFrame,
        *,
        cutoff_minutes: float,
        mode: Mode = Mode.CAR,
        chunk_size: int = 25,
        progress: Progress | None = None,
    ) -> OsrmReach:
        """Ask for the whole reach table.

        Parameters
        ----------
        sites, origins : as in :func:`~geo_integration.travel.reach.reach_table`.
        cutoff_minutes : longest trip kept: there and back must both be within it.
        mode : one the server serves.
        chunk_size, progress : as in :func:`~geo_integration.travel.reach.iter_reach`.

        Raises
        ------
        LayerError, OptionError
            As :func:`~.reach.iter_street_reach`; OptionError also for a mode or a table size the server refuses.
        NetworkUnavailableError
            The server cannot be reached or cannot answer.
        """
        client = self.client(mode)
        check_options(mode=mode.value, served=mode.value, cutoff_minutes=cutoff_minutes, chunk_size=chunk_size)
        places, communes = Sites.from_table(sites), Origins.from_table(origins)
        asked = _Asked(self, client, places, communes, mode, cutoff_minutes)
        home, intra = home_of(places, communes), intra_commune_minutes(communes.radius_metres, mode)
        inside = inside_home(places, communes, home)

        def pairs(rows: Integers) -> Pairs:
            out, back = asked.both_ways(rows)
            return pairs_within(out, back, home[rows], intra, inside=inside[rows], cutoff_minutes=cutoff_minutes)

        points = flat_points(places.lon, places.lat)
        size = min(chunk_size, max(1, self.max_table // 2))
        found = in_chunks(Places.of(places, home), points, pairs, chunk_size=size, progress=progress)
        return OsrmReach(tuple(found), not_routable_of(places, communes, asked.site_routable, asked.origin_routable))

    def reach_table(
        self, sites: pd.DataFrame, origins: pd.DataFrame, *, cutoff_minutes: float, mode: Mode = Mode.CAR
    ) -> pd.DataFrame:
        """Return the reach table: columns of :data:`geo_integration.layers.REACH`, engine ``osrm``."""
        found = self.reach(sites, origins, cutoff_minutes=cutoff_minutes, mode=mode)
        return as_table(found.chunks, sites, origins, mode=mode.value, engine=Engine.OSRM.value)


class _Asked:
    """Sites and origins as the server knows them."""

    def __init__(
        self, server: OsrmServer, client: Client, sites: Sites, origins: Origins, mode: Mode, cutoff_minutes: float
    ) -> None:
        self._server, self._client, self._sites, self._origins = server, client, sites, origins
        self._seconds_per_metre = 3.6 / ACCESS_SPEED_KMH[mode]
        self._farthest_metres = cutoff_minutes / 60 * 1000 * FASTEST_KMH
        self.site_routable = self._routable(sites.lon, sites.lat)
        self.origin_routable = self._routable(origins.lon, origins.lat)

    def _routable(self, lon: Floats, lat: Floats) -> Booleans:
        """Ask which places have a street near them."""
        near = np.zeros(len(lon), dtype=np.bool_)
        size = self._server.max_table
        rows = np.flatnonzero(np.isfinite(lon))
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            while len(block):
                try:
                    found = self._client.table(lon[block], lat[block], np.arange(1), np.arange(len(block)))
                except NoSegmentError as error:
                    block = np.delete(block, error.position)
                    continue
                near[block] = found.destination_metres <= self._server.snap_limit_metres
                break
        return near

    def both_ways(self, rows: Integers) -> tuple[Floats, Floats]:
        """Return minutes there and back between some sites and every origin, shape (sites, origins)."""
        out = np.full((len(rows), len(self._origins.codes)), np.inf)
        back = out.copy()
        routable = np.flatnonzero(self.site_routable[rows])
        origins = self._near(rows[routable])
        size = self._server.max_table - len(routable)
        for start in range(0, len(origins), size):
            block = origins[start : start + size]
            at = np.ix_(routable, block)
            out[at], back[at] = self._ask(rows[routable], block)
        return out, back

    def _near(self, rows: Integers) -> Integers:
        """Return the routable origins near enough to one of the sites to be worth a question."""
        origins = np.flatnonzero(self.origin_routable)
        if not len(rows) or not len(origins):
            return origins[:0]
        tree = cKDTree(on_sphere(self._sites.lon[rows], self._sites.lat[rows]))
        metres, _ = tree.query(on_sphere(self._origins.lon[origins], self._origins.lat[origins]))
        near: Integers = origins[metres <= self._farthest_metres]
        return near

    def _ask(self, sites: Integers, origins: Integers) -> tuple[Floats, Floats]:
        """Return minutes there and back between a few sites and a few origins."""
        lon = np.concatenate([self._sites.lon[sites], self._origins.lon[origins]])
        lat = np.concatenate([self._sites.lat[sites], self._origins.lat[origins]])
        here, there = np.arange(len(sites)), np.arange(len(sites), len(lon))
        back = self._client.table(lon, lat, here, there)
        out = self._client.table(lon, lat, there, here)
        return (
            self._minutes(out.seconds, out.source_metres, out.destination_metres).T,
            self._minutes(back.seconds, back.source_metres, back.destination_metres),
        )

    def _minutes(self, seconds: Floats, source_metres: Floats, destination_metres: Floats) -> Floats:
        """Return minutes from door to door; inf where the server joined a place to a street too far away."""
        source, destination = (
            np.where(metres <= self._server.snap_limit_metres, metres * self._seconds_per_metre, np.inf)
            for metres in (source_metres, destination_metres)
        )
        return (seconds + source[:, np.newaxis] + destination) / 60
