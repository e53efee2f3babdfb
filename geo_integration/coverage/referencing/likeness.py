"""What each fact that two sides tell is worth: operator, place, kind, title, dates, and the weights of the whole.

Names are compared by the token-set and token-sort ratios of rapidfuzz: insertions and deletions between sorted words.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz, process, utils

from geo_integration.sources.records import SYNTHETIC_MARK
from geo_integration.text import fold
from geo_integration.vocabulary import Kind, Modality

type Floats = npt.NDArray[np.float64]
type Flags = npt.NDArray[np.bool_]

FACTS = ("operator", "place", "kind", "title", "dates")
FACT_LABELS = {
    "operator": "organisme",
    "place": "commune",
    "kind": "type de cours",
    "title": "intitulé",
    "dates": "dates",
}
_MADE_UP = re.compile(SYNTHETIC_MARK, re.IGNORECASE)
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class Rules:
    """Every weight and threshold of the check, in one place.

    Attributes
    ----------
    weights : what each fact is worth, of 100.
    likeness_floor : ratio of two names (0 to 100) that is worth nothing; 100 is worth 1.
    subset_worth : what a name whose words are all in the other is worth (« CCAS » in « CCAS de Lille »).
    same_siren_worth : what two establishments of one legal body are worth.
    farthest_km : distance between communes from which the place is worth nothing; half a worth next door.
    agreeing : worth from which a fact is said to agree.
    least_score : lowest score of a likeness.
    least_known : lowest total weight of the facts both sides tell.
    same_title : worth of two titles from which, with the same operator's name, commune and kind, they are one action.
    near_title : the same where the SIRET is the same, not only the name.
    other_title : worth of two titles below which they are said to differ.
    """

    weights: dict[str, float] = field(
        default_factory=lambda: {"operator": 40.0, "place": 25.0, "kind": 15.0, "title": 15.0, "dates": 5.0}
    )
    likeness_floor: float = 50.0
    subset_worth: float = 0.9
    same_siren_worth: float = 0.9
    farthest_km: float = 15.0
    agreeing: float = 0.7
    least_score: float = 70.0
    least_known: float = 55.0
    same_title: float = 0.7
    near_title: float = 0.6
    other_title: float = 0.4


RULES = Rules()


def facts_of(actions: pd.DataFrame, offers: pd.DataFrame, sessions: pd.DataFrame, rules: Rules) -> dict[str, Floats]:
    """Return what each fact is worth for each pair, NaN where a side does not tell it; shape (actions, offers)."""
    return {
        "operator": _operator(actions, offers, rules),
        "place": _place(actions, offers, rules),
        "kind": _kind(actions, offers),
        "title": _title(actions, offers, rules),
        "dates": _dates(actions, offers, sessions),
    }


def likeness(one: list[str], other: list[str], rules: Rules) -> Floats:
    """Return how like names are, 0 to 1: the words sorted, or a little less for the words of one within the other."""
    whole = process.cdist(one, other, scorer=fuzz.token_sort_ratio, dtype=np.float64)
    within = process.cdist(one, other, scorer=fuzz.token_set_ratio, dtype=np.float64) * rules.subset_worth
    worth = (np.maximum(whole, within) - rules.likeness_floor) / (100 - rules.likeness_floor)
    worth = np.clip(worth, 0.0, 1.0)
    worth[np.array([not text for text in one], dtype=bool), :] = np.nan
    worth[:, np.array([not text for text in other], dtype=bool)] = np.nan
    return np.asarray(worth, dtype=np.float64)


def words(text: object) -> str:
    """Return the words of a name for comparison, without the mark of what is made up."""
    return utils.default_process(_MADE_UP.sub("", fold(text))) if isinstance(text, str) else ""


def texts(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column as words for comparison."""
    return [words(value) for value in table[column]]


def codes(table: pd.DataFrame, column: str) -> npt.NDArray[np.object_]:
    """Return codes as objects, an empty text for null."""
    return np.array([value if isinstance(value, str) else "" for value in table[column]], dtype=object)


def equal(one: npt.NDArray[np.object_], other: npt.NDArray[np.object_]) -> tuple[Flags, Flags]:
    """Return where codes are the same, and where both are told; shape (one, other)."""
    told = (one != "")[:, None] & (other != "")[None, :]
    return np.asarray((one[:, None] == other[None, :]) & told, dtype=np.bool_), np.asarray(told, dtype=np.bool_)


def _operator(actions: pd.DataFrame, offers: pd.DataFrame, rules: Rules) -> Floats:
    """Return the likeness of operators: SIRET, then SIREN, then names; names count half where the SIREN differ."""
    names = likeness(texts(actions, "provider_name"), texts(offers, "provider_name"), rules)
    siret, siret_of_offers = codes(actions, "provider_siret"), codes(offers, "provider_siret")
    same, told = equal(siret, siret_of_offers)
    siren = np.array([code[:9] for code in siret], dtype=object)
    same_siren, _ = equal(siren, np.array([code[:9] for code in siret_of_offers], dtype=object))
    worth = np.where(told & ~same_siren, np.nan_to_num(names) / 2, names)
    worth = np.where(same_siren, np.fmax(worth, rules.same_siren_worth), worth)
    return np.where(same, 1.0, worth)


def _place(actions: pd.DataFrame, offers: pd.DataFrame, rules: Rules) -> Floats:
    same, told = equal(codes(actions, "commune_code"), codes(offers, "commune_code"))
    kilometres = _kilometres(actions, offers)
    near = 0.5 * np.clip(1 - kilometres / rules.farthest_km, 0, 1)
    worth = np.where(same, 1.0, np.where(told, np.nan_to_num(near), np.nan))
    worth[:, offers["modality"].eq(Modality.REMOTE.value).to_numpy()] = np.nan
    return worth


def _kilometres(actions: pd.DataFrame, offers: pd.DataFrame) -> Floats:
    """Return the great-circle distance between the communes, NaN where one is not known."""
    lon, lat = (np.radians(actions[name].to_numpy(dtype=np.float64))[:, None] for name in ("lon", "lat"))
    lon_of, lat_of = (np.radians(offers[name].to_numpy(dtype=np.float64))[None, :] for name in ("lon", "lat"))
    half = np.sin((lat_of - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat_of) * np.sin((lon_of - lon) / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))), dtype=np.float64)


def _kind(actions: pd.DataFrame, offers: pd.DataFrame) -> Floats:
    """Return 1 for the same kind, 0 for another. ASL and OEPRE name who pays: an offer of the programme is of it."""
    one, other = codes(actions, "kind"), codes(offers, "kind")
    unknown = (one == Kind.UNKNOWN.value)[:, None] | (other == Kind.UNKNOWN.value)[None, :]
    worth = (one[:, None] == other[None, :]).astype(np.float64)
    programme = np.array([fold(text) if isinstance(text, str) else "" for text in offers["programme"]], dtype=object)
    for kind, word in ((Kind.ASL, "asl"), (Kind.OEPRE, "oepre")):
        of_it = np.array([bool(re.search(rf"\b{word}\b", text)) for text in programme], dtype=bool)
        worth[np.ix_(one == kind.value, of_it)] = 1.0
    return np.where(unknown, np.nan, worth)


def _title(actions: pd.DataFrame, offers: pd.DataFrame, rules: Rules) -> Floats:
    """Return the likeness of titles; halved where their numbers (groups, levels) contradict each other."""
    one, other = texts(actions, "title"), texts(offers, "title")
    worth = likeness(one, other, rules)
    numbers, numbers_of = [_numbers(text) for text in one], [_numbers(text) for text in other]
    apart = np.array([[bool(a and b and not (a <= b or b <= a)) for b in numbers_of] for a in numbers], dtype=bool)
    return np.where(apart.reshape(worth.shape), worth / 2, worth)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split() if any(map(str.isdigit, word)))


def _dates(actions: pd.DataFrame, offers: pd.DataFrame, sessions: pd.DataFrame) -> Floats:
    """Return the part of the shorter of both periods that they share; NaN unless both ends are told."""
    first = sessions.groupby("offer_id")["start_date"].min().reindex(offers["offer_id"])
    last = sessions.groupby("offer_id")["end_date"].max().reindex(offers["offer_id"])
    start, end = (days(actions[name])[:, None] for name in ("start_date", "end_date"))
    start_of, end_of = days(first)[None, :], days(last)[None, :]
    shared = np.minimum(end, end_of) - np.maximum(start, start_of) + 1
    shorter = np.minimum(end - start, end_of - start_of) + 1
    return np.asarray(np.clip(shared / np.maximum(shorter, 1), 0, 1), dtype=np.float64)


def days(dates: "pd.Series[str]") -> Floats:
    """Return dates as days since 1970, NaN for null."""
    days = pd.to_datetime(dates.astype(object), errors="coerce").to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.float64))
