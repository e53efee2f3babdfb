"""The one door between figures about people and anything that leaves: table + viewer -> release."""

from geo_integration.disclosure.census import release_census
from geo_integration.disclosure.classes import PersonsClass
from geo_integration.disclosure.coarse import coarsen_to_epci
from geo_integration.disclosure.gate import release, release_beside
from geo_integration.disclosure.people import release_people
from geo_integration.disclosure.thresholds import threshold_of
from geo_integration.disclosure.viewers import Viewer, parse_viewer

__all__ = [
    "PersonsClass",
    "Viewer",
    "coarsen_to_epci",
    "parse_viewer",
    "release",
    "release_beside",
    "release_census",
    "release_people",
    "threshold_of",
]
