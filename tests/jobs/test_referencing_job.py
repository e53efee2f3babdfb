"""The referencing check against the demonstration's offers: a list made from them, altered in known ways.

Six alterations in turn, by identifier of the offer: told as it is; operator misspelt, no SIRET; no SIRET and more words
in the title; another commune; taken off the cartography; over on the cartography, and not in the list.
"""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from geo_integration import territories
from geo_integration.coverage.referencing.check import on_the_map
from geo_integration.errors import NothingAcceptedError, OptionError
from geo_integration.exports.result import Result
from geo_integration.exports.result_files import write_result
from geo_integration.jobs import demo as demonstration
from geo_integration.jobs.referencing import ReferencingRequest, compute
from geo_integration.store import Store, open_store

DAY = demonstration.as_of()
HOW = ("exact", "typo", "no_siret", "other_commune", "absent", "ended")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(tmp_path_factory.mktemp("store"))
    for _ in demonstration.load(store):
        pass
    return store


def chosen(offers: pd.DataFrame) -> pd.DataFrame:
    told = offers["market_reference"].eq("BOP 104") | offers["programme"].eq("ASL")
    known = offers["commune_code"].notna() & offers["provider_name"].notna() & on_the_map(offers)
    some = offers[told & known].sort_values("offer_id").reset_index(drop=True)
    return some.assign(
        how=[HOW[n % len(HOW)] for n in range(len(some))], action=[f"24-{n:05d}" for n in range(len(some))]
    )


def listed(offers: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the list as a référent would keep it: French columns, days as people write them."""
    first, last = (
        sessions.groupby("offer_id")[name].agg(how) for name, how in (("start_date", "min"), ("end_date", "max"))
    )
    codes = sorted(set(offers["commune_code"]))
    rows = []
    for row in offers.itertuples():
        ended, moved = row.how == "ended", row.how == "other_commune"
        rows.append(
            {
                "Convention": row.action,
                "Intitulé": f"{row.title} (projet 2026)" if row.how == "no_siret" else row.title,
                "Opérateur": row.provider_name.replace("o", "", 1) if row.how == "typo" else row.provider_name,
                "SIRET": None if row.how in {"typo", "no_siret"} else row.provider_siret,
                "Type d'action": row.kind,
                "Code INSEE": codes[(codes.index(row.commune_code) + 3) % len(codes)] if moved else row.commune_code,
                "Début": "01/09/2026" if ended else first.get(row.offer_id),
                "Fin": "30/06/2027" if ended else last.get(row.offer_id),
                "Montant": 1000,
                "BOP 104": "oui",
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def altered(full: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path, pd.DataFrame]:
    """Return a store whose cartography is altered, the list, and the truth."""
    offers, sessions = full.read("offers"), full.read("sessions").copy()
    truth = chosen(pd.DataFrame(offers))
    file = tmp_path_factory.mktemp("list") / "actions.csv"
    listed(truth, sessions).to_csv(file, sep=";", index=False)
    gone, ended = (set(truth.loc[truth["how"].eq(how), "offer_id"]) for how in ("absent", "ended"))
    over = sessions["offer_id"].isin(ended)
    sessions.loc[over, ["start_date", "end_date"]] = "2024-09-02", "2025-06-30"
    store = open_store(tmp_path_factory.mktemp("altered"))
    info = full.info("offers")
    store.publish(
        {
            "offers": offers[~offers["offer_id"].isin(gone)],
            "sessions": sessions[~sessions["offer_id"].isin(gone)],
        },
        meta=info.meta,
        report=None,
        now=info.published_at,
    )
    return store, file, truth.set_index("action")


@pytest.fixture(scope="module")
def result(altered: tuple[Store, Path, pd.DataFrame]) -> Result:
    store, file, _ = altered
    return compute(store, ReferencingRequest(file, DAY))


def test_what_is_recognised_of_a_list_altered_in_known_ways(
    altered: tuple[Store, Path, pd.DataFrame], result: Result
) -> None:
    truth = altered[2]
    table = pd.DataFrame(result.table).set_index("action_id")
    how = truth["how"].reindex(table.index)
    right = table["offer_id"].eq(truth["offer_id"].reindex(table.index))
    sure, present = table["state"].isin(["found", "stale_or_wrong"]), how.ne("absent")
    answered = table["offer_id"].notna()
    assert right[present].mean() >= 0.97  # the right offer is named, surely or probably
    assert right[sure].mean() >= 0.96  # a sure answer is right
    assert right[answered].mean() >= 0.90  # any answer is right
    assert table.loc[how.eq("exact") | how.eq("no_siret"), "state"].isin(["found", "stale_or_wrong"]).mean() >= 0.9
    assert set(table.loc[how.eq("ended"), "state"]) == {"stale_or_wrong"}
    assert table.loc[how.eq("ended"), "facts"].str.contains("Dates dépassées").all()
    assert table.loc[how.eq("other_commune"), "state"].eq("found").sum() == 0
    assert table.loc[how.eq("other_commune"), "facts"].str.contains("Commune différente").all()
    assert table.loc[how.eq("absent"), "state"].eq("missing").mean() >= 0.6


def test_the_bounds_hold_the_truth(altered: tuple[Store, Path, pd.DataFrame], result: Result) -> None:
    truth, states = altered[2], result.table["state"].value_counts()
    present = int(truth["how"].ne("absent").sum())
    low = int(states["found"] + states["stale_or_wrong"])
    assert low <= present <= low + int(states["probably_found"])
    assert result.figures[0][1].startswith(f"des {len(truth)} actions")


def test_what_goes_back_to_the_carif(result: Result) -> None:
    facts = result.beside["a_corriger"].table
    assert facts["offer_id"].notna().all()
    assert facts["source"].str.contains("cartographie|actions.csv, ligne", regex=True).all()
    to_add = result.beside["a_ajouter"].table
    assert len(to_add) == int(result.table["state"].eq("missing").sum())
    assert to_add[["title", "provider_name", "commune_code", "start_date"]].notna().all().all()
    counts = result.beside["par_departement"].table
    assert int(counts["actions"].sum()) == len(result.table)
    assert (counts["share_low"] <= counts["share_high"]).all()


def test_places_are_drawn_and_the_map_colours_every_state(result: Result) -> None:
    assert result.table.crs == "EPSG:4326"
    assert result.table.geometry.notna().all()
    colours = {swatch.value for swatch in result.colourings[0].swatches}
    assert set(result.table["state"]) <= colours
    assert set(result.table.columns) - {"geometry"} == set(result.headings)
    for beside in result.beside.values():
        assert set(beside.table.columns) <= set(beside.headings)


def test_the_same_list_gives_the_same_bytes(
    altered: tuple[Store, Path, pd.DataFrame], result: Result, tmp_path: Path
) -> None:
    store, file, _ = altered
    again = compute(store, ReferencingRequest(file, DAY))
    for name, answer in (("a", result), ("b", again)):
        write_result(answer, tmp_path / name / "referencing.geojson")
        write_result(answer, tmp_path / name / "referencing.csv")
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_one_departement_and_a_territory_with_nothing(altered: tuple[Store, Path, pd.DataFrame]) -> None:
    store, file, _ = altered
    found = compute(store, ReferencingRequest(file, DAY, territory="62"))
    assert set(found.table["departement_code"]) == {"62"}
    with pytest.raises(OptionError, match="aucune action"):
        compute(store, ReferencingRequest(file, DAY, territory="2A"))


def test_bad_rows_are_told_with_their_line_and_the_rest_is_checked(full: Store, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text("Titre;Organisme;INSEE;Places\nFLE;Demo;62041;-3\nFLE;Demo;62000;4\nFLE;Demo;62041;4\n", "utf-8")
    found = compute(full, ReferencingRequest(file, date(2026, 10, 1)))
    assert found.beside["lignes_en_defaut"].table[["where", "value"]].to_numpy().tolist() == [
        ["ligne 2", "-3"],
        ["ligne 3", "62000"],
    ]
    assert len(found.table) == 1
    file.write_text("Titre;Organisme;Places\nFLE;Demo;-3\n", "utf-8")
    with pytest.raises(NothingAcceptedError):
        compute(full, ReferencingRequest(file, DAY))
    with pytest.raises(OptionError, match="mois"):
        ReferencingRequest(file, DAY, months=-1)


def test_the_communes_of_the_list_are_current_ones(result: Result) -> None:
    known = set(territories.communes(["code"], geometry=False)["code"])
    assert set(result.table["commune_code"]) <= known
