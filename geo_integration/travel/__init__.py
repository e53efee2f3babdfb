"""Travel times: networks, timetables, and the reach table that everything else is computed from.

Four engines, never mixed in one table:

- :mod:`outline` (cars, main roads and two speeds) and :mod:`straight` (walking and cycling, a lengthened
  straight line), where no street network is loaded;
- :mod:`streets` (car, bike, foot, from OpenStreetMap);
- :mod:`transit` (timetables and walking, there and back at class hours).

Nothing here reads territories, offers or a store: plain tables come in, a plain table goes out.
"""
