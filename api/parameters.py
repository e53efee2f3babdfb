"""Query parameters several routes share, with what OpenAPI says of them; and what they come to together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from api.service import ServiceDep
from geo_integration.coverage.learner.file import profile_of
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import GeoIntegrationError, OptionError
from geo_integration.jobs.means import Means
from geo_integration.search.origin import Origin
from geo_integration.travel.transit.class_hours import DEFAULT_DAY, DEFAULT_END, DEFAULT_START, weekday_of
from geo_integration.vocabulary import Goal, Kind, Level, Mode, Schooling

_HOUR = r"^([01]?\d|2\d|30):[0-5]\d$"
_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
_MOST_WORDS = 50
LATEST_RETURN = "23:59"

TerritoryParam = Annotated[
    str,
    Query(
        max_length=200,
        description="Code ou nom : commune, EPCI, département, région (R32), liste à virgules, ou « france ».",
        examples=["62", "200033579", "Arras"],
    ),
]
KindParam = Annotated[Kind, Query(description="Type de cours.", examples=["fle"])]
OptionalKindParam = Annotated[Kind | None, Query(description="Type de cours ; tous par défaut.", examples=["fle"])]
LevelParam = Annotated[Level | None, Query(description="Niveau à l'entrée ; tous par défaut.", examples=["A1"])]
MinutesParam = Annotated[
    float,
    Query(
        ge=1, le=600, allow_inf_nan=False, description="Durée maximale de chaque trajet, en minutes.", examples=[45.0]
    ),
]
ModeParam = Annotated[Mode, Query(description="Mode de déplacement.", examples=["car"])]
NetworkParam = Annotated[
    str | None,
    Query(
        pattern=_NAME,
        description="Réseau de rues de ce service ; sans lui, les temps en voiture, à vélo et à pied sont estimés.",
    ),
]
FeedsParam = Annotated[
    list[Annotated[str, Query(pattern=_NAME)]],
    Query(max_length=20, description="Horaires à utiliser (transports en commun), répétable ; tous par défaut."),
]
WeekOfParam = Annotated[
    date | None,
    Query(description="Un jour de la semaine dont on lit les horaires (transports en commun), ex. 2026-10-06."),
]
WeekdayParam = Annotated[
    str,
    Query(
        max_length=20,
        description="Jour du cours quand la source ne dit rien (transports en commun) : mardi, tue…",
        examples=[DEFAULT_DAY],
    ),
]
ArriveByParam = Annotated[
    str,
    Query(
        pattern=_HOUR,
        description="Début du cours quand la source ne dit rien (transports en commun), HH:MM.",
        examples=["09:00"],
    ),
]
UntilParam = Annotated[
    str,
    Query(
        pattern=_HOUR,
        description="Fin du cours quand la source ne dit rien (transports en commun), HH:MM.",
        examples=["11:30"],
    ),
]
LatestReturnParam = Annotated[
    str,
    Query(
        pattern=_HOUR,
        description="Heure après laquelle on n'attend plus personne chez soi (transports en commun), jusqu'à 30:00.",
        examples=[LATEST_RETURN],
    ),
]
AsOfParam = Annotated[
    date | None,
    Query(description="Jour auquel les offres sont regardées ; celui du service par défaut.", examples=["2026-10-01"]),
]
LimitParam = Annotated[int, Query(ge=1, le=200, description="Nombre de lignes au plus.", examples=[20])]
OffsetParam = Annotated[int, Query(ge=0, le=1_000_000, description="Lignes à sauter.", examples=[0])]


@contextmanager
def by_parameter() -> Iterator[None]:
    """Name query parameters, not options of the command line, in the errors raised inside."""
    try:
        yield
    except GeoIntegrationError as error:
        if error.where.startswith("--"):
            error.where = error.where.split(" ")[0].removeprefix("--").replace("-", "_")
        raise


def day_of(service: ServiceDep, as_of: AsOfParam = None) -> date:
    """Return the day the offers are looked at."""
    return as_of or service.today


def means_of(
    *,
    mode: ModeParam = Mode.CAR,
    network: NetworkParam = None,
    feed: FeedsParam = [],  # noqa: B006 -- FastAPI copies it
    week_of: WeekOfParam = None,
    weekday: WeekdayParam = DEFAULT_DAY,
    arrive_by: ArriveByParam = DEFAULT_START,
    until: UntilParam = DEFAULT_END,
    latest_return: LatestReturnParam = LATEST_RETURN,
) -> Means:
    """Return how people travel; OptionError where a timetable's parameter comes with another mode."""
    of_timetables = {
        "feed": bool(feed),
        "week_of": week_of is not None,
        "weekday": weekday != DEFAULT_DAY,
        "arrive_by": arrive_by != DEFAULT_START,
        "until": until != DEFAULT_END,
        "latest_return": latest_return != LATEST_RETURN,
    }
    if mode is not Mode.TRANSIT and (given := [name for name, there in of_timetables.items() if there]):
        raise OptionError(
            "une heure ou une semaine n'a de sens qu'avec les transports en commun",
            where=", ".join(given),
            way_out="ajouter mode=transit, ou retirer ce paramètre",
        )
    return Means(
        mode=mode,
        network=network,
        feeds=tuple(feed) or None,
        week_of=week_of,
        weekday=_weekday(weekday),
        class_start=arrive_by,
        class_end=until,
        latest_return=latest_return,
    )


def _weekday(text: str) -> str:
    try:
        return weekday_of(text)
    except OptionError as error:
        error.where = "weekday"
        raise


def learner_of(  # noqa: PLR0913 -- one parameter per thing known of a learner
    *,
    kind: OptionalKindParam = None,
    level: LevelParam = None,
    schooling: Annotated[
        Schooling | None, Query(description="Scolarité : none, elsewhere ou french.", examples=["elsewhere"])
    ] = None,
    goal: Annotated[
        Goal | None, Query(description="But ; il choisit les types de cours si aucun n'est nommé.", examples=["work"])
    ] = None,
    status: Annotated[
        list[Annotated[str, Query(max_length=60)]],
        Query(
            max_length=_MOST_WORDS,
            description="Situation (bpi, cir, parent…), répétable ; « aucune » : aucune d'elles. Sans elle, un cours "
            "réservé reste « inconnu ».",
            examples=[["bpi"]],
        ),
    ] = [],  # noqa: B006 -- FastAPI copies it
    age: Annotated[int | None, Query(ge=1, le=120, description="Âge, en années.", examples=[34])] = None,
    free: Annotated[
        list[Annotated[str, Query(max_length=40)]],
        Query(
            max_length=_MOST_WORDS,
            description="Demi-journées libres, répétable : mon-morning, lundi-matin, mardi, soir…",
            examples=[["lundi-matin", "soir"]],
        ),
    ] = [],  # noqa: B006 -- FastAPI copies it
    child_care: Annotated[bool, Query(description="Il faut une garde d'enfants pendant le cours.")] = False,
    free_of_charge: Annotated[bool, Query(description="Cours gratuits seulement.")] = False,
    remote: Annotated[bool, Query(description="Accepte un cours à distance.")] = False,
    starts_by: Annotated[
        date | None, Query(description="Premier cours au plus tard ce jour.", examples=["2026-11-15"])
    ] = None,
    silence_is_open: Annotated[
        bool, Query(description="Une session dont la source ne dit rien du recrutement compte comme ouverte.")
    ] = True,
) -> Profile:
    """Return the learner who asks; ProfileError for one that contradicts itself."""
    with by_parameter():
        found = profile_of(
            kind=kind.value if kind else None,
            level=level.value if level else None,
            schooling=schooling.value if schooling else None,
            goal=goal.value if goal else None,
            statuses=",".join(status),
            age=age,
            free=",".join(free),
            child_care=child_care,
            free_of_charge=free_of_charge,
            remote=remote,
            starts_by=starts_by,
            silence_is_open=silence_is_open,
        )
    return found or Profile()


DayDep = Annotated[date, Depends(day_of)]
MeansDep = Annotated[Means, Depends(means_of)]
LearnerDep = Annotated[Profile, Depends(learner_of)]


def origin_asked(
    *,
    service: ServiceDep,
    lon: Annotated[
        float | None,
        Query(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrés WGS84, ex. 3.0586."),
    ] = None,
    lat: Annotated[
        float | None,
        Query(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrés WGS84, ex. 50.6365."),
    ] = None,
    place: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Commune : nom (fautes de frappe pardonnées), code postal, code INSEE ou commune:CODE.",
            examples=["Lille", "62000", "commune:59350"],
        ),
    ] = None,
    address: Annotated[
        str | None,
        Query(max_length=200, description="Adresse avec code postal et commune, si ce service a une base d'adresses."),
    ] = None,
) -> Origin:
    """Return where somebody asks from: ``lon`` and ``lat``, ``place``, or ``address``."""
    with by_parameter():
        return service.finder.origin(lon=lon, lat=lat, place=place, address=address)


OriginDep = Annotated[Origin, Depends(origin_asked)]
