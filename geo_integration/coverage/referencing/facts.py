"""What is stale or wrong in an offer that answers a funded action: what it shows, what it should, and who says so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from geo_integration.coverage.fit.judgement import session_states
from geo_integration.coverage.referencing.likeness import RULES, Rules
from geo_integration.coverage.referencing.terms import FactKind
from geo_integration.text import fold
from geo_integration.vocabulary import Kind, LocationQuality, Modality, term

_DAYS_A_MONTH = 30.4375
_BOP104 = re.compile(r"\b(bop|programme|p)[ .-]?0?104\b")
_ASL = re.compile(r"\basl\b")
SILENT = "non indiqué"


@dataclass(frozen=True)
class Freshness:
    """How old is too old.

    Attributes
    ----------
    as_of : day the offers are looked at.
    months : an offer not updated for longer is old.
    closed_months : one that takes nobody and was not updated for longer has been closed for long.
    """

    as_of: date
    months: float = 12.0
    closed_months: float = 6.0

    def before(self, months: float) -> str:
        """Return the day so many months before, ISO 8601."""
        return (self.as_of - timedelta(days=round(months * _DAYS_A_MONTH))).isoformat()


@dataclass(frozen=True)
class Fact:
    """One fact to correct: what the cartography shows, what was expected, and who says so."""

    fact: FactKind
    shown: str
    expected: str
    source: str


def differing(
    pairs: pd.DataFrame,
    actions: pd.DataFrame,
    offers: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    freshness: Freshness,
    file: str,
    rules: Rules = RULES,
) -> pd.DataFrame:
    """Return the facts that differ, one line each.

    Parameters
    ----------
    pairs : the pair of each action (:class:`.Links`), with what each fact is worth.
    actions, offers, sessions : as :func:`.link` takes them.
    freshness : how old is too old.
    file : name of the list of funded actions, cited as the source of what was expected.

    Returns
    -------
    ``action_id``, ``offer_id``, ``fact`` (:class:`FactKind`), ``shown``, ``expected``, ``source``; in the order of
    ``pairs``. What a side does not tell differs from nothing.
    """
    of_action = _records(actions, "action_id")
    of_offer = _records(offers, "offer_id")
    of_sessions = _sessions(sessions, set(pairs["offer_id"]), freshness.as_of)
    rows = []
    for pair in pairs.to_dict("records"):
        action, offer = of_action[pair["action_id"]], of_offer[pair["offer_id"]]
        its = of_sessions.get(pair["offer_id"], _NONE)
        cited = f"{file}, {action['row']}"
        found = [*_own(offer, its, action, freshness), *_beside(pair, action, offer, its, cited, rules)]
        rows += [(pair["action_id"], pair["offer_id"], f.fact.value, f.shown, f.expected, f.source) for f in found]
    return pd.DataFrame(rows, columns=["action_id", "offer_id", "fact", "shown", "expected", "source"], dtype="str")


@dataclass(frozen=True)
class _Sessions:
    """The sessions of one offer: live or over, taking people, and what they say."""

    count: int
    live: bool
    takes: bool
    first: str | None
    last: str | None
    places: int | None
    impossible: str


_NONE = _Sessions(0, live=False, takes=False, first=None, last=None, places=None, impossible="")


def _sessions(sessions: pd.DataFrame, wanted: set[str], as_of: date) -> dict[str, _Sessions]:
    some = sessions[sessions["offer_id"].isin(wanted)]
    states = session_states(some, as_of=as_of)
    found = {}
    for offer_id, its in some.groupby("offer_id", sort=True):
        live = states.loc[its.index, "live"]
        counted = its[live] if live.any() else its
        funded = counted["places_funded"]
        found[str(offer_id)] = _Sessions(
            count=len(its),
            live=bool(live.any()),
            takes=bool(states.loc[its.index, "takes"].any()),
            first=_text(its["start_date"].min()),
            last=None if its["end_date"].isna().any() else _text(its["end_date"].max()),
            places=None if funded.isna().any() else int(funded.sum()),
            impossible=_impossible(its),
        )
    return found


def _impossible(sessions: pd.DataFrame) -> str:
    """Return the first number of places that cannot be, in words; empty where there is none."""
    for funded, left in zip(sessions["places_funded"], sessions["places_available"], strict=True):
        for name, number in (("places", funded), ("places restantes", left)):
            if not pd.isna(number) and number < 0:
                return f"{int(number)} {name}"
        if not pd.isna(funded) and not pd.isna(left) and left > funded:
            return f"{int(left)} places restantes pour {int(funded)} places"
    return ""


def _own(offer: Mapping[str, Any], its: _Sessions, action: Mapping[str, Any], freshness: Freshness) -> Iterator[Fact]:
    """Give what is wrong in the offer whatever the action says, but for its last day."""
    today = freshness.as_of.isoformat()
    map_says = "cartographie"
    if not its.count:
        yield Fact(FactKind.NO_SESSION, "aucune session", _period(action) or "les dates de l'action", map_says)
    elif not its.live and not (action["end_date"] and action["end_date"] < today):
        told = f"dernière session finie le {its.last}" if its.last else f"commencée le {its.first}, sans fin"
        yield Fact(FactKind.SESSIONS_OVER, told, _period(action) or "des dates à venir", map_says)
    elif its.live and not its.takes and (offer["updated_on"] or today) < freshness.before(freshness.closed_months):
        told = f"aucune session ne recrute, fiche du {offer['updated_on']}"
        yield Fact(FactKind.CLOSED_LONG, told, "l'état du recrutement", map_says)
    if its.impossible:
        yield Fact(FactKind.PLACES_IMPOSSIBLE, its.impossible, "un nombre de places possible", map_says)
    if offer["location_quality"] == LocationQuality.NONE.value:
        yield Fact(FactKind.PLACE_UNKNOWN, "ni commune ni point", action["commune_name"] or "la commune", map_says)
    if not offer["phone"]:
        yield Fact(FactKind.PHONE_MISSING, SILENT, action["phone"] or "un numéro à appeler", map_says)
    if offer["updated_on"] and offer["updated_on"] < freshness.before(freshness.months):
        expected = f"une mise à jour depuis le {freshness.before(freshness.months)}"
        yield Fact(FactKind.NOT_UPDATED, offer["updated_on"], expected, map_says)


def _beside(
    pair: Mapping[Any, Any],
    action: Mapping[str, Any],
    offer: Mapping[str, Any],
    its: _Sessions,
    cited: str,
    rules: Rules,
) -> Iterator[Fact]:
    """Give what differs from the list; a fact one side does not tell is no difference."""
    if pair["operator"] < rules.agreeing:
        yield Fact(FactKind.OPERATOR_DIFFERS, _or(offer["provider_name"]), _or(action["provider_name"]), cited)
    if pair["place"] < 1:
        yield Fact(FactKind.COMMUNE_DIFFERS, _commune(offer), _commune(action), cited)
    if pair["kind"] == 0:
        yield Fact(FactKind.KIND_DIFFERS, term(Kind, offer["kind"]).label, term(Kind, action["kind"]).label, cited)
    if pair["title"] < rules.other_title:
        yield Fact(FactKind.TITLE_DIFFERS, offer["title"], action["title"], cited)
    if pair["dates"] == 0 and its.live:
        yield Fact(FactKind.DATES_DIFFER, f"du {its.first} au {its.last}", _period(action), cited)
    if action["phone"] and offer["phone"] and not _digits(action["phone"]) & _digits(offer["phone"]):
        yield Fact(FactKind.PHONE_DIFFERS, offer["phone"], action["phone"], cited)
    if action["places"] is not None and its.places is not None and its.places != action["places"]:
        yield Fact(FactKind.PLACES_DIFFER, str(its.places), str(int(action["places"])), cited)
    if action["address"] and not offer["address"] and offer["modality"] != Modality.REMOTE.value:
        yield Fact(FactKind.ADDRESS_MISSING, SILENT, action["address"], cited)
    if not says_bop104(offer):
        yield Fact(FactKind.FUNDING_NOT_STATED, _or(offer["market_reference"] or offer["programme"]), "BOP 104", cited)


def says_bop104(offer: Mapping[Any, Any]) -> str:
    """Return the words of an offer that say BOP 104 or ASL pays; empty where none does."""
    for name in ("market_reference", "programme", "funders"):
        text = offer[name]
        if isinstance(text, str) and (_BOP104.search(fold(text)) or (name == "programme" and _ASL.search(fold(text)))):
            return text
    return ""


def _records(table: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Return rows as plain objects by key, None for every null."""
    plain = table.drop(columns="geometry", errors="ignore").astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return {str(row[key]): {str(name): value for name, value in row.items()} for row in rows}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _or(text: str | None) -> str:
    return text or SILENT


def _commune(row: Mapping[str, Any]) -> str:
    return f"{row['commune_name']} ({row['commune_code']})" if row["commune_code"] else SILENT


def _period(action: Mapping[str, Any]) -> str:
    start, end = action["start_date"], action["end_date"]
    if start and end:
        return f"du {start} au {end}"
    return f"à partir du {start}" if start else f"jusqu'au {end}" if end else ""


def _digits(phones: str) -> set[str]:
    return {"".join(filter(str.isdigit, one))[-9:] for one in phones.split("/")}
