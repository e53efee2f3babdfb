"""What changed between two coverage tables: causes, minutes, need; every commune and learner accounted for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_integration.errors import LayerError
from geo_integration.vocabulary import Cause, Term

_SILENT = (Cause.NO_DATA, Cause.NOT_ROUTABLE)
"""Causes that say that nobody knows, rather than that there is no course."""

ABSENT = "absent"
"""Cause of a commune that one of the tables does not have."""


class Change(Term):
    """What became of a commune."""

    GAINED = ("gained", "Nouvellement couverte", "was not covered, is now")
    LOST = ("lost", "N'est plus couverte", "was covered, is not any more")
    COVERED = ("covered", "Toujours couverte", "covered both times")
    OTHER_CAUSE = ("other_cause", "Autre cause", "not covered either time, for another reason")
    UNCOVERED = ("uncovered", "Toujours pas couverte", "not covered either time, for the same reason")
    UNKNOWN = ("unknown", "Inconnu", "one of the times nobody knows: no source, no network, or not in the table")


class MinutesChange(Term):
    """What became of the minutes to the nearest fitting open course."""

    SHORTER = ("shorter", "Plus court", "fewer minutes")
    SAME = ("same", "Inchangé", "the same, to a tenth of a minute")
    LONGER = ("longer", "Plus long", "more minutes")
    GAINED = ("gained", "Un cours est apparu", "there was none within the distance looked at, there is one")
    LOST = ("lost", "Le cours a disparu", "there was one within the distance looked at, there is none")
    NONE = ("none", "Aucun cours, les deux fois", "none within the distance looked at, either time")
    UNKNOWN = ("unknown", "Inconnu", "not known one of the times")


@dataclass(frozen=True)
class Changes:
    """The answer.

    Attributes
    ----------
    table : one row per commune of either table, by key: the key; ``cause_before``, ``cause_after``, ``change``
        (:class:`Change`), and the same three ``_if_unknown_fits`` (the other bound); ``minutes_before``,
        ``minutes_after`` (longer of there and back; ``inf`` none, NaN not known), ``minutes_difference`` (after minus
        before; null unless both are finite), ``minutes_change`` (:class:`MinutesChange`); ``need_before``,
        ``need_after``; ``need_gained`` (need of now where it is newly covered, 0 elsewhere, null where ``change`` is
        unknown), ``need_lost`` (the same of who lost it), ``need_difference`` (uncovered need, after minus before).
    transitions : one row per pair of causes met: ``cause_before``, ``cause_after``, ``communes``, ``need_before``,
        ``need_after`` (sums of what is known; null where there are communes and the need of none is), and
        ``communes_need_unknown``. They add up to every commune and to all the need known, on both sides.
    sums : one row per bound (``sure``: courses sure to fit; ``if_unknown_fits``: all of those that may): ``bound``,
        ``communes``, ``communes_<change>`` for each, ``need_gained``, ``need_lost`` (0 where no commune did; null where
        some did and the need of none is known), ``need_uncovered_before``, ``need_uncovered_after``,
        ``communes_need_unknown``.
    """

    table: pd.DataFrame
    transitions: pd.DataFrame
    sums: pd.DataFrame


def change(before: pd.DataFrame, after: pd.DataFrame, *, key: str = "commune_code") -> Changes:
    """Compare two coverage tables, commune by commune.

    Parameters
    ----------
    before, after : tables of ``layers.COVERAGE``: the same question to other courses, or on another day. What a viewer
        may see of them: differences are computed from that.
    key : column that identifies a row.

    Raises
    ------
    LayerError
        A key that is repeated, or two tables that do not answer the same question (kind, level, mode or longest trip).
    """
    _check(before, after, key)
    codes = pd.Index(sorted({*before[key], *after[key]}), name=key)
    sides = {"before": _side(before, key, codes), "after": _side(after, key, codes)}
    table = pd.DataFrame(index=codes)
    for suffix in ("", "_if_unknown_fits"):
        for when, side in sides.items():
            table[f"cause_{when}{suffix}"] = side[f"cause{suffix}"]
        table[f"change{suffix}"] = _changed(table[f"cause_before{suffix}"], table[f"cause_after{suffix}"])
    _add_minutes(table, sides["before"]["minutes"], sides["after"]["minutes"])
    for when, side in sides.items():
        table[f"need_{when}"] = side["need"]
    _add_need(table, sides)
    found = table.reset_index()
    return Changes(found, _transitions(found), _sums(found, sides))


def _side(coverage: pd.DataFrame, key: str, codes: "pd.Index[str]") -> pd.DataFrame:
    """Return the causes, minutes and need of one table, for every commune of either."""
    table = coverage.set_index(key)
    minutes = table[["out_minutes", "back_minutes"]].astype("float64").max(axis=1, skipna=False)
    # None was found: it is known that there is none, unless nothing could be known there.
    known_none = minutes.isna() & ~table["cause"].isin([cause.value for cause in _SILENT])
    side = table[["cause", "cause_if_unknown_fits", "need_uncovered", "need_uncovered_if_unknown_fits"]].assign(
        minutes=minutes.mask(known_none, np.inf), need=table["need"].astype("float64")
    )
    side = side.reindex(codes)
    for column in ("cause", "cause_if_unknown_fits"):
        side[column] = side[column].fillna(ABSENT)
    return side


def _changed(before: "pd.Series[str]", after: "pd.Series[str]") -> "pd.Series[str]":
    silent = [*(cause.value for cause in _SILENT), ABSENT]
    was, now = before.eq(Cause.COVERED.value), after.eq(Cause.COVERED.value)
    rules = [
        (before.isin(silent) | after.isin(silent), Change.UNKNOWN),
        (was & now, Change.COVERED),
        (now, Change.GAINED),
        (was, Change.LOST),
        (before.eq(after), Change.UNCOVERED),
    ]
    codes = np.select([rule for rule, _ in rules], [one.value for _, one in rules], Change.OTHER_CAUSE.value)
    return pd.Series(codes, index=before.index, dtype="str")


def _add_minutes(table: pd.DataFrame, before: "pd.Series[float]", after: "pd.Series[float]") -> None:
    table["minutes_before"], table["minutes_after"] = before, after
    none_before, none_after = before.eq(np.inf), after.eq(np.inf)
    difference = (after.mask(none_after) - before.mask(none_before)).round(1)
    table["minutes_difference"] = difference
    rules = [
        (before.isna() | after.isna(), MinutesChange.UNKNOWN),
        (none_before & none_after, MinutesChange.NONE),
        (none_before, MinutesChange.GAINED),
        (none_after, MinutesChange.LOST),
        (difference.lt(0), MinutesChange.SHORTER),
        (difference.gt(0), MinutesChange.LONGER),
    ]
    codes = np.select([rule for rule, _ in rules], [one.value for _, one in rules], MinutesChange.SAME.value)
    table["minutes_change"] = pd.Series(codes, index=table.index, dtype="str")


def _add_need(table: pd.DataFrame, sides: dict[str, pd.DataFrame]) -> None:
    table["need_gained"] = _of(table["need_after"], table["change"], Change.GAINED)
    table["need_lost"] = _of(table["need_after"], table["change"], Change.LOST)
    table["need_difference"] = (sides["after"]["need_uncovered"] - sides["before"]["need_uncovered"]).round(2)


def _of(need: "pd.Series[float]", became: "pd.Series[str]", wanted: Change) -> "pd.Series[float]":
    """Return the need of the communes a change befell: 0 where another did, null where it is not known."""
    chosen = need.mask(became.isin([one.value for one in Change if one not in {wanted, Change.UNKNOWN}]), 0.0)
    return chosen.where(became.ne(Change.UNKNOWN.value))


def _transitions(table: pd.DataFrame) -> pd.DataFrame:
    order = {cause: number for number, cause in enumerate([*(one.value for one in Cause), ABSENT])}
    pairs = table.groupby(["cause_before", "cause_after"], sort=False)
    found = pairs.size().rename("communes").to_frame()
    for name in ("need_before", "need_after"):
        found[name] = pairs[name].sum(min_count=1)
    unknown = table["need_before"].isna() | table["need_after"].isna()
    found["communes_need_unknown"] = unknown.groupby([table["cause_before"], table["cause_after"]]).sum()
    found = found.reset_index()
    return found.sort_values(["cause_before", "cause_after"], key=lambda column: column.map(order), ignore_index=True)


def _sums(table: pd.DataFrame, sides: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for bound, suffix in (("sure", ""), ("if_unknown_fits", "_if_unknown_fits")):
        became = table[f"change{suffix}"]
        row: dict[str, object] = {"bound": bound, "communes": len(table)}
        row |= {f"communes_{one.value}": int(became.eq(one.value).sum()) for one in Change}
        for name, wanted in (("need_gained", Change.GAINED), ("need_lost", Change.LOST)):
            mine = became.eq(wanted.value)
            # Nobody moved is 0; some did, none of them counted, is nobody knows.
            row[name] = _total(table.loc[mine, "need_after"]) if mine.any() else 0.0
        for when, side in sides.items():
            row[f"need_uncovered_{when}"] = _total(side[f"need_uncovered{suffix}"])
        rows.append(row | {"communes_need_unknown": int(table["need_after"].isna().sum())})
    return pd.DataFrame(rows)


def _total(values: "pd.Series[float]") -> float:
    """Add up what is known, to two decimals; null where nothing is."""
    return round(float(values.astype("float64").sum(min_count=1)), 2)


def _check(before: pd.DataFrame, after: pd.DataFrame, key: str) -> None:
    for name, table in (("avant", before), ("après", after)):
        if table[key].duplicated().any():
            twice = table.loc[table[key].duplicated(), key].iloc[0]
            raise LayerError(f"« {twice} » y est deux fois", where=f"table « {name} », colonne {key}")
    for column in ("kind", "level", "mode", "cutoff_minutes"):
        asked = {*before[column].astype("str").fillna(""), *after[column].astype("str").fillna("")}
        if len(asked) > 1:
            raise LayerError(
                f"les deux tables ne répondent pas à la même question : {column} {', '.join(sorted(asked))}",
                where="avant, après",
                way_out="comparer la même question à deux dates, ou à deux versions des offres",
            )
