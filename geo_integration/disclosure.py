"""The one door between figures about people and anything that leaves: table + viewer -> release.

This first gate knows two viewers. The *operator* loaded the files and sees what they hold. The *public*
never sees an official count below the département, nor a département's below the threshold: coarsening,
the only protection that needs no complementary suppression. Estimates spread from published totals and
made-up rows describe nobody and pass. Classes, suppression and named viewers are to come.
"""

import pandas as pd

from geo_integration.vocabulary import NeedBasis, TerritoryLevel, Viewer

THRESHOLD = 11
"""Fewest people an official figure may be about in a public release (secret statistique)."""

_FIGURES = ("need", "need_uncovered", "need_uncovered_if_unknown_fits")
_COARSE = frozenset({TerritoryLevel.DEPARTEMENT, TerritoryLevel.REGION, TerritoryLevel.FRANCE})


def release(table: pd.DataFrame, viewer: Viewer, *, level: TerritoryLevel = TerritoryLevel.COMMUNE) -> pd.DataFrame:
    """Return what a viewer may see of a coverage table or of one of its roll-ups.

    Parameters
    ----------
    table : has ``need_basis`` and some of the figures about people; left unchanged.
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
    official = result["need_basis"].str.split("+").map(lambda bases: NeedBasis.OFFICIAL.value in bases)
    if level in _COARSE:
        small = result["need"].lt(THRESHOLD).fillna(value=True) | result["need_uncovered"].between(
            0, THRESHOLD, inclusive="neither"
        )
        official = official & small
    present = [name for name in _FIGURES if name in result]
    result.loc[official, present] = None
    result["withheld"] = official.astype(bool)
    return result
