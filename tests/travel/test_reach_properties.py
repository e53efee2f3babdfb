"""What holds of any reach table, on random networks."""

from random import Random

import pandas as pd
import pytest
import small_network as small
from hypothesis import given
from hypothesis import strategies as st
from small_network import minutes_of

from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.reach import reach_table

spots = st.tuples(st.integers(0, 24), st.integers(0, 24)).map(lambda where: (where[0] / 2, where[1] / 2))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Nodes, edges, sites and communes in a square of 12 km."""
    where = draw(st.lists(spots, min_size=2, max_size=8, unique=True))
    nodes = small.places("node_id", {str(i): spot for i, spot in enumerate(where)}).assign(node_id=range(len(where)))
    ends = st.integers(0, len(where) - 1)
    roads = draw(st.lists(st.tuples(ends, ends, st.integers(0, 20_000), st.booleans()), max_size=12))
    edges = pd.DataFrame(roads, columns=["source", "target", "length_metres", "is_local"])
    edges = edges.astype({"source": int, "target": int, "length_metres": float, "is_local": bool})
    site_spots = draw(st.lists(spots, min_size=1, max_size=6))
    commune_spots = draw(st.lists(spots, min_size=1, max_size=6))
    sites = small.places("site_id", {f"s{i}": spot for i, spot in enumerate(site_spots)})
    communes = small.places("commune_code", {f"c{i}": spot for i, spot in enumerate(commune_spots)})
    return nodes, edges, sites, communes.assign(radius_metres=800.0)


World = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def table_of(world: World, *, cutoff: float = 40.0, chunk_size: int = 50) -> pd.DataFrame:
    nodes, edges, sites, communes = world
    network = OutlineNetwork.from_tables(nodes, edges, parameters=small.PARAMETERS)
    return reach_table(sites, communes, network=network, cutoff_minutes=cutoff, chunk_size=chunk_size)


@given(worlds())
def test_minutes_are_positive_and_within_the_cutoff(world: World) -> None:
    table = table_of(world)
    assert (table["out_minutes"] > 0).all()
    assert (table["out_minutes"] <= 40).all()
    assert not table.duplicated(["site_id", "commune_code"]).any()


@given(worlds())
def test_there_takes_as_long_as_back(world: World) -> None:
    nodes, edges, sites, communes = world
    # Homes aside (said to be elsewhere): they are not symmetric, a commune having a radius and a site none.
    away = (nodes, edges, sites.assign(commune_code="elsewhere"), communes)
    turned_sites = communes.rename(columns={"commune_code": "site_id"}).assign(commune_code="elsewhere")
    turned_communes = sites.rename(columns={"site_id": "commune_code"}).assign(radius_metres=800.0)
    there = minutes_of(table_of(away, cutoff=1000))
    back = minutes_of(table_of((nodes, edges, turned_sites, turned_communes), cutoff=1000))
    assert {(site, commune) for commune, site in back} == set(there)
    for (commune, site), minutes in back.items():
        assert minutes == pytest.approx(there[site, commune], rel=1e-5)


@given(worlds(), st.data())
def test_a_new_road_never_makes_a_trip_longer(world: World, data: st.DataObject) -> None:
    nodes, edges, sites, communes = world
    # All the legs that may be, and one component to begin with: a road may change which nodes one may aim at.
    chain = pd.DataFrame({"source": range(len(nodes) - 1), "target": range(1, len(nodes))})
    edges = pd.concat([edges, chain.assign(length_metres=15_000.0, is_local=False)], ignore_index=True)
    ends = st.integers(0, len(nodes) - 1)
    road = (data.draw(ends), data.draw(ends), float(data.draw(st.integers(0, 9_000))), False)
    more = pd.concat([edges, pd.DataFrame([road], columns=edges.columns)], ignore_index=True)
    before = minutes_of(table_of((nodes, edges, sites, communes)))
    after = minutes_of(table_of((nodes, more, sites, communes)))
    assert set(before) <= set(after)
    assert all(after[pair] <= before[pair] * (1 + 1e-6) for pair in before)


@given(worlds(), st.integers(1, 60), st.integers(0, 60))
def test_a_longer_cutoff_only_adds_rows(world: World, cutoff: int, more: int) -> None:
    short, long = (minutes_of(table_of(world, cutoff=float(value))) for value in (cutoff, cutoff + more))
    assert short == {pair: minutes for pair, minutes in long.items() if pair in short}
    assert all(minutes > cutoff for pair, minutes in long.items() if pair not in short)


@given(worlds(), st.integers(1, 7))
def test_the_size_of_the_chunks_does_not_change_the_table(world: World, chunk_size: int) -> None:
    pd.testing.assert_frame_equal(table_of(world), table_of(world, chunk_size=chunk_size))


@given(worlds())
def test_sites_at_the_same_place_have_the_same_rows(world: World) -> None:
    nodes, edges, sites, communes = world
    again = pd.concat([sites, sites.assign(site_id="again-" + sites["site_id"])], ignore_index=True)
    found = minutes_of(table_of((nodes, edges, again, communes)))
    first = {pair: minutes for pair, minutes in found.items() if not pair[0].startswith("again-")}
    assert {(f"again-{site}", commune): minutes for (site, commune), minutes in first.items()} == {
        pair: minutes for pair, minutes in found.items() if pair not in first
    }


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_change_the_minutes(world: World, random: Random) -> None:
    nodes, edges, sites, communes = world
    seed = random.randrange(2**31)
    # Said to be elsewhere: of two communes with the same mairie, a site may be at home in either.
    sites = sites.assign(commune_code="elsewhere")
    mixed = table_of(
        (nodes, edges, sites.sample(frac=1, random_state=seed), communes.sample(frac=1, random_state=seed))
    )
    key = ["site_id", "commune_code"]
    pd.testing.assert_frame_equal(
        mixed.sort_values(key, ignore_index=True),
        table_of((nodes, edges, sites, communes)).sort_values(key, ignore_index=True),
    )
