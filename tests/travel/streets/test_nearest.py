"""The nearest places: ranks computed on paper, then against the full table, then in Monaco."""

import drawn_network as drawn
import numpy as np
import pandas as pd
import pytest
from drawn_network import Street
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import LayerError, NetworkUnavailableError, OptionError
from geo_integration.travel.streets.nearest import By, nearest
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.router import NO_PATH, open_router, pair_milliseconds
from geo_integration.travel.streets.snap import snap
from geo_integration.vocabulary import Mode


def ring() -> RoadNetwork:
    """Return a square of 1 km driven anticlockwise, a second a metre; off it too a metre takes a second."""
    corners = {"a": (0.0, 0.0), "b": (1000.0, 0.0), "c": (1000.0, 1000.0), "d": (0.0, 1000.0)}
    return drawn.draw(corners, [Street(start, end, 1000) for start, end in ("ab", "bc", "cd", "da")])


def places(rows: dict[str, tuple[float, float] | None]) -> pd.DataFrame:
    where = [(np.nan, np.nan) if at is None else drawn.place(*at) for at in rows.values()]
    return pd.DataFrame({"site_id": list(rows), "lon": [at[0] for at in where], "lat": [at[1] for at in where]})


def courses() -> pd.DataFrame:
    return places(
        {
            "ahead": (800, -60),  # 300 s along the street and 60 s off it; back: round the ring, 3,700 + 60
            "behind": (300, -30),  # 3,800 + 30 there, 200 + 30 back
            "corner": (1000, 1000),  # 1,500 there, 2,500 back
            "far": (5000, 5000),
            "unknown": None,
        }
    )


def test_the_worst_of_there_and_back_ranks() -> None:
    found = nearest(ring(), *drawn.place(500, 0), courses(), k=3, limit_minutes=120)
    assert found.found["site_id"].tolist() == ["corner", "ahead", "behind"]
    assert found.found["rank"].tolist() == [1, 2, 3]
    assert found.found["out_minutes"].tolist() == pytest.approx([1500 / 60, 360 / 60, 3830 / 60], abs=0.02)
    assert found.found["back_minutes"].tolist() == pytest.approx([2500 / 60, 3760 / 60, 230 / 60], abs=0.02)
    assert found.found["worst_minutes"].tolist() == pytest.approx([2500 / 60, 3760 / 60, 3830 / 60], abs=0.02)


@pytest.mark.parametrize(
    ("by", "expected"), [("out", ["ahead", "corner", "behind"]), ("back", ["behind", "corner", "ahead"])]
)
def test_one_way_alone_ranks_otherwise(by: By, expected: list[str]) -> None:
    found = nearest(ring(), *drawn.place(500, 0), courses(), k=5, limit_minutes=120, by=by)
    assert found.found["site_id"].tolist() == expected


def test_beyond_the_limit_nothing_is_found_and_it_is_counted() -> None:
    found = nearest(ring(), *drawn.place(500, 0), courses(), k=5, limit_minutes=45)
    assert found.found["site_id"].tolist() == ["corner"]
    assert found.beyond == 2
    one_way = nearest(ring(), *drawn.place(500, 0), courses(), k=5, limit_minutes=45, by="out")
    # The way back from "ahead" takes 62.7 minutes: longer than what is searched, and not shown as anything else.
    assert one_way.found["back_minutes"].tolist() == pytest.approx([np.inf, 2500 / 60], abs=0.02)


def test_what_cannot_be_routed_is_listed_with_its_reason() -> None:
    found = nearest(ring(), *drawn.place(500, 0), courses(), k=1, limit_minutes=45)
    assert found.not_routable.to_dict("list") == {
        "site_id": ["far", "unknown"],
        "reason": ["no_street", "no_position"],
    }


def test_equal_times_are_ranked_by_identifier() -> None:
    same = places({"b": (700, 0), "a": (700, 0), "c": (600, 0)})
    found = nearest(ring(), *drawn.place(500, 0), same, k=2, limit_minutes=120, by="out")
    assert found.found["site_id"].tolist() == ["c", "a"]


def test_no_place_at_all_is_no_error() -> None:
    found = nearest(ring(), *drawn.place(500, 0), courses().iloc[:0], k=3, limit_minutes=45)
    assert found.found.empty
    assert found.not_routable.empty
    assert found.beyond == 0


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"k": 0}, "k"),
        ({"limit_minutes": 0}, "limit_minutes"),
        ({"limit_minutes": float("inf")}, "limit_minutes"),
        ({"by": "sum"}, "by"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], where: str) -> None:
    with pytest.raises(OptionError) as caught:
        nearest(ring(), *drawn.place(500, 0), courses(), **({"k": 3, "limit_minutes": 45} | options))  # type: ignore[arg-type]
    assert caught.value.where == where


def test_a_point_in_the_sea_and_a_bad_table_are_refused() -> None:
    with pytest.raises(NetworkUnavailableError, match="la plus proche est à"):
        nearest(ring(), *drawn.place(9000, 0), courses(), k=3, limit_minutes=45)
    with pytest.raises(LayerError, match="lon"):
        nearest(ring(), *drawn.place(0, 0), courses().drop(columns="lon"), k=3, limit_minutes=45)


@given(
    seed=st.integers(0, 10_000),
    k=st.integers(1, 12),
    limit_minutes=st.integers(3, 60),
    by=st.sampled_from(["worst", "out", "back"]),
)
def test_the_nearest_are_the_first_of_the_full_table(*, seed: int, k: int, limit_minutes: int, by: By) -> None:
    network, random = drawn.grid_town(5, seed=seed), np.random.default_rng(seed)
    sites = places({f"s{n}": tuple(random.uniform(-300, 1100, 2)) for n in range(12)})
    before = sites.copy()
    point = drawn.place(*random.uniform(0, 800, 2))
    router = open_router(network, "scipy")
    origin, joined = snap(network, *point), snap(network, sites["lon"], sites["lat"])
    full = sites[["site_id"]].assign(
        out=pair_milliseconds(router, origin, joined)[0], back=pair_milliseconds(router, joined, origin)[:, 0]
    )
    full["worst"] = full[["out", "back"]].max(axis=1)
    full = full[(full[by] != NO_PATH) & (full[by] <= limit_minutes * 60_000)].sort_values([by, "site_id"])
    found = nearest(network, *point, sites, k=k, limit_minutes=limit_minutes, by=by)
    assert found.found["site_id"].tolist() == full["site_id"].head(k).tolist()
    assert found.found[f"{by}_minutes"].tolist() == (full[by].head(k) / 60_000).tolist()
    assert len(full) + found.beyond + len(found.not_routable) == 12
    pd.testing.assert_frame_equal(sites, before)


def test_monaco() -> None:
    network = drawn.monaco(Mode.FOOT)
    random = np.random.default_rng(7)
    at = random.choice(network.nodes, 60, replace=False)
    sites = pd.DataFrame({"site_id": [f"m{n:02d}" for n in range(60)], "lon": network.lon[at], "lat": network.lat[at]})
    found = nearest(network, 7.4209, 43.7314, sites, k=10, limit_minutes=180).found
    router = open_router(network, "scipy")
    origin, joined = snap(network, 7.4209, 43.7314), snap(network, sites["lon"], sites["lat"])
    worst = np.maximum(pair_milliseconds(router, origin, joined)[0], pair_milliseconds(router, joined, origin)[:, 0])
    assert found["worst_minutes"].tolist() == (np.sort(worst)[:10] / 60_000).tolist()
