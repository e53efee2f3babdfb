"""One ledger: its database and what is kept in it."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo_integration.ledger.accounts import Accounts
from geo_integration.ledger.audit import Audit
from geo_integration.ledger.engine import open_engine, speaking
from geo_integration.ledger.reports import Reports
from geo_integration.ledger.tasks import Tasks
from geo_integration.ledger.tokens import Tokens
from geo_integration.ledger.uploads import Uploads
from geo_integration.settings import ServiceSettings, service_settings


@dataclass(frozen=True)
class Ledger:
    """What the service remembers besides its data.

    Attributes
    ----------
    engine : the database, with the schema of the ledger.
    accounts, tokens, audit, tasks, uploads, reports : what is kept in it.
    """

    engine: Engine
    accounts: Accounts
    tokens: Tokens
    audit: Audit
    tasks: Tasks
    uploads: Uploads
    reports: Reports

    @speaking()
    def ping(self) -> None:
        """Ask the database for nothing; LedgerError where it does not answer."""
        with self.engine.connect() as connection:
            connection.execute(sa.select(1))

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def open_ledger(location: str, *, settings: ServiceSettings | None = None) -> Ledger:
    """Open a ledger, making it or bringing it to the newest schema; LedgerError where that cannot be.

    Parameters
    ----------
    location : ``sqlite:///path`` or ``postgresql://…`` (see :func:`ledger_location`).
    settings : lives of tokens and the key they are signed with; those of this process by default.
    """
    chosen = settings or service_settings()
    engine = open_engine(location)
    tokens = Tokens(engine, chosen)
    kept = Audit(engine), Tasks(engine), Uploads(engine), Reports(engine)
    return Ledger(engine, Accounts(engine), tokens, *kept)
