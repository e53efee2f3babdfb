"""Counts in French: singular below two, a decimal where it matters, never a misleading 0."""

import pandas as pd

from geo_integration.jobs.supply_words import number

_TEN, _TENTH = 10, 0.1
_FEW = 0.05
"""Below it, one decimal would read 0,0."""

COVERAGE_BOUNDS = (
    "Au moins couvert : seuls comptent les cours sûrs de convenir d'après les sources.",
    "Au plus couvert : comptent aussi ceux dont les sources n'en disent pas assez (type, niveau, critère du profil).",
)
"""What both bounds of a coverage count."""

UNKNOWN_NEED = "Un besoin inconnu n'est pas un besoin nul : les communes concernées ne sont dans aucune somme."


def counted(value: float, one: str, many: str | None = None) -> str:
    """Return a whole number and what it counts: « 0 commune », « 1 commune », « 2 communes »."""
    return f"{number(value)} {one if abs(value) < 2 else many or f'{one}s'}"  # noqa: PLR2004 -- French plural


def amount(value: float) -> str:
    """Return a number of people: 134, 1,4, 0; « moins de 0,1 » rather than a 0 that is none."""
    if pd.isna(value):
        return "inconnu"
    if 0 < abs(value) < _FEW:
        return f"moins de {number(_TENTH, 1)}"
    if abs(value) >= _TEN or value == 0:
        return number(value)
    return number(value, 1).removesuffix(",0")


def learners(value: float, one: str = "apprenant", many: str = "apprenants") -> str:
    """Return a number of learners, which an estimate seldom makes whole: « 1,4 apprenant », « 134 apprenants »."""
    return "besoin inconnu" if pd.isna(value) else f"{amount(value)} {one if abs(value) < 2 else many}"  # noqa: PLR2004


def span(low: float, high: float) -> str:
    """Return two bounds; once where they read the same."""
    first, last = amount(low), amount(high)
    return first if first == last else f"{first} à {last}"


def spanned(low: float, high: float, one: str, many: str | None = None) -> str:
    """Return two bounds and what they count: « 3 à 4 communes »."""
    return f"{span(low, high)} {one if abs(high) < 2 else many or f'{one}s'}"  # noqa: PLR2004 -- French plural
