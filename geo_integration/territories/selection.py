"""What ``--territory`` means: from what a person types to a list of communes."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geo_integration.errors import UnknownTerritoryError
from geo_integration.territories.codes import resolve
from geo_integration.territories.names import normalise
from geo_integration.territories.tables import attributes

_PREFIXES = {
    "commune": "commune",
    "epci": "epci",
    "arrondissement": "arrondissement",
    "arr": "arrondissement",
    "departement": "departement",
    "département": "departement",
    "dep": "departement",
    "region": "region",
    "région": "region",
    "reg": "region",
}
_TABLES = {
    "departement": "departements",
    "region": "regions",
    "epci": "epci",
    "arrondissement": "arrondissements",
    "commune": "communes",
}
_NAMED = ("departement", "region", "epci", "commune")  # a name without prefix: the first level that has it
_TITLES = {
    "departement": "département",
    "region": "région",
    "epci": "EPCI",
    "arrondissement": "arrondissement",
    "commune": "commune",
}
_COMMUNE = re.compile(r"\d[0-9AB]\d{3}")
_LOST_ZERO = re.compile(r"\d{4}")
_EPCI = re.compile(r"\d{9}")
_DEPARTEMENT = re.compile(r"\d{2,3}|2[AB]")
_REGION = re.compile(r"R(\d{2,3})")


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of communes that a person named.

    ``level`` is ``commune, epci, arrondissement, departement, region, france`` or ``multiple``; ``code`` and
    ``name`` are joined by commas where there are several; ``commune_codes`` is sorted and free of repeats;
    ``label_fr`` is ready for a title.
    """

    level: str
    code: str
    name: str
    commune_codes: tuple[str, ...]
    label_fr: str


def select(territory: str) -> Selection:
    """Return the communes of a territory.

    Parameters
    ----------
    territory : ``france``; a commune code (``62041``, former ones too), an EPCI (SIREN of 9 digits), a département
        (``62``, ``2A``, ``974``), a région (``R32``); an exact name, whatever its case and accents; or any
        of these behind ``commune:``, ``epci:``, ``arrondissement:``, ``departement:`` (``dep:``), ``region:``
        (``reg:``). Several, separated by commas. Two digits are always a département: ``32`` is Gers,
        ``R32`` Hauts-de-France. A name borne by several levels is the first of: département, région, EPCI,
        commune.

    Raises
    ------
    UnknownTerritoryError
        Unknown, or a name that several communes bear; the message suggests what comes nearest.
    """
    parts = [part.strip() for part in territory.split(",") if part.strip()]
    if not parts:
        raise UnknownTerritoryError(
            "territoire vide", way_out="Donnez un code ou un nom, par exemple 62, R32, 62041 ou france."
        )
    if len(parts) > 1 and any(normalise(territory) in _codes_by_name(level) for level in _NAMED):
        return _by_name(territory, _NAMED)  # "CC de Vitry, Champagne et Der" is one EPCI
    found = [_one(part) for part in parts]
    unique = list({(one.level, one.code): one for one in found}.values())
    return unique[0] if len(unique) == 1 else _joined(unique)


def _joined(found: list[Selection]) -> Selection:
    """Merge several selections into one."""
    return Selection(
        level="multiple",
        code=",".join(one.code for one in found),
        name=", ".join(one.name for one in found),
        commune_codes=tuple(sorted({code for one in found for code in one.commune_codes})),
        label_fr=", ".join(one.label_fr for one in found),
    )


def _one(text: str) -> Selection:
    """Return the selection of one territory, code or name, with or without prefix."""
    prefix, colon, rest = text.partition(":")
    if colon:
        level = _PREFIXES.get(prefix.strip().casefold())
        if level is None:
            raise UnknownTerritoryError(
                f"préfixe inconnu : « {prefix.strip()}: »",
                way_out="Préfixes possibles : commune:, epci:, arrondissement:, departement: (dep:), region: (reg:).",
            )
        return _within(level, rest.strip())
    if normalise(text) in {"france", "france entiere"}:
        return _france()
    clean = text.upper()
    if _COMMUNE.fullmatch(clean) or _LOST_ZERO.fullmatch(clean):
        return _unit("commune", resolve(clean))
    if _EPCI.fullmatch(clean):
        return _within("epci", clean)
    if _DEPARTEMENT.fullmatch(clean):
        return _within("departement", clean)
    region = _REGION.fullmatch(clean)
    return _within("region", region.group(1)) if region else _by_name(text, _NAMED)


def _within(level: str, text: str) -> Selection:
    """Return the unit of a level by its code, or else by its name."""
    clean = text.upper()
    if level == "commune" and _COMMUNE.fullmatch(clean):
        return _unit(level, resolve(clean))
    clean = clean.removeprefix("R") if level == "region" and _REGION.fullmatch(clean) else clean
    if clean in _names(level):
        return _unit(level, clean)
    if text.isdigit():
        raise UnknownTerritoryError(
            f"{_TITLES[level]} inconnu : « {text} »",
            way_out="Deux chiffres sont un département ; une région s'écrit R32 ou region:32 ; "
            "un EPCI a 9 chiffres, une commune 5 caractères.",
        )
    return _by_name(text, (level,))


def _by_name(text: str, levels: Iterable[str]) -> Selection:
    """Return the first unit of these levels that bears a name."""
    key = normalise(text)
    for level in levels:
        codes = _codes_by_name(level).get(key, ())
        if len(codes) == 1:
            return _unit(level, codes[0])
        if codes:
            listed = ", ".join(f"{code}" for code in codes[:12])
            raise UnknownTerritoryError(
                f"« {text} » : {len(codes)} {_TITLES[level]}s portent ce nom",
                way_out=f"Donnez le code : {listed}{'…' if len(codes) > 12 else ''}.",  # noqa: PLR2004
            )
    raise UnknownTerritoryError(f"« {text} » n'est pas un territoire connu", way_out=_suggest(key, levels))


def _suggest(key: str, levels: Iterable[str]) -> str:
    """Return a sentence with the names nearest to a key."""
    near: list[str] = []
    for level in levels:
        names = _codes_by_name(level)
        best = process.extract(key, list(names), scorer=OSA.normalized_similarity, score_cutoff=0.6, limit=3)
        near += [f"{_names(level)[names[name][0]]} ({level}:{names[name][0]})" for name, _, _ in best]
    if near:
        return f"Vouliez-vous dire : {', '.join(near[:4])} ?"
    return "Donnez un code (62, R32, 62041, un SIREN d'EPCI), un nom exact, ou france."


@cache
def _names(level: str) -> dict[str, str]:
    """Return the name of each code of a level."""
    table = attributes(_TABLES[level])
    return dict(zip(table["code"], table["name"], strict=True))


@cache
def _codes_by_name(level: str) -> dict[str, tuple[str, ...]]:
    """Return the codes of each normalised name of a level."""
    grouped: dict[str, list[str]] = {}
    for code, name in _names(level).items():
        keys = {normalise(name), *_without_kind(level, name)}
        for key in keys:
            grouped.setdefault(key, []).append(code)
    return {key: tuple(codes) for key, codes in grouped.items()}


def _without_kind(level: str, name: str) -> set[str]:
    """Return the name of an EPCI without its leading kind ("CC", "CA"…), which people leave out."""
    head, _, rest = name.partition(" ")
    return {normalise(rest)} if level == "epci" and rest and head in {"CC", "CA", "CU"} else set()


def _unit(level: str, code: str) -> Selection:
    """Return the selection of one known unit."""
    name = _names(level)[code]
    table = attributes("communes")
    codes = (code,) if level == "commune" else _codes(table, f"{level}_code", code)
    return Selection(level, code, name, codes, _LABELS[level](name, code))


def _codes(communes: pd.DataFrame, column: str, code: str) -> tuple[str, ...]:
    return tuple(communes.loc[communes[column] == code, "code"])


_LABELS: dict[str, Callable[[str, str], str]] = {
    "commune": lambda name, code: f"{name} ({code})",
    "epci": lambda name, _: name,
    "arrondissement": lambda name, _: f"arrondissement : {name}",
    "departement": lambda name, code: f"{name} ({code})",
    "region": lambda name, _: f"région {name}",
}


def _france() -> Selection:
    """Return every current commune."""
    return Selection("france", "france", "France", tuple(attributes("communes")["code"]), "France entière")
