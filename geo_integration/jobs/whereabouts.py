"""Where someone stands, as they say it: a point, a commune, an address."""

import re
from dataclasses import dataclass

from geo_integration import territories
from geo_integration.errors import OptionError
from geo_integration.sources.geocode import AddressBase

_POINT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*")
_FRENCH_POINT = re.compile(r"\s*(-?\d+,\d+)\s*[; ]\s*(-?\d+,\d+)\s*")
_CODE = re.compile(r"\d[0-9ABab]\d{3}")
_LAST_LINE = re.compile(r"(?P<street>.+?)[,\s]+(?P<postcode>\d{5})\s+(?P<town>.+)")
_SURE = 0.999


@dataclass(frozen=True)
class Spot:
    """A place: WGS84 degrees, what to call it, and how well it is known."""

    lon: float
    lat: float
    label: str
    is_mairie: bool = False
    """Whether the mairie of a commune stands in for it."""
    offer_id: str | None = None
    """The course held there, where it was named by its course."""


def spot(text: str, *, addresses: AddressBase | None = None, where: str = "--from") -> Spot:
    """Find the place a person names.

    Parameters
    ----------
    text : ``50.63,3.06`` (latitude, longitude in degrees, as maps show them), a commune's code or name (its
        mairie stands in), or an address ending in postcode and commune.
    addresses : address base to look streets up in.
    where : option named in errors.

    Raises
    ------
    OptionError
        Nothing of that name, several, or an address no base is given for.
    """
    found = _FRENCH_POINT.fullmatch(text) or _POINT.fullmatch(text)
    if found:
        lat, lon = (float(found[number].replace(",", ".")) for number in (1, 2))
        if abs(lat) > 90 or abs(lon) > 180:  # noqa: PLR2004 -- degrees
            raise OptionError(
                f"« {text} » n'est pas un point de la Terre", where=where, way_out="donner latitude,longitude en degrés"
            )
        return Spot(lon, lat, f"{lat:.5f}, {lon:.5f}")
    address = _LAST_LINE.fullmatch(text.strip())
    return _address(address, text, addresses, where) if address else _commune(text, where)


def _address(found: "re.Match[str]", text: str, addresses: AddressBase | None, where: str) -> Spot:
    code = territories.resolve_by_postcode_and_name(found["postcode"], found["town"])
    if code is None:
        raise OptionError(
            f"« {found['postcode']} {found['town']} » n'est pas une commune connue",
            where=where,
            way_out="vérifier le code postal et la commune",
        )
    if addresses is None:
        raise OptionError(
            f"pour trouver « {text} », il faut une base d'adresses",
            where=where,
            way_out="ajouter --addresses FICHIER.csv ou --addresses ban, ou donner latitude,longitude",
        )
    match = addresses.match(found["street"], postcode=found["postcode"], commune_code=code)
    if match is None:
        raise OptionError(
            f"l'adresse « {text} » n'a pas été trouvée dans la base",
            where=where,
            way_out="vérifier l'adresse, ou donner latitude,longitude",
        )
    return Spot(match.longitude, match.latitude, text.strip())


def _commune(text: str, where: str) -> Spot:
    code = _commune_code(text, where)
    communes = territories.communes(geometry=False).set_index("code")
    row = communes.loc[code]
    if row[["mairie_lon", "mairie_lat"]].isna().any():
        raise OptionError(
            f"la mairie de {row['name']} ({code}) n'a pas de position connue",
            where=where,
            way_out="donner latitude,longitude",
        )
    return Spot(float(row["mairie_lon"]), float(row["mairie_lat"]), f"{row['name']} (mairie)", is_mairie=True)


def _commune_code(text: str, where: str) -> str:
    found = territories.search(text, limit=5)
    if _CODE.fullmatch(text.strip()):
        current = set(territories.communes(geometry=False)["code"])
        postcodes = {place.code for place in found if place.score >= _SURE}
        code = text.strip().upper()
        if code in current and postcodes <= {code}:
            return code
        if code in current:  # both an INSEE code and another commune's postcode: never guessed
            named = ", ".join(f"{place.name} ({place.code})" for place in found)
            raise OptionError(
                f"« {text} » est le code INSEE d'une commune et le code postal d'une autre",
                where=where,
                way_out=f"donner le nom de la commune ; communes de ce code postal : {named}",
            )
    exact = [place for place in found if place.score >= _SURE]
    exact = [place for place in exact if place.kind == "commune"] or exact
    codes = {place.code for place in exact or found[:1]}
    if not codes:
        raise OptionError(
            f"aucune commune ne s'appelle « {text} »",
            where=where,
            way_out="donner latitude,longitude, un code INSEE, ou un nom de commune",
        )
    if len(codes) > 1 or not exact:
        choices = ", ".join(f"{place.name} ({place.code})" for place in exact or found)
        raise OptionError(
            f"« {text} » peut désigner plusieurs communes", where=where, way_out=f"donner le code INSEE : {choices}"
        )
    return codes.pop()
