"""The files a study leaves with: GeoJSON, GeoPackage, CSV for French Excel, XLSX.

Every writer takes tables and a :class:`Meta`, writes beside its target and then renames: a reader
never meets half a file. Same tables, same bytes.
"""

from geo_integration.exports.delimited import write_csv
from geo_integration.exports.geojson import write_geojson
from geo_integration.exports.geopackage import write_gpkg
from geo_integration.exports.meta import Meta, Source
from geo_integration.exports.workbook import write_xlsx

__all__ = ["Meta", "Source", "write_csv", "write_geojson", "write_gpkg", "write_xlsx"]
