"""What is known of the ways to each offer, and the words that go with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from geo_integration.exports import Source
from geo_integration.jobs.means import Means
from geo_integration.search.found import Counts, Near, Search
from geo_integration.search.roads import Side, Ways
from geo_integration.search.warm import Warm
from geo_integration.territories.tables import attributes
from geo_integration.travel.snapping import Floats
from geo_integration.travel.transit.class_hours import HoursBasis, Slot
from geo_integration.vocabulary import Engine, Mode

METHOD = (
    "Chaque cours est d'abord comparé, critère par critère, à ce que la personne demande ; ce que la source ne dit pas "
    "reste inconnu. Puis le trajet est compté à l'aller et au retour, et le plus long des deux décide. {travel}"
)
_TRAVEL = {
    Engine.OUTLINE: "Temps en voiture : réseau simplifié (estimation).",
    Engine.STREETS: "Temps : rue par rue.",
    Engine.OSRM: "Temps : serveur OSRM.",
    Engine.TIMETABLE: "Temps : horaires publiés, marche rue par rue.",
    Engine.TIMETABLE_OUTLINE: "Temps : horaires publiés, marche estimée à vol d'oiseau allongé.",
}
_STRAIGHT = "Temps : ligne droite allongée de 30 % (estimation)."
_MODES = {
    Mode.CAR: "en voiture",
    Mode.BIKE: "à vélo",
    Mode.FOOT: "à pied",
    Mode.TRANSIT: "en transports en commun",
}


@dataclass(frozen=True)
class Hours:
    """The class hours some minutes are for: in French, as meetings of the week, and what of them is supposed."""

    text: str
    slots: tuple[Slot, ...]
    basis: HoursBasis


@dataclass(frozen=True)
class Travel:
    """The ways from an origin to each offer, in the order of the offers.

    Attributes
    ----------
    out, back : minutes, shape (offers,): ``inf`` beyond what was looked for, NaN not known or no place.
    hours : class hours they are for; None but by timetable.
    no_way_home : one gets there and not back; by timetable only.
    sources, notes : of the network.
    """

    out: Floats
    back: Floats
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    hours: Sequence[Hours | None] | None = None
    no_way_home: npt.NDArray[np.bool_] | None = None


def travel_of(side: Side, ways: Ways, warm: Warm) -> Travel:
    """Give each offer the minutes of its site."""
    return Travel(_of_offers(ways.out, warm.site), _of_offers(ways.back, warm.site), side.sources, side.notes)


def _of_offers(minutes: Floats, site: npt.NDArray[np.intp]) -> Floats:
    if not len(minutes):
        return np.full(len(site), np.nan)
    return np.where(site >= 0, minutes[site], np.nan)


def method_of(means: Means) -> str:
    """Say how fit and minutes are found, in French."""
    return METHOD.format(travel=travel_method(means))


def travel_method(means: Means) -> str:
    """Say what the minutes are computed on, in French."""
    return _STRAIGHT if means.engine is Engine.OUTLINE and means.mode is not Mode.CAR else _TRAVEL[means.engine]


def is_outline(means: Means) -> bool:
    """Say whether minutes are estimated on something simpler than streets."""
    return means.engine in {Engine.OUTLINE, Engine.TIMETABLE_OUTLINE}


def summary_text(counts: Counts, near: Near, question: Search) -> str:
    """Return the answer in one sentence, and never nothing where nobody knows."""
    longest = f"{question.minutes:g} {'minute' if question.minutes < 2 else 'minutes'}"  # noqa: PLR2004 -- French plural
    reach = f"à {longest} au plus {_MODES[question.means.mode]}, à l'aller comme au retour"
    parts: list[str] = []
    for count, one, several in (
        (counts.fits, "convient", "conviennent"),
        (counts.unknown, "pourrait convenir", "pourraient convenir"),
        (counts.full, "est complet", "sont complets"),
    ):
        if count:  # « autre » only after those it is other than: complets are not among those that fit
            noun = ("autre", "autres") if parts else ("cours", "cours")
            parts.append(_many(count, f"{noun[0]} {one}", f"{noun[1]} {several}"))
    found = f"{', '.join(parts)}, {reach}." if parts else f"Aucun cours qui convienne {reach}."
    if counts.not_known:
        found += f" Trajet non connu pour {_many(counts.not_known, 'cours de plus', 'cours de plus')}."
    if not parts and counts.too_far:
        found += f" {_many(counts.too_far, 'cours est trop loin', 'cours sont trop loin')}."
    warning = coverage_note(near)
    return f"{found} {warning}" if warning and not counts.fits else found


def coverage_note(near: Near) -> str:
    """Say that sources are silent here; empty where they are not."""
    if near.covered == "outside":
        return "Ce point est hors des communes de France : aucune source ne le couvre."
    if near.covered == "no":
        return (
            f"Aucune source chargée ne couvre {_departement(near.departement)} pour ce qui est demandé : ne rien "
            "trouver ne dit pas qu'il n'y a pas de cours."
        )
    if near.covered == "partly":
        return (
            f"Les sources chargées ne couvrent {_departement(near.departement)} que pour une partie des types de "
            "cours demandés."
        )
    return ""


@cache
def _departement(code: str | None) -> str:
    table = attributes("departements").set_index("code")["name"]
    return f"le département « {table.get(code, '')} » ({code})"


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count < 2 else several}"  # noqa: PLR2004 -- French plural
