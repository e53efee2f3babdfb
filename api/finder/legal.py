"""Pages about the service itself: who publishes it, what it keeps, how accessible it is, where its answers come from.

What everybody must understand is said in each language; what the law asks word by word is French, marked as such.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from api.finder.pages import SpeechDep, render
from api.service import Service, ServiceDep
from geo_integration.errors import GeoIntegrationError
from geo_integration.exports import Source
from geo_integration.jobs.means import Means
from geo_integration.jobs.timetables import register
from geo_integration.settings import settings
from geo_integration.sources.geocode import BAN_SEARCH
from geo_integration.territories import departements
from geo_integration.vocabulary import Kind, Mode

router = APIRouter(include_in_schema=False)

_STREETS: Final = (Mode.FOOT, Mode.BIKE, Mode.CAR)
_FEW: Final = 20
"""Départements no source speaks of that are named one by one: where they are more, those covered are named."""


@dataclass(frozen=True)
class OfferSource:
    """A file courses come from: its name, whether it is made up, départements it covers and for which kinds."""

    name: str
    file: str
    synthetic: bool
    courses: int
    covers: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Timetables:
    """Timetables that were added: their networks, first and last day (ISO, "" not known), whether today is in them."""

    name: str
    networks: str
    licence: str
    first_day: str
    last_day: str
    covers_today: bool


@dataclass(frozen=True)
class Covered:
    """Of which départements some source speaks, for any kind of course; of the others nothing is known.

    Attributes
    ----------
    names : names of those covered. missing : of the others, where they are few. everywhere : there are no others.
    """

    names: tuple[str, ...]
    missing: tuple[str, ...]
    everywhere: bool


@router.get("/{lang:language}/mentions-legales")
def legal(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """Say who publishes the service, and what becomes of what people type."""
    chosen = service.settings
    return render(
        request,
        lang,
        "legal.html",
        publisher=chosen.publisher.strip(),
        contact=chosen.publisher_contact.strip(),
        host=chosen.host.strip(),
        keep_days=chosen.report_keep_days,
        tiles=_host(chosen.tiles_url),
        geocoder=_geocoder(),
    )


@router.get("/{lang:language}/accessibilite")
def accessibility(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """Say how accessible the pages are, what was tested and what was not."""
    contact = service.settings.publisher_contact.strip()
    return render(request, lang, "accessibility.html", contact=contact, publisher=service.settings.publisher.strip())


@router.get("/{lang:language}/sources")
def sources(lang: SpeechDep, request: Request, service: ServiceDep) -> Response:
    """Say where courses and minutes come from, how they are computed, and what they do not say."""
    return render(request, lang, "sources.html", **_known(service), **_travel(service))


@router.get("/{lang:language}/hors-ligne")
def offline(lang: SpeechDep, request: Request) -> Response:
    """Say that there is no network, for the service worker to keep: it asks nothing of the store."""
    return render(request, lang, "offline.html")


def _known(service: Service) -> dict[str, Any]:
    """Return what is published, as the page shows it; ``published`` is "" where nothing can be read now."""
    try:
        warm = service.finder.current()
    except GeoIntegrationError:
        return {"published": "", "offers": (), "covered": Covered((), (), everywhere=False), "total": 0}
    counted = Counter(name for card in warm.cards for name in card["sources"])
    metas: Any = warm.loaded.infos["offers"].meta["sources"]
    found = tuple(
        OfferSource(
            name=str(meta["source"]),
            file=str(meta["file"]),
            synthetic=bool(meta["synthetic"]),
            courses=counted[meta["source"]],
            covers=_names(meta["covers"]),
            kinds=tuple(kind.label for kind in Kind if kind.value in meta["kinds"]),
        )
        for meta in metas
    )
    codes = {code for kind in Kind if kind is not Kind.UNKNOWN for code in warm.loaded.reported(kind.value)}
    return {
        "published": warm.published_at[:10],
        "offers": found,
        "covered": _covered(codes),
        "total": len(warm.cards),
    }


def _travel(service: Service) -> dict[str, Any]:
    """Return what minutes are computed on: streets, timetables, or less."""
    streets, lost = _streets(service)
    return {"streets": streets, "streets_lost": lost, "timetables": _timetables(service.today)}


def _streets(service: Service) -> tuple[list[Source], bool]:
    """Return the street networks to cite, and whether the one that is set cannot be opened."""
    name = service.settings.finder_network
    try:
        warm = service.finder.current()
        found = [warm.side(Means(mode=mode, network=name)).sources for mode in _STREETS] if name else []
    except GeoIntegrationError:
        return [], bool(name)
    return [source for sources in found for source in sources], False


def _timetables(today: date) -> list[Timetables]:
    try:
        rows: Any = register(settings().networks).list().to_dict("records")
    except GeoIntegrationError:
        return []
    return [_timetable(row, today) for row in rows]


def _timetable(row: dict[str, Any], today: date) -> Timetables:
    first, last = row["first_day"], row["last_day"]
    return Timetables(
        name=str(row["name"]),
        networks=_listed(row["agencies"]),
        licence=str(row["licence"] or ""),
        first_day=first.isoformat() if first else "",
        last_day=last.isoformat() if last else "",
        covers_today=bool(first and last and first <= today <= last),
    )


def _listed(agencies: object) -> str:
    return ", ".join(str(one) for one in agencies) if isinstance(agencies, list | tuple) else str(agencies or "")


def _names(codes: Iterable[str]) -> tuple[str, ...]:
    """Return départements as people name them, in the order of their codes; one nobody knows by its code."""
    table = departements(geometry=False)
    known = dict(zip(table["code"], table["name"], strict=True))
    return tuple(f"{known.get(code, '')} ({code})".strip() for code in sorted(codes))


def _covered(codes: set[str]) -> Covered:
    missing = set(departements(geometry=False)["code"]) - codes
    return Covered(_names(codes), _names(missing) if len(missing) <= _FEW else (), everywhere=not missing)


def _geocoder() -> str:
    """Return the host that is told the addresses people type; "" where none is."""
    said = settings().addresses
    return _host(BAN_SEARCH if said == "ban" else said)


def _host(address: str) -> str:
    """Return the host of a web address; "" for anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""
