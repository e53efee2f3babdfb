"""School holidays and zones, as shipped."""

from datetime import date, timedelta

import pandas as pd

from geo_integration.coverage.openings import SchoolTerms, holidays_of
from geo_integration.errors import MissingDataError
from geo_integration.exports import Source
from geo_integration.settings import settings

SOURCE: Source = {
    "name": "Calendrier scolaire, zones A, B et C",
    "publisher": "ministère de l'Éducation nationale",
    "note": "arrêtés du 7 décembre 2022, du 22 octobre 2025 et du 21 juillet 2026",
}


def school_terms() -> SchoolTerms:
    """Return the school holidays of zones A, B and C; known from the first one shipped to the last.

    Raises MissingDataError where the file is absent.
    """
    table = _table("school_holidays.csv")
    rows = [
        (str(zone), date.fromisoformat(first), date.fromisoformat(resumes))
        for zone, first, resumes in table[["zone", "first_day_off", "classes_resume"]].itertuples(index=False)
    ]
    zones = sorted({zone for zone, _, _ in rows})
    known = {
        zone: (
            min(first for own, first, _ in rows if own == zone),
            max(resumes for own, _, resumes in rows if own == zone) - timedelta(days=1),
        )
        for zone in zones
    }
    return holidays_of(rows, known)


def zone_of_departement() -> "pd.Series[str]":
    """Return the school zone of each département, by code; null where the académie sets its own calendar."""
    return _table("school_zones.csv").set_index("departement_code")["zone"]


def _table(name: str) -> pd.DataFrame:
    path = settings().data / "reference" / name
    if not path.is_file():
        raise MissingDataError(
            "fichier absent", where=str(path), way_out="réinstaller le projet, ou GEO_INTEGRATION_DATA"
        )
    return pd.read_csv(path, dtype="str")
