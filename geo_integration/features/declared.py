"""Every collection: what it is called, what it holds and how its table is made."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from geo_integration.coverage.rollup import NEED_BY_CAUSE, NEED_SHARES
from geo_integration.features import tables
from geo_integration.features.tables import COVERAGE, Layers, Made
from geo_integration.features.words import in_french, parted
from geo_integration.layers import LAYERS
from geo_integration.schema import Column
from geo_integration.vocabulary import Cause, TerritoryLevel

POINT, POLYGON = "Point", "MultiPolygon"


@dataclass(frozen=True)
class Declared:
    """One collection before there are data.

    Attributes
    ----------
    name, title, description, key, columns, geometry_type, datetime_columns : as of
        :class:`geo_integration.features.collection.Collection`.
    layers : layers of the store it is made from; a name that ends with a dot stands for every layer that begins so, of
        which there must be one. Empty: it is made from what ships.
    make : layers → table and shapes.
    method : how its values are obtained, French.
    notes : what to know before using it, French.
    professional : true where the public may not see it, nor anybody other départements than their own.
    """

    name: str
    title: str
    description: str
    key: str
    columns: tuple[Column, ...]
    geometry_type: str
    make: Callable[[Layers], Made]
    method: str
    layers: tuple[str, ...] = ()
    datetime_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    professional: bool = False


_OUTLINES = (
    "Contours simplifiés à 20 m près : ils ne servent pas de limites légales.",
    "Les communes des collectivités d'outre-mer n'ont pas de contour dans la source.",
)
_OF_COMMUNE = "Le contour est celui de la commune : rien n'est situé plus précisément."
_OFFER_METHOD = (
    "Cours déclarés par les sources, rapprochés quand plusieurs décrivent le même ; type, niveaux, publics et horaires "
    "sont lus dans leurs mots par des règles, que chaque ligne nomme avec leur confiance."
)
_OFFER_NOTES = (
    "Un cours absent d'une source n'est pas un cours qui n'existe pas.",
    "Les cours terminés ou complets y sont aussi : voir les sessions.",
)
_GAPS_METHOD = (
    "Temps de trajet de chaque commune au cours adapté ouvert le plus proche, et cause quand il n'y en a pas."
)
_PROTECTED = "Les chiffres sur les personnes sont protégés : arrondis par groupe de communes, ou masqués."

_CODE = Column("code", "text", "Code officiel.")
_NAME = Column("name", "text", "Nom.")
_POPULATION = Column("population", "integer", "Population légale, habitants. Vide : non publiée.", minimum=0)
_COMMUNES = Column("communes", "integer", "Nombre de communes.", minimum=0)
_DEPARTEMENT = Column("departement_code", "text", "Département.")
_REGION = Column("region_code", "text", "Région. Vide : collectivité d'outre-mer sans région.")
_CAPITAL = Column("capital_code", "text", "Commune chef-lieu. Vide : aucune.")
_ZONE = Column("zone", "text", "metro, drom (départements et régions d'outre-mer) ou com (collectivités).")

_COMMUNE_COLUMNS = (
    _CODE,
    _NAME,
    _POPULATION,
    Column("epci_code", "text", "SIREN de l'intercommunalité. Vide : commune hors EPCI."),
    Column("arrondissement_code", "text", "Arrondissement départemental. Vide : inconnu."),
    _DEPARTEMENT,
    _REGION,
    Column("postcodes", "list", "Codes postaux. Vide : inconnus."),
    Column("mairie_lon", "number", "Longitude de la mairie. Vide : inconnue.", minimum=-180, maximum=180),
    Column("mairie_lat", "number", "Latitude de la mairie. Vide : inconnue.", minimum=-90, maximum=90),
    Column("mairie_quality", "text", "Comment la mairie est placée."),
    Column("geometry_quality", "text", "D'où vient le contour ; missing : il n'y en a pas."),
    Column("area_km2", "number", "Superficie, km². Vide : sans contour.", minimum=0),
    Column("radius_metres", "number", "Rayon du disque de même aire, m. Vide : sans contour.", minimum=0),
)


def _territory(level: TerritoryLevel, name: str, title: str, columns: tuple[Column, ...], described: str) -> Declared:
    return Declared(
        name,
        title,
        described,
        "code",
        tuple(parted(one) for one in columns),
        POLYGON,
        tables.territory(level),
        "Tables officielles, contours simplifiés.",
        notes=_OUTLINES,
    )


_TERRITORIES = (
    _territory(
        TerritoryLevel.COMMUNE,
        "communes",
        "Communes",
        _COMMUNE_COLUMNS,
        "Communes actuelles du code officiel géographique de l'année, avec leur contour simplifié et leur mairie.",
    ),
    _territory(
        TerritoryLevel.ARRONDISSEMENT,
        "arrondissements",
        "Arrondissements",
        (_CODE, _NAME, _DEPARTEMENT, _REGION, _POPULATION, _COMMUNES),
        "Arrondissements des départements.",
    ),
    _territory(
        TerritoryLevel.EPCI,
        "epci",
        "Intercommunalités (EPCI)",
        (_CODE, _NAME, Column("kind", "text", "CC, CA, CU, METRO…"), _POPULATION, _COMMUNES),
        "Établissements publics de coopération intercommunale à fiscalité propre.",
    ),
    _territory(
        TerritoryLevel.DEPARTEMENT,
        "departements",
        "Départements",
        (_CODE, _NAME, _REGION, _CAPITAL, _ZONE, _POPULATION, _COMMUNES),
        "Départements et collectivités d'outre-mer.",
    ),
    _territory(
        TerritoryLevel.REGION,
        "regions",
        "Régions",
        (_CODE, _NAME, _CAPITAL, _ZONE, _POPULATION, _COMMUNES),
        "Régions et collectivités d'outre-mer.",
    ),
)


def _columns(collection: str, columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(in_french(collection, column) for column in columns)


def _of_layer(collection: str, layer: str) -> tuple[Column, ...]:
    return _columns(collection, LAYERS[layer].columns)


_BY_COMMUNE = tuple(one for one in LAYERS["offers"].columns if one.name in {"commune_name", "departement_code"})
_OF_OFFER = tuple(one for one in LAYERS["offers"].columns if one.name in tables.OF_OFFER)

_LAYERS = (
    Declared(
        "offers",
        "Cours",
        "Cours de français et d'alphabétisation, un point par lieu où ils se tiennent ; sans point : à distance, ou "
        "lieu inconnu.",
        "offer_id",
        _of_layer("offers", "offers"),
        POINT,
        tables.layer("offers", "offer_id"),
        _OFFER_METHOD,
        ("offers",),
        ("updated_on",),
        (*_OFFER_NOTES, "La date est celle de la dernière mise à jour par la source."),
    ),
    Declared(
        "sessions",
        "Sessions",
        "Quand les cours ont lieu et s'ils recrutent ; chaque session est au lieu de son cours.",
        "session_id",
        _columns("sessions", (*LAYERS["sessions"].columns, *_OF_OFFER)),
        POINT,
        tables.sessions,
        _OFFER_METHOD,
        ("offers", "sessions"),
        ("start_date", "end_date"),
        ("Une session dont un jour est inconnu est ouverte de ce côté ; sans aucun jour, nulle date ne la trouve.",),
    ),
    Declared(
        "oepre",
        "Ateliers OEPRE",
        "Cours « Ouvrir l'école aux parents pour la réussite des enfants ».",
        "offer_id",
        _of_layer("offers", "offers"),
        POINT,
        tables.oepre,
        _OFFER_METHOD,
        ("offers",),
        ("updated_on",),
        _OFFER_NOTES,
    ),
    Declared(
        "schools",
        "Établissements scolaires",
        "Écoles, collèges et lycées, où un atelier OEPRE se tient ou pourrait se tenir.",
        "uai",
        _of_layer("schools", "schools"),
        POINT,
        tables.layer("schools", "uai"),
        "Liste des établissements de la source, placés sur leur commune.",
        ("schools",),
    ),
    Declared(
        "ctai",
        "Contrats territoriaux d'accueil et d'intégration",
        "Communes qui ont signé un contrat territorial ; une ligne par contrat et commune.",
        "contract_id",
        _columns("ctai", (*LAYERS["ctai"].columns, *_BY_COMMUNE)),
        POLYGON,
        tables.by_commune("ctai", "contract_id"),
        "Contrats relevés dans les documents cités.",
        ("ctai",),
        notes=(_OF_COMMUNE,),
    ),
    Declared(
        "housing",
        "Logement et hébergement",
        "Logements et places par commune, jamais une adresse ; pour les professionnels, dans leurs départements.",
        "housing_id",
        _columns("housing", (*LAYERS["housing"].columns, *_BY_COMMUNE)),
        POLYGON,
        tables.by_commune("housing", "housing_id"),
        "Comptes transmis par les sources.",
        ("housing",),
        notes=(_OF_COMMUNE,),
        professional=True,
    ),
    Declared(
        "qpv",
        "Quartiers prioritaires (QPV)",
        "Contours des quartiers prioritaires de la politique de la ville.",
        "qpv_code",
        _of_layer("qpv", "qpv"),
        POLYGON,
        tables.layer("qpv", "qpv_code"),
        "Contours de la source.",
        ("qpv",),
    ),
)

_SUM_COLUMNS = (
    Column("code", "text", "Code officiel. Vide : communes hors de tout territoire de ce niveau."),
    Column("name", "text", ""),
    Column("kind", "text", "", terms=next(one.terms for one in LAYERS["coverage"].columns if one.name == "kind")),
    Column("level", "text", "Niveau de français demandé. Vide : tous niveaux."),
    Column("mode", "text", ""),
    Column("cutoff_minutes", "number", "", minimum=0),
    Column("as_of", "date", ""),
    Column("complete", "boolean", ""),
    Column("communes", "integer", "", minimum=0),
    *(Column(f"communes_{cause.value}", "integer", "", minimum=0) for cause in Cause),
    Column("communes_need_unknown", "integer", "", minimum=0),
    Column("population", "integer", "", "inconnue", minimum=0),
    Column("population_covered", "integer", "", minimum=0),
    *(Column(name, "number", "", "inconnu", minimum=0) for name in ("need", "need_uncovered")),
    Column("need_uncovered_if_unknown_fits", "number", "", "inconnu", minimum=0),
    *(Column(name, "number", "", "inconnu", minimum=0) for name in NEED_BY_CAUSE),
    *(Column(name, "number", "", "inconnu", minimum=0, maximum=1) for name in NEED_SHARES),
    Column("need_basis", "text", ""),
    Column("withheld", "boolean", ""),
    Column("synthetic", "boolean", ""),
)


def _sums(level: TerritoryLevel, name: str, of_what: str) -> Declared:
    columns = tuple(parted(one) if one.meaning else in_french(name, one) for one in _SUM_COLUMNS)
    return Declared(
        name,
        f"Manques de cours par {of_what}",
        f"Communes, habitants et besoin par situation, sommés par {of_what} et type de cours.",
        "",
        columns,
        POLYGON,
        tables.gaps_over(level),
        f"{_GAPS_METHOD} Sommes des communes, à partir des seuls chiffres montrés au public.",
        (COVERAGE,),
        ("as_of",),
        (
            _PROTECTED,
            "Une somme ne compte que les communes au besoin connu : communes_need_unknown dit combien manquent.",
        ),
    )


_GAPS = (
    Declared(
        "gaps",
        "Manques de cours par commune",
        "Pour chaque commune et type de cours : le cours adapté ouvert le plus proche, ou la cause du manque.",
        "",
        _of_layer("gaps", "coverage"),
        POLYGON,
        tables.gaps,
        _GAPS_METHOD,
        (COVERAGE,),
        ("as_of",),
        (_PROTECTED,),
    ),
    _sums(TerritoryLevel.EPCI, "gaps_epci", "intercommunalité"),
    _sums(TerritoryLevel.DEPARTEMENT, "gaps_departements", "département"),
    _sums(TerritoryLevel.REGION, "gaps_regions", "région"),
)

COLLECTIONS: Mapping[str, Declared] = {one.name: one for one in (*_TERRITORIES, *_LAYERS, *_GAPS)}
"""Every collection, in the order in which they are listed."""
