"""Opening or closing a course without computing the whole reach table again.

A site's rows depend on no other site: opening one adds its rows, closing one takes them out, and the
other rows stay as they are. What does depend on other sites is which one is nearest: :class:`KNearest` keeps
the k nearest sites of every commune, so that closing one shows the next without any search.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import pandas as pd

from geo_integration.errors import LayerError, OptionError
from geo_integration.travel.streets.network import RoadNetwork
from geo_integration.travel.streets.reach import street_reach_table
from geo_integration.travel.streets.router import Router
from geo_integration.vocabulary import Engine

_LISTED = ["commune_code", "site_id", "out_minutes", "back_minutes"]


def add_sites(
    table: pd.DataFrame,
    sites: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    network: RoadNetwork,
    cutoff_minutes: float,
    router: Router | None = None,
) -> pd.DataFrame:
    """Return a reach table with the rows of new sites after those it has, which stay as they are.

    Parameters
    ----------
    table : what :func:`~.reach.street_reach_table` returned, for the same origins, network and cutoff.
    sites : only the new ones; columns as there.
    origins, network, cutoff_minutes, router : those of the table. Only the new sites are searched.

    Raises
    ------
    LayerError
        A site is in the table already, the table has other columns, or other minutes of this mode
        (never mix engines); and as for :func:`~.reach.street_reach_table`.
    """
    rows = street_reach_table(sites, origins, network=network, cutoff_minutes=cutoff_minutes, router=router)
    if list(table.columns) != list(rows.columns):
        raise LayerError(
            f"colonnes {', '.join(table.columns)}",
            where="table des temps",
            way_out=f"donner celle que le calcul a rendue : {', '.join(rows.columns)}",
        )
    same_mode = table[table["mode"] == network.mode.value]
    if engines := sorted(set(same_mode["engine"].unique()) - {Engine.STREETS.value}):
        raise LayerError(
            f"temps déjà calculés par un autre moteur : {', '.join(engines)}",
            where="table des temps, engine",
            way_out="recalculer toute la table sur les rues",
        )
    known = same_mode["site_id"].isin(sites["site_id"].astype(str))
    if repeated := sorted(same_mode.loc[known, "site_id"].unique()):
        raise LayerError(
            f"lieux déjà dans la table : {', '.join(repeated[:3])}",
            where="lieux à ajouter, site_id",
            way_out="les fermer d'abord (close_sites), ou donner un autre identifiant",
        )
    return pd.concat([part for part in (table, rows) if len(part)] or [rows], ignore_index=True)


def close_sites(table: pd.DataFrame, site_ids: Iterable[str]) -> pd.DataFrame:
    """Return a reach table without the rows of some sites; the others stay as they are.

    A site that has no row, being out of everyone's reach, may be closed all the same.
    """
    return table[~table["site_id"].isin(set(site_ids))].reset_index(drop=True)


@dataclass(frozen=True)
class KNearest:
    """The nearest sites of every commune, by the longer of there and back, then by identifier.

    What is listed for a commune is always the very nearest sites there are, in order. After closings it may
    be fewer than ``k``: the next ones are then not known, until a search.

    Attributes
    ----------
    k : how many are kept at most.
    table : ``commune_code``, ``site_id``, ``out_minutes``, ``back_minutes``; by commune, then nearest first.
    partial : communes that more sites reach, or may reach, than are listed. The list of any other commune is all
        there is within the cutoff of the reach table.
    """

    k: int
    table: pd.DataFrame
    partial: frozenset[str]

    @classmethod
    def of(cls, reach: pd.DataFrame, *, k: int) -> Self:
        """Find them in a reach table of one mode.

        Raises
        ------
        OptionError
            ``k`` is less than 1.
        LayerError
            The table has several modes.
        """
        if k < 1:
            raise OptionError(f"k vaut {k}", where="k plus proches", way_out="donner 1 ou plus, par exemple 5")
        if len(reach["mode"].unique()) > 1:
            raise LayerError(
                f"plusieurs modes : {', '.join(sorted(reach['mode'].unique()))}",
                where="table des temps, mode",
                way_out="garder un seul mode",
            )
        return cls(k, reach[_LISTED].iloc[:0], frozenset()).add(reach)

    def nearest(self) -> pd.DataFrame:
        """Return the first row of every commune that has one."""
        return self.table.drop_duplicates("commune_code").reset_index(drop=True)

    @property
    def needs_search(self) -> frozenset[str]:
        """Communes whose every listed site was closed while others may reach them: their nearest is not known."""
        return self.partial - frozenset(self.table["commune_code"].unique())

    def close(self, site_ids: Iterable[str]) -> Self:
        """Return the lists without some sites. Nothing is searched."""
        return type(self)(self.k, close_sites(self.table, site_ids), self.partial)

    def add(self, reach: pd.DataFrame) -> Self:
        """Return the lists with the rows of new sites, as :func:`add_sites` adds them to the reach table.

        Raises LayerError if one of them is listed already.
        """
        rows = reach[_LISTED]
        both = pd.concat([part for part in (self.table, rows) if len(part)] or [rows], ignore_index=True)
        if (again := both.duplicated(["commune_code", "site_id"])).any():
            raise LayerError(
                f"lieux déjà dans les listes : {', '.join(sorted(set(both.loc[again, 'site_id']))[:3])}",
                where="k plus proches",
                way_out="les fermer d'abord",
            )
        worst = both[["out_minutes", "back_minutes"]].max(axis=1)
        both = both.assign(worst=worst, new=range(len(both))).sort_values(["commune_code", "worst", "site_id"])
        # Past the last site listed of a partial commune others may come first: what is new there is not listed.
        listed = both["new"] < len(self.table)
        before_last = listed[::-1].groupby(both["commune_code"][::-1]).cummax()[::-1]
        sure = before_last | ~both["commune_code"].isin(self.partial)
        kept = sure & (sure.groupby(both["commune_code"]).cumsum() <= self.k)
        left_out = frozenset(both.loc[~kept, "commune_code"].unique())
        return type(self)(self.k, both.loc[kept, _LISTED].reset_index(drop=True), self.partial | left_out)
