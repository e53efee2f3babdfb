"""Options that several commands share, with their French help."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from geo_integration import territories
from geo_integration.disclosure import Viewer, parse_viewer
from geo_integration.errors import OptionError
from geo_integration.jobs.means import Means
from geo_integration.settings import settings
from geo_integration.store import Store, open_store
from geo_integration.text import fold
from geo_integration.travel.transit.class_hours import DEFAULT_DAY, DEFAULT_END, DEFAULT_START, WEEKDAYS
from geo_integration.vocabulary import Kind, Level, Mode

StoreOption = Annotated[
    str | None, typer.Option("--store", help="Dossier de l'entrepôt. [dim]Variable : GEO_INTEGRATION_STORE[/]")
]
TerritoryOption = Annotated[
    str,
    typer.Option(help="Code ou nom de commune, EPCI, département, région (R32), liste à virgules, ou « france »."),
]
KindOption = Annotated[Kind, typer.Option(help="Type de cours.")]
LevelOption = Annotated[Level | None, typer.Option(help="Niveau à l'entrée ; tous par défaut.")]
ModeOption = Annotated[Mode, typer.Option(help="Mode de déplacement.")]
MinutesOption = Annotated[float, typer.Option(min=1, max=600, help="Durée maximale du trajet, en minutes.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Jour auquel les offres sont regardées ; aujourd'hui par défaut."
    ),
]
ViewerOption = Annotated[
    str,
    typer.Option(
        help="Destinataire : public, administrator, referent:62,59 ou contractor:ETUDE:62 ; ce qu'il ne peut pas voir "
        "est protégé."
    ),
]
ShareOption = Annotated[
    float | None, typer.Option(min=0, max=1, help="Part des personnes concernées par ce type de cours (0 à 1).")
]
NetworkOption = Annotated[
    str | None,
    typer.Option(
        "--network", help="Réseau de rues (voir network list), ou « osrm » ; sans lui, les temps sont des estimations."
    ),
]
StreetsOption = Annotated[
    str | None,
    typer.Option("--network", help="Réseau de rues (voir network list) ; il en faut un, sauf en transports en commun."),
]
FeedOption = Annotated[
    list[str] | None,
    typer.Option("--feed", help="Horaires à utiliser (voir transit list), répétable ; tous par défaut."),
]
WeekOption = Annotated[
    datetime | None,
    typer.Option(
        "--week-of",
        formats=["%Y-%m-%d"],
        help="Un jour de la semaine dont on lit les horaires (transit) : hors vacances, vacances…",
    ),
]
WeekdayOption = Annotated[
    str, typer.Option(help="Jour du cours quand la source ne dit rien (transit) : mardi, mercredi… ou tue, wed…")
]
ArriveByOption = Annotated[
    str, typer.Option("--arrive-by", help="Début du cours quand la source ne dit rien (transit), HH:MM.")
]
UntilOption = Annotated[str, typer.Option(help="Fin du cours quand la source ne dit rien (transit), HH:MM.")]
LatestReturnOption = Annotated[
    str, typer.Option(help="Heure après laquelle on n'attend plus personne chez soi (transit), HH:MM, jusqu'à 30:00.")
]
AddressesOption = Annotated[str | None, typer.Option(help="Base d'adresses : fichier CSV, ou « ban ».")]

DEFAULT_WEEKDAY, DEFAULT_RETURN, DEFAULT_VIEWER = DEFAULT_DAY, "23:59", "administrator"


def opened(location: str | None) -> Store:
    """Open the store an option names, or that of the settings."""
    return open_store(location or settings().store)


def viewer_of(text: str) -> Viewer:
    """Return the viewer an option names; OptionError for none."""
    return parse_viewer(text, known_departements=territories.departements(geometry=False)["code"])


def now() -> datetime:
    """Return the instant, which jobs are given rather than read."""
    return datetime.now(tz=UTC)


def day(as_of: datetime | None) -> date:
    """Return the day an option names, or today where the person is."""
    return as_of.date() if as_of else now().astimezone().date()


_FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def _weekday(text: str) -> str:
    """Return ``mon`` to ``sun`` from what a person types."""
    word = fold(text).strip()
    if word in WEEKDAYS:
        return word
    if word in _FRENCH_DAYS:
        return WEEKDAYS[_FRENCH_DAYS.index(word)]
    raise OptionError(
        f"« {text} » n'est pas un jour", where="--weekday", way_out=f"choisir : {', '.join(_FRENCH_DAYS)}"
    )


def means(
    mode: Mode,
    network: str | None,
    *,
    feeds: list[str] | None = None,
    week_of: datetime | None = None,
    weekday: str = DEFAULT_WEEKDAY,
    arrive_by: str = DEFAULT_START,
    until: str = DEFAULT_END,
    latest_return: str = DEFAULT_RETURN,
) -> Means:
    """Join the options that say how people travel; those of timetables are refused for other modes."""
    of_timetables = {
        "--feed": bool(feeds),
        "--week-of": week_of is not None,
        "--weekday": weekday != DEFAULT_WEEKDAY,
        "--arrive-by": arrive_by != DEFAULT_START,
        "--until": until != DEFAULT_END,
        "--latest-return": latest_return != DEFAULT_RETURN,
    }
    if mode is not Mode.TRANSIT and (given := [name for name, there in of_timetables.items() if there]):
        raise OptionError(
            f"{', '.join(given)} n'a de sens qu'avec les transports en commun",
            where=f"--mode {mode.value}",
            way_out="ajouter --mode transit, ou retirer cette option",
        )
    return Means(
        mode=mode,
        network=network,
        feeds=tuple(feeds) if feeds else None,
        week_of=week_of.date() if week_of else None,
        weekday=_weekday(weekday),
        class_start=arrive_by,
        class_end=until,
        latest_return=latest_return,
    )
