"""How many learners of a kind live in each commune: a count where one is loaded, else a labelled estimate."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geo_integration.errors import OptionError
from geo_integration.vocabulary import Cause, NeedBasis

SOCIAL_WEIGHT = 0.5
"""Part of a published total spread by social dwellings rather than by population, where both are known."""

_DECIMALS = 2


@dataclass(frozen=True)
class NeedModel:
    """What turns people into learners of one kind.

    Parameters
    ----------
    share : part of the people counted who need this kind of course, 0 to 1; None when no share is
        published or assumed for the kind, and then the need is unknown everywhere.
    share_source : where the share comes from, in French, said wherever the need is shown.
    totals : published number of newcomers by région code.
    totals_source : where they come from.
    """

    share: float | None
    share_source: str
    totals: Mapping[str, float] = field(default_factory=dict)
    totals_source: str = ""

    def __post_init__(self) -> None:
        """Refuse a share outside 0 to 1 (OptionError)."""
        if self.share is not None and not 0 <= self.share <= 1:
            raise OptionError(f"la part {self.share} n'est pas entre 0 et 1", way_out="par exemple 0.15 pour 15 %")


def people(
    communes: pd.DataFrame,
    totals: Mapping[str, float],
    *,
    bpi: pd.DataFrame | None = None,
    bpi_departements: Collection[str] = (),
    social: "pd.Series[float] | None" = None,
    social_weight: float = SOCIAL_WEIGHT,
) -> pd.DataFrame:
    """Return the newcomers counted or estimated in each commune, and where the number comes from.

    Parameters
    ----------
    communes : columns ``code``, ``departement_code``, ``region_code``, ``population``; *every* commune
        of each région that has a total, or the spread would be wrong.
    totals : published number of newcomers by région code.
    bpi : the ``bpi`` layer. A commune whose count is masked is unknown.
    bpi_departements : départements the counts were said to cover in full: there, a commune without a count
        has nobody, even where no commune of the département is listed. In other départements that have counts, such a
        commune is unknown.
    social : social dwellings by commune code. Used in the régions that it covers in every département; there, a
        commune that is absent has none.
    social_weight : see :data:`SOCIAL_WEIGHT`.

    Returns
    -------
    ``commune_code``, ``persons`` (float; null: unknown), ``need_basis``, in the order given. Counts of a département
    are official as soon as one of them is. These are figures about people: see :mod:`geo_integration.disclosure`.
    """
    estimated = _spread(communes, totals, social, social_weight)
    result = pd.DataFrame({"commune_code": communes["code"], "persons": estimated})
    result["need_basis"] = np.where(estimated.notna(), NeedBasis.ESTIMATE.value, NeedBasis.UNKNOWN.value)
    if bpi is not None and len(bpi):
        _count(result, communes, bpi, bpi_departements)
    return result.reset_index(drop=True)


def need(persons: pd.DataFrame, model: NeedModel) -> pd.DataFrame:
    """Return the learners among people: a share of them.

    Parameters
    ----------
    persons : what :func:`people` gave, or what a viewer may see of it.
    model : the share.

    Returns
    -------
    ``commune_code``, ``need`` (learners, 2 decimals; null: unknown), ``need_basis``, ``need_share`` (the share it was
    multiplied by), in the order given.
    """
    share = np.nan if model.share is None else model.share
    result = persons[["commune_code", "need_basis"]].copy()
    result["need"] = (persons["persons"] * share).round(_DECIMALS)
    result["need_share"] = np.where(result["need"].notna(), share, np.nan)
    if model.share is None:
        result["need_basis"] = NeedBasis.UNKNOWN.value
    return result[["commune_code", "need", "need_basis", "need_share"]].reset_index(drop=True)


def _spread(
    communes: pd.DataFrame, totals: Mapping[str, float], social: "pd.Series[float] | None", social_weight: float
) -> "pd.Series[float]":
    """Spread each région's total over its communes by population and, where known, by social dwellings."""
    region = communes["region_code"]
    total = region.map(totals).astype("float64")
    population = communes["population"].astype("float64").fillna(0)
    part = population / population.groupby(region).transform("sum")
    if social is not None:
        dwellings = communes["code"].map(social).astype("float64")
        told = dwellings.notna().groupby(communes["departement_code"]).transform("any")
        whole = told.groupby(region).transform("all")
        dwellings = dwellings.fillna(0).where(whole)
        of_region = dwellings.groupby(region).transform("sum")
        mixed = (1 - social_weight) * part + social_weight * dwellings / of_region.where(of_region > 0)
        part = mixed.fillna(part)
    return total * part


def _count(result: pd.DataFrame, communes: pd.DataFrame, bpi: pd.DataFrame, complete: Collection[str]) -> None:
    """Replace the estimate by the counts, in every département that has some or is covered in full."""
    counts = bpi.set_index("commune_code")
    code, departement = communes["code"], communes["departement_code"]
    listed, whole = code.isin(counts.index), departement.isin(list(complete))
    some = listed.groupby(departement).transform("any")
    # Covered in full and nobody listed: nobody there. An estimate would be wrong, and would tell it besides.
    counted = some | whole
    real = ~counts["synthetic"].astype(bool)
    any_real = code.map(real).fillna(value=False).astype(bool).groupby(departement).transform("any")
    any_real = any_real.mask(~some, bool(real.any()))
    counted_people = code.map(counts["persons"].astype("float64")).mask(~listed & whole, 0.0)
    basis = any_real.map({True: NeedBasis.OFFICIAL.value, False: NeedBasis.SYNTHETIC.value})
    basis = basis.mask(~listed & ~whole, NeedBasis.UNKNOWN.value)
    rows = counted.to_numpy()
    result.loc[rows, "persons"] = counted_people.to_numpy()[rows]
    result.loc[rows, "need_basis"] = basis.to_numpy()[rows]


def attach(coverage: pd.DataFrame, needs: pd.DataFrame) -> pd.DataFrame:
    """Add need and uncovered need to a coverage table.

    Uncovered need is the need where the cause is not ``covered``; null where the cause is ``no_data``,
    for nobody knows there. ``need_uncovered_if_unknown_fits`` is its lower bound.
    """
    result = coverage.merge(needs, on="commune_code", how="left", validate="one_to_one")
    for cause, column in (
        ("cause", "need_uncovered"),
        ("cause_if_unknown_fits", "need_uncovered_if_unknown_fits"),
    ):
        covered = result[cause].eq(Cause.COVERED.value)
        result[column] = result["need"].where(~covered, result["need"] * 0).where(result[cause] != Cause.NO_DATA.value)
    return result
