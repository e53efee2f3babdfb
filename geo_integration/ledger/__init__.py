"""What the service remembers besides its data: accounts, tokens, audit, jobs, uploads (SQLite or PostgreSQL)."""

from geo_integration.ledger.engine import ledger_location, speaking, writing
from geo_integration.ledger.ledger import Ledger, open_ledger

__all__ = ["Ledger", "ledger_location", "open_ledger", "speaking", "writing"]
