"""Where a course could open: schools, mairies, or a list of the user's; and groups, which are places with hours.

No list of France Services ships with the project: it comes as a user's list. The order of preference is a convention,
stated wherever it shows: it sorts the candidates and settles ties, and changes no figure.
"""

from collections.abc import Collection, Iterable, Sequence

import geopandas as gpd
import pandas as pd
import shapely

from geo_integration.errors import OptionError
from geo_integration.schema import SEPARATOR
from geo_integration.travel.transit.class_hours import WEEKDAYS, Slot
from geo_integration.vocabulary import Kind, Term

COLUMNS = (
    "candidate_id",
    "name",
    "origin",
    "commune_code",
    "site_id",
    "lon",
    "lat",
    "capacity",
    "slots",
    "hours_supposed",
    "synthetic",
)
"""Of a table of candidates: ``slots`` is ``;``-joined (``tue 09:00-11:30``), null where no hours are stated."""


class CandidateOrigin(Term):
    """Where a candidate comes from, most preferred first."""

    LISTED = ("listed", "Liste de l'utilisateur", "a place the user named")
    OEPRE = ("oepre", "École avec atelier OEPRE", "a school that hosts an OEPRE group today")
    REP_PLUS = ("rep_plus", "École REP+", "a school of a REP+ network")
    REP = ("rep", "École REP", "a school of a REP network")
    SCHOOL = ("school", "Autre école", "any other school")
    MAIRIE = ("mairie", "Mairie", "the mairie of a commune")


PRIORITY = tuple(origin.value for origin in CandidateOrigin)
FAVOURED = frozenset({CandidateOrigin.OEPRE.value, CandidateOrigin.REP_PLUS.value, CandidateOrigin.REP.value})
"""Those a bonus is for, where one is asked."""

_NETWORKS = {"REP+": CandidateOrigin.REP_PLUS.value, "REP": CandidateOrigin.REP.value}


def from_schools(schools: gpd.GeoDataFrame, communes: Collection[str], *, hosts: Collection[str] = ()) -> pd.DataFrame:
    """Return the schools of some communes that have a place.

    Parameters
    ----------
    schools : the layer of that name.
    communes : codes.
    hosts : UAI of the schools that host an OEPRE group.
    """
    here = schools[schools["commune_code"].isin(list(communes)) & schools["site_id"].notna()]
    origin = here["rep"].map(_NETWORKS).fillna(CandidateOrigin.SCHOOL.value)
    origin = origin.mask(here["uai"].isin(list(hosts)), CandidateOrigin.OEPRE.value)
    points = here.geometry.to_numpy()
    return _table(
        {
            "candidate_id": "uai:" + here["uai"].astype("str"),
            "name": here["name"],
            "origin": origin,
            "commune_code": here["commune_code"],
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
            "synthetic": here["synthetic"].astype(bool),
        }
    )


def from_mairies(communes: pd.DataFrame) -> pd.DataFrame:
    """Return the mairies of communes (territories table); those whose place is not known are left out."""
    here = communes[communes["mairie_lon"].notna() & communes["mairie_lat"].notna()]
    return _table(
        {
            "candidate_id": "mairie:" + here["code"].astype("str"),
            "name": "Mairie de " + here["name"].astype("str"),
            "origin": CandidateOrigin.MAIRIE.value,
            "commune_code": here["code"],
            "lon": here["mairie_lon"].astype("float64"),
            "lat": here["mairie_lat"].astype("float64"),
            "synthetic": False,
        }
    )


def from_list(listed: pd.DataFrame, *, kind: Kind) -> pd.DataFrame:
    """Return a user's places (``sources.candidates``); those stated for another kind of course are left out."""
    here = listed[listed["kind"].isna() | listed["kind"].eq(kind.value)].reset_index(drop=True)
    stated = here["start_time"].notna()
    slots = [
        _slots(days, start, end) if told else None
        for days, start, end, told in zip(here["days"], here["start_time"], here["end_time"], stated, strict=True)
    ]
    return _table(
        {
            "candidate_id": "liste:" + here["where"].astype("str"),
            "name": here["name"],
            "origin": CandidateOrigin.LISTED.value,
            "commune_code": here["commune_code"],
            "lon": here["lon"].astype("float64"),
            "lat": here["lat"].astype("float64"),
            "capacity": here["capacity"].astype("float64"),
            "slots": pd.Series(slots, dtype="str"),
            "synthetic": here["synthetic"].astype(bool),
        }
    )


def _slots(days: str | float, start: str, end: str) -> str:
    """Return stated hours as slots; where no day is stated the hours say « any », settled by :func:`with_hours`."""
    named = str(days).split(SEPARATOR) if isinstance(days, str) and days else ["any"]
    return SEPARATOR.join(f"{day} {start}-{end}" for day in named)


def together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Join tables of candidates in the order of preference; a place and hours given twice are kept once.

    Sorted by origin (see :class:`CandidateOrigin`), then commune, name and identifier.
    """
    found = [table for table in tables if len(table)]
    if not found:
        return _table({"candidate_id": pd.Series(dtype="str")})
    table = pd.concat(found, ignore_index=True)
    rank = table["origin"].map({origin: at for at, origin in enumerate(PRIORITY)})
    table = table.assign(rank=rank).sort_values(["rank", "commune_code", "name", "candidate_id"], kind="stable")
    first = ~table.assign(slots=table["slots"].fillna("")).duplicated(["site_id", "slots"])
    return table[first].drop(columns="rank").reset_index(drop=True)


def with_hours(table: pd.DataFrame, slots: Sequence[Slot], *, supposed: bool) -> pd.DataFrame:
    """Return one candidate per place and meeting: those stated, else one for each slot asked for.

    Parameters
    ----------
    slots : hours asked for, for places that state none; a place that states hours and no day takes their first day.
    supposed : whether nobody asked for these hours: they are then said to be supposed.
    """
    if not slots:
        raise OptionError("aucun horaire de cours", where="--hours", way_out="par exemple tue 09:00-11:30")
    asked = pd.DataFrame({"slots": [slot_text(slot) for slot in slots]})
    silent = table[table["slots"].isna()].drop(columns="slots").merge(asked, how="cross")
    silent = silent.assign(hours_supposed=supposed)
    stated = table[table["slots"].notna()].copy()
    day = WEEKDAYS[slots[0].weekday]
    partly = stated["slots"].str.startswith("any ")
    stated["slots"] = stated["slots"].str.replace("any ", f"{day} ", regex=False)
    stated["hours_supposed"] = partly
    result = pd.concat([stated, silent], ignore_index=True)[list(COLUMNS)]
    if len(slots) > 1 and len(silent):
        several = result["slots"].astype("str").where(result["candidate_id"].duplicated(keep=False), "")
        result["candidate_id"] = (result["candidate_id"].astype("str") + " " + several).str.strip()
    return together([result])


def slots_of(text: str) -> tuple[Slot, ...]:
    """Read ``tue 09:00-11:30;thu 09:00-11:30``; OptionError for what is no such hours."""
    found = []
    for part in text.split(SEPARATOR):
        day, _, hours = part.strip().partition(" ")
        start, _, end = hours.partition("-")
        found.append(Slot.parse(day, start, end))
    return tuple(sorted(set(found)))


def slot_text(slot: Slot) -> str:
    """Return a slot as tables hold it: ``tue 09:00-11:30``."""
    start, end = (f"{second // 3600:02d}:{second // 60 % 60:02d}" for second in (slot.start, slot.end))
    return f"{WEEKDAYS[slot.weekday]} {start}-{end}"


def _table(columns: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(columns).reset_index(drop=True)
    types = dict.fromkeys(("name", "origin", "commune_code", "slots"), "str")
    types |= dict.fromkeys(("lon", "lat", "capacity"), "float64") | {"synthetic": "bool"}
    for name, dtype in types.items():
        given = table[name] if name in table else pd.Series(index=table.index, dtype=dtype)
        table[name] = given.astype(pd.api.types.pandas_dtype(dtype))
    table["hours_supposed"] = False
    table["site_id"] = [f"{lon:.5f},{lat:.5f}" for lon, lat in zip(table["lon"], table["lat"], strict=True)]
    table["site_id"] = table["site_id"].astype("str")
    return table[list(COLUMNS)]
