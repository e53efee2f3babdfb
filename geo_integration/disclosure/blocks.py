"""Blocks of communes whose people are told together. They depend on public data alone, never on who is counted.

If a group were formed because its members have few people, its very form would tell how few, and two releases whose
groups differ by one commune would give that commune away. So the blocks are drawn from population, EPCI,
arrondissement and département only (fixed groups, as in microaggregation: Hundepool et al., 2012, §3.2 and 5.5).
"""

from collections.abc import Mapping
from functools import cache

import pandas as pd

from geo_integration import territories

ALONE_POPULATION = 5_000
"""Inhabitants from which a commune is a block of its own: the size below which the census keeps sensitive data."""

FEWEST_COMMUNES = 3
"""Communes a group has at least, where its département has as many: who knows one member cannot deduce another."""


def blocks(
    communes: pd.DataFrame, *, alone_population: int = ALONE_POPULATION, epci_names: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the block of each commune.

    Parameters
    ----------
    communes : columns ``code``, ``population``, ``epci_code``, ``arrondissement_code``, ``departement_code``: every
        commune of each département in it.
    alone_population : see :data:`ALONE_POPULATION`.
    epci_names : names by code, for the labels; the code where there is none. Those of the COG by default.

    Returns
    -------
    Indexed by commune code, in the order given: ``block`` (identifier), ``members`` (communes in it), ``label``
    (French). No block lies in two départements. The small communes of an EPCI's part of a département are a block;
    one of fewer than :data:`FEWEST_COMMUNES` joins the smallest other of its arrondissement, else of its département.
    """
    table = communes[["code", "population", "departement_code"]].copy()
    table["epci"] = communes["epci_code"].fillna("").astype("str")
    table["arrondissement"] = communes["arrondissement_code"].fillna("").astype("str")
    table["population"] = table["population"].astype("float64").fillna(0)
    alone = table["population"].ge(alone_population)
    pool = table["departement_code"] + ":" + table["epci"]
    joined = _joined(table[~alone].assign(pool=pool[~alone]))
    table["block"] = pool.map(joined).where(~alone, table["departement_code"] + ":" + table["code"])
    members = table.groupby("block")["code"].transform("size").astype("int64")
    labels = _labels(table.assign(members=members), alone, _epci_names() if epci_names is None else epci_names)
    result = pd.DataFrame({"block": table["block"], "members": members, "label": labels})
    return result.set_index(pd.Index(table["code"], name="commune_code"))


def _joined(small: pd.DataFrame) -> dict[str, str]:
    """Return the group each pool of small communes ends in."""
    ranked = small.sort_values(["population", "code"], ascending=[False, True])
    grouped = ranked.groupby("pool", sort=True)
    pools = pd.DataFrame(
        {
            "size": grouped.size(),
            "departement": grouped["departement_code"].first(),
            "arrondissement": grouped["arrondissement"].first(),  # of its most populous commune
        }
    )
    target = {str(pool): str(pool) for pool in pools.index}
    for _, of_departement in pools.groupby("departement"):
        if of_departement["size"].min() < FEWEST_COMMUNES:
            _join(of_departement, target)
    return target


def _join(pools: pd.DataFrame, target: dict[str, str]) -> None:
    """Join the pools of one département that are too small; changes ``target``."""
    size = {str(pool): int(communes) for pool, communes in pools["size"].items()}
    place = {str(pool): str(code) for pool, code in pools["arrondissement"].items()}
    while len(size) > 1:
        smallest = min(size, key=lambda pool: (size[pool], pool))
        if size[smallest] >= FEWEST_COMMUNES:
            return
        others = [pool for pool in size if pool != smallest]
        near = [pool for pool in others if place[pool] == place[smallest]] or others
        host = min(near, key=lambda pool: (size[pool], pool))
        size[host] += size.pop(smallest)
        for pool, group in target.items():
            if group == smallest:
                target[pool] = host


def _labels(table: pd.DataFrame, alone: "pd.Series[bool]", names: Mapping[str, str]) -> "pd.Series[str]":
    """Return what a block is, in French: its commune, or how many of which EPCI."""
    names = {**names, "": "hors intercommunalité"}
    pairs = table[~alone][["block", "epci"]].drop_duplicates().sort_values(["block", "epci"])
    where = pairs["epci"].map(lambda code: names.get(code, code)).groupby(pairs["block"]).agg(" et ".join)
    several = table["members"].astype("str") + " communes (" + table["block"].map(where).astype("str") + ")"
    return several.where(table["members"].gt(1), "Cette commune")


@cache
def _epci_names() -> dict[str, str]:
    table = territories.epci(["code", "name"], geometry=False)
    return dict(zip(table["code"], table["name"], strict=True))
