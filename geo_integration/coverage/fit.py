"""Fit before minutes: which offers answer a kind and a level, and which of them take people on a given day."""

from datetime import date, timedelta

import pandas as pd

from geo_integration.errors import MissingDataError
from geo_integration.schema import SEPARATOR
from geo_integration.vocabulary import EntryMode, Kind, Level, LocationQuality, Modality, OfferStatus, Recruitment

STALE_DAYS = 548
"""Eighteen months: a session whose source never says that it ends is not believed to run longer."""


def fit(
    offers: pd.DataFrame, sessions: pd.DataFrame, *, kind: Kind, level: Level | None = None, as_of: date
) -> "pd.Series[str]":
    """Say what each offer is to someone who asks for a kind and a level.

    Parameters
    ----------
    offers, sessions : the layers of those names.
    kind : the kind asked for; it must be the offer's own kind, for no kind stands in for another.
    level : the entry level asked for; None takes every level.
    as_of : the day asked about; a session that ends before it is over.

    Returns
    -------
    :class:`OfferStatus` codes, indexed by ``offer_id``, sorted.

    Notes
    -----
    A session whose recruitment state the source does not state counts as open; so does an offer with
    no session. A kind or level that is ``unknown`` gives ``unknown``, never a guess either way.
    """
    if "kind" not in offers:
        raise MissingDataError("la couche des offres n'a pas été classée", way_out="réimporter les offres")
    table = offers.set_index("offer_id").sort_index()
    taking = availability(sessions, as_of=as_of).reindex(table.index).fillna(OfferStatus.OPEN.value)
    same_kind = table["kind"].eq(kind.value)
    kind_unknown = table["kind"].eq(Kind.UNKNOWN.value)
    same_level, level_unknown = _level(table, level)
    fits = same_kind & same_level
    may_fit = (same_kind | kind_unknown) & (same_level | level_unknown) & ~fits
    status = pd.Series(OfferStatus.OTHER.value, index=table.index, dtype="str")
    status[may_fit & taking.eq(OfferStatus.OPEN.value)] = OfferStatus.UNKNOWN.value
    status[fits] = taking[fits]
    status[taking.eq(OfferStatus.OVER.value)] = OfferStatus.OVER.value
    status[table["location_quality"].eq(LocationQuality.NONE.value)] = OfferStatus.UNPLACED.value
    status[table["modality"].eq(Modality.REMOTE.value)] = OfferStatus.REMOTE.value
    return status


def availability(sessions: pd.DataFrame, *, as_of: date) -> "pd.Series[str]":
    """Say of each offer that has sessions whether it is ``open``, ``full`` or ``over`` on a day.

    A session without an end that started more than :data:`STALE_DAYS` before, and takes no permanent entries, is over.
    """
    by_offer = session_states(sessions, as_of=as_of).groupby(sessions["offer_id"]).any()
    status = pd.Series(OfferStatus.OVER.value, index=by_offer.index, dtype="str")
    status[by_offer["live"]] = OfferStatus.FULL.value
    status[by_offer["takes"]] = OfferStatus.OPEN.value
    return status


def session_states(sessions: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Say of each session whether it still runs on a day (``live``) and still takes people (``takes``).

    Same index as ``sessions``, boolean columns. The rules are those of :func:`availability`.
    """
    today = as_of.isoformat()
    live = ~sessions["end_date"].lt(today).fillna(value=False).astype(bool)
    stale = (as_of - timedelta(days=STALE_DAYS)).isoformat()
    endless = sessions["end_date"].isna() & sessions["entry_mode"].ne(EntryMode.PERMANENT.value)
    live &= ~(endless & sessions["start_date"].lt(stale).fillna(value=False).astype(bool))
    refuses = sessions["recruitment"].isin([Recruitment.CLOSED.value, Recruitment.SUSPENDED.value])
    refuses |= sessions["places_available"].eq(0).fillna(value=False).astype(bool)
    refuses |= sessions["registration_end"].lt(today).fillna(value=False).astype(bool)
    return pd.DataFrame({"live": live, "takes": live & ~refuses})


def _level(table: pd.DataFrame, level: Level | None) -> "tuple[pd.Series[bool], pd.Series[bool]]":
    """Return whether the level asked for is among the entry levels, and whether those are unknown."""
    if level is None:
        every = pd.Series(True, index=table.index)  # noqa: FBT003 -- a column of one value
        return every, ~every
    stated = table["level_entry"].str.split(SEPARATOR)
    has = stated.map(lambda levels: level.value in levels)
    unknown = table["level_entry"].eq(Level.UNKNOWN.value)
    return has.astype(bool), unknown
