"""The reach table: by hand, its refusals, and on the network that ships."""

import numpy as np
import pandas as pd
import pytest
import small_network as small
from small_network import minutes_of

from geo_integration.errors import LayerError, OptionError
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.reach import NO_NETWORK, NO_POSITION, iter_reach, not_routable, reach_table

HAND = {
    # leg 1 km (3) + road 12 + leg 1 km (3) + overhead 2
    ("S1", "A"): 20.0,
    # leg 1 km (3) + leg 2 km (6) + overhead 2; 3 km apart, too far for a direct leg
    ("S1", "B"): 11.0,
    # leg 3 + road 10 + link 15 + no leg, C being its node + overhead 2
    ("S1", "C"): 30.0,
    # direct: 0.6 km (1.8) + 2 = 3.8, but S2 lies in A: at least 2/3 of 1.5 km (3) + 2
    ("S2", "A"): 5.0,
    # leg 1.6 km (4.8) + road 12 + leg 2 km (6) + overhead 2
    ("S2", "B"): 24.8,
    # leg 4.8 + roads 22 + link 15 + overhead 2
    ("S2", "C"): 43.8,
}


def test_the_smallest_network_gives_the_minutes_computed_by_hand() -> None:
    table = reach_table(small.sites(), small.communes(), network=small.network(), cutoff_minutes=90)
    assert list(table.columns) == ["site_id", "commune_code", "mode", "out_minutes", "back_minutes", "engine"]
    found = minutes_of(table)
    assert list(found) == list(HAND)
    assert list(found.values()) == pytest.approx(list(HAND.values()), abs=1e-3)
    assert table["out_minutes"].dtype == table["back_minutes"].dtype == np.float32
    assert table["out_minutes"].equals(table["back_minutes"].rename("out_minutes"))
    assert set(table["mode"]) == {"car"}
    assert set(table["engine"]) == {"outline"}


def test_beyond_the_cutoff_there_is_no_row() -> None:
    table = reach_table(small.sites(), small.communes(), network=small.network(), cutoff_minutes=25)
    assert list(minutes_of(table)) == [pair for pair, minutes in HAND.items() if minutes <= 25]


def test_without_a_floor_the_direct_leg_counts() -> None:
    elsewhere = small.sites().assign(commune_code=["B", "C"])
    found = minutes_of(reach_table(elsewhere, small.communes(), network=small.network(), cutoff_minutes=90))
    assert found["S2", "A"] == pytest.approx(3.8, abs=1e-3)  # S2 is said to lie in C
    assert found["S1", "B"] == pytest.approx(11.0, abs=1e-3)  # more than the floor of B: 2 + 2 minutes


def test_a_site_at_its_own_mairie_is_never_at_0_minutes() -> None:
    here = small.communes().rename(columns={"commune_code": "site_id"})[["site_id", "lon", "lat"]]
    found = minutes_of(reach_table(here, small.communes(), network=small.network(), cutoff_minutes=90))
    # 2 minutes, and two thirds of 1.5, 1.0 and 1.2 km at 3 minutes a kilometre
    assert [found[code, code] for code in "ABC"] == pytest.approx([5.0, 4.0, 4.4], abs=1e-3)


def test_what_has_no_network_is_listed_with_its_reason_and_never_dropped() -> None:
    far = small.places("site_id", {"far": (0, 60)})
    nowhere = pd.DataFrame({"site_id": ["remote"], "lon": [np.nan], "lat": [np.nan]})
    sites = pd.concat([small.sites(), far, nowhere], ignore_index=True)
    communes = pd.concat([small.communes(), small.places("commune_code", {"F": (0, 60.5)})], ignore_index=True)
    communes["radius_metres"] = communes["radius_metres"].fillna(2_000)
    missing = not_routable(sites, communes, network=small.network())
    assert missing.sites.to_dict("list") == {"site_id": ["far", "remote"], "reason": [NO_NETWORK, NO_POSITION]}
    assert missing.communes.to_dict("list") == {"commune_code": ["F"], "reason": [NO_NETWORK]}
    found = minutes_of(reach_table(sites, communes, network=small.network(), cutoff_minutes=90))
    # F holds "far": a trip inside F needs no network. 2 + 2/3 of 2 km at 3 minutes a kilometre.
    assert found.pop(("far", "F")) == pytest.approx(6.0, abs=1e-3)
    assert list(found) == list(HAND)
    said = sites.assign(commune_code=pd.Series(["", None, "A", "F"]))
    found = minutes_of(reach_table(said, communes, network=small.network(), cutoff_minutes=90))
    assert found["remote", "F"] == pytest.approx(6.0, abs=1e-3)


def test_islands_do_not_reach_the_mainland() -> None:
    apart = OutlineNetwork.from_tables(small.nodes(), small.edges().iloc[:2], parameters=small.PARAMETERS)
    found = minutes_of(reach_table(small.sites(), small.communes(), network=apart, cutoff_minutes=900))
    assert list(found) == [pair for pair in HAND if pair[1] != "C"]
    assert not_routable(small.sites(), small.communes(), network=apart).communes.empty


def test_no_sites_or_no_communes_give_an_empty_table_with_its_columns() -> None:
    full = reach_table(small.sites(), small.communes(), network=small.network(), cutoff_minutes=90)
    for sites, communes in ((small.sites().iloc[:0], small.communes()), (small.sites(), small.communes().iloc[:0])):
        empty = reach_table(sites, communes, network=small.network(), cutoff_minutes=90)
        assert empty.empty
        assert empty.dtypes.equals(full.dtypes)


def test_progress_is_told_to_the_caller() -> None:
    told: list[tuple[int, int]] = []
    reach_table(
        small.sites(),
        small.communes(),
        network=small.network(),
        cutoff_minutes=90,
        chunk_size=1,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]


def test_inputs_are_not_changed() -> None:
    sites, communes = small.sites(), small.communes()
    before = sites.copy(), communes.copy()
    reach_table(sites, communes, network=small.network(), cutoff_minutes=90)
    pd.testing.assert_frame_equal(sites, before[0])
    pd.testing.assert_frame_equal(communes, before[1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "walk"}, "voiture"),
        ({"cutoff_minutes": 0}, "durée limite"),
        ({"cutoff_minutes": float("nan")}, "durée limite"),
        ({"chunk_size": 0}, "lot"),
    ],
)
def test_options_out_of_range_are_refused_before_any_work(options: dict[str, float], words: str) -> None:
    given_options = {"cutoff_minutes": 90.0} | options
    with pytest.raises(OptionError, match=words):
        iter_reach(small.sites(), small.communes(), network=small.network(), **given_options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("site_id", ["S1", "S1"], "répétés"),
        ("site_id", ["S1", None], "sans identifiant"),
        ("lon", [2.0, 181.0], "position impossible"),
        ("lat", [49.0, -91.0], "position impossible"),
        ("lat", [49.0, np.nan], "position impossible"),
    ],
)
def test_sites_that_cannot_be_are_refused(column: str, values: list[str | float | None], words: str) -> None:
    with pytest.raises(LayerError, match=words):
        iter_reach(
            small.sites().assign(**{column: pd.Series(values)}),
            small.communes(),
            network=small.network(),
            cutoff_minutes=90,
        )


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan])
def test_a_commune_without_radius_is_refused(radius: float) -> None:
    communes = small.communes().assign(radius_metres=[radius, 1.0, 1.0])
    with pytest.raises(LayerError, match="rayon"):
        iter_reach(small.sites(), communes, network=small.network(), cutoff_minutes=90)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(LayerError, match="lat"):
        iter_reach(small.sites().drop(columns="lat"), small.communes(), network=small.network(), cutoff_minutes=90)


def test_chunks_hold_every_site_once_and_sorted_pairs() -> None:
    sites = pd.concat([small.sites(), small.sites().assign(site_id=["S3", "S4"])], ignore_index=True)
    chunks = list(iter_reach(sites, small.communes(), network=small.network(), cutoff_minutes=25, chunk_size=1))
    assert sorted(np.concatenate([chunk.sites for chunk in chunks]).tolist()) == [0, 1, 2, 3]
    for chunk in chunks:
        assert set(chunk.site_index) <= set(chunk.sites)
        pairs = list(zip(chunk.site_index.tolist(), chunk.commune_index.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        assert [chunk.site_index.dtype, chunk.out_minutes.dtype] == [np.dtype("int32"), np.dtype("float32")]
        assert chunk.back_minutes is chunk.out_minutes


def test_the_shipped_network_twice_gives_the_same_bytes(shipped: OutlineNetwork) -> None:
    sites = pd.DataFrame({"site_id": ["Lille", "Laon"], "lon": [3.0586, 3.6199], "lat": [50.6366, 49.5637]})
    communes = pd.DataFrame(
        {
            "commune_code": ["59350", "62041", "02408"],
            "lon": [3.0706, 2.7767, 3.6199],
            "lat": [50.6309, 50.2910, 49.5637],
        }
    ).assign(radius_metres=3000.0)
    first = reach_table(sites, communes, network=shipped, cutoff_minutes=120)
    second = reach_table(sites, communes, network=OutlineNetwork.load(), cutoff_minutes=120)
    assert first.to_csv(index=False) == second.to_csv(index=False)
    assert 35 < minutes_of(first)["Lille", "62041"] < 60


def test_corsica_and_overseas_are_told_apart_from_the_mainland(shipped: OutlineNetwork) -> None:
    sites = pd.DataFrame(
        {
            "site_id": ["Marseille", "Ajaccio", "Saint-Denis"],
            "lon": [5.3698, 8.7369, 55.4504],
            "lat": [43.2965, 41.9192, -20.8823],
        }
    )
    communes = sites.rename(columns={"site_id": "commune_code"}).assign(radius_metres=4000.0)
    found = minutes_of(reach_table(sites, communes, network=shipped, cutoff_minutes=600))
    assert set(found) == {(name, name) for name in sites["site_id"]}
    missing = not_routable(sites, communes, network=shipped)
    assert missing.communes.to_dict("list") == {"commune_code": ["Saint-Denis"], "reason": [NO_NETWORK]}
