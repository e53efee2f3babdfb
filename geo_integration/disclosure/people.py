"""Figures about people are protected where they enter: the counts by commune, before anything is computed from them.

Whatever is computed from a released vector and public data tells no more than the vector (data processing): roll-ups
of any territory, residuals, rates, colours, two of them subtracted. And the vector tells only the class of the total
of each block (:mod:`blocks`, :func:`classes.bounds`): blocks are disjoint, drawn from public data, and the class of one
never depends on another. So every commune may hold 0, 1, … or threshold-1 people as far as anyone can tell, unless
it shows itself that it holds more. docs/disclosure.md has the proof and what it does not cover.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo_integration.disclosure.blocks import ALONE_POPULATION, blocks
from geo_integration.disclosure.classes import FEWEST, PersonsClass, bounds
from geo_integration.disclosure.small import likely
from geo_integration.disclosure.viewers import Viewer
from geo_integration.errors import DisclosureError, OptionError
from geo_integration.settings import settings
from geo_integration.vocabulary import NeedBasis

COUNTED = (NeedBasis.OFFICIAL.value, NeedBasis.SYNTHETIC.value)
"""Bases that are counts of people. Made-up ones are protected as the real thing would be."""

COLUMNS = (
    "commune_code",
    "departement_code",
    "persons",
    "need_basis",
    "persons_class",
    "persons_low",
    "persons_high",
    "block",
    "block_label",
    "block_low",
    "block_high",
)


def release_people(
    persons: pd.DataFrame,
    viewer: Viewer,
    communes: pd.DataFrame,
    *,
    threshold: int | None = None,
    alone_population: int = ALONE_POPULATION,
    epci_names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return what a viewer may see of the people counted by commune; every analysis for them starts from it.

    Parameters
    ----------
    persons : ``commune_code``, ``persons`` (null: unknown or masked), ``need_basis``: see
        :func:`geo_integration.coverage.need.people`. Every commune of each département that has counts.
    viewer : who will see it, or anything computed from it.
    communes : public: ``code``, ``population``, ``epci_code``, ``arrondissement_code``, ``departement_code``; *every*
        commune of each département that has counts, or two selections could be subtracted.
    threshold : fewest people a figure may be about (see :func:`thresholds.threshold_of`); the setting by default.
    alone_population : see :data:`blocks.ALONE_POPULATION`.
    epci_names : names by code, for the labels.

    Returns
    -------
    :data:`COLUMNS`, one row per commune in the order given. In a département with counts that the viewer may not see
    in full, every commune becomes ``protected`` (which communes a source lists, masks or is silent on tells about them
    too). ``persons`` is then its part, by population, of the middle of the block's class (for a block below the
    threshold, of the number that is likely there); null where ``persons_class`` is ``withheld``.
    ``persons_low`` and ``persons_high``: what the viewer knows of the commune's count (high null: something is not
    known); ``block_low`` and ``block_high`` (people counted; null: not protected) the same of its block.

    Raises
    ------
    DisclosureError
        A commune of a counted département is missing, repeated, or has a count that is no whole number.
    OptionError
        A threshold below 3.
    """
    threshold = settings().disclosure_threshold if threshold is None else threshold
    if threshold < FEWEST:
        raise OptionError(f"seuil de diffusion de {threshold}", way_out=f"donner au moins {FEWEST}")
    table = _prepared(persons, communes)
    hidden = table["counted"].groupby(table["departement_code"]).transform("any")
    hidden &= ~table["departement_code"].map(viewer.sees).astype(bool)
    _refuse_incomplete(table[hidden], communes)
    result = _open(table)
    if hidden.any():
        public = communes[communes["departement_code"].isin(set(table.loc[hidden, "departement_code"]))]
        drawn = blocks(public, alone_population=alone_population, epci_names=epci_names)
        protected = _protected(table[hidden], drawn, threshold)
        result.loc[hidden, protected.columns] = protected
    return result[list(COLUMNS)].reset_index(drop=True)


def _prepared(persons: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    """Return the persons with the département and population of each commune, and which are counted."""
    public = communes.drop_duplicates("code").set_index("code")
    table = persons[["commune_code", "persons", "need_basis"]].reset_index(drop=True)
    table["persons"] = table["persons"].astype("float64")
    table["need_basis"] = table["need_basis"].astype("object")
    table["departement_code"] = table["commune_code"].map(public["departement_code"])
    table["population"] = table["commune_code"].map(public["population"]).astype("float64").fillna(0)
    table["counted"] = table["need_basis"].isin(COUNTED)
    if table["departement_code"].isna().any():
        strange = table.loc[table["departement_code"].isna(), "commune_code"].head(5)
        raise DisclosureError(f"communes inconnues : {', '.join(strange)}", way_out="donner des communes actuelles")
    return table


def _refuse_incomplete(hidden: pd.DataFrame, communes: pd.DataFrame) -> None:
    """Refuse what would make two releases subtractable, or a class meaningless (DisclosureError)."""
    expected = set(communes.loc[communes["departement_code"].isin(set(hidden["departement_code"])), "code"])
    if len(hidden) != len(expected) or set(hidden["commune_code"]) != expected:
        missing = sorted(expected - set(hidden["commune_code"]))
        raise DisclosureError(
            f"{len(missing)} communes manquent, ou sont répétées, dans un département compté",
            where=", ".join(missing[:5]),
            way_out="diffuser les départements entiers, puis choisir les communes",
        )
    counts = hidden.loc[hidden["counted"], "persons"].dropna()
    if (counts.lt(0) | counts.mod(1).ne(0)).any():
        raise DisclosureError("un effectif n'est pas un nombre entier de personnes", way_out="corriger le fichier")


def _open(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are, for who may see them."""
    result = table[["commune_code", "departement_code", "persons", "need_basis"]].copy()
    known = table["persons"].notna()
    exact = table["counted"] & known
    shown = np.where(exact, PersonsClass.EXACT.value, PersonsClass.ESTIMATE.value)
    result["persons_class"] = pd.Series(shown, index=table.index, dtype="object").where(
        known, PersonsClass.UNKNOWN.value
    )
    result["persons_low"] = table["persons"].where(exact, 0.0)
    result["persons_high"] = table["persons"].where(exact)
    for name in ("block", "block_label"):
        result[name] = pd.Series(None, index=table.index, dtype="object")
    return result.assign(block_low=np.nan, block_high=np.nan)


def _protected(table: pd.DataFrame, drawn: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the columns of protected rows: a function of the class of each block, and of public data."""
    rows = drawn.reindex(table["commune_code"]).set_axis(table.index)
    told = _told(table.assign(block=rows["block"]), threshold)
    of_block = told.reindex(rows["block"]).set_axis(table.index)
    alone = rows["members"].eq(1)
    several = np.where(alone, PersonsClass.ROUNDED.value, PersonsClass.GROUPED.value)
    shown = pd.Series(several, index=table.index, dtype="object")
    shown = shown.mask(of_block["fewer"], PersonsClass.FEWER.value).mask(of_block["withheld"], "withheld")
    part = table["population"] / of_block["population"].where(of_block["population"] > 0)
    return pd.DataFrame(
        {
            "persons": of_block["middle"] * part.fillna(1 / rows["members"]),
            "need_basis": NeedBasis.PROTECTED.value,
            "persons_class": shown,
            "persons_low": of_block["low"].where(alone, 0.0),
            "persons_high": of_block["high"],
            "block": rows["block"],
            "block_label": rows["label"] + " : " + of_block["words"],
            "block_low": of_block["low"],
            "block_high": of_block["high"],
        }
    )


def _told(table: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return what is told of each block, by block.

    ``masked`` and ``silent`` are said of a whole département: of one block, they would tell which of its communes a
    source lists.
    """
    counts = table["persons"].where(table["counted"])
    grouped = table.assign(counts=counts).groupby("block")
    told = pd.DataFrame({"population": grouped["population"].sum(), "departement": grouped["departement_code"].first()})
    told["low"], top = bounds(grouped["counts"].sum().to_numpy(dtype=np.float64), threshold)
    told["fewer"] = told["low"].eq(0)
    unknown = counts.isna().groupby(table["departement_code"]).any()
    silent = (~table["counted"]).groupby(table["departement_code"]).any()
    # Of a département of one commune it would tell that this one is masked: then it is said below the threshold anyway.
    alone = told["departement"].map(table.groupby("departement_code").size()).eq(1)
    told["open"] = told["departement"].map(unknown).astype(bool).mask(alone, told["fewer"])
    told["withheld"] = told["fewer"].groupby(told["departement"]).transform("all")
    told["withheld"] |= told["fewer"] & told["departement"].map(silent).astype(bool)
    told["top"] = top
    told["middle"] = ((told["low"] + top) / 2).mask(told["fewer"], _likely(told)).mask(told["withheld"])
    told["high"] = told["top"].mask(told["open"])
    told["words"] = _words(told, threshold)
    return told


def _likely(told: pd.DataFrame) -> "pd.Series[float]":
    """Return the number likely in the blocks below the threshold, where their département is not withheld."""
    found = pd.Series(np.nan, index=told.index)
    for _, group in told.groupby("departement"):
        if (group["fewer"] & ~group["withheld"]).any():
            population, low, top = (group[name].to_numpy(dtype=np.float64) for name in ("population", "low", "top"))
            found[group.index] = likely(population, low, top)
    return found


def _words(told: pd.DataFrame, threshold: int) -> "pd.Series[str]":
    """Say a class in French."""
    low, high = (told[name].astype("int64").astype("str") for name in ("low", "top"))
    words = low + " à " + high + " personnes"
    words = words.mask(told["fewer"], f"moins de {threshold} personnes")
    return words.mask(told["open"], words + " comptées, certains effectifs pouvant être inconnus")
