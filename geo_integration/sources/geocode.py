"""Address bases: where a street address is, when one is configured.

Two kinds: a table of located addresses (CSV with a code, an address and a point), and the national
geocoder (BAN through the Géoplateforme). Neither is needed: without one, a place whose point is missing
or wrong stands at the mairie of its commune, and says so.
"""

import csv
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from rapidfuzz import fuzz, process, utils

from geo_integration.errors import InputRefusedError, NetworkUnavailableError

BAN_SEARCH = "https://data.geopf.fr/geocodage/search"
_TABLE_CUTOFF = 90.0
_BAN_CUTOFF = 0.6
_BAN_TYPES = frozenset({"housenumber", "street", "locality"})
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class AddressMatch:
    """A located address: WGS84 degrees and how sure the base is, 0 to 1."""

    longitude: float
    latitude: float
    score: float


class AddressBase(Protocol):
    """Anything that can locate a street address inside a commune."""

    def match(self, address: str, *, postcode: str | None, commune_code: str) -> AddressMatch | None:
        """Return the best match inside the commune, or None when none is good enough."""
        ...


class AddressTable:
    """A table of located addresses, compared by words (rapidfuzz token-set ratio, cut-off 90)."""

    def __init__(self, table: pd.DataFrame, *, where: str = "base d'adresses") -> None:
        """Take ``commune_code``, ``address``, ``longitude``, ``latitude``; rows without a point are left out."""
        missing = {"commune_code", "address", "longitude", "latitude"} - set(table.columns)
        if missing:
            raise InputRefusedError(
                f"colonne absente : {', '.join(sorted(missing))}",
                where=where,
                way_out="colonnes attendues : commune_code, address, longitude, latitude",
            )
        located = table.assign(
            longitude=pd.to_numeric(table["longitude"], errors="coerce"),
            latitude=pd.to_numeric(table["latitude"], errors="coerce"),
        ).dropna(subset=["commune_code", "address", "longitude", "latitude"])
        self._by_commune = {str(code): group for code, group in located.groupby("commune_code")}

    @classmethod
    def from_csv(cls, path: Path) -> "AddressTable":
        """Read a UTF-8 CSV, separated by commas or semicolons; InputRefusedError when it cannot be read."""
        try:
            return cls(pd.read_csv(path, dtype="str", sep=None, engine="python", encoding="utf-8-sig"), where=str(path))
        except (OSError, ValueError, csv.Error) as error:
            raise InputRefusedError(
                "ce n'est pas un CSV lisible (UTF-8)", where=str(path), way_out="enregistrer la base en CSV UTF-8"
            ) from error

    def match(self, address: str, *, postcode: str | None, commune_code: str) -> AddressMatch | None:
        """Return the address of the commune that shares most words, if it shares nearly all."""
        del postcode  # the commune is narrower
        candidates = self._by_commune.get(commune_code)
        if candidates is None:
            return None
        found = process.extractOne(
            address,
            candidates["address"].tolist(),
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            score_cutoff=_TABLE_CUTOFF,
        )
        if found is None:
            return None
        row = candidates.iloc[found[2]]
        return AddressMatch(float(row["longitude"]), float(row["latitude"]), found[1] / 100)


def _fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"User-Agent": "geo_integration"})  # noqa: S310 -- scheme is checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 -- as above
        return bytes(answer.read())


class BanClient:
    """The national geocoder (BAN); needs the network, used only when a URL is configured.

    Answers below a score of 0.6, in another commune, or no finer than the commune are not matches.
    """

    def __init__(self, url: str = BAN_SEARCH, *, fetch: Callable[[str], bytes] = _fetch) -> None:
        """Take the address of the search service, and how to fetch it (injected in tests)."""
        if not url.startswith(("https://", "http://")):
            raise InputRefusedError(f"« {url} » n'est pas une adresse http(s)", way_out=f"par exemple {BAN_SEARCH}")
        self._url = url
        self._fetch = fetch

    def match(self, address: str, *, postcode: str | None, commune_code: str) -> AddressMatch | None:
        """Ask for one address; NetworkUnavailableError when the service does not answer."""
        query = {"q": f"{address} {postcode or ''}".strip(), "citycode": commune_code, "limit": "1"}
        try:
            body = self._fetch(f"{self._url}?{urllib.parse.urlencode(query)}")
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise NetworkUnavailableError(
                f"le géocodeur ne répond pas ({error})",
                where=self._url,
                way_out="réessayer plus tard, ou retirer --addresses : les lieux seront à la mairie",
            ) from error
        try:
            return self._best(json.loads(body), commune_code)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NetworkUnavailableError(
                "la réponse du géocodeur n'est pas celle attendue",
                where=self._url,
                way_out="vérifier l'adresse du service",
            ) from error

    @staticmethod
    def _best(answer: dict[str, Any], commune_code: str) -> AddressMatch | None:
        for feature in answer.get("features", []):
            properties, geometry = feature["properties"], feature["geometry"]
            score = float(properties.get("score", 0))
            inside = properties.get("citycode") == commune_code and properties.get("type") in _BAN_TYPES
            if inside and score >= _BAN_CUTOFF:
                longitude, latitude = geometry["coordinates"]
                return AddressMatch(float(longitude), float(latitude), score)
        return None
