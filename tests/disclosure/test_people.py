"""What is released of people, by hand; then other worlds that give the same bytes; then who sees what."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration import territories
from geo_integration.coverage import need
from geo_integration.disclosure import Viewer, coarsen_to_epci, release_people, threshold_of
from geo_integration.disclosure.blocks import blocks
from geo_integration.disclosure.classes import bounds
from geo_integration.disclosure.small import likely
from geo_integration.errors import DisclosureError, OptionError
from geo_integration.settings import Settings
from tests.disclosure.samples import TINY, communes, crowded, demo, demo_without_masks, moved, persons, told


def release(counts: list[float | None], **options: object) -> pd.DataFrame:
    return release_people(persons(TINY, counts), Viewer.PUBLIC, TINY, epci_names={"E": "CC des Eaux"}, **options)  # type: ignore[arg-type]


def test_by_hand() -> None:
    # Villages 3 + 5 + 9 = 17: class 11-20, middle 15.5, spread 100:200:300 over 600. Town 40: class 31-40, middle 35.5.
    released = release([3, 5, 9, 40])
    assert released["persons"].tolist() == pytest.approx([15.5 / 6, 15.5 / 3, 15.5 / 2, 35.5])
    assert released["need_basis"].unique().tolist() == ["protected"]
    assert released["persons_class"].tolist() == ["grouped", "grouped", "grouped", "rounded"]
    assert released["persons_low"].tolist() == [0, 0, 0, 31]
    assert released["persons_high"].tolist() == [20, 20, 20, 40]
    assert released["block"].tolist() == ["X:E", "X:E", "X:E", "X:town"]
    assert released["block_label"].tolist() == [
        *["3 communes (CC des Eaux) : 11 à 20 personnes"] * 3,
        "Cette commune : 31 à 40 personnes",
    ]


@pytest.mark.parametrize(
    ("threshold", "counts", "low", "high"),
    [
        (11, [0, 10, 11, 20, 21, 787], [0, 0, 11, 11, 21, 781], [10, 10, 20, 20, 30, 790]),
        (5, [0, 4, 5, 8, 9], [0, 0, 5, 5, 9], [4, 4, 8, 8, 12]),
        (3, [2, 3, 4, 5], [0, 3, 3, 5], [2, 4, 4, 6]),
    ],
)
def test_classes_by_hand(threshold: int, counts: list[int], low: list[int], high: list[int]) -> None:
    found = bounds(np.array(counts, dtype="float64"), threshold)
    assert found[0].tolist() == low
    assert found[1].tolist() == high


def test_the_likely_number_of_a_small_block_by_hand() -> None:
    # A law with one choice of rate between 11 and 40 people for 4,000 inhabitants; whatever it is, with as many in
    # proportion the small block holds 0 to 10, more where more people live.
    found = likely(np.array([500.0, 1500.0, 2000.0]), np.array([0.0, 0, 11]), np.array([10.0, 10, 20]))
    assert 0 < found[0] < found[1] < 10
    empty = likely(np.array([0.0, 4000]), np.array([0.0, 11]), np.array([10.0, 20]))
    assert empty[0] == 0


def test_below_the_threshold_a_class_and_no_count() -> None:
    released = release([0, 0, 2, 40])
    assert released["persons_class"].tolist() == ["fewer", "fewer", "fewer", "rounded"]
    assert released["persons_high"].tolist() == [10, 10, 10, 40]
    assert released["block_label"].iloc[0] == "3 communes (CC des Eaux) : moins de 11 personnes"
    assert released.equals(release([4, 4, 1, 40]))  # 2 or 9 people: the same


def test_a_departement_without_one_large_block_is_withheld() -> None:
    released = release([1, 2, 3, 10])
    assert released["persons"].isna().all()
    assert released["persons_class"].eq("withheld").all()
    assert released["need_basis"].eq("protected").all()


def test_what_a_source_masks_is_not_told_either() -> None:
    # Somebody masked is 1 to 4 people: which commune it is must not show, nor that it is in this block.
    masked = release([None, 5, 12, 40])
    assert masked.equals(release([5, None, 12, 40]))
    assert masked.equals(release([5, 0, 12, None])) is False  # a town of 40 becomes « moins de 11 »
    assert masked["persons_high"].isna().all()
    assert masked["block_label"].str.contains("certains effectifs pouvant être inconnus").all()
    assert masked["persons"].notna().all()


def test_which_communes_a_source_lists_is_not_told_either() -> None:
    listed = persons(TINY, [None, 5, 12, 40])
    listed.loc[0, "need_basis"] = "unknown"
    others = persons(TINY, [5, None, 12, 40])
    others.loc[1, "need_basis"] = "unknown"
    one, two = (release_people(table, Viewer.PUBLIC, TINY) for table in (listed, others))
    assert one.equals(two)
    assert one["need_basis"].eq("protected").all()
    few = persons(TINY, [None, 5, 1, 40])
    few.loc[0, "need_basis"] = "unknown"
    shown = release_people(few, Viewer.PUBLIC, TINY)
    assert shown["persons"].isna().tolist() == [True, True, True, False]  # unknown is never zero


def test_nobody_listed_in_a_departement_counted_in_full_does_not_show() -> None:
    # An estimate there, beside protected neighbours, would tell that each of its communes has exactly nobody.
    public = pd.concat([TINY, TINY.assign(code="y" + TINY["code"], departement_code="Y")], ignore_index=True)

    def shown(listed: dict[str, int]) -> pd.DataFrame:
        bpi = pd.DataFrame({"commune_code": list(listed), "persons": pd.array(list(listed.values()), dtype="Int64")})
        counted = need.people(public, {"R": 100.0}, bpi=bpi.assign(synthetic=False), bpi_departements=["X", "Y"])
        return release_people(counted, Viewer.PUBLIC, public)

    assert shown({"town": 40}).equals(shown({"town": 40, "ya": 2}))


def test_a_mask_does_not_show_where_a_departement_is_one_commune() -> None:
    # Masked is 1 to 4 people: told of the whole département, it would be told of its one commune.
    island = communes([("island", 9000, "", "I1", "I")])
    assert told(island, [None]) == told(island, [0]) == told(island, [10])
    assert told(island, [11]) == told(island, [20])
    assert release_people(persons(island, [15]), Viewer.PUBLIC, island)["persons_high"].tolist() == [20]


def test_estimates_and_unknown_pass() -> None:
    table = persons(TINY, [1.25, 2.5, None, 7], "estimate")
    table.loc[2, "need_basis"] = "unknown"
    released = release_people(table, Viewer.PUBLIC, TINY)
    assert released["persons"].tolist()[:2] == [1.25, 2.5]
    assert released["persons_class"].tolist() == ["estimate", "estimate", "unknown", "estimate"]
    assert released["block"].isna().all()


def test_inputs_are_left_alone_and_order_does_not_matter() -> None:
    table, public = persons(TINY, [3, 5, 9, 40]), TINY.copy()
    before = table.copy()
    release_people(table, Viewer.PUBLIC, public)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(public, TINY)
    turned = release_people(table.iloc[::-1], Viewer.PUBLIC, public.iloc[::-1]).iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(turned, release_people(table, Viewer.PUBLIC, public))


@pytest.mark.parametrize("counts", [[1, 2, 3, 4.5], [1, 2, 3, -1]])
def test_counts_that_are_none_are_refused(counts: list[float | None]) -> None:
    with pytest.raises(DisclosureError, match="nombre entier"):
        release(counts)


def test_part_of_a_departement_is_refused_for_it_could_be_subtracted() -> None:
    with pytest.raises(DisclosureError, match="1 communes manquent"):
        release_people(persons(TINY.iloc[:3], [1, 2, 3]), Viewer.PUBLIC, TINY)
    twice = pd.concat([persons(TINY, [1, 2, 3, 4])] * 2)
    with pytest.raises(DisclosureError, match="répétées"):
        release_people(twice, Viewer.PUBLIC, TINY)
    with pytest.raises(DisclosureError, match="inconnues : zz"):
        release_people(persons(TINY, [1, 2, 3, 4]).replace("a", "zz"), Viewer.PUBLIC, TINY)


def test_thresholds() -> None:
    with pytest.raises(OptionError, match="seuil de diffusion de 2"):
        release([1, 2, 3, 4], threshold=2)
    chosen = Settings(disclosure_threshold=11, disclosure_thresholds={"dgef": 5, "ofii": 20})
    assert threshold_of(["dgef"], given=chosen) == 5
    assert threshold_of(["dgef", "other"], given=chosen) == 11
    assert threshold_of(["dgef", "ofii"], given=chosen) == 20
    assert threshold_of([], given=chosen) == 11
    with pytest.raises(ValueError, match="greater than or equal to 3"):
        Settings(disclosure_thresholds={"dgef": 2})


TWO = communes(
    [(f"{place}{number}", 100 * number, "E", f"{place}1", place) for place in ("X", "Y") for number in (1, 2, 3)]
    + [("Xt", 9000, "E", "X1", "X"), ("Yt", 8000, "E", "Y1", "Y")]
)
"""An EPCI in two départements."""


def test_an_epci_in_two_departements_is_two_blocks() -> None:
    assert blocks(TWO)["block"].tolist() == ["X:E"] * 3 + ["Y:E"] * 3 + ["X:Xt", "Y:Yt"]


def test_a_pool_of_two_joins_another_of_its_arrondissement() -> None:
    rows = [(f"a{n}", 10, "A", "X1", "X") for n in range(2)]  # two communes: too few
    rows += [(f"b{n}", 10, "B", "X2", "X") for n in range(3)]  # smaller, but another arrondissement
    rows += [(f"c{n}", 10, "C", "X1", "X") for n in range(4)]
    found = blocks(communes(rows), epci_names={"A": "CC A", "C": "CC C"})
    assert found["block"].tolist() == ["X:C"] * 2 + ["X:B"] * 3 + ["X:C"] * 4
    assert found["label"].iloc[0] == "6 communes (CC A et CC C)"


def test_every_commune_of_france_is_in_one_block_of_one_departement() -> None:
    every = territories.communes(geometry=False)
    found = blocks(every)
    assert found.index.tolist() == every["code"].tolist()
    frame = every.assign(block=found["block"].to_numpy(), members=found["members"].to_numpy())
    assert frame.groupby("block")["departement_code"].nunique().max() == 1
    pooled = frame[frame["population"].fillna(0).lt(5000)]
    few = pooled[pooled["members"].lt(3)]
    left = pooled[pooled["departement_code"].isin(few["departement_code"])]
    assert (left.groupby("departement_code").size() < 3).all()  # only where a département has no third one


@pytest.mark.parametrize("viewer", [Viewer.referent(["X"]), Viewer.contractor("étude", ["X"])])
def test_a_referent_sees_theirs_and_no_more_of_the_others_than_anyone(viewer: Viewer) -> None:
    counts = [1, 2, 3, 4, 5, 6, 50, 60]
    mine = release_people(persons(TWO, counts), viewer, TWO)
    public = release_people(persons(TWO, counts), Viewer.PUBLIC, TWO)
    own = mine["departement_code"].eq("X")
    assert mine.loc[own, "persons"].tolist() == [1, 2, 3, 50]
    assert mine.loc[own, "persons_class"].eq("exact").all()
    pd.testing.assert_frame_equal(mine[~own], public[~own])
    # Another world of Y: the same bytes for the référent of X, however much they know of the common EPCI.
    assert told(TWO, counts, viewer=viewer) == told(TWO, [1, 2, 3, 0, 10, 5, 50, 55], viewer=viewer)


def test_the_administrator_sees_the_files_they_loaded() -> None:
    shown = release_people(persons(TWO, [0, 2, None, 4, 5, 6, 50, 60]), Viewer.ADMINISTRATOR, TWO)
    assert shown["persons"].tolist()[:2] == [0, 2]
    assert shown["persons_class"].tolist()[:3] == ["exact", "exact", "unknown"]


@given(
    counts=st.lists(st.integers(0, 40), min_size=8, max_size=8),
    commune=st.integers(0, 7),
    people=st.integers(0, 10),
)
@settings(max_examples=25)
def test_any_small_count_could_be_any_other(counts: list[int], commune: int, people: int) -> None:
    """Build another world: that commune with another small count, its group made up by the others, the same bytes."""
    if counts[commune] > 10:
        counts[commune] %= 11
    other = another_world(TWO, counts, commune, people)
    assert other[commune] == people
    assert told(TWO, other) == told(TWO, counts)


def another_world(public: pd.DataFrame, counts: list[int], commune: int, people: int) -> list[int]:
    """Return whole counts of which one is ``people`` and every block keeps its class."""
    return moved(counts, blocks(public, epci_names={})["block"].tolist(), commune, people)


def test_any_small_count_of_the_demonstration_could_be_any_other() -> None:
    public, counted = demo_without_masks()
    rows = public["departement_code"].eq("62").to_numpy()
    public, counted = public[rows].reset_index(drop=True), counted[rows].reset_index(drop=True)
    counts = [int(people) for people in counted["persons"]]
    before = told(public, counts)
    of_block = blocks(public, epci_names={})["block"].reset_index(drop=True)
    small = pd.Series(counts).le(10)
    for people in range(11):
        chosen = of_block[small].groupby(of_block[small]).sample(1, random_state=people).index
        other = counts
        for commune in chosen:  # one commune of each block at once: the blocks do not depend on one another
            other = moved(other, of_block.tolist(), int(commune), people)
        assert all(other[index] == people for index in chosen)
        assert other != counts
        assert told(public, other) == before


def test_every_territory_rolled_up_is_computed_from_the_vector() -> None:
    public, counted = demo()
    released = release_people(counted, Viewer.PUBLIC, public)
    by_epci = coarsen_to_epci(released, public)
    assert by_epci["communes"].sum() == len(public)
    assert by_epci["persons"].sum() == pytest.approx(released["persons"].sum())
    assert by_epci["persons_low"].le(by_epci["persons"] + 1e-9).all()
    assert by_epci["persons_high"].isna().all()  # the demonstration masks some in each département
    known = coarsen_to_epci(release_people(demo_without_masks()[1], Viewer.PUBLIC, public), public)
    assert known["persons_high"].ge(known["persons"] - 1e-9).all()


def test_bounds_by_epci_by_hand() -> None:
    # X: group of 6 (0-10) and town 50 (41-50): 41 to 60. Y: group of 15 (11-20) and town 60 (51-60): 62 to 80.
    released = release_people(persons(TWO, [1, 2, 3, 4, 5, 6, 50, 60]), Viewer.PUBLIC, TWO)
    found = coarsen_to_epci(released, TWO)
    assert found[["persons_low", "persons_high"]].to_numpy().tolist() == [[41, 60], [62, 80]]
    mine = release_people(persons(TWO, [1, 2, 3, 4, 5, 6, 50, 60]), Viewer.referent(["X"]), TWO)
    exact = coarsen_to_epci(mine, TWO)
    assert exact[["persons_low", "persons_high"]].to_numpy().tolist() == [[56, 56], [62, 80]]
    assert exact["need_basis"].tolist() == ["official", "protected"]


def test_sums_stay_near_the_truth() -> None:
    """Every true sum lies between its bounds; and what is shown is within 15 % of it, for counts of every size."""
    public, _ = demo()
    counted = crowded(public, seed=8)
    released = release_people(counted, Viewer.PUBLIC, public)
    true = counted["persons"].groupby(public["departement_code"]).sum()
    blocks_once = released.drop_duplicates("block").groupby("departement_code")
    assert (blocks_once["block_low"].sum() <= true).all()
    assert (blocks_once["block_high"].sum() >= true).all()
    shown = released.groupby("departement_code")["persons"].sum()
    assert (shown / true - 1).abs().max() < 0.15
