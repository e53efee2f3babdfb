"""Load what is kept warm, and keep it up with the store, in a thread of its own: requests never wait for it."""

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.observe import Metrics
from api.service import Service
from geo_integration.errors import GeoIntegrationError
from geo_integration.jobs.means import Means
from geo_integration.messages import LANGUAGES, speech
from geo_integration.vocabulary import Mode

if TYPE_CHECKING:
    from datetime import date

_LOG = logging.getLogger("geo_integration.service")
_RETRY_SECONDS = 2.0
_SLOWEST_RETRY_SECONDS = 10.0


@dataclass
class Readiness:
    """What is loaded, and what stands in the way; written by one thread, read by many.

    Attributes
    ----------
    catalogue, finder : loaded once; they may be older than the store since (``trouble``).
    trouble : why loading or following does not work now, in French.
    notes : layers that could not be loaded while the others are served.
    """

    catalogue: bool = False
    finder: bool = False
    trouble: str = ""
    notes: str = ""

    @property
    def warm(self) -> bool:
        """Say whether everything was loaded once."""
        return self.catalogue and self.finder


@dataclass
class Keeper:
    """The thread that loads, then looks for what is new every ``refresh_seconds``.

    A store that does not answer is asked again, less and less often; meanwhile what was loaded is served.
    """

    service: Service
    metrics: Metrics
    readiness: Readiness = field(default_factory=Readiness)

    def __post_init__(self) -> None:
        """Make the thread, not started yet."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._week: date | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; a loading under way is left to itself."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait until everything is warm; for tests and commands. Say whether it is."""
        waited = threading.Event()
        left = seconds
        while not self.readiness.warm and left > 0:
            waited.wait(0.05)
            left -= 0.05
        return self.readiness.warm

    def step(self) -> bool:
        """Load what is not loaded yet, refresh the rest; say whether all went well."""
        service, ready = self.service, self.readiness
        try:
            service.store.version()  # the catalogue takes a store that does not answer for an empty one, at first
            if ready.catalogue:
                service.catalogue.refresh()
            else:
                service.catalogue.warm()
                ready.catalogue = True
            if ready.finder:
                service.finder.refresh()
            else:
                service.finder.warm()
                for one in LANGUAGES:
                    speech(one.code)
                ready.finder = True
            self._open_timetables()
            ready.trouble = ""
            ready.notes = " ; ".join(filter(None, (service.catalogue.trouble, service.finder.trouble)))
        except GeoIntegrationError as error:
            ready.trouble = error.what
            _LOG.warning("not up to date: %s", type(error).__name__)
        except Exception:  # noqa: BLE001 -- the thread must live on
            ready.trouble = "chargement impossible ; le journal dit pourquoi"
            _LOG.exception("loading failed")
        self.metrics.ready.set(int(ready.warm))
        return not ready.trouble

    def _open_timetables(self) -> None:
        """Open the timetables of the week newcomers are told about, before the first of them waits for it."""
        service = self.service
        week = service.finder.timetable_week(service.today)
        if week is not None and week != self._week:
            network = service.settings.finder_network or None
            service.finder.prepare(Means(mode=Mode.TRANSIT, week_of=week, network=network))
        self._week = week

    def _run(self) -> None:
        wait = _RETRY_SECONDS
        while not self._stop.is_set():
            good = self.step()
            wait = _RETRY_SECONDS if good else min(wait * 2, _SLOWEST_RETRY_SECONDS)
            pause = max(self.service.settings.refresh_seconds, 0.2) if good else wait
            self._stop.wait(pause)
