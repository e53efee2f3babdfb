"""The command line: ``geo-integration …``. Wiring only: each command calls one job and shows what it gave.

Exit codes: 0 done, 1 done but rows were rejected (or something was found wrong), 2 refused.
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from geo_integration import __version__, console
from geo_integration.errors import GeoIntegrationError, NothingAcceptedError, OptionError
from geo_integration.jobs import demo as demo_job
from geo_integration.jobs import doctor as doctor_job
from geo_integration.jobs import gaps as gaps_job
from geo_integration.jobs import imports as imports_job
from geo_integration.jobs import outputs, pictures
from geo_integration.jobs import reach as reach_job
from geo_integration.settings import settings
from geo_integration.sources.imports import Import
from geo_integration.store import Store, open_store
from geo_integration.vocabulary import Kind, Level, Mode, Viewer

app = typer.Typer(
    name="geo-integration",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Quel cours de français une personne peut-elle vraiment rejoindre, et où en manque-t-il ?",
)
merges_app = typer.Typer(help="Les cours reconnus dans deux sources : les lister, ou en défaire un.")
app.add_typer(merges_app, name="merges")

StoreOption = Annotated[
    str | None, typer.Option("--store", help="Dossier de l'entrepôt. [dim]Variable : GEO_INTEGRATION_STORE[/]")
]
TerritoryOption = Annotated[
    str,
    typer.Option(help="Code ou nom de commune, EPCI, département, région (R32), liste à virgules, ou « france »."),
]
KindOption = Annotated[Kind, typer.Option(help="Type de cours.")]
LevelOption = Annotated[Level | None, typer.Option(help="Niveau à l'entrée ; tous par défaut.")]
ModeOption = Annotated[Mode, typer.Option(help="Mode de déplacement.")]
MinutesOption = Annotated[float, typer.Option(min=1, max=600, help="Durée maximale du trajet, en minutes.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Jour auquel les offres sont regardées ; aujourd'hui par défaut."
    ),
]
ViewerOption = Annotated[
    Viewer, typer.Option(help="Destinataire : « public » masque les effectifs officiels des petits territoires.")
]
ShareOption = Annotated[
    float | None, typer.Option(min=0, max=1, help="Part des personnes concernées par ce type de cours (0 à 1).")
]

_NEGATIVE = {"ignore_unknown_options": True}
"""So that ``-1`` names a snapshot and not an option."""


def _store(location: str | None) -> Store:
    return open_store(location or settings().store)


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _day(as_of: datetime | None) -> date:
    return as_of.date() if as_of else _now().astimezone().date()


@app.command("import")
def import_command(
    file_format: Annotated[imports_job.Format, typer.Argument(metavar="FORMAT", help="Format du fichier.")],
    path: Annotated[Path, typer.Argument(metavar="FICHIER", exists=True, dir_okay=False, readable=True)],
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Correspondance (format table).")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Écrire le rapport d'import (CSV).")] = None,
    name: Annotated[str | None, typer.Option(help="Nom de la source ; le réimporter la remplace.")] = None,
    covers: Annotated[str, typer.Option(help="Départements que la source recense, ex. 59,62.")] = "",
    rep: Annotated[Path | None, typer.Option(exists=True, help="Liste REP / REP+ à joindre (format schools).")] = None,
    addresses: Annotated[str | None, typer.Option(help="Base d'adresses : fichier CSV, ou « ban ».")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Marquer toutes les lignes comme fictives.")] = False,
    store: StoreOption = None,
) -> None:
    """Lire un fichier, le contrôler et publier ce qui est bon.

    Exemples :

    geo-integration import lheo offres.xml --report rapport.csv

    geo-integration import table mon-tableau.xlsx --mapping correspondance.yaml
    """
    options = imports_job.ImportOptions(
        name=name,
        mapping=mapping,
        synthetic=synthetic,
        covers=imports_job.departement_codes(covers),
        addresses=imports_job.address_base(addresses),
        rep=rep,
    )
    if report is not None:
        outputs.check_target(report, option="--report")
    try:
        done = imports_job.import_file(_store(store), file_format, path, options=options, now=_now())
    except NothingAcceptedError as refusal:
        if report is not None and isinstance(refusal.report, Import):
            outputs.write_report(refusal.report, report)
        raise
    console.imported(done)
    console.rejections(done)
    if report is not None:
        outputs.write_report(done.result, report)
        console.out.print(f"Rapport : {report}", markup=False)
    raise typer.Exit(1 if done.result.rejected else 0)


@app.command()
def layers(store: StoreOption = None) -> None:
    """Lister les couches publiées, leur version et leurs sources."""
    console.table(doctor_job.layers_table(_store(store)))


@app.command(context_settings=_NEGATIVE)
def diff(
    layer: Annotated[str, typer.Argument(metavar="COUCHE", help="ex. offers")],
    before: Annotated[str, typer.Argument(metavar="A", help="Version, ou « previous », -1, -2…")],
    after: Annotated[str, typer.Argument(metavar="B", help="Version, ou « current ».")],
    store: StoreOption = None,
) -> None:
    """Comparer deux versions d'une couche. Exemple : geo-integration diff offers previous current."""
    found = _store(store).diff(layer, before, after)
    told = f"{found.added} ajout(s), {found.removed} suppression(s), {found.changed} modification(s)"
    console.out.print(f"{layer} : {told}, {found.unchanged} inchangée(s)", markup=False)
    console.table(found.table)


@app.command(context_settings=_NEGATIVE)
def rollback(
    layer: Annotated[str, typer.Argument(metavar="COUCHE")],
    snapshot: Annotated[str, typer.Argument(metavar="VERSION", help="Version, ou « previous ».")],
    store: StoreOption = None,
) -> None:
    """Revenir à une version antérieure. Exemple : geo-integration rollback offers previous."""
    console.out.print(imports_job.roll_back(_store(store), layer, snapshot, now=_now()), markup=False)


@merges_app.callback(invoke_without_command=True)
def merges(context: typer.Context, store: StoreOption = None) -> None:
    """Lister les fusions : quels cours, pourquoi, et si elles ont été défaites."""
    context.obj = store
    if context.invoked_subcommand is None:
        console.table(imports_job.merges_table(_store(store)))


@merges_app.command("undo")
def merges_undo(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Identifiant donné par « merges ».")],
    store: StoreOption = None,
) -> None:
    """Défaire une fusion : les deux cours redeviennent distincts, aussi aux prochains imports."""
    imports_job.undo_merge(_store(store or context.obj), identifier, now=_now())
    console.out.print(f"Fusion {identifier} défaite : deux cours distincts.", markup=False)


@app.command()
def reach(
    mode: ModeOption = Mode.CAR,
    minutes: MinutesOption = 90,
    territory: TerritoryOption = "france",
    out: Annotated[Path | None, typer.Option(help="Écrire aussi la table (.csv ou .parquet).")] = None,
    store: StoreOption = None,
) -> None:
    """Calculer et publier la table des temps de trajet entre communes et lieux de cours."""
    with console.progress() as progress:
        done = reach_job.publish(
            _store(store), territory, mode=mode, minutes=minutes, now=_now(), out=out, progress=progress
        )
    console.out.print(
        f"{console.number(done.pairs)} trajets entre {console.number(done.communes)} communes et "
        f"{console.number(done.sites)} lieux (version {done.snapshot.id})"
    )
    if done.not_routable:
        console.out.print(f"Communes sans réseau : {console.number(done.not_routable)}")


@app.command()
def gaps(
    territory: TerritoryOption,
    kind: KindOption = Kind.ALPHABETISATION,
    level: LevelOption = None,
    mode: ModeOption = Mode.CAR,
    minutes: MinutesOption = 45,
    out: Annotated[list[Path] | None, typer.Option(help="Fichier .csv, .geojson, .gpkg ou .xlsx ; répétable.")] = None,
    as_of: AsOfOption = None,
    viewer: ViewerOption = Viewer.OPERATOR,
    share: ShareOption = None,
    store: StoreOption = None,
) -> None:
    """Dire, commune par commune, si un cours adapté est à portée, et sinon pourquoi.

    Exemple : geo-integration gaps --territory 62 --kind alphabetisation --minutes 45 --out manques.xlsx
    """
    request = gaps_job.Request(territory, kind, minutes, _day(as_of), level, mode, viewer, share)
    outputs.check(out or [])
    opened = _store(store)
    with console.progress() as progress:
        found = gaps_job.compute(opened, request, progress=progress)
    for path in out or []:
        outputs.write(opened, found, path)
    console.summary(found)
    console.written(out or [])


@app.command("map")
def map_command(
    territory: TerritoryOption,
    out: Annotated[Path, typer.Option(help="Page HTML, un seul fichier.")],
    kind: KindOption = Kind.ALPHABETISATION,
    level: LevelOption = None,
    mode: ModeOption = Mode.CAR,
    minutes: MinutesOption = 45,
    as_of: AsOfOption = None,
    viewer: ViewerOption = Viewer.OPERATOR,
    share: ShareOption = None,
    tiles: Annotated[
        str | None, typer.Option(help="Adresse d'un fond de carte {z}/{x}/{y} ; aucun par défaut.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Dessiner la carte des manques : une page autonome, qui s'ouvre sans réseau.

    Exemple : geo-integration map --territory 62 --kind alphabetisation --out carte.html
    """
    request = gaps_job.Request(territory, kind, minutes, _day(as_of), level, mode, viewer, share)
    outputs.check_target(out)
    opened = _store(store)
    with console.progress() as progress:
        found = gaps_job.compute(opened, request, progress=progress)
    pictures.write(opened, found, out, tiles=tiles)
    console.summary(found)
    console.written([out])


@app.command()
def demo(
    territory: Annotated[
        str, typer.Option("--departement", "--territory", help="Département(s) ou tout autre territoire.")
    ] = "R32",
    kind: KindOption = Kind.ALPHABETISATION,
    level: LevelOption = None,
    minutes: MinutesOption = 45,
    out: Annotated[Path, typer.Option(help="Dossier des résultats.")] = Path("out"),
    store: Annotated[
        str | None, typer.Option("--store", help="Entrepôt ; un sous-dossier de --out par défaut.")
    ] = None,
) -> None:
    """Tout faire une fois, sur des données fictives : importer, publier, calculer, dessiner.

    Exemple : geo-integration demo --departement 62 --minutes 30 --out essai
    """
    opened = open_store(store or out / "store")
    with console.progress() as progress:
        for count, (one, done) in enumerate(demo_job.load(opened), start=1):
            progress(f"Import {one.format.value}", 1, 1)
            progress("Imports", count, len(demo_job.INPUTS))
            console.imported(done)
        request = gaps_job.Request(territory, kind, minutes, demo_job.as_of(), level)
        found = gaps_job.compute(opened, request, progress=progress)
        written = [out / f"gaps.{suffix}" for suffix in ("geojson", "gpkg", "csv", "xlsx")]
        for count, path in enumerate(written, start=1):
            outputs.write(opened, found, path)
            progress("Fichiers", count, len(written) + 1)
        pictures.write(opened, found, out / "map.html", tiles=None)
        progress("Fichiers", len(written) + 1, len(written) + 1)
    console.summary(found)
    console.written([*written, out / "map.html"])


@app.command()
def doctor(store: StoreOption = None) -> None:
    """Dire ce qui est installé, ce qui manque, et quoi faire."""
    findings = doctor_job.examine(store or settings().store)
    console.findings(findings)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Version.")] = False,
) -> None:
    """Options communes à toutes les commandes."""
    del version


def _message(problem: TyperException) -> str:
    """Return what typer says is wrong, however this version says it."""
    told = getattr(problem, "format_message", None)
    return str(told() if callable(told) else problem)


def main() -> None:
    """Run the command line; a domain error is shown, not raised, and exits with 2."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except GeoIntegrationError as problem:
        console.error(problem)
    except TyperException as problem:
        way_out = "voir les options : geo-integration --help, ou la commande suivie de --help"
        console.error(OptionError(console.french(_message(problem)), way_out=way_out))
    except typer.Abort:
        sys.exit(130)
    except OSError as problem:
        what = "écriture ou lecture impossible (" + (problem.strerror or str(problem)) + ")"
        console.error(
            OptionError(what, where=str(problem.filename or ""), way_out="vérifier le chemin, les droits, la place")
        )
    sys.exit(2)
