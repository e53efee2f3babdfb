"""SQL as any other program would run it, for the tests of the PostGIS store."""

import psycopg
from psycopg import sql

from geo_integration.store.postgis import PostgisStore


def run_sql(store: PostgisStore, query: str, *values: object) -> list[tuple[object, ...]]:
    """Run one statement as any other program would."""
    with psycopg.connect(store.database.url.set(drivername="postgresql").render_as_string()) as connection:
        done = connection.execute(sql.SQL(query), values or None)  # type: ignore[arg-type]
        return done.fetchall() if done.description else []
