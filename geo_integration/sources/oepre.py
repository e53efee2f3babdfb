"""OEPRE (Ouvrir l'école aux parents): groups listed by school (UAI), placed by the schools directory."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import Cells, View, accepted, expected_names, match_columns, require
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.offer_rows import COLUMNS_OF_ANY_TABLE, raw_offer
from geo_integration.sources.plain import COMMUNE_NAMES
from geo_integration.sources.records import RawOffer
from geo_integration.sources.tables import read_rows
from geo_integration.vocabulary import Audience, Kind, Modality

COLUMNS = {
    "uai": ("uai", "code uai", "rne", "numero_uai"),
    "group": ("groupe", "group", "n° de groupe", "identifiant"),
    "place_name": ("établissement", "nom de l'établissement", "nom_etablissement", "nom", "school_name"),
    "address": ("adresse",),
    "postcode": ("code_postal", "cp"),
    "commune_name": ("commune", "ville", "nom_commune"),
    "commune_code": tuple(COMMUNE_NAMES),
    "longitude": ("longitude", "lon"),
    "latitude": ("latitude", "lat"),
    "days": ("jours", "jour", "days"),
    "times": ("horaires", "horaire", "heures", "times"),
    "start_time": ("heure de début", "start_time"),
    "end_time": ("heure de fin", "end_time"),
    "start_date": ("début", "date de début", "start_date"),
    "end_date": ("fin", "date de fin", "end_date"),
    "weekly_hours": ("heures par semaine", "heures hebdomadaires", "weekly_hours"),
    "total_hours": ("nombre d'heures", "volume horaire", "heures annuelles", "total_hours"),
    "places_funded": ("places", "nombre de places", "places_funded"),
    "places_available": ("places disponibles", "places_available"),
    "recruitment": ("recrutement", "recruitment"),
    "level_text": ("niveau", "niveaux", "public"),
    "schedule_text": ("année scolaire", "annee_scolaire"),
    "phone": ("téléphone", "tel", "phone"),
    "email": ("courriel", "email", "mail"),
    "provider_name": ("opérateur", "organisme", "association", "provider_name"),
    "updated_on": ("date de mise à jour", "mise à jour", "updated_on"),
    **COLUMNS_OF_ANY_TABLE,
}
TITLE = "Ouvrir l'école aux parents pour la réussite des enfants (OEPRE)"


def iter_offers(path: Path, log: ProblemLog, *, schools: pd.DataFrame | Path) -> Iterator[RawOffer]:
    """Give the OEPRE groups of a list, one per row, each at its school.

    Parameters
    ----------
    path : a table with the school's UAI; hours, dates, commune where there are any.
    log : receives what is wrong. A group whose UAI the directory does not know is kept where the list gives
        its commune, else rejected.
    schools : the ``schools`` layer, or a directory of schools to read.

    Raises
    ------
    InputRefusedError : no column of UAI.
    """
    table = read_rows(path, log=log, expected=expected_names(COLUMNS))
    columns = match_columns(table.columns, COLUMNS)
    require(columns, ("uai",), table, COLUMNS)
    directory = _directory(schools)
    numbers: Counter[str] = Counter()

    def shape(cells: Cells) -> RawOffer:
        return _offer(cells, directory, numbers)

    for _, offer in accepted(View(columns, log)(iter(table)), shape):
        yield offer


def _directory(schools: pd.DataFrame | Path) -> dict[str, dict[str, Any]]:
    if isinstance(schools, Path):
        from geo_integration.sources import schools as reader  # noqa: PLC0415 -- the name is the parameter's

        schools = reader.read(schools).tables["schools"]
    found: dict[str, dict[str, Any]] = {}
    for uai, name, code, geometry in zip(
        schools["uai"], schools["name"], schools["commune_code"], schools["geometry"], strict=True
    ):
        placed = geometry is not None and not geometry.is_empty
        found[uai] = {
            "uai": uai,
            "place_name": name,
            "commune_code": code if isinstance(code, str) else None,
            "longitude": geometry.x if placed else None,
            "latitude": geometry.y if placed else None,
        }
    return found


def _offer(cells: Cells, directory: Mapping[str, Mapping[str, Any]], numbers: Counter[str]) -> RawOffer:
    uai = cells.get("uai", fields_french.uai)
    school = directory.get(uai or "")
    if school is None:
        _refuse_unless_placed(cells)
        if uai:
            cells.drop("uai", "établissement absent de l'annuaire : placé par sa commune")
    base = uai or f"{cells.text('commune_code') or cells.text('commune_name')}-{cells.text('place_name') or ''}"
    group = cells.get("group", fields.record_text)
    numbers[base] += 1
    suffix = group or (str(numbers[base]) if numbers[base] > 1 else "")
    record_id = f"{base}-{suffix}".strip("-")
    found: dict[str, Any] = {k: v for k, v in (school or {}).items() if v is not None}
    if school is None:
        found["uai"] = None
    level = cells.get("level_text", fields.record_text)
    name = found.get("place_name") or cells.text("place_name")
    return raw_offer(
        cells,
        record_id,
        title=f"{TITLE} — {name}" if name else TITLE,
        programme="OEPRE",
        modality=Modality.IN_PERSON,
        content=f"Niveau : {level}" if level else None,  # in the list's words: rules read it
        declared={"kind": Kind.OEPRE.value, "audience_exclusive": Audience.PARENT.value},
        **found,
    )


def _refuse_unless_placed(cells: Cells) -> None:
    stated = any(cells.raw(name) is not None for name in ("commune_code", "commune_name", "postcode"))
    if not stated:
        cells.refuse("uai", "établissement absent de l'annuaire, et la liste ne donne pas sa commune")
