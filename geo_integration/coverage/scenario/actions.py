"""What a scenario may do to the courses and the lines of today: each action as it stands in the file."""

import re
from datetime import date
from typing import Annotated, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from geo_integration.vocabulary import Audience, EntryMode, Kind, Level, Schooling

PREFIX = "scenario:"
"""Offers that a scenario adds are named so, after the number of the action: ``scenario:2``."""

type Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
type Degrees = Annotated[float, Field(allow_inf_nan=False)]
type Places = Annotated[int, Field(ge=0)]

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Strict(BaseModel):
    """A part of a scenario file: unknown keys and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def refused(what: str, field: str, way_out: str) -> NoReturn:
    """Refuse a value from within a validator, in French; the reader of the file says where it stands."""
    escaped = what.replace("{", "(").replace("}", ")")
    raise PydanticCustomError("refused", escaped, {"field": field, "way_out": way_out})


def _checked_hour(text: str | None) -> str | None:
    if text is not None and not _HOUR.fullmatch(text):
        refused("ce n'est pas une heure", "", "donner HH:MM, de 00:00 à 23:59")
    return text


class _Hours(Strict):
    """Days and hours of a class."""

    days: tuple[Weekday, ...] = ()
    start: str | None = None
    end: str | None = None

    _hours = field_validator("start", "end")(_checked_hour)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            refused(
                f"le cours finit à {self.end}, avant d'avoir commencé à {self.start}",
                "end",
                "donner une fin après le début, le même jour",
            )
        if len(set(self.days)) < len(self.days):
            refused("un jour est donné deux fois", "days", "donner chaque jour une fois")
        return self


class _Somewhere(Strict):
    """Where something goes: the mairie of a commune, or a point."""

    commune_code: str | None = None
    lon: Degrees | None = None
    lat: Degrees | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            refused("il faut lon et lat, ou aucun des deux", "lat" if self.lat is None else "lon", "donner les deux")
        if self.commune_code is None and self.lon is None:
            refused(
                "aucun lieu",
                "commune_code",
                "donner commune_code (la mairie en tient lieu), ou lon et lat en degrés WGS84",
            )
        if self.lon is not None and self.lat is not None and not (abs(self.lon) <= 180 and abs(self.lat) <= 90):  # noqa: PLR2004
            refused(
                f"position impossible : lon {self.lon}, lat {self.lat}",
                "lon",
                "donner des degrés WGS84 (longitude de -180 à 180, latitude de -90 à 90)",
            )
        return self


class AddSite(_Hours, _Somewhere):
    """Open a course somewhere.

    Levels, days, hours and places that are not given are not known, as for any course: a course without level is one of
    unknown fit for who asks for a level, and one without hours is supposed to meet when the question says.
    """

    action: Literal["add_site"] = "add_site"
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Kind
    levels: tuple[Level, ...] = ()
    schooling: Schooling = Schooling.UNKNOWN
    audience_exclusive: tuple[Audience, ...] = ()
    provider: str | None = None
    places: Places | None = None
    weekly_hours: Annotated[float, Field(gt=0, le=168)] | None = None
    start_date: date | None = None
    end_date: date | None = None
    entry_mode: EntryMode = EntryMode.UNKNOWN

    @model_validator(mode="after")
    def _decided(self) -> Self:
        if self.kind is Kind.UNKNOWN:
            refused("un cours qu'on ouvre a un type", "kind", "choisir un type, par exemple alphabetisation")
        if self.start_date is not None and self.end_date is not None and self.end_date < self.start_date:
            refused(
                f"le cours finit le {self.end_date}, avant d'avoir commencé le {self.start_date}",
                "end_date",
                "donner une fin après le début",
            )
        return self


class _Target(Strict):
    """Which courses: one by its identifier, or all those of a place."""

    offer_id: str | None = None
    site_id: str | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        _exactly_one(self, ("offer_id", "site_id"))
        return self


def _exactly_one(action: BaseModel, names: tuple[str, ...]) -> None:
    given = [name for name in names if getattr(action, name) is not None]
    if len(given) != 1:
        what = "rien n'est désigné" if not given else f"{' et '.join(given)} sont donnés à la fois"
        refused(what, given[-1] if given else names[0], f"donner l'un de : {', '.join(names)}")


class MoveSite(_Target, _Somewhere):
    """Move a course, or all courses of a place, to a commune or a point."""

    action: Literal["move_site"] = "move_site"


class CloseSite(Strict):
    """Close a course, all courses of a place, or all courses of who teaches in a commune."""

    action: Literal["close_site"] = "close_site"
    offer_id: str | None = None
    site_id: str | None = None
    commune_code: str | None = None
    provider: str | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.commune_code is None) != (self.provider is None):
            missing = "provider" if self.provider is None else "commune_code"
            refused("il faut la commune et l'organisme", missing, "donner commune_code et provider ensemble")
        _exactly_one(self, ("offer_id", "site_id", "provider"))
        return self


class _Sessions(Strict):
    """Which sessions: one, or all those of a course."""

    offer_id: str | None = None
    session_id: str | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        _exactly_one(self, ("offer_id", "session_id"))
        return self


class ChangeHours(_Hours, _Sessions):
    """Hold a class on other days or at other hours; what is not given stays."""

    action: Literal["change_hours"] = "change_hours"

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.days and self.start is None and self.end is None:
            refused("rien ne change", "days", "donner days, start ou end")
        return self


class ChangeCapacity(_Sessions):
    """Give a course so many places to take: 0 is full; more reopens it, whatever its closing date for registration."""

    action: Literal["change_capacity"] = "change_capacity"
    places: Places


class OpenLine(Strict):
    """Add the lines of a GTFS feed to those of the question.

    ``sha256`` is that of the file when the scenario was saved; a replay says so when it is another.
    """

    action: Literal["open_line"] = "open_line"
    name: Annotated[str, Field(min_length=1, max_length=200)]
    gtfs: Annotated[str, Field(min_length=1)]
    sha256: str | None = None


type Action = Annotated[
    AddSite | MoveSite | CloseSite | ChangeHours | ChangeCapacity | OpenLine, Field(discriminator="action")
]
