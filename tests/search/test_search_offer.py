"""One course at a time, the courses of a commune, and what each does not say."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from small_store import DAY, HERE, ask, finder_of, north, offer, session, store_of
from small_trains import LENS, TRAINS, at, home, means_of, school

from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import NotFoundError
from geo_integration.jobs import demo
from geo_integration.jobs.imports import address_base
from geo_integration.jobs.means import Means
from geo_integration.search import Finder, Reach, Search
from geo_integration.search.origin import at_commune
from geo_integration.store import FolderStore
from geo_integration.vocabulary import Audience, Criterion, Fit, Kind, Level, Mode, Schooling

FOOT = Means(mode=Mode.FOOT)


@pytest.fixture(scope="module")
def demo_finder(demo_store_folder: Path) -> Finder:
    """Return a finder on the demonstration."""
    return finder_of(FolderStore(demo_store_folder))


def test_what_a_course_does_not_say_and_what_refuses(tmp_path: Path) -> None:
    rows = [
        offer(1, north(100)),
        offer(2, north(200), level_entry="unknown", cost_text=None),
        offer(3, north(300), level_entry="B2", cost_text="50 €"),
        offer(4, None, cost_text="Gratuit"),
        offer(5, north(400), cost_text="Gratuit"),
    ]
    finder = finder_of(store_of(tmp_path / "store", rows, [session(n) for n in (1, 2, 3, 4)] + [session(5, "closed")]))
    who = Profile(kind=Kind.FLE, level=Level.A1, free_of_charge=True)
    found = {one.offer_id: one for one in ask(finder, means=FOOT, profile=who, everything=True).items}
    assert found["s:1"].unknown == (Criterion.COST,)
    assert found["s:2"].unknown == (Criterion.LEVEL, Criterion.COST)
    assert found["s:3"].refused == (Criterion.LEVEL, Criterion.COST)
    assert (found["s:4"].unknown, found["s:4"].refused) == ((Criterion.PLACE,), ())
    assert (found["s:5"].unknown, found["s:5"].refused) == ((), (Criterion.RECRUITMENT,))
    for one in found.values():
        assert (one.slot, one.slots, one.basis) == (None, (), None)  # on foot, no hours play a part


def test_a_reserved_course_is_not_known_for_a_refugee_who_said_no_more(tmp_path: Path) -> None:
    finder = finder_of(store_of(tmp_path / "store", [offer(1, north(100), audience_exclusive="women")], [session(1)]))
    for who, expected in (
        (Profile(statuses=frozenset({Audience.BPI})), Fit.DOES_NOT_FIT),
        (Profile(statuses=frozenset({Audience.BPI}), others_unknown=True), Fit.UNKNOWN),
    ):
        (one,) = ask(finder, means=FOOT, profile=who, everything=True).items
        assert one.fit is expected
        assert (one.unknown or one.refused) == (Criterion.AUDIENCE,)


def test_one_course_is_that_of_the_list(tmp_path: Path) -> None:
    rows = [offer(1, north(1000)), offer(2, north(50_000)), offer(3, None)]
    finder = finder_of(store_of(tmp_path / "store", rows, [session(n) for n in (1, 2, 3)]))
    question = Search(HERE, DAY, means=FOOT, minutes=60, everything=True)
    for one in finder.offers(question).items:
        assert finder.offer(one.offer_id, question, DAY) == one
    alone = finder.offer("s:1", None, DAY)
    assert (alone.reach, alone.out_minutes, alone.back_minutes, alone.distance_metres) == (
        Reach.NOT_KNOWN,
        None,
        None,
        None,
    )
    assert alone.fit is Fit.FITS
    with pytest.raises(NotFoundError, match="aucun cours « s:9 »"):
        finder.offer("s:9", question, DAY)


@given(number=st.integers(0, 10_000), code=st.sampled_from(["62041", "59350", "80021"]), described=st.booleans())
@hypothesis_settings(max_examples=20, deadline=None)
def test_any_course_of_the_demonstration(demo_finder: Finder, number: int, code: str, *, described: bool) -> None:
    who = Profile(schooling=Schooling.ELSEWHERE, level=Level.A1) if described else Profile()
    question = Search(at_commune(code), demo.as_of(), who, limit=9999, everything=True)
    every = demo_finder.offers(question).items
    one = every[number % len(every)]
    assert demo_finder.offer(one.offer_id, question, demo.as_of()) == one


def test_courses_of_a_commune(tmp_path: Path) -> None:
    rows = [
        offer(1, north(100), title="Zèbre"),
        offer(2, north(100), title="école"),
        offer(3, north(100), title="Alpha", kind="oepre"),
        offer(4, north(100), title="Complet"),
        offer(5, north(100), title="Terminé"),
        offer(6, None, title="Sans lieu", level_entry="unknown"),
        offer(7, north(100), title="Ailleurs", commune_code="59009"),
        offer(8, None, title="En ligne", modality="remote", location_quality="remote"),
        offer(9, north(100), title="Atelier", kind="alphabetisation"),
    ]
    sessions = [session(n) for n in (1, 2, 3, 6, 7, 8, 9)]
    sessions += [session(4, "closed"), session(5, start_date="2025-01-01", end_date="2025-06-30")]
    finder = finder_of(store_of(tmp_path / "store", rows, sessions))
    found = finder.commune_offers("59350", DAY)
    order = {kind.value: number for number, kind in enumerate(Kind)}
    assert [one.card["title"] for one in found] == sorted(
        ["Alpha", "Atelier", "école", "Sans lieu", "Zèbre"],
        key=lambda title: (
            order[{"Alpha": "oepre", "Atelier": "alphabetisation"}.get(title, "fle")],
            title.replace("é", "e").lower(),
        ),
    )
    assert {one.reach for one in found} == {Reach.NOT_KNOWN}
    assert {one.out_minutes for one in found} == {None}
    assert finder.commune_offers("62041", DAY) == ()
    assert finder.commune_offers("no such commune", DAY) == ()


def test_addresses_are_said_to_be_known_or_not(tmp_path: Path) -> None:
    store = store_of(tmp_path / "store", [offer(1, north(100))])
    assert not Finder(store, refresh_seconds=0, addresses=address_base(None)).has_addresses
    base = tmp_path / "base.csv"
    base.write_text("commune_code,address,longitude,latitude\n59350,12 rue de Paris,3.066,50.634\n", encoding="utf-8")
    finder = Finder(store, refresh_seconds=0, addresses=address_base(str(base)))
    assert finder.has_addresses
    found = finder.origin(address="12 rue de Paris, 59000 Lille")
    assert (found.lon, found.lat, found.commune_code) == (3.066, 50.634, None)
    assert Finder(store, refresh_seconds=0, addresses=address_base("ban")).has_addresses


def test_threads_share_timetables_and_answer_as_one(tmp_path: Path) -> None:
    """Twelve people ask at once from places of their own: each is told what they would be told alone."""
    means, finder = means_of(tmp_path), school(tmp_path)
    lon, lat = at_commune(LENS).lon, at_commune(LENS).lat
    places = [(lon + step * 0.002, lat) for step in range(12)]

    def asked(place: tuple[float, float]) -> tuple[float | None, float | None, int]:
        from geo_integration.search import Origin  # noqa: PLC0415

        one, way = home(finder, means, origin=Origin(*place, "point donné"))
        assert way.last_ride is not None
        return one.out_minutes, one.back_minutes, way.last_ride.end

    alone = [asked(place) for place in places]
    assert len(set(alone)) > 6
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(asked, places * 2)) == alone * 2


def test_a_position_is_not_kept_with_the_answers_of_communes(tmp_path: Path) -> None:
    from geo_integration.search import Origin  # noqa: PLC0415

    means, finder = means_of(tmp_path, TRAINS), school(tmp_path)
    place = at_commune(LENS)
    home(finder, means, origin=Origin(place.lon, place.lat, "point donné"))
    assert finder._communes.latest(99) == []
    home(finder, means)
    (key,) = finder._communes.latest(99)
    assert LENS in key
    assert place.lon not in key


def test_a_new_version_of_the_store_is_timed_anew(tmp_path: Path) -> None:
    means, finder = means_of(tmp_path), school(tmp_path)
    assert home(finder, means)[0].back_minutes == 50
    later = session(1, days="tue", start_time="09:00", end_time="16:00")
    door = finder.current().places
    store_of(
        tmp_path / "store",
        [offer(1, (door.lon[0], door.lat[0]), commune_code="62041")],
        [later],
        now=datetime(2026, 10, 2, tzinfo=UTC),
    )
    finder.refresh()
    with finder._loading:
        pass
    one, way = home(finder, means)
    assert one.back_minutes == 80
    assert way.trip.slot.end == at("16:00")
    assert way.trip.day == date(2026, 10, 6)
