"""Census-type figures on nationality and migration: for communes of 5,000 inhabitants and more, whoever looks."""

from collections.abc import Collection, Mapping
from functools import cache

import pandas as pd

from geo_integration import territories
from geo_integration.errors import DisclosureError
from geo_integration.text import fold

FEWEST_INHABITANTS = 5_000
"""Below, the census publishes no detailed nationality or migration (Insee, sensitive variables)."""

SENSITIVE = (
    "nationality",
    "nationalite",
    "foreigner",
    "etranger",
    "immigra",
    "immigre",
    "born_abroad",
    "ne_a_l_etranger",
    "birth_country",
    "country_of_birth",
    "pays_de_naissance",
    "arrival_year",
    "annee_d_arrivee",
)
"""A column whose name, folded, holds one of these is about nationality or migration."""


def sensitive_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns about nationality or migration, by their names."""
    return [name for name in table.columns if any(word in _plain(name) for word in SENSITIVE)]


def release_census(
    table: pd.DataFrame, populations: Mapping[str, float], *, columns: Collection[str] | None = None
) -> pd.DataFrame:
    """Empty census-type columns for communes below :data:`FEWEST_INHABITANTS` or of unknown population.

    Parameters
    ----------
    table : has ``commune_code``, one row per commune; left unchanged.
    populations : inhabitants by commune code.
    columns : which are sensitive; by default those :func:`sensitive_columns` finds. A sum over a territory must be
        computed from what is released here, or a small commune could be subtracted out of it.

    Raises
    ------
    DisclosureError
        No ``commune_code``.
    """
    if "commune_code" not in table:
        raise DisclosureError("données de recensement sans code de commune", way_out="ajouter commune_code")
    result = table.copy()
    small = ~table["commune_code"].map(populations).astype("float64").ge(FEWEST_INHABITANTS)
    for name in sensitive_columns(table) if columns is None else columns:
        result[name] = result[name].mask(small)
    return result


def refuse_small_communes(table: pd.DataFrame) -> None:
    """Refuse a table by commune that tells nationality or migration where few live (DisclosureError)."""
    columns = sensitive_columns(table)
    if not columns or "commune_code" not in table:
        return
    small = ~table["commune_code"].map(_populations()).astype("float64").ge(FEWEST_INHABITANTS)
    told = table[columns].notna().any(axis="columns") & small
    if told.any():
        raise DisclosureError(
            f"{int(told.sum())} communes de moins de {FEWEST_INHABITANTS} habitants ont une donnée sensible "
            f"({', '.join(columns)})",
            where=", ".join(table.loc[told, "commune_code"].astype("str").head(5)),
            way_out="passer la table par release_census",
        )


def _plain(name: object) -> str:
    return "".join(character if character.isalnum() else "_" for character in fold(str(name)))


@cache
def _populations() -> dict[str, float]:
    communes = territories.communes(["code", "population"], geometry=False)
    return dict(zip(communes["code"], communes["population"].astype("float64"), strict=True))
