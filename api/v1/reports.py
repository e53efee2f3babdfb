"""What the public says is wrong about a course: read and settled by the référents of its département."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from api.caller import Caller, ProfessionalDep
from api.identity import audited
from api.paging import PagedDep
from api.problems import documented
from api.service import Service, ServiceDep
from api.v1.report_models import (
    DepartementParameter,
    ReportChange,
    ReportId,
    ReportInfo,
    ReportList,
    StatusParameter,
    info_of,
)
from geo_integration.errors import ForbiddenError, NotFoundError
from geo_integration.ledger.reports import Report

router = APIRouter(tags=["Signalements"])

_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)


@router.get(
    "/reports",
    summary="Ce que le public signale comme faux",
    responses=documented(*_REFUSALS, HTTPStatus.BAD_REQUEST),
)
def list_reports(
    request: Request,
    response: Response,
    service: ServiceDep,
    caller: ProfessionalDep,
    page: PagedDep,
    status: StatusParameter = None,
    departement: DepartementParameter = None,
) -> ReportList:
    """Signalements des départements du compte, le plus récent d'abord ; tous, pour l'administrateur.

    Chaque lecture est consignée. Ils sont oubliés après le délai réglé (180 jours par défaut).
    """
    whose = _whose(caller, departement)
    told = sorted(whose) if whose is not None else None
    audited(service, caller, request, "reports.read", departements=told, status=status.value if status else None)
    kept = service.ledger.reports
    found = kept.list(whose, status=status, limit=page.limit, offset=page.offset)
    response.headers["Cache-Control"] = "no-store"
    return ReportList(items=[info_of(service, one) for one in found], matched=kept.count(whose, status=status))


@router.get("/reports/{report_id}", summary="Un signalement", responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND))
def one_report(
    report_id: ReportId, request: Request, response: Response, service: ServiceDep, caller: ProfessionalDep
) -> ReportInfo:
    """Ce qui a été dit d'un cours, et le cours tel qu'il est publié maintenant."""
    found = _allowed(service, caller, report_id)
    audited(service, caller, request, "reports.read", report=found.id)
    response.headers["Cache-Control"] = "no-store"
    return info_of(service, found)


@router.patch(
    "/reports/{report_id}",
    summary="Dire ce qu'il en est d'un signalement",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def settle_report(
    report_id: ReportId,
    change: Annotated[ReportChange, Body()],
    request: Request,
    response: Response,
    service: ServiceDep,
    caller: ProfessionalDep,
) -> ReportInfo:
    """Vu, corrigé à la source, ou écarté ; on peut changer d'avis. Rien n'est modifié dans les cours publiés."""
    found = _allowed(service, caller, report_id)
    audited(service, caller, request, "reports.settle", report=found.id, status=change.status)
    settled = service.ledger.reports.settle(found.id, change.status, by=caller.name, now=service.clock())
    response.headers["Cache-Control"] = "no-store"
    return info_of(service, settled)


@router.delete(
    "/reports/{report_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Effacer un signalement",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND),
)
def remove_report(report_id: ReportId, request: Request, service: ServiceDep, caller: ProfessionalDep) -> None:
    """Tout de suite et pour de bon : par exemple parce que son texte nomme quelqu'un."""
    found = _allowed(service, caller, report_id)
    audited(service, caller, request, "reports.remove", report=found.id)
    service.ledger.reports.remove(found.id)


def _whose(caller: Caller, departement: str | None) -> frozenset[str] | None:
    """Return whose reports are asked for, None for all; ForbiddenError for those of others."""
    viewer = caller.viewer
    if departement is None:
        return None if viewer.sees_everything else viewer.departements
    if not viewer.sees(departement):
        raise ForbiddenError(
            f"les signalements du département {departement} ne sont pas ceux de ce compte",
            where="departement",
            way_out=f"l'un de : {', '.join(sorted(viewer.departements))}",
        )
    return frozenset({departement})


def _allowed(service: Service, caller: Caller, report_id: str) -> Report:
    """Return a report of the caller's; NotFoundError for those of others, as for none."""
    found = service.ledger.reports.get(report_id)
    if not caller.viewer.sees(found.departement):
        raise NotFoundError(
            "ce signalement n'existe pas, ou plus", where="report_id", way_out="voir la liste des signalements"
        )
    return found
