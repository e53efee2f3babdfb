"""Coverage by points: three communes and five points worked out on paper, what must always hold, the real Lille grid.

    point  commune  people  minutes  cause            cutoff 45 minutes
    p1     Bourg        30       10  covered
    p2     Bourg        30       40  covered
    p3     Bourg        40       60  too_far
    p4     Hameau       15      inf  no_return
    p5     Hameau        5        ?  not_routable
    -      Rase         30       20  covered          no points: its mairie

Bourg: 30 + 30 of 100 people are covered: 0.6, so it is covered at the threshold of one half. Half of its people is 50:
30 live at 10 minutes, 60 at 40 or under: median 40. Nine tenths is 90: 60 at 40, 100 at 60: p90 60.
Hameau: nobody of 20 is covered; 5 of 20 are unknown, 0.25; of the 15 known, all are unreachable: median and p90 inf.
15 people against 5: no_return. Its points hold 20 of its 40 inhabitants, one half: just enough to speak for it.
Rase: all of its 30 inhabitants stand at the mairie: share 1, both quantiles 20.
Together: 60 + 0 + 30 = 90 of 150 people covered: 0.6.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration import territories
from geo_integration.coverage.gaps import ReachPairs, causes, nearest
from geo_integration.coverage.points import (
    PERSONS_BY_CAUSE,
    by_commune,
    longer_minutes,
    origins_of_points,
    over_points,
    roll_up,
    sites_beside_points,
)
from geo_integration.errors import LayerError, OptionError
from geo_integration.sources import population_points
from geo_integration.travel.outline import OutlineNetwork
from geo_integration.travel.reach import not_routable, reach_table
from geo_integration.travel.tables import Origins
from geo_integration.vocabulary import Cause, OfferStatus

LILLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "population" / "insee_carreaux200m_lille.csv"
INF, NAN = np.inf, np.nan
POINTS = pd.DataFrame(
    [
        ("p1", "62001", 30.0, 10.0, "covered"),
        ("p2", "62001", 30.0, 40.0, "covered"),
        ("p3", "62001", 40.0, 60.0, "too_far"),
        ("p4", "62002", 15.0, INF, "no_return"),
        ("p5", "62002", 5.0, NAN, "not_routable"),
    ],
    columns=["point_id", "commune_code", "persons", "minutes", "cause"],
)
COMMUNES = pd.DataFrame(
    {
        "commune_code": ["62002", "62001", "62003"],
        "population": pd.array([40, 120, 30], dtype="Int64"),
        "cause": ["too_far", "too_far", "covered"],
        "minutes": [70.0, 50.0, 20.0],
    }
)


def test_three_communes_by_hand() -> None:
    table = by_commune(POINTS, COMMUNES).set_index("commune_code")
    assert table.index.tolist() == ["62002", "62001", "62003"]
    shown = table[["basis", "points", "persons", "persons_covered", "share_covered", "share_unknown", "cause"]]
    assert shown.to_numpy().tolist() == [
        ["points", 2, 20.0, 0.0, 0.0, 0.25, "no_return"],
        ["points", 3, 100.0, 60.0, 0.6, 0.0, "covered"],
        ["commune", 0, 30.0, 30.0, 1.0, 0.0, "covered"],
    ]
    assert table["median_minutes"].tolist() == [INF, 40.0, 20.0]
    assert table["p90_minutes"].tolist() == [INF, 60.0, 20.0]
    assert table["share_counted"].tolist() == pytest.approx([0.5, 100 / 120, NAN], nan_ok=True)
    people = table[["persons_no_return", "persons_not_routable", "persons_unknown"]]
    assert people.to_numpy().tolist() == [[15, 5, 5], [0, 0, 0], [0, 0, 0]]
    whole = roll_up(table, pd.Series("62", index=table.index))
    assert whole[["code", "points", "persons", "persons_covered", "share_covered", "cause"]].to_numpy().tolist() == [
        ["62", 5, 150.0, 90.0, 0.6, "covered"]
    ]
    assert whole["share_unknown"].item() == pytest.approx(5 / 150)


def test_under_the_threshold_the_cause_most_people_have_wins_and_is_never_covered() -> None:
    def cause(threshold: float, *rows: tuple[float, str]) -> str:
        table = pd.DataFrame(rows, columns=["persons", "cause"]).assign(commune_code="62001", minutes=30.0)
        return str(over_points(table, threshold=threshold)["cause"].item())

    four = ((40.0, "covered"), (25.0, "too_far"), (35.0, "full"))
    assert cause(0.5, *four) == "full"  # most people are covered, but fewer than half
    assert cause(0.4, *four) == "covered"
    assert cause(0.41, *four) == "full"
    assert cause(0.5, (5.0, "too_far"), (5.0, "no_return")) == "no_return"  # a tie: first of the vocabulary
    assert cause(0.5, (0.1, "covered"), (0.2, "covered"), (0.3, "full")) == "covered"  # 0.1 + 0.2 is one half of 0.6
    assert cause(1.0, (1.0, "covered")) == "covered"


def test_a_few_people_at_the_edge_of_a_grid_do_not_speak_for_a_commune() -> None:
    few = POINTS[POINTS["commune_code"].eq("62002")]
    edge = COMMUNES.head(1).assign(population=41)  # 20 of 41: under one half
    row = by_commune(few, edge).iloc[0]
    assert (row["basis"], row["points"], row["cause"], row["median_minutes"]) == ("commune", 2, "too_far", 70.0)
    assert row["persons"] == row["persons_too_far"] == 41
    assert row["share_counted"] == pytest.approx(20 / 41)
    assert by_commune(few, edge, least_counted=0.4)["basis"].tolist() == ["points"]
    unpublished = edge.assign(population=pd.array([None], dtype="Int64"))
    assert by_commune(few, unpublished)["basis"].tolist() == ["points"]


def test_a_commune_without_points_or_population_keeps_the_answer_of_its_mairie() -> None:
    nowhere = pd.DataFrame(
        {"commune_code": ["a", "b"], "population": [NAN, NAN], "cause": ["covered", "not_routable"]}
    ).assign(minutes=[12.0, NAN])
    table = by_commune(POINTS.head(0), nowhere)
    assert table["basis"].tolist() == ["commune", "commune"]
    assert table["share_covered"].tolist() == [1.0, 0.0]
    assert table["share_unknown"].tolist() == [0.0, 1.0]
    assert table["cause"].tolist() == ["covered", "not_routable"]
    assert table["median_minutes"].tolist() == pytest.approx([12.0, NAN], nan_ok=True)
    assert table[["persons", *PERSONS_BY_CAUSE]].isna().all(axis=None)
    summed = roll_up(table, pd.Series(["x", "x"]))
    assert summed["persons"].item() == 0  # nobody counted is not nobody covered:
    assert summed[["share_covered", "share_unknown", "cause"]].isna().all(axis=None)


def test_points_where_nobody_lives_say_nothing() -> None:
    empty = POINTS.head(1).assign(persons=0.0)
    alone = over_points(empty)
    assert alone[["share_covered", "share_unknown", "median_minutes", "cause"]].isna().all(axis=None)
    assert by_commune(empty, COMMUNES.iloc[[1]])["basis"].tolist() == ["commune"]


def test_the_longer_way_and_what_is_not_known() -> None:
    out = [10.0, 30.0, INF, 20.0, INF, NAN, INF, 15.0]
    back = [20.0, 10.0, 20.0, INF, NAN, 20.0, INF, 15.0]
    routable = [True, True, True, True, True, True, False, False]
    expected = [20.0, 30.0, INF, INF, INF, NAN, NAN, 15.0]
    assert longer_minutes(out, back, routable=routable).tolist() == pytest.approx(expected, nan_ok=True)


def test_origins_are_what_the_engines_read() -> None:
    points = pd.DataFrame(
        {
            "point_id": ["cell", "bare", "elsewhere"],
            "commune_code": ["62001", "62002", "75056"],
            "lon": [2.0, 2.1, 2.35],
            "lat": [50.0, 50.1, 48.85],
            "cell_metres": [200.0, NAN, NAN],
            "persons": [3.5, 2.0, 9.0],
        }
    )
    before = points.copy()
    communes = pd.DataFrame({"code": ["62001", "62002"], "departement_code": ["62", "62"]})
    origins = origins_of_points(points, communes)
    assert origins["commune_code"].tolist() == ["bare", "cell"]
    # a disc of 200 m by 200 m: √(40 000 / π)
    assert origins["radius_metres"].tolist() == pytest.approx([1.0, 112.8379], abs=1e-4)
    assert origins["home_commune_code"].tolist() == ["62002", "62001"]
    assert origins["departement_code"].tolist() == ["62", "62"]
    assert Origins.from_table(origins).codes == ["bare", "cell"]
    pd.testing.assert_frame_equal(points, before)
    with pytest.raises(LayerError, match="répétés"):
        origins_of_points(pd.concat([points, points]), communes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="minutes"), "colonnes absentes : minutes"),
        (lambda table: table.assign(persons=-1.0), "négatif"),
        (lambda table: table.assign(persons=NAN), "absent"),
        (lambda table: table.assign(minutes=-1.0), "minutes négatives"),
        (lambda table: table.assign(cause="loin"), "cause inconnue"),
        (lambda table: table.assign(commune_code=None), "n'est pas demandée"),
        (lambda table: table.assign(commune_code="75056"), "n'est pas demandée"),
    ],
)
def test_points_that_cannot_be_are_refused(change: Callable[[pd.DataFrame], pd.DataFrame], message: str) -> None:
    with pytest.raises(LayerError, match=message):
        by_commune(change(POINTS), COMMUNES)


def test_options_out_of_range_and_repeated_communes_are_refused() -> None:
    for threshold in (0.0, -0.1, 1.1, NAN):
        with pytest.raises(OptionError, match="threshold"):
            over_points(POINTS, threshold=threshold)
    with pytest.raises(OptionError, match="least_counted"):
        by_commune(POINTS, COMMUNES, least_counted=2)
    with pytest.raises(LayerError, match="commune répétée"):
        by_commune(POINTS, pd.concat([COMMUNES, COMMUNES]))


POINT = st.fixed_dictionaries(
    {
        "commune_code": st.sampled_from(["a1", "a2", "b1"]),
        # Sixteenths add up without rounding: equalities below are exact.
        "persons": st.integers(0, 400).map(lambda count: count / 16),
        "minutes": st.one_of(st.integers(0, 90).map(float), st.just(INF), st.just(NAN)),
        "cause": st.sampled_from([cause.value for cause in Cause]),
    }
)
TABLES = st.lists(POINT, min_size=1, max_size=12).map(pd.DataFrame)


@given(TABLES, st.sampled_from([0.25, 0.5, 1.0]))
def test_people_are_conserved_and_order_does_not_matter(points: pd.DataFrame, threshold: float) -> None:
    before = points.copy()
    table = over_points(points, threshold=threshold)
    assert table["persons"].tolist() == points.groupby("commune_code")["persons"].sum().tolist()
    assert table[list(PERSONS_BY_CAUSE)].sum(axis=1).equals(table["persons"])
    assert table["points"].sum() == len(points)
    assert table["share_covered"].dropna().between(0, 1).all()
    assert (table["median_minutes"].isna() | (table["median_minutes"] <= table["p90_minutes"])).all()
    pd.testing.assert_frame_equal(over_points(points.iloc[::-1], threshold=threshold), table)
    pd.testing.assert_frame_equal(points, before)


@given(TABLES)
def test_quantiles_are_what_the_definition_says(points: pd.DataFrame) -> None:
    for row in over_points(points).to_dict("records"):
        known = points[points["commune_code"].eq(row["commune_code"]) & points["minutes"].notna()]
        total = known["persons"].sum()
        for name, part in (("median_minutes", 0.5), ("p90_minutes", 0.9)):
            enough = [
                m for m in sorted(known["minutes"]) if known[known["minutes"] <= m]["persons"].sum() >= part * total
            ]
            assert row[name] == pytest.approx(enough[0] if total > 0 else NAN, nan_ok=True)


@given(TABLES, st.integers(1, 400), st.floats(0, 45))
def test_adding_a_covered_point_never_lowers_the_share(points: pd.DataFrame, sixteenths: int, minutes: float) -> None:
    new = {"commune_code": "a1", "persons": sixteenths / 16, "minutes": minutes, "cause": "covered"}
    before = over_points(points).set_index("commune_code")["share_covered"]
    after = over_points(pd.concat([points, pd.DataFrame([new])])).set_index("commune_code")["share_covered"]
    assert after["a1"] >= (before.get("a1", 0.0) if pd.notna(before.get("a1", 0.0)) else 0.0)
    others = before.index.drop("a1", errors="ignore")
    assert after[others].equals(before[others])


@given(TABLES, st.data())
def test_a_point_split_in_two_halves_changes_nothing(points: pd.DataFrame, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(points) - 1))
    half = points.assign(persons=points["persons"].where(points.index != row, points["persons"] / 2))
    split = pd.concat([half, half.iloc[[row]]], ignore_index=True)
    whole = over_points(points).drop(columns="points")
    pd.testing.assert_frame_equal(over_points(split).drop(columns="points"), whole)


@given(TABLES, st.sampled_from([0.25, 0.5, 1.0]))
def test_a_roll_up_of_roll_ups_is_the_direct_one(points: pd.DataFrame, threshold: float) -> None:
    points = points.assign(epci=points["commune_code"].str[0], region="r")
    communes = over_points(points, threshold=threshold)
    epci = roll_up(communes, communes["commune_code"].str[0], threshold=threshold)
    region = roll_up(epci, pd.Series("r", index=epci.index), threshold=threshold)
    for by, rolled in (("epci", epci), ("region", region)):
        direct = over_points(points, by=by, threshold=threshold).rename(columns={by: "code"})
        pd.testing.assert_frame_equal(rolled, direct[rolled.columns])


def test_the_lille_grid_from_file_to_communes() -> None:
    if not LILLE.is_file():
        pytest.skip(f"real sample not on this machine: ../shared/data/population/{LILLE.name}")
    points = population_points.read(LILLE).tables["population_points"]
    communes = territories.communes(geometry=False)
    communes = communes[communes["code"].isin(points["commune_code"])].reset_index(drop=True)
    origins = origins_of_points(points, communes)
    # One open course at the mairie of Villeneuve-d'Ascq, eight minutes of car at the most.
    sites = pd.DataFrame({"site_id": ["s"], "lon": [3.1436], "lat": [50.6236], "commune_code": ["59009"]})
    holds = pd.DataFrame({s.value: [None] for s in OfferStatus}, index=["s"], dtype="str").assign(open="o1")
    network = OutlineNetwork.load()
    reach = reach_table(sites_beside_points(sites), origins, network=network, cutoff_minutes=90)
    position = pd.Index(origins["commune_code"]).get_indexer(pd.Index(reach["commune_code"])).astype(np.int32)
    out, back = (reach[name].to_numpy() for name in ("out_minutes", "back_minutes"))
    near = nearest([ReachPairs(np.zeros(len(reach), np.int32), position, out, back)], holds, len(origins))
    unreached = set(not_routable(sites, origins, network=network).communes["commune_code"])
    routable = ~origins["commune_code"].isin(unreached).to_numpy()
    reported = np.ones(len(origins), dtype=np.bool_)
    chosen = near[OfferStatus.OPEN]
    judged = pd.DataFrame(
        {
            "point_id": origins["commune_code"],
            "commune_code": origins["home_commune_code"],
            "persons": origins["persons"],
            "minutes": longer_minutes(chosen.out_minutes, chosen.back_minutes, routable=routable),
            "cause": causes(near, cutoff_minutes=8, reported=reported, routable=routable),
        }
    )
    at_mairies = communes.rename(columns={"code": "commune_code"}).assign(cause="too_far", minutes=INF)
    table = by_commune(judged, at_mairies).set_index("commune_code")
    ascq = table.loc["59009"]
    assert (ascq["basis"], ascq["points"], ascq["persons"]) == ("points", 422, 57_384)
    assert 0 < ascq["share_covered"] < 1  # the commune is neither wholly in nor wholly out
    own = judged[judged["commune_code"].eq("59009")]
    assert ascq["persons_covered"] == own.loc[own["minutes"].round(1) <= 8, "persons"].sum()
    assert own["minutes"].min() > 0
    # Wavrin: four cells, nine people of 7,758, at the edge of the extract.
    wavrin = table.loc["59653"]
    assert (wavrin["basis"], wavrin["points"], wavrin["cause"]) == ("commune", 4, "too_far")
    by_points = over_points(judged)
    assert by_points["persons"].sum() == 510_023
    assert by_points[list(PERSONS_BY_CAUSE)].to_numpy().sum() == 510_023
