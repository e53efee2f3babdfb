"""data·inclusion v1: services about French, with the structures that run them.

The format merges FLE, alphabétisation and illettrisme in one theme and keeps one public per action: nothing
of these is declared here, rules read them from the texts. What its terms mean to us is data:
``data/rules/data_inclusion_terms.csv``.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from geo_integration.errors import InputRefusedError, MissingDataError
from geo_integration.schema import SEPARATOR
from geo_integration.settings import settings
from geo_integration.sources import fields, fields_french, tables_sheet
from geo_integration.sources.carif_ids import action_ids
from geo_integration.sources.cells import Cells, View, accepted, expected_names, match_columns, require
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.offer_rows import COLUMNS_OF_ANY_TABLE, point, raw_offer
from geo_integration.sources.records import RawOffer
from geo_integration.sources.rows import TableRows, normalise
from geo_integration.sources.tables import find_format, read_rows
from geo_integration.vocabulary import Modality

_SAME_NAMES = (
    ("record_id", "id"),
    ("title", "nom"),
    ("content", "description"),
    ("conditions", "conditions_acces"),
    ("registration", "mobilisation_precisions"),
    ("commune_name", "commune"),
    ("postcode", "code_postal"),
    ("commune_code", "code_insee"),
    ("address", "adresse"),
    ("longitude", "longitude"),
    ("latitude", "latitude"),
    ("phone", "telephone"),
    ("email", "courriel"),
    ("updated_on", "date_maj"),
    ("weekly_hours", "volume_horaire_hebdomadaire"),
    ("schedule_text", "horaires_accueil"),
    ("market_reference", "ref_marche"),
    ("start_date", "session_debut"),
    ("end_date", "session_fin"),
    ("places_funded", "nb_places_financees"),
    ("total_hours", "nombre_heures_total"),
    ("provider_name", "structure_nom"),
    ("provider_siret", "structure_siret"),
    ("ignore", "__ignore__"),
)
_OWN_NAMES = (
    "source",
    "structure_id",
    "thematiques",
    "type",
    "publics",
    "publics_precisions",
    "modes_accueil",
    "frais",
    "frais_precisions",
    "dispositif",
    "programme_financeur",
    "lien_mobilisation",
    "lien_source",
)
COLUMNS = {
    **{field: (name,) for field, name in _SAME_NAMES},
    **{name: (name,) for name in _OWN_NAMES},
    "funder": ("code_financeur",),
    "funders": ("code_financeurs",),
    **COLUMNS_OF_ANY_TABLE,
}
_STRUCTURE = {
    "record_id": ("id",),
    "provider_name": ("nom",),
    "provider_siret": ("siret",),
    "phone": ("telephone",),
    "email": ("courriel",),
    "url": ("site_web",),
    "ignore": ("__ignore__",),
    "commune_name": ("commune",),
    "postcode": ("code_postal",),
    "commune_code": ("code_insee",),
    "address": ("adresse",),
    "longitude": ("longitude",),
    "latitude": ("latitude",),
}
_STRUCTURE_PARSERS: Mapping[str, Any] = {
    "provider_name": fields.record_text,
    "provider_siret": fields_french.siret,
    "phone": fields.phone,
    "email": fields.email,
    "url": fields.url,
}
_PLACE_PARSERS: Mapping[str, Any] = {
    "commune_name": fields.record_text,
    "postcode": fields_french.postcode,
    "commune_code": fields_french.commune_code,
    "address": fields.record_text,
}
_PLACE = (*_PLACE_PARSERS, "longitude", "latitude")
_MODES_SWAPPED_BY = "carif-oref"
NOT_A_COURSE = "n'est pas un cours de français"


def iter_offers(path: Path, log: ProblemLog, *, structures: Path | None = None) -> Iterator[RawOffer]:
    """Give the services about French; the others are noted as no course.

    Parameters
    ----------
    path : services as JSON, JSONL, CSV, Parquet, or a workbook (sheets ``Services`` and ``Structures``; a JSON
        object may hold ``services`` and ``structures`` too).
    log : receives every service left out.
    structures : the structures, where they are in another file.

    Raises
    ------
    InputRefusedError : the file holds no data·inclusion services.
    """
    table = read_rows(path, sheet=_part(path, "services"), log=log, expected=expected_names(COLUMNS))
    columns = match_columns(table.columns, COLUMNS)
    require(columns, ("record_id", "title"), table, COLUMNS)
    known = _structures(structures or path, log, same_file=structures is None)
    view = View(columns, log)

    def shape(cells: Cells) -> RawOffer | None:
        return _offer(cells, known)

    for _, offer in accepted(view(iter(table)), shape):
        yield offer


@cache
def terms() -> Mapping[tuple[str, str], tuple[str, str]]:
    """Return (field, value) → (our field, our value), from ``data/rules/data_inclusion_terms.csv``."""
    path = settings().data / "rules" / "data_inclusion_terms.csv"
    if not path.is_file():
        raise MissingDataError("table des termes absente", where=str(path), way_out="réinstaller le projet")
    with path.open(encoding="utf-8", newline="") as stream:
        return {(r["field"], r["value"]): (r["our_field"], r["our_value"]) for r in csv.DictReader(stream)}


def _part(path: Path, name: str) -> str | None:
    """Return the sheet of a workbook or the list of a JSON object that holds services or structures."""
    if find_format(path) != "spreadsheet":
        return None
    return next((sheet for sheet in tables_sheet.sheet_names(path) if normalise(sheet) == name), None)


def _structures(path: Path, log: ProblemLog, *, same_file: bool) -> dict[str, dict[str, Any]]:
    table = _structure_table(path, log, same_file=same_file)
    if table is None:
        return {}
    columns = match_columns(table.columns, _STRUCTURE)
    require(columns, ("record_id", "provider_name"), table, _STRUCTURE)
    known: dict[str, dict[str, Any]] = {}
    for cells in View(columns, log)(iter(table)):
        identifier = cells.text("record_id")
        if identifier and not _ignored(cells):
            parsers = {**_STRUCTURE_PARSERS, **_PLACE_PARSERS}
            known[identifier] = {name: cells.get(name, parser) for name, parser in parsers.items()}
            known[identifier]["longitude"], known[identifier]["latitude"] = point(cells)
    return known


def _inherited(cells: Cells, structure: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a service takes from its structure; the place only as a whole, where it states none."""
    names = [*_STRUCTURE_PARSERS, *(() if any(cells.raw(name) is not None for name in _PLACE) else _PLACE)]
    return {n: structure[n] for n in names if structure.get(n) is not None and cells.raw(n) is None}


def _structure_table(path: Path, log: ProblemLog, *, same_file: bool) -> TableRows | None:
    if not same_file:
        return read_rows(path, log=log, expected=expected_names(_STRUCTURE))
    kind = find_format(path)
    if kind == "spreadsheet" and (sheet := _part(path, "structures")):
        return read_rows(path, sheet=sheet, log=log, expected=expected_names(_STRUCTURE))
    if kind == "json":
        try:
            return read_rows(path, sheet="structures", log=log)
        except InputRefusedError:
            return None
    return None


def _ignored(cells: Cells) -> bool:
    """Tell the explanation and example rows of the official template."""
    return cells.has("ignore") and fields.text(cells.raw("ignore") or "").casefold() in {"true", "oui", "1", "vrai"}


def _offer(cells: Cells, structures: Mapping[str, Mapping[str, Any]]) -> RawOffer | None:
    if _ignored(cells):
        return None
    record_id = cells.need("record_id", fields.record_text)
    _leave_other_services(cells)
    structure = structures.get(cells.text("structure_id") or "", {})
    found = _inherited(cells, structure)
    funders = (*(cells.get("funders", fields.items) or ()), *(cells.get("funder", fields.items) or ()))
    found |= {
        "alternate_ids": action_ids(record_id.rpartition("--")[2]),
        "modality": _modality(cells),
        "public_texts": _public_texts(cells),
        "programme": _programme(cells),
        "funders": tuple(dict.fromkeys(funders)),
        "cost_text": _cost(cells),
        "declared": _declared(cells),
        "url": cells.get("lien_mobilisation", fields.url) or cells.get("lien_source", fields.url) or found.get("url"),
    }
    return raw_offer(cells, record_id, **found)


def _leave_other_services(cells: Cells) -> None:
    themes = cells.get("thematiques", fields.items) or ()
    if not any(_ours("thematiques", theme) == ("course", "yes") for theme in themes):
        cells.leave("thematiques", f"{NOT_A_COURSE} : autre thématique")
    kind = cells.text("type")
    if kind and _ours("type", kind) != ("course", "yes"):
        cells.leave("type", f"{NOT_A_COURSE} : service de type « {kind} »")


def _ours(field: str, value: str) -> tuple[str, str] | None:
    return terms().get((field, value))


def _translated(cells: Cells, field: str) -> list[str]:
    """Return our terms for the values of a field; a value outside the v1 lists is noted."""
    found: list[str] = []
    for value in cells.get(field, fields.items) or ():
        ours = _ours(field, value)
        if ours is None:
            cells.drop(field, f"« {value} » n'est pas une valeur de data·inclusion v1")
        elif ours[1]:
            found.append(ours[1])
    return found


def _declared(cells: Cells) -> dict[str, str]:
    declared: dict[str, str] = {}
    audience = dict.fromkeys(_translated(cells, "publics"))
    if audience:
        declared["audience_priority"] = SEPARATOR.join(audience)
    kind = _ours("dispositif", (cells.text("dispositif") or "").upper())
    return declared | ({"kind": kind[1]} if kind and kind[1] else {})


def _programme(cells: Cells) -> str | None:
    """Return the funding programme; « FLE » is a subject, not a programme."""
    stated = cells.text("programme_financeur") or cells.text("dispositif")
    return stated if stated and _ours("programme", stated.upper()) else None


def _modality(cells: Cells) -> Modality:
    """Read the modes; Carif-Oref services that mention distance are not trusted: mixed and remote seem swapped."""
    modes = set(_translated(cells, "modes_accueil"))
    if "remote" in modes and _MODES_SWAPPED_BY in (
        cells.text("source"),
        (cells.text("record_id") or "").split("--")[0],
    ):
        cells.drop("modes_accueil", "mixte et à distance semblent inversés dans cette source : non retenu")
        return Modality.UNKNOWN
    known: Collection[tuple[set[str], Modality]] = (
        ({"in_person"}, Modality.IN_PERSON),
        ({"remote"}, Modality.REMOTE),
        ({"in_person", "remote"}, Modality.MIXED),
    )
    return next((modality for wanted, modality in known if wanted == modes), Modality.UNKNOWN)


def _public_texts(cells: Cells) -> tuple[str, ...]:
    precise = cells.text("publics_precisions")
    return (precise,) if precise else ()


def _cost(cells: Cells) -> str | None:
    parts = [*_translated(cells, "frais"), cells.text("frais_precisions")]
    return " : ".join(part for part in parts if part) or None
