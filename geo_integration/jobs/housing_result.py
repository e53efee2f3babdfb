"""What housing and language say, ready for any face: communes ranked, dwellings already captured, CTAI communes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.housing import RANK_RULE, WITHOUT_CAR, Met, Placement
from geo_integration.errors import MissingDataError
from geo_integration.exports import Source
from geo_integration.exports.colours import of_terms
from geo_integration.exports.meta import Meta
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.jobs.counting import UNKNOWN_NUMBER, counted, number, plural, spanned
from geo_integration.jobs.housing_headings import COMMUNES, CTAI, HOUSED
from geo_integration.jobs.studied import TERRITORIES, Studied
from geo_integration.schema import SEPARATOR, WGS84
from geo_integration.settings import settings
from geo_integration.vocabulary import Mode, term

METHOD = (
    "De la mairie de chaque commune, à pied, à vélo et en transports en commun (chacun dit à part ; la voiture à côté, "
    "pour comparer) : cours adaptés qui prennent du monde, centre d'examen (offres de certification) et préfecture du "
    "département (mairie du chef-lieu), atteints à l'aller et au retour dans la durée donnée. Un critère est rempli "
    "si un mode sans voiture l'atteint, non rempli si tous sont connus et qu'aucun ne l'atteint, sinon inconnu. "
    f"Rang, dans l'ordre : {RANK_RULE}. Aucune note composite."
)
BOUNDS = (
    "Au moins : seuls les cours sûrs de convenir, et les critères sûrement remplis.",
    "Au plus : avec les cours dont la source ne dit ni type ni niveau, et les critères inconnus comptés remplis.",
)
_PREFECTURE_NOTE = (
    "La préfecture est comptée à la mairie du chef-lieu, aux heures de cours supposées pour les horaires ; les "
    "sous-préfectures et les rendez-vous en ligne ne sont pas comptés."
)
_NAMES = {Mode.FOOT: "à pied", Mode.BIKE: "à vélo", Mode.TRANSIT: "en transports en commun", Mode.CAR: "en voiture"}
_WHAT = {"centre": "centre d'examen", "prefecture": "préfecture"}


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes
    ----------
    studied : the ground.
    communes : what :func:`geo_integration.coverage.housing.ranked` gave.
    housed : what :func:`geo_integration.coverage.housing.housed` gave; None where no housing is loaded.
    reasons : why a mode is not known.
    sources, notes : what to cite and to know of the minutes.
    """

    studied: Studied
    communes: pd.DataFrame
    housed: pd.DataFrame | None
    reasons: Mapping[Mode, str]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def result_of(answer: Answer) -> Result:
    """Return the answer as every face takes it."""
    table = _communes(answer)
    told = table.drop(columns="geometry")
    beside = {"ctai": Beside("Communes sous contrat (CTAI, CTAIR, CAI)", _ctai(answer, told), CTAI)}
    if answer.housed is not None:
        title = "Logements captés et places : accès aux cours sans voiture"
        beside = {"logements": Beside(title, _housed(answer.housed, told), HOUSED), **beside}
    return Result(
        name="housing",
        key="commune_code",
        table=table,
        headings=COMMUNES,
        meta=_meta(answer),
        colourings=(
            Colouring("placement", "Cours, examen et préfecture sans voiture", of_terms(Placement, _COLOURS)),
            Colouring("course", "Cours adapté sans voiture", of_terms(Met)),
        ),
        figures=_figures(answer, told),
        beside=beside,
    )


_COLOURS = {
    Placement.GOOD.value: "#0072b2",
    Placement.PARTLY.value: "#56b4e9",
    Placement.BAD.value: "#d55e00",
}


def _communes(answer: Answer) -> gpd.GeoDataFrame:
    """Return the communes ranked, with what is known of each and its outline."""
    communes = answer.studied.communes.set_index("code")
    coverage = answer.studied.coverage.set_index("commune_code")
    table = answer.communes.copy()
    code = table["commune_code"]
    table["commune_name"] = code.map(communes["name"])
    table["departement_code"] = code.map(communes["departement_code"])
    for name in ("cause", "need", "need_basis", "need_uncovered", "need_uncovered_if_unknown_fits"):
        table[name] = code.map(coverage[name])
    counted = answer.housed if answer.housed is not None else pd.DataFrame(columns=["commune_code"])
    for name in ("dwellings", "places"):
        sums = counted.groupby("commune_code")[name].sum(min_count=1) if name in counted else pd.Series(dtype="Int64")
        table[name] = code.map(sums).astype("Int64")
    table["why"] = [_why(row, answer) for row in table.to_dict("records")]
    table["synthetic"] = _synthetic(answer)
    return gpd.GeoDataFrame(table[[*COMMUNES]], geometry=communes.geometry.reindex(code).to_numpy(), crs=WGS84)


def _why(row: Mapping[Any, Any], answer: Answer) -> str:
    """Say in words what is reached, what is not, and what is not known."""
    minutes = f"{answer.studied.request.minutes:g} min"
    parts = [_course(row, minutes), *(_other(row, what) for what in _WHAT)]
    unknown = [mode for mode in WITHOUT_CAR if row[f"{mode.value}_course"] == Met.UNKNOWN.value]
    if unknown and row["criteria_low"] < row["criteria_high"]:
        parts.append("non connu " + ", ".join(_NAMES[mode] for mode in unknown))
    if row["course"] != Met.YES.value and row["car_courses"] > 0:
        parts.append(f"en voiture, {row['car_courses']:.0f} cours")
    return " ; ".join(parts)


def _course(row: Mapping[Any, Any], minutes: str) -> str:
    if row["course"] == Met.YES.value:
        return f"cours adapté à {row['minutes']:.0f} min {_NAMES[term(Mode, row['by_mode'])]}"
    full = max((row[f"{mode.value}_full"] for mode in WITHOUT_CAR), default=0)
    said = f", {full:.0f} complet(s) à portée" if full > 0 else ""
    if row["course"] == Met.NO.value:
        return f"aucun cours adapté en {minutes} sans voiture, aller et retour{said}"
    return f"cours adapté en {minutes} sans voiture : on ne sait pas{said}"


def _other(row: Mapping[Any, Any], what: str) -> str:
    modes = [_NAMES[mode] for mode in WITHOUT_CAR if row[f"{mode.value}_{what}"] == Met.YES.value]
    if modes:
        return f"{_WHAT[what]} {', '.join(modes)}"
    return f"{_WHAT[what]} {'hors de portée' if row[what] == Met.NO.value else ': on ne sait pas'}"


_SHOWN = ("placement", "course", "centre", "prefecture", "criteria_low", "criteria_high", "minutes", "by_mode", "why")


def _housed(housed: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    """Return the dwellings already captured, the worst placed first, then by commune."""
    told = communes.set_index("commune_code")
    table = housed.assign(**{name: housed["commune_code"].map(told[name]) for name in (*_SHOWN, "rank")})
    order = {Placement.BAD.value: 0, Placement.UNKNOWN.value: 1, Placement.PARTLY.value: 2, Placement.GOOD.value: 3}
    table = table.assign(order=table["placement"].map(order))
    table = table.sort_values(["order", "commune_code", "kind"], kind="stable").drop(columns="order")
    return table.assign(housing_row=range(1, len(table) + 1))[[*HOUSED]].reset_index(drop=True)


def _ctai(answer: Answer, communes: pd.DataFrame) -> pd.DataFrame:
    """Return the communes under contract, with its axes and years, against need, gap and what is reached."""
    layer = answer.studied.others.get("ctai")
    told = communes.set_index("commune_code")
    if layer is None:
        return pd.DataFrame(columns=[*CTAI])
    table = layer[layer["commune_code"].isin(told.index)].copy()
    labels = axes()
    stated = table["axes"].fillna("").str.split(SEPARATOR)
    table["axes_fr"] = [", ".join(labels.get(axis, axis) for axis in found if axis) or None for found in stated]
    table["language_axis"] = ["langue" in found if any(found) else None for found in stated]
    year = answer.studied.request.as_of.year
    table["over"] = (table["end_year"] < year).astype("boolean").where(table["end_year"].notna())
    names = ("commune_name", "departement_code", "cause", "need", "need_basis", "need_uncovered")
    for name in (*names, "need_uncovered_if_unknown_fits", *_SHOWN, "dwellings", "places"):
        table[name] = table["commune_code"].map(told[name])
    return pd.DataFrame(table[[*CTAI]]).sort_values("contract_id").reset_index(drop=True)


def axes() -> dict[str, str]:
    """Return the French label of each axis of a contract."""
    path = settings().data / "reference" / "axes.csv"
    if not path.is_file():
        raise MissingDataError("fichier absent", where=str(path), way_out="réinstaller le projet")
    table = pd.read_csv(path, dtype="str")
    return dict(zip(table["code"], table["label_fr"], strict=True))


_TOLD = {
    Placement.GOOD: "d'où l'on atteint sans voiture un cours adapté, un centre d'examen et la préfecture",
    Placement.PARTLY: "d'où l'on atteint sans voiture un cours adapté, mais pas le reste, ou on ne sait pas",
    Placement.BAD: "d'où l'on n'atteint aucun cours adapté sans voiture",
    Placement.UNKNOWN: "dont on ne sait pas si un cours adapté s'atteint sans voiture",
}
_PERHAPS = " (au plus : là où on ne le sait pas)"


def _figures(answer: Answer, communes: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Return the communes of each placement, then the dwellings and places badly placed, at least and at most."""
    counts = communes["placement"].value_counts()
    found = [
        (f"{counted(int(counts.get(one.value, 0)), 'commune')} sur {number(len(communes))}", told)
        for one, told in _TOLD.items()
    ]
    if answer.housed is None:
        hidden = "housing" in answer.studied.loaded.layers
        why = "non montrés à ce destinataire" if hidden else "non chargés"
        return (*found, ("Inconnu", f"logements captés et places d'hébergement d'ici : {why}"))
    if answer.housed.empty:
        seen = ", dans les départements montrés à ce destinataire" if _unseen(answer) else ""
        return (*found, ("Aucune ligne", f"de logement capté ni de place n'est chargée pour ce territoire{seen}"))
    partial = ", sans les départements non montrés à ce destinataire" if _unseen(answer) else ""
    bad = communes["placement"].eq(Placement.BAD.value)
    perhaps = bad | communes["placement"].eq(Placement.UNKNOWN.value)
    for name, one in (("dwellings", "logement"), ("places", "place")):
        if communes[name].isna().all():
            found.append((UNKNOWN_NUMBER, f"de {one}s : aucune ligne chargée ici ne le dit"))
            continue
        low, high, every = (int(communes.loc[rows, name].sum()) for rows in (bad, perhaps, slice(None)))
        where = f"sur {number(every)}{partial}, dans une commune d'où aucun cours adapté n'est atteint sans voiture"
        found.append((spanned(low, high, one), f"{where}{_PERHAPS if low != high else ''}"))
    return tuple(found)


def _unseen(answer: Answer) -> list[str]:
    """Return the départements of the territory whose dwellings the viewer does not see, by name."""
    viewer = answer.studied.request.viewer
    codes = sorted(set(answer.studied.communes["departement_code"].dropna()))
    names = territories.departements(["code", "name"], geometry=False).set_index("code")["name"]
    return [str(names.get(code, code)) for code in codes if not viewer.sees(code)]


def _synthetic(answer: Answer) -> bool:
    made_up = answer.housed is not None and bool(answer.housed["synthetic"].any())
    return made_up or answer.studied.loaded.synthetic


def _meta(answer: Answer) -> Meta:
    studied, request = answer.studied, answer.studied.request
    sources = [
        *studied.loaded.sources(studied.request.viewer),
        *answer.sources,
        *studied.travelled.sources,
        TERRITORIES,
    ]
    cited = [source for at, source in enumerate(sources) if source not in sources[:at]]
    synthetic = _synthetic(answer)
    level = request.profile.level
    return {
        "title": "Loger là où l'on peut apprendre le français",
        "territory": studied.selection.label_fr,
        "as_of": request.as_of.isoformat(),
        "kind": request.kind.value,
        "level": level.value if level else None,
        "mode": "",  # several, each told apart
        "cutoff": request.minutes,
        "engine": request.means.engine.value,
        "sources": cited,
        "method": METHOD,
        "bounds": list(BOUNDS),
        "notes": _notes(answer),
        "synthetic": synthetic,
        "disclaimer": [
            *(["Données inventées pour la démonstration."] if synthetic else []),
            "Des communes seulement : aucune adresse de logement ni d'hébergement n'est connue de ce calcul.",
        ],
    }


def _notes(answer: Answer) -> list[str]:
    request = answer.studied.request
    silent = [f"{_NAMES[mode].capitalize()} : inconnu ({reason})." for mode, reason in answer.reasons.items()]
    rows = 0 if answer.housed is None else int(answer.housed["not_counted"].sum())
    masked = [f"{counted(rows, 'ligne')} de logements sans nombre : les totaux sont un minimum."] if rows else []
    unseen = [] if answer.housed is None else _unseen(answer)
    if unseen:
        masked.append(
            f"Totaux de logements et de places partiels : {', '.join(unseen)} non {plural(len(unseen), 'montré')} à ce "
            "destinataire."
        )
    return [
        *silent,
        *masked,
        f"Situation et besoin non couvert : mode « {request.means.mode.label.lower()} », {request.minutes:g} min.",
        _PREFECTURE_NOTE,
        "Le logement social (RPLS) n'est pas un logement capté : il n'est pas compté ici.",
        *answer.notes,
    ]
