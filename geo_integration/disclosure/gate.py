"""The exit door, behind the protection of :mod:`people`: a second lock for every table with figures about people.

The first lock makes the figures safe before they are computed. This one holds where the first was forgotten: a row
computed from counts that this viewer may not see in full is emptied, whatever it was computed by.
"""

from collections.abc import Collection, Mapping
from functools import cache

import pandas as pd

from geo_integration import territories
from geo_integration.disclosure.census import refuse_small_communes
from geo_integration.disclosure.people import COUNTED
from geo_integration.disclosure.viewers import Viewer
from geo_integration.errors import DisclosureError
from geo_integration.vocabulary import TerritoryLevel

_STEMS = ("need", "persons", "learners")
_NO_FIGURE = frozenset({"need_basis", "need_share", "persons_class"})


def release(
    table: pd.DataFrame,
    viewer: Viewer,
    *,
    level: TerritoryLevel | None = None,
    figures: Collection[str] = (),
    people: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what a viewer may see of a table with figures about people; the table is left unchanged.

    A row computed from counts (``need_basis`` holds ``official`` or ``synthetic``, alone or with others) passes when
    it is about communes of one département the viewer sees in full: its ``departement_code``, or the code of a
    département or arrondissement. A row about other territories passes only with ``people``.

    Parameters
    ----------
    table : has ``need_basis``; ``departement_code``, or ``level`` and ``code`` (roll-ups).
    viewer : who will see it.
    level : what a row is about, where the table has no ``level``.
    figures : columns about people, besides those named ``need…``, ``persons…``, ``learners…``.
    people : what :func:`people.release_people` gave for this viewer, and the table was computed from: it shows that
        no count of another département is in it.

    Returns
    -------
    A copy; in rows withheld, figures are null and ``withheld`` is true (it stays true where it was).

    Raises
    ------
    DisclosureError
        The table has figures about people and no ``need_basis``; a column of ``figures`` is absent; ``people`` holds
        counts this viewer may not see; census figures about communes too small (see :mod:`census`).
    """
    refuse_small_communes(table)
    columns = _figures(table, figures)
    result = table.copy()
    already = result["withheld"].fillna(value=True).astype(bool) if "withheld" in result else False
    withheld = pd.Series(already, index=result.index, dtype="bool")
    if not viewer.sees_everything and columns:
        withheld |= _counted(result) & ~_own(result, viewer, level, people)
    for name in columns:
        result[name] = result[name].mask(withheld)
    result["withheld"] = withheld
    return result


def release_beside(tables: Mapping[str, pd.DataFrame], viewer: Viewer) -> dict[str, pd.DataFrame]:
    """Return the layers shown beside the figures: the public is not told where people are housed.

    Those named by département see it in theirs only. The counts themselves (``bpi``) go to who loaded them.
    """
    shown = {name: table for name, table in tables.items() if viewer.sees_everything or name != "bpi"}
    if viewer.sees_everything or "housing" not in shown:
        return shown
    if not viewer.departements:
        del shown["housing"]
        return shown
    housing = shown["housing"]
    shown["housing"] = housing[housing["commune_code"].map(_departement_of()).isin(viewer.departements)]
    return shown


def _figures(table: pd.DataFrame, named: Collection[str]) -> list[str]:
    """Return the columns about people."""
    if absent := sorted(set(named) - set(table.columns)):
        raise DisclosureError(f"colonnes absentes : {', '.join(absent)}", way_out="nommer celles de la table")
    stems = [name for name in table.columns if str(name).startswith(_STEMS) and name not in _NO_FIGURE]
    columns = sorted({*named, *stems})
    if columns and "need_basis" not in table:
        raise DisclosureError(
            f"rien ne dit d'où viennent les effectifs ({', '.join(columns)})",
            where="need_basis",
            way_out="joindre la colonne need_basis à la table",
        )
    return columns


def _counted(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say which rows hold counts; one that says nothing of where it comes from does."""
    bases = table["need_basis"].astype("object").fillna(COUNTED[0]).str.split("+")
    return bases.map(lambda found: any(basis in COUNTED for basis in found)).astype(bool)


def _own(
    table: pd.DataFrame, viewer: Viewer, level: TerritoryLevel | None, people: pd.DataFrame | None
) -> "pd.Series[bool]":
    """Say which rows hold no count but those of the viewer's own départements."""
    if people is not None:
        strange = sorted(set(people.loc[_counted(people), "departement_code"].astype("str")) - viewer.departements)
        if strange:
            raise DisclosureError(
                f"effectifs de départements que ce destinataire ne voit pas : {', '.join(strange)}",
                way_out="calculer la table à partir de release_people pour ce destinataire",
            )
        return pd.Series(True, index=table.index)  # noqa: FBT003 -- a column of one value
    if "departement_code" in table:
        return table["departement_code"].isin(viewer.departements)
    if "code" not in table or ("level" not in table and level is None):
        return pd.Series(False, index=table.index)  # noqa: FBT003 -- a column of one value
    levels = table["level"] if "level" in table else pd.Series(str(level), index=table.index)
    of_arrondissement = table["code"].map(_departement_of_arrondissement())
    departement = table["code"].where(levels.eq(TerritoryLevel.DEPARTEMENT.value))
    departement = departement.mask(levels.eq(TerritoryLevel.ARRONDISSEMENT.value), of_arrondissement)
    return departement.isin(viewer.departements)


@cache
def _departement_of() -> dict[str, str]:
    communes = territories.communes(["code", "departement_code"], geometry=False)
    return dict(zip(communes["code"], communes["departement_code"], strict=True))


@cache
def _departement_of_arrondissement() -> dict[str, str]:
    table = territories.arrondissements(["code", "departement_code"], geometry=False)
    return dict(zip(table["code"], table["departement_code"], strict=True))
