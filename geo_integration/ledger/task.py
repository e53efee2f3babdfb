"""A long computation as the ledger keeps it: where it is, for whom, what it gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from geo_integration.disclosure import Viewer
from geo_integration.vocabulary import ViewerRole, term

if TYPE_CHECKING:
    import sqlalchemy as sa

LEASE_SECONDS = 30.0
"""How long a runner that says nothing is believed to be alive."""

MOST_ATTEMPTS = 3
"""A task whose computation died so often is not tried again: it may be what kills it."""

SERVICE = "service"
"""Owner of what the service asks of itself: done after what people ask for."""

UNSTOPPABLE = frozenset({"publish-import"})
"""Processes that may not be stopped half-way: they publish several layers one after the other."""


class Status(StrEnum):
    """Where a task is, in the words of OGC API Processes."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    DISMISSED = "dismissed"


DONE = frozenset({Status.SUCCESSFUL, Status.FAILED, Status.DISMISSED})


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes
    ----------
    inputs : as they were checked when it was asked for.
    viewer : for whom figures are released, kept from when it was asked for.
    owner : account; empty for the public, :data:`SERVICE` for the service itself.
    client : fingerprint of who asks, as long as it waits or runs; then empty.
    progress, message : 0 to 100, and what is being done, in French.
    attempts : how often it was begun.
    problem : ``title``, ``detail``, ``where``, ``way_out`` of a failed one.
    expires_at : when it will be forgotten, with its outputs.
    """

    id: str
    process: str
    inputs: Mapping[str, Any]
    viewer: Viewer
    owner: str
    client: str
    status: Status
    progress: int
    message: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_until: datetime | None = None
    runner: str | None = None
    attempts: int = 0
    cancel_requested: bool = False
    problem: Mapping[str, Any] | None = None
    expires_at: datetime | None = None

    @property
    def done(self) -> bool:
        """Say whether nothing more will happen to it."""
        return self.status in DONE


@dataclass(frozen=True)
class Output:
    """One output of a task: its name (``result``, ``xlsx``…), its media type, its bytes."""

    name: str
    media_type: str
    body: bytes


def viewer_told(viewer: Viewer) -> dict[str, Any]:
    """Return a viewer as JSON."""
    return {"role": viewer.role.value, "departements": sorted(viewer.departements), "study": viewer.study}


def viewer_of(told: Mapping[str, Any]) -> Viewer:
    """Return the viewer :func:`viewer_told` wrote."""
    return Viewer(term(ViewerRole, told["role"]), frozenset(told["departements"]), told["study"])


def task_of(row: "sa.Row[Any]") -> Task:
    """Return the task of a row of the ledger."""
    named = dict(row._mapping)  # noqa: SLF001 -- the public name of SQLAlchemy
    return Task(**named | {"viewer": viewer_of(named["viewer"]), "status": Status(named["status"])})
