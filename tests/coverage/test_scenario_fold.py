"""Places that come, go and change, folded in without a new search: the answer of folding the whole table anew."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.coverage.gaps import Nearest, ReachPairs, holding, nearest
from geo_integration.coverage.scenario.fold import Fold, Searched
from geo_integration.coverage.ways import Ways
from geo_integration.vocabulary import OfferStatus

STATUSES = ["open", "unknown", "full", "other"]
COMMUNES = 4


class Spot(NamedTuple):
    """A place: its name (which orders it), what it holds, minutes there and back from each commune (None: no way)."""

    name: int
    holds: tuple[bool, ...]
    minutes: tuple[tuple[int, float] | None, ...]


def table(spots: Sequence[Spot]) -> pd.DataFrame:
    rows = [[f"o{spot.name}" if held else None for held in spot.holds] for spot in spots]
    return pd.DataFrame(rows, columns=STATUSES, index=[f"s{spot.name:03d}" for spot in spots], dtype="object")


def searched(spot: Spot) -> Searched:
    found = [(row, *pair) for row, pair in enumerate(spot.minutes) if pair is not None]
    columns = np.array(found, dtype=float).reshape(-1, 3).T
    return Searched(columns[0].astype(np.int32), columns[1].astype(np.float32), columns[2].astype(np.float32))


def parts(spots: Sequence[Spot]) -> list[ReachPairs]:
    found = [searched(spot) for spot in spots]
    return [ReachPairs(np.full(len(one.commune), row, np.int32), *one) for row, one in enumerate(found)]


def start(spots: Sequence[Spot]) -> Fold:
    names = [f"s{spot.name:03d}" for spot in spots]
    codes = [str(row) for row in range(COMMUNES)]
    ways = Ways.of(parts(spots), communes=codes, places=names, routable=np.ones(COMMUNES, bool), horizon_minutes=90)
    return Fold.of(ways, nearest([ways.pairs()], table(spots), COMMUNES))


def same(ours: dict[OfferStatus, Nearest], whole: dict[OfferStatus, Nearest]) -> None:
    for status, expected in whole.items():
        for name in Nearest.__dataclass_fields__:
            found, wanted = getattr(ours[status], name), getattr(expected, name)
            assert found.dtype == wanted.dtype
            np.testing.assert_array_equal(found, wanted, err_msg=f"{status} {name}")


HELD = (True, False, False, False)


def test_opening_one_place_by_hand() -> None:
    """One course, 30 and 40 minutes from the first two communes, none for the others.

    A second one, 35 there and 20 back from the first commune, 10 from the second, 50 there and no way home from the
    third: the first commune keeps its 30 (35 is longer), the second takes the 10, the third has a way in and none home.
    """
    near, new = (
        Spot(5, HELD, ((30, 30), (40, 40), None, None)),
        Spot(2, HELD, ((35, 20), (10, 10), (50, np.inf), None)),
    )
    fold = start([near]).with_searched([searched(new)])
    ids = np.array([1, 0])  # the new place comes first in the table: its name does
    fold, changed = fold.with_places(ids, held=holding(table([near])), holds=holding(table([new, near])))
    opened = fold.near[OfferStatus.OPEN]
    assert opened.site.tolist() == [1, 0, -1, -1]
    assert opened.minutes.tolist() == [30, 10, np.inf, np.inf]
    assert opened.one_way_site.tolist() == [-1, -1, 0, -1]
    assert changed.tolist() == [False, True, True, False]
    assert start([near]).near[OfferStatus.OPEN].minutes.tolist() == [30, 40, np.inf, np.inf]


def test_closing_the_nearest_leaves_the_second_nearest_by_hand() -> None:
    one, other = Spot(1, HELD, ((10, 10), (20, 20), None, None)), Spot(2, HELD, ((15, 15), (20, 20), None, (5, 5)))
    before = start([one, other])
    fold, changed = before.with_places(np.array([1]), held=holding(table([one, other])), holds=holding(table([other])))
    assert fold.near[OfferStatus.OPEN].minutes.tolist() == [15, 20, np.inf, 5]
    assert fold.near[OfferStatus.OPEN].site.tolist() == [0, 0, -1, 0]
    # The second commune takes as long as before, and goes elsewhere.
    assert changed.tolist() == [True, True, False, False]
    assert before.near[OfferStatus.OPEN].minutes.tolist() == [10, 20, np.inf, 5]


# Few distinct minutes, so that ties are the rule; inf back is a way in with none home.
PAIR = st.one_of(st.none(), st.tuples(st.integers(1, 4), st.sampled_from([1.0, 2.0, 3.0, 4.0, np.inf])))
SPOTS = st.lists(
    st.tuples(st.integers(0, 30), st.tuples(*[st.booleans()] * 4), st.tuples(*[PAIR] * COMMUNES)),
    min_size=1,
    max_size=8,
    unique_by=lambda spot: spot[0],
).map(lambda rows: [Spot(*row) for row in rows])


@given(spots=SPOTS, data=st.data())
@settings(max_examples=120)
def test_any_chain_of_changes_gives_what_the_whole_table_gives(spots: list[Spot], data: st.DataObject) -> None:
    here = sorted(spots[: data.draw(st.integers(0, len(spots)))])
    ids = {spot.name: row for row, spot in enumerate(here)}
    fold = start(here)
    for _ in range(data.draw(st.integers(1, 4))):
        chosen = data.draw(st.lists(st.sampled_from(spots), unique_by=lambda spot: spot.name))
        # What a place holds may change too: a course that fills up, or takes people again.
        there = sorted(spot._replace(holds=data.draw(st.tuples(*[st.booleans()] * 4))) for spot in chosen)
        fresh = [spot for spot in there if spot.name not in ids]
        ids |= {spot.name: fold.known + row for row, spot in enumerate(fresh)}
        before = fold
        fold, changed = fold.with_searched([searched(spot) for spot in fresh]).with_places(
            np.array([ids[spot.name] for spot in there], dtype=np.int64),
            held=holding(table(here)),
            holds=holding(table(there)),
        )
        same(fold.near, nearest(parts(there), table(there), COMMUNES))
        same(before.near, nearest(parts(here), table(here), COMMUNES))
        for status, near in fold.near.items():
            differs = near.minutes != before.near[status].minutes
            assert not (differs & ~changed).any()
        here = there
