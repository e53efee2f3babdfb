"""The scripts that bring a ledger to its newest schema, one after the other (Alembic)."""
