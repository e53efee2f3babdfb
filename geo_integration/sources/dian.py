"""The DIAN export of Carif-Oref courses: a ``;`` CSV, one course and session a row, no point, no INSEE code."""

from collections.abc import Iterator
from pathlib import Path

from geo_integration.sources import fields
from geo_integration.sources.carif_ids import dian_ids
from geo_integration.sources.cells import Cells, View, accepted, expected_names, match_columns, require
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.offer_rows import COLUMNS_OF_ANY_TABLE, place, raw_offer
from geo_integration.sources.records import RawOffer
from geo_integration.sources.tables import read_rows

COLUMNS = {
    "record_id": ("ID formation",),
    "title": ("Intitulé",),
    "start_date": ("Début",),
    "end_date": ("Fin",),
    "place": ("Adressse de la formation", "Adresse de la formation", "Adresse"),  # the typo is the export's own
    "postcode": ("Code Postal",),
    "commune_name": ("Ville",),
    "responsible": ("Organisme responsable",),
    "trainer": ("Organisme formateur",),
    "funders": ("Financeurs",),
    "phone": ("Tel", "Téléphone"),
    **COLUMNS_OF_ANY_TABLE,
}


def iter_offers(path: Path, log: ProblemLog) -> Iterator[RawOffer]:
    """Give the offers of a DIAN export, one per row; each other row is rejected in the log.

    Raises InputRefusedError when the file is no such export.
    """
    table = read_rows(path, log=log, expected=expected_names(COLUMNS))
    columns = match_columns(table.columns, COLUMNS)
    require(columns, ("record_id", "title"), table, COLUMNS)
    for _, offer in accepted(View(columns, log)(iter(table)), _offer):
        yield offer


def _offer(cells: Cells) -> RawOffer:
    record_id = cells.need("record_id", fields.record_text)
    provider = cells.get("trainer", fields.record_text) or cells.get("responsible", fields.record_text)
    return raw_offer(
        cells,
        record_id,
        alternate_ids=dian_ids(record_id),
        provider_name=provider,
        **place(cells.get("place", fields.record_text)),
    )
