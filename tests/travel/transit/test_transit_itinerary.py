"""The way there and back for one person, in legs and in words."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from connection_scan import Call, Run
from hand_made import TUESDAY, TableWalking, clock, day_of

from geo_integration.errors import OptionError
from geo_integration.travel.transit.cafein_engine import CafeinEngine
from geo_integration.travel.transit.class_hours import HoursBasis, Slot
from geo_integration.travel.transit.engine import Journey, Ride, Walk
from geo_integration.travel.transit.itinerary import ThereAndBack, detail, in_words, vehicle
from geo_integration.travel.transit.links import Links
from geo_integration.vocabulary import Engine

HOME, SITE, NEAR = (-10.0, 40.0), (-20.0, 40.0), (-11.0, 40.0)
WALKS = {
    (-10.0, 0.0): 330,
    (0.0, -10.0): 330,
    (-20.0, 2.0): 120,
    (2.0, -20.0): 120,
    (-11.0, -20.0): 900,
    (-20.0, -11.0): 900,
}
MORNING = Slot.parse("tue", "09:00", "11:30")


def engine(*runs: Run, label: Engine = Engine.TIMETABLE_OUTLINE) -> CafeinEngine:
    between = Links(*(np.array([one], dtype=np.int32) for one in (1, 3, 240)), np.array([310.0]))
    day = day_of(list(runs), "ABCX")
    trips = day.trips.assign(route_type=[2, *[3] * (len(runs) - 1)])
    return CafeinEngine(replace(day, trips=trips), TableWalking(WALKS, label), between)


def trip(*calls: tuple[str, str]) -> Run:
    return [Call(stop, clock(time), clock(time)) for stop, time in calls]


THERE = (trip(("A", "7:48"), ("B", "8:10")), trip(("X", "8:20"), ("C", "8:31")))


def test_the_whole_way_in_words() -> None:
    """Home to A is 330 s: leave at 7:42:30; B to X is 4 minutes, then 6 of waiting; at the door at 8:33.

    Back: 12:15 from C, 2 minutes away, so 43 minutes after the end; home at 12:55:30.
    """
    both = detail(engine(*THERE, trip(("C", "12:15"), ("A", "12:50"))), HOME, SITE, MORNING)
    assert both.to_text().splitlines() == [
        "Cours : mardi 9 h – 11 h 30, horaires du 04/02/2025.",  # noqa: RUF001
        (
            "Aller : partez à 7 h 42 ; à pied (6 min) jusqu'à l'arrêt « Arrêt A » ; 7 h 48, à « Arrêt A », train Ligne "
            "0 direction vers B (Réseau), jusqu'à « Arrêt B », 8 h 10 ; à pied (4 min, 310 m) jusqu'à l'arrêt "
            "« Arrêt X » ; attendez 6 min ; 8 h 20, à « Arrêt X », bus Ligne 1 direction vers C (Réseau), jusqu'à "
            "« Arrêt C », 8 h 31 ; à pied (2 min) jusqu'à la porte ; arrivée 8 h 33, 27 min avant le début."
        ),
        (
            "Retour : fin du cours à 11 h 30 ; attendez 43 min ; partez à 12 h 13 ; à pied (2 min) jusqu'à l'arrêt "
            "« Arrêt C » ; 12 h 15, à « Arrêt C », bus Ligne 2 direction vers A (Réseau), jusqu'à « Arrêt A », 12 h 50 "
            "; à pied (6 min) jusqu'à la porte ; arrivée 12 h 56."
        ),
        "Marche estimée à vol d'oiseau, sans réseau de rues.",
    ]
    assert (both.out_minutes, both.back_minutes) == (72.5, 85.5)
    assert (both.worst_minutes, both.out_wait, both.back_wait) == (85.5, 22 * 60, 43 * 60)
    assert (both.no_return, both.long_wait) == (False, False)


def test_no_way_in_no_way_home_and_a_walk() -> None:
    both = detail(engine(*THERE, label=Engine.TIMETABLE), HOME, SITE, MORNING, basis=HoursBasis.DEFAULT)
    assert both.no_return
    assert both.back_minutes == both.worst_minutes == np.inf
    assert both.to_text().splitlines()[0] == "Cours : mardi 9 h – 11 h 30 (horaire supposé), horaires du 04/02/2025."  # noqa: RUF001
    assert both.to_text().splitlines()[2:] == ["Retour : aucun avant 23 h 59."]
    nothing = detail(engine(*THERE), HOME, SITE, Slot.parse("tue", "08:00", "11:30"))
    assert not nothing.no_return
    assert nothing.to_text().splitlines()[1] == "Aller : aucun trajet n'arrive à 7 h 55 ou avant."
    walk = detail(engine(*THERE), NEAR, SITE, MORNING)
    assert walk.to_text().splitlines()[1:3] == [
        "Aller : partez à 8 h 40 ; à pied (15 min) jusqu'à la porte ; arrivée 8 h 55, 5 min avant le début.",
        "Retour : fin du cours à 11 h 30 ; partez à 11 h 30 ; à pied (15 min) jusqu'à la porte ; arrivée 11 h 45.",
    ]


def test_a_way_home_after_midnight_counts_when_the_last_hour_lets_it() -> None:
    opened = engine(*THERE, trip(("C", "24:10"), ("A", "24:50")))
    assert detail(opened, HOME, SITE, MORNING).no_return
    late = detail(opened, HOME, SITE, MORNING, latest_return=clock("25:00"))
    assert late.back is not None
    assert late.back.end == clock("24:55:30")
    assert late.long_wait
    assert "attendez 12 h 38 ; partez à 0 h 08 (le lendemain)" in late.to_text()
    assert late.to_text().splitlines()[3] == "Attention : une attente de 12 h 38."


def test_a_long_wait_between_two_vehicles_is_told_too() -> None:
    runs = (trip(("A", "7:00"), ("B", "7:10")), trip(("X", "8:01"), ("C", "8:31")))
    both = detail(engine(*runs), HOME, SITE, MORNING)
    assert both.longest_wait == 47 * 60
    assert both.long_wait
    assert "Attention : une attente de 47 min." in both.to_text()


def test_times_are_never_said_shorter_than_they_are() -> None:
    ride = Ride("t", "f", "r", "12", 3, "", "", "A", "B", clock("8:00:40"), clock("8:09:10"), 59)
    walk = Walk(clock("8:09:10"), clock("8:10:11"), "B", "")
    words = in_words(
        Journey(clock("7:59:59"), clock("8:10:11"), (Walk(clock("7:59:59"), clock("8:00:40"), "", "A"), ride, walk))
    )
    assert words == (
        "partez à 7 h 59 ; à pied (1 min) jusqu'à l'arrêt « A » ; 8 h, à « A », bus 12, jusqu'à « B », 8 h 10 ; "
        "à pied (2 min) jusqu'à la porte ; arrivée 8 h 11"
    )


def test_vehicles_have_a_name() -> None:
    assert [vehicle(kind) for kind in (0, 1, 2, 3, 7, 100, 106, 204, 700, 900, 1501)] == [
        *("tram", "métro", "train", "bus", "funiculaire", "train", "train", "car", "bus", "tram", "ligne")
    ]


def test_a_place_without_position_is_refused() -> None:
    with pytest.raises(OptionError, match="sans position"):
        detail(engine(*THERE), (float("nan"), 1.0), SITE, MORNING)


def test_nothing_known_is_never_zero() -> None:
    both = ThereAndBack(MORNING, HoursBasis.STATED, date(2025, 2, 4), None, None, 0, 0, Engine.TIMETABLE)
    assert (both.out_minutes, both.back_minutes, both.no_return, both.long_wait) == (np.inf, np.inf, False, False)
    assert both.day == TUESDAY
