"""Check what an offer does not carry but the report must name: misplaced elements, addresses of providers."""

from collections.abc import Sequence
from typing import Final

from geo_integration.sources.lheo_node import Node
from geo_integration.sources.lheo_tables import ATTRIBUTES, ORDER
from geo_integration.sources.lheo_values import (
    departement_of,
    in_france,
    read_commune_code,
    read_degrees,
    read_postcode,
)

_KNOWN: Final = frozenset(name for children in ORDER.values() for name in children)


def check_formation(formation: Node, *, order: bool) -> None:
    """Log misplaced elements, unknown attributes, and the contradictions of the addresses no offer carries."""
    for element in formation.element.iter("*"):
        node = formation.at(element)
        if element.attrib and not ATTRIBUTES.issuperset(element.keys()):
            _name_attributes(node)
        if order and element.tag in ORDER:
            _check_order(node, [child.tag for child in element])
        if element.tag == "adresse" and not _is_place(node):
            _check_address(node)


def _is_place(address: Node) -> bool:
    return next(address.element.iterancestors("lieu-de-formation"), None) is not None


def _name_attributes(node: Node) -> None:
    for name in node.element.keys():  # noqa: SIM118 -- an element is not a mapping
        if name not in ATTRIBUTES and not name.startswith("{"):
            node.drop(f"{name}={node.attribute(name)}", "attribut inconnu de LHEO, non lu")


def _check_order(parent: Node, tags: list[str]) -> None:
    expected = ORDER[parent.tag]
    ranks = [expected.get(tag, -1) for tag in tags]
    if -1 not in ranks and ranks == sorted(ranks):
        return
    children = list(parent.children())
    for child in children:
        if child.tag not in expected:
            told = "élément mal placé" if child.tag in _KNOWN else "élément inconnu de LHEO 2.3"
            child.drop(child.raw, f"{told} : il n'a pas sa place dans « {parent.tag} », valeur non lue")
    ranked = [child for child in children if child.tag in expected]
    kept = _longest_rise([expected[child.tag] for child in ranked])
    for position, child in enumerate(ranked):
        if position not in kept:
            before = next((one.tag for one in reversed(ranked[:position]) if one.tag != child.tag), parent.tag)
            told = f"élément mal placé dans « {parent.tag} » : LHEO 2.3 ne l'attend pas après « {before} »"
            child.repair(child.raw, f"{told}, lu malgré cela")


def _longest_rise(ranks: Sequence[int]) -> set[int]:
    """Return positions of a longest never-decreasing run of ranks: the others are the fewest misplaced ones."""
    lengths: list[int] = []
    previous: list[int] = []
    for position, rank in enumerate(ranks):
        best = max((p for p in range(position) if ranks[p] <= rank), key=lambda p: lengths[p], default=-1)
        previous.append(best)
        lengths.append(1 + (lengths[best] if best >= 0 else 0))
    kept: set[int] = set()
    at = max(range(len(ranks)), key=lambda p: lengths[p], default=-1)
    while at >= 0:
        kept.add(at)
        at = previous[at]
    return kept


def _check_address(address: Node) -> None:
    """Check postcode, INSEE code and point of the address of a provider or of a registration desk."""
    postcode = address.take(read_postcode, "codepostal")
    commune = address.take(read_commune_code, "code-INSEE-commune")
    if postcode and commune and departement_of(postcode) != departement_of(commune):
        node = address.first("code-INSEE-commune") or address
        town = address.text("ville") or "commune non précisée"
        node.drop(commune, f"code INSEE du département {departement_of(commune)}, code postal {postcode} ({town})")
    latitude = address.take(read_degrees, "geolocalisation/latitude")
    longitude = address.take(read_degrees, "geolocalisation/longitude")
    point = address.first("geolocalisation")
    if point and latitude is not None and longitude is not None and not in_france(longitude, latitude):
        point.drop(f"{latitude:g} / {longitude:g}", "ces coordonnées (latitude / longitude) ne sont pas en France")
