"""OGC API - Features over the prebuilt collections: mounted at ``/ogc``."""

from api.ogc.routes import router

__all__ = ["router"]
