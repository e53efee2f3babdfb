"""What the store holds, read once: now, at a day, or at a version of the offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from geo_integration.disclosure import Viewer
from geo_integration.errors import MissingDataError, SnapshotNotFoundError
from geo_integration.exports import Source
from geo_integration.layers import LAYERS
from geo_integration.store import SnapshotInfo, Store

USED = ("offers", "sessions", "bpi", "housing", "ctai", "schools", "population_points", "qpv")
"""Layers a question may need."""

_ABOUT_PEOPLE = ("bpi", "housing")
_CITED = ("offers", "bpi", "housing", "schools", "ctai", "population_points", "qpv")
_MAY_BE_MADE_UP = ("offers", "sessions", "bpi", "population_points")
"""Layers that decide on causes and need. The housing layer has its say where it spreads an estimate."""


@dataclass(frozen=True)
class Loaded:
    """Layers, and what is known about them.

    Attributes
    ----------
    layers : by name, those the store has; ``offers`` and ``sessions`` are always there.
    infos : the snapshot each came from.
    """

    layers: Mapping[str, pd.DataFrame]
    infos: Mapping[str, SnapshotInfo]

    def reported(self, kind: str) -> set[str]:
        """Return the départements where the silence of some source means that there is no course of this kind."""
        sources: Any = self.infos["offers"].meta["sources"]
        return {code for source in sources if kind in (source["kinds"] or [kind]) for code in source["covers"]}

    @property
    def counted_departements(self) -> tuple[str, ...]:
        """Départements the counts of people cover in full."""
        return self.infos["bpi"].covers if "bpi" in self.infos else ()

    @property
    def synthetic(self) -> bool:
        """Say whether a made-up course, count or point is among them."""
        tables = [self.layers[name] for name in _MAY_BE_MADE_UP if name in self.layers]
        return any(bool(table["synthetic"].any()) for table in tables)

    def sources(self, viewer: Viewer) -> list[Source]:
        """Return the files that were imported, as sources to cite.

        The fingerprint of a file about people would let whoever guesses its content know that the guess is right: it
        is told to who loaded it only.
        """
        found: list[Source] = []
        for layer in _CITED:
            of_layer: Any = self.infos[layer].meta["sources"] if layer in self.infos else []
            for meta in of_layer:
                told = viewer.sees_everything or layer not in _ABOUT_PEOPLE
                notes = [f"fichier {meta['file']}, empreinte {meta['sha256'][:12]}"] if told else []
                notes += ["DONNÉES FICTIVES"] if meta["synthetic"] else []
                found.append({"name": f"{LAYERS[layer].label} : {meta['source']}", "note": ", ".join(notes)})
        return found


def load(store: Store, *, offers_snapshot: str | None = None, at: datetime | None = None) -> Loaded:
    """Read the layers a question needs.

    Parameters
    ----------
    store : where they are.
    offers_snapshot : version of the offers and their sessions to read instead of the current one; the other layers
        stay those of now, so that only the courses differ.
    at : read every layer as it was at this instant (with a time zone); one that was not yet there is absent.

    Raises
    ------
    MissingDataError
        No offers were ever imported, or none yet at that instant.
    SnapshotNotFoundError
        No such version.
    """
    have = set(store.layers())
    if "offers" not in have:
        raise MissingDataError(
            "aucune offre dans l'entrepôt",
            where=store.location,
            way_out="importer une source (geo-integration import lheo FICHIER) ou lancer geo-integration demo",
        )
    names = [name for name in USED if name in have]
    if at is not None:
        return _at(store, names, at)
    layers = store.read_together(names)
    infos = {name: store.info(name) for name in names}
    if offers_snapshot is not None:
        for name in ("offers", "sessions"):
            infos[name] = store.info(name, offers_snapshot if name == "offers" else infos["offers"].id)
            layers[name] = store.read(name, infos["offers"].id)
    return Loaded(layers, infos)


def _at(store: Store, names: list[str], at: datetime) -> Loaded:
    """Read each layer as it was at an instant."""
    current = {}
    for name in names:
        before = [entry.snapshot for entry in store.history(name) if entry.at <= at]
        if before:
            current[name] = before[-1]
    if "offers" not in current:
        first = store.history("offers")[0].at
        raise SnapshotNotFoundError(
            f"aucune offre publiée le {at:%d/%m/%Y à %H:%M}",
            where=store.location,
            way_out=f"donner une date à partir du {first:%d/%m/%Y à %H:%M} (UTC)",
        )
    layers = {name: store.read(name, snapshot) for name, snapshot in current.items()}
    return Loaded(layers, {name: store.info(name, snapshot) for name, snapshot in current.items()})
