"""What every route needs, once per process: the store, the ledger, what is kept warm, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from geo_integration.settings import ServiceSettings

if TYPE_CHECKING:
    from geo_integration.features import Catalogue
    from geo_integration.ledger import Ledger
    from geo_integration.search import Finder
    from geo_integration.store import Store


@dataclass(frozen=True)
class Service:
    """The parts of one running service; what is kept warm follows the store by itself.

    Attributes
    ----------
    store : what is published.
    ledger : accounts, tokens, audit, jobs, uploads.
    settings : limits and addresses.
    catalogue : collections of features, prebuilt (:mod:`geo_integration.features`).
    finder : courses near a point (:mod:`geo_integration.search`).
    clock : the instant, in UTC.
    """

    store: "Store"
    ledger: "Ledger"
    settings: ServiceSettings
    catalogue: "Catalogue"
    finder: "Finder"
    clock: Callable[[], datetime]

    @property
    def today(self) -> date:
        """Return the day the offers are looked at: that of the settings, or today where the service runs."""
        said = self.settings.as_of
        return date.fromisoformat(said) if said else self.clock().astimezone().date()


def utc_now() -> datetime:
    """Return the instant."""
    return datetime.now(tz=UTC)


def service_of(request: Request) -> Service:
    """Return the service of this application."""
    found: Service = request.app.state.service
    return found


ServiceDep = Annotated[Service, Depends(service_of)]
