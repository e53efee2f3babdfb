"""What a computed coverage becomes: files in the formats people open, and the map."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from geo_integration.coverage.learner.text import profile_text
from geo_integration.errors import OptionError
from geo_integration.exports import Meta, write_csv, write_geojson, write_gpkg, write_xlsx
from geo_integration.exports.headings import Heading
from geo_integration.jobs.counting import COVERAGE_BOUNDS
from geo_integration.jobs.gaps import Gaps
from geo_integration.jobs.studied import Studied
from geo_integration.sources.imports import Import
from geo_integration.vocabulary import Basis, Kind, NeedBasis

METHOD = (
    "Pour chaque commune : le cours ouvert le plus proche du type et du niveau demandés, à partir de la mairie, "
    "par le plus long de l'aller et du retour. Un cours dont la source ne dit ni le type ni le niveau ne compte pas "
    "comme adapté ; la colonne « si les cours non précisés convenaient » donne l'autre borne. Une session dont la "
    "source ne dit pas si elle recrute compte comme ouverte ; une session sans fin, commencée il y a plus de "
    "dix-huit mois et sans entrées permanentes, compte comme terminée. Les conditions de public (réservé aux…), "
    "d'horaires, de coût et de scolarité ne comptent que si un profil d'apprenant les demande."
)
REPORT_HEADINGS = {
    "file": Heading("Fichier", "Fichier lu."),
    "where": Heading("Où", "Ligne, cellule ou chemin de l'élément."),
    "field": Heading("Champ", "Champ concerné."),
    "value": Heading("Valeur", "Valeur lue, coupée à 200 caractères."),
    "reason": Heading("Raison", "Pourquoi elle est refusée ou réparée."),
    "outcome": Heading(
        "Suite",
        "row_rejected : ligne rejetée ; out_of_scope : hors champ ; field_dropped : champ écarté ; repaired : réparé.",
    ),
}


def describe(
    studied: Studied, *, title: str | None = None, method: str | None = None, notes: Iterable[str] = ()
) -> Meta:
    """Return what must travel with the figures: question, sources, method, bounds of a coverage, warnings.

    Parameters
    ----------
    studied : the question and its ground.
    title : French; the question of the gaps by default.
    method : French, how an analysis got its figures; added to how coverage is told.
    notes : more to know, first.
    """
    request, question = studied.request, studied.request.question()
    synthetic = bool(studied.coverage["synthetic"].any())
    return {
        "title": title or _title(request.kind),
        "territory": studied.selection.label_fr,
        "as_of": request.as_of.isoformat(),
        "kind": request.kind.value,
        "level": question.level.value if question.level else None,
        "mode": request.means.mode.value,
        "cutoff": request.minutes,
        "engine": question.engine.value,
        "sources": studied.sources,
        "method": f"{method} {METHOD}" if method else METHOD,
        "bounds": list(COVERAGE_BOUNDS),
        "notes": [*notes, *_notes(studied)],
        "synthetic": synthetic,
        "disclaimer": _disclaimer(studied, synthetic=synthetic),
    }


def _title(kind: Kind) -> str:
    what = {
        Kind.ALPHABETISATION: "un cours d'alphabétisation",
        Kind.OEPRE: "un atelier OEPRE",
        Kind.CERTIFICATION: "une certification de français",
        Kind.ASL: "un atelier sociolinguistique",
        Kind.CIR: "une formation linguistique du CIR",
    }
    return f"Où manque-t-il {what.get(kind, 'un cours : ' + kind.label[:1].lower() + kind.label[1:])} ?"


def _notes(studied: Studied) -> list[str]:
    model = studied.model
    notes = [] if studied.request.learner is None else [f"Profil demandé : {profile_text(studied.request.profile)}."]
    notes += [f"Part des personnes concernées : {model.share_source}."]
    if studied.coverage["need_basis"].eq(NeedBasis.ESTIMATE.value).any():
        notes.append(
            f"Besoin estimé : {model.totals_source}, réparti sur les communes selon la population "
            "et, s'il est chargé, le logement social. Ce n'est pas un effectif observé."
        )
    if studied.coverage["basis"].eq(Basis.POINTS.value).any():
        notes.append(
            "Dans les communes comptées par carreaux de population, la situation est celle de la moitié au moins des "
            "habitants ; l'aller, le retour et le cours nommé restent ceux de la mairie, et peuvent en différer."
        )
    if studied.coverage["need_basis"].eq(NeedBasis.PROTECTED.value).any():
        notes.append(
            "Effectifs protégés pour ce destinataire : seule la classe du total d'un groupe de communes est dite, "
            "répartie selon la population. Le besoin affiché pour une commune n'est pas le sien (docs/disclosure.md)."
        )
    if studied.coverage["withheld"].any():
        notes.append("Des effectifs sont masqués pour ce destinataire (secret statistique).")
    notes.append(f"Au-delà de {studied.request.horizon:g} minutes, le cours le plus proche n'est pas recherché.")
    return notes


def _disclaimer(studied: Studied, *, synthetic: bool) -> list[str]:
    warnings = []
    if synthetic:
        warnings.append(
            "DONNÉES FICTIVES : les offres et les effectifs sont inventés pour la démonstration. "
            "Ne tirer aucune conclusion sur le territoire réel."
        )
    warnings += studied.travelled.notes
    return warnings


def check(paths: Iterable[Path], *, pages: bool = False) -> None:
    """Refuse file names whose format is unknown or that cannot be written (OptionError), before any work.

    ``pages``: whether ``.html``, the map, is one of them.
    """
    formats = [*_WRITERS, ".html"] if pages else list(_WRITERS)
    for path in paths:
        check_target(path)
        if path.suffix.lower() not in formats:
            raise OptionError(
                f"format « {path.suffix or path.name} » inconnu",
                where="--out",
                way_out=f"terminer le nom du fichier par {', '.join(formats)}",
            )


def check_target(path: Path, *, option: str = "--out") -> None:
    """Refuse a file that cannot be written: a folder, or a place without the right to write (OptionError)."""
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    way_out = "donner un nom de fichier dans un dossier où vous pouvez écrire"
    if path.is_dir():
        raise OptionError(f"« {path} » est un dossier", where=option, way_out=way_out)
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OptionError(f"impossible d'écrire dans « {parent} »", where=option, way_out=way_out)


def write(gaps: Gaps, path: Path) -> None:
    """Write the coverage in the format its suffix names (see :func:`check`)."""
    check([path])
    path.parent.mkdir(parents=True, exist_ok=True)
    _WRITERS[path.suffix.lower()](gaps, path, describe(gaps.studied))


def write_report(result: Import, path: Path) -> None:
    """Write the import report: one line per problem, French headings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(result.report(), path, headings=REPORT_HEADINGS)


def _csv(gaps: Gaps, path: Path, meta: Meta) -> None:
    del meta  # a CSV has no room for it: the labels are in every row
    write_csv(gaps.coverage.drop(columns="geometry"), path)


def _geojson(gaps: Gaps, path: Path, meta: Meta) -> None:
    write_geojson(gaps.coverage, path, meta=meta)


def _gpkg(gaps: Gaps, path: Path, meta: Meta) -> None:
    write_gpkg(gaps.coverage, path, meta=meta, rollups=_rollups(gaps))


def _xlsx(gaps: Gaps, path: Path, meta: Meta) -> None:
    write_xlsx(gaps.coverage.drop(columns="geometry"), path, rollups=_rollups(gaps), meta=meta)


def _rollups(gaps: Gaps) -> dict[str, pd.DataFrame]:
    return {level.value: table for level, table in gaps.rollups.items()}


_WRITERS: dict[str, Callable[[Gaps, Path, Meta], None]] = {
    ".geojson": _geojson,
    ".gpkg": _gpkg,
    ".csv": _csv,
    ".xlsx": _xlsx,
}
