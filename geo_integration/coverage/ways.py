"""Every way found between communes and places for one question, kept in memory.

What supply, siting, calendars and scenarios share. A pair that is absent is beyond the horizon, or its minutes are not
known: see ``routable``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from geo_integration.coverage.gaps import ReachPairs
from geo_integration.errors import LayerError


@dataclass(frozen=True)
class Ways:
    """The reach table of one question, as positions in two lists.

    Attributes
    ----------
    communes : codes, in the order of the coverage table; shape (communes,).
    places : ``site_id`` of each place (by timetable: the site and its class hours), shape (places,).
    commune, place : positions in both, int32, shape (pairs,); sorted by place, then commune; each pair once.
    out_minutes, back_minutes : float32, finite out; ``inf`` back where there is a way in and none home.
    routable : whether a network serves each commune, shape (communes,).
    horizon_minutes : longest trip looked for; nothing is known beyond.
    """

    communes: tuple[str, ...]
    places: tuple[str, ...]
    commune: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    out_minutes: npt.NDArray[np.float32]
    back_minutes: npt.NDArray[np.float32]
    routable: npt.NDArray[np.bool_]
    horizon_minutes: float

    @classmethod
    def of(
        cls,
        parts: Iterable[ReachPairs],
        *,
        communes: Iterable[str],
        places: Iterable[str],
        routable: npt.NDArray[np.bool_],
        horizon_minutes: float,
    ) -> Self:
        """Join the parts of a reach table; pairs with no way in are left out. LayerError for a pair given twice."""
        kept = [part for part in parts if len(part.site)]
        empty = np.empty(0, np.int32), np.empty(0, np.float32)
        commune = np.concatenate([part.commune for part in kept] or [empty[0]]).astype(np.int32)
        place = np.concatenate([part.site for part in kept] or [empty[0]]).astype(np.int32)
        out = np.concatenate([part.out_minutes for part in kept] or [empty[1]]).astype(np.float32)
        back = np.concatenate([part.back_minutes for part in kept] or [empty[1]]).astype(np.float32)
        known = np.isfinite(out) & ~np.isnan(back)
        order = np.flatnonzero(known)[np.lexsort((commune[known], place[known]))]
        commune, place = commune[order], place[order]
        if len(order) and ((np.diff(commune) == 0) & (np.diff(place) == 0)).any():
            raise LayerError("un même trajet est donné deux fois", where="table des temps")
        return cls(
            tuple(communes), tuple(places), commune, place, out[order], back[order], routable, float(horizon_minutes)
        )

    @property
    def longer_minutes(self) -> npt.NDArray[np.float32]:
        """The longer of there and back, ``inf`` where nothing goes home, shape (pairs,)."""
        return np.maximum(self.out_minutes, self.back_minutes)

    def within(self, cutoff_minutes: float) -> npt.NDArray[np.bool_]:
        """Say which pairs are within a time both ways, as shown: 45.04 reads 45.0 and is within 45; shape (pairs,)."""
        shown = np.round(self.longer_minutes.astype(np.float64), 1)
        return np.asarray(shown <= cutoff_minutes, dtype=np.bool_)

    def pairs(self) -> ReachPairs:
        """Return them as one part of a reach table."""
        return ReachPairs(self.place, self.commune, self.out_minutes, self.back_minutes)

    def of_places(self, positions: Iterable[int]) -> Self:
        """Return the ways to some places only, numbered anew in the order given."""
        chosen = list(positions)
        new = np.full(len(self.places), -1, dtype=np.int32)
        new[chosen] = np.arange(len(chosen), dtype=np.int32)
        kept = np.flatnonzero(new[self.place] >= 0)
        order = kept[np.lexsort((self.commune[kept], new[self.place[kept]]))]
        return type(self)(
            self.communes,
            tuple(self.places[at] for at in chosen),
            self.commune[order],
            new[self.place[order]],
            self.out_minutes[order],
            self.back_minutes[order],
            self.routable,
            self.horizon_minutes,
        )
