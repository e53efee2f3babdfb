"""An uploaded file, looked at first and published later: the same bytes, and what was said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from geo_integration.errors import ConflictError, TooLargeError
from geo_integration.jobs import imports
from geo_integration.jobs.imports import Format, Imported, ImportOptions, Ready
from geo_integration.ledger.uploads import Upload, Uploads, UploadStatus
from geo_integration.store import Store
from geo_integration.store.diff import compare
from geo_integration.store.tables import layer_of
from geo_integration.work.questions import Inputs

FUNDED = "funded"
"""Format of a list of funded actions: compared with the offers (``referencing``), never published."""

FORMATS = (*(one.value for one in Format), FUNDED)
"""What an upload may be said to be."""

_NEW = "nouvelle source"


class UploadOptions(Inputs):
    """What a file does not say about itself."""

    name: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$",
            max_length=60,
            description="Nom de la source ; celui du format par défaut. Publier un nom de nouveau le remplace.",
            examples=["lheo-picardie"],
        ),
    ] = None
    covers: Annotated[
        tuple[Annotated[str, Field(max_length=3)], ...],
        Field(max_length=110, description="Départements que la source recense ; lus dans ses lignes par défaut."),
    ] = ()
    synthetic: Annotated[bool, Field(description="Marquer toutes les lignes comme fictives.")] = False
    mapping: Annotated[
        str | None,
        Field(max_length=100_000, description="Correspondance (texte YAML), pour les formats table et funded."),
    ] = None

    def of_job(self, folder: Path) -> ImportOptions:
        """Return them as the import takes them; UnknownTerritoryError for a département that is none."""
        covers = imports.departement_codes(",".join(self.covers))
        return ImportOptions(name=self.name, mapping=self.mapping_file(folder), synthetic=self.synthetic, covers=covers)

    def mapping_file(self, folder: Path) -> Path | None:
        """Write the mapping beside the file it is for; None without one."""
        if self.mapping is None:
            return None
        path = folder / "correspondance.yaml"
        path.write_text(self.mapping, encoding="utf-8")
        return path


@dataclass(frozen=True)
class Changes:
    """What publishing would change.

    Attributes
    ----------
    summary : plain values, for the upload and the caller.
    table : every change (see :class:`geo_integration.store.Diff`), with its ``layer``.
    """

    summary: dict[str, Any]
    table: pd.DataFrame


def written(uploads: Uploads, upload_id: str, folder: Path) -> tuple[Upload, Path]:
    """Write an upload under its own name, its hash checked."""
    inside = folder / "envoi"
    inside.mkdir()
    path = inside / uploads.get(upload_id).file_name
    return uploads.write_to(upload_id, path), path


def read(store: Store, upload: Upload, path: Path, *, max_rows: int) -> Ready:
    """Read an upload and join it to the rest; nothing is published.

    Raises
    ------
    ConflictError
        A list of funded actions, which is not published.
    TooLargeError
        More rows than the settings allow.
    InputRefusedError, LayerError, MappingError
        What :func:`geo_integration.jobs.imports.prepare` raises.
    """
    if upload.format == FUNDED:
        raise ConflictError(
            "une liste d'actions financées ne se publie pas", where=upload.file_name, way_out="processus referencing"
        )
    options = UploadOptions.model_validate(upload.options).of_job(path.parent.parent)
    ready = imports.prepare(store, Format(upload.format), path, options=options)
    if ready.fresh.result.read > max_rows:
        raise TooLargeError(
            f"{ready.fresh.result.read} lignes, pour {max_rows} au plus",
            where=upload.file_name,
            way_out="découper le fichier, ou relever la limite (GEO_INTEGRATION_MAX_ROWS)",
        )
    return ready


def changes(store: Store, ready: Ready) -> Changes:
    """Compare what was read with what is published of that source now."""
    result, there = ready.fresh.result, set(store.layers())
    layers: dict[str, dict[str, int]] = {}
    tables = []
    base = ""
    for name, table in ready.own.items():
        schema = layer_of(name)
        fresh = schema.conform(table)
        before = schema.empty()
        if name in there:
            base = store.info(name).id
            before = store.read(name, base)
        found = compare(name, schema, (base or _NEW, before), ("envoi", fresh))
        layers[name] = {
            "rows": len(fresh),
            "added": found.added,
            "removed": found.removed,
            "changed": found.changed,
            "unchanged": found.unchanged,
        }
        tables.append(found.table.assign(layer=name))
    summary = {
        **imports.counted(result),
        "replaces": ready.replaced,
        "published_snapshot": base,
        "layers": layers,
        "rebuilds": [name for joined, _ in ready.joins for name in joined],
    }
    return Changes(summary, pd.concat(tables, ignore_index=True))


def publish(store: Store, upload: Upload, ready: Ready, *, now: datetime) -> Imported:
    """Publish an upload that was checked; doing it again changes nothing.

    Raises
    ------
    ConflictError
        It was not checked, or its source was published by somebody else since.
    """
    if upload.status not in {UploadStatus.CHECKED, UploadStatus.PUBLISHED} or upload.summary is None:
        raise ConflictError("cet envoi n'est pas contrôlé", where=upload.file_name, way_out="le contrôler d'abord")
    _refuse_changed(store, upload.summary, ready)
    return imports.publish_ready(store, ready, now=now)


def _refuse_changed(store: Store, summary: Mapping[str, Any], ready: Ready) -> None:
    """Refuse where what the check compared with is no longer what is published, unless that is this very file."""
    there = set(store.layers())
    for name in ready.own:
        info = store.info(name) if name in there else None
        if info is None and not summary["published_snapshot"]:
            continue
        same = info is not None and (
            info.id == summary["published_snapshot"] or info.meta.get("sha256") == ready.fresh.result.sha256
        )
        if not same:
            raise ConflictError(
                f"la source « {ready.fresh.result.source} » a été publiée ou changée depuis le contrôle",
                where=f"couche {name}",
                way_out="contrôler l'envoi de nouveau, puis le publier",
            )
