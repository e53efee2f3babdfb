"""What one version of the store holds, ready to be searched: offers, sessions, places, and the fit of learners."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.fit.judgement import Judgement, Subjects, Told, judge
from geo_integration.coverage.fit.judges import RANK
from geo_integration.coverage.learner.profile import Profile
from geo_integration.disclosure import Viewer
from geo_integration.errors import GeoIntegrationError, MissingDataError
from geo_integration.exports import Source
from geo_integration.jobs.ground import site_positions
from geo_integration.jobs.loaded import Loaded
from geo_integration.jobs.means import Means
from geo_integration.search.cards import Card, offer_cards, session_cards, sessions_of
from geo_integration.search.kept import Kept
from geo_integration.search.roads import Places, Side, prepare
from geo_integration.store import Store
from geo_integration.vocabulary import HalfDay, Kind, Level, Modality, Mode, OfferStatus, Schooling

_PROFILES, _JUDGED = 256, 500_000
"""Learners whose fit is kept, at most, and offers judged that are kept over all of them: about 60 MB."""
_NETWORKS = 8
_HEATED = 16
"""Learners whose fit is computed beforehand for a new version: the latest of the version before."""

type Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Fitting:
    """Every offer judged for one learner, on one day; arrays in the order of the offers.

    Attributes
    ----------
    fits : :class:`Fit`. status : :class:`OfferStatus`.
    go_to : by session, whether the offer has its status through it and it may fit. live : by session, whether it runs.
    carries : by session, index of the sessions' table, as timetables want it.
    """

    fits: npt.NDArray[np.object_]
    status: npt.NDArray[np.object_]
    go_to: Flags
    live: Flags
    carries: "pd.Series[bool]"
    _judgement: Judgement
    _position: npt.NDArray[np.intp]

    @classmethod
    def of(cls, judgement: Judgement, position: npt.NDArray[np.intp]) -> Self:
        """Take a judgement, and the position in it of each offer."""
        states = judgement.sessions
        return cls(
            fits=_FITS[judgement.fits[position]],
            status=np.array([_STATUS[code] for code in judgement.codes[position]], dtype=object),
            go_to=(states["carries"] & states["may_fit"]).to_numpy(dtype=bool),
            live=states["live"].to_numpy(dtype=bool),
            carries=states["carries"],
            _judgement=judgement,
            _position=position,
        )

    def told(self, row: int) -> Told:
        """Return why an offer fits or does not."""
        return self._judgement.told(int(self._position[row]))

    def status_of(self, offer_ids: "pd.Series[str]") -> "pd.Series[str]":
        """Return the status by offer, as the jobs take it."""
        return pd.Series(self.status, index=pd.Index(offer_ids, name="offer_id"), dtype="str")


@dataclass(frozen=True)
class Warm:
    """One version of the store.

    Attributes
    ----------
    version : of the store, as it says itself.
    loaded : offers and sessions, with their snapshots.
    offers, sessions : their tables, rows numbered from 0. subjects : the same, laid out to be judged.
    cards, session_cards : the same in plain fields. of_offer : rows of each offer's sessions.
    places : sites, by ``site_ids``. site : row of each offer's site, -1 without one. remote : whether it is remote.
    row : of each offer. rank : of each offer among their sorted identifiers. synthetic : whether any is made up.
    """

    version: str
    loaded: Loaded
    offers: gpd.GeoDataFrame
    sessions: pd.DataFrame
    subjects: Subjects
    cards: list[Card]
    session_cards: list[Card]
    of_offer: list[npt.NDArray[np.intp]]
    site_ids: "pd.Index[str]"
    places: Places
    site: npt.NDArray[np.intp]
    remote: Flags
    row: Mapping[str, int]
    rank: npt.NDArray[np.intp]
    synthetic: bool
    _fits: "Kept[tuple[Profile, date], Fitting]"
    _sides: "Kept[Means, Side]" = field(default_factory=lambda: Kept(_NETWORKS))

    @classmethod
    def read(cls, store: Store, version: str) -> Self:
        """Read the offers of a store; MissingDataError where it has none."""
        have = set(store.layers())
        if "offers" not in have:
            raise MissingDataError(
                "aucune offre dans l'entrepôt",
                way_out="importer une source d'offres, ou charger la démonstration (geo-integration demo)",
            )
        names = [name for name in ("offers", "sessions") if name in have]
        layers = store.read_together(names)
        loaded = Loaded(layers, {name: store.info(name) for name in names})
        offers = gpd.GeoDataFrame(layers["offers"]).reset_index(drop=True)
        sessions = layers["sessions"].reset_index(drop=True)
        site_ids = pd.Index(sorted(offers["site_id"].dropna().unique()), dtype="str")
        return cls(
            version=version,
            loaded=loaded,
            offers=offers,
            sessions=sessions,
            subjects=Subjects(offers.drop(columns="geometry"), sessions),
            cards=offer_cards(offers),
            session_cards=session_cards(sessions),
            of_offer=sessions_of(offers, sessions),
            site_ids=site_ids,
            places=_places(site_ids, offers),
            site=site_ids.get_indexer(pd.Index(offers["site_id"])),
            remote=offers["modality"].eq(Modality.REMOTE.value).to_numpy(dtype=bool),
            row={offer: number for number, offer in enumerate(offers["offer_id"])},
            rank=np.argsort(np.argsort(offers["offer_id"].to_numpy(dtype=object))),
            synthetic=loaded.synthetic,
            _fits=Kept(max(1, min(_PROFILES, _JUDGED // max(len(offers), 1)))),
        )

    def fitting(self, profile: Profile, as_of: date) -> Fitting:
        """Return every offer judged for a learner; kept."""
        return self._fits.get(
            (profile, as_of), lambda: Fitting.of(judge(self.subjects, profile, as_of=as_of), self.rank)
        )

    def side(self, means: Means) -> Side:
        """Return the sites joined to a network of roads or streets; kept."""
        key = Means(mode=means.mode, network=means.network, folder=means.folder)
        return self._sides.get(key, lambda: prepare(key, self.places))

    def heat(self, before: "Warm | None") -> None:
        """Compute beforehand what is sure to be asked, and what was asked of the version before."""
        usual = [Means(mode=mode) for mode in (Mode.CAR, Mode.FOOT, Mode.BIKE)]
        for means in dict.fromkeys([*usual, *(before._sides.latest(_NETWORKS) if before else [])]):  # noqa: SLF001
            with suppress(GeoIntegrationError):  # a network that is gone is missed by whoever asks for it
                self.side(means)
        judge(self.subjects, _DEMANDING, as_of=date.fromisoformat(self.published_at[:10]))
        for profile, as_of in before._fits.latest(_HEATED) if before else []:  # noqa: SLF001
            self.fitting(profile, as_of)

    def sources(self) -> list[Source]:
        """Return the files the offers come from."""
        return Loaded({}, {"offers": self.loaded.infos["offers"]}).sources(Viewer.PUBLIC)

    def covered(self, departement: str | None, kinds: frozenset[Kind]) -> str:
        """Say whether some source speaks of a département: ``yes``, ``partly``, ``no``, or ``outside`` France."""
        if departement is None:
            return "outside"
        known = [departement in self.loaded.reported(kind.value) for kind in kinds or frozenset(Kind) - {Kind.UNKNOWN}]
        if kinds:
            return "yes" if all(known) else "partly" if any(known) else "no"
        return "yes" if any(known) else "no"

    @property
    def snapshots(self) -> dict[str, str]:
        """Return layer → version."""
        return {name: info.id for name, info in sorted(self.loaded.infos.items())}

    @property
    def published_at(self) -> str:
        """Return when the latest of the layers was published."""
        return max(info.published_at for info in self.loaded.infos.values()).isoformat()

    def next_sessions(self, row: int, fitting: Fitting, most: int) -> tuple[Mapping[str, Any], ...]:
        """Return the sessions of an offer one would go to, else those under way; soonest first."""
        rows = self.of_offer[row]
        chosen = rows[fitting.go_to[rows]]
        if not len(chosen):
            chosen = rows[fitting.live[rows]]
        return tuple(self.session_cards[session] for session in chosen[:most])


_DEMANDING = Profile(
    level=Level.A1,
    schooling=Schooling.ELSEWHERE,
    statuses=frozenset(),
    free=frozenset({("mon", HalfDay.MORNING)}),
    child_care=True,
    free_of_charge=True,
    starts_by=date.max,
)
"""Asks about every column there is: judged once, it leaves them ready for others."""

_FITS = np.array(list(RANK), dtype=object)
_STATUS = {one.value: one for one in OfferStatus}


def _places(site_ids: "pd.Index[str]", offers: gpd.GeoDataFrame) -> Places:
    table = site_positions(site_ids, offers)
    codes = table["commune_code"].astype(object).where(table["commune_code"].notna(), "").to_numpy(dtype=object)
    return Places(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float), codes)
