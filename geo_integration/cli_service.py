"""``geo-integration serve``: choose what to serve, load the demonstration where there is nothing, then serve it."""

import importlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geo_integration import console
from geo_integration.cli_options import StoreOption
from geo_integration.jobs import demo as demo_job
from geo_integration.ledger import ledger_location, open_ledger
from geo_integration.settings import service_settings, settings
from geo_integration.store import Store, open_store

_STORE, _AS_OF = "GEO_INTEGRATION_STORE", "GEO_INTEGRATION_AS_OF"
_DEMO_SUFFIX = "-demo"


@dataclass(frozen=True)
class Served:
    """What will be served.

    Attributes
    ----------
    location : of the store.
    as_of : day the offers are looked at; empty for today.
    notes : what whoever starts the service must know, in French.
    """

    location: str
    as_of: str
    notes: tuple[str, ...] = ()


def serve_command(
    host: Annotated[str, typer.Option(help="Adresse d'écoute ; 0.0.0.0 pour toutes.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processus web.")] = 1,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Avec le processus des calculs différés.")] = True,
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Charger la démonstration si l'entrepôt est vide.")
    ] = True,
    store: StoreOption = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Jour auquel les offres sont regardées ; aujourd'hui."),
    ] = None,
) -> None:
    """Servir les cartes, les couches et l'API sur le réseau.

    Exemple : geo-integration serve --port 8000

    Sur PostGIS : GEO_INTEGRATION_STORE=postgresql://… geo-integration serve --workers 4
    """
    said = as_of.date().isoformat() if as_of else service_settings().as_of
    chosen = choose(store or settings().store, own=store is None and _STORE not in os.environ, as_of=said, demo=demo)
    for note in chosen.notes:
        console.out.print(note, markup=False)
    os.environ |= {_STORE: chosen.location, _AS_OF: chosen.as_of}
    settings.cache_clear()
    service_settings.cache_clear()
    open_ledger(ledger_location(chosen.location, service_settings())).close()  # refused here, in words, not in a worker
    serving = importlib.import_module("api.serve")
    options = serving.Options(host, port, workers, service_settings().graceful_seconds, jobs)
    console.out.print(f"Service : http://{host}:{port} (documentation : /docs ; Ctrl-C pour arrêter)", markup=False)
    serving.run(options)


def choose(location: str, *, own: bool, as_of: str, demo: bool) -> Served:
    """Return what to serve, with the demonstration loaded where there is nothing else.

    Parameters
    ----------
    location : of the store asked for, or the default one.
    own : it is the default folder of this user, not one they named: an empty one is left alone, and the demonstration
        goes to a folder beside it, so that made-up courses never mix with what they import later.
    as_of : day asked for; empty: that of the demonstration where it is what is served, today otherwise.
    demo : load it where the store is empty.

    Raises
    ------
    StoreError : the store cannot be read or written.
    """
    target = open_store(location)
    notes: list[str] = []
    if not target.layers() and demo:
        if own:
            location = str(Path(location).expanduser()) + _DEMO_SUFFIX
            target = open_store(location)
        if not target.layers():
            notes.append(f"Rien à servir encore : chargement de la démonstration dans {target.location}…")
            console.out.print(notes.pop(), markup=False)
            target = _loaded(location, beside=own)
        notes.append(
            f"DONNÉES FICTIVES : la démonstration est servie ({target.location}). "
            "Pour les vôtres : geo-integration import, puis relancer."
        )
    if not as_of and is_demo(target):
        as_of = demo_job.as_of().isoformat()
        notes.append(f"Les offres sont regardées au {as_of}, jour de la démonstration (--as-of pour un autre).")
    return Served(location, as_of, tuple(notes))


def is_demo(store: Store) -> bool:
    """Say whether every course of a store comes from the demonstration."""
    if "offers" not in store.layers():
        return False
    names = [_source_name(one) for one in store.info("offers").sources]
    made_up = {f"{one.format.value}-demo" for one in demo_job.INPUTS if one.synthetic}
    return bool(names) and all(name in made_up for name in names)


def _source_name(source: object) -> str:
    return str(source.get("source", "")) if isinstance(source, Mapping) else ""


def _loaded(location: str, *, beside: bool) -> Store:
    """Load the demonstration; in the folder that is ours, all of it or nothing."""
    if not beside:
        _load(open_store(location))
        return open_store(location)
    final, partial = Path(location), Path(f"{location}.{os.getpid()}.partial")
    try:
        _load(open_store(partial))
        if not final.exists():
            partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return open_store(location)


def _load(store: Store) -> Sequence[str]:
    with console.progress() as progress:
        done = []
        for count, (one, _) in enumerate(demo_job.load(store), start=1):
            progress("Démonstration", count, len(demo_job.INPUTS))
            done.append(one.file)
    return done
