"""The question of a newcomer, as it travels in an address from step to step. Reading one never fails."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, cast
from urllib.parse import urlencode

from api.finder import needs
from geo_integration.coverage.learner.profile import Profile
from geo_integration.errors import ProfileError
from geo_integration.messages import N_

HERE = "ici"
"""What ``place`` is where the position of the device is meant: it is never in an address."""
MINUTES = (15, 120)
"""Shortest and longest trip that can be asked."""
_MINUTES_SAID_BY_NOBODY = 45
_LONGEST = 120
"""Characters of a place that are read: no commune's name, and hardly an address, is longer."""
_MOST_PAGES = 1000
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\s]+")

GOAL_DROPPED = N_(
    "Aucun type de cours ne répond en même temps à ce que vous savez faire et à votre but. "
    "Nous cherchons avec ce que vous savez faire."
)
GOAL_NOT_FOR_WHO = N_("Ce but n'est pas possible dans votre situation. Nous cherchons sans ce but.")
WHO_DROPPED = N_("Votre situation ne va pas avec vos autres réponses. Nous cherchons sans en tenir compte.")


@dataclass(frozen=True)
class Asked:
    """A question; what is empty is not said.

    Attributes
    ----------
    place : ``commune:62041`` once settled, else what was typed, or :data:`HERE`.
    said : what was typed, where it was understood as something else; carried to the next page only, which tells it.
    need, goal, who, mode, when : codes of :mod:`api.finder.needs`.
    minutes : longest trip, each way.
    care, free, remote : with child care; free of charge; remote courses too.
    page : of the list, from 1.
    """

    place: str = ""
    said: str = ""
    need: str = ""
    goal: str = ""
    who: str = ""
    mode: str = ""
    when: tuple[str, ...] = ()
    minutes: int = _MINUTES_SAID_BY_NOBODY
    care: bool = False
    free: bool = False
    remote: bool = False
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Self:
        """Return what an address (or a form) asks; unknown names and values are as if they were not there."""
        given = _values(query)

        def first(name: str) -> str:
            return next(iter(given.get(name, ())), "")

        return cls(
            place=_text(first("place")),
            said=_text(first("said")),
            **{name: _code(first(name), choices) for name, choices in needs.CHOICES.items()},
            when=tuple(one.code for one in needs.TIMES if one.code in given.get("when", ())),
            minutes=_whole(first("minutes"), *MINUTES) or _MINUTES_SAID_BY_NOBODY,
            care=first("care") == "1",
            free=first("free") == "1",
            remote=first("remote") == "1",
            page=_whole(first("page"), 1, _MOST_PAGES) or 1,
        )

    @property
    def commune(self) -> str | None:
        """Return the code of the commune, where ``place`` is one."""
        prefix, _, code = self.place.partition(":")
        return code.strip().upper() if prefix.lower() == "commune" and code.strip() else None

    @property
    def here(self) -> bool:
        """Say whether the position of the device is meant."""
        return self.place == HERE

    @property
    def typed(self) -> bool:
        """Say whether ``place`` is words of somebody, an address perhaps: no page that repeats them is kept."""
        return bool(self.place) and not self.here and self.commune is None

    def fields(self, *without: str) -> list[tuple[str, str]]:
        """Return what is said, name by name, in a fixed order: the hidden fields of the next step.

        ``said`` and ``page`` are of one page, and not among them.
        """
        return [(name, value) for name, value in self.told() if name not in {"said", "page", *without}]

    def query(self, **changes: object) -> str:
        """Return the query string of this question, or of one that differs: "" or ``?place=…&need=…``.

        Names that are not of the question (``offer="…"``) come first.
        """
        own = {one.name for one in fields(self)}
        others = [(name, str(value)) for name, value in changes.items() if name not in own and value is not None]
        changed = replace(self, **{name: cast("Any", value) for name, value in changes.items() if name in own})
        pairs = [*others, *changed.told()]
        return f"?{urlencode(pairs)}" if pairs else ""

    def profile(self) -> tuple[Profile, tuple[str, ...]]:
        """Return the learner, and messages on what was left out because it contradicts the rest (goal, then who)."""
        without_goal = replace(self, goal="")
        without_both = replace(without_goal, who="")
        told = GOAL_DROPPED if _possible(replace(self, who="")) is None else GOAL_NOT_FOR_WHO
        for one, notes in ((self, ()), (without_goal, (told,)), (without_both, (told, WHO_DROPPED))):
            found = _possible(one)
            if found is not None:
                return found, notes if self.goal else notes[1:]
        return Profile(minutes=float(self.minutes)), (told, WHO_DROPPED)

    def told(self) -> list[tuple[str, str]]:
        """Return all that is said, name by name, in a fixed order."""
        pairs = (
            ("place", self.place),
            ("said", self.said),
            ("need", self.need),
            ("goal", self.goal),
            ("who", self.who),
            ("mode", self.mode),
            *(("when", one) for one in self.when),
            ("minutes", str(self.minutes) if self.minutes != _MINUTES_SAID_BY_NOBODY else ""),
            ("care", "1" if self.care else ""),
            ("free", "1" if self.free else ""),
            ("remote", "1" if self.remote else ""),
            ("page", str(self.page) if self.page > 1 else ""),
        )
        return [(name, value) for name, value in pairs if value]


def _possible(asked: Asked) -> Profile | None:
    try:
        return needs.profile_of(
            asked.need,
            asked.goal,
            asked.who,
            free=needs.half_days(asked.when),
            child_care=asked.care,
            free_of_charge=asked.free,
            remote=asked.remote,
            minutes=float(asked.minutes),
        )
    except ProfileError:
        return None


def _values(query: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every value of every name, whether of an address, a form (``multi_items``) or a plain mapping."""
    pairs = query.multi_items() if hasattr(query, "multi_items") else query.items()
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        values = value if isinstance(value, (list, tuple)) else (value,)
        found.setdefault(str(name), []).extend(one for one in values if isinstance(one, str))
    return found


def _text(value: str) -> str:
    return _NOT_TEXT.sub(" ", value[:_LONGEST]).strip()


def _code(value: str, choices: tuple[needs.Choice, ...]) -> str:
    return value if any(value == one.code for one in choices) else ""


def _whole(value: str, least: int, most: int) -> int | None:
    if not (value.isascii() and value.isdigit() and len(value) < len(str(most)) + 2):
        return None
    number = int(value)
    return number if least <= number <= most else None
