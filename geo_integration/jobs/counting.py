"""Counts in French: singular below two, a decimal where it matters, never a misleading 0."""

import pandas as pd

_TEN, _TENTH = 10, 0.1
_FEW = 0.05
"""Below it, one decimal would read 0,0."""

COVERAGE_BOUNDS = (
    "Au moins couvert : seuls comptent les cours sûrs de convenir d'après les sources.",
    "Au plus couvert : comptent aussi ceux dont les sources n'en disent pas assez (type, niveau, critère du profil).",
)
"""What both bounds of a coverage count."""

UNKNOWN_NEED = "Un besoin inconnu n'est pas un besoin nul : les communes concernées ne sont dans aucune somme."


UNKNOWN_NUMBER = "Nombre inconnu"
"""A key figure nobody can tell; its sentence begins with « de »."""


def number(value: float, decimals: int = 0) -> str:
    """Return a number in French."""
    return f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")


def between(low: float, high: float, decimals: int = 0) -> str:
    """Return two bounds in French; once where they read the same."""
    first, last = number(low, decimals), number(high, decimals)
    return first if first == last else f"{first} à {last}"


def lowered(text: str) -> str:
    """Return a label as it reads inside a sentence: its first letter lowered, acronyms kept."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def plural(value: float, one: str, many: str | None = None) -> str:
    """Return what a number counts, without the number: singular below two."""
    return one if abs(value) < 2 else many or f"{one}s"  # noqa: PLR2004 -- French plural


def total(values: "pd.Series[float]") -> float:
    """Return the sum of what is known: 0 of nothing at all, null where there is something and none of it is known."""
    return 0.0 if values.empty else float(values.astype("float64").sum(min_count=1))


def counted(value: float, one: str, many: str | None = None) -> str:
    """Return a whole number and what it counts: « 0 commune », « 1 commune », « 2 communes »."""
    return f"{number(value)} {plural(value, one, many)}"


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
    return "besoin inconnu" if pd.isna(value) else f"{amount(value)} {plural(value, one, many)}"


def span(low: float, high: float) -> str:
    """Return two bounds; once where they read the same."""
    first, last = amount(low), amount(high)
    return first if first == last else f"{first} à {last}"


def spanned(low: float, high: float, one: str, many: str | None = None) -> str:
    """Return two bounds and what they count: « 3 à 4 communes »."""
    return f"{span(low, high)} {plural(high, one, many)}"
