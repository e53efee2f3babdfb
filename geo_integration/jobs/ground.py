"""Where people leave from and where courses are: the ends of every trip, from layers and territories."""

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import shapely

from geo_integration import territories

type Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def chosen(selection: territories.Selection) -> gpd.GeoDataFrame:
    """Return the communes of a selection, by code."""
    communes = territories.communes()
    return communes[communes["code"].isin(selection.commune_codes)].sort_values("code").reset_index(drop=True)


def origins_of(communes: pd.DataFrame) -> pd.DataFrame:
    """Return the communes that have a mairie as places to leave from, and how wide they are; the index is kept.

    Those of the overseas collectivities have none in the territories: nothing can be computed for them.
    """
    communes = communes[communes["mairie_lon"].notna() & communes["radius_metres"].gt(0)]
    return pd.DataFrame(
        {
            "commune_code": communes["code"],
            "lon": communes["mairie_lon"],
            "lat": communes["mairie_lat"],
            "radius_metres": communes["radius_metres"],
            "departement_code": communes["departement_code"],
        }
    )


def site_positions(site_ids: "pd.Index[str]", offers: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``site_id``, ``lon``, ``lat`` and the ``commune_code`` of each place, in the order given."""
    first = offers.dropna(subset=["site_id"]).drop_duplicates("site_id").set_index("site_id").loc[site_ids]
    points = first.geometry.to_numpy()
    return pd.DataFrame(
        {
            "site_id": first.index,
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
            "commune_code": first["commune_code"].to_numpy(),
        }
    )


def telling(progress: Progress | None) -> Callable[[int, int], None] | None:
    """Return what the reach table calls after each chunk, from what a face wants to be told."""
    return None if progress is None else lambda done, total: progress("Temps de trajet", done, total)
