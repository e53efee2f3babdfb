"""The reach table on streets: by hand, what holds of any, and on a real town."""

from random import Random

import networks
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.layers import LAYERS
from geo_integration.travel.pairs import home_of
from geo_integration.travel.reach import NO_NETWORK, NO_POSITION
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.reach import (
    inside_home,
    intra_commune_minutes,
    iter_street_reach,
    street_not_routable,
    street_reach_table,
)
from geo_integration.travel.streets.router import NO_PATH, open_router, pair_milliseconds
from geo_integration.travel.streets.snap import snap
from geo_integration.travel.tables import Origins, Sites
from geo_integration.vocabulary import Mode

World = tuple[RoadNetwork, pd.DataFrame, pd.DataFrame]


def table_of(spots: dict[str, tuple[float, float] | None], key: str) -> pd.DataFrame:
    """Return a table of an identifier, lon and lat from metres; None is a place without position."""
    where = [(np.nan, np.nan) if spot is None else networks.degrees(*spot) for spot in spots.values()]
    return pd.DataFrame({key: list(spots), "lon": [w[0] for w in where], "lat": [w[1] for w in where]})


def hand_sites() -> pd.DataFrame:
    """Q on the one-way street, H in P, N nowhere; beyond every street X in Z, and Y said to be in Z but 20 km away."""
    spots = {"Q": (1000, 300), "H": (200, 0), "X": (-9000, 1000), "N": None, "Y": (9000, 9000)}
    return table_of(spots, "site_id").assign(commune_code=["elsewhere", "P", "Z", "elsewhere", "Z"])


def hand_origins() -> pd.DataFrame:
    """P on A; R on B; Z in the sea."""
    spots = {"P": (200, 0), "R": (500, 1000), "Z": (-9000, 0)}
    return table_of(spots, "commune_code").assign(radius_metres=[900.0, 450.0, 1800.0])


def seconds(table: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    keys = zip(table["site_id"], table["commune_code"], strict=True)
    both = zip(table["out_minutes"] * 60, table["back_minutes"] * 60, strict=True)
    return dict(zip(keys, both, strict=True))


HAND = {
    # P to Q: A 80 s, C 30 s. Q to P: C 70 s, B 100, D 100, A 20.
    ("Q", "P"): (110.0, 290.0),
    # R to Q: B 50 s, D 100, A 100, C 30. Q to R: C 70 s, B 50.
    ("Q", "R"): (280.0, 120.0),
    # Same place, but in the commune P: 2/3 of 900 m, 1.3 times as long by street, at 30 km/h (8.33 m/s).
    ("H", "P"): (93.6, 93.6),
    # R to H: B 50 s, D 100, A 20. H to R: the quickest is back the same way.
    ("H", "R"): (170.0, 170.0),
    # No street near the site nor the mairie, but it lies in the commune: 2/3 * 1800 m * 1.3 / 8.33 m/s.
    ("X", "Z"): (187.2, 187.2),
}


def test_the_town_by_hand() -> None:
    table = street_reach_table(hand_sites(), hand_origins(), network=networks.town(), cutoff_minutes=10)
    found = seconds(table)
    assert set(found) == set(HAND)
    for pair, both in HAND.items():
        assert found[pair] == pytest.approx(both, abs=0.5), pair
    assert set(table.columns) <= {column.name for column in LAYERS["reach"].columns}
    assert set(table["engine"]) == {"streets"}
    assert set(table["mode"]) == {"car"}
    assert table["out_minutes"].dtype == table["back_minutes"].dtype == np.float32


def test_both_ways_must_be_within_the_cutoff() -> None:
    # 4.5 min = 270 s: Q-P (there 110, home 290) and Q-R (there 280, home 120) go, the others stay.
    table = street_reach_table(hand_sites(), hand_origins(), network=networks.town(), cutoff_minutes=4.5)
    assert set(seconds(table)) == {("H", "P"), ("H", "R"), ("X", "Z")}


def test_a_way_there_and_none_home_is_no_pair() -> None:
    network = networks.make([(0, 0), (1000, 0)], [networks.Street(0, 1, 100)])
    sites = table_of({"S": (900, 0)}, "site_id").assign(commune_code="elsewhere")
    origins = table_of({"C": (100, 0)}, "commune_code").assign(radius_metres=100.0)
    assert street_reach_table(sites, origins, network=network, cutoff_minutes=1000).empty


def test_what_is_not_routable_is_listed_with_its_reason() -> None:
    missing = street_not_routable(hand_sites(), hand_origins(), network=networks.town())
    assert missing.sites.to_dict("list") == {
        "site_id": ["X", "N", "Y"],
        "reason": [NO_NETWORK, NO_POSITION, NO_NETWORK],
    }
    assert missing.communes.to_dict("list") == {"commune_code": ["Z"], "reason": [NO_NETWORK]}


def test_inside_a_commune_on_foot_takes_longer_than_by_bike_and_by_car() -> None:
    # 2/3 * 900 m * 1.3 = 780 m: at 30, 15 and 4.5 km/h 1.56, 3.12 and 10.4 min.
    radius = np.array([900.0])
    found = [intra_commune_minutes(radius, mode)[0] for mode in (Mode.CAR, Mode.BIKE, Mode.FOOT)]
    assert found == pytest.approx([1.56, 3.12, 10.4])


def test_the_router_of_another_network_is_refused() -> None:
    other = open_router(networks.town())
    with pytest.raises(OptionError, match="autre réseau"):
        iter_street_reach(hand_sites(), hand_origins(), network=networks.town(), router=other, cutoff_minutes=9)


@pytest.mark.parametrize("options", [{"cutoff_minutes": 0}, {"cutoff_minutes": np.inf}, {"chunk_size": 0}])
def test_options_out_of_range_are_refused_before_any_work(options: dict[str, float]) -> None:
    given_options = {"cutoff_minutes": 9.0} | options
    with pytest.raises(OptionError):
        iter_street_reach(hand_sites(), hand_origins(), network=networks.town(), **given_options)  # type: ignore[arg-type]


def test_progress_counts_sites_and_inputs_stay_as_they_were() -> None:
    told: list[tuple[int, int]] = []
    sites, origins = hand_sites(), hand_origins()
    chunks = list(
        iter_street_reach(
            sites,
            origins,
            network=networks.town(),
            cutoff_minutes=9,
            chunk_size=3,
            progress=lambda done, total: told.append((done, total)),
        )
    )
    assert told == [(3, 5), (5, 5)]
    assert sorted(np.concatenate([chunk.sites for chunk in chunks]).tolist()) == [0, 1, 2, 3, 4]
    pd.testing.assert_frame_equal(sites, hand_sites())
    pd.testing.assert_frame_equal(origins, hand_origins())


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a network, sites of which some share a place, and origins."""
    network = draw(networks.networks())
    site_lon, site_lat = draw(networks.place_lists(most=5))
    lon, lat = draw(networks.place_lists(most=5))
    codes = st.sampled_from([*(f"c{i}" for i in range(len(lon))), "elsewhere", None])
    site_ids = pd.Series([f"s{i}" for i in range(len(site_lon))], dtype="str")
    sites = pd.DataFrame({"site_id": site_ids, "lon": site_lon, "lat": site_lat}).assign(
        commune_code=pd.Series([draw(codes) for _ in site_lon], dtype="object")
    )
    commune_codes = pd.Series([f"c{i}" for i in range(len(lon))], dtype="str")
    origins = pd.DataFrame({"commune_code": commune_codes, "lon": lon, "lat": lat})
    return network, sites, origins.assign(radius_metres=float(draw(st.sampled_from([1, 30, 300]))))


def reach(world: World, *, cutoff: float = 5.0, engine: str = "scipy", chunk_size: int = 50) -> pd.DataFrame:
    network, sites, origins = world
    router = open_router(network, engine)
    return street_reach_table(
        sites, origins, network=network, router=router, cutoff_minutes=cutoff, chunk_size=chunk_size
    )


@given(worlds(), st.integers(1, 6))
def test_neither_engine_nor_chunks_change_a_byte(world: World, chunk_size: int) -> None:
    expected = reach(world)
    for engine in ("routingkit_cch", "pyroutingkit"):
        pytest.importorskip(engine)
        pd.testing.assert_frame_equal(reach(world, engine=engine, chunk_size=chunk_size), expected, check_exact=True)


@given(worlds())
def test_away_from_home_the_table_is_what_the_router_says(world: World) -> None:
    network, sites, origins = world
    sites = sites.assign(commune_code="elsewhere")
    found = seconds(reach((network, sites, origins), cutoff=0.1))
    router = open_router(network, "scipy")
    here, there = (snap(network, table["lon"], table["lat"]) for table in (origins, sites))
    out, back = pair_milliseconds(router, here, there), pair_milliseconds(router, there, here)
    expected = {
        (site, commune): (out[c, s] / 1000, back[s, c] / 1000)
        for s, site in enumerate(sites["site_id"])
        for c, commune in enumerate(origins["commune_code"])
        if NO_PATH not in (out[c, s], back[s, c]) and max(out[c, s], back[s, c]) <= 6000
    }
    assert set(found) == set(expected)
    for pair, both in expected.items():
        assert found[pair] == pytest.approx(both, rel=1e-6)


@given(worlds())
def test_turning_every_street_round_exchanges_there_and_back(world: World) -> None:
    network, sites, origins = world
    there = reach(world)
    back = reach((networks.turned(network), sites, origins))
    exchanged = back.rename(columns={"out_minutes": "back_minutes", "back_minutes": "out_minutes"})
    pd.testing.assert_frame_equal(exchanged[there.columns.tolist()], there, check_exact=True)


@given(worlds())
def test_at_home_a_trip_takes_at_least_its_time_and_inside_the_commune_has_a_row(world: World) -> None:
    _, sites, origins = world
    table = reach(world, cutoff=1e9)
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    inside = sites.loc[inside_home(places, communes, home_of(places, communes)), ["site_id", "commune_code"]]
    inside = inside[inside["commune_code"].isin(origins["commune_code"])]
    assert len(table.merge(inside, on=["site_id", "commune_code"])) == len(inside)
    home = table.merge(sites[["site_id", "commune_code"]], on=["site_id", "commune_code"])
    radius = home.merge(origins, on="commune_code", how="left")["radius_metres"].to_numpy()
    least = intra_commune_minutes(radius, Mode.CAR)[:, np.newaxis]
    assert (home[["out_minutes", "back_minutes"]].to_numpy() >= np.float32(least)).all()


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_change_the_minutes(world: World, random: Random) -> None:
    network, sites, origins = world
    seed = random.randrange(2**31)
    # Of two communes with the same mairie, a site without code may be at home in either.
    sites = sites.assign(commune_code=sites["commune_code"].fillna("elsewhere"))
    mixed = reach((network, sites.sample(frac=1, random_state=seed), origins.sample(frac=1, random_state=seed)))
    key = ["site_id", "commune_code"]
    pd.testing.assert_frame_equal(
        mixed.sort_values(key, ignore_index=True),
        reach((network, sites, origins)).sort_values(key, ignore_index=True),
        check_exact=True,
    )
