"""Alembic's way in: runs the scripts on the connection it is given, inside the caller's transaction."""

import sqlalchemy as sa
from alembic import context

_given = context.config.attributes
_connection: sa.Connection = _given["connection"]
_schema: str | None = _given["schema"]

if _schema is not None:
    # The scripts name no schema: the first of the path is where they make their tables.
    _connection.execute(sa.text("SELECT set_config('search_path', :schema, true)"), {"schema": _schema})
context.configure(
    connection=_connection,
    version_table=_given["version_table"],
    version_table_schema=_schema,
)
context.run_migrations()
