"""How much a course counts as it gets farther: the decay of a catchment, as a value.

Minutes are read as they are shown, to a tenth: 45.04 reads 45.0 and is within 45, as everywhere in the service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from geo_integration.errors import OptionError

_DECIMALS = 1

type Minutes = npt.NDArray[np.float32] | npt.NDArray[np.float64]


class Decay(Protocol):
    """The weight of a trip: 1 at 0 minute, never rising, 0 beyond the catchment and where nothing goes home."""

    @property
    def catchment_minutes(self) -> float:
        """Longest trip that counts, minutes."""

    def weight(self, minutes: Minutes) -> npt.NDArray[np.float64]:
        """Return the weight of each trip, 0 to 1, shape of ``minutes``; NaN where they are not known."""

    def describe(self) -> str:
        """Return what it does, in one French phrase."""


@dataclass(frozen=True)
class Step:
    """The same weight within each zone, as in Luo & Qi (2009).

    Attributes
    ----------
    ends : last minute of each zone, rising.
    weights : weight of each zone, from 1, falling, above 0.
    source : where they come from, in French.
    """

    ends: tuple[float, ...]
    weights: tuple[float, ...]
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse zones that do not rise and weights that do not fall (OptionError)."""
        said = f"zones {self.ends}, poids {self.weights}"
        if not self.ends or len(self.ends) != len(self.weights):
            raise OptionError(f"{said} : un poids par zone est attendu", where="décroissance par zones")
        for end in self.ends:
            _positive(end, "fin de zone")
        if any(after <= before for before, after in zip(self.ends, self.ends[1:], strict=False)):
            raise OptionError(f"{said} : les zones doivent s'éloigner", where="décroissance par zones")
        falls = all(after <= before for before, after in zip(self.weights, self.weights[1:], strict=False))
        if self.weights[0] != 1 or not falls or not self.weights[-1] > 0:
            raise OptionError(
                f"{said} : les poids doivent partir de 1, ne jamais remonter et rester au-dessus de 0",
                where="décroissance par zones",
                way_out="par exemple 1, 0.68, 0.22",
            )

    @property
    def catchment_minutes(self) -> float:
        """Longest trip that counts, minutes."""
        return self.ends[-1]

    def weight(self, minutes: Minutes) -> npt.NDArray[np.float64]:
        """Return the weight of the zone of each trip."""
        shown = _shown(minutes)
        zone = np.searchsorted(np.array(self.ends), shown, side="left")
        found = np.array([*self.weights, 0.0])[np.minimum(zone, len(self.ends))]
        return np.where(np.isnan(shown), np.nan, found)

    def describe(self) -> str:
        """Return what it does, in one French phrase."""
        starts = (0.0, *self.ends[:-1])
        zones = ", ".join(
            f"{_said(weight)} de {_said(start)} à {_said(end)} min"
            for start, end, weight in zip(starts, self.ends, self.weights, strict=True)
        )
        return f"poids par zones : {zones}, 0 au-delà" + (f" ({self.source})" if self.source else "")

    def stretched(self, catchment_minutes: float) -> "Step":
        """Return the same weights over a catchment of another length, zones in proportion."""
        _positive(catchment_minutes, "bassin")
        if catchment_minutes == self.catchment_minutes:
            return self
        ratio = catchment_minutes / self.catchment_minutes
        told = f"{self.source}, zones étirées en proportion" if self.source else ""
        return Step(tuple(round(end * ratio, 4) for end in self.ends), self.weights, told)


@dataclass(frozen=True)
class Binary:
    """Every trip within the catchment counts the same: the first two-step method (Luo & Wang, 2003)."""

    catchment_minutes: float

    def __post_init__(self) -> None:
        """Refuse a catchment out of range (OptionError)."""
        _positive(self.catchment_minutes, "bassin")

    def weight(self, minutes: Minutes) -> npt.NDArray[np.float64]:
        """Return 1 within the catchment."""
        return _cut(np.ones(np.shape(minutes)), minutes, self.catchment_minutes)

    def describe(self) -> str:
        """Return what it does, in one French phrase."""
        return (
            f"tout trajet de {_said(self.catchment_minutes)} min ou moins compte autant, 0 au-delà (Luo et Wang, 2003)"
        )


@dataclass(frozen=True)
class Linear:
    """The weight falls by the same amount each minute, to 0 at the end of the catchment."""

    catchment_minutes: float

    def __post_init__(self) -> None:
        """Refuse a catchment out of range (OptionError)."""
        _positive(self.catchment_minutes, "bassin")

    def weight(self, minutes: Minutes) -> npt.NDArray[np.float64]:
        """Return 1 - minutes / catchment, within it."""
        return _cut(1 - _shown(minutes) / self.catchment_minutes, minutes, self.catchment_minutes)

    def describe(self) -> str:
        """Return what it does, in one French phrase."""
        return f"poids qui baisse régulièrement de 1 sur place à 0 à {_said(self.catchment_minutes)} min"


@dataclass(frozen=True)
class Gaussian:
    """The weight falls along half a bell: exp(-minutes² / (2 sigma²)), as the Gaussian of PySAL ``access``.

    Attributes
    ----------
    catchment_minutes : longest trip that counts.
    sigma_minutes : width of the bell; at this many minutes the weight is 0.61.
    """

    catchment_minutes: float
    sigma_minutes: float

    def __post_init__(self) -> None:
        """Refuse a catchment or a width out of range (OptionError)."""
        _positive(self.catchment_minutes, "bassin")
        _positive(self.sigma_minutes, "largeur de la cloche")

    def weight(self, minutes: Minutes) -> npt.NDArray[np.float64]:
        """Return the height of the bell, within the catchment."""
        bell = np.exp(-0.5 * (_shown(minutes) / self.sigma_minutes) ** 2)
        return _cut(bell, minutes, self.catchment_minutes)

    def describe(self) -> str:
        """Return what it does, in one French phrase."""
        return (
            f"poids en cloche (gaussienne) : 0,61 à {_said(self.sigma_minutes)} min, 0 au-delà de "
            f"{_said(self.catchment_minutes)} min"
        )


@dataclass(frozen=True)
class Exponential:
    """The weight is halved every so many minutes.

    Attributes
    ----------
    catchment_minutes : longest trip that counts.
    half_minutes : minutes that halve the weight.
    """

    catchment_minutes: float
    half_minutes: float

    def __post_init__(self) -> None:
        """Refuse a catchment or a half-life out of range (OptionError)."""
        _positive(self.catchment_minutes, "bassin")
        _positive(self.half_minutes, "demi-vie")

    def weight(self, minutes: Minutes) -> npt.NDArray[np.float64]:
        """Return 2 to the power of -minutes / half, within the catchment."""
        return _cut(np.exp2(-_shown(minutes) / self.half_minutes), minutes, self.catchment_minutes)

    def describe(self) -> str:
        """Return what it does, in one French phrase."""
        half, most = _said(self.half_minutes), _said(self.catchment_minutes)
        return f"poids divisé par deux toutes les {half} min, 0 au-delà de {most} min"


def _said(value: float) -> str:
    """Return a number as French writes it: a weight to a hundredth, minutes to a tenth; no zero for nothing."""
    return (
        f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
        if value < 1
        else f"{round(value, 1):g}".replace(".", ",")
    )


def _positive(minutes: float, what: str) -> None:
    if not 0 < minutes < float("inf"):
        raise OptionError(
            f"{what} de {minutes:g} minutes", where="décroissance", way_out="donner une durée positive, en minutes"
        )


def _shown(minutes: Minutes) -> npt.NDArray[np.float64]:
    """Return minutes as they are shown; OptionError for a negative one."""
    shown = np.round(np.asarray(minutes, dtype=np.float64), _DECIMALS)
    if (shown < 0).any():
        raise OptionError(f"durée de {np.nanmin(shown):g} minutes", where="trajets", way_out="vérifier les temps")
    return shown


def _cut(weight: npt.NDArray[np.float64], minutes: Minutes, catchment: float) -> npt.NDArray[np.float64]:
    """Put 0 beyond the catchment, NaN where minutes are not known."""
    shown = _shown(minutes)
    return np.where(np.isnan(shown), np.nan, np.where(shown <= catchment, weight, 0.0))


LUO_QI_SLOW = Step((10.0, 20.0, 30.0), (1.0, 0.68, 0.22), "Luo et Qi, 2009, décroissance lente")
"""Zones of 10 minutes and the slow weights of Luo & Qi (2009), Health & Place 15(4)."""

LUO_QI_QUICK = Step((10.0, 20.0, 30.0), (1.0, 0.42, 0.09), "Luo et Qi, 2009, décroissance rapide")
"""The same zones and their quick weights."""

DECAYS: Mapping[str, Callable[[float], Decay]] = {
    "slow": LUO_QI_SLOW.stretched,
    "quick": LUO_QI_QUICK.stretched,
    "binary": Binary,
    "linear": Linear,
    "gaussian": lambda minutes: Gaussian(minutes, minutes / 2),
    "exponential": lambda minutes: Exponential(minutes, minutes / 3),
}
"""Decays by the name a user types, each made for a catchment in minutes."""


def decay_named(name: str, catchment_minutes: float) -> Decay:
    """Return a decay by its name; OptionError for a name that is not in :data:`DECAYS`, or a bad catchment."""
    if name not in DECAYS:
        raise OptionError(
            f"décroissance « {name} » inconnue", where="--decay", way_out=f"valeurs acceptées : {', '.join(DECAYS)}"
        )
    return DECAYS[name](catchment_minutes)
