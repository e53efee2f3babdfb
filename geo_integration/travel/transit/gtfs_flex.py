"""What GTFS-Flex says of on-demand lines: zones, groups of stops, windows and booking rules, as tables."""

import json
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_integration.travel.transit.gtfs_problems import Log
from geo_integration.travel.transit.gtfs_tables import Table, seconds

WINDOW = ("start_pickup_drop_off_window", "end_pickup_drop_off_window")
CALL_COLUMNS = ("location_id", "location_group_id", *WINDOW, "pickup_booking_rule_id", "drop_off_booking_rule_id")
RULE_COLUMNS = (
    "booking_rule_id",
    "booking_type",
    "prior_notice_duration_min",
    "prior_notice_last_day",
    "prior_notice_last_time",
    "message",
    "pickup_message",
    "phone_number",
    "info_url",
    "booking_url",
)
_LOCATIONS = "locations.geojson"


@dataclass(frozen=True, eq=False)
class FlexTables:
    """On-demand service of a feed.

    Attributes
    ----------
    calls : one row per call of a flexible trip: ``trip_id``, ``route_id``, ``service_id``, ``place`` (id of a zone, a
        group or a stop), ``start``, ``end`` (seconds, negative where not given), ``rule`` (id or "").
    rules : booking_rules.txt, texts.
    zones : ``zone_id``, ``name``, geometry (polygons, EPSG:4326).
    groups : ``location_group_id``, ``name``, ``stop_id``: one row per stop of a group.
    """

    calls: pd.DataFrame
    rules: pd.DataFrame
    zones: gpd.GeoDataFrame
    groups: pd.DataFrame

    @property
    def lines(self) -> int:
        """How many lines run on demand."""
        return int(self.calls["route_id"].nunique())


def read_zones(content: bytes | None, log: Log) -> gpd.GeoDataFrame:
    """Return the zones of locations.geojson; one that cannot be read is noted: no minute depends on it."""
    rows: list[tuple[str, str, shapely.Geometry]] = []
    try:
        features = json.loads(content)["features"] if content else []
        for feature in features:
            name = str((feature.get("properties") or {}).get("stop_name") or "")
            rows.append((str(feature["id"]), name, shapely.geometry.shape(feature["geometry"])))
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        message = f"zones à la demande illisibles ({type(error).__name__}) : lignes montrées sans leur zone"
        log.note("flex_zones", message, _LOCATIONS)
    return gpd.GeoDataFrame(
        {
            "zone_id": pd.Series([row[0] for row in rows], dtype="str"),
            "name": pd.Series([row[1] for row in rows], dtype="str"),
        },
        geometry=[row[2] for row in rows],
        crs="EPSG:4326",
    )


def read_groups(groups: Table, members: Table) -> pd.DataFrame:
    """Return one row per stop of a group."""
    names = dict(zip(groups["location_group_id"], groups["location_group_name"], strict=True))
    return pd.DataFrame(
        {
            "location_group_id": members["location_group_id"],
            "name": pd.Series([names.get(one, "") for one in members["location_group_id"]], dtype="str"),
            "stop_id": members["stop_id"],
        }
    )


def flexible(stop_times: Table, zones: gpd.GeoDataFrame, groups: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of stop_times are windows, not calls (drafts of the standard put zones in stop_id)."""
    if not len(stop_times):
        return np.zeros(0, dtype=np.bool_)
    found = np.zeros(len(stop_times), dtype=np.bool_)
    for column in ("location_id", "location_group_id", *WINDOW):
        if column in stop_times.present:
            found |= (stop_times[column] != "").to_numpy(dtype=np.bool_)
    places = {*zones["zone_id"], *groups["location_group_id"]}
    if places:
        found |= stop_times["stop_id"].isin(places).to_numpy(dtype=np.bool_)
    return found


def flex_calls(stop_times: Table, rows: NDArray[np.bool_], trips: Table) -> pd.DataFrame:
    """Return the rows of flexible trips, with the line and the service they belong to."""
    table = stop_times.frame[rows].reset_index(drop=True)
    place = table["location_id"].where(table["location_id"] != "", table["location_group_id"])
    known = trips.frame.drop_duplicates("trip_id").set_index("trip_id")[["route_id", "service_id"]]
    lines = known.reindex(table["trip_id"]).reset_index(drop=True)
    calls = pd.DataFrame(
        {
            "trip_id": table["trip_id"],
            "route_id": lines["route_id"],
            "service_id": lines["service_id"],
            "place": place.where(place != "", table["stop_id"]),
            "start": seconds(table[WINDOW[0]]),
            "end": seconds(table[WINDOW[1]]),
            "rule": table["pickup_booking_rule_id"].where(
                table["pickup_booking_rule_id"] != "", table["drop_off_booking_rule_id"]
            ),
        }
    )
    return calls[calls["route_id"].notna()].reset_index(drop=True)
