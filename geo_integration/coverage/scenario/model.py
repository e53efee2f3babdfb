"""A scenario: the question, the data it was asked of, and what is changed; a small file that can be replayed."""

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from geo_integration.coverage.scenario.actions import Action, Strict
from geo_integration.errors import ScenarioRefusedError
from geo_integration.files import replace_file
from geo_integration.vocabulary import Audience, Goal, Kind, Level, Mode, Schooling

VERSION: Literal[1] = 1
"""Changes whenever a file of before could be misread."""

_SHOWN = 80
"""Characters of a value that a message repeats."""


class LearnerAsked(Strict):
    """What else is known of the learner: the fields of :class:`geo_integration.coverage.learner.profile.Profile`."""

    schooling: Schooling | None = None
    goal: Goal | None = None
    statuses: tuple[Audience, ...] | None = None
    age: int | None = None
    free: tuple[str, ...] | None = None
    """Half-days, as ``mon-morning``."""
    child_care: bool = False
    free_of_charge: bool = False
    remote: bool = False
    starts_by: date | None = None
    silence_is_open: bool = True
    others_unknown: bool = False


class Asked(Strict):
    """The question the scenario answers."""

    territory: Annotated[str, Field(min_length=1)]
    kind: Kind
    minutes: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    as_of: date
    level: Level | None = None
    learner: LearnerAsked | None = None
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    mode: Mode = Mode.CAR
    network: str | None = None
    feeds: tuple[str, ...] | None = None
    week_of: date | None = None
    weekday: str | None = None
    class_start: str | None = None
    class_end: str | None = None
    latest_return: str | None = None


class Scenario(Strict):
    """A scenario file.

    Attributes
    ----------
    version : of the format.
    name : what to call it.
    question : what is asked of today and of the scenario.
    made_on : what it was made on: snapshot of each layer by its name, hash of the network and of each timetable.
    actions : what is changed, in order; an action sees what those before it did.
    """

    version: Literal[1] = VERSION
    name: Annotated[str, Field(min_length=1, max_length=200)]
    question: Asked
    made_on: dict[str, str] = Field(default_factory=dict)
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]

    def to_json(self) -> str:
        """Return the file's content; the same scenario always gives the same text."""
        said = self.model_dump(mode="json", exclude_none=True)
        said["made_on"] = dict(sorted(said["made_on"].items()))
        said["actions"] = [{"action": one["action"]} | one for one in said["actions"]]
        return json.dumps(said, ensure_ascii=False, indent=2) + "\n"

    def save(self, path: Path) -> None:
        """Write the file in one step."""
        replace_file(path, self.to_json().encode())

    def changed_since(self, now: Mapping[str, str]) -> list[str]:
        """Say in French which data are no longer those the scenario was made on."""
        found = []
        for name, then in sorted(self.made_on.items()):
            if name not in now:
                found.append(f"« {name} » n'est plus là (c'était {then[:12]}).")
            elif now[name] != then:
                found.append(f"« {name} » a changé depuis : {then[:12]} alors, {now[name][:12]} aujourd'hui.")
        new = sorted(set(now) - set(self.made_on)) if self.made_on else []
        return found + [f"« {name} » est venu s'ajouter depuis." for name in new]


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file; ScenarioRefusedError names the file, the action, the field, the value and the way out."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScenarioRefusedError(
            "ce fichier ne peut pas être lu", where=str(path), way_out="donner le chemin d'un fichier JSON de scénario"
        ) from error
    return parse_scenario(content, where=path.name)


def parse_scenario(content: str | bytes, *, where: str = "scénario") -> Scenario:
    """Read the content of a scenario file, as :func:`read_scenario`."""
    try:
        scenario = Scenario.model_validate_json(content)
    except ValidationError as error:
        # A list whose only action is refused is also called too short: that is no second problem.
        found = error.errors(include_url=False)
        problems = [one for one in found if one["type"] != "too_short"] or found
        raise _refusal(problems[0], len(problems) - 1, where) from error
    json.loads(content, object_pairs_hook=partial(_each_once, where))
    return scenario


def _each_once(where: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key given twice: the first value would be lost without a word."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ScenarioRefusedError(
            "ce champ est donné deux fois", where=place_of(where, field=twice), way_out="n'en garder qu'un"
        )
    return dict(pairs)


def place_of(where: str, *, number: int | None = None, action: str = "", field: str = "", value: object = None) -> str:
    """Return where something stands in a scenario: file, action, field, value."""
    parts = [where]
    if number is not None:
        parts.append(f"action n° {number}" + (f" ({action})" if action else ""))
    if field:
        parts.append(f"champ {field}")
    if value is not None:
        shown = str(value)
        parts.append(f"valeur « {shown[:_SHOWN]}{'…' if len(shown) > _SHOWN else ''} »")
    return ", ".join(parts)


def _refusal(problem: ErrorDetails, others: int, where: str) -> ScenarioRefusedError:
    """Turn what pydantic found into a message somebody can act on."""
    loc, kind = list(problem["loc"]), problem["type"]
    number, action = None, ""
    if len(loc) > 1 and loc[0] == "actions" and isinstance(loc[1], int):
        number, action = loc[1] + 1, str(loc[2]) if len(loc) > 2 else ""  # noqa: PLR2004 -- list, position, tag
        loc = loc[3:]
    context: dict[str, Any] = dict(problem.get("ctx", {}))
    field = str(context.get("field") or "") or ".".join(str(part) for part in loc)
    what, way_out = _words(kind, problem, context)
    given = None if kind in {"json_invalid", "missing"} else _value(problem["input"], context.get("field"))
    if others:
        what += f" (et {others} autre(s) problème(s))"
    place = place_of(where, number=number, action=action, field=field, value=given)
    return ScenarioRefusedError(what, where=place, way_out=way_out)


def _value(given: object, field: object) -> object:
    """Return the value of a field from what was given for the whole action."""
    if isinstance(given, Mapping):
        return given.get(field or "action")
    return getattr(given, str(field), given) if field else given


def _words(kind: str, problem: ErrorDetails, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong and the way out, in French."""
    if kind == "refused":
        return problem["msg"], str(context["way_out"])
    if kind in _FIXED:
        return _FIXED[kind]
    expected = str(context.get("expected", "")) or str(context.get("expected_tags", ""))
    if expected:
        return "valeur hors de la liste", f"valeurs acceptées : {expected.replace(' or ', ', ').replace("'", '')}"
    limits = {"ge": "au moins", "gt": "plus de", "le": "au plus", "lt": "moins de"}
    told = [f"{word} {context[name]:g}" for name, word in limits.items() if name in context]
    if told:
        return "nombre hors des limites", f"donner {', '.join(told)}"
    if "min_length" in context or "max_length" in context:
        return "trop court ou trop long", f"de {context.get('min_length', 0)} à {context.get('max_length', 200)}"
    wanted = next((word for part, word in _TYPES if part in kind), "une valeur de cette sorte")
    return f"ce n'est pas {wanted}", f"donner {wanted}"


_FIXED = {
    "json_invalid": ("ce n'est pas un fichier JSON, ou il est abîmé", "le corriger, ou repartir d'un scénario écrit"),
    "extra_forbidden": ("champ inconnu", "l'enlever, ou corriger son nom (voir docs/methods.md)"),
    "missing": ("champ absent", "le donner"),
    "union_tag_not_found": ("une action sans « action »", 'donner par exemple "action": "add_site"'),
    "too_short": ("rien à faire", "donner au moins une action"),
}
_TYPES = (
    ("int", "un nombre entier"),
    ("float", "un nombre"),
    ("finite", "un nombre"),
    ("date", "une date AAAA-MM-JJ"),
    ("bool", "true ou false"),
    ("string", "un texte"),
    ("tuple", "une liste"),
    ("dict", "un objet JSON"),
    ("model", "un objet JSON"),
)
