"""Write the courses as LHEO 2.3, element for element as Carif-Oref feeds do, with the defects asked for."""

from datetime import date

from demo_model import MARK, Course, Provider, Session
from lxml import etree

NAMESPACE = "http://lheo.gouv.fr/2.3"
REGION = "32"
_EXPORT = "1790812800000"
"""End of the export's formation numbers, as in ``NUM_1_1765209715244``: milliseconds of 2026-10-01."""

type Element = etree._Element  # noqa: SLF001 -- lxml's type of an element has no public name


def write_lheo(courses: list[Course], repeated: set[str]) -> bytes:
    """Return the file; the actions of ``repeated`` come twice, as when an export overlaps itself."""
    root = etree.Element(f"{{{NAMESPACE}}}lheo", nsmap={None: NAMESPACE})
    root.append(etree.Comment(f" {MARK} Cours inventés pour la démonstration : voir README.md. "))
    offers = _add(root, "offres")
    for position, course in enumerate(courses, start=1):
        for _ in range(2 if course.action in repeated else 1):
            _formation(offers, course, position)
    extras = _add(root, "extras", info="donnee-fictive")
    _add(extras, "extra", "1", info="synthetic")
    etree.indent(root, space=" ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _add(parent: Element, tag: str, text: str | None = None, /, **attributes: str) -> Element:
    element: Element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    element.text = text
    return element


def _stated(course: Course, name: str, value: str | None) -> str | None:
    """Return what the file states: the defect when there is one, else the truth."""
    return course.lheo.get(name, value)


def _formation(offers: Element, course: Course, position: int) -> None:
    number = course.formation if position % 5 else f"NUM_{position}_{_EXPORT}"
    url = f"https://example.org/formations/{course.action}"
    formation = _add(offers, "formation", numero=number, datecrea="20260105", datemaj=_day(course.updated), href=url)
    domain = _add(formation, "domaine-formation")
    for index, code in enumerate(course.formacodes):
        tag = "principal" if index == 0 else "secondaire"
        _add(domain, "code-FORMACODE", _stated(course, "formacode", code), ref="V14", tag=tag)
    _add(formation, "intitule-formation", _stated(course, "title", course.title))
    _add(formation, "objectif-formation", _stated(course, "objective", course.objective))
    _add(formation, "resultats-attendus", course.results)
    _add(formation, "contenu-formation", _stated(course, "content", course.content))
    _add(formation, "certifiante", "1" if course.kind == "certification" else "0")
    _contact(formation, "contact-formation", course.provider, kind="4")
    _add(formation, "parcours-de-formation", "1")
    _add(formation, "code-niveau-entree", "1")
    _add(formation, "objectif-general-formation", "5")
    _add(formation, "certification")
    _add(formation, "code-niveau-sortie", "1")
    _add(_add(formation, "url-formation"), "urlweb", url)
    _action(formation, course)
    _responsible(formation, course)
    extras = _add(formation, "extras", info="donnee-fictive")
    _add(extras, "extra", "1", info="synthetic")


def _action(formation: Element, course: Course) -> None:
    number = _stated(course, "action", course.action) or course.action
    action = _add(formation, "action", numero=number, datemaj=_day(course.updated), datecrea="20260105")
    _add(action, "rythme-formation", course.rhythm)
    for code in course.publics:
        _add(action, "code-public-vise", _stated(course, "public", code), ref="V14")
    _add(action, "niveau-entree-obligatoire", "0" if course.kind == "unknown" else "1")
    _add(action, "modalites-alternance", "Aucun rythme d'alternance déclaré.")
    _add(action, "modalites-enseignement", course.modality)
    duration = f"{course.total_hours} heures en centre"
    if "misplaced" in course.lheo:
        _add(action, "duree-indicative", duration)
    _add(action, "conditions-specifiques", _stated(course, "conditions", course.conditions))
    _add(action, "prise-en-charge-frais-possible", "0")
    if _stated(course, "place", "1"):
        _place(action, course)
    _add(action, "modalites-entrees-sorties", "1" if course.permanent else "0")
    for session in course.sessions:
        _session(action, course, session)
    _add(action, "acces-handicapes", "Oui")
    if course.kind == "certification":
        _add(action, "frais-restants", "120 euros à la charge du candidat")
    if "misplaced" not in course.lheo:
        _add(action, "duree-indicative", duration)
        _add(action, "nombre-heures-total", str(course.total_hours))
    _add(action, "conventionnement", "1" if course.programme else "0")
    _trainer(action, course.provider)
    for funder in course.funders:
        _funder(action, course, funder)
    extras = _add(action, "extras", info="dispositif")
    _add(extras, "extra", "0", info="contrat-apprentissage")
    _add(extras, "extra", "1", info="synthetic")


def _place(action: Element, course: Course) -> None:
    place = course.place
    element = _add(action, "lieu-de-formation", tag="principal")
    if place.uai:
        _add(_add(element, "code-UAI-lieu-formation"), "code-UAI", place.uai)
    address = _add(_add(element, "coordonnees"), "adresse")
    _add(address, "denomination", place.name)
    _add(address, "ligne", place.street)
    _add(address, "codepostal", _stated(course, "postcode", place.commune.postcode))
    _add(address, "ville", _stated(course, "town", place.commune.name))
    _add(address, "departement", place.commune.departement)
    code = _stated(course, "insee", place.commune.code)
    if code is not None:
        _add(address, "code-INSEE-commune", code)
    _add(address, "region", REGION)
    _add(address, "pays", "FR")
    point = _add(address, "geolocalisation")
    _add(point, "latitude", _stated(course, "latitude", str(place.latitude)))
    _add(point, "longitude", _stated(course, "longitude", str(place.longitude)))


def _session(action: Element, course: Course, session: Session) -> None:
    start, end = _day(session.start), _day(session.end)
    element = _add(action, "session", numero=_stated(course, "session", session.number) or "")
    period = _add(element, "periode")
    _add(period, "debut", _stated(course, "start", start))
    _add(period, "fin", _stated(course, "end", end))
    commune = course.place.commune
    address = _add(_add(element, "adresse-inscription"), "adresse")
    _add(address, "denomination", course.provider.name)
    _add(address, "ligne", course.place.street)
    _add(address, "codepostal", commune.postcode)
    _add(address, "ville", commune.name)
    _add(element, "modalites-inscription", session.note)
    if session.registration:
        registration = _add(_add(element, "periode-inscription"), "periode")
        _add(registration, "debut", _day(session.registration[0]))
        _add(registration, "fin", _day(session.registration[1]))
    state = _stated(course, "state", session.state)
    if state:
        _add(element, "etat-recrutement", state)
    _contact(element, "contact-session", course.provider, kind="3", mobile=bool(course.provider.mobile))


def _contact(parent: Element, tag: str, provider: Provider, *, kind: str, mobile: bool = False) -> None:
    contact = _add(parent, tag, tag="principal")
    _add(contact, "type-contact", kind)
    who = _add(contact, "coordonnees")
    _add(who, "nom", "Accueil (fictif)")
    _add(_add(who, "telfixe"), "numtel", provider.phone)
    if mobile:
        _add(_add(who, "portable"), "numtel", provider.mobile)
    _add(who, "courriel", provider.email)


def _trainer(action: Element, provider: Provider) -> None:
    trainer = _add(action, "organisme-formateur", numero=provider.number, tag="principal")
    _add(_add(trainer, "SIRET-formateur"), "SIRET", provider.siret)
    _add(trainer, "raison-sociale-formateur", provider.name)


def _funder(action: Element, course: Course, code: str) -> None:
    funder = _add(action, "organisme-financeur")
    _add(funder, "code-financeur", code)
    _add(funder, "nb-places-financees", _stated(course, "funded", str(course.places)))
    if course.programme or course.market:
        extras = _add(funder, "extras", info="specificites")
        if course.programme:
            _add(extras, "extra", course.programme, info="programme-financeur")
        if course.market:
            _add(extras, "extra", course.market, info="ref-action-marche-financeur")


def _responsible(formation: Element, course: Course) -> None:
    provider, commune = course.provider, course.place.commune
    element = _add(formation, "organisme-formation-responsable", numero=provider.number)
    _add(element, "numero-activite", "00000000000")
    _add(_add(element, "SIRET-organisme-formation"), "SIRET", provider.siret)
    _add(element, "nom-organisme", provider.name)
    _add(element, "raison-sociale", provider.legal_name)
    address = _add(_add(_add(element, "coordonnees-organisme"), "coordonnees"), "adresse")
    _add(address, "ligne", "1 rue de l'Exemple")
    _add(address, "codepostal", commune.postcode)
    _add(address, "ville", commune.name)
    _contact(element, "contact-organisme", provider, kind="4")


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")
