"""The courses as a scenario makes them: its actions done to the offers and sessions of today."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from rapidfuzz import fuzz, process

from geo_integration.coverage.scenario.actions import (
    PREFIX,
    Action,
    AddSite,
    ChangeCapacity,
    ChangeHours,
    CloseSite,
    MoveSite,
    OpenLine,
)
from geo_integration.coverage.scenario.places import Doing, commune_of, placed, point_of
from geo_integration.layers import LAYERS
from geo_integration.schema import SEPARATOR, WGS84
from geo_integration.text import fold
from geo_integration.vocabulary import EntryMode, Modality, Recruitment, Schooling

SOURCE = "scenario"
"""Among the sources of whatever a scenario adds or changes."""

_LIKE = 3
"""Most names suggested for one that is not found."""


@dataclass(frozen=True)
class Applied:
    """What a scenario makes of the courses.

    Attributes
    ----------
    layers : those given, with other offers and sessions.
    touched : one row per course and action: ``action`` (number), ``what`` (``added``, ``closed``, ``moved_from``,
        ``moved_to``, ``hours``, ``capacity``), ``offer_id``, ``title``, ``commune_name``, ``lon``, ``lat`` (null where
        the course has no place).
    """

    layers: dict[str, pd.DataFrame]
    touched: pd.DataFrame


@dataclass
class _State:
    """The tables on their way, and what was done to them."""

    offers: gpd.GeoDataFrame
    sessions: pd.DataFrame
    communes: pd.DataFrame
    touched: list[dict[str, Any]]

    def note(self, doing: Doing, what: str, offers: pd.DataFrame) -> None:
        for at in range(len(offers)):
            row = offers.iloc[[at]]
            lon, lat = point_of(row)
            told = {name: row[name].iloc[0] for name in ("offer_id", "title", "commune_name")}
            self.touched.append({"action": doing.number, "what": what, **told, "lon": lon, "lat": lat})

    def add_sessions(self, rows: list[dict[str, Any]]) -> None:
        added = LAYERS["sessions"].conform(pd.DataFrame(rows))
        self.sessions = _sorted(pd.concat([self.sessions, added], ignore_index=True), "session_id")


def apply(
    layers: Mapping[str, pd.DataFrame],
    actions: Sequence[Action],
    *,
    communes: pd.DataFrame,
    where: str = "scénario",
) -> Applied:
    """Do the actions of a scenario to the layers.

    Parameters
    ----------
    layers : by name; ``offers`` and ``sessions`` are needed. Left unchanged.
    actions : in order; a line opened (:class:`OpenLine`) changes no course and is left to who times the trips.
    communes : of the whole country: ``code``, ``name``, ``departement_code``, ``mairie_lon``, ``mairie_lat``.
    where : the file, for messages.

    Returns
    -------
    The layers of the scenario. What is added has an ``offer_id`` beginning by ``scenario:``; whatever is added or
    changed has ``scenario`` among its sources.

    Raises
    ------
    ScenarioRefusedError
        An action cannot be done: course, place or commune unknown, hours that end before they start.
    """
    offers = gpd.GeoDataFrame(layers["offers"].copy(), geometry="geometry", crs=WGS84)
    state = _State(offers, layers["sessions"].copy(), communes, [])
    for number, action in enumerate(actions, start=1):
        if not isinstance(action, OpenLine):
            _DO[type(action)](state, Doing(where, number, action))
    names = ["action", "what", "offer_id", "title", "commune_name", "lon", "lat"]
    touched = pd.DataFrame(state.touched, columns=names)
    return Applied({**layers, "offers": state.offers, "sessions": state.sessions}, touched)


def _add(state: _State, doing: Doing) -> None:
    action = doing.action
    assert isinstance(action, AddSite)  # noqa: S101 -- told to the type checker: _DO chose by type
    name = f"{PREFIX}{doing.number}"
    if state.offers["offer_id"].eq(name).any():
        doing.refuse(f"le cours {name} existe déjà", "name", "partir de couches qui ne viennent pas d'un scénario")
    row: dict[str, Any] = {
        "offer_id": name,
        "sources": SOURCE,
        "source_records": name,
        "title": action.name,
        "provider_name": action.provider,
        "kind": action.kind.value,
        "kind_confidence": 1.0,
        "level_entry": SEPARATOR.join(level.value for level in action.levels) or "unknown",
        "level_target": "unknown",
        "level_confidence": float(bool(action.levels)),
        "schooling": action.schooling.value,
        "schooling_confidence": float(action.schooling is not Schooling.UNKNOWN),
        "audience_exclusive": SEPARATOR.join(one.value for one in action.audience_exclusive) or None,
        "modality": Modality.IN_PERSON.value,
        "synthetic": False,
        **placed(doing, state.communes),
    }
    added = LAYERS["offers"].conform(gpd.GeoDataFrame([row], geometry="geometry", crs=WGS84))
    state.offers = _sorted(pd.concat([state.offers, added], ignore_index=True), "offer_id")
    state.add_sessions([_session_of(action, name)])
    state.note(doing, "added", added)


def _session_of(action: AddSite, name: str) -> dict[str, Any]:
    return {
        "session_id": f"{name}#1",
        "offer_id": name,
        "start_date": action.start_date.isoformat() if action.start_date else None,
        "end_date": action.end_date.isoformat() if action.end_date else None,
        "recruitment": Recruitment.OPEN.value,
        "entry_mode": action.entry_mode.value,
        "places_funded": action.places,
        "places_available": action.places,
        "weekly_hours": action.weekly_hours,
        "days": SEPARATOR.join(action.days) or None,
        "start_time": action.start,
        "end_time": action.end,
        "synthetic": False,
    }


def _move(state: _State, doing: Doing) -> None:
    action = doing.action
    assert isinstance(action, MoveSite)  # noqa: S101 -- as above
    chosen = _offers(state, doing, offer_id=action.offer_id, site_id=action.site_id)
    if state.offers.loc[chosen, "modality"].eq(Modality.REMOTE.value).all():
        field = "offer_id" if action.offer_id is not None else "site_id"
        doing.refuse(
            "ce cours est à distance : le déplacer ne change rien", field, "ouvrir un cours en salle (add_site)"
        )
    state.note(doing, "moved_from", state.offers[chosen])
    for name, value in placed(doing, state.communes).items():
        state.offers.loc[chosen, name] = value
    _mark(state, chosen)
    state.note(doing, "moved_to", state.offers[chosen])


def _close(state: _State, doing: Doing) -> None:
    action = doing.action
    assert isinstance(action, CloseSite)  # noqa: S101 -- as above
    if action.provider is None:
        chosen = _offers(state, doing, offer_id=action.offer_id, site_id=action.site_id)
    else:
        chosen = _of_provider(state, doing, action.provider, commune_of(doing, action.commune_code or ""))
    closed = state.offers[chosen]
    state.note(doing, "closed", closed)
    state.offers = state.offers[~chosen].reset_index(drop=True)
    state.sessions = state.sessions[~state.sessions["offer_id"].isin(closed["offer_id"])].reset_index(drop=True)


def _hours(state: _State, doing: Doing) -> None:
    action = doing.action
    assert isinstance(action, ChangeHours)  # noqa: S101 -- as above
    rows = _sessions(state, doing, offer_id=action.offer_id, session_id=action.session_id)
    told = {"days": SEPARATOR.join(action.days) or None, "start_time": action.start, "end_time": action.end}
    for name, value in told.items():
        if value is not None:
            state.sessions.loc[rows, name] = value
    changed = state.sessions[rows]
    start, end = (changed[name].str.zfill(len("09:00")) for name in ("start_time", "end_time"))  # 9:00 is before 11:00
    wrong = changed[end.le(start).fillna(value=False).astype(bool)]
    if len(wrong):
        first = wrong.iloc[0]
        what = f"la session {first['session_id']} irait de {first['start_time']} à {first['end_time']}"
        doing.refuse(what, "end" if action.end else "start", "donner start et end, la fin après le début")
    state.sessions.loc[rows, ["schedule_text", "hours_rule"]] = None
    _note_sessions(state, doing, "hours", changed)


def _capacity(state: _State, doing: Doing) -> None:
    action = doing.action
    assert isinstance(action, ChangeCapacity)  # noqa: S101 -- as above
    rows = _sessions(state, doing, offer_id=action.offer_id, session_id=action.session_id)
    sessions = state.sessions
    sessions.loc[rows, "places_available"] = action.places
    few = rows & sessions["places_funded"].lt(action.places).fillna(value=False).astype(bool)
    sessions.loc[few, "places_funded"] = action.places
    if action.places:
        sessions.loc[rows, "recruitment"] = Recruitment.OPEN.value
        sessions.loc[rows, "registration_end"] = None
    _note_sessions(state, doing, "capacity", sessions[rows])


def _note_sessions(state: _State, doing: Doing, what: str, sessions: pd.DataFrame) -> None:
    chosen = state.offers["offer_id"].isin(sessions["offer_id"])
    _mark(state, chosen)
    state.note(doing, what, state.offers[chosen])


def _mark(state: _State, chosen: "pd.Series[bool]") -> None:
    """Put the scenario among the sources of what it changed."""
    sources = state.offers.loc[chosen, "sources"]
    held = sources.str.split(SEPARATOR).map(lambda names: SOURCE in names)
    state.offers.loc[chosen, "sources"] = sources.where(held, sources + SEPARATOR + SOURCE)


def _offers(state: _State, doing: Doing, *, offer_id: str | None, site_id: str | None) -> "pd.Series[bool]":
    """Return which offers are meant; ScenarioRefusedError where there is none."""
    field, value = ("offer_id", offer_id) if offer_id is not None else ("site_id", site_id)
    chosen = _equal(state.offers[field], value)
    if not chosen.any():
        what = "ce cours n'existe pas" if field == "offer_id" else "aucun cours n'a lieu à cet endroit"
        doing.refuse(what, field, _alike(value or "", state.offers[field], "voir offer_id et site_id des offres"))
    return chosen


def _of_provider(state: _State, doing: Doing, provider: str, commune: str) -> "pd.Series[bool]":
    here = _equal(state.offers["commune_code"], commune)
    names = state.offers["provider_name"].fillna("").map(fold)
    chosen = here & (_equal(names, fold(provider)) | _equal(state.offers["provider_siret"], provider))
    if not chosen.any():
        known = sorted(set(state.offers.loc[here, "provider_name"].dropna()))
        way_out = (
            f"organismes de cette commune : {', '.join(known[:_LIKE])}" if known else "aucun cours dans la commune"
        )
        doing.refuse(f"cet organisme n'a pas de cours dans la commune {commune}", "provider", way_out)
    return chosen


def _sessions(state: _State, doing: Doing, *, offer_id: str | None, session_id: str | None) -> "pd.Series[bool]":
    """Return which sessions are meant; a course without any is given one, of which nothing else is known."""
    if session_id is not None:
        chosen = _equal(state.sessions["session_id"], session_id)
        if not chosen.any():
            way_out = _alike(session_id, state.sessions["session_id"], "voir session_id des sessions")
            doing.refuse("cette session n'existe pas", "session_id", way_out)
        return chosen
    _offers(state, doing, offer_id=offer_id, site_id=None)
    if not _equal(state.sessions["offer_id"], offer_id).any():
        row = {"session_id": f"{offer_id}#{PREFIX}{doing.number}", "offer_id": offer_id, "synthetic": False}
        row |= {"recruitment": Recruitment.UNKNOWN.value, "entry_mode": EntryMode.UNKNOWN.value}
        state.add_sessions([row])
    return _equal(state.sessions["offer_id"], offer_id)


def _equal(column: "pd.Series[str]", value: str | None) -> "pd.Series[bool]":
    """Say where a column holds a value; null holds none."""
    return pd.Series(column.to_numpy(dtype=object) == value, index=column.index, dtype=bool)


def _alike(value: str, known: "pd.Series[str]", otherwise: str) -> str:
    found = process.extract(value, sorted(set(known.dropna())), scorer=fuzz.ratio, limit=_LIKE, score_cutoff=60)
    return f"peut-être : {', '.join(name for name, _, _ in found)}" if found else otherwise


def _sorted(table: pd.DataFrame, key: str) -> Any:  # noqa: ANN401 -- the kind of table given
    return table.sort_values(key, kind="stable").reset_index(drop=True)


_DO: dict[type, Callable[[_State, Doing], None]] = {
    AddSite: _add,
    MoveSite: _move,
    CloseSite: _close,
    ChangeHours: _hours,
    ChangeCapacity: _capacity,
}
