"""The command line: ``geo-integration …``. Wiring only: each command calls one job and shows what it gave.

Exit codes: 0 done, 1 done but rows were rejected (or something was found wrong), 2 refused.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from geo_integration import (
    __version__,
    cli_analyses,
    cli_reports,
    cli_service,
    cli_store,
    cli_travel,
    cli_users,
    console,
)
from geo_integration.cli_groups import ClassHours, grouped, hours, question, travel
from geo_integration.cli_options import (
    AddressesOption,
    AsOfOption,
    KindOption,
    LevelOption,
    MinutesOption,
    StoreOption,
    TerritoryOption,
    day,
    now,
    opened,
)
from geo_integration.errors import GeoIntegrationError, NothingAcceptedError, OptionError
from geo_integration.jobs import demo as demo_job
from geo_integration.jobs import doctor as doctor_job
from geo_integration.jobs import gaps as gaps_job
from geo_integration.jobs import imports as imports_job
from geo_integration.jobs import outputs, pictures
from geo_integration.jobs import reach as reach_job
from geo_integration.jobs.means import Means
from geo_integration.jobs.request import Request
from geo_integration.settings import settings
from geo_integration.sources.imports import Import
from geo_integration.store import open_store
from geo_integration.vocabulary import Kind, Mode

app = typer.Typer(
    name="geo-integration",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Quel cours de français une personne peut-elle vraiment rejoindre, et où en manque-t-il ?",
)
merges_app = typer.Typer(help="Les cours reconnus dans deux sources : les lister, ou en défaire un.")
app.add_typer(merges_app, name="merges")
app.add_typer(cli_travel.network_app, name="network")
app.add_typer(cli_travel.transit_app, name="transit")
app.add_typer(cli_store.store_app, name="store")
app.add_typer(cli_users.users_app, name="users")
app.add_typer(cli_reports.reports_app, name="reports")

_NEGATIVE = {"ignore_unknown_options": True}
"""So that ``-1`` names a snapshot and not an option."""


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
    addresses: AddressesOption = None,
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
        done = imports_job.import_file(opened(store), file_format, path, options=options, now=now())
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
    console.table(doctor_job.layers_table(opened(store)))


@app.command(context_settings=_NEGATIVE)
def diff(
    layer: Annotated[str, typer.Argument(metavar="COUCHE", help="ex. offers")],
    before: Annotated[str, typer.Argument(metavar="A", help="Version, ou « previous », -1, -2…")],
    after: Annotated[str, typer.Argument(metavar="B", help="Version, ou « current ».")],
    store: StoreOption = None,
) -> None:
    """Comparer deux versions d'une couche. Exemple : geo-integration diff offers previous current."""
    found = opened(store).diff(layer, before, after)
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
    console.out.print(imports_job.roll_back(opened(store), layer, snapshot, now=now()), markup=False)


@merges_app.callback(invoke_without_command=True)
def merges(context: typer.Context, store: StoreOption = None) -> None:
    """Lister les fusions : quels cours, pourquoi, et si elles ont été défaites."""
    context.obj = store
    if context.invoked_subcommand is None:
        console.table(imports_job.merges_table(opened(store)))


@merges_app.command("undo")
def merges_undo(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Identifiant donné par « merges ».")],
    store: StoreOption = None,
) -> None:
    """Défaire une fusion : les deux cours redeviennent distincts, aussi aux prochains imports."""
    imports_job.undo_merge(opened(store or context.obj), identifier, now=now())
    console.out.print(f"Fusion {identifier} défaite : deux cours distincts.", markup=False)


@app.command()
@grouped(by=travel)
def reach(
    minutes: MinutesOption = 90,
    territory: TerritoryOption = "france",
    out: Annotated[Path | None, typer.Option(help="Écrire aussi la table (.csv ou .parquet).")] = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    *,
    by: Means,
) -> None:
    """Calculer et publier la table des temps de trajet entre communes et lieux de cours."""
    with console.progress() as progress:
        done = reach_job.publish(
            opened(store), territory, means=by, minutes=minutes, as_of=day(as_of), now=now(), out=out, progress=progress
        )
    console.out.print(
        f"{console.number(done.pairs)} trajets entre {console.number(done.communes)} communes et "
        f"{console.number(done.sites)} lieux (version {done.snapshot.id})"
    )
    if done.not_routable:
        console.out.print(f"Communes sans réseau : {console.number(done.not_routable)}")
    for note in done.notes:
        console.out.print(note, markup=False)


@app.command()
@grouped(request=question)
def gaps(
    out: Annotated[
        list[Path] | None, typer.Option(help="Fichier .csv, .geojson, .gpkg, .xlsx ou .html ; répétable.")
    ] = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Dire, commune par commune, si un cours adapté est à portée, et sinon pourquoi.

    Exemple : geo-integration gaps --territory 62 --kind alphabetisation --minutes 45 --out manques.xlsx

    Pour un profil : geo-integration gaps --territory 62 --status bpi --free mardi-soir --out manques.html
    """
    outputs.check(out or [], pages=True)
    with console.progress() as progress:
        found = gaps_job.compute(opened(store), request, progress=progress)
    for path in out or []:
        if path.suffix.lower() == ".html":
            pictures.write(found, path, tiles=None)
        else:
            outputs.write(found, path)
    console.summary(found)
    console.written(out or [])


@app.command("map")
@grouped(request=question)
def map_command(
    out: Annotated[Path, typer.Option(help="Page HTML, un seul fichier.")],
    tiles: Annotated[
        str | None, typer.Option(help="Adresse d'un fond de carte {z}/{x}/{y} ; aucun par défaut.")
    ] = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Dessiner la carte des manques : une page autonome, qui s'ouvre sans réseau.

    Exemple : geo-integration map --territory 62 --kind alphabetisation --out carte.html
    """
    outputs.check_target(out)
    with console.progress() as progress:
        found = gaps_job.compute(opened(store), request, progress=progress)
    pictures.write(found, out, tiles=tiles)
    console.summary(found)
    console.written([out])


app.command()(cli_travel.isochrone)
app.command()(cli_travel.nearest)
app.command()(cli_travel.itinerary)
for _command in cli_analyses.COMMANDS:
    app.command(context_settings=_NEGATIVE if _command.__name__ == "change" else None)(_command)
app.command("serve")(cli_service.serve_command)


@app.command()
@grouped(hours=hours)
def demo(
    territory: Annotated[
        str, typer.Option("--departement", "--territory", help="Département(s) ou tout autre territoire.")
    ] = "R32",
    kind: KindOption = Kind.ALPHABETISATION,
    level: LevelOption = None,
    minutes: MinutesOption = 45,
    osm: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Extrait OpenStreetMap : temps rue par rue.")
    ] = None,
    gtfs: Annotated[
        list[Path] | None, typer.Option(exists=True, help="Horaires GTFS, répétable : aussi les transports en commun.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Dossier des résultats.")] = Path("out"),
    store: Annotated[
        str | None, typer.Option("--store", help="Entrepôt ; un sous-dossier de --out par défaut.")
    ] = None,
    *,
    hours: ClassHours,
) -> None:
    """Tout faire une fois, sur des données fictives : importer, publier, calculer, dessiner.

    Exemple : geo-integration demo --departement 62 --minutes 30 --out essai

    Avec des horaires : geo-integration demo --gtfs ter.zip --arrive-by 18:30 --until 20:30
    """
    by = hours.means(Mode.TRANSIT if gtfs else Mode.CAR)
    source = open_store(store or out / "store")
    with console.progress() as progress:
        faces = demo_job.faces(
            gaps_job.Request(territory, kind, minutes, demo_job.as_of(), level),
            folder=out / "networks",
            osm=osm,
            gtfs=gtfs or [],
            hours=by,
            progress=progress,
        )
        for count, (one, done) in enumerate(demo_job.load(source), start=1):
            progress(f"Import {one.format.value}", 1, 1)
            progress("Imports", count, len(demo_job.INPUTS))
            console.imported(done)
        answers = [(face, gaps_job.compute(source, face.request, progress=progress)) for face in faces]
        written = []
        for face, found in answers:
            written += _written(found, out, face.suffix)
            progress(f"Fichiers{face.suffix}", 1, 1)
    for _, found in answers:
        console.summary(found)
    console.written(written)


def _written(found: gaps_job.Gaps, out: Path, suffix: str) -> list[Path]:
    """Write every file of one answer; return their names."""
    written = [out / f"gaps{suffix}.{kind}" for kind in ("geojson", "gpkg", "csv", "xlsx")]
    for path in written:
        outputs.write(found, path)
    pictures.write(found, out / f"map{suffix}.html", tiles=None)
    return [*written, out / f"map{suffix}.html"]


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
