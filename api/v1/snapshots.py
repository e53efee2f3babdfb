"""Layers, their versions, what changed between two of them, and the way back."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.answers import JSON, About, Body, not_modified, send
from api.caller import Caller, CallerDep, administrator
from api.identity import audited
from api.paging import FormParameter, Paged, PagedDep
from api.problems import documented
from api.service import Service, ServiceDep
from api.told import CSV, FORMS, about_layers, csv_of, form_of, imports_of, label_of, records, tag, visible
from api.v1.snapshot_models import (
    Back,
    Change,
    Difference,
    Layers,
    LayerSummary,
    Report,
    ReportLine,
    SnapshotMoment,
    Snapshots,
    WentBack,
)
from geo_integration.errors import NotFoundError
from geo_integration.exports.headings import Heading
from geo_integration.jobs.imports import roll_back
from geo_integration.jobs.outputs import REPORT_HEADINGS
from geo_integration.store import HistoryEntry, SnapshotInfo
from geo_integration.work.pinned import is_public

router = APIRouter(tags=["Versions des données"])

_DIFF_HEADINGS = {
    "label": Heading("Intitulé", "Titre ou nom de la ligne."),
    "change": Heading("Changement", "added : ajoutée ; removed : retirée ; changed : une valeur a changé."),
    "column": Heading("Colonne", "Colonne dont la valeur a changé. Vide : ligne ajoutée ou retirée."),
    "old": Heading("Avant", "Valeur d'avant. Vide : aucune."),
    "new": Heading("Après", "Valeur d'après. Vide : aucune."),
}
_METHOD = "Chaque publication est une version immuable, nommée par son contenu ; une seule est courante par couche."
_DIFF_METHOD = "Comparaison ligne à ligne (par clé) et valeur à valeur de deux versions publiées de la couche."

LayerName = Annotated[
    str, Path(description="Nom de la couche, p. ex. `offers`, ou `offers.lheo-demo` (une source).", examples=["offers"])
]
SnapshotName = Annotated[
    str,
    Query(
        description="Version : son identifiant (ou un début sans équivoque), `current`, `previous`, `-1`, `-2`…",
        max_length=64,
    ),
]


@router.get(
    "/layers",
    response_model=Layers,
    summary="Couches publiées, avec leur version courante",
    responses=documented(HTTPStatus.NOT_MODIFIED, HTTPStatus.SERVICE_UNAVAILABLE),
)
def list_layers(request: Request, service: ServiceDep, caller: CallerDep) -> Response:
    """Couches que ce destinataire peut connaître ; celles qui portent sur des personnes vont à l'administrateur."""
    etag = tag(service.store, caller, "layers", service.today.isoformat())
    if (held := not_modified(request, etag, caller)) is not None:
        return held
    infos = {name: service.store.info(name) for name in service.store.layers() if visible(name, caller)}
    items = [_summary(service, name, info) for name, info in infos.items()]
    about = _about(service, caller, infos, _METHOD)
    return send(request, _body(Layers(items=items, about=about)), tag=etag, caller=caller)


@router.get(
    "/layers/{layer}",
    response_model=LayerSummary,
    summary="Une couche et sa version courante",
    responses=documented(HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
def one_layer(layer: LayerName, request: Request, service: ServiceDep, caller: CallerDep) -> Response:
    """Version courante d'une couche, ses sources et ce qu'elle couvre."""
    _known(service, layer, caller)
    etag = tag(service.store, caller, "layer", layer)
    if (held := not_modified(request, etag, caller)) is not None:
        return held
    return send(request, _body(_summary(service, layer, service.store.info(layer))), tag=etag, caller=caller)


@router.get(
    "/layers/{layer}/snapshots",
    summary="Versions d'une couche, la plus récente d'abord",
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
def layer_snapshots(layer: LayerName, service: ServiceDep, caller: CallerDep, page: PagedDep) -> Snapshots:
    """Chaque moment où une version est devenue courante : publication, ou retour à une version d'avant."""
    _known(service, layer, caller)
    history = service.store.history(layer)
    latest = page.of(list(enumerate(history))[::-1])
    items = [_moment(service, layer, entry, current=at == len(history) - 1) for at, entry in latest]
    about = _about(service, caller, {layer: service.store.info(layer)}, _METHOD)
    return Snapshots(matched=len(history), items=items, about=about)


@router.get(
    "/layers/{layer}/diff",
    response_model=Difference,
    summary="Ce qui a changé entre deux versions d'une couche",
    responses={
        200: {"content": {CSV: {"schema": {"type": "string"}}}},
        **documented(
            HTTPStatus.NOT_MODIFIED, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
        ),
    },
)
def layer_diff(
    layer: LayerName,
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    page: PagedDep,
    before: SnapshotName = "previous",
    after: SnapshotName = "current",
    f: FormParameter = None,
) -> Response:
    """Lignes ajoutées, retirées et valeurs changées, triées par clé. Une géométrie est écrite en WKT."""
    _known(service, layer, caller)
    form = form_of(request, f, FORMS)
    infos = {word: service.store.info(layer, word) for word in (before, after)}
    ids = infos[before].id, infos[after].id
    if not is_public(layer):
        audited(service, caller, request, "layer.diff", layer=layer, before=ids[0], after=ids[1])
    etag = tag(service.store, caller, "diff", layer, *ids, page.key, form, service.today.isoformat())
    if (held := not_modified(request, etag, caller)) is not None:
        return held
    found = service.store.diff(layer, *ids)
    rows = page.rows(found.table)
    if form == "csv":
        return send(request, Body(csv_of(rows, _DIFF_HEADINGS), f"{CSV}; charset=utf-8"), tag=etag, caller=caller)
    answer = Difference(
        layer=layer,
        before=found.before,
        after=found.after,
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        unchanged=found.unchanged,
        matched=len(found.table),
        items=[Change(**row) for row in records(rows)],
        about=_about(service, caller, {layer: infos[after]}, _DIFF_METHOD),
    )
    return send(request, _body(answer), tag=etag, caller=caller)


@router.post(
    "/layers/{layer}/rollback",
    summary="Revenir à une version d'avant (administrateur)",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
    ),
)
async def roll_layer_back(
    layer: LayerName,
    back: Back,
    request: Request,
    service: ServiceDep,
    caller: Annotated[Caller, Depends(administrator)],
) -> WentBack:
    """Rend courante une version d'avant, avec les couches publiées ensemble. Rien n'est effacé : on peut revenir."""
    await run_in_threadpool(audited, service, caller, request, "layer.rollback", layer=layer, snapshot=back.snapshot)
    done = await run_in_threadpool(roll_back, service.store, layer, back.snapshot, now=service.clock())
    info = await run_in_threadpool(service.store.info, layer)
    return WentBack(layer=layer, snapshot=info.id, message=done)


@router.get(
    "/snapshots/{snapshot}/report",
    response_model=Report,
    summary="Rapport d'import d'une version (administrateur)",
    responses={
        200: {"content": {CSV: {"schema": {"type": "string"}}}},
        **documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
def snapshot_report(
    snapshot: Annotated[str, Path(description="Version, ou un début sans équivoque.", examples=["8c1f0a5be7a41d02"])],
    request: Request,
    service: ServiceDep,
    caller: Annotated[Caller, Depends(administrator)],
    page: PagedDep,
    f: FormParameter = None,
) -> Response:
    """Chaque ligne rejetée ou réparée : fichier, endroit, valeur, raison."""
    form = form_of(request, f, FORMS)
    table = service.store.report(snapshot)
    audited(service, caller, request, "report.read", snapshot=snapshot)
    return report_answer(table, page, form=form)


def report_answer(table: pd.DataFrame, page: Paged, *, form: str) -> Response:
    """Return a page of an import report, as JSON or CSV; never kept by anyone on the way."""
    rows = page.rows(table)
    headers = {"Cache-Control": "no-store"}
    if form == "csv":
        return Response(csv_of(rows, REPORT_HEADINGS), media_type=f"{CSV}; charset=utf-8", headers=headers)
    report = Report(matched=len(table), items=[ReportLine(**row) for row in records(rows)])
    return Response(report.model_dump_json(), media_type=JSON, headers=headers)


def _known(service: Service, layer: str, caller: Caller) -> None:
    """Refuse a layer that is not there, or that this caller may not know of, in the same words."""
    if layer not in service.store.layers() or not visible(layer, caller):
        listed = ", ".join(name for name in service.store.layers() if visible(name, caller) and "." not in name)
        raise NotFoundError(
            f"aucune couche « {layer[:60]} » ici", where="layer", way_out=f"couches publiées : {listed or 'aucune'}"
        )


def _summary(service: Service, layer: str, info: SnapshotInfo) -> LayerSummary:
    return LayerSummary(
        layer=layer,
        label=label_of(layer),
        rows=info.layers[layer],
        snapshot=info.id,
        published_at=info.published_at,
        current_since=service.store.history(layer)[-1].at,
        synthetic=info.synthetic,
        covers=list(info.covers),
        sources=[_source(one) for one in imports_of(info)],
    )


_TOLD = ("name", "publisher", "date", "licence", "url", "note", "source", "format", "file", "sha256")


def _source(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {name: meta[name] for name in _TOLD if name in meta}


def _moment(service: Service, layer: str, entry: HistoryEntry, *, current: bool) -> SnapshotMoment:
    info = service.store.info(layer, entry.snapshot)
    return SnapshotMoment(
        snapshot=entry.snapshot,
        at=entry.at,
        reason=entry.reason,
        current=current,
        rows=info.layers[layer],
        synthetic=info.synthetic,
        problems=info.report_rows,
        library_version=info.library_version,
    )


def _about(service: Service, caller: Caller, infos: Mapping[str, SnapshotInfo], method: str) -> About:
    return about_layers(infos, caller, as_of=service.today, method=method)


def _body(model: BaseModel) -> Body:
    return Body(model.model_dump_json().encode(), JSON)
