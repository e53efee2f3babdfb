"""Commands about the store itself: copy it to another, prepare a database, check everything."""

from typing import Annotated

import typer

from geo_integration import console
from geo_integration.cli_options import StoreOption, opened
from geo_integration.errors import OptionError
from geo_integration.store import FolderStore, Store, copy_store, open_store

store_app = typer.Typer(
    help="L'entrepôt : le copier vers un autre, préparer une base PostGIS, tout vérifier.", no_args_is_help=True
)

_WHERE = "Dossier, ou postgresql://nom@hôte/base?schema=geo."


@store_app.command("copy")
def store_copy(
    source: Annotated[str, typer.Argument(metavar="A", help=f"D'où copier. {_WHERE}")],
    target: Annotated[str, typer.Argument(metavar="B", help=f"Vers où : vide, ou une copie antérieure. {_WHERE}")],
) -> None:
    """Copier toutes les versions, les rapports et les historiques de A vers B, chaque empreinte vérifiée.

    Une copie interrompue se relance telle quelle ; une copie complète ne change rien.

    Exemple : geo-integration store copy mon-dossier postgresql://geo@localhost/geo
    """
    here, there = open_store(source), open_store(target)
    if here.location == there.location:
        raise OptionError("les deux entrepôts sont le même", where="A, B", way_out="donner deux entrepôts différents")
    with console.progress() as tell:
        done = copy_store(here, there, progress=tell)
    if not done.snapshots:
        console.out.print(f"{here.location} est vide : rien à copier", markup=False)
        return
    console.out.print(
        f"{console.number(done.snapshots)} version(s) vérifiée(s) dans {there.location}, dont "
        f"{console.number(done.added)} écrite(s) ; {console.number(done.moved)} entrée(s) ajoutée(s) aux historiques",
        markup=False,
    )


@store_app.command("migrate")
def store_migrate(store: StoreOption = None) -> None:
    """Créer ou mettre à jour les tables et les vues d'une base PostGIS ; sans effet sur un dossier.

    Publier le fait aussi : cette commande sert à le faire avec un compte qui en a seul le droit.
    """
    found = opened(store)
    if isinstance(found, FolderStore):
        console.out.print(f"{found.location} est un dossier : rien à préparer", markup=False)
        return
    from geo_integration.store.postgis import PostgisStore  # noqa: PLC0415 -- a second that `--help` need not pay

    if isinstance(found, PostgisStore):
        found.migrate()
    console.out.print(f"{found.location} : tables et vues à jour", markup=False)


@store_app.command("verify")
def store_verify(store: StoreOption = None) -> None:
    """Relire toutes les versions et les comparer à leurs empreintes ; code 1 si quelque chose est abîmé."""
    found = opened(store)
    problems = found.verify()
    for problem in problems:
        console.err.print(f"{problem.where} : {problem.what}\n→ {problem.way_out}", markup=False, style="red")
    if problems:
        raise typer.Exit(1)
    console.out.print(_sound(found), markup=False)


def _sound(store: Store) -> str:
    """Say how much was checked: an empty store is sound too, and should not pass for a full one."""
    versions = {entry.snapshot for entries in store.histories().values() for entry in entries}
    if not versions:
        return f"{store.location} est vide"
    return f"{store.location} : {console.number(len(versions))} version(s), aucune n'est abîmée"
