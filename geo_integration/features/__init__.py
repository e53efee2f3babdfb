"""Collections of features: tables turned into bytes once, found by place, date, property and CQL2, ready to be sent.

No HTTP here: ``api.ogc`` puts these answers behind OGC API - Features.
"""

from geo_integration.features.catalogue import Catalogue
from geo_integration.features.collection import Collection
from geo_integration.features.crs import CRS84, SERVED
from geo_integration.features.packed import Packed, Page

__all__ = ["CRS84", "SERVED", "Catalogue", "Collection", "Packed", "Page"]
