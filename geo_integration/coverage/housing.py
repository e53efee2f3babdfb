"""Housing and language, before placement: what can be reached from a commune without a car, there and back.

Three criteria, each told by mode and never mixed into a mark: a course that fits and takes people, a test centre, the
préfecture. A criterion is met where one of the modes without a car reaches it and comes home within the time; it is not
met where every one of these modes is known and none does; otherwise it is not known. No published method ranks communes
so: the order is a list of plain comparisons, written in :func:`ranked`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_integration.coverage.ways import Ways
from geo_integration.vocabulary import HousingKind, Mode, OfferStatus, Term

WITHOUT_CAR = (Mode.FOOT, Mode.BIKE, Mode.TRANSIT)
CRITERIA = ("course", "centre", "prefecture")

type Places = npt.NDArray[np.int32]
type Counts = npt.NDArray[np.float64]


class Met(Term):
    """Whether a criterion is met."""

    YES = ("yes", "Oui", "reached and back within the time")
    NO = ("no", "Non", "known, and not reached and back within the time")
    UNKNOWN = ("unknown", "Inconnu", "a mode, a place or a source is not known")


class Placement(Term):
    """How a commune stands for who would be housed there."""

    GOOD = ("good", "Bien placée", "course, test centre and préfecture, all reached without a car")
    PARTLY = ("partly", "En partie", "a course is reached without a car; the rest is not, or not known")
    BAD = ("bad", "Mal placée", "no course that fits is reached without a car, there and back")
    UNKNOWN = ("unknown", "Inconnu", "nobody can say whether a course is reached without a car")


@dataclass(frozen=True)
class Targets:
    """What is looked for, on the places of one mode.

    Attributes
    ----------
    course, centre : offers by place: ``place`` (position in the ways), ``offer_id``, ``status`` (``OfferStatus`` code;
        open counts for sure, unknown perhaps, full is said). An offer may be at several places.
    prefecture : ``place``, ``departement_code``.
    """

    course: pd.DataFrame
    centre: pd.DataFrame
    prefecture: pd.DataFrame


@dataclass(frozen=True)
class ModeWays:
    """Every way of one mode, and what is at its places; no ways where the mode is not known, with the reason."""

    mode: Mode
    ways: Ways | None = None
    targets: Targets | None = None
    reason: str = ""


def reached(
    communes: pd.DataFrame,
    modes: Sequence[ModeWays],
    *,
    cutoff_minutes: float,
    told_course: npt.NDArray[np.bool_],
    told_centre: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Say, commune by commune and mode by mode, what is reached there and back.

    Parameters
    ----------
    communes : ``code``, ``departement_code``; the order of the ways.
    modes : one per mode that is spoken of; a mode without ways is not known.
    cutoff_minutes : longest trip accepted, each way.
    told_course, told_centre : whether some source reports courses (test centres) in the commune's département, shape
        (communes,): elsewhere, finding none is no « no ».

    Returns
    -------
    ``commune_code``; per mode ``{mode}_courses`` (surely fitting, taking people), ``{mode}_courses_high`` (unknown fits
    included), ``{mode}_full``, ``{mode}_out_minutes`` and ``{mode}_back_minutes`` to the nearest sure one (within the
    horizon), ``{mode}_offer_id``, ``{mode}_centre`` and ``{mode}_prefecture`` (:class:`Met`). Counts are null where the
    mode is not known, or no network serves the commune.
    """
    table = pd.DataFrame({"commune_code": communes["code"].to_numpy()})
    own = communes["departement_code"].to_numpy(dtype=object)
    for one in modes:
        name = one.mode.value
        if one.ways is None or one.targets is None:
            _silent(table, name)
            continue
        ways, inside = one.ways, one.ways.within(cutoff_minutes)
        counts = {
            status: np.where(ways.routable, _offers_within(ways, inside, one.targets.course, status), np.nan)
            for status in (OfferStatus.OPEN, OfferStatus.UNKNOWN, OfferStatus.FULL)
        }
        table[f"{name}_courses"] = counts[OfferStatus.OPEN]
        table[f"{name}_courses_high"] = counts[OfferStatus.OPEN] + counts[OfferStatus.UNKNOWN]
        table[f"{name}_full"] = counts[OfferStatus.FULL]
        _nearest(table, name, ways, one.targets.course)
        course = _met(counts[OfferStatus.OPEN], counts[OfferStatus.UNKNOWN], ways.routable, told_course)
        table[f"{name}_course"] = course
        sure, perhaps = (
            _offers_within(ways, inside, one.targets.centre, status)
            for status in (OfferStatus.OPEN, OfferStatus.UNKNOWN)
        )
        table[f"{name}_centre"] = _met(sure, perhaps, ways.routable, told_centre)
        table[f"{name}_prefecture"] = _prefecture(ways, inside, one.targets.prefecture, own)
    return table


def _silent(table: pd.DataFrame, name: str) -> None:
    """Fill the columns of a mode nothing is known of."""
    numbers = ("courses", "courses_high", "full", "out_minutes", "back_minutes")
    for column in numbers:
        table[f"{name}_{column}"] = np.nan
    table[f"{name}_offer_id"] = pd.Series(index=table.index, dtype="str")
    for criterion in CRITERIA:
        table[f"{name}_{criterion}"] = Met.UNKNOWN.value


def _offers_within(ways: Ways, inside: npt.NDArray[np.bool_], offers: pd.DataFrame, status: OfferStatus) -> Counts:
    """Count the offers of a status within the time of each commune, each once wherever it is held."""
    some = offers[offers["status"].eq(status.value)]
    pairs = pd.DataFrame({"commune": ways.commune[inside], "place": ways.place[inside]})
    met = pairs.merge(some[["place", "offer_id"]], on="place").drop_duplicates(["commune", "offer_id"])
    return np.bincount(met["commune"].to_numpy(dtype=np.int64), minlength=len(ways.communes)).astype(np.float64)


def _nearest(table: pd.DataFrame, name: str, ways: Ways, courses: pd.DataFrame) -> None:
    """Note the nearest surely fitting course, by the longer of there and back; of equals, the first by identifier."""
    some = courses[courses["status"].eq(OfferStatus.OPEN.value)]
    home = np.isfinite(ways.back_minutes)
    pairs = pd.DataFrame(
        {
            "commune": ways.commune[home],
            "place": ways.place[home],
            "out_minutes": ways.out_minutes[home].astype(np.float64),
            "back_minutes": ways.back_minutes[home].astype(np.float64),
            "longer": ways.longer_minutes[home],
        }
    )
    met = pairs.merge(some[["place", "offer_id"]], on="place")
    first = met.sort_values(["commune", "longer", "offer_id", "place"]).drop_duplicates("commune").set_index("commune")
    first = first.reindex(range(len(table)))
    table[f"{name}_out_minutes"] = first["out_minutes"].round(1).to_numpy()
    table[f"{name}_back_minutes"] = first["back_minutes"].round(1).to_numpy()
    table[f"{name}_offer_id"] = pd.Series(first["offer_id"].to_numpy(), index=table.index, dtype="str")


def _met(
    sure: Counts, perhaps: Counts, routable: npt.NDArray[np.bool_], told: npt.NDArray[np.bool_]
) -> npt.NDArray[np.str_]:
    """Say yes where one is sure; unknown where one may be, where no source speaks, or no network serves; else no."""
    return np.select(
        [np.nan_to_num(sure) > 0, ~routable | ~told | (np.nan_to_num(perhaps) > 0)],
        [Met.YES.value, Met.UNKNOWN.value],
        Met.NO.value,
    )


def _prefecture(
    ways: Ways, inside: npt.NDArray[np.bool_], places: pd.DataFrame, own: npt.NDArray[np.object_]
) -> npt.NDArray[np.str_]:
    """Say whether the préfecture of each commune's own département is reached and back."""
    of_place = np.full(len(ways.places), "", dtype=object)
    of_place[places["place"].to_numpy(dtype=np.int64)] = places["departement_code"].to_numpy(dtype=object)
    right = inside & (of_place[ways.place] == own[ways.commune])
    yes = np.zeros(len(own), dtype=np.bool_)
    yes[ways.commune[right]] = True
    known = ways.routable & np.isin(own.astype(str), places["departement_code"].to_numpy(dtype=str))
    return np.select([yes, ~known], [Met.YES.value, Met.UNKNOWN.value], Met.NO.value)


def judged(table: pd.DataFrame, modes: Sequence[Mode] = WITHOUT_CAR) -> pd.DataFrame:
    """Add to what is reached the three criteria without a car, how many are met at least and at most, the placement.

    Parameters
    ----------
    table : what :func:`reached` gave, with every mode of ``modes``.
    modes : those that ask for no car.

    Returns
    -------
    A copy with ``course``, ``centre``, ``prefecture`` (:class:`Met`), ``criteria_low``, ``criteria_high`` (0 to 3),
    ``courses_low`` and ``courses_high`` (the mode that reaches most; high is null where a mode is not known),
    ``minutes`` (nearest course, the quickest of the modes known, longer of there and back), ``by_mode``, ``placement``.
    """
    result = table.copy()
    for criterion in CRITERIA:
        result[criterion] = any_mode([table[f"{mode.value}_{criterion}"] for mode in modes])
    met = result[list(CRITERIA)]
    result["criteria_low"] = (met == Met.YES.value).sum(axis=1)
    result["criteria_high"] = (met != Met.NO.value).sum(axis=1)
    result["courses_low"] = table[[f"{mode.value}_courses" for mode in modes]].max(axis=1)
    result["courses_high"] = table[[f"{mode.value}_courses_high" for mode in modes]].max(axis=1, skipna=False)
    longer = pd.concat(
        [np.maximum(table[f"{m.value}_out_minutes"], table[f"{m.value}_back_minutes"]) for m in modes], axis=1
    )
    longer.columns = pd.Index([mode.value for mode in modes])
    result["minutes"] = longer.min(axis=1)
    quickest = longer.fillna(np.inf).idxmin(axis=1)
    result["by_mode"] = quickest.where(result["minutes"].notna())
    course = result["course"]
    result["placement"] = np.select(
        [
            result["criteria_low"].eq(len(CRITERIA)),
            course.eq(Met.YES.value),
            course.eq(Met.NO.value),
        ],
        [Placement.GOOD.value, Placement.PARTLY.value, Placement.BAD.value],
        Placement.UNKNOWN.value,
    )
    return result


def any_mode(columns: Sequence["pd.Series[str]"]) -> npt.NDArray[np.str_]:
    """Say yes where one of the modes does, no where all are known not to, else unknown."""
    table = pd.concat(list(columns), axis=1)
    return np.select(
        [(table == Met.YES.value).any(axis=1).to_numpy(), (table == Met.NO.value).all(axis=1).to_numpy()],
        [Met.YES.value, Met.NO.value],
        Met.UNKNOWN.value,
    )


_COURSE_FIRST = {Met.YES.value: 0, Met.UNKNOWN.value: 1, Met.NO.value: 2}
RANK_RULE = (
    "un cours adapté sans voiture (oui, puis inconnu, puis non) ; nombre de critères sûrement remplis ; nombre de "
    "critères peut-être remplis ; nombre de cours adaptés à portée ; durée jusqu'au plus proche ; à égalité, même rang"
)


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Rank communes for the next captures, best first, by plain comparisons one after the other.

    In order: a fitting course without a car (yes, then unknown, then no); criteria surely met, most first; criteria
    perhaps met, most first; courses surely reached, most first; minutes to the nearest, fewest first (none last).
    Communes equal in all of them have the same ``rank``; they are listed by code.
    """
    keys = pd.DataFrame(
        {
            "course": table["course"].map(_COURSE_FIRST),
            "low": -table["criteria_low"],
            "high": -table["criteria_high"],
            "courses": -table["courses_low"].fillna(0),
            "minutes": table["minutes"].fillna(np.inf),
        }
    )
    order = keys.assign(code=table["commune_code"]).sort_values([*keys.columns, "code"]).index
    sorted_keys = keys.loc[order].reset_index(drop=True)
    new = sorted_keys.ne(sorted_keys.shift()).any(axis=1)
    rank = pd.Series(np.arange(1, len(order) + 1)).where(new).ffill().astype(int)
    return table.loc[order].reset_index(drop=True).assign(rank=rank.to_numpy())


def housed(housing: pd.DataFrame, communes: Mapping[str, str]) -> pd.DataFrame:
    """Add up dwellings and places captured or run for refugees, by commune and kind; social housing is left out.

    Social dwellings (RPLS) are a stock nobody captured: they are not placements.

    Returns
    -------
    ``commune_code``, ``commune_name``, ``kind``, ``dwellings``, ``places`` (null where no row tells them),
    ``not_counted`` (rows that tell neither: the sums are then a low bound), ``period``, ``synthetic``; by commune and
    kind. No operator, never an address.
    """
    some = housing[housing["commune_code"].isin(list(communes)) & housing["kind"].ne(HousingKind.SOCIAL.value)]
    rows = []
    for (code, kind), its in some.groupby(["commune_code", "kind"], sort=True):
        periods = sorted(set(its["period"].dropna()))
        rows.append(
            {
                "commune_code": code,
                "commune_name": communes[str(code)],
                "kind": kind,
                "dwellings": its["dwellings"].sum(min_count=1),
                "places": its["places"].sum(min_count=1),
                "not_counted": int((its["dwellings"].isna() & its["places"].isna()).sum()),
                "period": ", ".join(periods) or None,
                "synthetic": bool(its["synthetic"].any()),
            }
        )
    columns = ["commune_code", "commune_name", "kind", "dwellings", "places", "not_counted", "period", "synthetic"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"dwellings": "Int64", "places": "Int64"})
