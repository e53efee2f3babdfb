"""The service over HTTP: wiring, parameters, routes, pages. Imports ``geo_integration``; never the reverse."""
