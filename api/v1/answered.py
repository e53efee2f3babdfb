"""The coverage of a territory for one caller: from what is published if that answers the question, else computed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from api.answers import About
from api.caller import Caller
from api.told import about_of, newest, versions
from api.v1.question import check_size
from geo_integration import territories
from geo_integration.coverage.rollup import ROLLUP_LEVELS, contracts, rollups
from geo_integration.disclosure import Viewer, release
from geo_integration.errors import UnavailableError
from geo_integration.jobs.gaps import compute
from geo_integration.jobs.ground import Progress, chosen
from geo_integration.jobs.means import Means
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request as Asked
from geo_integration.schema import WGS84
from geo_integration.store import SnapshotInfo, Store
from geo_integration.vocabulary import TerritoryLevel
from geo_integration.work.pinned import is_public
from geo_integration.work.published import MINUTES, layer_name, results_state

_PATIENCE = 4
"""A computation nobody waits for any more goes on this many times as long, then stops at its next step."""
_NAMES = {
    TerritoryLevel.REGION: territories.regions,
    TerritoryLevel.DEPARTEMENT: territories.departements,
    TerritoryLevel.ARRONDISSEMENT: territories.arrondissements,
    TerritoryLevel.EPCI: territories.epci,
}
_PUBLISHED_LEVELS = frozenset({*ROLLUP_LEVELS, TerritoryLevel.CTAI})
"""Sums that need no more than the table by commune; those by quarter need where people live in it."""


@dataclass(frozen=True)
class Answered:
    """What a caller may see.

    Attributes
    ----------
    title : the question, in French.
    coverage : columns of ``layers.COVERAGE`` and the commune's polygon, by commune code.
    rollups : by level.
    """

    title: str
    coverage: gpd.GeoDataFrame
    rollups: Mapping[TerritoryLevel, pd.DataFrame]
    about: About


def answer(
    store: Store, asked: Asked, caller: Caller, *, today: date, seconds: float, by: TerritoryLevel | None = None
) -> Answered:
    """Answer a question.

    Parameters
    ----------
    store : held still.
    today : day the published results should be of.
    seconds : how long somebody waits for the answer.
    by : level of the sums that are wanted, if any.

    Raises
    ------
    OptionError
        A territory too large to be computed within a request, and no published result answers.
    """
    selection = territories.select(asked.territory)
    layer = _published_layer(store, asked, today)
    if layer is not None and (by is None or by in _PUBLISHED_LEVELS):
        info = store.info(layer)
        communes = territories.communes(geometry=False)
        if set(communes.loc[communes["code"].isin(selection.commune_codes), "departement_code"]) <= set(info.covers):
            return _from_published(store, layer, info, selection, caller)
    check_size(asked)
    gaps = compute(store, asked, progress=hurry(seconds * _PATIENCE))
    meta: Mapping[str, Any] = describe(gaps.studied)
    about = about_of(meta, gaps.studied.loaded.infos, caller, bases=set(gaps.coverage["need_basis"]))
    return Answered(str(meta["title"]), gaps.coverage, gaps.rollups, about)


def _published_layer(store: Store, asked: Asked, today: date) -> str | None:
    """Return the layer that holds the answer to this very question, for the public; None where there is none."""
    standard = (
        asked.viewer == Viewer.PUBLIC
        and asked.as_of == today
        and asked.minutes == MINUTES
        and asked.level is None
        and asked.learner is None
        and asked.share is None
        and asked.means == Means()
    )
    layer = layer_name(asked.kind)
    if not standard or layer not in store.layers() or asked.kind in results_state(store, today).stale:
        return None
    return layer


def _from_published(
    store: Store, layer: str, info: SnapshotInfo, selection: territories.Selection, caller: Caller
) -> Answered:
    """Return the part of a published result that a territory is; its sums are made of that part, as if computed."""
    table = store.read(layer)
    communes = chosen(selection)
    mine = table.set_index("commune_code").loc[communes["code"]].reset_index()
    coverage = gpd.GeoDataFrame(mine, geometry=communes.geometry.to_numpy(), crs=WGS84)
    names = {level: pd.DataFrame(read(geometry=False)[["code", "name", "communes"]]) for level, read in _NAMES.items()}
    sums = rollups(mine, names)
    if "ctai" in store.layers():
        sums[TerritoryLevel.CTAI] = contracts(mine, store.read("ctai"))
    released = {level: release(frame, caller.viewer) for level, frame in sums.items()}
    about = about_of(info.meta, {layer: info}, caller, bases=set(mine["need_basis"]))
    inputs = info.meta.get("inputs")
    there: dict[str, SnapshotInfo] = {}
    if isinstance(inputs, Mapping):  # not out of date, so that what it does not name is what there is now
        there = {name: store.info(name, str(one) if is_public(name) else None) for name, one in inputs.items()}
    told = {"snapshots": {**about.snapshots, **versions(there, caller)}, "published_at": newest(there.values())}
    return Answered(str(info.meta["title"]), coverage, released, about.model_copy(update=told))


def hurry(seconds: float) -> Progress:
    """Return a progress that stops what tells it anything after ``seconds`` (UnavailableError)."""
    end = time.monotonic() + seconds

    def told(what: str, done: int, total: int) -> None:
        del done, total
        if time.monotonic() > end:
            raise UnavailableError(
                f"calcul abandonné après {seconds:g} secondes ({what})",
                way_out="en faire une tâche : POST /api/v1/processes/gaps/execution",
            )

    return told
