"""Commands that turn times into decisions: each calls one job, writes its files and says its key figures."""

from pathlib import Path
from typing import Annotated

import typer

from geo_integration import console
from geo_integration.cli_groups import grouped, question
from geo_integration.cli_options import (
    DEFAULT_VIEWER,
    AsOfOption,
    StoreOption,
    ViewerOption,
    day,
    opened,
    viewer_of,
)
from geo_integration.coverage.clusters import Neighbours
from geo_integration.coverage.decay import DECAYS, decay_named
from geo_integration.coverage.residual import Order
from geo_integration.coverage.scenario.model import read_scenario
from geo_integration.coverage.siting.candidates import slots_of
from geo_integration.coverage.siting.problem import Limit
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import check_result, write_result
from geo_integration.jobs import calendar as calendar_job
from geo_integration.jobs import change as change_job
from geo_integration.jobs import equity as equity_job
from geo_integration.jobs import fit as fit_job
from geo_integration.jobs import housing as housing_job
from geo_integration.jobs import referencing as referencing_job
from geo_integration.jobs import scenario as scenario_job
from geo_integration.jobs import site as site_job
from geo_integration.jobs import site_options
from geo_integration.jobs import supply as supply_job
from geo_integration.jobs.request import Request
from geo_integration.jobs.scenario_question import request_of
from geo_integration.sources import generic
from geo_integration.vocabulary import Mode, TerritoryLevel

OutOption = Annotated[
    list[Path] | None, typer.Option(help="Fichier .csv, .geojson, .gpkg, .xlsx ou .html (carte) ; répétable.")
]
CatchmentOption = Annotated[
    float | None,
    typer.Option(min=1, help="Bassin, en minutes : au-delà, un cours ne compte pas ; --minutes par défaut."),
]
DecayOption = Annotated[str, typer.Option(help=f"Décroissance avec le trajet : {', '.join(DECAYS)}.")]


def _checked(out: list[Path] | None) -> list[Path]:
    """Refuse files that cannot be written, before any work."""
    paths = out or []
    check_result(paths)
    return paths


def _tell(result: Result, out: list[Path]) -> None:
    """Write the files and say the key figures."""
    written = [path for wanted in out for path in write_result(result, wanted)]
    console.answer(result)
    console.written(written)


@grouped(request=question)
def fit(out: OutOption = None, store: StoreOption = None, *, request: Request) -> None:
    """Dire quels cours conviennent à une personne, et pourquoi les autres non ; sans compter de trajet.

    Exemple : geo-integration fit --territory 62 --kind alphabetisation --schooling none --status bpi --free lundi-matin
    """
    paths = _checked(out)
    with console.progress() as progress:
        found = fit_job.compute(opened(store), request, progress=progress)
    _tell(found, paths)


@grouped(request=question)
def change(
    since: Annotated[str | None, typer.Option(help="Un jour, AAAA-MM-JJ : mêmes données, autre jour.")] = None,
    since_version: Annotated[
        str | None, typer.Option(help="Une version des offres (« previous », -1, identifiant) : autres cours.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="Le second jour, ou la seconde version des offres ; ceux de maintenant sinon."),
    ] = None,
    as_published: Annotated[
        bool, typer.Option("--as-published", help="Avec --since : les données telles que publiées à chaque jour.")
    ] = False,
    out: OutOption = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Dire ce qui a changé entre deux jours, ou entre deux versions des offres, commune par commune.

    Exemple : geo-integration change --territory 62 --since 2026-09-01 --out changement.html
    """
    paths = _checked(out)
    with console.progress() as progress:
        found = change_job.compute(
            opened(store),
            request,
            since=since,
            since_version=since_version,
            until=to,
            as_published=as_published,
            progress=progress,
        )
    _tell(found, paths)


@grouped(request=question)
def calendar(
    months: Annotated[int, typer.Option(min=1, max=36, help="Nombre de mois, celui de --as-of compris.")] = 12,
    out: OutOption = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Dire, mois par mois, où un cours peut être commencé, et quand commence le prochain.

    Exemple : geo-integration calendar --territory 62 --kind oepre --months 12 --out calendrier.xlsx
    """
    paths = _checked(out)
    with console.progress() as progress:
        found = calendar_job.compute(opened(store), request, months=months, progress=progress)
    _tell(found, paths)


@grouped(request=question)
def supply(
    decay: DecayOption = "slow",
    catchment: CatchmentOption = None,
    order: Annotated[Order, typer.Option(help="Lieu rempli le premier, pour le besoin restant.")] = (
        Order.LARGEST_CAPACITY
    ),
    out: OutOption = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Compter les heures de cours à portée par apprenant et par an, et le besoin restant une fois les places prises.

    Exemple : geo-integration supply --territory 62 --minutes 30 --out heures.html
    """
    paths, by = _checked(out), decay_named(decay, catchment or request.minutes)
    with console.progress() as progress:
        found = supply_job.compute(opened(store), request, decay=by, order=order, progress=progress)
    _tell(found, paths)


@grouped(request=question)
def equity(
    decay: DecayOption = "slow",
    catchment: CatchmentOption = None,
    by: Annotated[TerritoryLevel, typer.Option(help="Territoires entre lesquels l'écart est partagé.")] = (
        TerritoryLevel.EPCI
    ),
    neighbours: Annotated[Neighbours, typer.Option(help="Ce que sont des communes voisines.")] = Neighbours.TOUCHING,
    seed: Annotated[int, typer.Option(min=0, help="Graine des tirages.")] = equity_job.SEED,
    out: OutOption = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Mesurer l'inégalité d'accès entre apprenants, et trouver les groupes de communes mal desservies.

    Exemple : geo-integration equity --territory R32 --by departement --out inegalites.xlsx
    """
    paths, weight = _checked(out), decay_named(decay, catchment or request.minutes)
    options = equity_job.Options(by=by, seed=seed, neighbours=neighbours)
    with console.progress() as progress:
        found = equity_job.compute(opened(store), request, decay=weight, options=options, progress=progress)
    _tell(found, paths)


@grouped(request=question)
def site(
    count: Annotated[int, typer.Option("-p", "--count", min=1, help="Nombre de lieux ou de groupes à ouvrir.")] = 1,
    model: Annotated[site_options.Model, typer.Option(help="Ce qu'est le meilleur choix.")] = site_options.Model.MCLP,
    by: Annotated[site_options.By, typer.Option(help="Par lieu, ou par groupe de taille limitée.")] = (
        site_options.By.SITE
    ),
    candidates: Annotated[
        list[site_options.CandidateSource] | None, typer.Option(help="D'où viennent les lieux ; répétable.")
    ] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", exists=True, dir_okay=False, help="Liste de lieux (CSV, XLSX, GeoJSON).")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Feuille du classeur de --list.")] = None,
    group_size: Annotated[float, typer.Option(min=1, help="Apprenants par groupe.")] = 12,
    groups_per_site: Annotated[int, typer.Option(min=1, help="Groupes au plus en un lieu aux mêmes heures.")] = 1,
    priority: Annotated[float, typer.Option(min=0, help="Apprenants que vaut un lieu OEPRE, REP+ ou REP.")] = 0,
    hours: Annotated[
        str | None, typer.Option(help="Horaires des nouveaux cours (transit), ex. « tue 09:00-11:30;thu 18:30-20:30 ».")
    ] = None,
    unreachable: Annotated[
        float | None, typer.Option(min=1, help="Minutes que compte un apprenant hors de portée (p-median).")
    ] = None,
    evening: Annotated[
        int, typer.Option(min=0, max=240, help="Minutes de service du soir en plus (transit), en alternative.")
    ] = 60,
    seconds: Annotated[float, typer.Option(min=0, help="Temps de recherche ; au-delà, l'écart au mieux est dit.")] = 60,
    out: OutOption = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Dire où ouvrir les prochains cours pour couvrir le plus de besoin, et combien chaque lieu de plus en couvre.

    Exemple : geo-integration site --territory 62 -p 2 --candidates schools --candidates mairies --out lieux.html
    """
    paths = _checked(out)
    sources = tuple(dict.fromkeys(candidates)) if candidates else _default_candidates(listed)
    asked = site_options.Asked(
        p=count,
        model=model,
        by=by,
        candidates=sources,
        listed=listed,
        sheet=sheet,
        group_size=group_size,
        groups_per_site=groups_per_site,
        hours=slots_of(hours) if hours else (),
        priority_bonus=priority,
        unreachable_minutes=unreachable,
        evening_minutes=evening,
        limit=Limit(seconds=seconds),
    )
    with console.progress() as progress:
        found = site_job.compute(opened(store), request, asked=asked, progress=progress)
    _tell(found, paths)


def _default_candidates(listed: Path | None) -> tuple[site_options.CandidateSource, ...]:
    """Return the schools, or the list where one is given."""
    return (site_options.CandidateSource.SCHOOLS if listed is None else site_options.CandidateSource.LIST,)


def scenario(
    path: Annotated[Path, typer.Argument(metavar="SCÉNARIO", exists=True, dir_okay=False, help="Fichier JSON.")],
    viewer: ViewerOption = DEFAULT_VIEWER,
    full: Annotated[bool, typer.Option("--full", help="Tout recalculer, au lieu d'une recherche par lieu.")] = False,
    out: OutOption = None,
    store: StoreOption = None,
) -> None:
    """Rejouer un scénario (ouvrir, déplacer, fermer un lieu, changer les heures, ouvrir une ligne) et dire l'écart.

    Exemple : geo-integration scenario deux-groupes.json --out ecart.html
    """
    paths, read = _checked(out), read_scenario(path)
    request = request_of(read, viewer=viewer_of(viewer), where=str(path))
    with console.progress() as progress:
        found = scenario_job.compute(opened(store), request, read, progress=progress, path=path, fast=not full)
    _tell(found, paths)


def referencing(
    path: Annotated[Path, typer.Argument(metavar="LISTE", exists=True, dir_okay=False, help="Actions financées.")],
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Correspondance des colonnes (YAML).")
    ] = None,
    months: Annotated[float, typer.Option(help="Une offre non mise à jour depuis plus longtemps est ancienne.")] = 12,
    territory: Annotated[str | None, typer.Option(help="Seulement les actions de ce territoire.")] = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    store: StoreOption = None,
) -> None:
    """Vérifier que les actions financées (BOP 104) sont sur la cartographie, et avec les bons renseignements.

    Exemple : geo-integration referencing actions-2026.xlsx --out retour-carif.xlsx
    """
    paths = _checked(out)
    wanted = referencing_job.ReferencingRequest(
        path, day(as_of), mapping=generic.load(mapping) if mapping else None, months=months, territory=territory
    )
    with console.progress() as progress:
        found = referencing_job.compute(opened(store), wanted, progress=progress)
    _tell(found, paths)
    raise typer.Exit(1 if referencing_job.rejected(found) else 0)


@grouped(request=question)
def housing(
    modes: Annotated[
        list[Mode] | None, typer.Option("--by", help="Mode à examiner (foot, bike, transit, car) ; tous par défaut.")
    ] = None,
    out: OutOption = None,
    store: StoreOption = None,
    *,
    request: Request,
) -> None:
    """Dire, avant de loger, ce qui est à portée sans voiture de chaque commune, et classer les prochaines captations.

    Exemple : geo-integration housing --territory 62 --by foot --by bike --out logement.xlsx
    """
    paths = _checked(out)
    with console.progress() as progress:
        found = housing_job.compute(
            opened(store), request, modes=list(dict.fromkeys(modes)) if modes else None, progress=progress
        )
    _tell(found, paths)


COMMANDS = (fit, change, calendar, supply, equity, site, scenario, referencing, housing)
"""Registered by the command line, in this order."""
