"""Every layer and table of the service: columns, units, CRS, closed lists and what null means."""

from geo_integration.schema import Column, Layer
from geo_integration.vocabulary import (
    Audience,
    Basis,
    Cause,
    Engine,
    EntryMode,
    HousingKind,
    Kind,
    Level,
    LocationQuality,
    Modality,
    Mode,
    NeedBasis,
    Recruitment,
    Schooling,
)

_NOT_STATED = "the source does not say"
_SYNTHETIC = Column("synthetic", "boolean", "true where the row is made up for the demonstration")
_COMMUNE = Column("commune_code", "text", "current commune, INSEE code", "commune not known")

OFFERS = Layer(
    "offers",
    "Offres de formation",
    "One course action at one place (or remote), from one source or merged from several.",
    (
        Column("offer_id", "text", "source:record, stable from one import to the next"),
        Column("sources", "list", "names of the sources that hold it, best first"),
        Column("source_records", "list", "source:record of each of them"),
        Column(
            "alternate_ids", "list", "other identifiers of the same action, to recognise it elsewhere", "none stated"
        ),
        Column("title", "text", "title in the source's words"),
        Column("provider_name", "text", "who teaches", _NOT_STATED),
        Column("provider_siret", "text", "SIRET of who teaches, 14 digits", _NOT_STATED),
        Column("uai", "text", "school that hosts it (OEPRE), UAI code", "not in a school, or not stated"),
        Column("kind", "text", "what the course is", terms=Kind),
        Column("kind_rule", "text", "rule that read the kind", "no rule applied"),
        Column("kind_confidence", "number", "0 to 1, of that rule", minimum=0, maximum=1),
        Column("level_entry", "list", "levels accepted at entry", terms=Level),
        Column("level_target", "list", "levels aimed at", terms=Level),
        Column("level_rule", "text", "rule that read the levels", "no rule applied"),
        Column("level_confidence", "number", "0 to 1, of that rule", minimum=0, maximum=1),
        Column("schooling", "text", "schooling the course is made for", terms=Schooling),
        Column("schooling_rule", "text", "rule that read it", "no rule applied"),
        Column("schooling_confidence", "number", "0 to 1, of that rule", minimum=0, maximum=1),
        Column("audience_exclusive", "list", "only for these", "open to others too", terms=Audience),
        Column("audience_priority", "list", "first for these", "no priority stated", terms=Audience),
        Column("audience_rule", "text", "rules that read the audience", "no rule applied"),
        Column("modality", "text", "in a room, remote or both", terms=Modality),
        Column("place_name", "text", "name of the place", _NOT_STATED),
        Column("address", "text", "street address of the place", _NOT_STATED),
        Column("postcode", "text", "postcode of the place", _NOT_STATED),
        _COMMUNE,
        Column("commune_name", "text", "name of that commune", "commune not known"),
        Column("departement_code", "text", "its département", "commune not known"),
        Column("site_id", "text", "the place as travel time sees it: lon,lat to 5 decimals", "no place"),
        Column("location_quality", "text", "how well the place is known", terms=LocationQuality),
        Column("phone", "text", "telephone to call", _NOT_STATED),
        Column("email", "text", "address to write to", _NOT_STATED),
        Column("url", "text", "page of the course", _NOT_STATED),
        Column("funders", "list", "who pays, names or codes", _NOT_STATED),
        Column("programme", "text", "funding programme, e.g. ASL, OEPRE", _NOT_STATED),
        Column("market_reference", "text", "contract reference, e.g. BOP 104", _NOT_STATED),
        Column("cost_text", "text", "what the learner pays, in the source's words", _NOT_STATED),
        Column("conditions", "text", "conditions of entry, in the source's words", _NOT_STATED),
        Column("registration", "text", "how to register, in the source's words", _NOT_STATED),
        Column("formacodes", "list", "FORMACODE domains", _NOT_STATED),
        Column("updated_on", "date", "last update by the source", _NOT_STATED),
        _SYNTHETIC,
    ),
    key=("offer_id",),
    geometry="point",
)

SESSIONS = Layer(
    "sessions",
    "Sessions",
    "When an offer takes place, and whether it still takes people.",
    (
        Column("session_id", "text", "offer and session of the source"),
        Column("offer_id", "text", "its offer"),
        Column("start_date", "date", "first day", _NOT_STATED),
        Column("end_date", "date", "last day", _NOT_STATED),
        Column("recruitment", "text", "whether it takes people", terms=Recruitment),
        Column("entry_mode", "text", "when people may join", terms=EntryMode),
        Column("places_funded", "integer", "places paid for", _NOT_STATED, minimum=0),
        Column("places_available", "integer", "places left", _NOT_STATED, minimum=0),
        Column("weekly_hours", "number", "teaching hours a week", _NOT_STATED, minimum=0, maximum=168),
        Column("total_hours", "number", "teaching hours in all", _NOT_STATED, minimum=0),
        Column("days", "list", "mon;tue;… on which it meets", _NOT_STATED),
        Column("start_time", "text", "HH:MM at which a class starts", _NOT_STATED),
        Column("end_time", "text", "HH:MM at which a class ends", _NOT_STATED),
        Column(
            "hours_rule", "text", "rule that read days and hours from the words", "stated by the source, or not known"
        ),
        Column("schedule_text", "text", "hours in the source's words", _NOT_STATED),
        Column("registration_start", "date", "first day of registration", _NOT_STATED),
        Column("registration_end", "date", "last day of registration", _NOT_STATED),
        _SYNTHETIC,
    ),
    key=("session_id",),
)

SCHOOLS = Layer(
    "schools",
    "Établissements scolaires",
    "Schools: places where an OEPRE group is, or could be, held.",
    (
        Column("uai", "text", "national code of the school"),
        Column("name", "text", "name"),
        Column("type", "text", "école, collège, lycée…", _NOT_STATED),
        Column("sector", "text", "public or private, in the source's words", _NOT_STATED),
        _COMMUNE,
        Column("departement_code", "text", "its département", "commune not known"),
        Column("pupils", "integer", "pupils", _NOT_STATED, minimum=0),
        Column("rep", "text", "REP, REP+ or none", _NOT_STATED),
        Column("site_id", "text", "the place as travel time sees it: lon,lat to 5 decimals", "no place"),
        Column("location_quality", "text", "how well the place is known", terms=LocationQuality),
        _SYNTHETIC,
    ),
    key=("uai",),
    geometry="point",
)

HOUSING = Layer(
    "housing",
    "Logement et hébergement",
    "Dwellings and places by commune; never an address.",
    (
        Column("housing_id", "text", "source row"),
        Column("commune_code", "text", "current commune, INSEE code"),
        Column("kind", "text", "what is counted", terms=HousingKind),
        Column("dwellings", "integer", "dwellings", "counted otherwise, or not stated", minimum=0),
        Column("places", "integer", "places for people", "counted otherwise, or not stated", minimum=0),
        Column("period", "text", "year or day the count is of", _NOT_STATED),
        Column("operator", "text", "who runs it", _NOT_STATED),
        Column("source", "text", "where the figure comes from"),
        _SYNTHETIC,
    ),
    key=("housing_id",),
)

CTAI = Layer(
    "ctai",
    "Contrats territoriaux d'accueil et d'intégration",
    "One row per contract and commune.",
    (
        Column("contract_id", "text", "kind:commune:year"),
        Column("commune_code", "text", "current commune, INSEE code"),
        Column("name", "text", "name of the commune or métropole that signed"),
        Column("kind", "text", "CTAIR, CTAI or CAI"),
        Column("signed_year", "integer", "year of signature", _NOT_STATED, minimum=2015),
        Column("end_year", "integer", "last year", _NOT_STATED, minimum=2015),
        Column("axes", "list", "axes of the contract", _NOT_STATED),
        Column("signatories", "text", "who signed", _NOT_STATED),
        Column("source", "text", "document and section"),
        _SYNTHETIC,
    ),
    key=("contract_id",),
)

BPI = Layer(
    "bpi",
    "Bénéficiaires de la protection internationale",
    "Refugees by commune of residence: figures about people, see disclosure.",
    (
        Column("commune_code", "text", "current commune, INSEE code"),
        Column("persons", "integer", "people", "masked by the source (secret statistique)", minimum=0),
        Column("observed_on", "date", "day the count is of", _NOT_STATED),
        Column("source", "text", "who counted"),
        _SYNTHETIC,
    ),
    key=("commune_code",),
)

POINTS = Layer(
    "population_points",
    "Population par carreau ou par point",
    "People by 200 m cell or by any point with a weight: where need is, below the commune. Only used to compute.",
    (
        Column("point_id", "text", "INSPIRE identifier of the cell, or the point's own"),
        Column("commune_code", "text", "current commune whose outline holds it, INSEE code"),
        Column("lon", "number", "longitude of the point or of the cell's centre", minimum=-180, maximum=180),
        Column("lat", "number", "latitude of the same", minimum=-90, maximum=90),
        Column("cell_metres", "number", "side of the square cell", "a point, not a cell", minimum=0),
        Column("persons", "number", "people; INSEE's cells hold fractions", minimum=0),
        Column(
            "imputed", "boolean", "true where INSEE imputed the cell's values (fewer than 11 households)", _NOT_STATED
        ),
        Column("observed_year", "integer", "year the count is of", _NOT_STATED, minimum=1950),
        Column("source", "text", "where the figure comes from"),
        _SYNTHETIC,
    ),
    key=("point_id",),
)

QPV = Layer(
    "qpv",
    "Quartiers prioritaires (QPV)",
    "Quartiers prioritaires de la politique de la ville: their outlines. Nothing about people.",
    (
        Column("qpv_code", "text", "QP (2015) or QN (2024), then six characters"),
        Column("name", "text", "name; its code where the source gives none"),
        Column("commune_codes", "list", "current communes it lies in, INSEE codes"),
        Column("departement_code", "text", "département of the first of them", "not known"),
        Column("observed_year", "integer", "generation of the outlines: 2015 or 2024", "not stated", minimum=2015),
        Column("source", "text", "where it comes from"),
        _SYNTHETIC,
    ),
    key=("qpv_code",),
    geometry="polygon",
)

MERGES = Layer(
    "merges",
    "Fusions d'offres",
    "The same course recognised in two sources: which, why, and whether it was undone.",
    (
        Column("merge_id", "text", "identifier to undo it with"),
        Column("kept_record", "text", "source:record whose values win"),
        Column("merged_record", "text", "source:record joined to it"),
        Column("rule", "text", "what recognised them"),
        Column("score", "number", "0 to 100: likeness of the titles", minimum=0, maximum=100),
        Column("distance_metres", "number", "between the two places", "one of them has no place", minimum=0),
        Column("kept_title", "text", "title of the one"),
        Column("merged_title", "text", "title of the other"),
        Column("undone", "boolean", "true where somebody said they are two courses"),
    ),
    key=("merge_id",),
)

MERGE_DECISIONS = Layer(
    "merge_decisions",
    "Fusions défaites",
    "Merges somebody said join two different courses; kept apart from the merges, so that they outlive them.",
    (
        Column("merge_id", "text", "the merge"),
        Column("kept_record", "text", "one course"),
        Column("merged_record", "text", "the other"),
    ),
    key=("merge_id",),
)

REACH = Layer(
    "reach",
    "Temps de trajet",
    "One row per site and commune within the cutoff; a pair that is absent is beyond it (inf).",
    (
        Column("site_id", "text", "place of one or more offers"),
        Column("commune_code", "text", "commune people leave from"),
        Column("mode", "text", "how they travel", terms=Mode),
        Column("class_hours", "text", "hours the trip is timed for (tue 09:00-11:30); any: it depends on no hour"),
        Column("out_minutes", "number", "minutes there, waits included", "not known: no network", minimum=0),
        Column("back_minutes", "number", "minutes back; inf: no way home", "not known: no network", minimum=0),
        Column("out_wait_minutes", "number", "of which waiting before class", "not by timetable", minimum=0),
        Column("back_wait_minutes", "number", "of which waiting before leaving", "not by timetable", minimum=0),
        Column("engine", "text", "what computed it", terms=Engine),
    ),
    key=("site_id", "commune_code", "mode", "class_hours"),
)

COVERAGE = Layer(
    "coverage",
    "Couverture",
    "One row per commune for a kind, level, mode and cutoff: nearest fitting course, cause, need.",
    (
        Column("commune_code", "text", "commune, INSEE code"),
        Column("commune_name", "text", "its name"),
        Column("epci_code", "text", "its EPCI", "in no EPCI"),
        Column("arrondissement_code", "text", "its arrondissement", "not in the COG package"),
        Column("departement_code", "text", "its département"),
        Column("region_code", "text", "its région", "collectivité d'outre-mer: in no région"),
        Column("population", "integer", "legal population", "not published", minimum=0),
        Column("cause", "text", "why it is or is not covered, counting only courses sure to fit", terms=Cause),
        Column("cause_if_unknown_fits", "text", "the same if every course of unknown fit did fit", terms=Cause),
        Column("basis", "text", "where people leave from: the mairie, or where they live", terms=Basis),
        Column("share_covered", "number", "part of its people covered", "mairie", minimum=0, maximum=1),
        Column("share_unknown", "number", "part of them nothing is known of", "mairie", minimum=0, maximum=1),
        Column("median_minutes", "number", "half its people live at or under (longer of both ways)", "none, or mairie"),
        Column("out_minutes", "number", "to the nearest fitting open course", "none within reach, or not known"),
        Column("back_minutes", "number", "home from it", "none within reach, or not known"),
        Column("out_wait_minutes", "number", "of out_minutes, waiting at the door before class", "not by timetable"),
        Column("back_wait_minutes", "number", "of back_minutes, waiting before leaving", "not by timetable"),
        Column("long_wait", "boolean", "one of these waits is over 45 minutes", "not by timetable"),
        Column("class_hours", "text", "class hours timed, and whether the source states them", "not by timetable"),
        Column("offer_id", "text", "that course", "none within reach"),
        Column("offer_title", "text", "its title", "none within reach"),
        Column("offer_commune_name", "text", "the commune it is in", "none within reach"),
        Column("one_way_minutes", "number", "to the nearest fitting open course with no way home", "there is none"),
        Column("one_way_offer_id", "text", "that course", "there is none"),
        Column("possible_minutes", "number", "to the nearest open course of unknown fit", "none within reach"),
        Column("possible_offer_id", "text", "that course", "none within reach"),
        Column("full_minutes", "number", "to the nearest fitting course that takes nobody", "none within reach"),
        Column("other_minutes", "number", "to the nearest course of another kind", "none within reach"),
        Column("mode", "text", "how people travel", terms=Mode),
        Column("engine", "text", "what computed the minutes", terms=Engine),
        Column("kind", "text", "kind asked for", terms=Kind),
        Column("level", "text", "level asked for", "any level", terms=Level),
        Column("cutoff_minutes", "number", "longest trip accepted", minimum=0),
        Column("as_of", "date", "day the offers are looked at"),
        Column("need", "number", "learners of this kind living here", "not known", minimum=0),
        Column("need_basis", "text", "where that number comes from", terms=NeedBasis),
        Column(
            "need_share",
            "number",
            "part of the people counted that the need is",
            "need not known",
            minimum=0,
            maximum=1,
        ),
        Column("need_uncovered", "number", "need where the cause is not covered", "not known", minimum=0),
        Column("need_uncovered_if_unknown_fits", "number", "the lower bound of it", "not known", minimum=0),
        Column("withheld", "boolean", "true where figures about people are kept from this viewer"),
        Column("synthetic", "boolean", "true where made-up rows enter the figure"),
    ),
    key=("commune_code",),
)

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (OFFERS, SESSIONS, SCHOOLS, HOUSING, CTAI, BPI, POINTS, QPV, MERGES, MERGE_DECISIONS, REACH, COVERAGE)
}
