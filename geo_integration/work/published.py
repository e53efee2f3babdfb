"""The standard public results: coverage by kind of course, for nobody in particular, published like any layer.

They are computed with :data:`Viewer.PUBLIC`, so that what is kept holds nothing the public may not see; a professional
who may see more asks for it, and it is computed for them.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from geo_integration import __version__
from geo_integration.disclosure import Viewer
from geo_integration.errors import MissingDataError
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.loaded import USED, Loaded, load
from geo_integration.jobs.outputs import describe
from geo_integration.jobs.request import Request
from geo_integration.jobs.studied import Studied, study_layers
from geo_integration.store import HistoryEntry, SnapshotInfo, Store
from geo_integration.vocabulary import Kind, Mode
from geo_integration.work.pinned import Pinned, is_public

MINUTES = 45.0
"""Longest trip of the standard question."""

LAYER = "coverage"
_STANDARD = "public"


@dataclass(frozen=True)
class ResultsState:
    """Whether the public results are those of what is published now.

    Attributes
    ----------
    current : nothing needs computing.
    stale : kinds to compute again, because data, day or method changed, or because they never were.
    as_of : the day looked at.
    inputs : layer → snapshot they should come from; of a layer about people, when and how often it changed instead.
    """

    current: bool
    stale: tuple[Kind, ...]
    as_of: date
    inputs: dict[str, str]

    @property
    def key(self) -> str:
        """Return what tells two states apart."""
        parts = (f"{name}={snapshot}" for name, snapshot in sorted(self.inputs.items()))
        return "|".join((self.as_of.isoformat(), __version__, ",".join(kind.value for kind in self.stale), *parts))


@dataclass(frozen=True)
class Published:
    """What publishing did: snapshots by layer, and kinds left for the next time."""

    snapshots: dict[str, str]
    left: tuple[Kind, ...] = ()


def layer_name(kind: Kind) -> str:
    """Return the name of the layer that holds the public results of a kind."""
    return f"{LAYER}.{kind.value}"


def results_state(store: Store, today: date) -> ResultsState:
    """Say whether the public results are up to date; a store without offers has none to compute."""
    histories = store.histories()
    inputs = inputs_of(histories)
    if "offers" not in inputs:
        return ResultsState(current=True, stale=(), as_of=today, inputs={})
    there = {kind for kind in Kind if histories.get(layer_name(kind))}
    offered = _offered(store, histories["offers"][-1].snapshot)
    stale = []
    for kind in Kind:
        if kind in there:
            if not _is_current(store.info(layer_name(kind)), inputs, today):
                stale.append(kind)
        elif kind in offered:
            stale.append(kind)
    return ResultsState(not stale, tuple(stale), today, inputs)


def inputs_of(histories: Mapping[str, Sequence[HistoryEntry]]) -> dict[str, str]:
    """Return what results are computed from, by layer, as a published result may tell it.

    The version of a public result is made from this too: a version made from counts must not enter it.
    """
    told = {name: histories[name] for name in USED if histories.get(name)}
    return {
        name: history[-1].snapshot if is_public(name) else f"@{history[-1].at.isoformat()}#{len(history)}"
        for name, history in told.items()
    }


def publish_results(
    store: Store,
    *,
    today: date,
    now: Callable[[], datetime],
    seconds_each: float,
    progress: Progress | None = None,
    people_wait: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Published:
    """Compute and publish every public result that is not up to date, one layer at a time.

    Each kind is one snapshot, whole or not at all; one that took longer than its share is published all the same, and
    those after it wait for the next time: nothing is cut in the middle of a table. So do they when somebody waits for
    the runner; at least one kind is done each time, so that however many ask, the results end up to date.

    Parameters
    ----------
    store : read as of one instant; what is published meanwhile makes the results out of date again, and is seen.
    today : the day the offers are looked at.
    now : instant of publication.
    seconds_each : time for each kind; the whole may take that times the number of kinds.
    progress : told what is being done.
    people_wait : says whether somebody's task waits for this one to end.
    clock : gives seconds.
    """
    state = results_state(store, today)
    if state.current:
        return Published({})
    pinned = Pinned.of(store)
    loaded = load(pinned)
    departements = covered(loaded)
    if not departements:
        raise MissingDataError(
            "les sources ne disent pas quels départements elles recensent",
            where="offers",
            way_out="importer une source avec ses départements (--covers)",
        )
    end = clock() + seconds_each * len(state.stale)
    done: dict[str, str] = {}
    for number, kind in enumerate(state.stale):
        if clock() > end or (done and people_wait()):
            return Published(done, state.stale[number:])
        if progress is not None:
            progress(f"Résultats publics : {kind.label}", number, len(state.stale))
        studied = study_layers(loaded, _question(kind, departements, today), keep_ways=False)
        info = store.publish(
            {layer_name(kind): studied.coverage},
            meta=_meta(studied, inputs_of(pinned.told), departements),
            report=None,
            now=now(),
        )
        done[layer_name(kind)] = info.id
    if progress is not None:
        progress("Résultats publics", len(state.stale), len(state.stale))
    return Published(done)


def covered(loaded: Loaded) -> tuple[str, ...]:
    """Return the départements some source of the offers reports on."""
    sources: Any = loaded.infos["offers"].meta["sources"]
    return tuple(sorted({code for source in sources for code in source["covers"]}))


def _question(kind: Kind, departements: Iterable[str], today: date) -> Request:
    return Request(territory=",".join(departements), kind=kind, minutes=MINUTES, as_of=today, viewer=Viewer.PUBLIC)


def _meta(studied: Studied, inputs: dict[str, str], departements: tuple[str, ...]) -> dict[str, Any]:
    """Return what must be known of a result; ``inputs`` say what it was computed from (:func:`inputs_of`)."""
    meta = describe(studied)
    return {
        "standard": _STANDARD,
        "viewer": Viewer.PUBLIC.role.value,
        "library_version": __version__,
        "title": meta["title"],
        "kind": meta["kind"],
        "level": meta["level"],
        "as_of": meta["as_of"],
        "minutes": MINUTES,
        "mode": Mode.CAR.value,
        "engine": meta["engine"],
        "inputs": dict(sorted(inputs.items())),
        "sources": [dict(source) for source in meta["sources"]],
        "method": meta["method"],
        "bounds": list(meta.get("bounds", [])),
        "notes": list(meta["notes"]),
        "disclaimer": list(meta["disclaimer"]),
        "synthetic": meta["synthetic"],
        "covers": list(departements),
    }


def _is_current(info: SnapshotInfo, inputs: dict[str, str], today: date) -> bool:
    meta = info.meta
    return (
        meta.get("standard") == _STANDARD
        and meta.get("as_of") == today.isoformat()
        and meta.get("minutes") == MINUTES
        and meta.get("library_version") == __version__
        and meta.get("inputs") == inputs
    )


_OFFERED: dict[tuple[str, str], frozenset[Kind]] = {}
"""Kinds of the latest offers looked at, by store and snapshot: a snapshot never changes."""


def _offered(store: Store, snapshot: str) -> frozenset[Kind]:
    """Return the kinds some offer is of; an offer of unknown kind is no kind of its own."""
    known = (store.location, snapshot)
    if known not in _OFFERED:
        kinds = set(store.read("offers", snapshot)["kind"].dropna())
        _OFFERED.clear()
        _OFFERED[known] = frozenset(kind for kind in Kind if kind.value in kinds and kind is not Kind.UNKNOWN)
    return _OFFERED[known]
