"""Write docs/layers.md from the layers themselves: ``uv run python data/build/layers_doc.py``."""

from pathlib import Path

from geo_integration import vocabulary
from geo_integration.layers import LAYERS
from geo_integration.schema import Layer
from geo_integration.vocabulary import Term

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "layers.md"

_HEAD = """# Layers and words

Written by `uv run python data/build/layers_doc.py` from `geo_integration/layers.py` and
`geo_integration/vocabulary.py`; a test keeps it true. Dates are ISO 8601 text, lists are joined by `;`,
geometries are EPSG:4326 (WGS84, longitude first). An empty *null* means that null is refused.
"""


def page() -> str:
    """Return the whole document."""
    lists = [member for member in vars(vocabulary).values() if _is_list(member)]
    layers = "\n".join(_layer(layer) for layer in LAYERS.values())
    return f"{_HEAD}\n# Layers\n\n{layers}\n# Closed lists\n\n" + "\n".join(_list(one) for one in lists)


def _is_list(member: object) -> bool:
    return isinstance(member, type) and issubclass(member, Term) and member is not Term


def _layer(layer: Layer) -> str:
    geometry = f" Geometry: {layer.geometry}." if layer.geometry else ""
    lines = [
        f"## `{layer.name}` — {layer.label}\n",
        f"{layer.meaning} Key: {', '.join(f'`{name}`' for name in layer.key)}.{geometry}\n",
        "| column | type | holds | null means |",
        "|---|---|---|---|",
    ]
    for column in layer.columns:
        words = f" ([{column.terms.__name__}](#{column.terms.__name__.lower()}))" if column.terms else ""
        lines.append(f"| `{column.name}` | {column.type} | {column.meaning}{words} | {column.null} |")
    return "\n".join(lines) + "\n"


def _list(terms: type[Term]) -> str:
    lines = [
        f"## {terms.__name__}\n",
        f"{(terms.__doc__ or '').strip()}\n",
        "| code | in French | means | official |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{one.value}` | {one.label} | {one.meaning} | {one.official} |" for one in terms]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")
    print(f"{DOCUMENT.name}: {len(LAYERS)} layers")
