"""The one door between figures about people and anything that leaves: table + viewer -> release.

This first gate knows two viewers. The *operator* loaded the files and sees what they hold. The *public* never
sees an official count below the région, nor one of a région that is not whole and counted throughout (what is
estimated or made up in it is published by commune, and would be subtracted), nor one of a région where a figure, or
what two of them leave when subtracted, is below the threshold. Coarse on purpose: at one level only, no figure
can be subtracted from another. Estimates spread from published totals and made-up rows describe nobody and pass.
Classes, suppression and named viewers are to come.
"""

from collections.abc import Mapping

import pandas as pd

from geo_integration.vocabulary import NeedBasis, TerritoryLevel, Viewer

THRESHOLD = 11
"""Fewest people an official figure may be about in a public release (secret statistique)."""

_FIGURES = ("need", "need_uncovered", "need_uncovered_if_unknown_fits")


def release(table: pd.DataFrame, viewer: Viewer, *, level: TerritoryLevel = TerritoryLevel.COMMUNE) -> pd.DataFrame:
    """Return what a viewer may see of a coverage table or of one of its roll-ups.

    Parameters
    ----------
    table : has ``need_basis`` and the figures about people, and a roll-up has ``complete``; left unchanged.
    viewer : who will see it.
    level : what a row of the table is about.

    Returns
    -------
    A copy; figures withheld are null and their ``withheld`` column is true.
    """
    result = table.copy()
    result["withheld"] = False
    if viewer is Viewer.OPERATOR:
        return result
    withheld = result["need_basis"].str.split("+").map(lambda bases: NeedBasis.OFFICIAL.value in bases)
    if level is TerritoryLevel.REGION:
        counted_throughout = result["need_basis"].eq(NeedBasis.OFFICIAL.value)
        withheld &= ~result["complete"] | ~counted_throughout | _small(result)
    result.loc[withheld, list(_FIGURES)] = None
    result["withheld"] = withheld.astype(bool)
    return result


def release_beside(tables: Mapping[str, pd.DataFrame], viewer: Viewer) -> dict[str, pd.DataFrame]:
    """Return the layers shown beside the figures: the public is not told where people are housed."""
    return {name: table for name, table in tables.items() if viewer is Viewer.OPERATOR or name != "housing"}


def _small(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say in which rows a figure, or the difference of two, is about fewer than THRESHOLD people."""
    need, uncovered, least = (table[name].astype("float64") for name in _FIGURES)
    small = need.isna() | need.lt(THRESHOLD)
    for part in (uncovered, need - uncovered, least, need - least, uncovered - least):
        small |= part.isna() | part.between(0, THRESHOLD, inclusive="neither")
    return small
