"""From any commune code to the current one."""

import re
from functools import cache

import pandas as pd

from geo_integration.errors import UnknownTerritoryError
from geo_integration.territories.tables import attributes, former_codes

_LOST_ZERO = re.compile(r"\d{4}")


@cache
def successor_of() -> dict[str, str]:
    """Return the current commune of every known code. Internal: never change what it returns."""
    former = former_codes()
    found = dict(zip(former["code"], former["current_code"], strict=True))
    # Current codes last: they win over a delegated commune that bears the same one.
    return found | {code: code for code in attributes("communes")["code"]}


def resolve(code: str) -> str:
    """Return the current commune of a commune code: former, delegated, associated or arrondissement too.

    Parameters
    ----------
    code : five characters, as text (``01004``, ``2A004``); case and surrounding spaces do not matter.

    Raises
    ------
    UnknownTerritoryError
        The COG of the year does not know the code. A code of four digits has probably lost its leading
        zero in a spreadsheet; it is not guessed, because the column needs mending, not one value.
    """
    clean = str(code).strip().upper()
    found = successor_of().get(clean)
    if found is not None:
        return found
    if _LOST_ZERO.fullmatch(clean):
        raise UnknownTerritoryError(
            f"« {clean} » n'a que 4 chiffres : le zéro initial d'un code commune s'est sans doute perdu",
            way_out="Enregistrez la colonne comme texte (par exemple 01004) ; le code n'est jamais deviné.",
        )
    raise UnknownTerritoryError(
        f"« {clean} » n'est pas un code commune connu",
        way_out="Donnez un code INSEE de 5 caractères (pas un code postal), par exemple 62041 pour Arras.",
    )


def resolve_many(codes: pd.Series) -> pd.Series:
    """Return the current commune of each code; unknown or null gives null. Same index, dtype ``str``."""
    clean = codes.astype("str").str.strip().str.upper()
    return clean.map(successor_of()).astype("str")
