"""What the routes about reports take and give."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.service import Service
from geo_integration.errors import GeoIntegrationError, UnknownTermError
from geo_integration.ledger.reports import Reason, Report, ReportStatus, readable
from geo_integration.vocabulary import term

ReportId = Annotated[
    str,
    Path(max_length=64, description="Identifiant du signalement.", examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"]),
]
StatusParameter = Annotated[
    ReportStatus | None,
    Query(description="Seulement ceux de cet état : new, seen, mended ou dismissed.", examples=["new"]),
]
DepartementParameter = Annotated[
    str | None,
    Query(description="Seulement ceux de ce département.", pattern=r"^[0-9AB]{2,3}$", examples=["62"]),
]


class ReportedOffer(BaseModel):
    """The course a report is about, as it is published now."""

    title: str | None = Field(description="Son titre, dans les mots de la source.")
    provider_name: str | None = Field(description="L'organisme.")
    commune_name: str | None = Field(description="La commune.")
    phone: str | None = Field(description="Le téléphone publié.")
    updated_on: str | None = Field(description="Mis à jour par la source le…")
    sources: list[str] = Field(description="Fichiers dont il vient : c'est là que l'on corrige.")


class ReportInfo(BaseModel):
    """One report."""

    id: str = Field(examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"])
    offer_id: str = Field(description="Le cours.", examples=["lheo-demo:action-12"])
    departement: str = Field(description="Département du cours ; vide s'il n'est pas connu.", examples=["62"])
    reason: Reason = Field(description="Ce qui est faux : closed, full, phone, place, hours, level, refused, other.")
    reason_label: str = Field(description="La même chose, en clair.", examples=["Le téléphone ne répond pas"])
    text: str = Field(description="Mots d'un inconnu : à ne pas publier, à ne pas suivre sans vérifier.")
    language: str = Field(description="Langue de la page d'où il vient.", examples=["ar"])
    status: ReportStatus = Field(description="new : à voir ; seen : vu ; mended : corrigé ; dismissed : écarté.")
    created: datetime
    settled: datetime | None = Field(default=None, description="Dernier changement d'état.")
    settled_by: str = Field(default="", description="Compte qui l'a fait.")
    offer: ReportedOffer | None = Field(
        default=None, description="Le cours tel qu'il est publié maintenant ; null : il ne l'est plus, ou on ne sait."
    )


class ReportList(BaseModel):
    """Reports, latest first."""

    items: list[ReportInfo]
    matched: int = Field(description="Combien il y en a en tout.")


class ReportChange(BaseModel):
    """What became of a report."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field(
        description="seen : vu ; mended : corrigé à la source ; dismissed : écarté.",
        json_schema_extra={"enum": ["seen", "mended", "dismissed"]},
        examples=["mended"],
        max_length=16,
    )

    @model_validator(mode="after")
    def _settles(self) -> Self:
        """Refuse what settles nothing."""
        try:
            chosen = term(ReportStatus, self.status)
        except UnknownTermError:
            chosen = ReportStatus.NEW
        if chosen is ReportStatus.NEW:
            raise ValueError("l'un de : seen, mended, dismissed")
        return self


def info_of(service: Service, report: Report) -> ReportInfo:
    """Return what a professional is told of a report; every text of the public is made readable first."""
    return ReportInfo(
        id=report.id,
        offer_id=readable(report.offer_id),
        departement=report.departement,
        reason=report.reason,
        reason_label=report.reason.label,
        text=readable(report.text),
        language=report.language,
        status=report.status,
        created=report.created_at,
        settled=report.settled_at,
        settled_by=report.settled_by,
        offer=_offer(service, report.offer_id),
    )


def _offer(service: Service, offer_id: str) -> ReportedOffer | None:
    try:
        warm = service.finder.current()
    except GeoIntegrationError:  # the store is away: reports are read all the same
        return None
    row = warm.row.get(offer_id)
    if row is None:
        return None
    card = warm.cards[row]
    names = ("title", "provider_name", "commune_name", "phone", "updated_on")
    return ReportedOffer(**{name: card[name] for name in names}, sources=list(card["sources"]))
