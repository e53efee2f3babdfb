"""Street networks: built from OpenStreetMap, kept one file per area and mode, searched by contraction hierarchies.

The way of the data: :mod:`profiles` (how a mode travels) and :mod:`osm` (an extract, streamed) meet in
:mod:`build`, which gives a :class:`~geo_integration.travel.streets.network.RoadNetwork`; :mod:`snap` joins
places to it, :mod:`router` searches it, and :mod:`reach`, :mod:`isochrone`, :mod:`nearest` and
:mod:`itinerary` answer.
"""
