"""What the routes about layers and their versions answer with."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.answers import About


class LayerSummary(BaseModel):
    """One layer and its current version."""

    layer: str = Field(description="Nom de la couche.", examples=["offers"])
    label: str = Field(description="Son nom français.", examples=["Offres de formation"])
    rows: int = Field(description="Nombre de lignes.", examples=[517])
    snapshot: str = Field(description="Version courante.", examples=["8c1f0a5be7a41d02"])
    published_at: datetime = Field(description="Première publication de ce contenu ici (UTC).")
    current_since: datetime = Field(description="Depuis quand cette version est courante (UTC).")
    synthetic: bool = Field(description="Vrai si une ligne inventée y entre.")
    covers: list[str] = Field(description="Départements sur lesquels ses sources renseignent.", examples=[["59", "62"]])
    sources: list[dict[str, Any]] = Field(description="Fichiers ou sources dont elle vient.")


class Layers(BaseModel):
    """The layers a caller may know of."""

    items: list[LayerSummary]
    about: About


class SnapshotMoment(BaseModel):
    """One moment at which a version became the current one."""

    snapshot: str = Field(description="Version.", examples=["8c1f0a5be7a41d02"])
    at: datetime = Field(description="Devenue courante (UTC).")
    reason: str = Field(description="`publish` : publication ; `rollback` : retour à une version d'avant.")
    current: bool = Field(description="Vrai pour la version courante.")
    rows: int = Field(description="Nombre de lignes de la couche.")
    synthetic: bool = Field(description="Vrai si une ligne inventée y entre.")
    problems: int | None = Field(description="Problèmes au rapport d'import ; nul : publiée sans rapport.")
    library_version: str = Field(description="Version du programme qui l'a écrite.")


class Snapshots(BaseModel):
    """The history of a layer, latest first."""

    matched: int = Field(description="Nombre de moments en tout.")
    items: list[SnapshotMoment]
    about: About


class Change(BaseModel):
    """One row that came or went, or one value that changed; the key columns of the layer come with it."""

    model_config = {"extra": "allow"}

    label: str | None = Field(description="Titre ou nom de la ligne.")
    change: str = Field(description="`added`, `removed` ou `changed`.", examples=["changed"])
    column: str | None = Field(description="Colonne ; nul : la ligne entière.")
    old: str | None = Field(description="Valeur d'avant.")
    new: str | None = Field(description="Valeur d'après.")


class Difference(BaseModel):
    """What changed in a layer from one version to another."""

    layer: str
    before: str = Field(description="Version d'avant.")
    after: str = Field(description="Version d'après.")
    added: int = Field(description="Lignes ajoutées.")
    removed: int = Field(description="Lignes retirées.")
    changed: int = Field(description="Lignes dont une valeur au moins a changé.")
    unchanged: int = Field(description="Lignes inchangées.")
    matched: int = Field(description="Nombre de changements en tout (une page en montre `limit`).")
    items: list[Change]
    about: About


class Back(BaseModel):
    """A version to go back to."""

    snapshot: str = Field(
        description="Version de la couche, comme pour `before`.", examples=["previous"], max_length=64
    )


class WentBack(BaseModel):
    """What going back did."""

    layer: str
    snapshot: str = Field(description="Version maintenant courante.")
    message: str = Field(description="Ce qui a été fait.", examples=["offers revient à la version 8c1f0a5be7a41d02"])


class ReportLine(BaseModel):
    """One problem met while a file was read."""

    file: str | None = Field(description="Fichier lu.")
    where: str | None = Field(description="Ligne, cellule ou chemin de l'élément.")
    field: str | None = Field(description="Champ concerné.")
    value: str | None = Field(description="Valeur lue, coupée à 200 caractères.")
    reason: str | None = Field(description="Pourquoi elle est refusée ou réparée.")
    outcome: str | None = Field(description="row_rejected, out_of_scope, field_dropped ou repaired.")


class Report(BaseModel):
    """The problems of one import."""

    matched: int = Field(description="Nombre de problèmes en tout.")
    items: list[ReportLine]
