"""Travel times: networks, and the reach table that everything else is computed from.

One engine so far, ``outline``: the main roads plus a mesh of local links, for use where no street
network is loaded (:mod:`geo_integration.travel.outline`). Nothing here reads territories, offers or
a store: plain tables come in, a plain table goes out (:mod:`geo_integration.travel.reach`).
"""
