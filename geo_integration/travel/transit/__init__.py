"""Timetabled transit: feeds read and checked, one day of service, there and back at class hours.

The way of the data: :mod:`gtfs` reads and checks feeds, :mod:`register` keeps them, :mod:`timetable` gives
one day of them as a :class:`~geo_integration.travel.transit.timetable.DayTimetable`, :mod:`links` adds the
walking, :mod:`engine` searches (cafein, behind a protocol of our own), :mod:`class_hours` answers.
"""
