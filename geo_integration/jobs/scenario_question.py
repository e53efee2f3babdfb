"""Between the question a scenario file holds and the request the jobs answer; and what both were asked of."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from geo_integration.coverage.learner.profile import WEEKDAYS, Free, Profile
from geo_integration.coverage.scenario.actions import Action
from geo_integration.coverage.scenario.model import Asked, LearnerAsked, Scenario, place_of
from geo_integration.disclosure import Viewer
from geo_integration.errors import ScenarioRefusedError
from geo_integration.jobs.loaded import Loaded
from geo_integration.jobs.means import Means
from geo_integration.jobs.networks import OSRM_NETWORK, open_network
from geo_integration.jobs.request import Request
from geo_integration.jobs.timetables import register
from geo_integration.vocabulary import HalfDay, Mode, term

_HOURS = ("weekday", "class_start", "class_end", "latest_return")
_SAME = (
    *("schooling", "goal", "age", "child_care", "free_of_charge", "remote", "starts_by"),
    *("silence_is_open", "others_unknown"),
)


def request_of(
    scenario: Scenario,
    *,
    viewer: Viewer = Viewer.ADMINISTRATOR,
    folder: Path | None = None,
    where: str = "scénario",
) -> Request:
    """Return the question of a scenario, for a viewer.

    Parameters
    ----------
    folder : where networks and timetables are; that of the settings by default.
    where : the file, for messages.

    Raises
    ------
    ScenarioRefusedError
        A half-day that is none.
    ProfileError
        A learner who contradicts themselves.
    """
    asked = scenario.question
    hours = {name: getattr(asked, name) for name in _HOURS if getattr(asked, name) is not None}
    means = Means(
        mode=asked.mode, network=asked.network, folder=folder, feeds=asked.feeds, week_of=asked.week_of, **hours
    )
    return Request(
        territory=asked.territory,
        kind=asked.kind,
        minutes=asked.minutes,
        as_of=asked.as_of,
        level=asked.level,
        means=means,
        viewer=viewer,
        share=asked.share,
        learner=_learner(asked.learner, where) if asked.learner else None,
    )


def asked_of(request: Request) -> Asked:
    """Return a request as a scenario file holds it: who asks and where networks are kept are not in it."""
    means, timed = request.means, request.means.mode is Mode.TRANSIT
    default = Means()
    hours = {name: getattr(means, name) for name in _HOURS if getattr(means, name) != getattr(default, name)}
    return Asked(
        territory=request.territory,
        kind=request.kind,
        minutes=float(request.minutes),
        as_of=request.as_of,
        level=request.level,
        learner=_told(request.learner) if request.learner is not None else None,
        share=None if request.share is None else float(request.share),
        mode=means.mode,
        network=means.network,
        feeds=tuple(means.feeds) if timed and means.feeds is not None else None,
        week_of=means.week_of if timed else None,
        **(hours if timed else {}),
    )


def drafted(name: str, request: Request, loaded: Loaded, actions: Sequence[Action]) -> Scenario:
    """Return a new scenario of a question, with what the data are today."""
    return Scenario(name=name, question=asked_of(request), made_on=provenance(loaded, request), actions=tuple(actions))


def provenance(loaded: Loaded, request: Request) -> dict[str, str]:
    """Return what a question is answered from: snapshot of each layer, hash of the network and of each timetable."""
    found = {name: info.id for name, info in loaded.infos.items()}
    means = request.means
    if means.network is not None and means.network != OSRM_NETWORK:
        mode = Mode.FOOT if means.mode is Mode.TRANSIT else means.mode
        found[f"réseau {means.network}"] = open_network(means.network, mode, means.networks).fingerprint
    if means.mode is Mode.TRANSIT:
        kept = register(means.networks).list().set_index("name")["sha256"]
        names = kept.index if means.feeds is None else [name for name in means.feeds if name in kept.index]
        found |= {f"horaires {name}": str(kept[name]) for name in names}
    return found


def _learner(asked: LearnerAsked, where: str) -> Profile:
    known = {name: getattr(asked, name) for name in _SAME}
    statuses = None if asked.statuses is None else frozenset(asked.statuses)
    free = None if asked.free is None else _free(asked.free, where)
    return replace(Profile(), **known, statuses=statuses, free=free)


def _free(texts: Sequence[str], where: str) -> Free:
    found = set()
    for text in texts:
        day, _, half = text.partition("-")
        if day not in WEEKDAYS or half not in {one.value for one in HalfDay}:
            place = place_of(where, field="question.learner.free", value=text)
            way_out = "par exemple mon-morning : mon à sun, puis morning, afternoon ou evening"
            raise ScenarioRefusedError("ce n'est pas une demi-journée", where=place, way_out=way_out)
        found.add((day, term(HalfDay, half)))
    return frozenset(found)


def _told(learner: Profile) -> LearnerAsked:
    statuses = None if learner.statuses is None else tuple(sorted(learner.statuses))
    free = None
    if learner.free is not None:
        half_days = [one.value for one in HalfDay]
        ordered = sorted(learner.free, key=lambda one: (WEEKDAYS.index(one[0]), half_days.index(one[1].value)))
        free = tuple(f"{day}-{half.value}" for day, half in ordered)
    return LearnerAsked(**{name: getattr(learner, name) for name in _SAME}, statuses=statuses, free=free)
