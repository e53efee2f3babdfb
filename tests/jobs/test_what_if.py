"""Opening, closing and moving courses: the same table as a full run of the changed courses, to the last bit."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_samples import communes, loaded, offers, points, request

from geo_integration import territories
from geo_integration.coverage.gaps import Nearest
from geo_integration.coverage.scenario.actions import Action, AddSite, CloseSite, MoveSite
from geo_integration.coverage.scenario.apply import apply
from geo_integration.errors import OptionError
from geo_integration.jobs.loaded import Loaded
from geo_integration.jobs.means import Means
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied, study_layers
from geo_integration.jobs.what_if import Place, Standing, courses_of
from geo_integration.vocabulary import Cause, Kind, Mode

CODES = communes()["code"].tolist()
# Courses of today: two at the same place, one of another kind, one of unknown kind, one in the next EPCI.
TODAY = [
    ("t:1", "alphabetisation", CODES[3]),
    ("t:2", "fle", CODES[3]),
    ("t:3", "alphabetisation", CODES[20]),
    ("t:4", "unknown", CODES[30]),
    ("u:5", "fle", "62041"),
]
NO_POINTS = ""


def of_today(*, with_points: bool = False) -> Loaded:
    return loaded(offers(TODAY), **({"population_points": points()} if with_points else {}))


@cache
def today(mode: Mode, *, with_points: bool = False) -> Studied:
    return study_layers(of_today(with_points=with_points), asked(mode))


@cache
def standing(mode: Mode, *, with_points: bool = False) -> Standing:
    return Standing.of(today(mode, with_points=with_points))


def asked(mode: Mode) -> Request:
    # 25 minutes on foot or by bike leave some communes out, as 6 by car do.
    return request(means=Means(mode=mode), minutes=6.0 if mode is Mode.CAR else 25.0)


@cache
def all_communes() -> pd.DataFrame:
    return pd.DataFrame(territories.communes(geometry=False))


def full(actions: list[Action], mode: Mode, *, with_points: bool = False) -> Studied:
    before = of_today(with_points=with_points)
    after = apply(before.layers, actions, communes=all_communes())
    return study_layers(Loaded(after.layers, before.infos), asked(mode))


def same(ours: Standing, whole: Studied) -> None:
    pd.testing.assert_frame_equal(ours.coverage, whole.coverage)
    assert ours.sites.index.equals(whole.places.index)
    for status, expected in whole.travelled.near.items():
        for name in Nearest.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(ours.near[status], name), getattr(expected, name))
    assert ours.cause.tolist() == whole.coverage["cause"].tolist()
    uncovered = whole.coverage["need_uncovered"].to_numpy(dtype=float, na_value=np.nan)
    np.testing.assert_array_equal(ours.need_uncovered, uncovered)


def mairie(code: str) -> tuple[float, float]:
    row = communes().set_index("code").loc[code]
    return float(row["mairie_lon"]), float(row["mairie_lat"])


def opened(number: int, code: str, *, name: str = "Nouveau") -> Place:
    told = communes().set_index("code").loc[code, "name"]
    lon, lat = mairie(code)
    return Place(f"scenario:{number}", lon, lat, code, title=name, commune_name=str(told))


def test_a_course_beside_an_uncovered_mairie_covers_it() -> None:
    before = standing(Mode.CAR)
    row = int(np.flatnonzero(before.cause == Cause.TOO_FAR.value)[0])
    code = CODES[row]
    after = before.add(opened(1, code))
    assert after.cause[row] == Cause.COVERED.value
    assert row in after.changed
    # Chains leave what was before as it was; closing what was opened gives it back.
    assert before.cause[row] == Cause.TOO_FAR.value
    pd.testing.assert_frame_equal(
        after.close([after.courses.set_index("offer_id").loc["scenario:1", "site_id"]]).coverage, before.coverage
    )
    same(after, full([AddSite(name="Nouveau", kind=Kind.ALPHABETISATION, commune_code=code)], Mode.CAR))


STEP = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(CODES), st.sampled_from([0.0, 0.0, 0.01])),
    st.tuples(st.just("close"), st.integers(0, 99), st.just(0.0)),
    st.tuples(st.just("move"), st.integers(0, 99), st.sampled_from(CODES)),
)
CASES = [(Mode.CAR, False), (Mode.BIKE, False), (Mode.CAR, True)]


@pytest.mark.parametrize("case", CASES, ids=["car", "bike", "car, from where people live"])
@given(steps=st.lists(STEP, min_size=1, max_size=5))
@settings(max_examples=5)
def test_any_chain_gives_what_a_full_run_gives(
    case: tuple[Mode, bool], steps: list[tuple[str, object, object]]
) -> None:
    mode, with_points = case
    now, actions = standing(mode, with_points=with_points), list[Action]()
    for what, which, more in steps:
        sites = sorted(set(now.courses["site_id"]))
        if what == "add":
            lon, lat = (value + float(str(more)) / 2 for value in mairie(str(which)))
            code = territories.commune_at(lon, lat)
            assert code is not None
            name = all_communes().set_index("code").loc[code, "name"]
            action = AddSite(name="N", kind=Kind.ALPHABETISATION, lon=lon, lat=lat)
            place = Place(f"scenario:{len(actions) + 1}", lon, lat, code, title="N", commune_name=str(name))
            now, actions = now.add(place), [*actions, action]
        elif sites and what == "close":
            site = sites[int(str(which)) % len(sites)]
            now, actions = now.close([site]), [*actions, CloseSite(site_id=site)]
        elif sites:
            site, (lon, lat) = sites[int(str(which)) % len(sites)], mairie(str(more))
            now = now.move(site, lon=lon, lat=lat, commune_code=str(more))
            actions = [*actions, MoveSite(site_id=site, commune_code=str(more))]
    whole = full(actions, mode, with_points=with_points)
    same_but_names(now, whole)
    # The way of the job: from the courses of the scenario and what they are to who asks.
    after = standing(mode, with_points=with_points).with_courses(courses_of(whole.offers, whole.status))
    same(after, whole)


def same_but_names(ours: Standing, whole: Studied) -> None:
    """Compare, but for the commune a moved course is told to be in, which ``move`` does not know."""
    told = whole.coverage.assign(offer_commune_name=None)
    pd.testing.assert_frame_equal(ours.coverage.assign(offer_commune_name=None), told)


@pytest.mark.parametrize(
    "change",
    [
        lambda here: here.close(["0.00000,0.00000"]),
        lambda here: here.close(offer_ids=["nobody:1"]),
        lambda here: here.move("0.00000,0.00000", lon=2.8, lat=50.4, commune_code=CODES[0]),
        lambda here: here.add(Place("t:1", 2.8, 50.4, CODES[0])),
        lambda here: here.add(opened(1, CODES[0]), opened(1, CODES[1])),
    ],
)
def test_what_is_not_there_or_there_already_is_refused(change: Callable[[Standing], Standing]) -> None:
    with pytest.raises(OptionError):
        change(standing(Mode.CAR))
