"""The manifest of a snapshot: what is in it, its hashes, and the id that follows from them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import pandas as pd

import geo_integration
from geo_integration.errors import StoreError
from geo_integration.store import tables
from geo_integration.store.contract import JSON, Content, SnapshotInfo
from geo_integration.store.head import Head

MANIFEST = "manifest.json"
REPORT = "report"
"""What the import report is called among the layers of a snapshot; no layer has this name."""
_ID_DIGITS = 16
_FORMAT = 1


@dataclass(frozen=True)
class Part:
    """One file of a snapshot."""

    rows: int
    sha256: str
    """Of the values: part of the identity of the snapshot."""
    file_sha256: str
    """Of the bytes on the disk, which ``verify`` and every read check; empty where there is no file (PostGIS)."""
    size_bytes: int
    columns: list[list[str]]

    @classmethod
    def of(cls, table: pd.DataFrame, content: bytes | None = None) -> "Part":
        """Describe ``table``, as written in ``content`` where it becomes a file."""
        return cls(
            rows=len(table),
            sha256=tables.content_sha256(table),
            file_sha256="" if content is None else hashlib.sha256(content).hexdigest(),
            size_bytes=len(content or b""),
            columns=tables.columns_of(table),
        )


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds. No time and no path: the same content gives the same manifest anywhere."""

    layers: Mapping[str, Part]
    report: Part | None
    meta: Mapping[str, JSON]
    library_version: str = geo_integration.__version__

    @property
    def id(self) -> str:
        """Identity of the content: layer names, their values, meta and report."""
        identity = {
            "layers": {name: part.sha256 for name, part in self.layers.items()},
            "report": self.report.sha256 if self.report else None,
            "meta": self.meta,
        }
        return hashlib.sha256(_canonical(identity)).hexdigest()[:_ID_DIGITS]

    @property
    def files(self) -> dict[str, Part]:
        """File name → what it must hold."""
        return {layer_file(name): part for name, part in self.parts.items()}

    @property
    def parts(self) -> dict[str, Part]:
        """Layer → what it must hold, the import report among them as ``report``."""
        return dict(self.layers) | ({REPORT: self.report} if self.report else {})

    def info(self, head: Head) -> SnapshotInfo:
        """Return what is known about this snapshot, given when it was published."""
        return SnapshotInfo(
            id=self.id,
            layers={name: part.rows for name, part in self.layers.items()},
            sha256={name: part.sha256 for name, part in self.layers.items()},
            meta=self.meta,
            published_at=head.published_at(self.id),
            library_version=self.library_version,
            report_rows=self.report.rows if self.report else None,
        )

    @classmethod
    def of(cls, content: Content) -> "Manifest":
        """Describe ``content`` where it does not become files."""
        report = None if content.report is None else Part.of(content.report)
        layers = {name: Part.of(table) for name, table in content.layers.items()}
        return cls(layers, report, content.meta, content.library_version)

    def to_bytes(self) -> bytes:
        """Return what manifest.json holds."""
        return seal({"id": self.id, **asdict(self)})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Return the manifest that ``to_bytes`` wrote; ValueError for anything else."""
        said = unseal(content)
        try:
            manifest = cls(
                layers={name: Part(**part) for name, part in said["layers"].items()},
                report=Part(**said["report"]) if said["report"] else None,
                meta=said["meta"],
                library_version=said["library_version"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"manifeste incomplet ({error})") from error
        if manifest.id != said.get("id"):
            raise ValueError("l'identifiant ne correspond pas au contenu")
        return manifest


@dataclass(frozen=True)
class Draft:
    """A snapshot ready to be written."""

    manifest: Manifest
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, content: Content) -> "Draft":
        """Turn every table into bytes; nothing is written."""
        given = dict(content.layers) | ({} if content.report is None else {REPORT: content.report})
        contents = {name: tables.to_bytes(table) for name, table in given.items()}
        parts = {name: Part.of(table, contents[name]) for name, table in given.items()}
        report = parts.pop(REPORT, None)
        manifest = Manifest(parts, report, content.meta, content.library_version)
        files = {layer_file(name): content for name, content in contents.items()}
        return cls(manifest, files | {MANIFEST: manifest.to_bytes()})


def checked(given: Mapping[str, pd.DataFrame], meta: Mapping[str, JSON], report: pd.DataFrame | None) -> Content:
    """Check every table against its layer: what may be published."""
    if not given:
        raise StoreError("aucune couche à publier", way_out="donner au moins une table")
    conforming = {name: tables.layer_of(name).conform(table) for name, table in sorted(given.items())}
    told = None if report is None else tables.report_table(report)
    return Content(conforming, told, _plain(meta), geo_integration.__version__)


def layer_file(name: str) -> str:
    """Return the name of the file that holds a layer."""
    return f"{name}.parquet"


def seal(content: Mapping[str, Any]) -> bytes:
    """Return ``content`` as readable JSON with a checksum, so that a flipped byte shows."""
    whole = {**content, "format": _FORMAT}
    checksum = hashlib.sha256(_canonical(whole)).hexdigest()
    text = json.dumps({**whole, "checksum": checksum}, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode() + b"\n"


def unseal(content: bytes) -> dict[str, Any]:
    """Return what ``seal`` was given; ValueError when a single byte differs."""
    said = json.loads(content)
    if not isinstance(said, dict):
        raise ValueError("ce n'est pas un objet JSON")  # noqa: TRY004 -- one error for every kind of damage
    if said.get("format") != _FORMAT:
        raise ValueError(f"format {said.get('format')} inconnu : une version plus récente l'a peut-être écrit")
    del said["format"]
    said.pop("checksum", None)
    if seal(said) != content:
        raise ValueError("la somme de contrôle ne correspond pas")
    return said


def _canonical(content: Any) -> bytes:  # noqa: ANN401 -- any JSON
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _plain(meta: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return ``meta`` as it will be read back; StoreError when JSON cannot hold it."""
    try:
        return cast("dict[str, JSON]", json.loads(_canonical(dict(meta))))
    except (TypeError, ValueError) as error:
        what = f"métadonnées impossibles à écrire ({error})"
        raise StoreError(what, way_out="n'y mettre que du texte, des nombres, des listes et des objets") from error
