"""Commands about travel: networks, timetables, isochrones, nearest courses, itineraries."""

from pathlib import Path
from typing import Annotated

import typer

from geo_integration import console
from geo_integration.cli_groups import grouped, travel_on_streets, walk_on_streets
from geo_integration.cli_options import (
    DEFAULT_WEEKDAY,
    AddressesOption,
    AsOfOption,
    FeedOption,
    LevelOption,
    ModeOption,
    StoreOption,
    StreetsOption,
    WeekdayOption,
    WeekOption,
    day,
    means,
    now,
    opened,
)
from geo_integration.errors import OptionError
from geo_integration.jobs import networks as networks_job
from geo_integration.jobs import outputs, timetables
from geo_integration.jobs import trips as trips_job
from geo_integration.jobs.imports import address_base
from geo_integration.jobs.means import Means
from geo_integration.jobs.whereabouts import spot
from geo_integration.settings import settings
from geo_integration.vocabulary import Kind, Mode

network_app = typer.Typer(
    help="Les réseaux de rues : en construire un, les lister, les vérifier.", no_args_is_help=True
)
transit_app = typer.Typer(help="Les horaires (GTFS) : en ajouter, les lister, les vérifier.", no_args_is_help=True)

FromOption = Annotated[
    str, typer.Option("--from", help="Départ : « latitude,longitude », commune (code ou nom), ou adresse.")
]


def _check_geojson(out: Path) -> None:
    """Refuse a file that is not GeoJSON by its name, or that cannot be written, before any work."""
    if out.suffix.lower() not in {".geojson", ".json"}:
        raise OptionError(f"format « {out.suffix or out.name} » inconnu", where="--out", way_out="un nom en .geojson")
    outputs.check_target(out)


@network_app.command("build")
def network_build(
    area: Annotated[str, typer.Option(help="Nom du réseau, ex. « nord ».")],
    osm: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Extrait OpenStreetMap (.osm.pbf, .osm).")
    ] = None,
    place: Annotated[
        str | None, typer.Option(help="Lieu à télécharger d'OpenStreetMap, ex. « Arras, France ».")
    ] = None,
    mode: Annotated[list[Mode] | None, typer.Option(help="car, bike, foot ; répétable, les trois par défaut.")] = None,
    territory: Annotated[
        str | None, typer.Option(help="Couper à ce territoire et sa marge ; tout l'extrait sinon.")
    ] = None,
    margin: Annotated[float, typer.Option(min=0, max=200, help="Marge autour du territoire, en kilomètres.")] = 10,
    country: Annotated[str, typer.Option(help="Pays dont valent les limites de vitesse par défaut.")] = "FR",
) -> None:
    """Construire un réseau de rues à partir d'OpenStreetMap.

    Exemple : geo-integration network build --area nord --osm nord-pas-de-calais.osm.pbf --territory 59 --mode foot
    """
    wanted = networks_job.Wanted(
        area=area,
        osm=osm,
        place=place,
        territory=territory,
        modes=tuple(dict.fromkeys(mode)) if mode else networks_job.STREET_MODES,
        margin_km=margin,
        country=country,
    )
    with console.progress() as progress:
        built = networks_job.construct(wanted, settings().networks, progress=progress)
    for network in built:
        console.out.print(
            f"Réseau « {network.area} », {network.mode.label.lower()} : {console.number(network.nodes)} nœuds, "
            f"{console.number(network.edges)} tronçons (extrait du {str(network.meta['extract_date'] or '?')[:10]})"
        )


@network_app.command("list")
def network_list() -> None:
    """Lister les réseaux de rues construits."""
    console.table(networks_job.listing(settings().networks))


@network_app.command("check")
def network_check(
    area: Annotated[str, typer.Argument(metavar="RÉSEAU")],
    territory: Annotated[str | None, typer.Option(help="Vérifier que ses mairies touchent une rue.")] = None,
) -> None:
    """Vérifier un réseau : s'ouvre-t-il, d'où vient-il, joint-il les communes ?"""
    findings = networks_job.check(area, settings().networks, territory=territory)
    console.findings(findings)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


@transit_app.command("add")
def transit_add(
    path: Annotated[Path, typer.Argument(metavar="GTFS", exists=True, help="Fichier zip ou dossier.")],
    name: Annotated[str, typer.Option(help="Nom des horaires, ex. « ter » ; les rajouter les remplace.")],
    licence: Annotated[str | None, typer.Option(help="Licence, si le fichier ne la dit pas.")] = None,
) -> None:
    """Vérifier des horaires GTFS et les garder.

    Exemple : geo-integration transit add ter.zip --name ter
    """
    done = timetables.register(settings().networks).add(path, name=name, licence=licence, now=now())
    console.out.print(done.message, markup=False)
    for note in done.feed.notes:
        console.out.print(f"  {note.message}", markup=False)


@transit_app.command("list")
def transit_list() -> None:
    """Lister les horaires gardés : réseau, période, licence."""
    console.table(timetables.timetables_table(settings().networks))


@transit_app.command("check")
def transit_check(
    path: Annotated[Path, typer.Argument(metavar="GTFS", exists=True, help="Fichier zip ou dossier.")],
) -> None:
    """Dire ce qui ne va pas dans des horaires, sans rien garder."""
    found = timetables.register(settings().networks).check(path)
    console.table(found)
    raise typer.Exit(1 if found["severity"].eq("refused").any() else 0)


@transit_app.command("on-demand")
def transit_on_demand(feed: FeedOption = None) -> None:
    """Lister les lignes à la demande (GTFS-Flex) : elles existent, il faut appeler, et rien ne les chronomètre."""
    console.table(timetables.on_demand_table(settings().networks, tuple(feed) if feed else None))


def isochrone(
    start: FromOption,
    minutes: Annotated[list[float], typer.Option(min=1, max=600, help="Durée en minutes ; répétable.")],
    out: Annotated[Path, typer.Option(help="Fichier .geojson.")],
    mode: ModeOption = Mode.FOOT,
    network: StreetsOption = None,
    towards: Annotated[
        bool, typer.Option("--towards", help="D'où l'on peut venir, plutôt que jusqu'où l'on peut aller.")
    ] = False,
    feed: FeedOption = None,
    week_of: WeekOption = None,
    weekday: WeekdayOption = DEFAULT_WEEKDAY,
    at: Annotated[
        str | None,
        typer.Option(help="Heure de départ, ou d'arrivée avec --towards (transit), HH:MM ; 09:00 par défaut."),
    ] = None,
    addresses: AddressesOption = None,
) -> None:
    """Dessiner ce qui est à portée d'un lieu, en GeoJSON.

    Exemple : geo-integration isochrone --from "50.63,3.06" --minutes 15 --minutes 30 --network nord --out zone.geojson
    """
    _check_geojson(out)
    where = spot(start, addresses=address_base(addresses))
    by = means(mode, network, feeds=feed, week_of=week_of, weekday=weekday)
    found = trips_job.isochrone(where, list(dict.fromkeys(minutes)), means=by, towards=towards, at=at, out=out)
    for row in found.itertuples():
        console.out.print(f"{row.minutes:g} min : {row.area_km2:.2f} km²".replace(".", ","))
    console.written([out])


@grouped(by=travel_on_streets)
def nearest(
    start: FromOption,
    kind: Annotated[Kind | None, typer.Option(help="Type de cours ; tous par défaut.")] = None,
    level: LevelOption = None,
    count: Annotated[int, typer.Option("-k", min=1, max=100, help="Nombre de lieux.")] = 5,
    minutes: Annotated[float, typer.Option(min=1, max=600, help="Durée maximale du trajet, en minutes.")] = 60,
    as_of: AsOfOption = None,
    addresses: AddressesOption = None,
    store: StoreOption = None,
    *,
    by: Means,
) -> None:
    """Trouver les cours les plus proches d'un lieu, aller et retour.

    Exemple : geo-integration nearest --from Lens --kind alphabetisation -k 3 --mode transit --week-of 2025-02-04
    """
    where = spot(start, addresses=address_base(addresses))
    wanted = trips_job.Wanted(kind=kind, level=level, as_of=day(as_of), k=count, minutes=minutes)
    found = trips_job.nearest_courses(opened(store), where, wanted, means=by)
    console.out.print(f"{where.label} : {by.mode.label.lower()}, {by.engine.label.lower()}", markup=False)
    console.table(found.table)
    for note in found.notes:
        console.out.print(note, markup=False)


@grouped(by=walk_on_streets)
def itinerary(
    start: FromOption,
    end: Annotated[str, typer.Option("--to", help="Arrivée : comme --from, ou l'identifiant d'un cours.")],
    out: Annotated[Path | None, typer.Option(help="Écrire aussi le tracé (.geojson).")] = None,
    addresses: AddressesOption = None,
    store: StoreOption = None,
    *,
    by: Means,
) -> None:
    """Décrire le trajet d'un lieu à un autre, aller et retour, avec les mots d'un passant.

    Exemple : geo-integration itinerary --from Lens --to Arras --mode transit --week-of 2025-02-04 --arrive-by 18:30
    """
    if out is not None:
        _check_geojson(out)
    source = opened(store)
    base = address_base(addresses)
    departure = spot(start, addresses=base)
    arrival = trips_job.destination(end, addresses=base, store=source)
    told = trips_job.describe_trip(source, departure, arrival, means=by, out=out)
    console.out.print(told.text, markup=False)
    console.written([out] if out else [])
    raise typer.Exit(0 if told.possible else 1)
