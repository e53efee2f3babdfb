"""Groups of options that several commands take together, and what each group is made into.

Typer reads a command's options from its signature. :func:`grouped` gives a command the options of whole groups in
place of one parameter each, so that a group is written once.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from geo_integration.cli_options import (
    DEFAULT_RETURN,
    DEFAULT_VIEWER,
    DEFAULT_WEEKDAY,
    ArriveByOption,
    AsOfOption,
    FeedOption,
    LatestReturnOption,
    LevelOption,
    ModeOption,
    NetworkOption,
    ShareOption,
    StreetsOption,
    TerritoryOption,
    UntilOption,
    ViewerOption,
    WeekdayOption,
    WeekOption,
    day,
    means,
    viewer_of,
)
from geo_integration.coverage.learner.file import profile_of
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import OptionError
from geo_integration.jobs.means import Means
from geo_integration.jobs.request import Request
from geo_integration.travel.transit.class_hours import DEFAULT_END, DEFAULT_START
from geo_integration.vocabulary import Audience, Goal, Kind, Mode, Schooling

DEFAULT_MINUTES = 45.0
"""Longest trip accepted where nobody says."""

type Command = Callable[..., Any]


def grouped(**groups: Command) -> Callable[[Command], Command]:
    """Give a command the options of some groups.

    Parameters
    ----------
    groups : by parameter of the command: a function whose own parameters are the options, and whose result is what
        the command is given.
    """

    def decorate(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters
        taken = {name: inspect.signature(make, eval_str=True).parameters for name, make in groups.items()}
        options = {name: option for name, option in own.items() if name not in groups}
        for parameters in taken.values():
            options.update({name: option for name, option in parameters.items() if name not in options})

        @functools.wraps(command)
        def run(**given: Any) -> Any:  # noqa: ANN401 -- whatever the command takes and gives
            made = {name: groups[name](**{option: given[option] for option in taken[name]}) for name in groups}
            return command(**{name: given[name] for name in own if name not in groups}, **made)

        keyword = [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options.values()]
        # What Typer reads; and without the wrapped command's own signature, which would be found first.
        vars(run)["__signature__"] = inspect.Signature(keyword)
        run.__annotations__ = {option.name: option.annotation for option in keyword}
        del run.__wrapped__
        return run

    return decorate


@dataclass(frozen=True)
class ClassHours:
    """The class hours and the week that timetables are asked for, as they were typed."""

    week_of: datetime | None
    weekday: str
    arrive_by: str
    until: str
    latest_return: str

    def means(self, mode: Mode, network: str | None = None, feeds: list[str] | None = None) -> Means:
        """Join them to the rest of how people travel; OptionError where they make no sense with the mode."""
        return means(
            mode,
            network,
            feeds=feeds,
            week_of=self.week_of,
            weekday=self.weekday,
            arrive_by=self.arrive_by,
            until=self.until,
            latest_return=self.latest_return,
        )


def hours(
    week_of: WeekOption = None,
    weekday: WeekdayOption = DEFAULT_WEEKDAY,
    arrive_by: ArriveByOption = DEFAULT_START,
    until: UntilOption = DEFAULT_END,
    latest_return: LatestReturnOption = DEFAULT_RETURN,
) -> ClassHours:
    """Say when classes meet where their source does not."""
    return ClassHours(week_of, weekday, arrive_by, until, latest_return)


def _travel(default: Mode, network_option: Any) -> Command:  # noqa: ANN401 -- an annotation
    """Return the group that says how people travel, with a mode by default and what it tells of networks."""

    def travelled(
        mode: ModeOption = default,
        network: str | None = None,
        feed: FeedOption = None,
        *,
        when: ClassHours,
    ) -> Means:
        return when.means(mode, network, feed)

    travelled.__annotations__["network"] = network_option
    return grouped(when=hours)(travelled)


travel = _travel(Mode.CAR, NetworkOption)
"""How people travel; without a network, times are outlined."""

travel_on_streets = _travel(Mode.CAR, StreetsOption)
"""The same where there is no outline: a network is asked for."""

walk_on_streets = _travel(Mode.FOOT, StreetsOption)
"""The same, on foot by default."""


def learner(
    profile: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Profil de l'apprenant (fichier YAML).")
    ] = None,
    schooling: Annotated[Schooling | None, typer.Option(help="Scolarité : none, elsewhere ou french.")] = None,
    goal: Annotated[Goal | None, typer.Option(help="But : vie quotidienne, travail, école des enfants…")] = None,
    status: Annotated[
        list[Audience] | None, typer.Option(help="Situation (bpi, cir, parent, women…) ; répétable.")
    ] = None,
    age: Annotated[int | None, typer.Option(help="Âge, en années.")] = None,
    free: Annotated[
        list[str] | None, typer.Option(help="Demi-journée libre, ex. lundi-matin ; répétable, toutes par défaut.")
    ] = None,
    child_care: Annotated[bool, typer.Option("--child-care", help="A besoin d'une garde d'enfants.")] = False,
    free_of_charge: Annotated[bool, typer.Option("--free-of-charge", help="Ne peut rien payer.")] = False,
    remote: Annotated[bool, typer.Option("--remote", help="Accepte un cours à distance.")] = False,
    starts_by: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Commencer au plus tard ce jour.")
    ] = None,
) -> Profile | None:
    """Say who learns; None where nothing is said."""
    return profile_of(
        profile,
        schooling=schooling,
        goal=goal,
        statuses=status,
        age=age,
        free=free,
        child_care=child_care,
        free_of_charge=free_of_charge,
        remote=remote,
        starts_by=starts_by.date() if starts_by else None,
    )


def _kind_of(said: Profile) -> Kind:
    """Return the kind a profile asks for; alphabétisation where it says nothing. OptionError for several."""
    if said.kind is not None or (said.goal is None and said.schooling is None):
        return said.kind or Kind.ALPHABETISATION
    if len(said.kinds) == 1:
        return next(iter(said.kinds))
    answering = sorted(kind.value for kind in said.kinds)
    raise OptionError(
        "plusieurs types de cours répondent à ce but ou à cette scolarité",
        where="--kind",
        way_out=f"en choisir un : {', '.join(answering)}",
    )


@grouped(by=travel, who=learner)
def question(
    territory: TerritoryOption,
    kind: Annotated[
        Kind | None, typer.Option(help="Type de cours ; celui du profil, ou alphabetisation par défaut.")
    ] = None,
    level: LevelOption = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=1, max=600, help="Durée maximale du trajet, en minutes ; celle du profil, ou 45 par défaut."),
    ] = None,
    as_of: AsOfOption = None,
    viewer: ViewerOption = DEFAULT_VIEWER,
    share: ShareOption = None,
    *,
    by: Means,
    who: Profile | None,
) -> Request:
    """Put the question of every analysis together; what is typed wins over the profile's file."""
    said = who or Profile()
    return Request(
        territory,
        kind or _kind_of(said),
        minutes or said.minutes or DEFAULT_MINUTES,
        day(as_of),
        level,
        by,
        viewer_of(viewer),
        share,
        who,
    )
