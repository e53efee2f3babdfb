"""Where someone asks from, as an address line, a form or another program gives it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from geo_integration import territories
from geo_integration.errors import OptionError, UnknownTerritoryError
from geo_integration.jobs.whereabouts import spot
from geo_integration.sources.geocode import AddressBase
from geo_integration.territories import Place
from geo_integration.territories.codes import successor_of
from geo_integration.territories.tables import attributes

MAIRIE_NOTE = (
    "Les trajets partent de la mairie, qui tient lieu de la commune ; dans la commune même, ils durent au moins le "
    "temps moyen de la traverser jusqu'à son centre. Donner un point ou une adresse pour mieux."
)

_FRANCE = (
    (-5.5, 41.2, 10.0, 51.5),
    (-63.5, 14.0, -60.5, 18.5),
    (-55.0, 1.5, -51.0, 6.5),
    (-57.0, 46.5, -56.0, 47.5),
    (44.5, -21.6, 56.0, -12.2),
)
"""West, south, east, north of the parts of France: only to tell when longitude and latitude were exchanged."""

_EXACT, _APART, _KNOWN, _TOWN = 0.999, 0.05, 10, 10_000
_CHOICES = 5
_LONGEST = 200


@dataclass(frozen=True)
class Origin:
    """Where someone leaves from.

    Attributes
    ----------
    lon, lat : WGS84 degrees.
    label : what to call it, in French; a point is not repeated in words.
    commune_code : the commune its mairie stands for; None for a point or an address, which stand for themselves.
    radius_metres : of the disc of that commune's area.
    notes : what must be known of how it was understood.
    """

    lon: float
    lat: float
    label: str
    commune_code: str | None = None
    radius_metres: float | None = None
    notes: tuple[str, ...] = ()


def at_point(lon: float, lat: float) -> Origin:
    """Return a point; OptionError for one that is none, or whose coordinates were exchanged."""
    for name, value, most in (("lon", lon, 180), ("lat", lat, 90)):
        if not (math.isfinite(value) and abs(value) <= most):
            raise OptionError(
                f"{name} vaut {value}", where=name, way_out=f"donner des degrés WGS84, de -{most} à {most}"
            )
    if not _in_france(lon, lat) and _in_france(lat, lon):
        raise OptionError(
            "longitude et latitude semblent échangées : ce point est hors de France, l'inverse y est",
            where="lon, lat",
            way_out="donner lon (est, de -5 à 10 en métropole) et lat (nord, de 41 à 51)",
        )
    return Origin(lon, lat, "point donné")


def at_place(text: str) -> Origin:
    """Return the mairie of the commune a person names: name, postcode, INSEE code, ``commune:CODE``; typos forgiven.

    Raises
    ------
    UnknownTerritoryError
        Nothing is called so, or nearly so.
    OptionError
        Several communes are, none of them clearly meant.
    """
    said = text.strip()[:_LONGEST]
    prefix, colon, code = said.partition(":")
    if colon and prefix.strip().lower() == "commune":
        return at_commune(territories.resolve(code))
    upper = said.upper()
    found = territories.search(said, limit=2 * _CHOICES)
    exact = {place.code for place in found if place.score >= _EXACT}
    if upper in successor_of():
        current = successor_of()[upper]
        if exact <= {current}:
            return at_commune(current)
        raise _several(found, f"« {said} » est aussi le code INSEE de {_name(current)} (commune:{current})")
    return _named(said, found)


def at_commune(code: str) -> Origin:
    """Return the mairie of a commune by its current code; OptionError where its position is not known."""
    row = _communes()[code]
    if row.lon is None or row.lat is None:
        raise OptionError(
            f"la mairie de {row.name} ({code}) n'a pas de position connue", where="place", way_out="donner lon et lat"
        )
    label = f"{row.name} (mairie)"
    return Origin(row.lon, row.lat, label, code, row.radius_metres, (MAIRIE_NOTE,))


def at_address(text: str, addresses: AddressBase | None) -> Origin:
    """Return where an address is; OptionError where no base was set, or the base does not know it."""
    if addresses is None:
        raise OptionError(
            "ce service n'a pas de base d'adresses",
            where="address",
            way_out="donner lon et lat, ou une commune (place)",
        )
    found = spot(text[:_LONGEST], addresses=addresses, where="address")
    if found.is_mairie or not any(letter.isalpha() for letter in text):
        raise OptionError("l'adresse n'a pas de rue", where="address", way_out="rue, code postal et commune ; ou place")
    return Origin(found.lon, found.lat, "adresse donnée")


def origin_of(
    *,
    lon: float | None = None,
    lat: float | None = None,
    place: str | None = None,
    address: str | None = None,
    addresses: AddressBase | None = None,
) -> Origin:
    """Return where someone asks from, said in one of three ways; OptionError for none, several, or half a point."""
    ways = [lon is not None or lat is not None, bool(place and place.strip()), bool(address and address.strip())]
    if sum(ways) != 1:
        raise OptionError(
            "il faut un lieu de départ, et un seul", where="lon, lat, place, address", way_out="lon et lat, ou place"
        )
    if place and ways[1]:
        return at_place(place)
    if address and ways[2]:
        return at_address(address, addresses)
    if lon is None or lat is None:
        missing = "lon" if lon is None else "lat"
        raise OptionError(f"{missing} manque", where=missing, way_out="donner lon et lat")
    return at_point(lon, lat)


def departement_at(origin: Origin) -> str | None:
    """Return the département an origin lies in, None outside France."""
    code = origin.commune_code or territories.commune_at(origin.lon, origin.lat)
    return _communes()[code].departement if code is not None else None


@dataclass(frozen=True, slots=True)
class _Commune:
    name: str
    departement: str
    lon: float | None
    lat: float | None
    radius_metres: float | None


@cache
def _communes() -> Mapping[str, _Commune]:
    table = attributes("communes")
    columns = ("code", "name", "departement_code", "mairie_lon", "mairie_lat", "radius_metres")
    rows = zip(*(table[name].tolist() for name in columns), strict=True)
    return {row[0]: _Commune(row[1], row[2], *map(_number, row[3:])) for row in rows}


def _in_france(lon: float, lat: float) -> bool:
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in _FRANCE)


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)  # noqa: PLR0124 -- NaN is not itself


def _name(code: str) -> str:
    return f"{_communes()[code].name} ({code})"


def _named(said: str, found: Sequence[Place]) -> Origin:
    """Choose what is surely meant: the only exact name; else the nearest where it stands out, and say so."""
    if not found:
        raise UnknownTerritoryError(
            f"aucune commune ne s'appelle « {said} »",
            where="place",
            way_out="donner un nom de commune, un code postal, un code INSEE, ou lon et lat",
        )
    exact = [place for place in found if place.score >= _EXACT]
    exact = [place for place in exact if place.kind == "commune"] or exact
    if len({place.code for place in exact}) > 1:
        raise _several(exact, f"« {said} » désigne plusieurs communes")
    best = (exact or found)[0]
    others = [place for place in found if place.code != best.code]
    if exact and best.kind == "commune":
        return at_commune(best.code)
    # A name no commune bears any more must not hide a town that begins with it: Boulogne.
    clear = all(place.population < _TOWN for place in others) if exact else all(_outdone(one, best) for one in others)
    if not clear:
        raise _several(found, f"« {said} » peut désigner plusieurs communes")
    return _understood(said, best.code)


def _understood(said: str, code: str) -> Origin:
    note = f"« {said} » compris comme {_name(code)}."
    found = at_commune(code)
    return replace(found, notes=(note, *found.notes))


def _outdone(place: Place, best: Place) -> bool:
    """Say whether a place is clearly less likely meant: farther from what was typed, or of far fewer people."""
    return place.score <= best.score - _APART or place.population * _KNOWN <= best.population


def _several(found: Sequence[Place], what: str) -> OptionError:
    named = ", ".join(list(dict.fromkeys(f"{place.name} ({place.code})" for place in found))[:_CHOICES])
    return OptionError(what, where="place", way_out=f"donner commune:CODE ; choix : {named}")
