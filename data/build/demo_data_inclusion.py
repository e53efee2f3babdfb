"""Write courses as data·inclusion v1 services of the source carif-oref, one JSON object a line."""

import json
from typing import Any

from demo_model import DEPARTEMENTS, MARK, Defects, stream
from demo_overlap import Copy

DATA_INCLUSION_FILE = "data_inclusion_demo.jsonl"
_THEME = "lecture-ecriture-calcul--maitriser-le-francais"
_DISPOSITIFS = {"oepre": "OEPRE", "asl": "ASL", "fle": "FLE", "fle_pro": "FLE", "cir": "CIR", "alphabetisation": "ASL"}
_PUBLICS = {
    "81022": "personnes-exilees",
    "81023": "personnes-exilees",
    "81042": "personnes-exilees",
    "82060": "actifs",
    "83056": "tous-publics",
}
"""As data·inclusion maps them: analphabète (81021) and illettrisme (81019) to nothing."""
_MODES = {"0": ["en-presentiel"], "1": ["a-distance"], "2": ["a-distance", "en-presentiel"]}
"""1 (mixed) and 2 (remote) of LHEO come out exchanged, as they seem to in the real base."""

type Service = dict[str, Any]


def write_data_inclusion(copies: list[Copy], defects: Defects) -> bytes:
    """Return the file, defects included."""
    services = [_service(copy) for copy in copies]
    for copy, service in zip(copies, services, strict=True):
        if copy.course.modality != "0":
            defects.note(DATA_INCLUSION_FILE, "modalities_exchanged", service["id"])
    cut = _spoil(services, defects)
    lines = []
    for service in services:
        line = json.dumps(service, ensure_ascii=False, separators=(",", ":"))
        lines.append(line[: len(line) * 2 // 3] if service["id"] in cut else line)
    return ("\n".join(lines) + "\n").encode()


def _service(copy: Copy) -> Service:
    course = copy.course
    place, provider, session = course.place, course.provider, course.sessions[0]
    public = next((_PUBLICS[code] for code in course.publics if code in _PUBLICS), None)
    service: Service = {
        "source": "carif-oref",
        "id": f"carif-oref--{copy.action}",
        "structure_id": f"carif-oref--{provider.number}",
        "nom": copy.title,
        "type": "formation",
        "dispositif": _DISPOSITIFS.get(course.kind),
        "date_maj": course.updated.isoformat(),
        "thematiques": [_THEME],
        "publics": [public] if public else [],
        "conditions_acces": course.conditions,
        "mobilisation_precisions": session.note,
        "commune": place.commune.name,
        "code_postal": place.commune.postcode,
        "code_insee": place.commune.code,
        "adresse": place.street,
        "longitude": place.longitude,
        "latitude": place.latitude,
        "telephone": provider.phone,
        "courriel": provider.email,
        "modes_accueil": _MODES[course.modality],
        "modes_mobilisation": ["envoyer-un-courriel", "telephoner"],
        "mobilisable_par": ["professionnels"],
        "zone_eligibilite": list(DEPARTEMENTS),
        "session_debut": session.start.strftime("%Y%m%d"),
        "session_fin": session.end.strftime("%Y%m%d"),
        "volume_horaire_hebdomadaire": course.weekly_hours if course.weekly_hours <= 6 else None,  # noqa: PLR2004
        "nombre_heures_total": course.total_hours,
        "nb_places_financees": course.places if course.funders else None,
        "code_financeurs": list(course.funders) or None,
        "programme_financeur": course.programme or None,
        "ref_marche": course.market or None,
        "structure_nom": provider.name,
        "structure_siret": provider.siret,
        "score_qualite": 0.85 + len(copy.title) % 3 / 20,
    }
    kept = {name: value for name, value in service.items() if value not in (None, [])}
    kept["score_qualite"] = round(kept["score_qualite"], 2)
    return kept | {"donnee_fictive": True}


def _spoil(services: list[Service], defects: Defects) -> set[str]:
    """Give defects to some services; return the identifiers of those whose line is cut short."""
    rng = stream("data-inclusion-defects")
    pool = iter(rng.sample(services, len(services)))

    def spoil(count: int, defect: str, **changes: object) -> list[Service]:
        chosen = [next(pool) for _ in range(count)]
        for service in chosen:
            defects.note(DATA_INCLUSION_FILE, defect, service["id"])
            service.update(changes)
        return chosen

    for service in spoil(3, "swapped_coordinates"):
        service["longitude"], service["latitude"] = service["latitude"], service["longitude"]
    for service in spoil(3, "comma_decimals"):
        service["longitude"] = str(service["longitude"]).replace(".", ",")
        service["latitude"] = str(service["latitude"]).replace(".", ",")
    for service in spoil(6, "missing_insee"):
        del service["code_insee"]
    for service in spoil(8, "missing_coordinates"):
        del service["longitude"], service["latitude"]
    for service in spoil(6, "double_spaces"):
        service["nom"] = f"{service['nom'].removesuffix(MARK).replace(' ', '  ')} {MARK}"
    spoil(4, "far_away_point", longitude=1.959829, latitude=21.57773)
    spoil(3, "insee_contradicts_postcode", code_insee="62498", code_postal="59000", commune="Lille")
    spoil(
        2,
        "former_commune_code",
        code_insee="59355",
        code_postal="59160",
        commune="Lomme",
        longitude=None,
        latitude=None,
    )
    spoil(3, "impossible_date", session_fin="20270231")
    spoil(2, "end_before_start", session_fin="20250630")
    spoil(3, "unknown_theme", thematiques=["savoirs-de-base--inconnu"])
    spoil(2, "negative_places", nb_places_financees=-12)
    spoil(1, "empty_title", nom="")
    return {service["id"] for service in spoil(1, "line_cut_short")}
