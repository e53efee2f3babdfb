"""Lists of funded actions (BOP 104), as a référent keeps them: any table, column names as people write them.

The instruction of 25 January 2022 (INTV2202529J) obliges every language course funded by BOP 104 to be on the national
cartography of the Carif-Oref, and asks for the list of funded actions to be sent to them. This reads that list.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_integration.errors import InputRefusedError, NothingAcceptedError
from geo_integration.schema import SEPARATOR, Column, Layer
from geo_integration.sources import fields, fields_french
from geo_integration.sources.cells import SYNTHETIC_NAMES, Cells, View
from geo_integration.sources.classify import classify
from geo_integration.sources.fields import BadValueError, Repaired
from geo_integration.sources.funded_values import commune_of, funded_by_bop104, period
from geo_integration.sources.imports import Import, ProblemLog
from geo_integration.sources.offer_rows import one_term
from geo_integration.sources.plain import COMMUNE_NAMES, Resolver, Shaped, imported, open_table, shape_rows
from geo_integration.sources.records import SYNTHETIC_MARK, RawOffer
from geo_integration.sources.rows import Cell, TableRows, normalise
from geo_integration.sources.tables import read_rows
from geo_integration.vocabulary import Kind

if TYPE_CHECKING:
    from geo_integration.sources.mapping import Mapping

_NOT_STATED = "the list does not say"

FUNDED = Layer(
    "funded",
    "Actions financées",
    "One action paid for by BOP 104, as the list of funded actions says it.",
    (
        Column(
            "action_id", "text", "number of the convention or file; made of operator, title and commune without one"
        ),
        Column("row", "text", "where it stands in the file"),
        Column("reference", "text", "number of the convention or file", _NOT_STATED),
        Column(
            "other_ids", "list", "other identifiers, that of its offer on the cartography for instance", _NOT_STATED
        ),
        Column("title", "text", "title in the list's words"),
        Column("provider_name", "text", "operator", _NOT_STATED),
        Column("provider_siret", "text", "its SIRET, 14 digits", _NOT_STATED),
        Column("uai", "text", "school that hosts it", _NOT_STATED),
        Column("kind", "text", "what it is, stated or read from the title", terms=Kind),
        Column("kind_text", "text", "type of action in the list's words", _NOT_STATED),
        Column("commune_code", "text", "current commune, INSEE code", "not stated, or not to be known for sure"),
        Column("commune_name", "text", "its name", "commune not known"),
        Column("departement_code", "text", "its département", "commune not known"),
        Column("postcode", "text", "postcode", _NOT_STATED),
        Column("address", "text", "street address of the course", _NOT_STATED),
        Column("phone", "text", "telephone", _NOT_STATED),
        Column("email", "text", "address to write to", _NOT_STATED),
        Column("start_date", "date", "first day", _NOT_STATED),
        Column("end_date", "date", "last day", _NOT_STATED),
        Column("places", "integer", "places paid for", _NOT_STATED, minimum=0),
        Column("amount_euros", "number", "subsidy, euros", _NOT_STATED, minimum=0),
        Column("bop104", "boolean", "the list says BOP 104 pays", _NOT_STATED),
        Column("synthetic", "boolean", "true where the row is made up"),
    ),
    key=("action_id",),
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "reference": (
        "reference", "référence", "numéro de convention", "n° de convention", "n° convention", "convention",
        "numéro de dossier", "n° de dossier", "n° dossier", "dossier", "numéro", "référence du marché", "engagement",
        "numéro d'engagement", "ej",
    ),
    "other_ids": (
        "other_ids", "identifiant de l'offre", "identifiant carif", "identifiant carif-oref", "n° carif",
        "id formation", "numéro de l'offre", "identifiant",
    ),
    "title": (
        "title", "intitulé", "intitulé de l'action", "libellé", "libellé de l'action", "action", "nom de l'action",
        "titre", "objet", "projet", "intitulé du projet",
    ),
    "provider_name": (
        "provider_name", "organisme", "opérateur", "porteur", "porteur de projet", "association", "structure",
        "bénéficiaire", "nom de l'organisme", "organisme de formation", "organisme formateur", "raison sociale",
    ),
    "provider_siret": ("provider_siret", "siret", "n° siret", "numéro siret", "siret de l'organisme"),
    "uai": ("uai", "code uai", "établissement uai", "uai de l'établissement"),
    "kind": (
        "kind", "type", "type d'action", "type de cours", "type d'actions", "nature", "nature de l'action",
        "thématique", "dispositif", "axe",
    ),
    "commune_code": tuple(COMMUNE_NAMES),
    "commune_name": ("commune_name", "commune", "ville", "lieu", "localité", "commune du cours", "nom commune"),
    "postcode": ("postcode", "code postal", "cp", "code_postal"),
    "address": ("address", "adresse", "adresse du cours", "adresse du lieu", "lieu de formation"),
    "phone": ("phone", "téléphone", "tél", "tel", "numéro de téléphone", "contact téléphonique"),
    "email": ("email", "courriel", "mail", "e-mail", "adresse électronique", "mél"),
    "start_date": ("start_date", "date de début", "début", "du", "début de l'action", "date début", "date_debut"),
    "end_date": ("end_date", "date de fin", "fin", "au", "fin de l'action", "date fin", "date_fin"),
    "period": ("period", "dates", "période", "période de réalisation", "exercice", "année", "dates de l'action"),
    "places": (
        "places", "nombre de places", "nb places", "nb de places", "places financées", "effectif prévu",
        "nombre de bénéficiaires prévus",
    ),
    "amount_euros": (
        "amount_euros", "montant", "montant bop 104", "subvention", "montant de la subvention", "montant accordé",
        "subvention accordée", "crédits", "montant (€)", "montant en euros",
    ),
    "bop104": ("bop104", "bop 104", "bop", "programme", "financement", "programme budgétaire", "ligne budgétaire"),
    "synthetic": SYNTHETIC_NAMES,
}  # fmt: skip
"""Field → names its column usually has."""

_NEEDED = (("title", "kind"), ("provider_name", "provider_siret", "reference"))
_WAY_OUT = "voir docs/sources-tables.md ; vérifier l'en-tête, ou décrire les colonnes dans un fichier de correspondance"
_kind_term = one_term(Kind)


def read(path: Path, *, mapping: "Mapping | None" = None, resolve: Resolver | None = None) -> Import:
    """Read a list of funded actions (any table format).

    Parameters
    ----------
    path : title or type, operator or SIRET; and whatever else of :data:`COLUMNS` it says.
    mapping : which column is which field, where the usual names do not say.
    resolve : commune codes of any year → current ones; the project's territories by default.

    Returns
    -------
    The ``funded`` table and the report. A row with a negative number of places or an INSEE code that is unknown is
    rejected; an action said to be paid by another programme, or that is no course, is out of scope; any other bad
    value is left out of its row and noted.

    Raises
    ------
    InputRefusedError : unreadable file, or no column for the title or the operator.
    NothingAcceptedError : no row is good; its ``report`` says why for each.
    """
    log = ProblemLog(path.name)
    if mapping is None:
        table, view = open_table(path, log, COLUMNS, ())
    else:
        names = [name for alternatives in mapping.columns.values() for name in alternatives]
        table = read_rows(path, sheet=mapping.sheet, log=log, expected=names)
        view = mapping.view(table, log)
    _check_columns(view, table)
    return build(path, table, view, log, source=mapping.source if mapping else "funded", resolve=resolve)


def build(
    path: Path, table: TableRows, view: View, log: ProblemLog, *, source: str, resolve: Resolver | None = None
) -> Import:
    """Build the table from rows seen through a view (usual column names, or a mapping file)."""

    def shape(cells: Cells) -> dict[str, Any]:
        return _shape(cells, log, resolve)

    rows = _without_repeats(list(shape_rows(view(iter(table)), shape)), log)
    result = imported(path, FUNDED, _named(rows), log, source=source, read=table.read)
    if not result.accepted and table.read:
        error = NothingAcceptedError(
            f"aucune des {table.read} lignes n'est une action lisible",
            where=path.name,
            way_out=f"première raison : {log.problems[-1].where}, {log.problems[-1].reason}" if log.problems else "",
        )
        error.report = result
        raise error
    return result


def _check_columns(view: View, table: TableRows) -> None:
    present = {*view.columns, *view.constants}
    for group in _NEEDED:
        if not present & set(group):
            raise InputRefusedError(
                f"colonne absente : {' ou '.join(COLUMNS[name][1] for name in group)}",
                where=table.file,
                way_out=f"colonnes lues ({table.detail}) : {', '.join(table.columns)} ; {_WAY_OUT}",
            )


def _shape(cells: Cells, log: ProblemLog, resolve: Resolver | None) -> dict[str, Any]:
    kind_text = cells.text("kind")
    title = cells.get("title", fields.record_text) or kind_text
    if not title:
        cells.refuse("title", "action sans intitulé ni type")
    bop104 = cells.get("bop104", funded_by_bop104)
    if bop104 is False:
        cells.leave("bop104", "action dite hors BOP 104 : l'obligation de référencement ne la concerne pas")
    start, end = _dates(cells)
    place = commune_of(cells, log, resolve)
    return {
        "row": cells.where,
        "reference": cells.get("reference", fields.record_text),
        "other_ids": SEPARATOR.join(cells.get("other_ids", fields.items) or ()) or None,
        "title": title,
        "provider_name": cells.get("provider_name", fields.record_text),
        "provider_siret": cells.get("provider_siret", fields_french.siret),
        "uai": cells.get("uai", fields_french.uai),
        "kind": _kind(cells, title, kind_text),
        "kind_text": kind_text,
        **place,
        "postcode": cells.get("postcode", fields_french.postcode),
        "address": cells.get("address", fields.record_text),
        "phone": cells.get("phone", fields.phone),
        "email": cells.get("email", fields.email),
        "start_date": start,
        "end_date": end,
        "places": _places(cells),
        "amount_euros": cells.get("amount_euros", _amount),
        "bop104": bop104,
        "synthetic": bool(cells.get("synthetic", fields.boolean) or re.search(SYNTHETIC_MARK, title, re.IGNORECASE)),
    }


def _kind(cells: Cells, title: str, stated: str | None) -> str:
    """Return the kind stated outright, else the one the rules read in the title, else in the type."""
    if stated:
        try:
            found = _kind_term(stated)
            return found.value if isinstance(found, Repaired) else found
        except BadValueError:
            pass
    for text in filter(None, (title, stated)):  # « Apprentissage du français » says less than the title
        read_kind = classify(RawOffer(record_id="", where=cells.where, title=text))
        if not read_kind.is_course:
            cells.leave("title", "ce n'est pas un cours de français pour apprenants")
        if read_kind.kind is not Kind.UNKNOWN:
            return read_kind.kind.value
    return Kind.UNKNOWN.value


def _places(cells: Cells) -> int | None:
    """Return the places; a negative number gives the row up: who wrote it meant something nobody knows."""

    def parse(value: Cell) -> int:
        found = fields.integer(value)
        if found < 0:
            cells.refuse("places", "nombre de places négatif")
        return found

    return cells.get("places", parse)


def _amount(value: Cell) -> float:
    written = re.sub(r"\s*(euros?|eur)$", "", value, flags=re.IGNORECASE) if isinstance(value, str) else value
    found = fields.number(written)
    if found < 0:
        raise BadValueError("montant négatif")
    return found


def _dates(cells: Cells) -> tuple[str | None, str | None]:
    """Return the first and last day, from two columns or from one."""
    start, end = cells.get("start_date", fields.date), cells.get("end_date", fields.date_or_year)
    if start is None and end is None and cells.has("period"):
        start, end = cells.get("period", period) or (None, None)
    if start and end and end < start:
        cells.drop("end_date", f"date de fin ({end}) avant la date de début ({start})", end)
        end = None
    return start, end


def _without_repeats(rows: Sequence[Shaped], log: ProblemLog) -> list[Shaped]:
    """Reject a row that says again, word for word, what another one says."""
    seen: dict[tuple[Any, ...], Shaped] = {}
    for row in rows:
        said = tuple(value for name, value in row.fields.items() if name != "row")
        if said in seen:
            log.reject(
                row.cells.where, row.cells.label("title"), row.fields["title"], f"répète {seen[said].cells.where}"
            )
        else:
            seen[said] = row
    return list(seen.values())


def _named(rows: Sequence[Shaped]) -> list[dict[str, Any]]:
    """Give each action an identifier; several actions of one convention are numbered in the order of the file."""
    made: Counter[str] = Counter()
    taken = {str(row.fields["reference"]) for row in rows if row.fields["reference"]}
    named = []
    for row in rows:
        values = row.fields
        parts = [values[name] for name in ("provider_name", "title", "commune_code")]
        base = values["reference"] or "-".join(normalise(str(part)).replace(" ", "_") for part in parts if part)
        made[base] += 1
        name = base
        while made[base] > 1 and (name := f"{base}#{made[base]}") in taken:
            made[base] += 1
        taken.add(name)
        named.append(values | {"action_id": name})
    return named
