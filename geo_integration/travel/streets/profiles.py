"""How each mode travels: the profiles of ``data/profiles``, checked when they are read.

A profile is data: one YAML file per mode, whose values name their sources (``data/profiles/README.md``).
What the values mean for one way or one node is in :mod:`usage`.
"""

import hashlib
from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from geo_integration.errors import MissingDataError, NetworkRefusedError, OptionError
from geo_integration.settings import settings
from geo_integration.sources.cells import nearest
from geo_integration.vocabulary import Mode

STREET_MODES = (Mode.CAR, Mode.BIKE, Mode.FOOT)
"""Modes that travel by street."""

_WAY_OUT = "corriger le profil, ou reprendre celui de data/profiles"
_LARGEST_BYTES = 1_000_000

Speed = Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)]
Cap = Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
Limits = dict[Literal["urban", "rural", "trunk", "motorway", "living_street", "zone", "pedestrian", "none"], Speed]


class _Part(BaseModel):
    """A part of a profile: no unknown key, no value taken for another, no change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Barriers(_Part):
    """What a barrier on a node does: nothing, a delay, or no way through."""

    passable: list[str]
    seconds: dict[str, Seconds]
    blocked: list[str]
    others: Literal["passable", "blocked"]


class Ferry(_Part):
    """Ferries: speed of a line without ``duration``, and seconds lost by boarding."""

    kmh: Speed
    boarding_seconds: Seconds


class ImpliedOneway(_Part):
    """What is one-way without saying so."""

    classes: list[str]
    junctions: list[str]


class Pushing(_Part):
    """Where a bike that may not be ridden is pushed."""

    kmh: Speed
    classes: list[str]
    against_oneway: bool


class Snaps(_Part):
    """How places are joined to the streets."""

    limit_metres: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]
    access_kmh: Speed
    not_on: list[str]
    tunnels: bool


class Profile(_Part):
    """How a mode travels in a country. The keys are those of the YAML file, explained in its README."""

    mode: Literal["car", "bike", "foot"]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    speeds_kmh: Annotated[dict[str, Speed], Field(min_length=1)]
    default_kmh: Speed
    maxspeed: Literal["replace", "cap", "ignore"]
    maxspeed_factor: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)]
    maxspeed_walk_kmh: Speed
    limit_of_class: dict[str, Literal["urban", "rural", "trunk", "motorway", "living_street"]]
    limits_kmh: dict[str, Limits]
    surface_kmh: dict[str, Cap]
    tracktype_kmh: dict[str, Cap]
    smoothness_kmh: dict[str, Cap]
    service_kmh: dict[str, Cap]
    refused_services: list[str]
    access: Annotated[list[str], Field(min_length=1)]
    refused: list[str]
    allowed: list[str]
    refused_classes: list[str]
    refused_where: dict[str, str]
    pushing: Pushing | None = None
    oneway: list[str]
    implied_oneway: ImpliedOneway
    opposite_cycleway: bool
    turn_restrictions: list[str]
    signal_seconds: Seconds
    stop_seconds: Seconds
    give_way_seconds: Seconds
    level_crossing_seconds: Seconds
    junction_seconds: Seconds
    time_factor: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]
    barriers: Barriers
    ferry: Ferry
    snaps: Snaps

    _country: str = PrivateAttr(default="FR")
    _sha256: str = PrivateAttr(default="")

    @property
    def country(self) -> str:
        """ISO code of the country whose limits hold."""
        return self._country

    @property
    def sha256(self) -> str:
        """SHA-256 of the file's bytes, in hexadecimal."""
        return self._sha256

    @property
    def limits(self) -> Limits:
        """Legal limits of the country, km/h."""
        return self.limits_kmh[self.country]

    @classmethod
    def load(cls, mode: Mode | str, *, country: str = "FR", folder: Path | None = None) -> Self:
        """Read the profile of a mode.

        Parameters
        ----------
        mode : ``car``, ``bike`` or ``foot``.
        country : ISO 3166 code of the country whose limits hold where a street does not tell its own.
        folder : where ``car.yaml``, ``bike.yaml`` and ``foot.yaml`` are; those of the project by default.

        Raises
        ------
        OptionError
            The mode has no streets of its own, or the country is in none of the profile's ``limits_kmh``.
        MissingDataError
            There is no such file.
        NetworkRefusedError
            The file is not YAML, or a key or a value is not one of a profile.
        """
        name = mode.value if isinstance(mode, Mode) else mode
        if name not in [known.value for known in STREET_MODES]:
            raise OptionError(
                f"« {name} » n'est pas un mode de rue", way_out="modes acceptés : " + ", ".join(STREET_MODES)
            )
        path = (settings().data / "profiles" if folder is None else folder) / f"{name}.yaml"
        if not path.is_file():
            raise MissingDataError(
                f"le profil « {name} » est absent",
                where=str(path),
                way_out="réinstaller le projet, ou donner un dossier",
            )
        content = path.read_bytes()
        profile = cls._checked(_mapping(content, path.name), path.name)
        if profile.mode != name:
            raise NetworkRefusedError(
                f"« {profile.mode} », attendu « {name} »", where=f"{path.name}, mode", way_out=_WAY_OUT
            )
        if country not in profile.limits_kmh:
            raise OptionError(
                f"pays inconnu du profil : « {country} »",
                where=path.name,
                way_out=f"pays connus : {', '.join(sorted(profile.limits_kmh))} ; en ajouter un sous limits_kmh",
            )
        return profile.stamped(country, hashlib.sha256(content).hexdigest())

    def stamped(self, country: str, sha256: str) -> Self:
        """Say which country's limits hold, and which file this is."""
        self._country, self._sha256 = country, sha256
        return self

    @classmethod
    def _checked(cls, content: dict[str, Any], file: str) -> Self:
        """Check the content of a file; the error names the file, the key and the value."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
            key = ".".join(str(part) for part in fault["loc"] if part != "[key]")
            if fault["type"] == "extra_forbidden":
                guess = nearest(key, list(cls.model_fields)) if len(fault["loc"]) == 1 else ""
                hint = f"vouliez-vous dire « {guess} » ? " if guess else ""
                what, way_out = f"clé inconnue : « {key} » (valeur {fault['input']!r})", hint + _WAY_OUT
            elif fault["type"] == "missing":
                what, way_out = f"clé absente : « {key} »", _WAY_OUT
            else:
                what, way_out = f"valeur refusée : {fault['input']!r} ({fault['msg']})", _WAY_OUT
            raise NetworkRefusedError(what, where=f"{file}, {key}", way_out=way_out) from error


class _NoRepeat(yaml.SafeLoader):
    """A YAML loader that refuses a key given twice, of which only the last would count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 -- PyYAML's
        """Build a mapping whose keys are all different."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"clé répétée : {key.value}", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _mapping(content: bytes, file: str) -> dict[str, Any]:
    """Return the keys and values of a YAML file."""
    if len(content) > _LARGEST_BYTES:
        raise NetworkRefusedError(f"fichier démesuré ({len(content)} octets)", where=file, way_out=_WAY_OUT)
    try:
        found = yaml.load(content.decode("utf-8-sig"), Loader=_NoRepeat)  # noqa: S506 -- a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        what = " ".join(str(error).split())
        raise NetworkRefusedError(f"YAML illisible ({what})", where=file, way_out=_WAY_OUT) from error
    if not isinstance(found, dict):
        raise NetworkRefusedError("des clés sont attendues (mode, name…)", where=file, way_out=_WAY_OUT)
    return found
