"""The mapping file of the generic reader: which column of a spreadsheet is which field, in YAML.

A mapping is checked twice: against the closed lists of fields and terms when it is loaded, and against the
columns really present when a table is read. Every message names the file, the key and the way out.
"""

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from geo_integration.errors import MappingError
from geo_integration.sources import bpi, ctai, fields, fields_french, funded, housing, offer_rows, schools
from geo_integration.sources.cells import View, match_columns, nearest
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.rows import Cell, TableRows, normalise

FIELDS: MappingType[str, tuple[str, ...]] = {
    "offers": offer_rows.FIELDS,
    "schools": tuple(schools.COLUMNS),
    "housing": tuple(housing.COLUMNS),
    "bpi": tuple(bpi.COLUMNS),
    "ctai": tuple(ctai.COLUMNS),
    "funded": tuple(funded.COLUMNS),
}
"""Layer → fields a column may fill. ``funded`` is no layer: ``referencing`` reads such a list, nothing publishes it."""

REQUIRED: MappingType[str, tuple[tuple[str, ...], ...]] = {
    "offers": (("title",), ("commune_code", "commune_name", "postcode", "uai", "longitude", "modality")),
    "schools": (("uai",), ("name",)),
    "housing": (("commune_code",), ("kind",), ("dwellings", "places")),
    "bpi": (("commune_code",), ("persons",)),
    "ctai": (("commune_code",), ("kind",)),
    "funded": (("title", "kind"), ("provider_name", "provider_siret", "reference")),
}
"""Layer → groups of fields, one of which is needed."""

_KEYS = ("layer", "source", "sheet", "columns", "constants", "values", "covers", "synthetic")
_EXAMPLES = "voir docs/sources-tables.md et les exemples de data/mappings"
_MAX_BYTES = 1_000_000
_YAML_BOOLEANS = {True: ("yes", "on", "true"), False: ("no", "off", "false")}


@dataclass(frozen=True)
class Mapping:
    """A mapping file, checked."""

    file: str
    layer: str
    source: str
    """Name of the source in the store."""
    columns: MappingType[str, tuple[str, ...]]
    """Field → names its column may have, best first."""
    sheet: str | None = None
    constants: MappingType[str, Cell] = field(default_factory=dict)
    values: MappingType[str, MappingType[str, Cell]] = field(default_factory=dict)
    """Field → value of the file (normalised) → value wanted."""
    covers: tuple[str, ...] = ()
    synthetic: bool = False

    def view(self, table: TableRows, log: ProblemLog) -> View:
        """Return how the rows of a table are read.

        Raises MappingError when a column is not in the table: the columns really present and the likeliest
        one are named. Columns that the mapping does not use are noted once.
        """
        found = match_columns(table.columns, self.columns)
        for name, alternatives in self.columns.items():
            if name not in found:
                self._absent(name, alternatives, table)
        for column in table.columns:
            if column not in found.values():
                log.drop("en-tête", column, "", "colonne non reprise : absente du fichier de correspondance")
        constants = dict(self.constants)
        if self.synthetic:
            constants["synthetic"] = True
        return View(found, log, constants, self.values)

    def _absent(self, name: str, alternatives: Sequence[str], table: TableRows) -> NoReturn:
        guess = next((near for n in alternatives if (near := nearest(n, table.columns))), "")
        hint = f"vouliez-vous dire « {guess} » ? " if guess else ""
        raise MappingError(
            f"colonne absente de {table.file} ({table.detail}) : {' ou '.join(alternatives)}",
            where=f"{self.file}, columns.{name}",
            way_out=f"{hint}colonnes présentes : {', '.join(table.columns)}",
        )


def load(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises MappingError: unreadable, unknown key, layer or field, missing field, value outside a closed list.
    """
    content = _read(path)
    check = _Check(path.name)
    check.keys(content, _KEYS, "")
    layer = check.text(content, "layer")
    check.one_of("layer", layer, tuple(FIELDS))
    columns = {name: check.names(value, name) for name, value in check.section(content, "columns").items()}
    constants = check.section(content, "constants")
    values = check.section(content, "values")
    for key, section in (("columns", columns), ("constants", constants), ("values", values)):
        check.keys(section, FIELDS[layer], f"{key}.")
    check.required(layer, {*columns, *constants})
    tables = {name: check.value_table(name, table) for name, table in values.items()}
    if layer == "offers":
        check.terms(constants, tables)
    return Mapping(
        file=path.name,
        layer=layer,
        source=check.text(content, "source"),
        columns=columns,
        sheet=check.text(content, "sheet") if content.get("sheet") is not None else None,
        constants=constants,
        values=tables,
        covers=check.departements(content.get("covers") or []),
        synthetic=check.flag(content, "synthetic"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise MappingError("fichier démesuré", where=path.name, way_out=_EXAMPLES)
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MappingError(f"lecture impossible ({error.strerror})", where=str(path), way_out=_EXAMPLES) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        what = " ".join(str(error).split())
        raise MappingError(f"YAML illisible ({what})", where=path.name, way_out=_EXAMPLES) from error
    if not isinstance(content, dict):
        raise MappingError("des clés sont attendues (layer, source, columns…)", where=path.name, way_out=_EXAMPLES)
    return content


class _Check:
    """Checks of one mapping file; each raises MappingError with file and key."""

    def __init__(self, file: str) -> None:
        self._file = file

    def fail(self, key: str, what: str, way_out: str = _EXAMPLES) -> NoReturn:
        raise MappingError(what, where=f"{self._file}, {key}", way_out=way_out)

    def keys(self, section: MappingType[Any, Any], accepted: Sequence[str], prefix: str) -> None:
        for key in section:
            if key not in accepted:
                guess = nearest(str(key), accepted)
                hint = f"vouliez-vous dire « {guess} » ? " if guess else ""
                self.fail(f"{prefix}{key}", "clé inconnue", f"{hint}clés acceptées : {', '.join(accepted)}")

    def text(self, content: MappingType[str, Any], key: str) -> str:
        value = content.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            self.fail(key, "un texte est attendu ici")
        return str(value).strip()

    def flag(self, content: MappingType[str, Any], key: str) -> bool:
        value = content.get(key, False)
        if not isinstance(value, bool):
            self.fail(key, "true ou false attendu")
        return value

    def one_of(self, key: str, value: str, accepted: Sequence[str]) -> None:
        if value not in accepted:
            self.fail(key, f"valeur inconnue : {value}", f"valeurs acceptées : {', '.join(accepted)}")

    def section(self, content: MappingType[str, Any], key: str) -> dict[str, Any]:
        value = content.get(key) or {}
        if not isinstance(value, dict):
            self.fail(key, "une liste de « champ: valeur » est attendue ici")
        return {str(name): item for name, item in value.items()}

    def names(self, value: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401 -- any YAML
        names = value if isinstance(value, list) else [value]
        if not names or not all(isinstance(one, str | int) and str(one).strip() for one in names):
            self.fail(f"columns.{name}", "un nom de colonne, ou une liste de noms, est attendu ici")
        return tuple(str(one) for one in names)

    def required(self, layer: str, present: set[str]) -> None:
        for group in REQUIRED[layer]:
            if not present & set(group):
                self.fail("columns", f"champ obligatoire absent : {' ou '.join(group)}")

    def value_table(self, name: str, table: Any) -> dict[str, Cell]:  # noqa: ANN401 -- any YAML
        if not isinstance(table, dict):
            self.fail(f"values.{name}", "une table « valeur du fichier: valeur voulue » est attendue ici")
        found: dict[str, Cell] = {}
        for key, value in table.items():
            # YAML 1.1 turns yes and on into true, no and off into false: every spelling is looked up
            written = _YAML_BOOLEANS[key] if isinstance(key, bool) else (fields.text(key),)
            found |= {normalise(one): value for one in written}
        return found

    def terms(self, constants: MappingType[str, Cell], tables: MappingType[str, MappingType[str, Cell]]) -> None:
        for name, parse in offer_rows.DECLARED.items():
            stated = [("constants", constants[name])] if name in constants else []
            stated += [("values", value) for value in tables.get(name, {}).values()]
            for key, value in stated:
                if value is None:
                    continue
                try:
                    parse(value)
                except fields.BadValueError as error:
                    self.fail(f"{key}.{name}", f"« {value} » : {error}")

    def departements(self, codes: Any) -> tuple[str, ...]:  # noqa: ANN401 -- any YAML
        found: list[str] = []
        for code in codes if isinstance(codes, list) else [codes]:
            try:
                parsed = fields_french.departement_code(code)
            except fields.BadValueError as error:
                self.fail("covers", f"« {code} » : {error}", 'écrire par exemple covers: ["62", "02"]')
            found.append(parsed.value if isinstance(parsed, fields.Repaired) else parsed)
        return tuple(found)
