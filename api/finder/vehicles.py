"""Buses, trains and walks in words: what each is called, and a journey said leg by leg."""

from collections.abc import Mapping
from dataclasses import dataclass

from geo_integration.messages import N_, Speech
from geo_integration.travel.transit.engine import Journey, Ride, Walk
from geo_integration.travel.transit.itinerary import vehicle


@dataclass(frozen=True)
class Vehicle:
    """What is said of one kind of vehicle."""

    icon: str
    name: str
    there: str
    last: str
    none: str


BUS = Vehicle("bus", N_("bus"), N_("%(time)s en bus"), N_("Dernier bus : %(clock)s"), N_("Pas de bus après le cours"))
VEHICLES: Mapping[str, Vehicle] = {
    "bus": BUS,
    "car": Vehicle(
        "bus", N_("car"), N_("%(time)s en car"), N_("Dernier car : %(clock)s"), N_("Pas de car après le cours")
    ),
    "train": Vehicle(
        "train",
        N_("train"),
        N_("%(time)s en train"),
        N_("Dernier train : %(clock)s"),
        N_("Pas de train après le cours"),
    ),
    "tram": Vehicle(
        "train", N_("tram"), N_("%(time)s en tram"), N_("Dernier tram : %(clock)s"), N_("Pas de tram après le cours")
    ),
    "métro": Vehicle(
        "train",
        N_("métro"),
        N_("%(time)s en métro"),
        N_("Dernier métro : %(clock)s"),
        N_("Pas de métro après le cours"),
    ),
    "bateau": Vehicle(
        "bus",
        N_("bateau"),
        N_("%(time)s en bateau"),
        N_("Dernier bateau : %(clock)s"),
        N_("Pas de bateau après le cours"),
    ),
}
ANY = Vehicle(
    "bus",
    N_("ligne"),
    N_("%(time)s en transports en commun"),
    N_("Dernier départ : %(clock)s"),
    N_("Pas de bus ni de train après le cours"),
)


def kinds_of(journey: Journey | None) -> list[Vehicle]:
    """Return what one rides, in order, each once."""
    rides = journey.rides if journey is not None else ()
    return list({one.name: one for one in (VEHICLES.get(vehicle(ride.route_type), ANY) for ride in rides)}.values())


def steps_of(speech: Speech, journey: Journey | None, last_walk: str) -> tuple[str, ...]:
    """Say a journey, one sentence a leg."""
    if journey is None:
        return ()
    steps = [speech.say(N_("Partez à %(clock)s."), clock=speech.clock(journey.start))]
    for leg in journey.legs:
        if isinstance(leg, Ride):
            steps += [_boarding(speech, leg), _alighting(speech, leg)]
        elif leg.seconds:
            steps.append(_walking(speech, leg, last_walk))
    steps.append(speech.say(N_("Arrivée à %(clock)s."), clock=speech.clock(_up(journey.end))))
    return tuple(steps)


def _walking(speech: Speech, leg: Walk, last: str) -> str:
    time = speech.minutes(leg.seconds / 60)
    if not leg.destination:
        return speech.say(last, time=time)
    return speech.say(N_("Marchez %(time)s jusqu'à l'arrêt « %(stop)s »."), time=time, stop=leg.destination)


def _boarding(speech: Speech, leg: Ride) -> str:
    known = VEHICLES.get(vehicle(leg.route_type), ANY)
    line = f"{speech.say(known.name)} {speech.isolated(leg.route_name)}".strip()
    values = {"clock": speech.clock(leg.start), "line": line, "stop": leg.board}
    if leg.headsign and not leg.headsign.isdigit():
        message = N_("%(clock)s : montez à « %(stop)s ». Prenez : %(line)s, direction « %(headsign)s ».")
        return speech.say(message, headsign=leg.headsign, **values)
    return speech.say(N_("%(clock)s : montez à « %(stop)s ». Prenez : %(line)s."), **values)


def _alighting(speech: Speech, leg: Ride) -> str:
    message = N_("%(clock)s : descendez à « %(stop)s ».")
    return speech.say(message, clock=speech.clock(_up(leg.end)), stop=leg.alight)


def _up(second: int) -> int:
    """Round an arrival up to the minute, as a departure is rounded down."""
    return -(-second // 60) * 60
