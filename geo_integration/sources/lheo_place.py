"""Read the place of a course from an LHEO ``lieu-de-formation``."""

from geo_integration.sources.lheo_node import Node
from geo_integration.sources.lheo_values import (
    in_france,
    read_commune_code,
    read_degrees,
    read_postcode,
    read_uai,
)
from geo_integration.sources.records import RawOffer

_FRANCE = frozenset({"", "FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF"})


def place_of(place: Node, offer: RawOffer) -> None:
    """Write a place into an offer; values that cannot be are logged and left out."""
    offer.where = place.where
    offer.uai = place.take(read_uai, "code-UAI-lieu-formation/code-UAI")
    address = place.first("coordonnees/adresse")
    if address is None:
        place.drop("", "lieu de formation sans adresse")
        offer.address = _lines(place.texts("coordonnees/ligne"))
        return
    country = (address.text("pays") or "").upper()
    if country not in _FRANCE:
        address.drop(country, "pays : ce lieu n'est pas en France")
    offer.place_name = address.text("denomination") or place.text("coordonnees/nom")
    offer.address = _lines(address.texts("ligne"))
    offer.postcode = address.take(read_postcode, "codepostal")
    offer.commune_name = address.text("ville")
    offer.commune_code = address.take(read_commune_code, "code-INSEE-commune")
    point = address.first("geolocalisation")
    if point is not None:
        offer.longitude, offer.latitude = _point(point)


def _point(point: Node) -> tuple[float | None, float | None]:
    """Return longitude and latitude in degrees, both or neither."""
    latitude, longitude = point.take(read_degrees, "latitude"), point.take(read_degrees, "longitude")
    if latitude is None or longitude is None:
        if latitude is not None or longitude is not None:
            point.drop(point.raw, "coordonnées incomplètes : il faut latitude et longitude")
        return None, None
    stated = f"{latitude:g} / {longitude:g}"
    if in_france(longitude, latitude):
        return longitude, latitude
    if in_france(latitude, longitude):
        point.repair(stated, "latitude et longitude échangées : remises à l'endroit")
        return latitude, longitude
    point.drop(stated, "ces coordonnées (latitude / longitude) ne sont pas en France")
    return None, None


def written_address(address: Node) -> str:
    """Return an address on one line."""
    town = " ".join(text for text in (address.text("codepostal"), address.text("ville")) if text)
    parts = [address.text("denomination"), *address.texts("ligne"), town]
    return ", ".join(part for part in parts if part)


def _lines(lines: list[str]) -> str | None:
    return ", ".join(lines) or None
