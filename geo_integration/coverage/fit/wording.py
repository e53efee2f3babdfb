"""How reasons are told: short French, in plain words, naming the value."""

from collections.abc import Collection, Iterable
from datetime import date

from geo_integration.schema import SEPARATOR
from geo_integration.travel.transit.class_hours import WEEKDAYS, hour_text
from geo_integration.vocabulary import Audience, HalfDay, Kind, Level, Schooling, Term, term

type Days = Iterable[str]
"""Weekday codes, ``mon`` to ``sun``."""

DAYS_FR = dict(zip(WEEKDAYS, ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), strict=True))
_HALF_DAYS = {HalfDay.MORNING: "matin", HalfDay.AFTERNOON: "après-midi", HalfDay.EVENING: "soir"}

_TO_WHOM = {
    Audience.BPI: "bénéficiaires de la protection internationale",
    Audience.CIR: "signataires du CIR",
    Audience.ASYLUM_SEEKER: "demandeurs d'asile",
    Audience.FOREIGNER: "personnes étrangères ou immigrées",
    Audience.PARENT: "parents d'élèves",
    Audience.UNDER_25: "jeunes de 16 à 25 ans",
    Audience.UNDER_18: "mineurs",
    Audience.WOMEN: "femmes",
    Audience.JOBSEEKER: "demandeurs d'emploi",
    Audience.WORKER: "salariés",
    Audience.RSA: "bénéficiaires du RSA",
    Audience.DISABLED: "personnes en situation de handicap",
    Audience.ANY: "tout public",
}

_FOR_WHOM = {
    Schooling.NONE: "les personnes jamais scolarisées",
    Schooling.ELSEWHERE: "les personnes scolarisées dans une autre langue",
    Schooling.FRENCH: "les personnes scolarisées en français",
}

_LONGEST = 90
"""Characters of a source's words quoted in a reason."""


def listed(words: Iterable[str], last: str = "ou") -> str:
    """Join words as one says them: « a, b ou c »."""
    every = list(words)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} {last} {every[-1]}" if every else ""


def audience_text(audience: Collection[Audience]) -> str:
    """Return « aux parents d'élèves ou aux femmes », in the order of the vocabulary."""
    return listed(f"aux {_TO_WHOM[one]}" for one in Audience if one in audience and one is not Audience.ANY)


def schooling_text(schooling: Schooling) -> str:
    """Return « les personnes jamais scolarisées »."""
    return _FOR_WHOM[schooling]


def labels(terms: Iterable[Term], last: str = "ou") -> str:
    """Return the labels of some terms, quoted, in the order of their vocabulary."""
    members = list(terms)
    order = list(type(members[0])) if members else []
    return listed((f"« {one.label} »" for one in sorted(members, key=order.index)), last)


def kind_text(code: str) -> str:
    """Return the label of a kind."""
    return f"« {term(Kind, code).label} »"


def levels_text(codes: str) -> str:
    """Return « A1, A2 »."""
    return ", ".join(term(Level, code).label for code in codes.split(SEPARATOR))


def day_text(iso: str | date) -> str:
    """Return ``12/01/2027``."""
    return (iso if isinstance(iso, date) else date.fromisoformat(iso)).strftime("%d/%m/%Y")


def times_text(start: int, end: int | None) -> str:
    """Return seconds of the day as « 18 h 30 – 20 h 30 », or « dès 18 h 30 »."""  # noqa: RUF002 -- a French dash
    return f"dès {hour_text(start)}" if end is None else f"{hour_text(start)} – {hour_text(end)}"  # noqa: RUF001


def half_day_text(half: HalfDay) -> str:
    """Return « matin »."""
    return _HALF_DAYS[half]


def quoted(text: str) -> str:
    """Return a source's words between French quotes, cut where they are long."""
    flat = " ".join(text.split())
    return f"« {flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1].rstrip() + '…'} »"
