"""The question of every analysis as JSON: the same options, limits and defaults as the command line."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_integration import territories
from geo_integration.coverage.learner.file import profile_of
from geo_integration.coverage.learner.profile import Profile
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError, ProfileError, UnknownTerritoryError
from geo_integration.jobs.means import Means
from geo_integration.jobs.request import Request
from geo_integration.travel.transit.class_hours import DEFAULT_DAY, DEFAULT_END, DEFAULT_START, weekday_of
from geo_integration.vocabulary import Audience, Goal, Kind, Level, Mode, Schooling

DEFAULT_MINUTES = 45.0
"""Longest trip accepted where nobody says."""

DEFAULT_RETURN = "23:59"

type Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
"""Of a network or a timetable: a name, never a path."""

type Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
type LateHour = Annotated[str, Field(pattern=r"^(([01]\d|2\d):[0-5]\d|30:00)$")]
type Word = Annotated[str, Field(min_length=1, max_length=60)]
type FileFormat = Literal["csv", "xlsx", "gpkg", "html"]


class Inputs(BaseModel):
    """What a process is given: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answered(Inputs):
    """What every analysis can also leave as files."""

    outputs: Annotated[
        tuple[FileFormat, ...],
        Field(
            max_length=4,
            description="Fichiers à produire en plus du résultat GeoJSON : csv, xlsx, gpkg, html (carte autonome).",
            examples=[["xlsx", "html"]],
        ),
    ] = ()


class Learner(Inputs):
    """Who learns; what is not said is not judged."""

    schooling: Annotated[Schooling | None, Field(description="Scolarité : none, elsewhere ou french.")] = None
    goal: Annotated[Goal | None, Field(description="But : vie quotidienne, travail, école des enfants…")] = None
    statuses: Annotated[
        tuple[Audience, ...] | None,
        Field(max_length=20, description="Situations (bpi, cir, parent, women…) ; liste vide : aucune d'elles."),
    ] = None
    age: Annotated[int | None, Field(ge=0, le=120, description="Âge, en années.")] = None
    free: Annotated[
        tuple[Word, ...] | None,
        Field(
            min_length=1,
            max_length=40,
            description="Demi-journées libres ; toutes par défaut.",
            examples=[["lundi-matin"]],
        ),
    ] = None
    child_care: Annotated[bool, Field(description="A besoin d'une garde d'enfants.")] = False
    free_of_charge: Annotated[bool, Field(description="Ne peut rien payer.")] = False
    remote: Annotated[bool, Field(description="Accepte un cours à distance.")] = False
    starts_by: Annotated[date | None, Field(description="Commencer au plus tard ce jour.")] = None
    silence_is_open: Annotated[
        bool, Field(description="Une session dont la source ne dit pas si elle recrute compte comme ouverte.")
    ] = True

    def profile(self) -> Profile | None:
        """Return the profile; None where nothing is said. ProfileError for one that contradicts itself."""
        statuses = ["aucune"] if self.statuses == () else [one.value for one in self.statuses or ()]
        try:
            return profile_of(
                schooling=self.schooling,
                goal=self.goal,
                statuses=statuses,
                age=self.age,
                free=self.free,
                child_care=self.child_care,
                free_of_charge=self.free_of_charge,
                remote=self.remote,
                starts_by=self.starts_by,
                silence_is_open=self.silence_is_open,
            )
        except ProfileError as error:
            raise ProfileError(error.what, where=f"profile : {error.where}", way_out=error.way_out) from error


class Travel(Inputs):
    """How people travel; without a network, times are outlined and said to be so."""

    mode: Annotated[Mode, Field(description="Mode de déplacement.")] = Mode.CAR
    network: Annotated[
        Name | None,
        Field(
            description="Réseau de rues chargé sur ce serveur, ou « osrm » ; sans lui, les temps sont des estimations."
        ),
    ] = None
    feeds: Annotated[
        tuple[Name, ...] | None,
        Field(min_length=1, max_length=50, description="Horaires à utiliser (transit) ; tous par défaut."),
    ] = None
    week_of: Annotated[date | None, Field(description="Un jour de la semaine dont on lit les horaires (transit).")] = (
        None
    )
    weekday: Annotated[
        Word, Field(description="Jour du cours quand la source ne dit rien (transit).", examples=["mardi", "tue"])
    ] = DEFAULT_DAY
    arrive_by: Annotated[
        Hour, Field(description="Début du cours quand la source ne dit rien (transit), HH:MM.", examples=["09:00"])
    ] = DEFAULT_START
    until: Annotated[
        Hour, Field(description="Fin du cours quand la source ne dit rien (transit), HH:MM.", examples=["11:30"])
    ] = DEFAULT_END
    latest_return: Annotated[
        LateHour,
        Field(description="Heure après laquelle on n'attend plus personne chez soi (transit), HH:MM, jusqu'à 30:00."),
    ] = DEFAULT_RETURN

    def means(self) -> Means:
        """Return how people travel; OptionError where timetables are spoken of by another mode."""
        of_timetables = {
            "feeds": self.feeds is not None,
            "week_of": self.week_of is not None,
            "weekday": self.weekday != DEFAULT_DAY,
            "arrive_by": self.arrive_by != DEFAULT_START,
            "until": self.until != DEFAULT_END,
            "latest_return": self.latest_return != DEFAULT_RETURN,
        }
        given = [name for name, there in of_timetables.items() if there]
        if self.mode is not Mode.TRANSIT and given:
            raise OptionError(
                f"{', '.join(given)} n'a de sens qu'avec les transports en commun",
                where=f"mode = {self.mode.value}",
                way_out="demander mode = transit, ou retirer ce champ",
            )
        return Means(
            mode=self.mode,
            network=self.network,
            feeds=self.feeds,
            week_of=self.week_of,
            weekday=weekday_of(self.weekday),
            class_start=self.arrive_by,
            class_end=self.until,
            latest_return=self.latest_return,
        )


class Question(Travel, Answered):
    """Where, which course, for whom, how far, by what means, when. Who asks is never among it."""

    territory: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            description="Code ou nom de commune, EPCI, département, région (R32), liste à virgules, ou « france ».",
            examples=["62", "R32", "Lens"],
        ),
    ]
    kind: Annotated[
        Kind | None, Field(description="Type de cours ; celui du profil, ou alphabetisation par défaut.")
    ] = None
    level: Annotated[Level | None, Field(description="Niveau à l'entrée ; tous par défaut.")] = None
    minutes: Annotated[
        float, Field(ge=1, le=600, allow_inf_nan=False, description="Durée maximale du trajet, en minutes.")
    ] = DEFAULT_MINUTES
    as_of: Annotated[
        date | None,
        Field(
            description="Jour auquel les offres sont regardées ; celui de la demande par défaut.",
            examples=["2026-10-01"],
        ),
    ] = None
    share: Annotated[
        float | None,
        Field(
            ge=0, le=1, allow_inf_nan=False, description="Part des personnes concernées par ce type de cours (0 à 1)."
        ),
    ] = None
    profile: Annotated[Learner | None, Field(description="Ce qu'on sait de la personne qui apprend.")] = None

    def request(self, *, viewer: Viewer, today: date) -> Request:
        """Return the question of the jobs, for a viewer.

        Raises
        ------
        UnknownTerritoryError, OptionError, ProfileError
            What cannot be understood; nothing is read from the store.
        """
        check_territory(self.territory)
        who = self.profile.profile() if self.profile is not None else None
        return Request(
            territory=self.territory,
            kind=self.kind or _kind_of(who or Profile()),
            minutes=self.minutes,
            as_of=self.as_of or today,
            level=self.level,
            means=self.means(),
            viewer=viewer,
            share=self.share,
            learner=who,
        )


def check_territory(named: str) -> None:
    """Refuse a territory nobody knows, naming the field (UnknownTerritoryError)."""
    try:
        territories.select(named)
    except UnknownTerritoryError as error:
        error.where = error.where or "territory"
        raise


def _kind_of(said: Profile) -> Kind:
    """Return the kind a profile asks for; alphabétisation where it says nothing. OptionError for several."""
    if said.goal is None and said.schooling is None:
        return Kind.ALPHABETISATION
    if len(said.kinds) == 1:
        return next(iter(said.kinds))
    raise OptionError(
        "plusieurs types de cours répondent à ce but ou à cette scolarité",
        where="kind",
        way_out=f"en choisir un : {', '.join(sorted(kind.value for kind in said.kinds))}",
    )
