"""Two places, one course each: every minute, every order and every word on paper."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from small_store import DAY, HERE, ask, finder_of, north, offer, session, store_of

from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import MissingDataError, NetworkUnavailableError, OptionError
from geo_integration.jobs.means import Means
from geo_integration.search import Finder, Origin, Reach, Search
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Fit, Kind, Mode, OfferStatus

FOOT = Means(mode=Mode.FOOT)
A_KILOMETRE = 1.3 * 60 / 4.5
"""Minutes on foot in a straight line lengthened by 30 %, at 4.5 km/h: 17.33."""


@pytest.fixture
def two(tmp_path: Path) -> Finder:
    """One place 1 km north with a course that is open, one 2 km north with one whose source says nothing of levels."""
    rows = [offer(1, north(1000)), offer(2, north(2000), level_entry="unknown")]
    return finder_of(store_of(tmp_path / "store", rows, [session(1), session(2)]))


def test_minutes_by_hand(two: Finder) -> None:
    found = ask(two, means=FOOT, minutes=60)
    assert [one.offer_id for one in found.items] == ["s:1", "s:2"]
    assert [one.out_minutes for one in found.items] == pytest.approx([A_KILOMETRE, 2 * A_KILOMETRE], rel=1e-4)
    assert [one.back_minutes for one in found.items] == [one.out_minutes for one in found.items]
    assert [one.distance_metres for one in found.items] == pytest.approx([1000, 2000], rel=1e-4)
    assert {one.reach for one in found.items} == {Reach.WITHIN}
    assert found.near.covered == "yes"
    assert found.near.departement == "59"
    assert found.summary == "2 cours conviennent, à 60 minutes au plus à pied, à l'aller comme au retour."


def test_fit_comes_before_minutes(tmp_path: Path) -> None:
    rows = [
        offer(1, north(4000)),
        offer(2, north(100), level_entry="unknown"),
        offer(3, north(200)),
        offer(4, north(50), level_entry="B2"),
        offer(5, None),
    ]
    sessions = [session(number) for number in (1, 2, 4, 5)] + [session(3, "closed")]
    finder = finder_of(store_of(tmp_path / "store", rows, sessions))
    learner = Profile(kind=Kind.FLE, level=finder_level("A1"))
    found = ask(finder, means=FOOT, minutes=120, profile=learner)
    # Sure first, however far; then what may fit; then the course nobody knows the place of; then the full one.
    assert [one.offer_id for one in found.items] == ["s:1", "s:2", "s:5", "s:3"]
    assert [one.fit for one in found.items] == [Fit.FITS, Fit.UNKNOWN, Fit.UNKNOWN, Fit.DOES_NOT_FIT]
    assert found.items[2].reach is Reach.NOT_KNOWN
    assert found.items[2].out_minutes is None
    full = found.items[3].plain()
    assert full["full"]
    assert full["status_label"] == "Adaptée, complète"
    assert full["out_minutes"] == pytest.approx(A_KILOMETRE / 5, abs=0.06)
    assert vars(found.counts) == {
        "fits": 1,
        "unknown": 1,
        "full": 1,
        "not_known": 1,
        "too_far": 0,
        "does_not_fit": 1,
    }
    whole = ask(finder, means=FOOT, minutes=120, profile=learner, everything=True)
    assert [one.offer_id for one in whole.items] == ["s:1", "s:2", "s:5", "s:3", "s:4"]
    assert "B2" in whole.items[4].reasons


def finder_level(code: str) -> object:
    from geo_integration.vocabulary import Level, term  # noqa: PLC0415

    return term(Level, code)


def test_nothing_in_reach_tells_the_nearest(two: Finder) -> None:
    found = ask(two, means=FOOT, minutes=10)
    assert found.items == ()
    assert found.total == 0
    assert [one.offer_id for one in found.nearest] == ["s:1", "s:2"]
    assert found.nearest[0].reach is Reach.TOO_FAR
    assert found.nearest[0].out_minutes == pytest.approx(A_KILOMETRE, rel=1e-4)
    assert found.counts.too_far == 2
    assert "Aucun cours qui convienne" in found.summary
    assert any("nearest" in note for note in found.notes)


def test_beyond_the_horizon_minutes_are_not_told_and_it_is_still_too_far(tmp_path: Path) -> None:
    finder = finder_of(store_of(tmp_path / "store", [offer(1, north(20_000))], [session(1)]))
    (far,) = ask(finder, means=FOOT, minutes=10).nearest  # 20 km: 347 minutes
    assert far.reach is Reach.TOO_FAR
    assert far.out_minutes is None
    assert far.distance_metres == pytest.approx(20_000, rel=1e-4)


def test_a_department_no_source_covers_is_told_so(tmp_path: Path) -> None:
    store = store_of(tmp_path / "store", [offer(1, north(1000))], [session(1)], covers=["62"])
    found = ask(finder_of(store), means=FOOT, minutes=10)
    assert found.near.covered == "no"
    assert "Aucune source chargée ne couvre le département « Nord » (59)" in found.summary
    arras = ask(finder_of(store), origin=Origin(2.777, 50.291, "point donné"), means=FOOT, minutes=10)
    assert arras.near.covered == "yes"
    assert "Aucune source" not in arras.summary
    brussels = ask(finder_of(store), origin=Origin(4.35, 50.85, "point donné"), means=FOOT, minutes=10)
    assert brussels.near.covered == "outside"


def test_a_source_that_speaks_of_some_kinds_covers_in_part(tmp_path: Path) -> None:
    store = store_of(tmp_path / "store", [offer(1, north(100))], [session(1)], kinds=["fle"])
    finder = finder_of(store)

    def covered(**profile: object) -> str:
        return ask(finder, means=FOOT, profile=Profile(**profile)).near.covered  # type: ignore[arg-type,no-any-return]

    assert covered(kind=Kind.FLE) == "yes"
    assert covered(kind=Kind.OEPRE) == "no"
    from geo_integration.vocabulary import Goal  # noqa: PLC0415

    assert covered(goal=Goal.DIPLOMA) == "partly"


def test_remote_courses_are_for_who_takes_them(tmp_path: Path) -> None:
    rows = [
        offer(1, None, modality="remote", location_quality="remote", commune_code=None, departement_code=None),
        offer(2, north(1000)),
    ]
    finder = finder_of(store_of(tmp_path / "store", rows, [session(1), session(2)]))
    asked = ask(finder, means=FOOT, profile=Profile(remote=True))
    assert [one.offer_id for one in asked.items] == ["s:2", "s:1"]
    remote = asked.items[1]
    assert (remote.reach, remote.out_minutes, remote.distance_metres) == (Reach.REMOTE, None, None)
    assert remote.status is OfferStatus.REMOTE
    assert [one.offer_id for one in ask(finder, means=FOOT).items] == ["s:2"]


def test_a_commune_takes_at_least_the_time_to_cross_it(tmp_path: Path) -> None:
    lille = finder_of(store_of(tmp_path / "none", [offer(1, north(0))])).origin(place="59000 Lille")
    assert lille.commune_code == "59350"
    at_mairie = [offer(1, (lille.lon, lille.lat)), offer(2, (lille.lon, lille.lat + 0.001), commune_code="59009")]
    finder = finder_of(store_of(tmp_path / "store", at_mairie, [session(1), session(2)]))
    found = {one.offer_id: one for one in ask(finder, origin=lille, means=FOOT, minutes=120).items}
    assert lille.radius_metres is not None
    crossing = lille.radius_metres * 2 / 3 / 1000 * A_KILOMETRE
    assert found["s:1"].out_minutes == pytest.approx(crossing, rel=1e-6)
    assert found["s:2"].out_minutes == pytest.approx(0.111 * A_KILOMETRE, rel=0.01)
    point = ask(finder, origin=Origin(lille.lon, lille.lat, "point donné"), means=FOOT)
    assert {one.offer_id: one.out_minutes for one in point.items}["s:1"] == pytest.approx(0.001)


def test_pages_follow_one_another(two: Finder) -> None:
    whole = ask(two, means=FOOT, minutes=60)
    first, second, third = (ask(two, means=FOOT, minutes=60, limit=1, offset=number) for number in range(3))
    assert (*first.items, *second.items) == whole.items
    assert third.items == ()
    assert first.total == second.total == third.total == 2


def test_sessions_to_go_to_are_told_soonest_first(tmp_path: Path) -> None:
    rows = [
        session(1, session_id="later", start_date="2027-01-10", days="mon;thu", start_time="09:00", end_time="11:00"),
        session(1, session_id="full", recruitment="closed"),
        session(1, session_id="over", start_date="2025-01-01", end_date="2025-06-30"),
        session(1, session_id="sooner", start_date="2026-10-20"),
    ]
    finder = finder_of(store_of(tmp_path / "store", [offer(1, north(100))], rows))
    (found,) = ask(finder, means=FOOT).items
    assert [one["session_id"] for one in found.sessions] == ["sooner", "later"]
    assert found.sessions[1]["days"] == ["mon", "thu"]
    assert found.sessions[1]["days_label"] == "lundi, jeudi"
    assert found.sessions[0]["days"] == []


def test_what_is_published_is_followed(two: Finder, tmp_path: Path) -> None:
    store_of(tmp_path / "store", [offer(7, north(500))], [session(7)], now=datetime(2026, 10, 2, tzinfo=UTC))
    assert [one.offer_id for one in ask(two, means=FOOT).items] == ["s:1", "s:2"]
    two.refresh()
    with two._loading:  # the reading under way ends
        pass
    assert [one.offer_id for one in ask(two, means=FOOT).items] == ["s:7"]
    assert two.trouble == ""


def test_a_store_gone_leaves_the_last_version_and_says_so(two: Finder, tmp_path: Path) -> None:
    before = ask(two, means=FOOT)
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    two.refresh()
    with two._loading:
        pass
    assert ask(two, means=FOOT) == before
    assert two.trouble
    (tmp_path / "elsewhere").rename(tmp_path / "store")
    two.refresh()
    with two._loading:
        pass
    assert ask(two, means=FOOT).items == before.items
    assert two.trouble == ""


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    finder = Finder(FolderStore(tmp_path / "store"), refresh_seconds=0)
    finder.warm()
    assert finder.trouble
    with pytest.raises(MissingDataError, match="aucune offre"):
        ask(finder)
    store_of(tmp_path / "store", [offer(1, north(100))])
    assert len(ask(finder, means=FOOT).items) == 1


def test_offers_without_any_place(tmp_path: Path) -> None:
    found = ask(finder_of(store_of(tmp_path / "store", [offer(1, None)])))
    assert [one.reach for one in found.items] == [Reach.NOT_KNOWN]
    assert found.counts.not_known == 1
    assert "Trajet non connu pour 1 cours" in found.summary


def test_a_course_without_a_place_is_told_in_its_own_region_only(tmp_path: Path) -> None:
    somme = {"departement_code": "80", "commune_code": None, "commune_name": None}
    nobody_knows = {"departement_code": None, "commune_code": None, "commune_name": None}
    rows = [offer(1, None, **somme), offer(2, None, **nobody_knows), offer(3, None)]
    finder = finder_of(store_of(tmp_path / "store", rows))
    assert [one.offer_id for one in ask(finder).items] == ["s:1", "s:2", "s:3"]
    paris = ask(finder, origin=Origin(2.35, 48.85, "point donné"))  # another region, of which no source speaks
    assert paris.items == ()
    assert paris.nearest == ()
    assert paris.counts.not_known == 0
    assert paris.near.covered == "no"


def test_where_no_road_leads_minutes_are_not_known(two: Finder) -> None:
    atlantic = Origin(-30.0, 45.0, "point donné")
    found = ask(two, origin=atlantic)  # by car
    assert {one.reach for one in found.items} == {Reach.NOT_KNOWN}
    assert all(one.out_minutes is None for one in found.items)


def test_questions_that_make_no_sense(two: Finder) -> None:
    for wrong in ({"minutes": 0}, {"minutes": float("nan")}, {"minutes": 601}, {"limit": 0}, {"offset": -1}):
        with pytest.raises(OptionError):
            Search(origin=HERE, as_of=DAY, **wrong)
    with pytest.raises(NetworkUnavailableError, match="aucun réseau"):
        ask(two, means=Means(network="nowhere"))
    with pytest.raises(OptionError, match="quelle semaine"):
        ask(two, means=Means(mode=Mode.TRANSIT))


def test_answers_are_plain(two: Finder) -> None:
    import json  # noqa: PLC0415

    for one in ask(two, everything=True).items:
        assert json.loads(json.dumps(one.plain(), allow_nan=False)) == one.plain()


def test_a_day_long_past_or_to_come(two: Finder) -> None:
    assert ask(two, means=FOOT, as_of=date(2030, 1, 1)).counts.fits == 0  # every session is over
    assert np.isfinite(ask(two, means=FOOT, as_of=date(2020, 1, 1)).items[0].out_minutes)
