"""Which courses fit a learner, and how long to get there and back, from any point: kept warm, answered at once."""

from geo_integration.search.finder import Finder
from geo_integration.search.found import Counts, Found, FoundOffer, Near, Reach, Search
from geo_integration.search.home import WayHome
from geo_integration.search.origin import Origin
from geo_integration.search.reaching import Named, Reached

__all__ = [
    "Counts",
    "Finder",
    "Found",
    "FoundOffer",
    "Named",
    "Near",
    "Origin",
    "Reach",
    "Reached",
    "Search",
    "WayHome",
]
