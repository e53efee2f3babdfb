"""The smallest network, whose minutes are computed by hand in the tests.

Kilometres east and north of a point of the plain; a main road is driven at 60 km/h (1 minute a
kilometre), everything else at 30 km/h with a detour of 1.5 (3 minutes a straight kilometre); each
trip costs 2 minutes more. Places are joined to at most two nodes, no farther than 4 km.

    north 5 |                         N3 = C           N3-N2: local link, 5 km
          2 |             B
          1 | A   (S2 at 1.6)
          0 | N0 --12 km-- N1 --10 km-- N2             roads, 10 km long as the crow flies
         -1 |             S1
              0            10           20  east
"""

import pandas as pd
from pyproj import Transformer

from geo_integration.travel.outline import OutlineNetwork, OutlineParameters

WEST_METRES, SOUTH_METRES = 650_000, 6_860_000
PARAMETERS = OutlineParameters(
    main_speed_kmh=60,
    local_speed_kmh=30,
    detour=1.5,
    overhead_minutes=2,
    urban_slowing=0.1,
    legs=2,
    leg_limit_metres=4_000,
    direct_limit_metres=1_500,
)
_DEGREES = Transformer.from_crs(2154, 4326, always_xy=True)


def place(east_km: float, north_km: float) -> tuple[float, float]:
    """Return lon and lat of a point given in kilometres."""
    lon, lat = _DEGREES.transform(WEST_METRES + 1000 * east_km, SOUTH_METRES + 1000 * north_km)
    return float(lon), float(lat)


def places(key: str, rows: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Return a table of an identifier, lon and lat from kilometres."""
    degrees = [place(*where) for where in rows.values()]
    return pd.DataFrame({key: list(rows), "lon": [d[0] for d in degrees], "lat": [d[1] for d in degrees]})


def nodes() -> pd.DataFrame:
    """Four nodes."""
    table = places("node_id", {"0": (0, 0), "1": (10, 0), "2": (20, 0), "3": (20, 5)})
    return table.assign(node_id=table["node_id"].astype(int))


def edges() -> pd.DataFrame:
    """Two roads and a local link."""
    return pd.DataFrame(
        {
            "source": [0, 1, 3],
            "target": [1, 2, 2],
            "length_metres": [12_000.0, 10_000.0, 5_000.0],
            "is_local": [False, False, True],
        }
    )


def network() -> OutlineNetwork:
    """Return the network of the picture."""
    return OutlineNetwork.from_tables(nodes(), edges(), parameters=PARAMETERS)


def communes() -> pd.DataFrame:
    """Three communes."""
    table = places("commune_code", {"A": (0, 1), "B": (10, 2), "C": (20, 5)})
    return table.assign(radius_metres=[1_500.0, 1_000.0, 1_200.0])


def sites() -> pd.DataFrame:
    """Two sites."""
    return places("site_id", {"S1": (10, -1), "S2": (0, 1.6)})


def minutes_of(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return the minutes of a reach table by site and commune, in its order."""
    return dict(zip(zip(table["site_id"], table["commune_code"], strict=True), table["out_minutes"], strict=True))
