"""What a process is run with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from geo_integration.disclosure import Viewer
from geo_integration.errors import LedgerError
from geo_integration.jobs.ground import Progress
from geo_integration.ledger import Ledger, open_ledger
from geo_integration.ledger.uploads import Uploads
from geo_integration.settings import ServiceSettings
from geo_integration.store import Store


@dataclass(frozen=True)
class Context:
    """What a process is run with.

    Attributes
    ----------
    store : what is published.
    ledger : address of the ledger, opened only by what needs it.
    viewer : for whom; that stored with the task, never one of the inputs.
    settings : limits.
    today : the day offers are looked at where the inputs do not say.
    clock : the instant.
    progress : told what is being done.
    folder : empty, its own, gone afterwards: where outputs are written.
    task_id : the task.
    """

    store: Store
    ledger: str
    viewer: Viewer
    settings: ServiceSettings
    today: date
    clock: Callable[[], datetime]
    progress: Progress
    folder: Path
    task_id: str = ""

    @property
    def uploads(self) -> Uploads:
        """What was sent to the service."""
        return self._opened.uploads

    def people_wait(self) -> bool:
        """Say whether somebody waits for a task; not while the ledger does not answer."""
        try:
            return self._opened.tasks.people_wait()
        except LedgerError:
            return False

    @cached_property
    def _opened(self) -> Ledger:
        return open_ledger(self.ledger, settings=self.settings)
