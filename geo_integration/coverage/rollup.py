"""From communes to EPCI, arrondissement, département, région, contract and quarter: sums that agree at every level."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_integration.coverage.points import PERSONS_BY_CAUSE, over_points
from geo_integration.schema import SEPARATOR
from geo_integration.vocabulary import Basis, Cause, NeedBasis, TerritoryLevel

ROLLUP_LEVELS = (
    TerritoryLevel.REGION,
    TerritoryLevel.DEPARTEMENT,
    TerritoryLevel.ARRONDISSEMENT,
    TerritoryLevel.EPCI,
)
"""Levels every commune belongs to at most one territory of. See :func:`contracts` for those that overlap."""

OUTSIDE = ""
"""Code of the group of communes that belong to no territory of a level: it keeps the sums equal."""

NEED_BY_CAUSE = tuple(f"need_{cause.value}" for cause in Cause)
"""Need of the communes of each cause: figures about people, like ``need``."""

NEED_SHARES = tuple(f"{column}_share" for column in NEED_BY_CAUSE)
"""The same as a part of the need that is known, 0 to 1."""

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
    is. ``need_<cause>`` is the need of the communes of that cause: null where there are some and the need of none of
    them is known, 0 where there are none; those that are known add up to ``need``. ``need_<cause>_share`` is its part
    of ``need``, null where that is null or 0. Communes in no territory of the level are the row with the empty code.
    """
    return _summed(coverage, coverage[f"{level.value}_code"].fillna(OUTSIDE), names, level)


def rollups(coverage: pd.DataFrame, names: dict[TerritoryLevel, pd.DataFrame]) -> dict[TerritoryLevel, pd.DataFrame]:
    """Sum the coverage table over every level of :data:`ROLLUP_LEVELS`."""
    return {level: rollup(coverage, names[level], level) for level in ROLLUP_LEVELS}


def contracts(coverage: pd.DataFrame, ctai: pd.DataFrame) -> pd.DataFrame:
    """Sum the coverage table over the communes of each territorial contract.

    Parameters
    ----------
    coverage : the coverage table.
    ctai : the ``ctai`` layer, one row per contract and commune. Rows of one name and kind are one contract, whatever
        the year: a contract renewed over the same communes is one territory.

    Returns
    -------
    The columns of :func:`rollup`, by code (``kind:name``), for the contracts that have a commune in the table; only
    the communes the layer lists are counted, which for a métropole may be its centre alone. A commune may be in
    several contracts, and is counted in each: **rows must never be added up**. Communes in none are the row with
    the empty code.
    """
    members = ctai.assign(code=ctai["kind"].astype("str") + ":" + ctai["name"].astype("str"))
    members = members.drop_duplicates(["code", "commune_code"])
    title = members["kind"].astype("str") + " " + members["name"].astype("str")
    names = members.assign(title=title).groupby("code").agg(name=("title", "first"), communes=("commune_code", "size"))
    joined = coverage.merge(members[["code", "commune_code"]], on="commune_code", how="left")
    group = joined["code"].astype("str").fillna(OUTSIDE)
    return _summed(joined, group, names.reset_index(), TerritoryLevel.CTAI, outside="Hors contrat")


def quarters(coverage: pd.DataFrame, qpv: gpd.GeoDataFrame, points: pd.DataFrame | None = None) -> pd.DataFrame:
    """Say what is known of each quartier prioritaire: of its own people where points are loaded, else of its communes.

    Parameters
    ----------
    coverage : the coverage table.
    qpv : the ``qpv`` layer.
    points : people, judged where they live: ``point_id``, ``lon``, ``lat``, ``persons``, ``minutes`` and ``cause`` (as
        :func:`geo_integration.coverage.points.over_points` takes them). A cell belongs to the quarter its centre is
        in, which is rough: a quarter is often a few cells.

    Returns
    -------
    One row per quarter that has a commune in the table, by code: ``level``, ``code``, ``name``, ``basis`` (``points``:
        its own people; ``commune``: only its communes are known), ``cause`` (of its people; with basis ``commune`` the
        cause of its communes where they share one, else null), ``persons`` and ``persons_<cause>`` (people of the
        points, not learners), ``share_covered``, ``share_unknown``, ``median_minutes`` (null with basis ``commune``),
        ``complete``, ``communes``, ``communes_<cause>``. ``need`` and what follows from it are always null: learners
        are counted by commune, and how many of them live in a quarter is not known. Never add quarters to communes.
    """
    members = _members(qpv)
    joined = members.merge(coverage, left_on="member", right_on="commune_code")
    result = _summed(joined, joined["code"], _quarter_names(members), TerritoryLevel.QPV)
    grouped = joined.groupby("code")["cause"]
    shared = grouped.first().where(grouped.nunique().eq(1)).reindex(result["code"])
    result[["cause", "basis"]] = pd.DataFrame({"cause": shared.to_numpy(), "basis": Basis.COMMUNE.value})
    for column in (*_FIGURES, "population", "population_covered"):
        result[column] = np.nan
    result["need_basis"] = NeedBasis.UNKNOWN.value
    result["communes_need_unknown"] = result["communes"]
    own = _own_people(qpv, points).reindex(result["code"])
    spoken = own["persons"].gt(0).to_numpy()
    for column, digits in _OF_PEOPLE.items():
        values = own[column].to_numpy(dtype=np.float64, na_value=np.nan)
        result[column] = np.round(np.where(spoken & np.isfinite(values), values, np.nan), digits)
    result.loc[spoken, "cause"] = own["cause"].to_numpy()[spoken]
    result.loc[spoken, "basis"] = Basis.POINTS.value
    return result


_FIGURES = (*NEED_BY_CAUSE, *NEED_SHARES, "need", "need_uncovered", "need_uncovered_if_unknown_fits")
_OF_PEOPLE = {
    "persons": 1,
    **dict.fromkeys(PERSONS_BY_CAUSE, 1),
    "share_covered": 4,
    "share_unknown": 4,
    "median_minutes": 1,
}
"""Columns of a quarter whose people are known, and their decimals."""


def _members(qpv: pd.DataFrame) -> pd.DataFrame:
    """Return ``code``, ``name`` and ``member`` (a commune), one row per quarter and commune."""
    table = pd.DataFrame({"code": qpv["qpv_code"], "name": qpv["name"], "member": qpv["commune_codes"]})
    return table.assign(member=table["member"].str.split(SEPARATOR)).explode("member", ignore_index=True)


def _quarter_names(members: pd.DataFrame) -> pd.DataFrame:
    return members.groupby("code").agg(name=("name", "first"), communes=("member", "size")).reset_index()


def _own_people(qpv: gpd.GeoDataFrame, points: pd.DataFrame | None) -> pd.DataFrame:
    """Roll the points up to the quarters they are in, by code; a point in two is of the first."""
    columns = ["cause", *_OF_PEOPLE]
    if points is None or points.empty or qpv.empty:
        return pd.DataFrame(columns=columns)
    ordered = qpv.sort_values("qpv_code")
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    at, quarter = tree.query(shapely.points(points["lon"], points["lat"]), predicate="intersects")
    inside = points.iloc[at].assign(qpv_code=ordered["qpv_code"].to_numpy()[quarter])
    inside = inside.sort_values("qpv_code", kind="stable").drop_duplicates("point_id")
    return (
        over_points(inside, by="qpv_code").set_index("qpv_code")[columns]
        if len(inside)
        else pd.DataFrame(columns=columns)
    )


def _summed(
    coverage: pd.DataFrame, group: "pd.Series[str]", names: pd.DataFrame, level: TerritoryLevel, *, outside: str = ""
) -> pd.DataFrame:
    """Sum the rows of each group; see :func:`rollup`."""
    table = coverage.assign(group=group)
    grouped = table.groupby("group", sort=True)
    result = pd.DataFrame({"communes": grouped.size()})
    counts = table.groupby(["group", "cause"]).size().unstack(fill_value=0)
    for cause in Cause:
        result[f"communes_{cause.value}"] = counts.get(cause.value, pd.Series(0, index=result.index)).astype("int64")
    result["communes_need_unknown"] = table["need"].isna().groupby(table["group"]).sum().astype("int64")
    for summed in _SUMMED:
        result[summed] = grouped[summed].sum(min_count=1)
    result = result.join(need_by_cause(table, table["group"]))
    covered = table[table["cause"].eq(Cause.COVERED.value)]
    result["population_covered"] = covered.groupby("group")["population"].sum().reindex(result.index).fillna(0)
    result["synthetic"] = grouped["synthetic"].any()
    result["need_basis"] = grouped["need_basis"].agg(lambda values: "+".join(sorted(set(values))))
    return _named(result, names, level, outside or f"Hors {level.label.lower()}")


def need_by_cause(coverage: pd.DataFrame, group: "pd.Series[str]") -> pd.DataFrame:
    """Return :data:`NEED_BY_CAUSE` and :data:`NEED_SHARES` of each group of communes, by group.

    ``group`` has the index of ``coverage``, which has ``need`` and ``cause``. See :func:`rollup` for null and 0.
    """
    need = coverage["need"].astype("float64")
    total = need.groupby(group).sum(min_count=1)
    result = pd.DataFrame(index=total.index)
    for cause, column in zip(Cause, NEED_BY_CAUSE, strict=True):
        mine = coverage["cause"].eq(cause.value)
        summed = need[mine].groupby(group[mine]).sum(min_count=1)
        # No commune of this cause is nobody; some, none of them counted, is nobody knows.
        result[column] = summed.reindex(result.index).mask(~result.index.isin(group[mine]), 0.0)
    known = total.where(total > 0)
    for column, share in zip(NEED_BY_CAUSE, NEED_SHARES, strict=True):
        result[share] = result[column] / known
    return result


def _named(result: pd.DataFrame, names: pd.DataFrame, level: TerritoryLevel, outside: str) -> pd.DataFrame:
    """Add level, code and name, and whether the territory is whole."""
    known = names.set_index("code")
    code = result.index.to_series()
    of_all = code.map(known["communes"]).astype("Int64")
    result["complete"] = result["communes"].ge(of_all).fillna(value=False).astype(bool)
    title = code.map(known["name"]).astype("str").fillna(outside)
    part = " (partie : " + result["communes"].astype("str") + " sur " + of_all.astype("str") + " communes)"
    result.insert(0, "name", title.where(result["complete"] | of_all.isna(), title + part))
    result.insert(0, "code", result.index)
    result.insert(0, "level", level.value)
    return result.reset_index(drop=True)
