"""Where a place really is: commune first, then a point that must lie in that commune.

A point that the source gives is kept only inside (or within :data:`TOLERANCE_METRES` of) its commune's
polygon. Otherwise the place stands at its address when an address base knows it, else at the mairie; and
``location_quality`` says which. Nothing is moved silently: every repair is in the import report.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration import territories
from geo_integration.sources.geocode import AddressBase
from geo_integration.sources.imports import ProblemLog
from geo_integration.vocabulary import LocationQuality, Modality

TOLERANCE_METRES = 300.0
"""Shipped borders are simplified: a point this close to its commune counts as inside."""

type Floats = npt.NDArray[np.float64]


def locate(places: pd.DataFrame, log: ProblemLog, *, addresses: AddressBase | None = None) -> pd.DataFrame:
    """Find commune and point of each place.

    Parameters
    ----------
    places : columns ``where``, ``commune_code``, ``postcode``, ``commune_name``, ``address``,
        ``longitude``, ``latitude`` (WGS84 degrees), ``modality``; any of them null.
    log : receives what was dropped or repaired.
    addresses : an address base, asked only for places whose point is missing or wrong.

    Returns
    -------
    Same index; columns ``commune_code``, ``commune_name``, ``departement_code``, ``longitude``,
    ``latitude`` (null where there is no place), ``location_quality``.
    """
    codes = _communes(places, log)
    longitude, latitude, quality = _points(places, codes, log)
    communes = territories.communes(geometry=False).set_index("code")
    _at_address(places, codes, longitude, latitude, quality, addresses)
    waiting = quality.isna() & codes.notna()
    longitude[waiting] = codes[waiting].map(communes["mairie_lon"]).to_numpy(dtype=float)
    latitude[waiting] = codes[waiting].map(communes["mairie_lat"]).to_numpy(dtype=float)
    quality[waiting] = LocationQuality.MAIRIE.value
    remote = places["modality"].eq(Modality.REMOTE.value)
    quality[remote] = LocationQuality.REMOTE.value
    longitude[remote], latitude[remote] = np.nan, np.nan
    return pd.DataFrame(
        {
            "commune_code": codes,
            "commune_name": codes.map(communes["name"]),
            "departement_code": codes.map(communes["departement_code"]),
            "longitude": longitude,
            "latitude": latitude,
            "location_quality": quality.fillna(LocationQuality.NONE.value),
        },
        index=places.index,
    )


def _communes(places: pd.DataFrame, log: ProblemLog) -> "pd.Series[str]":
    """Return the current commune code of each place, null where it cannot be known."""
    stated = places["commune_code"]
    resolved = territories.resolve_many(stated)
    for label in places.index[stated.notna() & resolved.isna()]:
        log.drop(str(places.at[label, "where"]), "commune_code", stated[label], "code commune inconnu du COG")
    postal = _by_name(places)
    clash = resolved.notna() & postal.notna() & resolved.ne(postal)
    for label in places.index[clash]:
        resolved[label] = _settle(places.loc[label], resolved[label], postal[label], log)
    return resolved.fillna(postal).astype("str")


def _by_name(places: pd.DataFrame) -> "pd.Series[str]":
    """Read the commune from postcode and name; the same pair is looked up once."""
    pairs = places[["postcode", "commune_name"]].drop_duplicates()
    known = {
        (postcode, name): territories.resolve_by_postcode_and_name(postcode, name)
        for postcode, name in pairs.itertuples(index=False, name=None)
        if _text(postcode) and _text(name)
    }
    values = [known.get(pair) for pair in places[["postcode", "commune_name"]].itertuples(index=False, name=None)]
    return pd.Series(values, index=places.index, dtype="str")


def _settle(place: "pd.Series[Any]", by_code: str, by_name: str, log: ProblemLog) -> str:
    """Choose between a stated code and a postcode and name that disagree: the point decides, else two beat one."""
    chosen = by_name
    if pd.notna(place["longitude"]) and pd.notna(place["latitude"]):
        longitude, latitude = np.array([place["longitude"]] * 2), np.array([place["latitude"]] * 2)
        metres = territories.distance_to_commune_metres([by_code, by_name], longitude, latitude)
        chosen = by_code if metres[0] < metres[1] else by_name
    kept = "le code" if chosen == by_code else "le code postal et le nom"
    reason = (
        f"le code commune ({by_code}) contredit le code postal et le nom "
        f"({place['postcode']} {place['commune_name']}, soit {by_name}) : {kept} l'emporte"
    )
    log.repair(place["where"], "commune_code", by_code, reason)
    return chosen


def _points(places: pd.DataFrame, codes: "pd.Series[str]", log: ProblemLog) -> tuple[Floats, Floats, "pd.Series[str]"]:
    """Keep the points that lie in their commune; give a commune to those that have none."""
    longitude = places["longitude"].to_numpy(dtype=float, na_value=np.nan, copy=True)
    latitude = places["latitude"].to_numpy(dtype=float, na_value=np.nan, copy=True)
    quality = pd.Series(index=places.index, dtype="str")
    stated = np.isfinite(longitude) & np.isfinite(latitude)
    orphan = stated & codes.isna().to_numpy()
    if orphan.any():
        found = pd.Series(territories.communes_at(longitude[orphan], latitude[orphan]), dtype="str")
        codes[orphan] = found.to_numpy()
        quality[orphan & codes.notna().to_numpy()] = LocationQuality.POINT_ONLY.value
    check = stated & codes.notna().to_numpy() & ~orphan
    metres = np.full(len(places), np.nan)
    metres[check] = territories.distance_to_commune_metres(codes[check].tolist(), longitude[check], latitude[check])
    _unswap(places, codes, (longitude, latitude), metres, log)
    inside = metres <= TOLERANCE_METRES
    quality[inside] = LocationQuality.POINT.value
    for position in np.flatnonzero((check & ~inside) | (orphan & codes.isna().to_numpy())):
        _wrong_point(places.iloc[position], codes.iloc[position], metres[position], log)
    lost = stated & quality.isna().to_numpy()
    longitude[lost], latitude[lost] = np.nan, np.nan
    return longitude, latitude, quality


def _unswap(
    places: pd.DataFrame, codes: "pd.Series[str]", point: tuple[Floats, Floats], metres: Floats, log: ProblemLog
) -> None:
    """Turn round the points whose longitude and latitude were exchanged, in place."""
    longitude, latitude = point
    far = np.flatnonzero(metres > TOLERANCE_METRES)
    if not len(far):
        return
    turned = territories.distance_to_commune_metres(codes.iloc[far].tolist(), latitude[far], longitude[far])
    for position, distance in zip(far, turned, strict=True):
        if distance <= TOLERANCE_METRES:
            value = f"{longitude[position]}, {latitude[position]}"
            longitude[position], latitude[position] = latitude[position], longitude[position]
            metres[position] = distance
            reason = "longitude et latitude étaient échangées : remises en ordre"
            log.repair(places.iloc[position]["where"], "longitude, latitude", value, reason)


def _wrong_point(place: "pd.Series[Any]", code: str | float, metres: float, log: ProblemLog) -> None:
    value = f"{place['longitude']}, {place['latitude']}"
    if isinstance(code, str) and np.isinf(metres):
        reason = f"point sur une autre partie du globe que sa commune ({code}) : écarté"
    elif isinstance(code, str) and np.isfinite(metres):
        reason = f"point à {metres / 1000:.1f} km de sa commune ({code}) : écarté"
    elif isinstance(code, str):
        reason = f"la commune {code} n'a pas de contour : point non vérifiable, écarté"
    else:
        reason = "point hors de toute commune de France : écarté"
    log.drop(place["where"], "longitude, latitude", value, reason)


def _at_address(
    places: pd.DataFrame,
    codes: "pd.Series[str]",
    longitude: Floats,
    latitude: Floats,
    quality: "pd.Series[str]",
    addresses: AddressBase | None,
) -> None:
    """Put places that have no good point at their address, where an address base knows it."""
    if addresses is None:
        return
    waiting = quality.isna() & codes.notna() & places["address"].notna()
    for position in np.flatnonzero(waiting.to_numpy()).tolist():
        place = places.iloc[position]
        found = addresses.match(
            place["address"], postcode=_text(place["postcode"]), commune_code=str(codes.iloc[position])
        )
        if found is None:
            continue
        code = str(codes.iloc[position])
        (metres,) = territories.distance_to_commune_metres([code], [found.longitude], [found.latitude])
        if metres <= TOLERANCE_METRES:  # a base can be wrong too
            longitude[position], latitude[position] = found.longitude, found.latitude
            quality.iloc[position] = LocationQuality.ADDRESS.value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
