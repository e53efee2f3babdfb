"""LHEO reader: hand-made feeds, the real sample, places, sessions and values."""

import re
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lheo_feeds import HEAD, PLACE, SESSION, feed, formation, read, read_text, told

from geo_integration.sources.lheo_tables import ORDER
from geo_integration.sources.records import RawOffer, RawSession
from geo_integration.vocabulary import EntryMode, Modality, Outcome, Recruitment

SHARED = Path(__file__).parents[3] / "shared" / "data" / "formations" / "lheo"
SAMPLE = SHARED / "exemple_rco_lheo23_2formations.xml"
needs_shared = pytest.mark.skipif(not SAMPLE.exists(), reason="échantillon ../shared absent (clone d'utilisateur)")


def test_smallest_feed(tmp_path: Path) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1)))
    expected = RawOffer(
        record_id="01_001104729",
        where="lheo/offres/formation[1]/action[1]/lieu-de-formation[1] (ligne 12)",
        title="Cours d'alphabétisation 1",
        alternate_ids=("F001-7919", "S1"),
        objective="Lire et écrire, groupe 1",
        content="Lecture 1",
        results="Autonomie",
        formacodes=("V14:15043",),
        modality=Modality.IN_PERSON,
        provider_name="Association 1",
        provider_siret="12345678901234",
        place_name="Maison de quartier",
        address="1 rue de la Paix",
        postcode="62000",
        commune_name="Arras",
        commune_code="62041",
        longitude=2.78,
        latitude=50.29,
        registration="Inscription : 1 rue de la Paix, 62000 Arras",
        updated_on="2025-12-01",
        sessions=[
            RawSession(
                record_id="S1",
                start_date="2026-01-05",
                end_date="2026-06-30",
                recruitment=Recruitment.OPEN,
                entry_mode=EntryMode.PERMANENT,
                total_hours=90.0,
            )
        ],
    )
    assert offers == [expected]
    assert problems == []


@needs_shared
def test_real_sample() -> None:
    offers, problems = read(SAMPLE)
    first, second = offers
    assert (first.record_id, second.record_id) == ("01_GE1716206", "01_GE1716206@NUM_2_1765209715244")
    assert first.title == "Cours de français langue d'intégration - Session 1"
    assert (first.objective or "").startswith("L'objectif du cours de Français Langue d'Intégration")
    assert first.programme == second.programme == "ASL"
    assert first.market_reference == "BOP 104"
    assert first.funders == ("État - Ministère de l'intérieur",)
    assert first.public_codes == ("V14:81022", "V14:81023", "V14:81042")
    assert first.sessions[0].places_funded == 10
    assert (second.commune_code, second.longitude, second.latitude) == ("44143", -1.5516644, 47.1888545)
    assert second.rhythm is not None
    assert second.rhythm.endswith("180 heures en centre")  # read although misplaced
    assert (second.sessions[0].start_date, second.sessions[0].end_date) == ("2025-11-13", None)
    found = {(p.field, p.value): (p.outcome, p.where) for p in problems}
    desk = "organisme-formation-responsable/coordonnees-organisme/coordonnees/adresse"
    assert found == {
        ("fin", "202560212"): (
            Outcome.FIELD_DROPPED,
            "lheo/offres/formation[2]/action[1]/session[1]/periode/fin (ligne 97)",
        ),
        ("geolocalisation", "21.5777 / 1.95983"): (
            Outcome.FIELD_DROPPED,
            f"lheo/offres/formation[2]/{desk}/geolocalisation (ligne 123)",
        ),
        ("code-INSEE-commune", "68297"): (
            Outcome.FIELD_DROPPED,
            f"lheo/offres/formation[2]/{desk}/code-INSEE-commune (ligne 123)",
        ),
        ("duree-indicative", "180 heures en centre"): (
            Outcome.REPAIRED,
            "lheo/offres/formation[2]/action[1]/duree-indicative (ligne 88)",
        ),
        ("numero", "01_GE1716206"): (
            Outcome.REPAIRED,
            "lheo/offres/formation[2]/action[1]/lieu-de-formation[1] (ligne 91)",
        ),
    }


@needs_shared
def test_tables_agree_with_the_schema() -> None:
    import xmlschema  # noqa: PLC0415 -- slow, and only this test needs it

    schema = xmlschema.XMLSchema(SHARED / "lheo-2.3.xsd")
    for name, children in ORDER.items():
        element = schema.find(f"lheo:{name}", namespaces={"lheo": "http://lheo.gouv.fr/2.3"})
        assert isinstance(element, xmlschema.XsdElement)
        assert [child.local_name for child in element.iterchildren()] == list(children), name


# Versions


@pytest.mark.parametrize(
    ("namespace", "says"),
    [
        (' xmlns="http://lheo.gouv.fr/2.1"', "LHEO 2.1"),
        (' xmlns="http://lheo.gouv.fr/2.2"', "LHEO 2.2"),
        ("", "absent"),
    ],
)
def test_other_versions_are_read_with_a_note(tmp_path: Path, namespace: str, says: str) -> None:
    head = HEAD.replace(' xmlns="http://lheo.gouv.fr/2.3"', namespace)
    offers, problems = read_text(tmp_path, feed(formation(1), head=head))
    assert offers == read_text(tmp_path, feed(formation(1)))[0]
    assert [says in problem.reason for problem in problems] == [True]


def test_a_prefixed_namespace_is_read(tmp_path: Path) -> None:
    plain = feed(formation(1)).replace(' xmlns="', ' xmlns:lheo="')
    prefixed = re.sub(r"<(/?)([a-zA-Z])", r"<\1lheo:\2", plain)
    assert read_text(tmp_path, prefixed) == read_text(tmp_path, feed(formation(1)))


# Actions, places, sessions


def test_one_offer_per_action_and_place(tmp_path: Path) -> None:
    second = PLACE.replace("62041", "62498").replace("Arras", "Lens").replace("62000", "62300")
    money = "<organisme-financeur><code-financeur>2</code-financeur><nb-places-financees>12</nb-places-financees>"
    text = formation(1, places=PLACE + second).replace("</action>", f"{money}</organisme-financeur></action>")
    offers, problems = read_text(tmp_path, feed(text))
    assert [(offer.record_id[-3:], offer.commune_name) for offer in offers] == [("-L1", "Arras"), ("-L2", "Lens")]
    assert [offer.alternate_ids for offer in offers] == [(), ()]  # the numbers would name both places
    assert [offer.sessions[0].places_funded for offer in offers] == [None, None]
    assert told(problems) == [("action", "field_dropped")]


def test_no_place(tmp_path: Path) -> None:
    remote = formation(2, places="").replace("seignement>0<", "seignement>2<")
    offers, problems = read_text(tmp_path, feed(formation(1, places=""), remote))
    assert [(offer.modality, offer.commune_code) for offer in offers] == [
        (Modality.IN_PERSON, None),
        (Modality.REMOTE, None),
    ]
    assert [problem.where.split(" (")[0] for problem in problems] == ["lheo/offres/formation[1]/action[1]"]


def test_identifiers_that_clash_or_lack(tmp_path: Path) -> None:
    number = re.compile(r'<action numero="[^"]*"')
    same = [number.sub('<action numero="A"', formation(n)) for n in (1, 2)]
    bare = re.sub(r'<formation numero="[^"]*"', "<formation", number.sub("<action", formation(3)))
    offers, problems = read_text(tmp_path, feed(*same, bare))
    assert [offer.record_id for offer in offers] == ["A", "A@F002-15838", "formation-3"]
    assert {problem.outcome for problem in problems} == {Outcome.REPAIRED}
    assert len(problems) == 2


def test_sessions_of_the_same_number_stay_apart(tmp_path: Path) -> None:
    offers, _ = read_text(tmp_path, feed(formation(1, sessions=SESSION.format(n=1) * 2)))
    assert [session.record_id for session in offers[0].sessions] == ["S1", "S1-2"]


@pytest.mark.parametrize(
    ("old", "new", "field", "kept"),
    [
        ("<debut>20260105<", "<debut>20260230<", "debut", {"start_date": None}),
        ("<debut>20260105<", "<debut>18990101<", "debut", {"start_date": None}),
        ("<fin>20260630<", "<fin>20269900<", "fin", {"end_date": None}),
        ("<fin>20260630<", "<fin>20991231<", "fin", {"end_date": None}),
        ("<fin>20260630<", "<fin>20250630<", "fin", {"end_date": None}),
        ("<fin>20260630<", "<fin>99999999<", "", {"end_date": None}),
        ("<debut>20260105<", "<debut>00000000<", "", {"start_date": None}),
        (">90<", ">-5<", "nombre-heures-total", {"total_hours": None}),
        (">90<", ">1e9<", "nombre-heures-total", {"total_hours": None}),
        (">90<", ">nan<", "nombre-heures-total", {"total_hours": None}),
        (">90<", ">0<", "", {"total_hours": None}),
        ("recrutement>1<", "recrutement>9<", "etat-recrutement", {"recruitment": Recruitment.UNKNOWN}),
        ("recrutement>1<", "recrutement>3<", "", {"recruitment": Recruitment.SUSPENDED}),
        ("sorties>1<", "sorties>0<", "", {"entry_mode": EntryMode.FIXED}),
    ],
)
def test_session_values(tmp_path: Path, old: str, new: str, field: str, kept: dict[str, object]) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1).replace(old, new)))
    session = offers[0].sessions[0]
    assert {name: getattr(session, name) for name in kept} == kept
    assert told(problems) == ([(field, "field_dropped")] if field else [])


@pytest.mark.parametrize(
    ("old", "new", "problem", "kept"),
    [
        (">62000<", ">6200<", "codepostal", {"postcode": None}),
        (">62041<", ">6204A<", "code-INSEE-commune", {"commune_code": None}),
        (">50.29<", ">21.57<", "geolocalisation", {"latitude": None, "longitude": None}),
        (">50.29<", ">nord<", "latitude", {"latitude": None, "longitude": None}),
        (">50.29<", ">50,29<", "", {"latitude": 50.29, "longitude": 2.78}),
        (">15043<", ">1504<", "code-FORMACODE", {"formacodes": ()}),
        ('ref="V14">15043', ">15043", "", {"formacodes": (":15043",)}),
        ("<SIRET>12345678901234<", "<SIRET>123<", "SIRET", {"provider_siret": None}),
        ('datemaj="20251201"', 'datemaj="20251301"', "action", {"updated_on": None}),
        ("seignement>0<", "seignement>1<", "", {"modality": Modality.MIXED}),
        ("seignement>0<", "seignement>7<", "modalites-enseignement", {"modality": Modality.UNKNOWN}),
    ],
)
def test_offer_values(tmp_path: Path, old: str, new: str, problem: str, kept: dict[str, object]) -> None:
    assert old in formation(1)
    offers, problems = read_text(tmp_path, feed(formation(1).replace(old, new)))
    assert {name: getattr(offers[0], name) for name in kept} == kept
    assert ([found.field for found in problems][:1] or [""]) == [problem]
    assert all(found.outcome is Outcome.FIELD_DROPPED for found in problems)


def test_swapped_coordinates_are_put_right(tmp_path: Path) -> None:
    swapped = formation(1).replace(">50.29<", ">x<").replace(">2.78<", ">50.29<").replace(">x<", ">2.78<")
    offers, problems = read_text(tmp_path, feed(swapped))
    assert (offers[0].longitude, offers[0].latitude) == (2.78, 50.29)
    assert told(problems) == [("geolocalisation", "repaired")]


@pytest.mark.parametrize(
    ("extra", "field", "outcome"),
    [
        ("<duree-indicative>40 h</duree-indicative>", "duree-indicative", "repaired"),
        ("<codepostal>62000</codepostal>", "codepostal", "field_dropped"),
        ("<inconnu>x</inconnu>", "inconnu", "field_dropped"),
    ],
)
def test_elements_out_of_place(tmp_path: Path, extra: str, field: str, outcome: str) -> None:
    offers, problems = read_text(tmp_path, feed(formation(1, action=extra)))
    assert len(offers) == 1
    assert told(problems) == [(field, outcome)]


def test_unknown_attributes_and_funders_are_named(tmp_path: Path) -> None:
    funder = "<organisme-financeur><code-financeur>77</code-financeur></organisme-financeur></action>"
    text = formation(1).replace("</action>", funder).replace("<periode>", '<periode sens="x">')
    offers, problems = read_text(tmp_path, feed(text))
    assert offers[0].funders == ("code 77",)
    assert told(problems) == [("periode", "field_dropped"), ("code-financeur", "repaired")]


def test_html_becomes_plain_text(tmp_path: Path) -> None:
    written = "<p>Un <b>cours</b><br/>A1 &amp; A2</p><script>x()</script> si a < b"
    offers, _ = read_text(tmp_path, feed(formation(1).replace("Lecture 1", escape(written))))
    assert offers[0].content == "Un cours\nA1 & A2\nsi a < b"


def test_weekly_hours_are_read_where_one_figure_is_stated(tmp_path: Path) -> None:
    def weekly(rhythm: str) -> float | None:
        text = formation(1).replace("<modalites-ens", f"<rythme-formation>{rhythm}</rythme-formation><modalites-ens")
        return read_text(tmp_path, feed(text))[0][0].sessions[0].weekly_hours

    assert weekly("2 séances, soit 4h hebdomadaires") == 4
    assert weekly("3,5 heures par semaine") == 3.5
    assert weekly("3 h/semaine ou 6 h/semaine") is None
    assert weekly("180 heures") is None
