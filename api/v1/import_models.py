"""What the routes about imports answer with, and what they say of the form they take."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.problems import Problem
from api.v1.jobs import Link
from geo_integration.ledger.uploads import UploadStatus
from geo_integration.work.staged import FORMATS

FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["format", "file"],
                "additionalProperties": False,
                "properties": {
                    "format": {"type": "string", "enum": list(FORMATS), "description": "Ce qu'est le fichier."},
                    "name": {
                        "type": "string",
                        "description": "Nom de la source ; celui du format par défaut. Publier un nom de nouveau le "
                        "remplace.",
                        "examples": ["lheo-picardie"],
                    },
                    "covers": {
                        "type": "string",
                        "description": "Départements que la source recense, séparés par des virgules ; lus dans ses "
                        "lignes par défaut.",
                        "examples": ["59,62"],
                    },
                    "synthetic": {"type": "boolean", "description": "Marquer toutes les lignes comme fictives."},
                    "mapping": {
                        "type": "string",
                        "description": "Correspondance (YAML), pour les formats table et funded ; texte ou fichier.",
                    },
                    "sha256": {
                        "type": "string",
                        "pattern": "^[0-9a-fA-F]{64}$",
                        "description": "Empreinte du fichier, vérifiée à l'arrivée.",
                    },
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "Le fichier, après les autres champs : il est lu au fil de l'eau.",
                    },
                },
            }
        }
    },
}


class ImportedLayer(BaseModel):
    """What publishing changes, or changed, in one layer."""

    rows: int
    added: int
    removed: int
    changed: int
    unchanged: int


class ImportInfo(BaseModel):
    """Where an import is."""

    id: str = Field(examples=["0b8ef1a6-3f63-4c33-9a5c-6d9f0f2f6f11"])
    status: UploadStatus = Field(
        description="receiving : en route ; received : reçu, contrôle demandé ; checked : contrôlé, publiable ; "
        "refused : refusé, voir problem ; published : publié."
    )
    format: str = Field(examples=["lheo"])
    file: str = Field(description="Nom du fichier.", examples=["offres.xml"])
    size: int = Field(description="Octets reçus.")
    sha256: str = Field(description="Empreinte des octets reçus ; vide tant que tout n'est pas là.")
    options: dict[str, Any] = Field(description="Ce qui a été dit du fichier ; sans la correspondance.")
    created: datetime
    updated: datetime
    read: int | None = Field(default=None, description="Lignes lues.")
    accepted: int | None = Field(default=None, description="Lignes retenues.")
    rejected: int | None = Field(default=None, description="Lignes rejetées.")
    out_of_scope: int | None = Field(default=None, description="Lignes hors champ.")
    problems: dict[str, int] = Field(default_factory=dict, description="Problèmes au rapport, par suite donnée.")
    covers: list[str] = Field(default_factory=list, description="Départements recensés.")
    synthetic: bool | None = Field(default=None, description="Vrai si une ligne inventée y entre.")
    replaces: str = Field(default="", description="Autre fichier que celui-ci remplace.")
    layers: dict[str, ImportedLayer] = Field(default_factory=dict, description="Ce que publier change, par couche.")
    rebuilds: list[str] = Field(default_factory=list, description="Couches recalculées à la publication.")
    snapshot: str | None = Field(default=None, description="Version publiée.")
    problem: Problem | None = Field(default=None, description="Pourquoi il est refusé.")
    links: list[Link]


class Imports(BaseModel):
    """Imports, latest first."""

    items: list[ImportInfo]
