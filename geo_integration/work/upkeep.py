"""What the runner does by itself from time to time: forget what is old, keep the public results up to date."""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from geo_integration.disclosure import Viewer
from geo_integration.ledger import Ledger
from geo_integration.ledger.tasks import SERVICE, Status
from geo_integration.settings import ServiceSettings
from geo_integration.store import Store
from geo_integration.work.published import results_state

LOG = logging.getLogger("geo_integration.work")
PUBLISH_RESULTS = "publish-results"

_EXPIRE_EVERY = timedelta(minutes=10)
_LOOK_EVERY = timedelta(seconds=5)
"""While results are not up to date."""
_RETRY_AFTER = timedelta(minutes=10)
"""After results that failed: the same data would fail again at once."""


def today_of(settings: ServiceSettings, now: datetime) -> date:
    """Return the day offers are looked at: that of the settings, or today where the service runs."""
    return date.fromisoformat(settings.as_of) if settings.as_of else now.astimezone().date()


@dataclass
class Upkeep:
    """What is due, and when it was last done."""

    store: Store
    ledger: Ledger
    settings: ServiceSettings
    _expired: datetime | None = field(default=None, init=False)
    _seen: tuple[str, date] | None = field(default=None, init=False)
    _looked: datetime | None = field(default=None, init=False)

    def tick(self, now: datetime) -> None:
        """Do what is due; StoreError or LedgerError where it cannot be, and it stays due."""
        if self._expired is None or now - self._expired >= _EXPIRE_EVERY:
            forgotten = self.ledger.tasks.expire(now)
            dropped = self.ledger.uploads.expire(now)
            outlived = self.ledger.reports.forget(now - timedelta(days=self.settings.report_keep_days))
            self._expired = now
            if forgotten or dropped or outlived:
                LOG.info("forgot %d tasks, %d uploads and %d reports", forgotten, dropped, outlived)
        today = today_of(self.settings, now)
        seen = (self.store.version(), today)
        due = self._looked is None or now - self._looked >= _LOOK_EVERY
        if seen != self._seen and due:
            self._looked = now
            if self._results(today, now):
                self._seen = seen

    def _results(self, today: date, now: datetime) -> bool:
        """Ask for the public results where they are out of date; say whether they are current."""
        if results_state(self.store, today).current:
            return True
        latest = self.ledger.tasks.list(SERVICE, 1, process=PUBLISH_RESULTS)
        if latest and not latest[0].done:
            return False
        ended = latest[0].finished_at if latest and latest[0].status is Status.FAILED else None
        if ended is None or now - ended >= _RETRY_AFTER:
            inputs = {"as_of": today.isoformat()}
            task = self.ledger.tasks.submit(
                PUBLISH_RESULTS, inputs, viewer=Viewer.ADMINISTRATOR, owner=SERVICE, client="", now=now
            )
            LOG.info("public results are out of date: task %s", task.id)
        return False
