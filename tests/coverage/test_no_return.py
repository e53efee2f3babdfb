"""A way in and none home: worked out on paper, then what must hold for any table.

One evening class at s1 (open alphabétisation), within 45 minutes; in minutes there / back:

              s1          s2 (open too)
    Amont     20 / inf    30 / 40        covered by s2: somebody goes home from there
    Bourg     25 / inf    -              no_return
    Coteau    50 / inf    -              too_far: the way in is already too long
    Dune      -           30 / 60        too_far: there is a way home, and it is too long
"""

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.coverage.gaps import Question, ReachPairs, causes, coverage_table, nearest, site_offers
from geo_integration.vocabulary import Engine, Kind, Mode, OfferStatus

INF = np.inf
COMMUNES = pd.DataFrame(
    {
        "code": ["62001", "62002", "80001", "80002"],
        "name": ["Amont", "Bourg", "Coteau", "Dune"],
        "epci_code": "200000001",
        "arrondissement_code": "621",
        "departement_code": "62",
        "region_code": "32",
        "population": pd.array([1, 2, 3, 4], dtype="Int64"),
    }
)
OFFERS = pd.DataFrame(
    {
        "offer_id": ["x:1", "x:2"],
        "site_id": ["s1", "s2"],
        "title": ["Alpha du soir", "Alpha du matin"],
        "commune_name": ["Amont", "Bourg"],
    }
)
STATUS = pd.Series({"x:1": "open", "x:2": "open"})
ROWS = [
    # site, commune, out, back, wait there, wait before leaving
    (0, 0, 20, INF, 1, np.nan),
    (1, 0, 30, 40, 2, 46),
    (0, 1, 25, INF, 3, np.nan),
    (0, 2, 50, INF, 4, np.nan),
    (1, 3, 30, 60, 5, 6),
]


def pairs(rows: list[tuple[float, ...]]) -> ReachPairs:
    table = np.array(rows, dtype=float).reshape(-1, 6)
    whole, numbers = table[:, :2].astype(np.int32), table[:, 2:].astype(np.float32)
    return ReachPairs(whole[:, 0], whole[:, 1], *numbers.T)


def table(status: pd.Series = STATUS) -> pd.DataFrame:
    sites = site_offers(status, OFFERS).reindex(["s1", "s2"])
    near = nearest([pairs(ROWS)], sites, len(COMMUNES))
    question = Question(Kind.ALPHABETISATION, 45, date(2026, 10, 1), None, Mode.TRANSIT, Engine.TIMETABLE_OUTLINE)
    return coverage_table(
        COMMUNES,
        near,
        sites,
        OFFERS,
        question,
        reported_departements=["62"],
        routable=np.ones(4, dtype=bool),
        hours=pd.Series({"s1": "mardi 18 h 30 à 20 h 30", "s2": "mardi 9 h à 11 h 30 (horaire supposé)"}),
    )


def test_by_hand() -> None:
    found = table().set_index("commune_name")
    assert found["cause"].to_dict() == {
        "Amont": "covered",
        "Bourg": "no_return",
        "Coteau": "too_far",
        "Dune": "too_far",
    }
    assert found.loc["Amont", ["offer_id", "out_minutes", "back_minutes"]].tolist() == ["x:2", 30.0, 40.0]
    assert found.loc["Bourg", ["one_way_offer_id", "one_way_minutes"]].tolist() == ["x:1", 25.0]
    assert pd.isna(found.loc["Bourg", "offer_id"])
    assert found.loc["Amont", "class_hours"] == "mardi 9 h à 11 h 30 (horaire supposé)"
    assert found["out_wait_minutes"].tolist()[0] == 2.0
    assert found["long_wait"].tolist() == [True, pd.NA, pd.NA, False]


def test_a_class_whose_fit_is_not_known_leaves_nobody_stranded_for_sure() -> None:
    found = table(pd.Series({"x:1": "unknown", "x:2": "full"})).set_index("commune_name")
    assert found.loc["Bourg", ["cause", "cause_if_unknown_fits"]].tolist() == ["too_far", "no_return"]
    assert found.loc["Amont", "cause"] == "full"


def test_without_a_way_home_a_full_course_is_not_near_either() -> None:
    found = table(pd.Series({"x:1": "full", "x:2": "other"})).set_index("commune_name")
    assert found["cause"].to_dict() == {
        "Amont": "wrong_fit",
        "Bourg": "too_far",
        "Coteau": "too_far",
        "Dune": "too_far",
    }


numbers = st.sampled_from([5.0, 20.0, 44.0, 46.0, INF])
reaches = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), numbers, numbers), max_size=8, unique_by=lambda r: r[:2]
)


@given(reaches)
def test_one_way_home_is_all_it_takes(rows: list[tuple[int, int, float, float]]) -> None:
    rows = [row for row in rows if np.isfinite(row[2])]
    sites = site_offers(STATUS, OFFERS)
    everywhere = np.ones(4, dtype=bool)

    def found(these: list[tuple[int, int, float, float]]) -> list[str]:
        near = nearest([pairs([(*row, 0.0, 0.0) for row in these])], sites, 4)
        return list(causes(near, cutoff_minutes=45, reported=everywhere, routable=everywhere))

    before = found(rows)
    home = found([(site, commune, out, min(back, out)) for site, commune, out, back in rows])
    assert "no_return" not in home
    for one, other in zip(before, home, strict=True):
        if one == "no_return":
            assert other == "covered"
    for commune, cause in enumerate(before):
        if cause == "no_return":
            assert any(c == commune and out <= 45 and back == INF for _, c, out, back in rows)
            assert not any(c == commune and max(out, back) <= 45 for _, c, out, back in rows)


def test_how_the_table_is_cut_changes_nothing() -> None:
    sites = site_offers(STATUS, OFFERS)
    whole = nearest([pairs(ROWS)], sites, 4)[OfferStatus.OPEN]
    cut = nearest([pairs([row]) for row in reversed(ROWS)], sites, 4)[OfferStatus.OPEN]
    for name in ("site", "out_minutes", "back_minutes", "one_way_site", "one_way_minutes", "back_wait_minutes"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(cut, name))
