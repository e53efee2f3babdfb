"""CQL2 filters in text: read by the ``cql2`` library, evaluated here on whole columns.

Three-valued, as the standard (OGC 21-065) and SQL are: a comparison with a value that is not known is neither true nor
false, and so is its contrary; a feature is kept where the whole is true.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo_integration.errors import OptionError
from geo_integration.features import filters
from geo_integration.features.columns import Columns, Mask
from geo_integration.features.crs import CRS84
from geo_integration.schema import Column

if TYPE_CHECKING:
    from geo_integration.features.index import Index

type Node = Any
type Truth = "pd.arrays.BooleanArray"

LONGEST = 2_000
"""Characters of a filter."""
MOST_OPERATORS = 200
"""Brackets, signs and negations of a filter: the library that reads it calls itself for each."""
GEOMETRY = "geometry"

_QUOTED = re.compile(r"'(?:[^']|'')*'")
_NESTING = re.compile(r"[(\[+\-*/%^]|\bnot\b|\bdiv\b", re.IGNORECASE)
_POSITION = re.compile(r"-->\s*(\d+):(\d+)")
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNDERSTOOD = "=, <>, <, <=, >, >=, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASEI et S_INTERSECTS"


def matching(text: str, columns: Columns, index: "Index") -> Mask:
    """Say which features a CQL2 filter keeps.

    Parameters
    ----------
    text : the filter, at most :data:`LONGEST` characters.
    columns : the values; lists compare by what they hold.
    index : the shapes, for ``S_INTERSECTS(geometry, …)``.

    Raises
    ------
    OptionError
        ``where`` is ``filter``: it cannot be read (the message says at which character), names a property that is
        not there, compares it with something else than its type, or asks for more than is understood here.
    """
    found = _Evaluation(columns, index).truth(_parsed(text))
    return np.asarray(found.fillna(value=False), dtype=np.bool_)


def _parsed(text: str) -> Node:
    import cql2  # noqa: PLC0415 -- most questions have no filter

    if len(text) > LONGEST:
        raise _refused(f"filtre de {len(text)} caractères", f"se limiter à {LONGEST} caractères")
    if len(_NESTING.findall(_QUOTED.sub("''", text))) > MOST_OPERATORS:
        raise _refused("filtre trop imbriqué", f"se limiter à {MOST_OPERATORS} parenthèses, signes et négations")
    try:
        return cql2.parse_text(text).to_json()
    except (ValueError, cql2.ParseError) as error:
        at = _POSITION.search(str(error))
        # The library counts characters from 1.
        place = f" (ligne {at[1]}, caractère {at[2]})" if at else ""
        raise _refused(
            f"filtre illisible{place}", "voir la syntaxe CQL2, par exemple : kind = 'fle' AND synthetic = false"
        ) from error


def _refused(what: str, way_out: str = f"opérateurs compris : {_UNDERSTOOD}") -> OptionError:
    return OptionError(what, where="filter", way_out=way_out)


class _Evaluation:
    """One filter over one collection."""

    def __init__(self, columns: Columns, index: "Index") -> None:
        self._columns = columns
        self._index = index
        self._by_name: Mapping[str, Callable[[list[Node]], Truth]] = {
            "and": lambda args: self._folded(args, operator.and_),
            "or": lambda args: self._folded(args, operator.or_),
            "not": lambda args: ~self.truth(args[0]),
            "isNull": self._is_null,
            "between": self._between,
            "in": self._in,
            "like": self._like,
            "s_intersects": self._intersects,
        }

    def truth(self, node: Node) -> Truth:
        """Return true, false or not known by feature."""
        if isinstance(node, bool):
            return self._array(np.full(len(self._columns), node))
        if not isinstance(node, dict):
            raise _refused("une valeur seule n'est pas un filtre")
        if "property" in node:
            column = self._column(node)
            if column.type != "boolean":
                raise _refused(f"« {column.name} » n'est pas vrai ou faux : comparer sa valeur")
            return self._compared(column, "=", value=True)
        name, args = str(node.get("op", "")), node.get("args", [])
        if name in _COMPARISONS:
            return self._comparison(name, args)
        if name not in self._by_name:
            raise _refused(f"opération non comprise : {name or 'inconnue'}")
        return self._by_name[name](args)

    def _folded(self, args: list[Node], combine: Callable[[Truth, Truth], Truth]) -> Truth:
        first, *others = (self.truth(arg) for arg in args)
        for other in others:
            first = combine(first, other)
        return first

    def _comparison(self, name: str, args: list[Node]) -> Truth:
        left, right = args
        if not _names_property(left) and _names_property(right):
            left, right, name = right, left, _MIRRORED.get(name, name)
        folded = _is_casei(left) or _is_casei(right)
        left, right = _inside(left), _inside(right)
        column = self._column(left)
        if _names_property(right):
            return self._two_columns(column, name, self._column(right), folded=folded)
        return self._compared(column, name, value=_literal(column, right), folded=folded)

    def _two_columns(self, left: Column, name: str, right: Column, *, folded: bool) -> Truth:
        if "list" in {left.type, right.type} or _family(left) != _family(right):
            raise _refused(f"« {left.name} » et « {right.name} » ne se comparent pas")
        values, others = self._values(left, folded=folded), self._values(right, folded=folded)
        known = self._columns.known(left.name) & self._columns.known(right.name)
        return self._array(_COMPARISONS[name](values, others), known)

    def _compared(self, column: Column, name: str, *, value: object, folded: bool = False) -> Truth:
        known = self._columns.known(column.name)
        if column.type == "list":
            if name not in {"=", "<>"} or folded:
                raise _refused(f"« {column.name} » est une liste : =, <> ou IN, qui disent si elle contient une valeur")
            held = self._columns.holding(column.name, str(value))
            return self._array(held if name == "=" else ~held, known)
        wanted = value.casefold() if folded and isinstance(value, str) else value
        return self._array(_COMPARISONS[name](self._values(column, folded=folded), wanted), known)

    def _is_null(self, args: list[Node]) -> Truth:
        if args[0] == {"property": GEOMETRY}:
            return self._array(~self._index.present)
        return self._array(~self._columns.known(self._column(args[0]).name))

    def _between(self, args: list[Node]) -> Truth:
        middle, low, high = args
        return self._comparison(">=", [middle, low]) & self._comparison("<=", [middle, high])

    def _in(self, args: list[Node]) -> Truth:
        asked, accepted = args
        if not isinstance(accepted, list) or not accepted:
            raise _refused("IN attend une liste de valeurs")
        return self._folded([{"op": "=", "args": [asked, value]} for value in accepted], operator.or_)

    def _like(self, args: list[Node]) -> Truth:
        left, pattern = args
        folded = _is_casei(left) or _is_casei(pattern)
        column, pattern = self._column(_inside(left)), _inside(pattern)
        if column.type not in {"text", "date"} or not isinstance(pattern, str):
            raise _refused(f"LIKE compare un texte et un modèle ; « {column.name} » : {column.type}")
        try:
            found = pc.match_like(pa.array(self._columns.values(column.name), pa.string()), pattern, ignore_case=folded)
        except pa.ArrowInvalid as error:
            raise _refused("modèle de LIKE illisible", "employer %, _ et \\ devant ce qui se lit tel quel") from error
        return self._array(
            found.fill_null(pa.scalar(value=False)).to_numpy(zero_copy_only=False), self._columns.known(column.name)
        )

    def _intersects(self, args: list[Node]) -> Truth:
        left, right = args
        if right == {"property": GEOMETRY}:
            left, right = right, left
        if left != {"property": GEOMETRY} or not isinstance(right, dict):
            raise _refused("S_INTERSECTS attend geometry et une géométrie (POLYGON, BBOX…)")
        held = np.zeros(len(self._columns), dtype=np.bool_)
        held[self._index.meeting(_shape(right))] = True
        return self._array(held, self._index.present)

    def _column(self, node: Node) -> Column:
        if not _names_property(node):
            raise _refused("une comparaison a besoin d'une propriété et d'une valeur")
        name = str(_inside(node)["property"])
        if name == GEOMETRY:
            raise _refused("geometry s'emploie avec S_INTERSECTS ou IS NULL")
        return self._columns.column(name, where="filter")

    def _values(self, column: Column, *, folded: bool) -> "pd.Series[Any]":
        values = self._columns.values(column.name)
        if folded:
            if column.type != "text":
                raise _refused(f"CASEI attend un texte : « {column.name} »")
            return values.str.casefold()
        return values

    def _array(self, values: Any, known: Mask | None = None) -> Truth:  # noqa: ANN401 -- Series or array
        if isinstance(values, pd.Series):
            values = values.fillna(value=False)
        truth = np.asarray(values, dtype=np.bool_)
        return pd.arrays.BooleanArray(truth, np.zeros(len(truth), dtype=np.bool_) if known is None else ~known)


def _names_property(node: Node) -> bool:
    inner = _inside(node)
    return isinstance(inner, dict) and "property" in inner


def _is_casei(node: Node) -> bool:
    return isinstance(node, dict) and node.get("op") == "casei"


def _inside(node: Node) -> Node:
    return node["args"][0] if _is_casei(node) else node


def _family(column: Column) -> str:
    return "number" if column.type == "integer" else column.type


def _literal(column: Column, node: Node) -> object:
    """Return a value a column may be compared with."""
    if isinstance(node, dict) and column.type == "date":
        said = node.get("date") or node.get("timestamp")
        if isinstance(said, str):
            return str(filters.period(said).start)
    wanted: dict[str, type | tuple[type, ...]] = {
        "integer": (int, float),
        "number": (int, float),
        "boolean": bool,
    }
    expected = wanted.get(column.type, str)
    if not isinstance(node, expected) or (isinstance(node, bool) and column.type != "boolean"):
        raise _refused(
            f"« {column.name} » ({column.type}) ne se compare pas à cette valeur", "donner une valeur du même type"
        )
    return node


def _shape(node: Mapping[str, Node]) -> shapely.Geometry:
    if "bbox" in node:
        return filters.area(node["bbox"], CRS84)
    try:
        shape = shapely.from_geojson(json.dumps(node))
    except (shapely.GEOSException, ValueError, TypeError) as error:
        raise _refused("géométrie illisible") from error
    if shape is None or shape.is_empty or not shape.is_valid:
        raise _refused("géométrie vide ou invalide", "fermer l'anneau, sans qu'il se croise")
    return shape
