"""Offers and sessions laid out to be judged: once, for as many learners as ask."""

from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.judges import Rows
from geo_integration.coverage.fit.sessions import session_states
from geo_integration.errors import MissingDataError

_DAYS = 4
"""Days whose states of sessions are kept."""

_OF_OFFER = ("title", "conditions", "registration")
"""What a session is judged on and its offer says."""


class Subjects:
    """The sessions of some offers, then one row per offer without any, beside the offers; threads may share it.

    Parameters
    ----------
    offers, sessions : the layers of those names. MissingDataError for offers that were not classified.

    Attributes
    ----------
    offers : the offers, by ``offer_id``. sessions : their sessions, with what the offers say of them.
    offer : position of each session's offer. row : its position in the sessions given (-1: none).
    virtual : whether it stands for an offer without sessions.
    given : the sessions given.
    """

    def __init__(self, offers: pd.DataFrame, sessions: pd.DataFrame) -> None:
        if "kind" not in offers:
            raise MissingDataError("la couche des offres n'a pas été classée", way_out="réimporter les offres")
        table = pd.DataFrame(offers).sort_values("offer_id", kind="stable").reset_index(drop=True)
        at = pd.Index(table["offer_id"]).get_indexer(pd.Index(sessions["offer_id"]))
        row = np.flatnonzero(at >= 0)
        silent = np.setdiff1d(np.arange(len(table)), at[row])
        self.offer: npt.NDArray[np.intp] = np.concatenate([at[row], silent])
        subjects = pd.DataFrame(sessions).iloc[row].reset_index(drop=True).reindex(range(len(self.offer)))
        subjects["offer_id"] = table["offer_id"].to_numpy()[self.offer]
        for name in _OF_OFFER:
            if name in table:
                subjects[name] = table[name].to_numpy()[self.offer]
        self.offers, self.sessions = Rows(table), Rows(subjects)
        self.row: npt.NDArray[np.intp] = np.concatenate([row, np.full(len(silent), -1)])
        self.virtual: npt.NDArray[np.bool_] = self.row < 0
        self.given = sessions
        self.states = lru_cache(maxsize=_DAYS)(lambda as_of: session_states(self.given, as_of=as_of))

    @cached_property
    def ids(self) -> list[str]:
        """Return the ``session_id`` of each row."""
        return [str(one) for one in self.sessions.table["session_id"].tolist()]

    @cached_property
    def of_offer(self) -> list[npt.NDArray[np.intp]]:
        """Return the rows of each offer's sessions, by ``session_id``; the row that stands for none is left out."""
        rows = sorted(np.flatnonzero(~self.virtual).tolist(), key=lambda row: self.ids[row])
        found: list[list[int]] = [[] for _ in range(len(self.offers))]
        for row in rows:
            found[self.offer[row]].append(row)
        return [np.array(its, dtype=np.intp) for its in found]

    @cached_property
    def alone(self) -> dict[int, int]:
        """Return, by position of the offers without sessions, the row that stands for them."""
        rows = np.flatnonzero(self.virtual)
        return dict(zip(self.offer[rows].tolist(), rows.tolist(), strict=True))
