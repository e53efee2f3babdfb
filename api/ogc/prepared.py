"""What is said of a collection with every answer, put together once for each of its versions."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fastapi import Request

from api.answers import dumps, etag_of
from api.caller import Caller
from api.ogc.kept import Kept

if TYPE_CHECKING:
    from geo_integration.features import Collection

_MOST = 512


@dataclass(frozen=True)
class Prepared:
    """One version of a collection, as one kind of caller sees it.

    Attributes
    ----------
    collection : the version.
    today : the day it is looked at.
    tag : changes with it: its snapshots, the day it is looked at, who looks.
    columns : columns that may be filtered on.
    about : the bytes of what must be known of it.
    published_at : instant of its newest snapshot, RFC 3339; empty where not known.
    """

    collection: "Collection"
    today: date
    tag: str
    columns: frozenset[str]
    about: bytes
    published_at: str


class Shelf:
    """What one application keeps warm for its OGC API."""

    def __init__(self) -> None:
        self.answers = Kept()
        self._prepared: OrderedDict[tuple[str, str], Prepared] = OrderedDict()

    def prepared(self, collection: "Collection", caller: Caller, today: date) -> Prepared:
        """Return what goes with a collection; put together anew with its version and with the day."""
        key = (collection.name, caller.key)
        found = self._prepared.get(key)
        if found is None or found.collection is not collection or found.today != today:
            found = _prepare(collection, caller, today)
            self._prepared[key] = found
            while len(self._prepared) > _MOST:
                self._prepared.popitem(last=False)
        return found


def shelf_of(request: Request) -> Shelf:
    """Return the shelf of the application that answers, made at the first request."""
    state = request.app.state
    found: Shelf | None = getattr(state, "ogc_shelf", None)
    if found is None:
        found = state.ogc_shelf = Shelf()
    return found


def _prepare(collection: "Collection", caller: Caller, today: date) -> Prepared:
    about = dumps(dict(collection.about))
    snapshots = dumps(dict(collection.snapshots)).decode()
    return Prepared(
        collection=collection,
        today=today,
        tag=etag_of(collection.name, snapshots, about.decode(), caller.key),
        columns=frozenset(column.name for column in collection.columns),
        about=about,
        published_at=str(collection.about.get("published_at") or ""),
    )
