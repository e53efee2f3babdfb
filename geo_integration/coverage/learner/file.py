"""A learner's profile from plain words: options of the command line, or a YAML file, in French or by code."""

from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from geo_integration.coverage.learner.profile import WEEKDAYS, Free, Profile
from geo_integration.errors import MissingDataError, OptionError, ProfileError
from geo_integration.text import fold
from geo_integration.travel.transit.class_hours import weekday_of
from geo_integration.vocabulary import Audience, Goal, HalfDay, Kind, Level, Schooling, Term

_LARGEST_BYTES = 100_000
_YES, _NO = ("oui", "true", "yes", "vrai"), ("non", "false", "no", "faux")
_NONE_OF_THEM = ("aucune", "aucun", "none")
_HALF_DAYS = {"matin": HalfDay.MORNING, "apres-midi": HalfDay.AFTERNOON, "soir": HalfDay.EVENING} | {
    half.value: half for half in HalfDay
}

_ALSO_SAID: dict[str, Audience] = {
    "refugie": Audience.BPI,
    "signataire cir": Audience.CIR,
    "etranger": Audience.FOREIGNER,
    "etrangere": Audience.FOREIGNER,
    "parent": Audience.PARENT,
    "femme": Audience.WOMEN,
    "handicap": Audience.DISABLED,
}

KEYS: dict[str, tuple[str, ...]] = {
    "kind": ("type", "type_de_cours"),
    "level": ("niveau",),
    "schooling": ("scolarite",),
    "goal": ("but",),
    "statuses": ("situations", "situation"),
    "age": (),
    "free": ("libre", "disponibilites"),
    "child_care": ("garde_d_enfants", "garde_enfants"),
    "free_of_charge": ("gratuit",),
    "remote": ("a_distance", "distance"),
    "starts_by": ("commence_avant", "debut_au_plus_tard"),
    "minutes": ("trajet_minutes", "trajet"),
    "silence_is_open": ("silence_vaut_ouvert",),
    "others_unknown": ("autres_situations_inconnues",),
}
"""Keys of a profile file: the name of each attribute of :class:`Profile`, and how else it may be written."""


def profile_of(  # noqa: PLR0913 -- one parameter per thing known of a learner
    path: Path | None = None,
    *,
    kind: str | None = None,
    level: str | None = None,
    schooling: str | None = None,
    goal: str | None = None,
    statuses: Iterable[str] | str | None = None,
    age: float | str | None = None,
    free: Iterable[str] | str | None = None,
    child_care: bool | str = False,
    free_of_charge: bool | str = False,
    remote: bool | str = False,
    starts_by: date | str | None = None,
    minutes: float | str | None = None,
    silence_is_open: bool | str = True,
    others_unknown: bool | str = False,
) -> Profile | None:
    """Read a profile from a file and from words typed, which win over those of the file.

    Parameters
    ----------
    path : YAML file (:func:`read_profile`); None for none.
    kind, level, schooling, goal : code or French label of the vocabulary.
    statuses : codes or labels, a list or joined by commas; « aucune »: none of them.
    age, minutes : numbers.
    free : half-days, a list or joined by commas: ``mon-morning``, « lundi-matin », « lundi » (all day), « soir »
        (every day).
    child_care, free_of_charge, remote, silence_is_open, others_unknown : true or false, « oui » or « non ».
    starts_by : ``AAAA-MM-JJ`` or ``JJ/MM/AAAA``.

    Returns
    -------
    The profile; None where nothing at all is said.

    Raises
    ------
    MissingDataError
        No such file.
    ProfileError
        A value that is not one, or a profile that contradicts itself.
    """
    lines, told = ({}, {}) if path is None else _content(path)
    typed = {
        "kind": kind,
        "level": level,
        "schooling": schooling,
        "goal": goal,
        "statuses": statuses or None,
        "age": age,
        "free": free or None,
        "child_care": child_care or None,
        "free_of_charge": free_of_charge or None,
        "remote": remote or None,
        "starts_by": starts_by,
        "minutes": minutes,
        "silence_is_open": None if silence_is_open is True else silence_is_open,
        "others_unknown": others_unknown or None,
    }
    typed = {name: value for name, value in typed.items() if value is not None}
    if path is None and not typed:
        return None
    places = {name: _place(path, name, line) for name, line in lines.items()} | {name: _option(name) for name in typed}
    read = {name: _READ[name](value, places[name]) for name, value in (told | typed).items()}
    try:
        return Profile(**read)
    except ProfileError as error:
        where = "profil" if path is None else f"profil {path}"
        raise ProfileError(error.what, where=where, way_out=error.way_out) from error


def read_profile(path: Path) -> Profile:
    """Read a profile from a YAML file whose keys are :data:`KEYS`.

    Raises
    ------
    MissingDataError
        No such file.
    ProfileError
        A file that is no YAML mapping, an unknown or repeated key, a value that is not one, a profile that contradicts
        itself; with the file, the line, the key and the value.
    """
    return profile_of(path) or Profile()


def read_free(words: Iterable[str], *, where: str = "profil, free") -> Free:
    """Read half-days: ``mon-morning``, « lundi matin », « lundi », « soir ».

    Raises
    ------
    ProfileError
        No half-day, or a word that is none.
    """
    found: set[tuple[str, HalfDay]] = set()
    for word in words:
        days, halves = _half_days(word, where)
        found |= {(day, half) for day in days for half in halves}
    if not found:
        raise ProfileError("aucune demi-journée libre", where=where, way_out="par exemple lundi-matin, mardi-soir")
    return frozenset(found)


def _half_days(word: str, where: str) -> tuple[tuple[str, ...], tuple[HalfDay, ...]]:
    text = fold(word.strip()).replace(" ", "-").replace("_", "-")
    first, _, rest = text.partition("-")
    if text in _HALF_DAYS:
        return WEEKDAYS, (_HALF_DAYS[text],)
    try:
        day = weekday_of(first)
    except OptionError as error:
        raise _wrong_half_day(word, where) from error
    if rest and rest not in _HALF_DAYS:
        raise _wrong_half_day(word, where)
    return (day,), (_HALF_DAYS[rest],) if rest else tuple(HalfDay)


def _wrong_half_day(word: str, where: str) -> ProfileError:
    return ProfileError(
        f"« {word} » n'est pas une demi-journée",
        where=where,
        way_out="un jour et matin, apres-midi ou soir : lundi-matin, mon-morning ; lundi : toute la journée",
    )


def _term[T: Term](terms: type[T], text: object, where: str) -> T:
    said = fold(str(text).strip())
    for member in terms:
        if said in {fold(member.value), fold(member.label)}:
            return member
    accepted = ", ".join(f"{member.value} ({member.label})" for member in terms if member.value not in _NOBODYS)
    raise ProfileError(f"« {text} » n'est pas une valeur connue", where=where, way_out=f"choisir parmi : {accepted}")


_NOBODYS = ("unknown", "any")
"""Values a source may have, and a person may not ask for or be."""


def _statuses(given: Iterable[str] | str, where: str) -> frozenset[Audience]:
    words = _words(given)
    if not words and given not in ([], ()):  # an empty word is not « aucune »: that would refuse every reserved course
        raise ProfileError("aucune situation", where=where, way_out="nommer une situation, ou écrire « aucune »")
    if len(words) == 1 and fold(words[0]) in _NONE_OF_THEM:
        return frozenset()
    return frozenset(_ALSO_SAID.get(fold(word)) or _term(Audience, word, where) for word in words)


def _words(given: Iterable[str] | str) -> list[str]:
    parts = given.split(",") if isinstance(given, str) else [str(part) for part in given]
    return [part.strip() for part in parts if part.strip()]


def _number(given: object, where: str, *, whole: bool = False) -> float:
    try:
        number = float(str(given).strip().replace(",", "."))
    except ValueError:
        number = float("nan")
    if isinstance(given, bool) or number != number or (whole and number % 1):  # noqa: PLR0124 -- NaN is not itself
        kind = "un nombre entier" if whole else "un nombre"
        raise ProfileError(f"« {given} » n'est pas {kind}", where=where, way_out=f"donner {kind}")
    return int(number) if whole else number


def _truth(given: object, where: str) -> bool:
    if isinstance(given, bool):
        return given
    said = fold(str(given).strip())
    if said in _YES or said in _NO:
        return said in _YES
    raise ProfileError(f"« {given} » n'est ni oui ni non", where=where, way_out="écrire oui ou non")


def _day(given: object, where: str) -> date:
    if isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(str(given).strip(), form).date()  # noqa: DTZ007 -- a day has no time zone
        except ValueError:
            continue
    raise ProfileError(f"« {given} » n'est pas une date", where=where, way_out="écrire 2026-12-01 ou 01/12/2026")


_READ: dict[str, Callable[[Any, str], Any]] = {
    "kind": partial(_term, Kind),
    "level": partial(_term, Level),
    "schooling": partial(_term, Schooling),
    "goal": partial(_term, Goal),
    "statuses": _statuses,
    "age": partial(_number, whole=True),
    "free": lambda given, where: read_free(_words(given), where=where),
    "child_care": _truth,
    "free_of_charge": _truth,
    "remote": _truth,
    "starts_by": _day,
    "minutes": _number,
    "silence_is_open": _truth,
    "others_unknown": _truth,
}
"""How each attribute is read from a value and where it comes from."""


def _content(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """Return the line and the value of each key, by attribute of a profile."""
    node = _root(path)
    lines: dict[str, int] = {}
    values: dict[str, Any] = {}
    loader = yaml.SafeLoader("")
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = _attribute(_value(loader, key, f"{path}, ligne {line}"), path, line)
        if name in lines:
            raise ProfileError(
                f"« {key.value} » est dit deux fois",
                where=f"{path}, lignes {lines[name]} et {line}",
                way_out="n'en garder qu'un",
            )
        lines[name], values[name] = line, _plain(_value(loader, value, _place(path, name, line)), name, path, line)
    return lines, {name: value for name, value in values.items() if value is not None}


def _value(loader: yaml.SafeLoader, node: yaml.Node, where: str) -> Any:  # noqa: ANN401 -- whatever YAML holds
    """Return what a node says; a day that is none (2026-02-30) or a tag of somebody's own is refused."""
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:  # what PyYAML lets through
        raise ProfileError(f"« {node.value} » n'est pas une valeur", where=where, way_out=_WAY_OUT) from error


def _root(path: Path) -> yaml.MappingNode:
    if not path.is_file():
        raise MissingDataError("profil introuvable", where=str(path), way_out="donner un fichier YAML")
    if path.stat().st_size > _LARGEST_BYTES:
        raise ProfileError("fichier trop gros pour un profil", where=str(path), way_out="donner un fichier YAML court")
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", ligne {mark.line + 1}" if mark is not None else ""
        raise ProfileError("ce n'est pas du YAML", where=f"{path}{line}", way_out=_WAY_OUT) from error
    if not isinstance(node, yaml.MappingNode):
        raise ProfileError("aucune ligne « clé : valeur »", where=str(path), way_out=_WAY_OUT)
    return node


_WAY_OUT = "une ligne par clé, par exemple « scolarite: none »"


def _attribute(key: Hashable, path: Path, line: int) -> str:
    said = fold(str(key).strip()).replace(" ", "_").replace("-", "_").replace("'", "_")
    for name, others in KEYS.items():
        if said == name or said in others:
            return name
    known = ", ".join(others[0] if others else name for name, others in KEYS.items())
    raise ProfileError(f"clé inconnue : « {key} »", where=f"{path}, ligne {line}", way_out=f"clés : {known}")


def _plain(value: object, name: str, path: Path, line: int) -> object:
    """Refuse what is no word, number, day or list of words."""
    several = name in {"statuses", "free"}
    fine = isinstance(value, (str, int, float, date)) or value is None
    if several and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    if not fine or (several and not isinstance(value, str) and value is not None):
        raise ProfileError(
            f"« {value} » n'est pas {'une liste de mots' if several else 'une valeur simple'}",
            where=f"{path}, ligne {line}, clé {name}",
            way_out="voir les exemples de la documentation des profils",
        )
    return value


def _place(path: Path | None, name: str, line: int) -> str:
    return f"{path}, ligne {line}, clé {name}"


def _option(name: str) -> str:
    return "--status" if name == "statuses" else f"--{name.replace('_', '-')}"
