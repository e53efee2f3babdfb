"""How each process is run: the job of the same name, for the viewer of the task, on the store held still."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration.coverage.decay import decay_named
from geo_integration.coverage.siting.candidates import slots_of
from geo_integration.coverage.siting.problem import Limit
from geo_integration.errors import GeoIntegrationError, NothingAcceptedError
from geo_integration.exports.result import Result
from geo_integration.exports.values import guarded
from geo_integration.jobs import calendar as calendar_job
from geo_integration.jobs import change as change_job
from geo_integration.jobs import equity as equity_job
from geo_integration.jobs import fit as fit_job
from geo_integration.jobs import gaps as gaps_job
from geo_integration.jobs import housing as housing_job
from geo_integration.jobs import imports
from geo_integration.jobs import outputs as job_outputs
from geo_integration.jobs import referencing as referencing_job
from geo_integration.jobs import scenario as scenario_job
from geo_integration.jobs import site as site_job
from geo_integration.jobs import supply as supply_job
from geo_integration.jobs.request import Request
from geo_integration.jobs.scenario_question import request_of
from geo_integration.jobs.site_options import Asked, CandidateSource
from geo_integration.ledger.uploads import UploadStatus
from geo_integration.sources import generic
from geo_integration.sources.imports import Import
from geo_integration.work import inputs as given
from geo_integration.work import outputs, published, staged
from geo_integration.work.context import Context
from geo_integration.work.outputs import Produced
from geo_integration.work.pinned import Pinned
from geo_integration.work.problems import problem_of
from geo_integration.work.questions import Answered, Question

JSON = "application/json"
CSV = "text/csv; charset=utf-8"


def gaps(context: Context, asked: given.GapsInputs) -> list[Produced]:
    """Where courses are missing."""
    pinned = Pinned.of(context.store)
    found = gaps_job.compute(pinned, _request(context, asked), progress=context.progress)
    return outputs.of_gaps(found, asked.outputs, pinned=pinned, viewer=context.viewer, folder=context.folder)


def fit(context: Context, asked: given.FitInputs) -> list[Produced]:
    """Which courses fit."""
    return _answer(
        context, asked, lambda store: fit_job.compute(store, _request(context, asked), progress=context.progress)
    )


def change(context: Context, asked: given.ChangeInputs) -> list[Produced]:
    """Compare two days or versions."""
    return _answer(
        context,
        asked,
        lambda store: change_job.compute(
            store,
            _request(context, asked),
            since=asked.since.isoformat() if asked.since is not None else None,
            since_version=asked.since_version,
            until=asked.to,
            as_published=asked.as_published,
            progress=context.progress,
        ),
    )


def calendar(context: Context, asked: given.CalendarInputs) -> list[Produced]:
    """When a course can be begun."""
    return _answer(
        context,
        asked,
        lambda store: calendar_job.compute(
            store, _request(context, asked), months=asked.months, progress=context.progress
        ),
    )


def supply(context: Context, asked: given.SupplyInputs) -> list[Produced]:
    """Hours within reach."""
    by = decay_named(asked.decay, asked.catchment or asked.minutes)
    return _answer(
        context,
        asked,
        lambda store: supply_job.compute(
            store, _request(context, asked), decay=by, order=asked.order, progress=context.progress
        ),
    )


def equity(context: Context, asked: given.EquityInputs) -> list[Produced]:
    """How unequal access is."""
    by = decay_named(asked.decay, asked.catchment or asked.minutes)
    options = equity_job.Options(by=asked.by, seed=asked.seed, neighbours=asked.neighbours)
    return _answer(
        context,
        asked,
        lambda store: equity_job.compute(
            store, _request(context, asked), decay=by, options=options, progress=context.progress
        ),
    )


def site(context: Context, asked: given.SiteInputs) -> list[Produced]:
    """Where to open."""
    wanted = Asked(
        p=asked.count,
        model=asked.model,
        by=asked.by,
        candidates=asked.sources,
        listed=_listed(asked, context.folder),
        group_size=asked.group_size,
        groups_per_site=asked.groups_per_site,
        hours=slots_of(asked.hours) if asked.hours else (),
        priority_bonus=asked.priority,
        unreachable_minutes=asked.unreachable,
        evening_minutes=asked.evening,
        limit=Limit(seconds=asked.seconds),
    )
    return _answer(
        context,
        asked,
        lambda store: site_job.compute(store, _request(context, asked), asked=wanted, progress=context.progress),
    )


def scenario(context: Context, asked: given.ScenarioInputs) -> list[Produced]:
    """Replay a scenario."""
    asked.check(viewer=context.viewer)
    request = request_of(asked.scenario, viewer=context.viewer)
    return _answer(
        context,
        asked,
        lambda store: scenario_job.compute(
            store, request, asked.scenario, progress=context.progress, fast=not asked.full
        ),
    )


def housing(context: Context, asked: given.HousingInputs) -> list[Produced]:
    """Look without a car."""
    modes = list(dict.fromkeys(asked.modes)) if asked.modes else None
    return _answer(
        context,
        asked,
        lambda store: housing_job.compute(store, _request(context, asked), modes=modes, progress=context.progress),
    )


def referencing(context: Context, asked: given.ReferencingInputs) -> list[Produced]:
    """Whether funded actions are on the map of courses."""
    upload, path = staged.written(context.uploads, asked.upload, context.folder)
    mapping = staged.UploadOptions.model_validate(upload.options).mapping_file(context.folder)
    wanted = referencing_job.ReferencingRequest(
        path,
        asked.as_of or context.today,
        mapping=generic.load(mapping) if mapping else None,
        months=asked.months,
        territory=asked.territory,
    )
    return _answer(context, asked, lambda store: referencing_job.compute(store, wanted, progress=context.progress))


def check_import(context: Context, asked: given.CheckInputs) -> list[Produced]:
    """Look at an upload: its report, and what publishing it would change."""
    upload, path = staged.written(context.uploads, asked.upload, context.folder)
    context.progress("Lecture du fichier", 0, 3)
    try:
        ready = staged.read(context.store, upload, path, max_rows=context.settings.max_rows)
        context.progress("Comparaison avec ce qui est publié", 1, 3)
        found = staged.changes(context.store, ready)
    except GeoIntegrationError as error:
        report = error.report if isinstance(error, NothingAcceptedError) else None
        summary = imports.counted(report) if isinstance(report, Import) else None
        context.uploads.mark(
            upload.id, UploadStatus.REFUSED, summary, problem_of(error), now=context.clock(), task_id=context.task_id
        )
        raise
    context.uploads.mark(upload.id, UploadStatus.CHECKED, found.summary, now=context.clock(), task_id=context.task_id)
    report_path = context.folder / "report.csv"
    job_outputs.write_report(ready.fresh.result, report_path)
    return [
        _json(context.folder / "result.json", found.summary),
        Produced("report", CSV, report_path),
        _csv(context.folder / "changes.csv", "changes", found.table),
    ]


def publish_import(context: Context, asked: given.PublishInputs) -> list[Produced]:
    """Publish an upload that was checked."""
    upload, path = staged.written(context.uploads, asked.upload, context.folder)
    context.progress("Lecture du fichier", 0, 3)
    ready = staged.read(context.store, upload, path, max_rows=context.settings.max_rows)
    context.progress("Publication", 1, 3)
    done = staged.publish(context.store, upload, ready, now=context.clock())
    summary = {**dict(upload.summary or {}), **imports.counted(ready.fresh.result), "snapshot": done.snapshot.id}
    summary["rebuilt"] = list(done.joined)
    context.uploads.mark(upload.id, UploadStatus.PUBLISHED, summary, now=context.clock(), task_id=context.task_id)
    report_path = context.folder / "report.csv"
    job_outputs.write_report(ready.fresh.result, report_path)
    return [_json(context.folder / "result.json", summary), Produced("report", CSV, report_path)]


def publish_results(context: Context, asked: given.PublishResultsInputs) -> list[Produced]:
    """Compute the public results again."""
    done = published.publish_results(
        context.store,
        today=asked.as_of or context.today,
        now=context.clock,
        seconds_each=context.settings.job_seconds / 10,
        progress=context.progress,
        people_wait=context.people_wait,
    )
    told = {"published": done.snapshots, "left": [kind.value for kind in done.left]}
    return [_json(context.folder / "result.json", told)]


def _request(context: Context, asked: Question) -> Request:
    return asked.request(viewer=context.viewer, today=context.today)


def _answer(context: Context, asked: Answered, compute: Callable[[Pinned], Result]) -> list[Produced]:
    pinned = Pinned.of(context.store)
    return outputs.of_result(
        compute(pinned), asked.outputs, pinned=pinned, viewer=context.viewer, folder=context.folder
    )


def _listed(asked: given.SiteInputs, folder: Path) -> Path | None:
    """Write the places given as the list siting reads; None without any."""
    if CandidateSource.LIST not in asked.sources or asked.places is None:
        return None
    path = folder / "places.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ("name", "commune_code", "longitude", "latitude", "capacity", "days", "start_time", "end_time", "kind")
        )
        for one in asked.places:
            kind = one.kind.value if one.kind is not None else ""
            days = ";".join(one.days)
            rows.writerow((one.name, one.commune_code, one.lon, one.lat, one.capacity, days, one.start, one.end, kind))
    return path


def _json(path: Path, told: Any) -> Produced:  # noqa: ANN401 -- any JSON
    path.write_text(json.dumps(told, ensure_ascii=False, allow_nan=False, sort_keys=True), encoding="utf-8")
    return Produced("result", JSON, path)


def _csv(path: Path, name: str, table: pd.DataFrame) -> Produced:
    # A program reads this one (column names, commas); a spreadsheet may all the same: nothing in it is a formula.
    safe = table.map(lambda value: guarded(value) if isinstance(value, str) else value)
    safe.to_csv(path, index=False, lineterminator="\n")
    return Produced(name, CSV, path)
