"""Itineraries in French: every word of them, in tables that a translator can replace.

``FRENCH`` has one sentence per key. ``{street}`` is a street with its preposition (« dans la rue de Paris »),
which :func:`street` makes from two more tables: a named street is recognised by its first word, a street
without a name is called by its class. A name whose first word is in no table is kept as it is: « sur Rua das Flores ».
"""

import math
from collections.abc import Mapping

FRENCH: Mapping[str, str] = {
    "mode.car": "En voiture, hors embouteillages",
    "mode.bike": "À vélo",
    "mode.foot": "À pied",
    "header": "{mode} : {minutes}, {distance}.",
    "access": "Rejoignez la rue : {distance}, en ligne droite{time}.",
    "depart": "Partez vers {wind} {street} : {distance}{time}.",
    "straight": "Continuez tout droit {street} : {distance}{time}.",
    "slight_left": "Prenez légèrement à gauche {street} : {distance}{time}.",
    "left": "Tournez à gauche {street} : {distance}{time}.",
    "sharp_left": "Tournez franchement à gauche {street} : {distance}{time}.",
    "slight_right": "Prenez légèrement à droite {street} : {distance}{time}.",
    "right": "Tournez à droite {street} : {distance}{time}.",
    "sharp_right": "Tournez franchement à droite {street} : {distance}{time}.",
    "uturn": "Faites demi-tour {street} : {distance}{time}.",
    "ferry": "Prenez le bac{name} : {distance}{time}.",
    "arrival": "Quittez la rue : vous arrivez à {distance}{side}, en ligne droite{time}.",
    "arrival_here": "Vous êtes arrivé.",
    "side.left": " sur votre gauche",
    "side.right": " sur votre droite",
    "side.ahead": "",
    "time": ", {minutes}",
    "wind.0": "le nord",
    "wind.1": "le nord-est",
    "wind.2": "l'est",
    "wind.3": "le sud-est",
    "wind.4": "le sud",
    "wind.5": "le sud-ouest",
    "wind.6": "l'ouest",
    "wind.7": "le nord-ouest",
}

STREETS: Mapping[str, str] = {
    "allée": "dans l'",
    "autoroute": "sur l'",
    "avenue": "sur l'",
    "boulevard": "sur le ",
    "chaussée": "sur la ",
    "chemin": "sur le ",
    "cité": "dans la ",
    "cour": "dans la ",
    "cours": "sur le ",
    "côte": "dans la ",
    "descente": "dans la ",
    "digue": "sur la ",
    "escalier": "dans l'",
    "escaliers": "par les ",
    "esplanade": "sur l'",
    "faubourg": "dans le ",
    "galerie": "dans la ",
    "impasse": "dans l'",
    "mail": "sur le ",
    "montée": "dans la ",
    "parvis": "sur le ",
    "passage": "dans le ",
    "passerelle": "sur la ",
    "place": "sur la ",
    "pont": "sur le ",
    "promenade": "sur la ",
    "quai": "sur le ",
    "rampe": "dans la ",
    "rocade": "sur la ",
    "rond-point": "dans le ",
    "route": "sur la ",
    "rue": "dans la ",
    "ruelle": "dans la ",
    "sente": "dans la ",
    "sentier": "sur le ",
    "square": "dans le ",
    "traverse": "dans la ",
    "tunnel": "dans le ",
    "venelle": "dans la ",
    "viaduc": "sur le ",
    "villa": "dans la ",
    "voie": "sur la ",
}
"""By first word of a name: what comes before it, elision included."""

UNNAMED: Mapping[str, str] = {
    "motorway": "sur l'autoroute",
    "trunk": "sur une voie rapide",
    "primary": "sur une grande route sans nom",
    "secondary": "sur une route sans nom",
    "tertiary": "sur une route sans nom",
    "unclassified": "sur une petite route sans nom",
    "residential": "dans une rue sans nom",
    "living_street": "dans une rue sans nom, limitée à 20 km/h",
    "service": "sur une voie de desserte",
    "pedestrian": "dans une rue piétonne sans nom",
    "footway": "sur un chemin piéton",
    "path": "sur un sentier",
    "track": "sur un chemin agricole ou forestier",
    "steps": "par un escalier",
    "cycleway": "sur une piste cyclable",
    "bridleway": "sur une allée cavalière",
    "corridor": "par un couloir",
    "elevator": "par l'ascenseur",
    "platform": "sur le quai de la station",
    "link": "sur une bretelle",
    "": "sur une voie sans nom",
}
"""By class of OSM (``link``: any class that ends so; the last for all others)."""

STAIRS: str = " (escalier)"
"""Said of a named street that is a stair."""


def street(name: str, kind: str) -> str:
    """Return a street with its preposition, from its name (may be empty) and its class."""
    if not name:
        return UNNAMED.get("link" if kind.endswith("_link") else kind, UNNAMED[""])
    first = name.split(maxsplit=1)[0]
    before = STREETS.get(first.lower())
    stairs = STAIRS if kind == "steps" and not first.lower().startswith("escalier") else ""
    # « la rue », not « la Rue »; what follows is a proper name and stays as it is.
    return f"sur {name}{stairs}" if before is None else f"{before}{first.lower()}{name[len(first) :]}{stairs}"


def wind(bearing_degrees: float) -> str:
    """Return the nearest of eight winds, from a bearing clockwise from north."""
    return FRENCH[f"wind.{round(bearing_degrees / 45) % 8}"]


def distance(metres: float) -> str:
    """Return a length as people say it: 8 m, 350 m, 1,2 km."""
    if metres < 20:  # noqa: PLR2004
        return f"{metres:.0f} m"
    if metres < 995:  # noqa: PLR2004 -- what rounds to 1,0 km
        return f"{round(metres, -1):.0f} m"
    return f"{metres / 1000:.1f} km".replace(".", ",")


def minutes(milliseconds: int) -> str:
    """Return a time in whole minutes, rounded up: who counts on it must not be late."""
    whole = math.ceil(milliseconds / 60_000)
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d}"  # noqa: PLR2004


def spent(milliseconds: int) -> str:
    """Return the time of a step, rounded to the minute; nothing for less than half of one."""
    whole = round(milliseconds / 60_000)
    return FRENCH["time"].format(minutes=minutes(whole * 60_000)) if whole else ""
