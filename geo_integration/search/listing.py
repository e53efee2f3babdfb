"""From fit and minutes to the list: what is in it, in which order, how much of it there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from geo_integration.search.found import Counts, Found, FoundOffer, Near, Reach, Search
from geo_integration.search.told import Travel, coverage_note, is_outline, method_of, summary_text
from geo_integration.search.warm import Fitting, Warm
from geo_integration.territories.tables import attributes
from geo_integration.travel.snapping import Floats
from geo_integration.vocabulary import Fit, LocationQuality, OfferStatus

NEAREST = 5
"""Courses told where none sure to fit is in reach."""

_SESSIONS = 5
_MAIRIE_NOTE = "Lieu d'un cours placé à la mairie de sa commune : sa position exacte n'est pas connue."
_FICTITIOUS = "DONNÉES FICTIVES : des cours sont inventés pour la démonstration. Ne rien en conclure."
_NEAREST_NOTE = "Aucun cours sûr de convenir n'est à portée : les plus proches sont donnés à part (nearest)."
_UNPLACED_NOTE = "« Trajet non connu » n'est pas « trop loin » : le lieu, ou le chemin, manque."

_FITS, _MAY, _FULL, _NO = range(4)
_WITHIN, _REMOTE, _NOT_KNOWN, _TOO_FAR = range(4)
_REACH = (Reach.WITHIN, Reach.REMOTE, Reach.NOT_KNOWN, Reach.TOO_FAR)

type Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class _Sorted:
    """Every offer, judged and reached, in the order of the offers; ``metres`` is NaN without a place."""

    fit: Codes
    reach: Codes
    longer: Floats
    metres: Floats


def listed(warm: Warm, fitting: Fitting, travel: Travel, question: Search, departement: str | None) -> Found:
    """Return the answer to a question.

    The list holds the courses in reach that fit, then those that may, then those that fit or may and whose trip is not
    known, then those that fit and are full; ``everything`` adds those too far, then those that do not fit. Each group
    by the longer of there and back, then straight-line distance, then identifier. A course without a place that is
    known to be in another région, or of which nothing is known where no source speaks of the origin, is ``too_far``.
    """
    found = _sorted(warm, fitting, travel, question)
    covered = warm.covered(departement, question.profile.kinds)
    found.reach[(found.reach == _NOT_KNOWN) & _elsewhere(warm, departement, covered)] = _TOO_FAR
    order, total = _ordered(warm, found, everything=question.everything)
    page = order[question.offset : question.offset + question.limit]
    counts = _counts(found)
    nearest = _nearest(warm, found) if not counts.fits else np.empty(0, np.intp)
    shown = (*page, *nearest)
    near = Near(departement, covered)
    every = {int(row): _offer(warm, fitting, travel, found, int(row)) for row in shown}
    synthetic = warm.synthetic
    return Found(
        question=question,
        items=tuple(every[int(row)] for row in page),
        total=total,
        counts=counts,
        nearest=tuple(every[int(row)] for row in nearest),
        summary=summary_text(counts, near, question),
        near=near,
        notes=_notes(every, near, travel, question, synthetic=synthetic),
        sources=(*warm.sources(), *travel.sources),
        method=method_of(question.means),
        snapshots=warm.snapshots,
        published_at=warm.published_at,
        estimated=is_outline(question.means),
        outline=is_outline(question.means),
        synthetic=synthetic,
    )


def one(warm: Warm, fitting: Fitting, travel: Travel, question: Search, offer_id: str) -> FoundOffer:
    """Return one course, whatever it is to who asks."""
    return _offer(warm, fitting, travel, _sorted(warm, fitting, travel, question), warm.row[offer_id])


def untravelled(warm: Warm, fitting: Fitting, rows: Sequence[int]) -> tuple[FoundOffer, ...]:
    """Return courses nobody travels to: their trip is not known."""
    nothing = np.full(len(warm.offers), np.nan)
    travel = Travel(nothing, nothing, (), ())
    codes = np.where(warm.remote, _REMOTE, _NOT_KNOWN).astype(np.int8)
    found = _Sorted(_fit(fitting), codes, nothing, nothing)
    return tuple(_offer(warm, fitting, travel, found, row) for row in rows)


def _sorted(warm: Warm, fitting: Fitting, travel: Travel, question: Search) -> _Sorted:
    return _Sorted(_fit(fitting), _reach(warm, travel, question), _longer(travel), _metres(warm, question))


def _fit(fitting: Fitting) -> Codes:
    """Return what each offer is: it fits, it may, it fits and is full, or it does not fit."""
    codes = np.full(len(fitting.fits), _NO, dtype=np.int8)
    codes[fitting.fits == Fit.UNKNOWN] = _MAY
    codes[fitting.fits == Fit.FITS] = _FITS
    codes[fitting.status == OfferStatus.FULL] = _FULL
    codes[fitting.status == OfferStatus.OVER] = _NO
    return codes


def _reach(warm: Warm, travel: Travel, question: Search) -> Codes:
    codes = np.full(len(warm.offers), _TOO_FAR, dtype=np.int8)
    longer = _longer(travel)
    codes[np.isnan(longer)] = _NOT_KNOWN
    codes[longer <= question.minutes] = _WITHIN
    codes[warm.remote] = _REMOTE
    return codes


def _elsewhere(warm: Warm, departement: str | None, covered: str) -> npt.NDArray[np.bool_]:
    """Say which courses, wherever their place is, are surely not of this région; none where that is not known."""
    regions = _region_of()
    here = regions.get(departement)
    told = [regions.get(card["departement_code"]) for card in warm.cards]
    silent = departement is None or covered in {"no", "outside"}
    apart = np.array([silent if region is None else region != here for region in told], dtype=bool)
    elsewhere: npt.NDArray[np.bool_] = (warm.site < 0) & apart
    return elsewhere


@cache
def _region_of() -> Mapping[str | None, str]:
    table = attributes("departements")
    return dict(zip(table["code"], table["region_code"], strict=True))


def _longer(travel: Travel) -> Floats:
    longer: Floats = np.maximum(travel.out, travel.back)
    return longer


def _metres(warm: Warm, question: Search) -> Floats:
    if not len(warm.site_ids):
        return np.full(len(warm.site), np.nan)
    metres = warm.places.metres_from(question.origin.lon, question.origin.lat)
    return np.where(warm.site >= 0, metres[warm.site], np.nan)


def _ordered(warm: Warm, found: _Sorted, *, everything: bool) -> tuple[npt.NDArray[np.intp], int]:
    """Return the rows of the list, best first, and how many there are."""
    near = (found.reach == _WITHIN) | (found.reach == _REMOTE)
    fits, may = found.fit == _FITS, found.fit == _MAY
    group = np.select(
        [
            fits & near,
            may & near,
            (fits | may) & (found.reach == _NOT_KNOWN),
            (found.fit == _FULL) & (found.reach != _TOO_FAR),
            (found.fit != _NO),
        ],
        [0, 1, 2, 3, 4],
        default=5,
    )
    rows = np.flatnonzero(group <= (5 if everything else 3))
    order = np.lexsort(
        (
            warm.rank[rows],
            found.metres[rows],
            np.nan_to_num(found.longer[rows], nan=np.inf),
            found.reach[rows],
            group[rows],
        )
    )
    return rows[order], len(rows)


def _nearest(warm: Warm, found: _Sorted) -> npt.NDArray[np.intp]:
    """Return the nearest courses that fit or may and are too far, those of known minutes first."""
    rows = np.flatnonzero((found.fit <= _MAY) & (found.reach == _TOO_FAR) & np.isfinite(found.metres))
    order = np.lexsort((warm.rank[rows], found.metres[rows], found.longer[rows]))
    return rows[order][:NEAREST]


def _counts(found: _Sorted) -> Counts:
    near = (found.reach == _WITHIN) | (found.reach == _REMOTE)
    possible = found.fit <= _MAY
    return Counts(
        fits=int((near & (found.fit == _FITS)).sum()),
        unknown=int((near & (found.fit == _MAY)).sum()),
        full=int((near & (found.fit == _FULL)).sum()),
        not_known=int((possible & (found.reach == _NOT_KNOWN)).sum()),
        too_far=int((possible & (found.reach == _TOO_FAR)).sum()),
        does_not_fit=int((found.fit == _NO).sum()),
    )


def _offer(warm: Warm, fitting: Fitting, travel: Travel, found: _Sorted, row: int) -> FoundOffer:
    reach = _REACH[found.reach[row]]
    hours = travel.hours[row] if travel.hours is not None else None
    told = fitting.told(row)
    return FoundOffer(
        card=warm.cards[row],
        fit=fitting.fits[row],
        reasons=told.reasons,
        status=fitting.status[row],
        reach=reach,
        out_minutes=None if reach is Reach.REMOTE else _finite(travel.out[row]),
        back_minutes=None if reach is Reach.REMOTE else _finite(travel.back[row]),
        distance_metres=None if reach is Reach.REMOTE else _finite(found.metres[row]),
        class_hours=hours.text if hours else None,
        no_way_home=bool(travel.no_way_home[row]) if travel.no_way_home is not None else False,
        sessions=warm.next_sessions(row, fitting, _SESSIONS),
        unknown=told.criteria(Fit.UNKNOWN),
        refused=told.criteria(Fit.DOES_NOT_FIT),
        slot=hours.slots[0] if hours else None,
        basis=hours.basis if hours else None,
        slots=hours.slots if hours else (),
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _notes(
    shown: dict[int, FoundOffer], near: Near, travel: Travel, question: Search, *, synthetic: bool
) -> tuple[str, ...]:
    offers = shown.values()
    notes = [_FICTITIOUS] if synthetic else []
    notes += [coverage_note(near)]
    notes += question.origin.notes
    if any(offer.reach is Reach.TOO_FAR for offer in offers) and not question.everything:
        notes.append(_NEAREST_NOTE)
    if any(offer.reach is Reach.NOT_KNOWN for offer in offers):
        notes.append(_UNPLACED_NOTE)
    if any(offer.card["location_quality"] == LocationQuality.MAIRIE.value for offer in offers):
        notes.append(_MAIRIE_NOTE)
    if question.profile.silence_is_open:
        notes.append("Une session dont la source ne dit pas si elle recrute compte comme ouverte.")
    if not question.profile.described:
        notes.append("Rien n'est dit de la personne : les publics réservés ne sont pas pris en compte.")
    return tuple(note for note in dict.fromkeys([*notes, *travel.notes]) if note)
