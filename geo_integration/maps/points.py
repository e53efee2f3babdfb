"""The symbols of the map: courses, OEPRE, contracts, housing and schools, as arrays for the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from geo_integration.exports.meta import Meta, label_of
from geo_integration.exports.values import cells
from geo_integration.maps.shapes import Place
from geo_integration.maps.style import KIND_LETTERS
from geo_integration.maps.text import whole
from geo_integration.schema import WGS84
from geo_integration.vocabulary import HousingKind, Kind, LocationQuality, OfferStatus

MOST_DETAILED = 8_000
"""Above this many rows in all, symbols say only title and commune, and schools are left out: 6 MB is the limit."""

type Row = list[Any]
"""``[lon, lat, letter, title, [lines…], synthetic, size]``: all a symbol shows."""


@dataclass(frozen=True)
class Symbols:
    """One switchable layer of symbols."""

    key: str
    label: str
    mark: str
    """Class of the symbol in the style sheet: fit, full, unsure, other, oepre, ctai, housing, school."""
    rows: list[Row] = field(default_factory=list)
    shown: bool = False
    clustered: bool = True
    unplaced: int = 0
    """Rows that are not on the map, having no place."""

    @property
    def synthetic(self) -> bool:
        """True where one row is made up."""
        return any(row[5] for row in self.rows)

    @property
    def switch(self) -> str:
        """HTML beside the check box: symbol, label, mark where rows are made up, how many."""
        letter = str(self.rows[0][2]) if self.rows and self.mark != "other" else "F"
        made_up = Markup("<small>données fictives</small>") if self.synthetic else ""
        return str(
            Markup('<i class="pin {}" aria-hidden="true">{}</i><span>{} {}</span><b>{}</b>').format(
                self.mark, letter, self.label, made_up, whole(len(self.rows))
            )
        )


def symbol_layers(layers: Mapping[str, pd.DataFrame], meta: Meta, places: Mapping[str, Place]) -> list[Symbols]:
    """Return the layers that have something to show.

    Parameters
    ----------
    layers : tables ``offers``, ``oepre``, ``schools`` (points), ``ctai``, ``housing`` (by commune_code);
        each may be absent. Without ``oepre``, the offers of that kind make the layer. ``offers`` may carry
        a column ``fit`` of OfferStatus codes; without it a course fits when its kind is the one asked for.
    places : a point inside each commune, for what is known by commune only.
    """
    found: list[Symbols] = []
    brief = sum(len(table) for table in layers.values()) > MOST_DETAILED
    if "offers" in layers:
        found += _offers(layers["offers"], meta, brief=brief)
    oepre = layers["oepre"] if "oepre" in layers else _oepre(layers.get("offers"), meta)
    if oepre is not None:
        found.append(_pointed("oepre", "OEPRE", oepre, letter="O", brief=brief))
    if "ctai" in layers:
        found.append(_ctai(layers["ctai"], places))
    if "housing" in layers:
        found.append(_housing(layers["housing"], places))
    if "schools" in layers and not brief:
        found.append(_pointed("school", "Établissements scolaires", layers["schools"], letter="E"))
    return [symbols for symbols in found if symbols.rows or symbols.unplaced]


def _offers(table: pd.DataFrame, meta: Meta, *, brief: bool) -> list[Symbols]:
    """One layer for each answer to « is it for me? »; courses that are over are not shown."""
    status = _status(table, meta["kind"])
    if meta["kind"] != Kind.OEPRE.value:
        table = table[table["kind"] != Kind.OEPRE.value]
        status = status.loc[table.index]
    nowhere = int(status.isin([OfferStatus.REMOTE.value, OfferStatus.UNPLACED.value]).sum())
    found = [
        _pointed(key, label, table[status == code.value], shown=key == "fit", brief=brief)
        for key, label, code in (
            ("fit", f"Cours adaptés : {label_of(Kind, meta['kind'])}", OfferStatus.OPEN),
            ("full", "Cours adaptés mais complets", OfferStatus.FULL),
            ("unsure", "Cours non précisés", OfferStatus.UNKNOWN),
            ("other", "Autres cours de français", OfferStatus.OTHER),
        )
    ]
    return [replace(found[0], unplaced=found[0].unplaced + nowhere), *found[1:]]


def _oepre(offers: pd.DataFrame | None, meta: Meta) -> pd.DataFrame | None:
    if offers is None or meta["kind"] == Kind.OEPRE.value:
        return None
    there = offers[offers["kind"] == Kind.OEPRE.value]
    return there[there["fit"] != OfferStatus.OVER.value] if "fit" in there.columns else there


def _status(table: pd.DataFrame, kind: str) -> "pd.Series[str]":
    if "fit" in table.columns:
        return table["fit"].astype("str").fillna(OfferStatus.UNKNOWN.value)
    same, unknown = table["kind"] == kind, table["kind"] == Kind.UNKNOWN.value
    codes = np.select([same, unknown], [OfferStatus.OPEN.value, OfferStatus.UNKNOWN.value], OfferStatus.OTHER.value)
    return pd.Series(codes, index=table.index, dtype="str")


def _pointed(
    key: str, label: str, table: pd.DataFrame, *, letter: str = "", shown: bool = False, brief: bool = False
) -> Symbols:
    placed = _placed(table)
    columns = {name: cells(placed[name]) for name in placed.columns if name != "geometry"}
    rows = []
    for number, point in enumerate(placed.geometry):
        row = {name: values[number] for name, values in columns.items()}
        title = row.get("title") or row.get("name") or label
        sign = letter or KIND_LETTERS.get(str(row.get("kind")), "?")
        lon, lat = round(point.x, 5), round(point.y, 5)
        rows.append([lon, lat, sign, title, _lines(row, brief=brief), int(bool(row.get("synthetic"))), 0])
    return Symbols(key, label, key, sorted(rows, key=repr), shown=shown, unplaced=len(table) - len(placed))


def _placed(table: pd.DataFrame) -> gpd.GeoDataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(table.iloc[:0], geometry=gpd.GeoSeries([], crs=WGS84))
    there = table.geometry.notna() & ~table.geometry.is_empty
    kept = table[there & (shapely.get_type_id(np.asarray(table.geometry.array)) == shapely.GeometryType.POINT)]
    return kept.to_crs(WGS84)


def _lines(row: Mapping[str, Any], *, brief: bool) -> list[str]:
    """Return what a popup says under the title, one line each; a mairie standing in for a place says so."""
    if brief:
        return [str(row["commune_name"])] if row.get("commune_name") else []
    kind = label_of(Kind, row.get("kind")) if row.get("kind") in set(Kind) else row.get("type")
    place = ", ".join(str(row[name]) for name in ("place_name", "commune_name") if row.get(name))
    phone = f"Tél. {row['phone']}" if row.get("phone") else ""
    vague = row.get("location_quality") == LocationQuality.MAIRIE.value
    lines = [kind, row.get("provider_name"), place, phone, "Lieu exact inconnu : placé à la mairie." if vague else ""]
    return [str(line) for line in lines if line]


def _ctai(table: pd.DataFrame, places: Mapping[str, Place]) -> Symbols:
    rows: list[Row] = []
    known = table[table["commune_code"].isin(list(places))]
    for _, row in known.iterrows():
        year = f"signé en {row['signed_year']}" if pd.notna(row.get("signed_year")) else ""
        axes = f"Axes : {str(row['axes']).replace(';', ', ')}" if pd.notna(row.get("axes")) else ""
        source = f"Source : {row['source']}"
        lines = [line for line in (f"{row['kind']} {year}".strip(), axes, source) if line]
        place = places[row["commune_code"]]
        rows.append([place.lon, place.lat, "C", row["name"], lines, int(bool(row["synthetic"])), 0])
    return Symbols("ctai", "Contrats d'accueil (CTAI, CAI)", "ctai", rows, clustered=False)


def _housing(table: pd.DataFrame, places: Mapping[str, Place]) -> Symbols:
    """One circle per commune, its area proportional to dwellings and places together."""
    rows: list[Row] = []
    counted = table[table["kind"] != HousingKind.SOCIAL.value]  # a proxy for all dwellings, not for refugees
    known = counted[counted["commune_code"].isin(list(places))]
    for code, group in known.groupby("commune_code", sort=True):
        lines, total = [], 0
        for kind, counted in group.groupby("kind", sort=True):
            dwellings, beds = int(counted["dwellings"].fillna(0).sum()), int(counted["places"].fillna(0).sum())
            total += dwellings + beds
            parts = [f"{dwellings} logements" if dwellings else "", f"{beds} places" if beds else ""]
            stated = ", ".join(part for part in parts if part) or "nombre non transmis"
            lines.append(f"{label_of(HousingKind, str(kind))} : {stated}")
        synthetic = int(bool(group["synthetic"].any()))
        place = places[str(code)]
        rows.append([place.lon, place.lat, "", f"Logement et hébergement : {place.name}", lines, synthetic, total])
    return Symbols("housing", "Logement, hébergement", "housing", rows, clustered=False)
