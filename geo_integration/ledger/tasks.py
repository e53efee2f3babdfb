"""Long computations: asked for, claimed by one runner at a time, told of while they run, answered, forgotten."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo_integration.disclosure import Viewer
from geo_integration.errors import ConflictError, NotFoundError
from geo_integration.ledger.engine import speaking, writing
from geo_integration.ledger.tables import TASK_OUTPUTS, TASKS
from geo_integration.ledger.task import (
    DONE,
    LEASE_SECONDS,
    MOST_ATTEMPTS,
    SERVICE,
    UNSTOPPABLE,
    Output,
    Status,
    Task,
    task_of,
    viewer_told,
)

__all__ = ["DONE", "LEASE_SECONDS", "MOST_ATTEMPTS", "SERVICE", "UNSTOPPABLE", "Output", "Status", "Task", "Tasks"]

_TURN = 0x6765_6F74
"""Advisory lock of PostgreSQL under which runners take turns to claim."""

_LONGEST_MESSAGE = 1000
_KEEP_SECONDS = 7 * 86_400
_DIED = {
    "title": "Calcul interrompu",
    "detail": f"le calcul s'est arrêté brutalement {MOST_ATTEMPTS} fois",
    "where": "",
    "way_out": "demander un territoire plus petit ; si cela dure, prévenir l'exploitant",
}


@dataclass(frozen=True)
class Tasks:
    """The tasks of one ledger; every method raises LedgerError where the database does not answer."""

    engine: Engine

    @speaking()
    def submit(
        self, process: str, inputs: Mapping[str, Any], *, viewer: Viewer, owner: str, client: str, now: datetime
    ) -> Task:
        """Note a task to do; it is on disk when this returns."""
        row = {
            "id": str(uuid.uuid4()),
            "process": process,
            "inputs": dict(inputs),
            "viewer": viewer_told(viewer),
            "owner": owner,
            "client": _fingerprint(client),
            "status": Status.ACCEPTED.value,
            "progress": 0,
            "message": "En attente",
            "created_at": now,
            "updated_at": now,
            "attempts": 0,
            "cancel_requested": False,
        }
        with writing(self.engine) as connection:
            return task_of(connection.execute(sa.insert(TASKS).values(row).returning(TASKS)).one())

    @speaking()
    def get(self, task_id: str) -> Task:
        """Return a task; NotFoundError where there is none of that id."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(TASKS).where(TASKS.c.id == task_id)).one_or_none()
        if row is None:
            raise _unknown(task_id)
        return task_of(row)

    @speaking()
    def list(
        self, owner: str | None = None, limit: int = 100, *, process: str | None = None, offset: int = 0
    ) -> Sequence[Task]:
        """Return tasks, latest first; only those of an owner or of a process where one is given."""
        wanted = sa.select(TASKS).order_by(TASKS.c.created_at.desc(), TASKS.c.id).limit(limit).offset(offset)
        if owner is not None:
            wanted = wanted.where(TASKS.c.owner == owner)
        if process is not None:
            wanted = wanted.where(TASKS.c.process == process)
        with self.engine.connect() as connection:
            return [task_of(row) for row in connection.execute(wanted)]

    @speaking()
    def waiting(self, client: str) -> int:
        """Return how many tasks of a client wait or run."""
        theirs = (TASKS.c.client == _fingerprint(client)) & TASKS.c.status.in_(_OPEN)
        with self.engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(TASKS).where(theirs)).scalar_one()

    @speaking()
    def people_wait(self) -> bool:
        """Say whether somebody, with or without account, waits for a task that nobody has begun."""
        theirs = (TASKS.c.status == Status.ACCEPTED.value) & (TASKS.c.owner != SERVICE)
        with self.engine.connect() as connection:
            return connection.execute(sa.select(TASKS.c.id).where(theirs).limit(1)).first() is not None

    @speaking()
    def of_nobody(self) -> int:
        """Return how many tasks of people without account are kept, done or not."""
        theirs = TASKS.c.owner == ""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(TASKS).where(theirs)).scalar_one()

    @speaking()
    def claim(self, runner: str, *, now: datetime, lease_seconds: float = LEASE_SECONDS) -> Task | None:
        """Take the next task to do, or one whose runner is silent; None where there is none.

        Runners take turns to claim (SQLite: the write lock; PostgreSQL: an advisory one), so that among any number of
        processes only one is given it, and only one publishes at a time: a publication joins all sources, and must
        see what the one before it did. What has died too often fails instead.

        Parameters
        ----------
        runner : who takes it; its own name every time.
        lease_seconds : how long it is theirs without :meth:`heartbeat`.
        """
        silent = (TASKS.c.status == Status.RUNNING.value) & (TASKS.c.lease_until < now)
        ready = (TASKS.c.status == Status.ACCEPTED.value) | silent
        with self.engine.connect() as connection:  # looking takes no lock
            if connection.execute(sa.select(TASKS.c.id).where(ready).limit(1)).first() is None:
                return None
        other = TASKS.alias("other")
        publishing = sa.exists().where(
            other.c.process.in_(sorted(UNSTOPPABLE)),
            other.c.status == Status.RUNNING.value,
            other.c.lease_until >= now,
        )
        first = (
            sa.select(TASKS.c.id)
            .where(ready & ~(TASKS.c.process.in_(sorted(UNSTOPPABLE)) & publishing))
            .order_by(_rank(), TASKS.c.created_at, TASKS.c.id)
            .limit(1)
        )
        taken = {
            "status": Status.RUNNING.value,
            "runner": runner,
            "lease_until": now + timedelta(seconds=lease_seconds),
            "attempts": TASKS.c.attempts + 1,
            "started_at": sa.func.coalesce(TASKS.c.started_at, _instant(now)),
            "progress": 0,
            "message": "Commencé",
            "updated_at": now,
        }
        with writing(self.engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
            too_often = silent & (TASKS.c.attempts >= MOST_ATTEMPTS)
            connection.execute(sa.update(TASKS).where(too_often).values(_ended(Status.FAILED, now, problem=_DIED)))
            change = sa.update(TASKS).where(TASKS.c.id == first.scalar_subquery()).values(taken).returning(TASKS)
            row = connection.execute(change).one_or_none()
        return None if row is None else task_of(row)

    @speaking()
    def heartbeat(
        self,
        task_id: str,
        runner: str,
        progress: int,
        message: str,
        *,
        now: datetime,
        lease_seconds: float = LEASE_SECONDS,
    ) -> bool:
        """Say how far a task is and keep it; False where it is no longer this runner's (cancelled, or taken over)."""
        values = {
            "progress": min(max(int(progress), 0), 100),
            "message": message[:_LONGEST_MESSAGE],
            "lease_until": now + timedelta(seconds=lease_seconds),
            "updated_at": now,
        }
        with writing(self.engine) as connection:
            return _change(connection, task_id, runner, values)

    @speaking()
    def cancelled(self, task_id: str) -> bool:
        """Say whether a task was dismissed, or is not there any more."""
        with self.engine.connect() as connection:
            status = connection.execute(sa.select(TASKS.c.status).where(TASKS.c.id == task_id)).scalar_one_or_none()
        return status is None or status == Status.DISMISSED.value

    @speaking()
    def succeed(
        self,
        task_id: str,
        runner: str,
        outputs: Iterable[Output],
        *,
        now: datetime,
        message: str = "Terminé",
        keep_seconds: float = _KEEP_SECONDS,
    ) -> bool:
        """Keep the outputs and end a task, both or neither; False, with nothing kept, where it is another's."""
        values = _ended(Status.SUCCESSFUL, now, message=message, keep_seconds=keep_seconds) | {"progress": 100}
        rows = [
            {"task_id": task_id, "name": one.name, "media_type": one.media_type, "body": one.body} for one in outputs
        ]
        with writing(self.engine) as connection:
            if not _change(connection, task_id, runner, values):
                return False
            for row in rows:  # one at a time: a statement holds one body in memory
                connection.execute(sa.insert(TASK_OUTPUTS).values(row))
            return True

    @speaking()
    def fail(
        self,
        task_id: str,
        runner: str,
        problem: Mapping[str, Any],
        *,
        now: datetime,
        keep_seconds: float = _KEEP_SECONDS,
    ) -> bool:
        """End a task with what went wrong; False where it is not this runner's."""
        values = _ended(Status.FAILED, now, problem=problem, keep_seconds=keep_seconds)
        with writing(self.engine) as connection:
            return _change(connection, task_id, runner, values)

    @speaking()
    def give_back(self, task_id: str, runner: str, *, now: datetime, died: bool) -> bool:
        """Leave a task to be begun again: its computation died (which is counted), or its runner stops.

        False where it is not this runner's. What has died :data:`MOST_ATTEMPTS` times fails.
        """
        again: dict[str, Any] = {
            "status": Status.ACCEPTED.value,
            "runner": None,
            "lease_until": None,
            "progress": 0,
            "message": "Sera recommencé",
            "updated_at": now,
        }
        mine = (TASKS.c.id == task_id) & (TASKS.c.runner == runner) & (TASKS.c.status == Status.RUNNING.value)
        with writing(self.engine) as connection:
            if died:
                spent = sa.update(TASKS).where(mine & (TASKS.c.attempts >= MOST_ATTEMPTS))
                if connection.execute(spent.values(_ended(Status.FAILED, now, problem=_DIED))).rowcount:
                    return True
            else:
                again["attempts"] = TASKS.c.attempts - 1
            return connection.execute(sa.update(TASKS).where(mine).values(again)).rowcount > 0

    @speaking()
    def dismiss(self, task_id: str, *, now: datetime, keep_seconds: float = 86_400) -> Task:
        """Cancel a task that waits or runs, or drop the outputs of one that is done.

        Raises
        ------
        NotFoundError
            No such task.
        ConflictError
            It is publishing (:data:`UNSTOPPABLE`).
        """
        busy = (TASKS.c.status == Status.RUNNING.value) & TASKS.c.process.in_(sorted(UNSTOPPABLE))
        values = _ended(Status.DISMISSED, now, message="Annulé", keep_seconds=keep_seconds) | {"cancel_requested": True}
        change = sa.update(TASKS).where((TASKS.c.id == task_id) & ~busy).values(values).returning(TASKS)
        with writing(self.engine) as connection:
            row = connection.execute(change).one_or_none()
            if row is not None:
                connection.execute(sa.delete(TASK_OUTPUTS).where(TASK_OUTPUTS.c.task_id == task_id))
        if row is None:
            self.get(task_id)
            raise ConflictError(
                "une publication commencée ne s'interrompt pas",
                where=f"tâche {task_id}",
                way_out="attendre sa fin ; revenir à la version précédente si besoin",
            )
        return task_of(row)

    @speaking()
    def outputs(self, task_id: str) -> Sequence[tuple[str, str, int]]:
        """Return name, media type and size in bytes of each output, by name; none before the end."""
        size = sa.func.length(TASK_OUTPUTS.c.body)
        wanted = sa.select(TASK_OUTPUTS.c.name, TASK_OUTPUTS.c.media_type, size)
        with self.engine.connect() as connection:
            rows = connection.execute(
                wanted.where(TASK_OUTPUTS.c.task_id == task_id).order_by(TASK_OUTPUTS.c.name)
            ).all()
        return [(name, media_type, int(length)) for name, media_type, length in rows]

    @speaking()
    def output(self, task_id: str, name: str) -> Output:
        """Return one output.

        Raises
        ------
        NotFoundError
            No such task, or no such output of one that succeeded.
        ConflictError
            The task is not done yet, failed or was dismissed.
        """
        found = sa.select(TASK_OUTPUTS).where((TASK_OUTPUTS.c.task_id == task_id) & (TASK_OUTPUTS.c.name == name))
        with self.engine.connect() as connection:
            row = connection.execute(found).one_or_none()
        if row is not None:
            return Output(row.name, row.media_type, bytes(row.body))
        status = self.get(task_id).status
        if status is Status.SUCCESSFUL:
            raise NotFoundError(
                f"pas de sortie « {name} »", where=f"tâche {task_id}", way_out="voir la liste de ses sorties"
            )
        way_out = "attendre sa fin" if status not in DONE else "la demander de nouveau"
        raise ConflictError(f"aucun résultat : tâche {_SAID[status]}", where=f"tâche {task_id}", way_out=way_out)

    @speaking()
    def expire(self, now: datetime) -> int:
        """Forget what nobody may ask for any more; return how many tasks."""
        with writing(self.engine) as connection:
            return connection.execute(sa.delete(TASKS).where(TASKS.c.expires_at <= now)).rowcount

    @speaking()
    def counts(self) -> dict[Status, int]:
        """Return how many tasks there are in each status, for whoever watches the service."""
        wanted = sa.select(TASKS.c.status, sa.func.count()).group_by(TASKS.c.status)
        with self.engine.connect() as connection:
            found = {str(status): int(number) for status, number in connection.execute(wanted)}
        return {status: found.get(status.value, 0) for status in Status}


_OPEN = (Status.ACCEPTED.value, Status.RUNNING.value)
_SAID = {
    Status.ACCEPTED: "en attente",
    Status.RUNNING: "en cours",
    Status.FAILED: "en échec",
    Status.DISMISSED: "annulée",
    Status.SUCCESSFUL: "terminée",
}


def _rank() -> "sa.Case[int]":
    """Return whose turn comes first: accounts, then the public, then the service itself.

    However many anonymous jobs wait, an import does not wait for them.
    """
    return sa.case((TASKS.c.owner == SERVICE, 2), (TASKS.c.owner == "", 1), else_=0)


def _change(connection: sa.Connection, task_id: str, runner: str, values: Mapping[str, Any]) -> bool:
    """Change a task if it is this runner's and runs; say whether it was."""
    mine = (TASKS.c.id == task_id) & (TASKS.c.runner == runner) & (TASKS.c.status == Status.RUNNING.value)
    return connection.execute(sa.update(TASKS).where(mine).values(dict(values))).rowcount > 0


def _ended(
    status: Status,
    now: datetime,
    *,
    message: str = "",
    problem: Mapping[str, Any] | None = None,
    keep_seconds: float = _KEEP_SECONDS,
) -> dict[str, Any]:
    """Return what is written of a task that ends; who asked for it is forgotten."""
    return {
        "status": status.value,
        "message": (message or str((problem or {}).get("detail", "")))[:_LONGEST_MESSAGE],
        "problem": None if problem is None else dict(problem),
        "finished_at": now,
        "updated_at": now,
        "lease_until": None,
        "client": "",
        "expires_at": now + timedelta(seconds=keep_seconds),
    }


def _instant(now: datetime) -> sa.BindParameter[datetime]:
    return sa.literal(now, TASKS.c.started_at.type)


def _fingerprint(client: str) -> str:
    """Return what tells clients apart without saying where they are; empty for none."""
    return hashlib.blake2b(client.encode(), digest_size=16).hexdigest() if client else ""


def _unknown(task_id: str) -> NotFoundError:
    return NotFoundError(
        "cette tâche n'existe pas, ou plus", where=f"tâche {task_id[:64]}", way_out="demander le calcul de nouveau"
    )
