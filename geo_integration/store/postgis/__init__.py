"""The store as tables of PostgreSQL with PostGIS: many writers and servers, readable by QGIS and SQL."""

from geo_integration.store.postgis.store import PostgisStore

__all__ = ["PostgisStore"]
