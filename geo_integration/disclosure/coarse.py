"""A released vector by EPCI: coarser than by commune, and no more telling, for it is computed from it."""

import numpy as np
import pandas as pd

from geo_integration.vocabulary import NeedBasis


def coarsen_to_epci(released: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    """Sum what was released over each EPCI's part of each département.

    Parameters
    ----------
    released : what :func:`people.release_people` gave.
    communes : ``code``, ``epci_code`` of the same communes.

    Returns
    -------
    One row per département and EPCI (empty code: communes in none), by codes: ``departement_code``, ``epci_code``,
    ``communes``, ``persons`` (null where one of them is), ``persons_low``, ``persons_high`` (null: something there is
    not known), ``need_basis`` (``+`` between several). The bounds are those of the blocks that lie in it, which are
    narrower than the sum of those of its communes; a block shared by several EPCI counts 0 in the low bound of each,
    and whole in the high one.
    """
    epci = communes.drop_duplicates("code").set_index("code")["epci_code"]
    table = released.assign(epci_code=released["commune_code"].map(epci).fillna(""))
    keys = ["departement_code", "epci_code"]
    grouped = table.groupby(keys, sort=True)
    result = pd.DataFrame({"communes": grouped.size()})
    unknown = table["persons"].isna().groupby([table[key] for key in keys]).any()
    result["persons"] = grouped["persons"].sum().mask(unknown)
    parts = _parts(table, keys)
    summed = parts.groupby(keys)
    result["persons_low"] = summed["low"].sum()
    result["persons_high"] = summed["high"].sum().mask(parts["high"].isna().groupby([parts[key] for key in keys]).any())
    result["need_basis"] = grouped["need_basis"].agg(lambda found: "+".join(sorted(set(found))))
    return result.reset_index()


def _parts(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the bounds of each block, or unprotected commune, in each EPCI it touches."""
    protected = table["need_basis"].eq(NeedBasis.PROTECTED.value)
    pieces = table.assign(
        piece=table["block"].where(protected, table["commune_code"]),
        low=table["block_low"].where(protected, table["persons_low"]),
        high=table["block_high"].where(protected, table["persons_high"]),
    )
    parts = pieces.drop_duplicates([*keys, "piece"])[[*keys, "piece", "low", "high"]]
    shared = parts["piece"].duplicated(keep=False)
    return parts.assign(low=np.where(shared, 0.0, parts["low"]))
