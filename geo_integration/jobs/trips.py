"""Questions about one place: what is within reach of it, which courses are nearest, how to go there and back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_integration.coverage.fit.judgement import fit
from geo_integration.errors import MissingDataError, OptionError
from geo_integration.exports.values import replacing
from geo_integration.jobs.means import Means, street_network, street_notes
from geo_integration.jobs.trips_by_timetable import (
    class_hours,
    nearest_by_timetable,
    reachable_by_timetable,
    there_and_back,
)
from geo_integration.jobs.whereabouts import Spot, spot
from geo_integration.sources.geocode import AddressBase
from geo_integration.store import Store
from geo_integration.travel.streets.isochrone import isochrones
from geo_integration.travel.streets.itinerary import Itinerary
from geo_integration.travel.streets.itinerary import itinerary as street_itinerary
from geo_integration.travel.streets.nearest import nearest
from geo_integration.vocabulary import Kind, Level, Mode, OfferStatus

_SHOWN_STATUS = (OfferStatus.OPEN, OfferStatus.UNKNOWN, OfferStatus.FULL)
_DECIMALS = 1
MAIRIE_NOTE = (
    "Les trajets partent de la mairie, qui tient lieu de la commune : donner une adresse ou un point pour mieux."
)


@dataclass(frozen=True)
class Wanted:
    """Which courses are looked for: of a kind or any, on a day, how many places, how far."""

    kind: Kind | None
    level: Level | None
    as_of: date
    k: int
    minutes: float


@dataclass(frozen=True)
class Found:
    """The courses found, ready to be shown, and what must be known of them."""

    table: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A trip in words; whether both ways exist."""

    text: str
    possible: bool


def isochrone(
    where: Spot, minutes: Sequence[float], *, means: Means, towards: bool, at: str | None, out: Path
) -> gpd.GeoDataFrame:
    """Compute what is within so many minutes of a place and write it as GeoJSON.

    Raises what :func:`isochrone_table` does.
    """
    found, told = isochrone_table(where, minutes, means=means, towards=towards, at=at)
    _write_geojson(
        found,
        out,
        {
            "from": {"lon": where.lon, "lat": where.lat, "label": where.label},
            "engine": means.engine.value,
            "notes": list(told),
        },
    )
    return found


def isochrone_table(
    where: Spot, minutes: Sequence[float], *, means: Means, towards: bool, at: str | None
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Compute what is within so many minutes of a place: one row per duration, and what must be known of it.

    Raises NetworkUnavailableError without a street network, or for a place far from every street.
    """
    if means.mode is Mode.TRANSIT:
        return reachable_by_timetable(where, minutes, means=means, towards=towards, at=at or "09:00")
    if at is not None:
        raise OptionError(
            "une heure n'a de sens qu'avec les transports en commun", where="--at", way_out="retirer --at"
        )
    network = street_network(means)
    return isochrones(network, where.lon, where.lat, minutes, towards=towards), street_notes(network)


def nearest_courses(store: Store, where: Spot, wanted: Wanted, *, means: Means) -> Found:
    """Find the places with fitting courses nearest to someone, by the longer of there and back.

    Raises MissingDataError without offers, NetworkUnavailableError without a street network for a mode that needs one.
    """
    if "offers" not in store.layers():
        raise MissingDataError("aucune offre dans l'entrepôt", way_out="importer d'abord une source d'offres")
    layers = store.read_together(["offers", "sessions"])
    offers, status = fitting(layers, wanted)
    if means.mode is Mode.TRANSIT:
        found, notes = nearest_by_timetable(
            where,
            offers,
            layers["sessions"],
            status,
            means=means,
            as_of=wanted.as_of,
            minutes=wanted.minutes,
            k=wanted.k,
        )
        return Found(_courses(found, offers, status), (*notes, MAIRIE_NOTE) if where.is_mairie else notes)
    network = street_network(means)
    places = offers.drop_duplicates("site_id").set_index("site_id").geometry
    sites = pd.DataFrame({"site_id": places.index, "lon": places.x.to_numpy(), "lat": places.y.to_numpy()})
    near = nearest(network, where.lon, where.lat, sites, k=wanted.k, limit_minutes=wanted.minutes)
    notes = street_notes(network)
    if len(near.not_routable):
        notes += (f"{len(near.not_routable)} lieu(x) de cours sans rue proche : leur trajet n'est pas connu.",)
    if where.is_mairie:
        notes += (MAIRIE_NOTE,)
    return Found(_courses(near.found, offers, status), notes)


def fitting(layers: dict[str, Any], wanted: Wanted) -> tuple[gpd.GeoDataFrame, "pd.Series[str]"]:
    """Return the placed offers of the kind asked for that take people, or may, and what each is."""
    offers = layers["offers"]
    if wanted.kind is None:
        every = [fit(offers, layers["sessions"], kind=kind, level=wanted.level, as_of=wanted.as_of) for kind in Kind]
        own = dict(zip((kind.value for kind in Kind), every, strict=True))
        status = pd.Series(
            [own[kind][offer] for offer, kind in zip(offers["offer_id"], offers["kind"], strict=True)],
            index=offers["offer_id"],
            dtype="str",
        )
    else:
        status = fit(offers, layers["sessions"], kind=wanted.kind, level=wanted.level, as_of=wanted.as_of)
    shown = offers["offer_id"].map(status).isin([one.value for one in _SHOWN_STATUS]) & offers["site_id"].notna()
    return offers[shown], status


def _courses(found: pd.DataFrame, offers: gpd.GeoDataFrame, status: "pd.Series[str]") -> pd.DataFrame:
    """Name the courses of each place found, sure ones first."""
    rows = []
    rank = {one.value: position for position, one in enumerate(_SHOWN_STATUS)}
    label = {one.value: one.label for one in OfferStatus}
    for near in found.to_dict("records"):
        at_site = offers[offers["site_id"].eq(near["site_id"])]
        if "offer_ids" in near:
            at_site = at_site[at_site["offer_id"].isin(near["offer_ids"])]
        first = min(at_site["offer_id"], key=lambda offer: (rank[status[offer]], offer))
        offer = at_site.set_index("offer_id").loc[first]
        rows.append(
            {
                "rang": near["rank"],
                "aller": round(near["out_minutes"], _DECIMALS),
                "retour": round(near["back_minutes"], _DECIMALS),
                **({"horaires": near["class_hours"]} if "class_hours" in near else {}),
                "cours": offer["title"],
                "commune": offer["commune_name"],
                "état": label[status[first]],
                "téléphone": offer["phone"],
                "identifiant": first,
                "autres ici": len(at_site) - 1,
            }
        )
    return pd.DataFrame(rows, columns=None if rows else ["rang", "aller", "retour", "cours", "commune"])


def destination(text: str, *, addresses: AddressBase | None, store: Store) -> Spot:
    """Find where a trip goes: a place as for its start, or the place of an offer."""
    if ":" in text and "offers" in store.layers():
        offers = store.read("offers").set_index("offer_id")
        if text in offers.index:
            offer = offers.loc[text]
            if offer.geometry is None:
                raise OptionError(
                    f"le lieu du cours « {text} » n'est pas connu", where="--to", way_out="en choisir un autre"
                )
            return Spot(offer.geometry.x, offer.geometry.y, str(offer["title"]), offer_id=text)
    return spot(text, addresses=addresses, where="--to")


def describe_trip(store: Store, start: Spot, end: Spot, *, means: Means, out: Path | None) -> Told:
    """Describe the way from one place to another and back, in French; write its line where asked.

    Raises NetworkUnavailableError without the network or timetable the mode needs.
    """
    if means.mode is Mode.TRANSIT:
        text, possible, line = there_and_back(start, end, hours=class_hours(store, end, means), means=means)
    else:
        text, possible, line = _by_streets(start, end, means)
    if out is not None:
        with replacing(out) as partial:
            partial.write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    return Told(f"De {start.label} à {end.label}\n\n{text}", possible)


def _by_streets(start: Spot, end: Spot, means: Means) -> tuple[str, bool, dict[str, Any]]:
    network = street_network(means)
    there = street_itinerary(network, (start.lon, start.lat), (end.lon, end.lat))
    back = street_itinerary(network, (end.lon, end.lat), (start.lon, start.lat))
    text = "\n\n".join(
        f"{heading}\n{way.to_text() if way else 'Aucun chemin.'}"
        for heading, way in (("ALLER", there), ("RETOUR", back))
    )
    note = "\n".join(street_notes(network))
    return f"{text}\n\n{note}", bool(there and back), _lines({"aller": there, "retour": back})


def _lines(ways: dict[str, Itinerary | None]) -> dict[str, Any]:
    """Join both ways in one FeatureCollection (RFC 7946)."""
    features: list[dict[str, Any]] = []
    for name, way in ways.items():
        told = way.to_geojson()["features"] if way else []
        features += [feature | {"properties": {"sens": name} | feature["properties"]} for feature in told]
    return {"type": "FeatureCollection", "features": features}


def _write_geojson(table: gpd.GeoDataFrame, path: Path, told: dict[str, Any]) -> None:
    """Write polygons with what they mean beside them."""
    collection = json.loads(table.to_json(drop_id=True)) | {"meta": told}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
