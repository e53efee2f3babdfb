"""A commune judged by where its people live: three cells, one class, on paper.

Commune 62001 has 100 people: 60 in a cell 15 minutes from the class, 40 in one that is 50 minutes away; its mairie
is 50 minutes away. Within 45 minutes the mairie says too far; its people say covered, 60 % of them, half
of them at 15 minutes or less. Commune 62002 has one cell of 5 people of its 200: too few to speak for it.
"""

import numpy as np
import pandas as pd

from geo_integration.coverage.gaps import Nearest
from geo_integration.jobs.below import by_people
from geo_integration.jobs.travelled import Origins, Travelled
from geo_integration.vocabulary import OfferStatus

COMMUNES = pd.DataFrame({"code": ["62001", "62002"], "departement_code": ["62", "62"]})
COVERAGE = pd.DataFrame(
    {
        "commune_code": ["62001", "62002"],
        "population": [100, 200],
        "cause": ["too_far", "covered"],
        "cause_if_unknown_fits": ["too_far", "covered"],
        "basis": "commune",
    }
)
POINTS = pd.DataFrame(
    {
        "point_id": ["a", "b", "c"],
        "commune_code": ["62001", "62001", "62002"],
        "lon": [2.0, 2.1, 2.2],
        "lat": 50.0,
        "cell_metres": 200.0,
        "persons": [60.0, 40.0, 5.0],
    }
)


def travelled(*minutes: float) -> Travelled:
    def near(values: tuple[float, ...]) -> Nearest:
        numbers = np.array(values, dtype=np.float32)
        nobody = np.full(len(values), np.nan, dtype=np.float32)
        none = np.full(len(values), -1, dtype=np.int32)
        return Nearest(
            np.where(np.isfinite(numbers), 0, -1).astype(np.int32),
            numbers,
            numbers,
            nobody,
            nobody,
            none,
            np.full(len(values), np.inf, dtype=np.float32),
        )

    nothing = tuple(np.inf for _ in minutes)
    found = {status: near(nothing) for status in (OfferStatus.UNKNOWN, OfferStatus.FULL, OfferStatus.OTHER)}
    found[OfferStatus.OPEN] = near(minutes)
    return Travelled(found, pd.DataFrame(), np.ones(len(minutes), dtype=np.bool_), (), ())


def test_people_decide_where_there_are_enough_of_them() -> None:
    asked: list[Origins] = []

    def travel(origins: Origins) -> Travelled:
        asked.append(origins)
        return travelled(15.0, 50.0, 60.0)

    found, points = by_people(
        COVERAGE,
        travelled(50.0, 20.0),
        POINTS,
        COMMUNES,
        travel=travel,
        reported={"62"},
        cutoff_minutes=45,
    )
    assert asked[0].count == 3
    assert not asked[0].inside_commune
    assert found["cause"].tolist() == ["covered", "covered"]
    assert found["basis"].tolist() == ["points", "commune"]
    assert found.loc[0, ["share_covered", "share_unknown", "median_minutes"]].tolist() == [0.6, 0.0, 15.0]
    assert found.loc[1, ["share_covered", "share_unknown", "median_minutes"]].isna().all()
    assert points is not None
    assert set(points) >= {"point_id", "lon", "lat", "persons", "cause", "minutes"}
    assert COVERAGE["cause"].tolist() == ["too_far", "covered"]  # the input is left alone


def test_without_points_nothing_changes() -> None:
    found, points = by_people(
        COVERAGE,
        travelled(50.0, 20.0),
        POINTS[:0],
        COMMUNES,
        travel=lambda _: travelled(),
        reported={"62"},
        cutoff_minutes=45,
    )
    pd.testing.assert_frame_equal(found, COVERAGE)
    assert points is None
