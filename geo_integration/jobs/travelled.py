"""From means and places to each commune's nearest place of each status."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.gaps import Nearest, ReachPairs, nearest, site_offers
from geo_integration.coverage.points import sites_beside_points
from geo_integration.coverage.ways import Ways
from geo_integration.exports import Source
from geo_integration.jobs.ground import Progress, origins_of, site_positions, telling
from geo_integration.jobs.means import as_pairs, farthest_metres, timed, within_reach
from geo_integration.jobs.request import Request
from geo_integration.vocabulary import OfferStatus


@dataclass(frozen=True)
class Travelled:
    """The answer of the engines, folded.

    Attributes
    ----------
    near : per status, each commune's nearest place.
    places : what those places hold, per status (:func:`geo_integration.coverage.gaps.site_offers`).
    routable : whether a network serves each commune.
    hours : class hours each place was timed for, in French; None where no timetable was asked.
    sources, notes : what to cite, and what to know.
    ways : every pair, where it was asked to keep them; ``places`` are in its order.
    """

    near: dict[OfferStatus, Nearest]
    places: pd.DataFrame
    routable: npt.NDArray[np.bool_]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    hours: "pd.Series[str] | None" = None
    ways: Ways | None = None


@dataclass(frozen=True)
class Origins:
    """Where people leave from.

    Attributes
    ----------
    table : ``commune_code`` (or another key), ``lon``, ``lat``, ``radius_metres``; its index is the row of each in a
        table of ``count`` rows, which the answer is given for.
    count : number of rows of that table.
    inside_commune : whether an origin stands for a whole commune: a trip inside it then takes at least the
        mean-radius time. A cell or a point stands for itself.
    """

    table: pd.DataFrame
    count: int
    inside_commune: bool = True

    @classmethod
    def of_communes(cls, communes: pd.DataFrame) -> "Origins":
        """Leave from the mairies."""
        return cls(origins_of(communes), len(communes))

    @property
    def rows(self) -> npt.NDArray[np.int32]:
        """Return the row of each origin in the table."""
        return self.table.index.to_numpy(dtype=np.int32)

    def routable(self, unreached: Collection[str]) -> npt.NDArray[np.bool_]:
        """Say which rows of the table a network serves, shape (count,)."""
        served = np.zeros(self.count, dtype=np.bool_)
        served[self.rows] = ~self.table["commune_code"].isin(list(unreached)).to_numpy()
        return served

    def ways(
        self,
        pairs: Iterable[ReachPairs],
        places: "pd.Index[str]",
        routable: npt.NDArray[np.bool_],
        minutes: float,
    ) -> Ways:
        """Keep every pair, between the rows of the table and the places; rows without an origin have no code."""
        codes = pd.Series("", index=range(self.count), dtype="str")
        codes.loc[self.table.index] = self.table["commune_code"].to_numpy()
        return Ways.of(pairs, communes=codes, places=places, routable=routable, horizon_minutes=minutes)

    def beside(self, positions: pd.DataFrame) -> pd.DataFrame:
        """Return the places as these origins see them: points belong to no commune as a whole."""
        return positions if self.inside_commune else sites_beside_points(positions)


def by_road(
    origins: Origins,
    offers: gpd.GeoDataFrame,
    status: "pd.Series[str]",
    request: Request,
    *,
    progress: Progress | None,
    keep_ways: bool = False,
) -> Travelled:
    """Find the nearest places by car, by bike or on foot; keep every pair if asked."""
    means, minutes = request.means, request.horizon
    sites = site_offers(status, offers)
    positions = site_positions(sites.index, offers)
    near_enough = within_reach(positions, origins.table, metres=farthest_metres(means, minutes))
    sites, positions = sites[near_enough], positions[near_enough].reset_index(drop=True)
    found = timed(means, origins.beside(positions), origins.table, minutes=minutes, progress=telling(progress))
    routable = origins.routable(found.unreached)
    pairs = as_pairs(found.chunks, origins.rows)
    ways = origins.ways(pairs, sites.index, routable, minutes) if keep_ways else None
    near = nearest(pairs if ways is None else [ways.pairs()], sites, origins.count)
    return Travelled(near, sites, routable, found.sources, found.notes, ways=ways)
