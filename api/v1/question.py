"""The question of the coverage routes, read from an address."""

import json
from dataclasses import asdict, replace
from typing import Annotated

from fastapi import Depends

from api.caller import CallerDep
from api.parameters import DayDep, LearnerDep, MeansDep, MinutesParam, TerritoryParam
from geo_integration import territories
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import OptionError
from geo_integration.jobs.request import Request
from geo_integration.vocabulary import Kind, Mode
from geo_integration.work.questions import DEFAULT_MINUTES, check_territory

MOST_COMMUNES = 900
"""More than any one département has; what is larger is a job."""
_JOB = "en faire une tâche : POST /api/v1/processes/gaps/execution"


def question_of(
    caller: CallerDep,
    day: DayDep,
    means: MeansDep,
    learner: LearnerDep,
    territory: TerritoryParam,
    minutes: MinutesParam = DEFAULT_MINUTES,
) -> Request:
    """Return the question as the jobs take it; ProfileError for a learner that contradicts the rest."""
    check_territory(territory)
    return Request(
        territory=territory,
        kind=learner.kind or _kind_of(learner),
        minutes=minutes,
        as_of=day,
        level=learner.level,
        means=means,
        viewer=caller.viewer,
        learner=learner if replace(learner, kind=None, level=None) != Profile() else None,
    )


def _kind_of(learner: Profile) -> Kind:
    """Return the kind a learner asks for without naming it, as the processes do; OptionError for several."""
    if learner.goal is None and learner.schooling is None:
        return Kind.ALPHABETISATION
    if len(learner.kinds) == 1:
        return next(iter(learner.kinds))
    raise OptionError(
        "plusieurs types de cours répondent à ce but ou à cette scolarité",
        where="kind",
        way_out=f"en choisir un : {', '.join(sorted(kind.value for kind in learner.kinds))}",
    )


QuestionDep = Annotated[Request, Depends(question_of)]


def key_of(asked: Request) -> str:
    """Return what tells questions apart, the same text in every process (a set has no order of its own)."""
    return json.dumps(asdict(asked), default=_plain, sort_keys=True)


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, frozenset) else str(value)


def check_size(asked: Request) -> None:
    """Refuse a question that is too long for one request (OptionError); UnknownTerritoryError for no territory."""
    count = len(territories.select(asked.territory).commune_codes)
    if count > MOST_COMMUNES:
        what = f"{count} communes : au plus un département à la fois ({MOST_COMMUNES} communes)"
        raise OptionError(what, where="territory", way_out=f"choisir un département ou moins, ou {_JOB}")
    if asked.means.mode is Mode.TRANSIT:
        raise OptionError("le calcul par horaires est trop long pour une requête", where="mode", way_out=_JOB)
