"""The courses of a territory for one learner: which fit, which may, and why not the others."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.fit.judgement import bounds, fit, fitting_sessions, summary, verdicts
from geo_integration.exports.colours import of_terms
from geo_integration.exports.headings import Heading
from geo_integration.exports.meta import Meta
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.loaded import Loaded, load
from geo_integration.jobs.request import Request
from geo_integration.schema import WGS84
from geo_integration.store import Store
from geo_integration.vocabulary import Criterion, Fit, Kind, Modality, OfferStatus

_STATED = "Vide : non précisé par la source."
_HEADINGS = {
    "offer_id": Heading("Identifiant du cours", "Source et numéro de l'offre.", 22),
    "title": Heading("Cours", "Intitulé de la source.", 40),
    "fit": Heading("Convient", "Le moins bon des critères de l'offre et de sa meilleure session.", 16, Fit),
    "reasons": Heading("Pourquoi", "Ce qui écarte d'abord, puis ce qu'on ne sait pas. Vide : rien à dire.", 60),
    "status": Heading("Situation du cours", "Ce que le cours est pour cette personne, ce jour-là.", 22, OfferStatus),
    "kind": Heading("Type de cours", "Type de l'offre, non celui demandé.", 20, Kind),
    "level_entry": Heading("Niveaux d'entrée", "Niveaux acceptés à l'entrée.", 14),
    "sessions_fit": Heading("Sessions qui conviennent", "Sessions sûres de convenir.", 10),
    "sessions_may_fit": Heading("Sessions possibles", "Celles-ci et celles dont on ne sait pas tout.", 10),
    "start_date": Heading(
        "Premier début", f"Premier jour des sessions possibles, sinon de celles en cours. {_STATED}", 12
    ),
    "end_date": Heading("Dernière fin", f"Dernier jour des mêmes sessions. {_STATED}", 12),
    "provider_name": Heading("Organisme", f"Qui enseigne. {_STATED}", 30),
    "place_name": Heading("Lieu", f"Nom du lieu. {_STATED}", 26),
    "address": Heading("Adresse", f"Adresse du lieu. {_STATED}", 30),
    "commune_name": Heading("Commune", "Commune du lieu. Vide : inconnue.", 22),
    "location_quality": Heading("Précision du lieu", "Comment le lieu est connu.", 18),
    "phone": Heading("Téléphone", f"À appeler. {_STATED}", 14),
    "email": Heading("Courriel", f"À qui écrire. {_STATED}", 26),
    "url": Heading("Page", f"Page du cours. {_STATED}", 26),
    "updated_on": Heading("Mis à jour le", f"Dernière mise à jour par la source. {_STATED}", 12),
    "sources": Heading("Sources", "Fichiers où le cours se trouve.", 20),
    "synthetic": Heading("Donnée fictive", "Oui : ligne inventée pour la démonstration.", 10),
}
_OF_OFFER = (
    "title",
    "provider_name",
    "kind",
    "level_entry",
    "place_name",
    "address",
    "commune_name",
    "location_quality",
)
_CONTACT = ("phone", "email", "url", "updated_on", "sources", "synthetic", "geometry")

_COLOURS = {Fit.FITS.value: "#0072b2", Fit.DOES_NOT_FIT.value: "#e6c9a8"}

_VERDICT_HEADINGS = {
    "offer_id": _HEADINGS["offer_id"],
    "title": _HEADINGS["title"],
    "session_id": Heading("Session", "Vide : critère de l'offre entière, ou offre sans session.", 22),
    "criterion": Heading("Critère", "Ce sur quoi le cours est jugé.", 16, Criterion),
    "verdict": Heading("Verdict", "Convient, ne convient pas, ou inconnu.", 16, Fit),
    "reason": Heading("Raison", "Pourquoi, avec la valeur de la source.", 60),
}
_CRITERIA_HEADINGS = {
    "criterion": Heading("Critère", "Ce sur quoi les cours sont jugés.", 18, Criterion),
    "refused": Heading("Cours écartés", "Cours que ce critère écarte, par toutes leurs sessions.", 10),
    "unknown": Heading("Cours inconnus", "Cours dont la source n'en dit pas assez sur ce critère.", 10),
    "alone": Heading("Écartés par lui seul", "Cours que rien d'autre n'écarte.", 10),
}

_METHOD = (
    "Chaque cours, puis chacune de ses sessions, est comparé critère par critère à ce que la personne demande : type, "
    "niveau, scolarité, public réservé, âge, modalité, coût, garde d'enfants, horaires, date de début, recrutement, "
    "lieu. Le cours vaut le moins bon de ses critères par la meilleure de ses sessions. Ce qui n'est pas demandé n'est "
    "pas jugé. Ce que la source ne dit pas reste inconnu, et n'est compté ni comme un oui ni comme un non. Coût, garde "
    "d'enfants, âge minimal et, à défaut d'horaires saisis, jours et heures sont lus dans les textes de la source "
    "quand ils sont sans ambiguïté."
)
_BOUNDS = (
    "Au moins : cours sûrs de convenir d'après les sources.",
    "Au plus : ces cours et ceux que rien n'écarte, si tout ce que les sources taisent convenait.",
)


def compute(store: Store, request: Request, *, progress: Progress | None = None) -> Result:
    """Judge every course of a territory for one learner; nothing is travelled.

    Courses whose commune is not known are in no territory: only the remote ones are told, where the learner takes them.

    Raises
    ------
    MissingDataError
        No offers were ever imported.
    UnknownTerritoryError, ProfileError
        A request that cannot be understood.
    """
    loaded, selection = load(store), territories.select(request.territory)
    offers, sessions = _here(loaded, selection, request)
    if progress is not None:
        progress("Cours comparés au profil", 0, len(offers))
    judged = verdicts(offers, sessions, request.profile, as_of=request.as_of)
    table = _table(offers, sessions, judged, request)
    if progress is not None:
        progress("Cours comparés au profil", len(offers), len(offers))
    titles = offers.set_index("offer_id")["title"]
    told = judged.assign(title=judged["offer_id"].map(titles))[list(_VERDICT_HEADINGS)]
    return Result(
        name="fit",
        key="offer_id",
        table=table,
        headings=_HEADINGS,
        meta=_meta(loaded, selection, request, synthetic=bool(table["synthetic"].any())),
        colourings=(Colouring("fit", "Ce que le cours est pour cette personne", of_terms(Fit, _COLOURS)),),
        figures=_figures(table),
        beside={
            "criteres": Beside("Ce que chaque critère écarte", _criteria(judged), _CRITERIA_HEADINGS),
            "raisons": Beside("Chaque critère de chaque session", told, _VERDICT_HEADINGS),
        },
    )


def _here(loaded: Loaded, selection: territories.Selection, request: Request) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the offers of the territory, remote ones where they are taken, and their sessions."""
    offers, sessions = loaded.layers["offers"], loaded.layers["sessions"]
    here = offers["commune_code"].isin(selection.commune_codes)
    if request.profile.remote:
        here |= offers["modality"].eq(Modality.REMOTE.value) & offers["commune_code"].isna()
    chosen = gpd.GeoDataFrame(offers[here]).reset_index(drop=True)
    return chosen, sessions[sessions["offer_id"].isin(chosen["offer_id"])].reset_index(drop=True)


def _table(
    offers: gpd.GeoDataFrame, sessions: pd.DataFrame, judged: pd.DataFrame, request: Request
) -> gpd.GeoDataFrame:
    status = fit(offers, sessions, profile=request.profile, as_of=request.as_of)
    table = offers[["offer_id", *_OF_OFFER, *_CONTACT]].merge(summary(judged), on="offer_id", validate="one_to_one")
    table["status"] = table["offer_id"].map(status)
    dates = _dates(offers, sessions, request)
    for name in ("start_date", "end_date"):
        table[name] = table["offer_id"].map(dates[name])
    order = {one.value: rank for rank, one in enumerate((Fit.FITS, Fit.UNKNOWN, Fit.DOES_NOT_FIT))}
    table = table.assign(rank=table["fit"].map(order)).sort_values(["rank", "commune_name", "title", "offer_id"])
    kept = table[[*_HEADINGS, "geometry"]].reset_index(drop=True)
    return gpd.GeoDataFrame(kept, geometry="geometry", crs=WGS84)


def _dates(offers: pd.DataFrame, sessions: pd.DataFrame, request: Request) -> pd.DataFrame:
    """Return the first start and the last end of the sessions of each offer that may fit, else of those that run."""
    states = fitting_sessions(offers, sessions, request.profile, as_of=request.as_of)
    possible = states["carries"] & states["may_fit"]
    any_possible = possible.groupby(sessions["offer_id"]).transform("any")
    counted = sessions[possible.where(any_possible, states["live"])]
    return counted.groupby("offer_id").agg({"start_date": "min", "end_date": "max"})


def _figures(table: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    both = bounds(table["fit"])
    low, high = (0, 0) if both.empty else (int(both["low"].iloc[0]), int(both["high"].iloc[0]))
    return (
        (str(low), "cours à coup sûr"),
        (str(high), "cours au plus, si tout ce que les sources ne disent pas convenait"),
        (str(len(table)), "cours comparés"),
    )


def _criteria(judged: pd.DataFrame) -> pd.DataFrame:
    """Count, per criterion, the offers it refuses through every session, alone or not, and those it is silent on."""
    rank = judged["verdict"].map({Fit.FITS.value: 0, Fit.UNKNOWN.value: 1, Fit.DOES_NOT_FIT.value: 2})
    best = rank.groupby([judged["offer_id"], judged["criterion"]]).min().unstack().reindex(columns=_CRITERIA)
    refused, unknown = best.eq(2), best.eq(1)
    alone = refused & refused.sum(axis=1).eq(1).to_numpy()[:, None]
    asked = best.notna().any()
    counts: dict[str, Any] = {"refused": refused.sum(), "unknown": unknown.sum(), "alone": alone.sum()}
    table = pd.DataFrame(counts)[asked.to_numpy()].astype("int64")
    return table.rename_axis("criterion").reset_index()


_CRITERIA = [one.value for one in Criterion]


def _meta(loaded: Loaded, selection: territories.Selection, request: Request, *, synthetic: bool) -> Meta:
    level = request.profile.level
    notes = ["Aucun trajet n'est calculé ici : la durée maximale et le mode de déplacement ne jouent pas."]
    if request.profile.silence_is_open:
        notes.append("Une session dont la source ne dit pas si elle recrute compte comme ouverte.")
    if not request.profile.described:
        notes.append("Rien n'est dit de la personne : les publics réservés ne sont pas pris en compte.")
    warning = (
        "DONNÉES FICTIVES : les cours sont inventés pour la démonstration. Ne rien en conclure sur le territoire réel."
    )
    return {
        "title": "Quels cours conviennent ?",
        "territory": selection.label_fr,
        "as_of": request.as_of.isoformat(),
        "kind": request.kind.value,
        "level": level.value if level else None,
        "mode": "",  # nothing is travelled
        "cutoff": 0.0,
        "engine": "",
        "sources": replace(loaded, infos={"offers": loaded.infos["offers"]}).sources(request.viewer),
        "method": _METHOD,
        "notes": notes,
        "synthetic": synthetic,
        "disclaimer": [warning] if synthetic else [],
        "bounds": list(_BOUNDS),
    }
