"""The referencing check, end to end: a list of funded actions against the offers of the store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo_integration import territories
from geo_integration.coverage.referencing.check import Checked, Count, check, count, counts_by
from geo_integration.coverage.referencing.facts import Freshness
from geo_integration.coverage.referencing.terms import ReferencingState
from geo_integration.disclosure import Viewer
from geo_integration.errors import OptionError
from geo_integration.exports.colours import of_terms
from geo_integration.exports.headings import Heading
from geo_integration.exports.meta import Meta, Source
from geo_integration.exports.result import Beside, Colouring, Result
from geo_integration.jobs.counting import counted as several
from geo_integration.jobs.ground import Progress
from geo_integration.jobs.loaded import Loaded, load
from geo_integration.jobs.outputs import REPORT_HEADINGS
from geo_integration.jobs.referencing_headings import ACTIONS, FACTS, OFFERS_UNLISTED, PAIRS, TO_ADD, by_headings
from geo_integration.jobs.studied import TERRITORIES
from geo_integration.schema import WGS84
from geo_integration.sources.funded import read
from geo_integration.sources.imports import Import
from geo_integration.sources.mapping import Mapping as ColumnMapping
from geo_integration.store import Store
from geo_integration.vocabulary import Outcome

MONTHS = 12.0
"""An offer not updated for longer is said to be old, unless asked otherwise."""

METHOD = (
    "Chaque action de la liste est rapprochée des offres de la cartographie nationale (sources Carif-Oref). "
    "Identifiant commun (convention, dossier, numéro d'offre), établissement (UAI) et type, SIRET, commune et type "
    "avec des intitulés proches, ou mêmes organisme, commune, type et intitulé : l'action est sûrement référencée. "
    "Sinon, note de ressemblance sur 100 (organisme 40, commune 25, type 15, intitulé 15, dates 5, sur les seuls faits "
    "que les deux disent) : à 70 ou plus, avec deux faits d'accord hors intitulé dont l'organisme, elle l'est "
    "probablement. L'intitulé seul ne décide jamais. Une action prend au plus une offre et une offre une action "
    "(affectation de plus grand total) ; les autres possibilités sont listées."
)
OBLIGATION: Source = {
    "name": "Instruction du 25 janvier 2022 (INTV2202529J) : référencement obligatoire sur la cartographie nationale",
    "publisher": "Ministère de l'intérieur",
    "date": "2022-01-25",
}
BOUNDS = (
    "Au moins : les actions sûrement référencées, leurs faits fussent-ils à corriger.",
    "Au plus : les mêmes et les actions probablement référencées, qu'une personne doit confirmer.",
)


@dataclass(frozen=True)
class ReferencingRequest:
    """What is checked.

    Attributes
    ----------
    file : list of funded actions (any table format).
    as_of : day the offers are looked at.
    mapping : which column is which field, where the usual names do not say.
    months : an offer not updated for longer is old.
    territory : only the actions of it, and those whose commune is not known; all of them without it.
    """

    file: Path
    as_of: date
    mapping: ColumnMapping | None = None
    months: float = MONTHS
    territory: str | None = None

    def __post_init__(self) -> None:
        """Refuse a number of months that makes no sense (OptionError)."""
        if not 0 < self.months < float("inf"):
            raise OptionError(
                f"{self.months:g} mois", where="--months", way_out="donner un nombre de mois positif, par exemple 12"
            )


def compute(store: Store, request: ReferencingRequest, *, progress: Progress | None = None) -> Result:
    """Check a list of funded actions against what the store holds now.

    Raises MissingDataError when no offers were ever imported, InputRefusedError or NothingAcceptedError for a list
    that cannot be read, OptionError where no action is left in the territory.
    """
    _tell(progress, "Lecture de la liste", 0)
    funded = read(request.file, mapping=request.mapping)
    loaded = load(store)
    actions, selected = _chosen(funded.tables["funded"], request)
    _tell(progress, "Rapprochement", 1)
    offers = _placed(pd.DataFrame(loaded.layers["offers"].drop(columns="geometry")))
    checked = check(
        _placed(actions),
        offers,
        loaded.layers["sessions"],
        freshness=Freshness(request.as_of, request.months),
        file=funded.file,
    )
    _tell(progress, "Rapprochement", 2)
    return _result(checked, funded, loaded, request, selected)


def rejected(found: Result) -> int:
    """Return how many rows of the list were left out of an answer because they are wrong."""
    report = found.beside.get("lignes_en_defaut")
    return 0 if report is None else int(report.table["outcome"].eq(Outcome.ROW_REJECTED.value).sum())


def _tell(progress: Progress | None, what: str, done: int) -> None:
    if progress is not None:
        progress(what, done, 2)


def _chosen(actions: pd.DataFrame, request: ReferencingRequest) -> tuple[pd.DataFrame, str]:
    """Return the actions of the territory asked for, and its name."""
    if request.territory is None:
        return actions, "Communes des actions de la liste"
    selection = territories.select(request.territory)
    kept = actions[actions["commune_code"].isin(selection.commune_codes) | actions["commune_code"].isna()]
    if kept.empty:
        raise OptionError(
            f"aucune action de la liste en « {selection.label_fr} »",
            where=request.file.name,
            way_out="vérifier le territoire, ou ne pas en donner",
        )
    return kept, selection.label_fr


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    """Add ``lon``, ``lat`` of the mairie of each row's commune, null where it is not known."""
    communes = territories.communes(["code", "mairie_lon", "mairie_lat"], geometry=False).set_index("code")
    return table.assign(
        lon=table["commune_code"].map(communes["mairie_lon"]).astype("float64"),
        lat=table["commune_code"].map(communes["mairie_lat"]).astype("float64"),
    )


def _result(checked: Checked, funded: Import, loaded: Loaded, request: ReferencingRequest, territory: str) -> Result:
    points = _points(checked.actions, gpd.GeoDataFrame(loaded.layers["offers"]))
    table = gpd.GeoDataFrame(checked.actions[[*ACTIONS]], geometry=points, crs=WGS84)
    return Result(
        name="referencing",
        key="action_id",
        table=table,
        headings=ACTIONS,
        meta=_meta(checked, funded, loaded, request, territory),
        colourings=(Colouring("state", "Référencement", of_terms(ReferencingState, _COLOURS)),),
        figures=_figures(count(checked.actions), checked),
        beside=_beside(checked, funded),
    )


_REPORT = REPORT_HEADINGS | {"outcome": Heading("Suite", "Ce que la ligne ou la valeur est devenue.", 16, Outcome)}
_COLOURS = {
    ReferencingState.FOUND.value: "#0072b2",
    ReferencingState.STALE_OR_WRONG.value: "#e69f00",
    ReferencingState.PROBABLY_FOUND.value: "#56b4e9",
    ReferencingState.MISSING.value: "#d55e00",
}


def _points(actions: pd.DataFrame, offers: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return where each action is: the mairie of its commune, else its offer, else nowhere."""
    mairies = gpd.GeoSeries(gpd.points_from_xy(actions["lon"], actions["lat"]), index=actions.index, crs=WGS84)
    of_offers = gpd.GeoSeries(
        offers.set_index("offer_id").geometry.reindex(actions["offer_id"]).to_numpy(), index=actions.index, crs=WGS84
    )
    return mairies.where(actions["lon"].notna(), of_offers)


def _beside(checked: Checked, funded: Import) -> Mapping[str, Beside]:
    actions = checked.actions
    tables = {
        "a_corriger": Beside("Faits à corriger, à renvoyer au Carif-Oref", checked.facts[[*FACTS]], FACTS),
        "a_ajouter": Beside("Actions absentes, à transmettre au Carif-Oref", checked.to_add[[*TO_ADD]], TO_ADD),
        "hors_liste": Beside(
            "Offres dites BOP 104 ou ASL, absentes de la liste", checked.unlisted[[*OFFERS_UNLISTED]], OFFERS_UNLISTED
        ),
        "possibilites": Beside("Actions et offres qui se répondent à plusieurs", checked.pairs[[*PAIRS]], PAIRS),
        "par_departement": Beside(
            "Par département", counts_by(actions, "departement_code"), by_headings("departement_code")
        ),
        "par_organisme": Beside("Par organisme", counts_by(actions, "provider_name"), by_headings("provider_name")),
    }
    report = funded.report()
    if len(report):
        tables["lignes_en_defaut"] = Beside("Ce qui n'a pas pu être lu dans la liste", report, _REPORT)
    return tables


def _figures(counted: Count, checked: Checked) -> tuple[tuple[str, str], ...]:
    low, high = counted.share(counted.sure), counted.share(counted.sure + counted.probable)
    share = "" if low is None or high is None else _between(_percent(low), _percent(high))
    return (
        (share, f"des {counted.actions} actions lues sont sur la cartographie (sûrement ; avec les probables)"),
        (_actions(counted.right), "sans fait à corriger : sur la cartographie, et juste"),
        (_actions(counted.sure - counted.right), "sur la cartographie, avec des faits à corriger"),
        (_actions(counted.probable), "probablement sur la cartographie : à confirmer"),
        (_actions(counted.missing), "absente(s) de la cartographie : à transmettre au Carif-Oref"),
        (several(len(checked.unlisted), "offre"), "dite(s) BOP 104 ou ASL, sans action de la liste qui y réponde"),
    )


def _actions(count: int) -> str:
    return several(count, "action")


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low} à {high}"


def _percent(share: float) -> str:
    """Return a share as a percentage; never 100 % or 0 % for what is not."""
    rounded = round(share * 100)
    if rounded in {0, 100} and share not in {0.0, 1.0}:
        return f"{share * 100:.1f} %".replace(".", ",")
    return f"{rounded} %"


def _meta(checked: Checked, funded: Import, loaded: Loaded, request: ReferencingRequest, territory: str) -> Meta:
    synthetic = loaded.synthetic or bool(checked.actions["synthetic"].any())
    offers = replace(loaded, infos={"offers": loaded.infos["offers"]})  # no other layer is looked at
    read_from: Source = {
        "name": "Liste des actions financées",
        "note": f"fichier {funded.file}, empreinte {funded.sha256[:12]}, {funded.read} lignes, "
        f"{funded.rejected} rejetées, {funded.out_of_scope} hors champ",
    }
    return {
        "title": "Les actions financées sont-elles sur la cartographie nationale ?",
        "territory": territory,
        "as_of": request.as_of.isoformat(),
        "kind": "",
        "level": None,
        "mode": "",
        "cutoff": 0.0,
        "engine": "",
        "sources": [read_from, OBLIGATION, *offers.sources(Viewer.PUBLIC), TERRITORIES],
        "method": METHOD,
        "bounds": list(BOUNDS),
        "notes": _notes(checked, request),
        "synthetic": synthetic,
        "disclaimer": ["Offres inventées pour la démonstration."] if synthetic else [],
    }


def _notes(checked: Checked, request: ReferencingRequest) -> list[str]:
    notes = [
        f"Une fiche est dite ancienne après {request.months:g} mois sans mise à jour ; sans date, elle ne l'est pas.",
        "La cartographie est celle des fichiers importés, à leur date : importer un export récent avant de conclure.",
        "Une offre « hors liste » peut être financée par une autre année, un autre département ou l'enveloppe OEPRE.",
    ]
    unknown = int(checked.actions["commune_code"].isna().sum())
    if unknown:
        notes.append(
            f"{several(unknown, 'action')} sans commune connue : la commune n'a pas pu servir au rapprochement."
        )
    return notes
