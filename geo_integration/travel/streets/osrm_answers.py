"""Asking an OSRM-compatible server for tables, and reading its answers and refusals.

The table service is that of OSRM's HTTP API v1 (https://project-osrm.org/docs/v5.24.0/api/#table-service).
"""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
import requests

from geo_integration.errors import NetworkUnavailableError, OptionError
from geo_integration.travel.pairs import EARTH_RADIUS_METRES
from geo_integration.travel.snapping import Floats, Integers

_WORTH_RETRYING = {429, 500, 502, 503, 504}
_MESSAGES = {
    "InvalidQuery": "le serveur OSRM ne comprend pas la question",
    "InvalidOptions": "le serveur OSRM refuse la question",
    "InvalidValue": "le serveur OSRM refuse la question",
    "InvalidUrl": "le serveur OSRM ne comprend pas la question",
    "InvalidService": "ce serveur n'a pas le service « table » d'OSRM",
    "InvalidVersion": "ce serveur ne parle pas la version 1 de l'API d'OSRM",
    "NoSegment": "le serveur OSRM n'a aucune rue près de ce lieu",
    "NoTable": "le serveur OSRM ne sait pas calculer ces temps",
    "NotImplemented": "ce serveur ne sait pas répondre à cette question",
}
"""By code of the answer."""


@dataclass(frozen=True, eq=False)
class Table:
    """What the server answered.

    Attributes
    ----------
    seconds : inf where it knows no way, shape (sources, destinations).
    source_metres, destination_metres : from each place to the street the server put it on.
    """

    seconds: Floats
    source_metres: Floats
    destination_metres: Floats


class NoSegmentError(NetworkUnavailableError):
    """The server has no street near one of the coordinates: ``position`` says which, counted from 0."""

    position: int = -1


@dataclass(frozen=True)
class Client:
    """One server, asked patiently.

    Attributes
    ----------
    url : up to and excluding ``/table/v1``.
    profile : what stands in the URL; a server prepared for one profile ignores it.
    timeout_seconds : for connecting, and between two bytes of an answer.
    attempts : how often a question is asked before giving up, when the server is silent or busy.
    backoff_seconds : wait before the second attempt; twice as long before each further one.
    sleep : waits.
    """

    url: str
    profile: str
    timeout_seconds: float
    attempts: int
    backoff_seconds: float
    sleep: Callable[[float], None] = time.sleep

    def table(self, lon: Floats, lat: Floats, sources: Integers, destinations: Integers) -> Table:
        """Ask for the seconds from some of the places to others.

        Parameters
        ----------
        lon, lat : WGS84 degrees of all of them, shape (places,).
        sources, destinations : positions among them.

        Raises
        ------
        NoSegmentError
            A place has no street near it.
        NetworkUnavailableError
            The server cannot be reached, is not one, or does not know the way.
        OptionError
            The server refuses tables of this size.
        """
        where = ";".join(f"{x:.6f},{y:.6f}" for x, y in zip(lon.tolist(), lat.tolist(), strict=True))
        if len(lon) == 1:
            where = f"{where};{where}"  # one coordinate alone is refused
        asked = "&".join(
            f"{name}={';'.join(map(str, chosen.tolist()))}"
            for name, chosen in (("sources", sources), ("destinations", destinations))
        )
        url = f"{self.url.rstrip('/')}/table/v1/{self.profile}/{where}?{asked}&annotations=duration"
        answer = self._answer(url)
        if answer["code"] != "Ok":
            raise _refusal(answer, self.url, lon, lat)
        try:
            return Table(
                _seconds(answer["durations"], (len(sources), len(destinations))),
                _metres(answer["sources"], lon[sources], lat[sources]),
                _metres(answer["destinations"], lon[destinations], lat[destinations]),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._not_osrm() from error

    def _answer(self, url: str) -> dict[str, Any]:
        """Return the answer, whatever its code; retry while it may help."""
        reason = ""
        for attempt in range(self.attempts):
            if attempt:
                self.sleep(self.backoff_seconds * 2 ** (attempt - 1))
            try:
                response = requests.get(url, timeout=self.timeout_seconds)
            except (requests.ConnectionError, requests.Timeout) as error:
                reason = "délai dépassé" if isinstance(error, requests.Timeout) else "connexion impossible"
                continue
            except requests.RequestException as error:
                raise NetworkUnavailableError(
                    "l'adresse du serveur OSRM est inutilisable",
                    where=self.url,
                    way_out="donner une adresse comme http://localhost:5000",
                ) from error
            if response.status_code in _WORTH_RETRYING:
                reason = f"réponse HTTP {response.status_code}"
                continue
            if response.status_code == HTTPStatus.REQUEST_URI_TOO_LONG:
                return {"code": "TooBig"}
            return self._parsed(response)
        raise NetworkUnavailableError(
            f"le serveur OSRM ne répond pas ({reason}, {self.attempts} essais)",
            where=self.url,
            way_out="vérifier qu'il est lancé et joignable, ou utiliser un réseau de rues embarqué",
        )

    def _parsed(self, response: requests.Response) -> dict[str, Any]:
        try:
            answer = response.json()
        except ValueError as error:
            raise self._not_osrm() from error
        if not isinstance(answer, dict) or not isinstance(answer.get("code"), str):
            raise self._not_osrm()
        return answer

    def _not_osrm(self) -> NetworkUnavailableError:
        return NetworkUnavailableError(
            "la réponse n'est pas celle du service « table » d'un serveur OSRM",
            where=self.url,
            way_out="vérifier l'adresse du serveur et sa version (API v1)",
        )


def _refusal(answer: dict[str, Any], url: str, lon: Floats, lat: Floats) -> Exception:
    """Return the error that says what the server refuses, and for which coordinate."""
    code, message = answer["code"], str(answer.get("message", ""))
    if code == "TooBig":
        return OptionError(
            f"le serveur OSRM refuse les tables de {len(lon)} points",
            where=url,
            way_out="réduire max_table, ou lancer le serveur avec un --max-table-size plus grand",
        )
    named = re.search(r"coordinate (\d+)", message)
    position = int(named[1]) if named and int(named[1]) < len(lon) else None
    points = range(len(lon)) if position is None else [position]
    told = " ; ".join(f"lon {lon[at]:.6f}, lat {lat[at]:.6f}" for at in points[:3])
    what = _MESSAGES.get(code, "le serveur OSRM refuse la question")
    kind = NoSegmentError if code == "NoSegment" and position is not None else NetworkUnavailableError
    error = kind(
        f"{what} ({code}{' : ' if message else ''}{message})",
        where=f"{url}, {told}{' …' if len(points) > 3 else ''}",  # noqa: PLR2004
        way_out="vérifier la position, et que le serveur couvre le territoire",
    )
    if isinstance(error, NoSegmentError) and position is not None:
        error.position = position
    return error


def _seconds(rows: list[list[float | None]], shape: tuple[int, int]) -> Floats:
    """Return the durations, inf for null; ValueError if they are not a table of this shape."""
    seconds = np.array(rows, dtype=np.float64).reshape(shape) if rows and rows[0] else np.empty(shape)
    if len(rows) != shape[0] or not (np.isnan(seconds) | (seconds >= 0)).all():
        raise ValueError(rows)
    return np.where(np.isnan(seconds), np.inf, seconds)


def _metres(waypoints: list[dict[str, Any]], lon: Floats, lat: Floats) -> Floats:
    """Return how far the server moved each place; from its location where it does not say so itself."""
    if len(waypoints) != len(lon):
        raise ValueError(waypoints)
    found = []
    for waypoint, x, y in zip(waypoints, lon.tolist(), lat.tolist(), strict=True):
        metres = waypoint.get("distance")
        found.append(_great_circle(x, y, *waypoint["location"]) if metres is None else float(metres))
    return np.array(found, dtype=np.float64)


def _great_circle(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return metres between two points of a sphere (haversine formula)."""
    x, y, other_x, other_y = map(math.radians, (lon, lat, other_lon, other_lat))
    chord = math.sin((other_y - y) / 2) ** 2 + math.cos(y) * math.cos(other_y) * math.sin((other_x - x) / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(min(1.0, math.sqrt(chord)))
