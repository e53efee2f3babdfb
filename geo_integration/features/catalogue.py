"""The collections of a store, kept ready and in step with what is published."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from threading import Lock, Thread
from time import monotonic
from typing import Any

import pandas as pd

from geo_integration.disclosure import Viewer, release_beside
from geo_integration.errors import GeoIntegrationError, NotFoundError, SignInError, StoreError, UnavailableError
from geo_integration.features.about import about
from geo_integration.features.collection import Collection
from geo_integration.features.declared import COLLECTIONS, Declared
from geo_integration.features.encode import Encoded, encode
from geo_integration.store import SnapshotInfo, Store
from geo_integration.vocabulary import ViewerRole

_ATTEMPTS = 5
_AFTER_TROUBLE_SECONDS = 5.0
_RESTS = 2.0
_VIEWS_KEPT = 32


@dataclass(frozen=True, eq=False)
class _Part:
    """One collection as of some snapshots: what everybody sees, or what each viewer's own is made from."""

    key: tuple[tuple[str, str], ...]
    infos: Mapping[str, SnapshotInfo]
    collection: Collection | None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    views: "OrderedDict[frozenset[str] | None, Collection]" = field(default_factory=OrderedDict)


@dataclass(frozen=True, eq=False)
class _State:
    """Everything as of one version of the store."""

    version: str
    parts: Mapping[str, _Part]


class Catalogue:
    """Collections of features, prebuilt; safe between threads.

    Parameters
    ----------
    store : what is published.
    today : the day the data are looked at.
    refresh_seconds : how often, at most, :meth:`refresh` looks whether something was published.

    Attributes
    ----------
    trouble : French; empty while what is served is what is published. What was read before is served meanwhile.
    """

    def __init__(self, store: Store, *, today: Callable[[], date], refresh_seconds: float = 1.0) -> None:
        self.trouble = ""
        self._store = store
        self._today = today
        self._refresh_seconds = refresh_seconds
        self._state: _State | None = None
        self._loading = Lock()
        self._views = Lock()
        self._next = 0.0

    def warm(self) -> None:
        """Read everything before coming back; a store in trouble is said in ``trouble``, not raised."""
        with self._loading:
            self._follow()

    def refresh(self, *, wait: bool = False) -> None:
        """Follow the store if it is time to: in the background, so that nobody waits, unless ``wait`` is true."""
        if wait:
            self.warm()
        elif monotonic() >= self._next and self._loading.acquire(blocking=False):
            Thread(target=self._in_background, name="features-refresh", daemon=True).start()

    def names(self, viewer: Viewer) -> list[str]:
        """Return the collections this viewer may ask for, in the order of the catalogue.

        UnavailableError before the first loading.
        """
        parts = self._ready().parts
        return [name for name in COLLECTIONS if name in parts and self._seen(name, viewer) is not None]

    def get(self, name: str, viewer: Viewer) -> Collection:
        """Return a collection as a viewer may see it.

        Raises
        ------
        NotFoundError
            No such collection, none of its data in the store, or none that this viewer may see.
        SignInError
            Somebody signed in could see it.
        UnavailableError
            Before the first loading.
        """
        parts = self._ready().parts
        if name not in parts:
            known = COLLECTIONS.get(name)
            what = f"collection inconnue : {name}" if known is None else f"« {known.title} » : rien n'a été importé"
            raise NotFoundError(what, where=name, way_out=f"collections : {', '.join(self.names(viewer))}")
        found = self._seen(name, viewer)
        if found is not None:
            return found
        if viewer.role is ViewerRole.PUBLIC:
            what = f"« {COLLECTIONS[name].title} » n'est pas montré au public"
            raise SignInError(what, where=name, way_out="se connecter, ou joindre un jeton (Bearer)")
        raise NotFoundError(f"« {COLLECTIONS[name].title} » : rien dans vos départements", where=name)

    def _ready(self) -> _State:
        state = self._state
        if state is None:
            raise UnavailableError("premier chargement en cours", way_out="réessayer dans quelques secondes")
        return state

    def _in_background(self) -> None:
        try:
            self._follow()
        finally:
            self._loading.release()

    def _follow(self) -> None:
        """Read what moved since the last time, and put it in place at once; the caller holds the lock."""
        before = self._state
        try:
            version, infos = self._published(before)
        except GeoIntegrationError as error:
            self._tell(f"entrepôt : {error.what}")
            if before is None:
                self._state = _State("", self._built({}, _State("", {}), []))
            return
        if infos is None:
            self._tell("")
            return
        failed: list[str] = []
        started = monotonic()
        parts = self._built(infos, before or _State("", {}), failed)
        # What failed is tried again, for a snapshot can be put right without the store moving.
        self._state = _State("" if failed else version, parts)
        # The first reading holds nobody up later: what is published meanwhile is looked for at once.
        self._tell(" ; ".join(failed), spent=monotonic() - started if before is not None else 0.0)

    def _tell(self, trouble: str, *, spent: float = 0.0) -> None:
        """Say what is wrong, and when to look again: after building, only once twice as long was left to requests."""
        self.trouble = trouble
        least = _AFTER_TROUBLE_SECONDS if trouble else 0.0
        self._next = monotonic() + max(self._refresh_seconds, least, _RESTS * spent)

    def _published(self, before: _State | None) -> tuple[str, dict[str, SnapshotInfo] | None]:
        """Return the version of the store and the current snapshot of each layer, as of one instant.

        None where nothing moved.
        """
        for _ in range(_ATTEMPTS):
            version = self._store.version()
            if before is not None and version == before.version and not self.trouble:
                return version, None
            infos = {layer: self._store.info(layer) for layer in self._store.layers() if _is_used(layer)}
            if self._store.version() == version:
                return version, infos
        raise StoreError("des publications se suivent sans cesse", way_out="attendre la fin des imports")

    def _built(self, infos: Mapping[str, SnapshotInfo], before: _State, failed: list[str]) -> dict[str, _Part]:
        """Build the collections whose layers moved; those that fail stay as they were, and are told in ``failed``."""
        parts: dict[str, _Part] = {}
        read: dict[str, pd.DataFrame] = {}
        for name, declared in COLLECTIONS.items():
            layers = _layers_of(declared, infos)
            if layers is None:
                continue
            key = tuple((layer, infos[layer].id) for layer in layers)
            old = before.parts.get(name)
            if old is not None and old.key == key:
                parts[name] = old
                continue
            try:
                parts[name] = self._part(declared, key, {layer: infos[layer] for layer in layers}, read)
            except GeoIntegrationError as error:
                failed.append(f"{name} : {error.what}")
                if old is not None:
                    parts[name] = old
        return parts

    def _part(
        self,
        declared: Declared,
        key: tuple[tuple[str, str], ...],
        infos: Mapping[str, SnapshotInfo],
        read: dict[str, pd.DataFrame],
    ) -> _Part:
        for layer, snapshot in key:
            if layer not in read:
                read[layer] = self._store.read(layer, snapshot)
        tables = {layer: read[layer] for layer, _ in key}
        if declared.professional:
            return _Part(key, infos, None, tables)
        return _Part(key, infos, self._collection(declared, tables, infos))

    def _collection(
        self, declared: Declared, tables: Mapping[str, pd.DataFrame], infos: Mapping[str, SnapshotInfo]
    ) -> Collection:
        table, encoded = _encoded(declared, tables) if declared.layers else _shipped(declared.name)
        told = about(declared, table, infos)

        def now() -> dict[str, Any]:
            return {"as_of": self._today().isoformat()} | told

        return Collection(
            declared.name,
            declared.title,
            declared.description,
            declared.key,
            declared.columns,
            declared.geometry_type,
            declared.datetime_columns,
            told["snapshots"],
            now,
            encoded,
        ).prepared()

    def _seen(self, name: str, viewer: Viewer) -> Collection | None:
        """Return a collection as a viewer may see it; None where they may see none of it."""
        part = self._ready().parts[name]
        if part.collection is not None:
            return part.collection
        tables = release_beside(part.tables, viewer)
        if any(layer not in tables for layer in part.tables) or all(table.empty for table in tables.values()):
            return None
        who = None if viewer.sees_everything else viewer.departements
        with self._views:
            found = part.views.get(who)
            if found is None:
                found = self._collection(COLLECTIONS[name], tables, part.infos)
                part.views[who] = found
            part.views.move_to_end(who)
            if len(part.views) > _VIEWS_KEPT:
                part.views.popitem(last=False)
        return found


def _encoded(declared: Declared, tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, Encoded]:
    made = declared.make(tables)
    return made.table, encode(made, declared.columns)


@cache
def _shipped(name: str) -> tuple[pd.DataFrame, Encoded]:
    """Return a collection that depends on no store: once per process, as the territories it is made from."""
    return _encoded(COLLECTIONS[name], {})


def _is_used(layer: str) -> bool:
    return any(_stands_for(wanted, layer) for declared in COLLECTIONS.values() for wanted in declared.layers)


def _stands_for(wanted: str, layer: str) -> bool:
    return layer == wanted or (wanted.endswith(".") and layer.startswith(wanted))


def _layers_of(declared: Declared, infos: Mapping[str, SnapshotInfo]) -> list[str] | None:
    """Return the layers a collection is made from; None where one is not there."""
    found: list[str] = []
    for wanted in declared.layers:
        matching = [layer for layer in sorted(infos) if _stands_for(wanted, layer)]
        if not matching:
            return None
        found += matching
    return found
