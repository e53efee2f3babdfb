"""Alembic scripts of the fixed tables of a PostGIS store; those of the layers follow the code (``shape``)."""
