"""The nearest places of each commune, kept up to date when a few places come, go or change, without a new search.

A place keeps one number (its *id*) from one state to the next; its row in the table of places changes as others come
and go. Ties go to the first row, so rows, not ids, are what is compared: the answer is that of
:func:`geo_integration.coverage.gaps.nearest` over all places of the new table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from geo_integration.coverage.gaps import Holds, Nearest, ReachPairs, improve, nobody_near
from geo_integration.coverage.ways import Ways
from geo_integration.vocabulary import OfferStatus

type Ids = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

_GONE = -1


class Searched(NamedTuple):
    """What a search from one place found: rows of the communes, minutes there and back, shape (pairs,) each."""

    commune: npt.NDArray[np.int32]
    out_minutes: npt.NDArray[np.float32]
    back_minutes: npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Base:
    """The ways of the first state, to be read by place or by commune; shared by every state after it."""

    ways: Ways

    @cached_property
    def _of_place(self) -> Ids:
        return np.searchsorted(self.ways.place, np.arange(len(self.ways.places) + 1))

    @cached_property
    def _by_commune(self) -> tuple[Ids, Ids]:
        order = np.argsort(self.ways.commune, kind="stable")
        first = np.searchsorted(self.ways.commune[order], np.arange(len(self.ways.communes) + 1))
        return order, first

    def of_place(self, place: int) -> Searched:
        """Return the ways to one place."""
        ways, at = self.ways, slice(self._of_place[place], self._of_place[place + 1])
        return Searched(ways.commune[at], ways.out_minutes[at], ways.back_minutes[at])

    def pairs_of_communes(self, communes: Ids) -> Ids:
        """Return the positions of the pairs of some communes."""
        order, first = self._by_commune
        pieces = [order[first[row] : first[row + 1]] for row in communes]
        return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


@dataclass(frozen=True)
class Fold:
    """Each commune's nearest places of each status, and the ways they were found among.

    Attributes
    ----------
    base : the ways of the first state; its places have the ids from 0.
    added : what was searched since; ids go on.
    ids : id of each row of the table of places, shape (places,).
    near : what :func:`~geo_integration.coverage.gaps.nearest` gives for that table.
    """

    base: _Base
    added: tuple[Searched, ...]
    ids: Ids
    near: dict[OfferStatus, Nearest]

    @classmethod
    def of(cls, ways: Ways, near: dict[OfferStatus, Nearest]) -> Self:
        """Start from what a full run found."""
        return cls(_Base(ways), (), np.arange(len(ways.places), dtype=np.int64), near)

    @property
    def known(self) -> int:
        """Number of ids given so far."""
        return len(self.base.ways.places) + len(self.added)

    def with_searched(self, found: Sequence[Searched]) -> Self:
        """Return the same with places searched, which nothing holds yet; their ids follow those known."""
        return replace(self, added=(*self.added, *found))

    def with_places(self, ids: Ids, *, held: Holds, holds: Holds) -> tuple[Self, Booleans]:
        """Return the state of another table of places, and the communes for which a nearest place or time differs.

        Parameters
        ----------
        ids : id of each row of the new table, each once.
        held, holds : which rows hold each status, before and now.
        """
        row_of = np.full(self.known + 1, _GONE, dtype=np.int32)
        row_of[ids] = np.arange(len(ids), dtype=np.int32)
        near = nobody_near(len(self.base.ways.communes))
        changed = np.zeros(len(self.base.ways.communes), dtype=np.bool_)
        for status in near:
            before = np.zeros(self.known, dtype=np.bool_)
            before[self.ids[held[status]]] = True
            now = np.zeros(self.known, dtype=np.bool_)
            now[ids[holds[status]]] = True
            one = {status: self._renumbered(self.near[status], before & ~now, row_of)}
            self._refold(one, self._bereft(self.near[status], before & ~now), now, row_of)
            for place in np.flatnonzero(now & ~before):
                improve(one, self._part(int(place), row_of), {status: np.ones(len(ids), dtype=np.bool_)})
            near[status] = one[status]
            changed |= self._differs(self.near[status], one[status], ids)
        return replace(self, ids=ids, near=near), changed

    def _bereft(self, near: Nearest, lost: Booleans) -> Booleans:
        """Say which communes lose their nearest place, or their nearest one without a way home."""
        gone = np.append(lost[self.ids], False)  # row -1, no place, is the last one
        return np.asarray(gone[near.site] | gone[near.one_way_site], dtype=np.bool_)

    def _renumbered(self, near: Nearest, lost: Booleans, row_of: npt.NDArray[np.int32]) -> Nearest:
        """Return a copy in the rows of the new table, with nothing for the communes bereft."""
        rows = np.append(row_of[self.ids], np.int32(_GONE))
        bereft = self._bereft(near, lost)
        none = {"site": _GONE, "one_way_site": _GONE, "out_wait_minutes": np.nan, "back_wait_minutes": np.nan}
        columns = {}
        for name in Nearest.__dataclass_fields__:
            values = getattr(near, name)
            values = rows[values] if name in {"site", "one_way_site"} else values
            columns[name] = np.where(bereft, values.dtype.type(none.get(name, np.inf)), values)
        return Nearest(**columns)

    def _refold(
        self, best: dict[OfferStatus, Nearest], bereft: Booleans, now: Booleans, row_of: npt.NDArray[np.int32]
    ) -> None:
        """Find anew the nearest of the communes bereft, among the ways known, in place."""
        if not bereft.any():
            return
        ways = self.base.ways
        pairs = self.base.pairs_of_communes(np.flatnonzero(bereft))
        pairs = pairs[now[ways.place[pairs]]]
        part = ReachPairs(
            row_of[ways.place[pairs]], ways.commune[pairs], ways.out_minutes[pairs], ways.back_minutes[pairs]
        )
        everything = dict.fromkeys(best, np.ones(len(row_of), dtype=np.bool_))
        improve(best, part, everything)
        for place in np.flatnonzero(now[len(ways.places) :]) + len(ways.places):
            improve(best, self._part(int(place), row_of, among=bereft), everything)

    def _part(self, place: int, row_of: npt.NDArray[np.int32], *, among: Booleans | None = None) -> ReachPairs:
        """Return the ways to one place as a part of the new reach table."""
        first = len(self.base.ways.places)
        commune, out, back = self.base.of_place(place) if place < first else self.added[place - first]
        if among is not None:
            kept = among[commune]
            commune, out, back = commune[kept], out[kept], back[kept]
        return ReachPairs(np.full(len(commune), row_of[place], dtype=np.int32), commune, out, back)

    def _differs(self, before: Nearest, now: Nearest, ids: Ids) -> Booleans:
        old, new = np.append(self.ids, _GONE), np.append(ids, _GONE)
        differs = (old[before.site] != new[now.site]) | (old[before.one_way_site] != new[now.one_way_site])
        differs |= (before.minutes != now.minutes) | (before.one_way_minutes != now.one_way_minutes)
        return np.asarray(differs, dtype=np.bool_)
