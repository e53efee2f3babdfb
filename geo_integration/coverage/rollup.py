"""From communes to EPCI, arrondissement, département and région: sums that agree at every level."""

import pandas as pd

from geo_integration.vocabulary import Cause, TerritoryLevel

ROLLUP_LEVELS = (
    TerritoryLevel.REGION,
    TerritoryLevel.DEPARTEMENT,
    TerritoryLevel.ARRONDISSEMENT,
    TerritoryLevel.EPCI,
)
OUTSIDE = ""
"""Code of the group of communes that belong to no territory of a level: it keeps the sums equal."""

_SUMMED = ("population", "need", "need_uncovered", "need_uncovered_if_unknown_fits")


def rollup(coverage: pd.DataFrame, names: pd.DataFrame, level: TerritoryLevel) -> pd.DataFrame:
    """Sum the coverage table over one level.

    Parameters
    ----------
    coverage : the coverage table.
    names : columns ``code``, ``name`` and ``communes`` (how many there are) of the territories of that level.
    level : one of :data:`ROLLUP_LEVELS`.

    Returns
    -------
    One row per territory, by code: ``level``, ``code``, ``name``, ``complete`` (false where the coverage table
    holds only some of its communes: the name then says how many), ``communes``, ``communes_covered``,
    ``communes_<cause>`` for every cause, ``communes_need_unknown``, ``population``, ``population_covered``,
    ``need``, ``need_uncovered``, ``need_uncovered_if_unknown_fits``; a sum is null only where every term
    is. Communes in no territory of the level are the row with the empty code.
    """
    column = f"{level.value}_code"
    table = coverage.assign(group=coverage[column].fillna(OUTSIDE))
    grouped = table.groupby("group", sort=True)
    result = pd.DataFrame({"communes": grouped.size()})
    counts = table.groupby(["group", "cause"]).size().unstack(fill_value=0)
    for cause in Cause:
        result[f"communes_{cause.value}"] = counts.get(cause.value, pd.Series(0, index=result.index)).astype("int64")
    result["communes_need_unknown"] = table["need"].isna().groupby(table["group"]).sum().astype("int64")
    for summed in _SUMMED:
        result[summed] = grouped[summed].sum(min_count=1)
    covered = table[table["cause"].eq(Cause.COVERED.value)]
    result["population_covered"] = covered.groupby("group")["population"].sum().reindex(result.index).fillna(0)
    result["synthetic"] = grouped["synthetic"].any()
    result["need_basis"] = grouped["need_basis"].agg(lambda values: "+".join(sorted(set(values))))
    known = names.set_index("code")
    code = result.index.to_series()
    of_all = code.map(known["communes"]).astype("Int64")
    result["complete"] = result["communes"].ge(of_all).fillna(value=False).astype(bool)
    title = code.map(known["name"]).fillna(f"Hors {level.label.lower()}")
    part = " (partie : " + result["communes"].astype("str") + " sur " + of_all.astype("str") + " communes)"
    result.insert(0, "name", title.where(result["complete"] | of_all.isna(), title + part))
    result.insert(0, "code", result.index)
    result.insert(0, "level", level.value)
    return result.reset_index(drop=True)


def rollups(coverage: pd.DataFrame, names: dict[TerritoryLevel, pd.DataFrame]) -> dict[TerritoryLevel, pd.DataFrame]:
    """Sum the coverage table over every level of :data:`ROLLUP_LEVELS`."""
    return {level: rollup(coverage, names[level], level) for level in ROLLUP_LEVELS}
