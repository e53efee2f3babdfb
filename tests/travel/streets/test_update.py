"""Opening and closing courses: the same as computing everything again, and nothing else is touched."""

import networks
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import LayerError, OptionError
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.reach import street_reach_table
from geo_integration.travel.streets.update import KNearest, add_sites, close_sites

CUTOFF = 4.0


def places(key: str, *spots: tuple[float, float]) -> pd.DataFrame:
    where = [networks.degrees(*spot) for spot in spots]
    names = pd.Series([f"{key[0]}{row}" for row in range(len(spots))], dtype="str")
    return pd.DataFrame({key: names, "lon": [w[0] for w in where], "lat": [w[1] for w in where]})


def sites(*spots: tuple[float, float]) -> pd.DataFrame:
    return places("site_id", *spots).assign(commune_code="elsewhere")


def origins(*spots: tuple[float, float]) -> pd.DataFrame:
    return places("commune_code", *spots).assign(radius_metres=100.0)


def reach(network: RoadNetwork, of: pd.DataFrame, to: pd.DataFrame) -> pd.DataFrame:
    return street_reach_table(of, to, network=network, cutoff_minutes=CUTOFF)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[RoadNetwork, pd.DataFrame, pd.DataFrame]:
    """Draw a network with many ways, sites and origins."""
    network = draw(networks.networks())
    spots = st.lists(networks.spots, min_size=1, max_size=6)
    return network, sites(*draw(spots)), origins(*draw(spots))


@given(worlds(), st.data())
def test_opening_sites_is_computing_everything_again(
    world: tuple[RoadNetwork, pd.DataFrame, pd.DataFrame], data: st.DataObject
) -> None:
    network, all_sites, to = world
    old = data.draw(st.integers(0, len(all_sites)))
    before = reach(network, all_sites.iloc[:old], to)
    kept = before.copy()
    after = add_sites(before, all_sites.iloc[old:], to, network=network, cutoff_minutes=CUTOFF)
    pd.testing.assert_frame_equal(after, reach(network, all_sites, to), check_exact=True)
    pd.testing.assert_frame_equal(after.iloc[: len(before)], kept, check_exact=True)
    pd.testing.assert_frame_equal(before, kept, check_exact=True)


@given(worlds(), st.data())
def test_closing_sites_is_computing_everything_again(
    world: tuple[RoadNetwork, pd.DataFrame, pd.DataFrame], data: st.DataObject
) -> None:
    network, all_sites, to = world
    closed = data.draw(st.sets(st.sampled_from(all_sites["site_id"].tolist())))
    before = reach(network, all_sites, to)
    kept = before.copy()
    after = close_sites(before, closed)
    left = all_sites[~all_sites["site_id"].isin(closed)]
    pd.testing.assert_frame_equal(after, reach(network, left, to), check_exact=True)
    pd.testing.assert_frame_equal(before, kept, check_exact=True)


def test_a_site_that_is_there_already_is_refused() -> None:
    town, here = networks.town(), sites((200, 0))
    table = reach(town, here, origins((500, 0)))
    with pytest.raises(LayerError, match="s0"):
        add_sites(table, here, origins((500, 0)), network=town, cutoff_minutes=CUTOFF)


def test_engines_are_never_mixed() -> None:
    town = networks.town()
    table = reach(town, sites((200, 0)), origins((500, 0))).assign(engine="outline")
    new = sites((300, 0)).assign(site_id="new")
    with pytest.raises(LayerError, match="outline"):
        add_sites(table, new, origins((500, 0)), network=town, cutoff_minutes=CUTOFF)
    with pytest.raises(LayerError, match="colonnes"):
        add_sites(table.drop(columns="engine"), new, origins((500, 0)), network=town, cutoff_minutes=CUTOFF)


def table_of(rows: list[tuple[str, str, float, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["site_id", "commune_code", "out_minutes", "back_minutes"])
    minutes = {"out_minutes": "float32", "back_minutes": "float32"}
    table = table.astype({"site_id": "str", "commune_code": "str"} | minutes)
    table.insert(2, "mode", pd.Series(["car"] * len(table), dtype="str"))
    return table.assign(engine=pd.Series(["streets"] * len(table), dtype="str"))


def listed(found: KNearest) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for commune, site in zip(found.table["commune_code"], found.table["site_id"], strict=True):
        lists.setdefault(commune, []).append(site)
    return lists


def test_the_nearest_by_hand() -> None:
    # Worst of both ways: for x, a 10, b 12, c 12, d 30; for y, only d.
    table = table_of([("d", "x", 30, 5), ("c", "x", 2, 12), ("b", "x", 12, 12), ("a", "x", 10, 9), ("d", "y", 8, 8)])
    found = KNearest.of(table, k=2)
    assert listed(found) == {"x": ["a", "b"], "y": ["d"]}
    assert found.partial == {"x"}
    assert found.nearest()["site_id"].tolist() == ["a", "d"]
    # Closing a shows b without a search; closing b too leaves nothing known of x, nothing at all for y without d.
    assert listed(found.close(["a"])) == {"x": ["b"], "y": ["d"]}
    empty = found.close(["a", "b", "d"])
    assert listed(empty) == {}
    assert empty.needs_search == {"x"}
    # Once a is closed, a new site at 11 comes before b; one at 13 may come after c (12): it is not listed.
    later = found.close(["a"])
    assert listed(later.add(table_of([("n", "x", 11, 1)]))) == {"x": ["n", "b"], "y": ["d"]}
    assert listed(later.add(table_of([("n", "x", 13, 1)]))) == {"x": ["b"], "y": ["d"]}
    # y's list was all there is: what is new is listed, however far.
    assert listed(later.add(table_of([("n", "y", 50, 1)]))) == {"x": ["b"], "y": ["d", "n"]}


def test_what_makes_no_sense_is_refused() -> None:
    table = table_of([("a", "x", 1, 1)])
    with pytest.raises(OptionError, match="k vaut 0"):
        KNearest.of(table, k=0)
    with pytest.raises(LayerError, match="plusieurs modes"):
        KNearest.of(pd.concat([table, table.assign(mode="foot")]), k=1)
    with pytest.raises(LayerError, match="déjà"):
        KNearest.of(table, k=1).add(table)


@given(st.integers(1, 4), st.data())
def test_whatever_opens_and_closes_the_lists_are_the_very_nearest(k: int, data: st.DataObject) -> None:
    minutes, communes = st.integers(1, 6), ["x", "y"]
    truth: dict[str, dict[str, tuple[float, float]]] = {}

    def drawn(names: list[str]) -> pd.DataFrame:
        rows = []
        for name in names:
            truth[name] = {c: (data.draw(minutes), data.draw(minutes)) for c in communes if data.draw(st.booleans())}
            rows += [(name, commune, *both) for commune, both in truth[name].items()]
        return table_of(rows)

    table = drawn([f"s{data.draw(st.integers(0, 99)):02}-{row}" for row in range(data.draw(st.integers(0, 7)))])
    found = KNearest.of(table, k=k)
    for step in range(data.draw(st.integers(0, 6))):
        if data.draw(st.booleans()) and truth:
            closed = data.draw(st.sets(st.sampled_from(sorted(truth)), max_size=3))
            for name in closed:
                del truth[name]
            found, table = found.close(closed), close_sites(table, closed)
        else:
            new = drawn([f"s{data.draw(st.integers(0, 99)):02}+{step}"])
            found, table = found.add(new), pd.concat([table, new], ignore_index=True)
        for commune in communes:
            expected = sorted((max(row[commune]), name) for name, row in truth.items() if commune in row)
            mine = listed(found).get(commune, [])
            assert mine == [name for _, name in expected[: len(mine)]]
            assert len(mine) <= k
            if commune not in found.partial:
                assert len(mine) == len(expected)
    fresh = KNearest.of(table, k=k)
    sure = fresh.table[~fresh.table["commune_code"].isin(found.partial)].reset_index(drop=True)
    mine_too = found.table[~found.table["commune_code"].isin(found.partial)].reset_index(drop=True)
    np.testing.assert_array_equal(sure.to_numpy(), mine_too.to_numpy())
