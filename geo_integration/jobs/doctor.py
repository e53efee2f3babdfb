"""What is there, what is missing, what to do: installation, shipped data, store."""

import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from geo_integration import __version__
from geo_integration.errors import StoreError
from geo_integration.settings import settings
from geo_integration.store import Store, open_store


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to do if it is not."""

    what: str
    seen: str
    good: bool = True
    way_out: str = ""


_SHIPPED = {
    "territories/communes.parquet": "territoires (COG 2026)",
    "roads/main_roads_nodes.parquet": "réseau routier simplifié, nœuds",
    "roads/main_roads_edges.parquet": "réseau routier simplifié, tronçons",
    "profiles/car.yaml": "profil de déplacement, voiture",
    "profiles/bike.yaml": "profil de déplacement, vélo",
    "profiles/foot.yaml": "profil de déplacement, à pied",
    "need/totals.csv": "totaux publiés pour estimer le besoin",
    "need/shares.csv": "parts par type de cours",
    "rules/kind_rules.csv": "règles de classement",
    "reference/documents.csv": "tables de référence",
    "demo/demo.json": "données de démonstration",
}
_PACKAGES = (
    "geopandas",
    "shapely",
    "pyproj",
    "pyogrio",
    "pyarrow",
    "folium",
    "scipy",
    "lxml",
    "osmium",
    "osmnx",
    "cafein",
)
_EXPECTED = {
    "offers": "geo-integration import lheo|dian|data-inclusion FICHIER",
    "bpi": "geo-integration import bpi FICHIER (sans elle, le besoin est une estimation)",
    "housing": "geo-integration import housing FICHIER",
    "schools": "geo-integration import schools FICHIER (avant la liste OEPRE)",
    "ctai": "geo-integration import ctai FICHIER",
}


def examine(location: str | Path) -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [*_installation(), *_data(), *_store(location)]


def _installation() -> list[Finding]:
    found = [Finding("geo-integration", f"{__version__}, Python {sys.version.split()[0]}")]
    for package in _PACKAGES:
        try:
            found.append(Finding(package, version(package)))
        except PackageNotFoundError:
            found.append(Finding(package, "absent", good=False, way_out="uv sync"))
    return found


def _data() -> list[Finding]:
    root = settings().data
    found = []
    for name, what in _SHIPPED.items():
        path = root / name
        good = path.is_file() and path.stat().st_size > 0
        seen = f"{path.stat().st_size / 1e6:.1f} Mo" if good else f"absent : {path}"
        found.append(Finding(what, seen, good, "" if good else "réinstaller le projet (voir data/README.md)"))
    return found


def _store(location: str | Path) -> list[Finding]:
    try:
        store = open_store(location)
        problems = store.verify()
        names = store.layers()
    except StoreError as error:
        return [Finding("entrepôt", error.what, good=False, way_out=error.way_out)]
    found = [Finding("entrepôt", f"{store.location} ({len(names)} couche(s))")]
    found += [
        Finding(f"entrepôt : {problem.where}", problem.what, good=False, way_out=problem.way_out)
        for problem in problems
    ]
    for name, way_out in _EXPECTED.items():
        if name in names:
            info = store.info(name)
            mark = ", DONNÉES FICTIVES" if info.synthetic else ""
            found.append(Finding(f"couche {name}", f"{info.layers[name]} ligne(s), version {info.id}{mark}"))
        else:
            found.append(Finding(f"couche {name}", "pas encore importée", name != "offers", way_out))
    return found


def layers_table(store: Store) -> pd.DataFrame:
    """Return what is published: layer, rows, snapshot, day, sources, whether rows are made up."""
    rows = []
    for name in store.layers():
        info = store.info(name)
        meta = info.meta
        origin = meta.get("file") or ", ".join(str(s["source"]) for s in info.sources if isinstance(s, dict))
        rows.append(
            {
                "couche": name,
                "lignes": info.layers[name],
                "version": info.id,
                "publiée": f"{info.published_at:%Y-%m-%d %H:%M}",
                "versions": len(store.history(name)),
                "source": origin,
                "fictif": "oui" if info.synthetic else "",
            }
        )
    columns = ["couche", "lignes", "version", "publiée", "versions", "source", "fictif"]
    return pd.DataFrame(rows, columns=columns)
