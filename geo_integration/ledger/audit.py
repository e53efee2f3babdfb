"""Who read what: written before the answer leaves, never changed after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo_integration.disclosure import Viewer
from geo_integration.ledger.engine import speaking, writing
from geo_integration.ledger.tables import AUDIT
from geo_integration.vocabulary import ViewerRole, term

_PLACES = ("address", "adresse", "bbox", "coordinates", "lat", "latitude", "lng", "lon", "longitude", "point", "x", "y")
_ENDS = ("from", "from_", "near", "origin", "position", "q", "query")
NEVER: Final = frozenset((*_PLACES, *_ENDS, "figures", "password", "token", "values"))
"""Names under which positions, figures or secrets would enter: refused, whatever they hold."""

_LONGEST_TEXT: Final = 500
_LONGEST_ID: Final = 64


@dataclass(frozen=True)
class Entry:
    """One read or act, as it was noted.

    Attributes
    ----------
    id : grows with every entry.
    at : when, in UTC.
    user_name : account; ``viewer``: what it allowed at that instant.
    action : what was done, e.g. ``coverage.read``.
    what : on which route, territory, kind, collection…: never positions, never figures.
    request_id : of the request, as in the log.
    """

    id: int
    at: datetime
    user_name: str
    viewer: Viewer
    action: str
    what: Mapping[str, Any]
    request_id: str


@dataclass(frozen=True)
class Audit:
    """The entries of one ledger; the database itself refuses to change or remove one."""

    engine: Engine

    @speaking()
    def record(
        self, *, viewer: Viewer, name: str, action: str, what: Mapping[str, Any], request_id: str, now: datetime
    ) -> None:
        """Write one entry, on disk when this returns; LedgerError where it cannot be.

        ValueError where a key of ``what`` is in :data:`NEVER`: a fault of the code that calls.
        """
        if kept_out := NEVER & {key.lower() for key in what}:
            raise ValueError(f"an audit entry never holds {', '.join(sorted(kept_out))}")
        row = {
            "at": now,
            "user_name": name,
            "role": viewer.role.value,
            "departements": sorted(viewer.departements),
            "study": viewer.study,
            "action": action,
            "what": _plain(dict(what)),
            "request_id": _plain(request_id)[:_LONGEST_ID],
        }
        with writing(self.engine) as connection:
            connection.execute(sa.insert(AUDIT).values(row))

    @speaking()
    def entries(self, limit: int = 100, before: int | None = None) -> list[Entry]:
        """Return entries, the latest first: at most ``limit``, older than the entry ``before`` where given."""
        query = sa.select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.id < before)
        with self.engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return JSON every database takes, not without end: what a client typed must not make its own note fail."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _entry(row: sa.Row[Any]) -> Entry:
    viewer = Viewer(term(ViewerRole, row.role), frozenset(row.departements), row.study)
    return Entry(row.id, row.at, row.user_name, viewer, row.action, row.what, row.request_id)
