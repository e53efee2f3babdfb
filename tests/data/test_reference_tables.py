"""The reference tables typed from the French documents: form, keys, arithmetic, and every quote against its source."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "data" / "reference"
SEEDS = ROOT.parent / "shared" / "seeds"

DESCRIPTIONS = {"axes.csv", "columns.csv", "documents.csv"}
"""Files that describe the others; every other file holds rows typed from a document."""

SCHOOL = {"school_holidays.csv", "school_zones.csv"}
"""Rows typed from arrêtés that are not among the documents: each names its own."""

FINDER = {"contacts.csv"}
"""Addresses the finder shows; from no document."""

FIGURES = ("cir_figures.csv", "housing_figures.csv", "oepre_figures.csv", "programme_figures.csv")

TYPED = (
    "ctai_actions.csv",
    "ctai_contracts.csv",
    "funded_projects.csv",
    "indicators_2022.csv",
    "support_programmes.csv",
    *FIGURES,
)

NUMBERS = {
    "ctai_contracts.csv": ("year_from", "year_to"),
    "ctai_actions.csv": ("beneficiaries", "capacity"),
    "funded_projects.csv": (
        "projects",
        "target_beneficiaries",
        "achieved_beneficiaries",
        "ratio_printed_percent",
        "ratio_computed_percent",
    ),
} | dict.fromkeys(FIGURES, ("value", "recomputed"))

CODE_LENGTH = {"commune": 5, "departement": 2, "region": 2, "country": 2, "academie": 0, "cross_border": 0}

METROPOLES = {
    "Bordeaux": "33063",
    "Lyon": "69123",
    "Grenoble": "38185",
    "Dijon": "21231",
    "Brest": "29019",
    "Nancy": "54395",
    "Rennes": "35238",
    "Clermont-Ferrand": "63113",
    "Strasbourg": "67482",
    "Toulouse": "31555",
    "Nantes": "44109",
}
CAI = {
    "Lille": "59350",
    "Hirson": "02381",
    "Sissonne": "02720",
    "Laon": "02408",
    "Pinon": "02602",
    "Anizy-le-Grand": "02018",
    "Soissons": "02722",
    "Essômes-sur-Marne": "02290",
    "Chantilly": "60141",
}

Row = dict[str, str]


def read(name: str) -> list[Row]:
    """Read one reference table, every cell as text."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def header(name: str) -> list[str]:
    """Read the column names of one reference table."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream, strict=True))


def files() -> list[str]:
    """List the reference tables that are on disk."""
    return sorted(path.name for path in REFERENCE.glob("*.csv"))


def one_line(text: str) -> str:
    """Collapse every run of white space (no-break spaces too) to one space."""
    return " ".join(text.split())


def figure(name: str, /, **wanted: str) -> Row:
    """Find the one row of a figure table whose cells are as wanted."""
    found = [row for row in read(name) if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, f"{name}: {len(found)} rows for {wanted}"
    return found[0]


def value(name: str, /, **wanted: str) -> float:
    """Read the value of the one figure whose cells are as wanted."""
    return float(figure(name, **wanted)["value"])


def test_the_tables_are_the_expected_ones() -> None:
    assert set(files()) == DESCRIPTIONS | set(TYPED) | SCHOOL | FINDER


def test_readme_lists_every_table_with_its_row_count() -> None:
    readme = (REFERENCE / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+\.csv)` \| (\d+) \|", readme, flags=re.MULTILINE))
    assert listed == {name: str(len(read(name))) for name in files()}


@pytest.mark.parametrize("name", files())
def test_file_is_plain_utf8_csv(name: str) -> None:
    raw = (REFERENCE / name).read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf"), "byte order mark"
    assert b"\r" not in raw, "line ends must be LF"
    assert raw.endswith(b"\n")
    raw.decode("utf-8")
    with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream, strict=True))
    columns = lines[0]
    assert len(set(columns)) == len(columns), "two columns of one name"
    assert len(lines) > 1, "no rows"
    for number, line in enumerate(lines[1:], start=2):
        assert len(line) == len(columns), f"row {number} has {len(line)} cells"
        assert all(cell == one_line(cell) for cell in line), f"row {number} has stray white space"


def test_columns_csv_lists_exactly_the_columns() -> None:
    listed: dict[str, list[str]] = {}
    for row in read("columns.csv"):
        assert row["meaning"], row
        assert row["empty_means"], row
        listed.setdefault(row["file"], []).append(row["column"])
    assert listed == {name: header(name) for name in files()}


def test_columns_said_never_empty_are_never_empty() -> None:
    for row in read("columns.csv"):
        if row["empty_means"] == "never empty":
            blanks = [number for number, line in enumerate(read(row["file"]), start=2) if not line[row["column"]]]
            assert not blanks, f"{row['file']} {row['column']}: empty in rows {blanks}"


def test_documents_have_unique_keys_and_no_machine_path() -> None:
    documents = read("documents.csv")
    keys = [row["key"] for row in documents]
    assert sorted(keys) == [
        "bilan_hdf_2021",
        "cahier_charges_agir_62_2024",
        "ctair_2019",
        "instruction_2022",
        "page_bilan_hdf_2021",
    ]
    for row in documents:
        assert re.fullmatch(r"00\d_[0-9a-f]{16}\.txt", row["seed_file"]), row["seed_file"]
        assert row["licence_note"] == "document public; réutilisation à vérifier"


@pytest.mark.parametrize("name", TYPED)
def test_every_row_names_its_document_and_section(name: str) -> None:
    keys = {row["key"] for row in read("documents.csv")}
    for number, row in enumerate(read(name), start=2):
        assert row["document"] in keys, f"{name} row {number}"
        assert row["section"], f"{name} row {number}"
        assert 0 < len(row["quote"]) <= 200, f"{name} row {number}"


@pytest.mark.parametrize("name", TYPED)
def test_no_row_is_typed_twice(name: str) -> None:
    rows = Counter(tuple(row.values()) for row in read(name))
    assert not [row for row, times in rows.items() if times > 1]


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_numbers_parse(name: str) -> None:
    for number, row in enumerate(read(name), start=2):
        for column in NUMBERS[name]:
            cell = row[column]
            assert not cell or re.fullmatch(r"\d+(\.\d+)?", cell), f"{name} row {number} {column}: {cell!r}"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_without_a_value_says_why(name: str) -> None:
    for row in read(name):
        if not row["value"]:
            assert row["note"], row["label_fr"]
        else:
            assert row["unit"], row["label_fr"]
        assert row["kind"] in {"result", "objective", "rate", "growth", "rule", "context"}
        assert row["qualifier"] in {"exact", "about", "more_than", "at_least", "at_most"}
        assert bool(row["base_period"]) == (row["kind"] == "growth"), row["label_fr"]


@pytest.mark.parametrize("name", [*FIGURES, "funded_projects.csv", "support_programmes.csv"])
def test_territory_codes_fit_their_level(name: str) -> None:
    for number, row in enumerate(read(name), start=2):
        code = row["territory_code"]
        assert len(code) == CODE_LENGTH[row["territory_level"]], f"{name} row {number}: {code!r}"
        assert row["territory_level"] != "country" or code == "FR"


@pytest.mark.parametrize("name", ["ctai_contracts.csv", "ctai_actions.csv"])
def test_commune_codes_have_five_characters(name: str) -> None:
    for row in read(name):
        assert re.fullmatch(r"(\d{2}|2[AB])\d{3}", row["commune_code"]), row["commune_name"]


def test_all_eleven_metropoles_and_nine_cai_communes_are_there() -> None:
    contracts = read("ctai_contracts.csv")
    by_kind: dict[str, dict[str, str]] = {}
    for row in contracts:
        by_kind.setdefault(row["kind"], {})[row["commune_name"]] = row["commune_code"]
    assert by_kind == {"CTAIR": METROPOLES, "CAI": CAI}
    assert len(contracts) == len(METROPOLES) + len(CAI)
    for row in contracts:
        assert row["commune_code"].startswith(row["departement_code"])
        assert int(row["year_from"]) <= int(row["year_to"])
        assert row["axes_scope"] in {"contract", "actions", "scheme"}


def test_every_metropole_has_actions_and_every_parent_exists() -> None:
    actions = read("ctai_actions.csv")
    assert {row["commune_name"]: row["commune_code"] for row in actions} == METROPOLES
    ids = [row["action_id"] for row in actions]
    assert len(set(ids)) == len(ids)
    for row in actions:
        assert not row["parent_action_id"] or row["parent_action_id"] in ids
        assert row["beneficiaries_unit"] in ({"persons", "bpi", "households"} if row["beneficiaries"] else {""})
        assert row["capacity_unit"] in ({"places", "dwellings", "supports"} if row["capacity"] else {""})
        assert not row["beneficiaries"] or row["beneficiaries_text"]


def test_axes_come_from_the_closed_list() -> None:
    codes = {row["code"] for row in read("axes.csv")}
    for row in read("ctai_contracts.csv"):
        assert set(row["axes"].split("|")) <= codes, row["commune_name"]
    for row in read("ctai_actions.csv"):
        others = row["other_axes"].split("|") if row["other_axes"] else []
        assert {row["axis"], *others} <= codes, row["action_id"]
        assert row["axis"] not in others, row["action_id"]


def test_indicators_cover_the_annex() -> None:
    indicators = read("indicators_2022.csv")
    groups = Counter(row["printed_number"] for row in indicators)
    assert groups == {
        "1.1": 8,
        "1.2": 3,
        "2": 2,
        "3.1": 3,
        "3.2": 5,
        "3.3": 3,
        "3.4": 1,
        "3.5": 1,
        "3.6": 2,
        "3.7": 1,
        "3.8": 2,
        "3.9": 1,
    }
    codes = [row["code"] for row in indicators]
    assert len(set(codes)) == len(codes)
    for row in indicators:
        assert not row["parent_code"] or row["parent_code"] in codes
        assert bool(row["indicator"]) == (row["printed_number"] != "3.9")
        assert row["indicator"] or row["note"]


def test_funded_projects_ratios_are_computed_and_mismatches_noted() -> None:
    for row in read("funded_projects.csv"):
        ratio = 100 * int(row["achieved_beneficiaries"]) / int(row["target_beneficiaries"])
        assert float(row["ratio_computed_percent"]) == pytest.approx(ratio, abs=0.005)
        if abs(float(row["ratio_printed_percent"]) - ratio) > 0.0051:
            assert row["ratio_printed_percent"].replace(".", ",") in row["note"], row["territory_name"]


def test_funded_projects_sums_match_or_are_noted() -> None:
    rows = read("funded_projects.csv")
    parts = [row for row in rows if row["territory_level"] == "departement"]
    (total,) = (row for row in rows if row["territory_level"] == "region")
    assert sorted(row["territory_code"] for row in parts) == ["02", "59", "60", "62", "80"]
    assert sum(int(row["projects"]) for row in parts) == int(total["projects"]) == 75
    assert sum(int(row["achieved_beneficiaries"]) for row in parts) == int(total["achieved_beneficiaries"]) == 2882
    assert sum(int(row["target_beneficiaries"]) for row in parts) == 3067
    assert int(total["target_beneficiaries"]) == 3070
    assert "3 067" in total["note"], "the printed total does not match: the note must say so"


@pytest.mark.parametrize("breakdown", ["sex", "age", "status"])
def test_cir_2019_breakdowns_add_up_to_less_than_the_printed_total(breakdown: str) -> None:
    rows = read("cir_figures.csv")
    parts = [
        float(row["value"])
        for row in rows
        if (row["indicator"], row["breakdown"], row["period"]) == ("cir_signatories", breakdown, "2019")
    ]
    total = figure("cir_figures.csv", indicator="cir_signatories", breakdown="total", period="2019")
    assert sum(parts) == float(total["recomputed"]) == 5053
    assert float(total["value"]) == 5915
    assert "5 053" in total["note"], "the printed total does not match: the note must say so"


def test_cir_regional_shares_stay_within_one_hundred() -> None:
    shares = [float(row["value"]) for row in read("cir_figures.csv") if row["indicator"] == "cir_region_share"]
    assert len(shares) == 17
    assert sum(shares) == pytest.approx(99.9)


def test_cph_split_does_not_add_up_and_is_noted() -> None:
    created = figure("housing_figures.csv", indicator="cph_places_created")
    local = value("housing_figures.csv", indicator="cph_places_created_local")
    national = value("housing_figures.csv", indicator="cph_places_created_national")
    assert (float(created["value"]), local + national) == (447, 400)
    assert "447" in created["note"]


def test_toulouse_places_add_up() -> None:
    total = value("housing_figures.csv", indicator="transition_places")
    parts = [value("housing_figures.csv", indicator=f"transition_places_{kind}") for kind in ("diffus", "collectif")]
    assert sum(parts) == total == 120


@pytest.mark.parametrize("name", ["etablissements", "groupes", "ateliers", "parents"])
def test_oepre_growth_is_recomputed_from_the_two_years(name: str) -> None:
    before = value("oepre_figures.csv", indicator=f"oepre_{name}", period="2017-2018")
    after = value("oepre_figures.csv", indicator=f"oepre_{name}", period="2018-2019", territory_code="32")
    growth = figure("oepre_figures.csv", indicator=f"oepre_{name}_growth")
    assert float(growth["recomputed"]) == pytest.approx(100 * (after - before) / before, abs=0.005)


@pytest.mark.parametrize("name", FIGURES)
def test_printed_figures_that_do_not_recompute_carry_a_note(name: str) -> None:
    for row in read(name):
        if row["recomputed"]:
            decimals = len(row["value"].partition(".")[2])
            half_unit = 0.5 * 10**-decimals + 0.005
            if abs(float(row["value"]) - float(row["recomputed"])) > half_unit:
                assert row["note"], f"{name}: {row['label_fr']}"


def source_texts() -> dict[str, str]:
    """Read the source documents by key, or skip where the folder of seeds is not beside the checkout."""
    if not SEEDS.is_dir():
        pytest.skip("shared/seeds is not beside this checkout: quotes cannot be compared with their documents")
    return {
        row["key"]: one_line((SEEDS / row["seed_file"]).read_text(encoding="utf-8")) for row in read("documents.csv")
    }


@pytest.mark.parametrize("name", TYPED)
def test_every_quote_is_in_its_document(name: str) -> None:
    texts = source_texts()
    missing = [
        f"row {number}: {row['quote']}"
        for number, row in enumerate(read(name), start=2)
        if one_line(row["quote"]) not in texts[row["document"]]
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("name", FIGURES)
def test_every_printed_number_is_in_its_quote(name: str) -> None:
    words = {  # figures that the documents write in words, or round up to a unit
        "2": ("deux", "doubler"),
        "3": ("trois",),
        "4": ("quatrième", "quatre"),
        "5": ("cinq",),
        "6": ("six",),
        "7": ("sept",),
        "8": ("huit",),
        "11": ("onze",),
        "12": ("douze",),
        "20": ("vingtaine",),
        "33.3": ("tiers",),
        "9000000": ("9M€",),
        "80000000": ("80 millions",),
        "500000000": ("demi-milliard",),
    }
    for row in read(name):
        if not row["value"]:
            continue
        digits = row["value"].replace(".", ",")
        quote = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", row["quote"])
        in_figures = re.search(rf"(?<![\d,]){re.escape(digits)}(?!\d|,\d)", quote)
        in_words = any(word in quote for word in words.get(row["value"], ()))
        assert in_figures or in_words, f"{name}: {row['value']} is not in « {row['quote']} »"
