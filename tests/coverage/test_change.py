"""What changed: eight communes by hand, then nothing is lost or counted twice whatever the tables."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_integration.coverage.change import Change, MinutesChange, change
from geo_integration.errors import LayerError
from geo_integration.vocabulary import Cause

CAUSES = [cause.value for cause in Cause]
CODES = [f"6200{number}" for number in range(1, 9)]


def table(
    causes: list[str],
    minutes: list[float],
    need: list[float],
    *,
    optimistic: list[str] | None = None,
    codes: list[str] | None = None,
    **columns: Any,  # noqa: ANN401 -- any column
) -> pd.DataFrame:
    covered = pd.Series(causes).eq("covered")
    sure = pd.Series(need).where(~covered, 0.0).where(pd.Series(causes).ne("no_data"))
    other = optimistic or causes
    low = pd.Series(need).where(~pd.Series(other).eq("covered"), 0.0).where(pd.Series(other).ne("no_data"))
    return pd.DataFrame(
        {
            "commune_code": codes or CODES[: len(causes)],
            "cause": causes,
            "cause_if_unknown_fits": other,
            "out_minutes": minutes,
            "back_minutes": [value - 1 for value in minutes],
            "need": need,
            "need_uncovered": sure,
            "need_uncovered_if_unknown_fits": low,
            "kind": "alphabetisation",
            "level": None,
            "mode": "car",
            "cutoff_minutes": 45.0,
        }
        | columns
    )


NAN = np.nan
BEFORE = table(
    ["too_far", "covered", "covered", "full", "too_far", "no_data", "too_far", "covered"],
    [60.0, 30.0, 20.0, 50.0, NAN, NAN, NAN, 10.0],
    [10.0, 20.0, 5.0, 4.0, 3.0, 2.0, 1.0, NAN],
)
AFTER = table(
    ["covered", "too_far", "covered", "wrong_fit", "too_far", "covered", "covered", "not_routable"],
    [40.0, NAN, 25.0, 50.0, NAN, 15.0, 35.0, NAN],
    [10.0, 20.0, 5.0, 4.0, 3.0, 2.0, 1.0, NAN],
)


def test_eight_communes_by_hand() -> None:
    found = change(BEFORE, AFTER).table.set_index("commune_code")
    assert found["change"].tolist() == [
        "gained",
        "lost",
        "covered",
        "other_cause",
        "uncovered",
        "unknown",  # no source reported before: nobody knows whether a course was gained
        "gained",
        "unknown",  # no network now
    ]
    assert found["minutes_change"].tolist() == [
        "shorter",
        "lost",
        "longer",
        "same",
        "none",
        "unknown",
        "gained",
        "unknown",
    ]
    # 40 - 60, 25 - 20, 50 - 50; the others have one side that is none or not known.
    assert found["minutes_difference"].fillna(99).tolist() == [-20.0, 99, 5.0, 0.0, 99, 99, 99, 99]
    assert found["minutes_before"].tolist()[4] == np.inf
    assert np.isnan(found["minutes_before"].tolist()[5])
    assert found["need_gained"].fillna(-1).tolist() == [10.0, 0, 0, 0, 0, -1, 1.0, -1]
    assert found["need_lost"].fillna(-1).tolist() == [0, 20.0, 0, 0, 0, -1, 0, -1]
    # Uncovered: 10 -> 0, 0 -> 20, 0 -> 0, 4 -> 4, 3 -> 3, null (no data) -> 0, 1 -> 0, null.
    assert found["need_difference"].fillna(-99).tolist() == [-10.0, 20.0, 0, 0, 0, -99, -1.0, -99]


def test_sums_by_hand_at_both_bounds() -> None:
    sums = change(BEFORE, AFTER).sums.set_index("bound")
    assert sums.loc["sure", [f"communes_{one.value}" for one in Change]].tolist() == [2, 1, 1, 1, 1, 2]
    assert sums.loc["sure", ["need_gained", "need_lost"]].tolist() == [11.0, 20.0]
    # Uncovered before: 10, 4, 3 and 1 (the need without data is not known), 18; after: 20, 4 and 3, 27.
    assert sums.loc["sure", ["need_uncovered_before", "need_uncovered_after"]].tolist() == [18.0, 27.0]
    optimistic = [*AFTER["cause"][:3], "covered", *AFTER["cause"][4:]]
    wider = AFTER.assign(cause_if_unknown_fits=optimistic)
    sums = change(BEFORE, wider).sums.set_index("bound")
    assert sums["communes_gained"].tolist() == [2, 3]
    assert sums["need_gained"].tolist() == [11.0, 15.0]


def test_a_gain_nobody_counted_is_not_known_and_no_gain_is_nobody() -> None:
    before, after = table(["too_far"], [60.0], [NAN]), table(["covered"], [10.0], [NAN])
    assert np.isnan(change(before, after).sums["need_gained"].iloc[0])
    assert change(before, after).sums["need_lost"].iloc[0] == 0.0


def test_transitions_by_hand() -> None:
    found = change(BEFORE, AFTER).transitions
    rows = found.set_index(["cause_before", "cause_after"])
    assert rows.loc[("too_far", "covered"), ["communes", "need_after"]].tolist() == [2, 11.0]
    assert rows.loc[("covered", "not_routable"), "communes_need_unknown"] == 1
    assert np.isnan(rows.loc[("covered", "not_routable"), "need_after"])
    assert found["communes"].sum() == 8
    order = [CAUSES.index(cause) for cause in found["cause_before"]]
    assert order == sorted(order)


def test_a_commune_of_one_table_only_is_unknown_not_lost() -> None:
    found = change(BEFORE, AFTER.iloc[1:]).table.set_index("commune_code")
    assert found.loc["62001", ["cause_after", "change", "minutes_change"]].tolist() == ["absent", "unknown", "unknown"]


def test_two_questions_are_not_compared_and_a_repeated_commune_is_refused() -> None:
    with pytest.raises(LayerError, match="même question"):
        change(BEFORE, AFTER.assign(cutoff_minutes=30.0))
    with pytest.raises(LayerError, match="62001"):
        change(BEFORE, pd.concat([AFTER, AFTER.iloc[:1]]))


sides = st.lists(
    st.tuples(
        st.sampled_from(CODES),
        st.sampled_from(CAUSES),
        st.sampled_from([NAN, 5.0, 44.9, 60.0]),
        st.sampled_from([NAN, 0.0, 2.5, 11.0]),
    ),
    min_size=1,
    unique_by=lambda row: row[0],
)


def of(rows: list[tuple[str, str, float, float]]) -> pd.DataFrame:
    codes, causes, minutes, need = (list(column) for column in zip(*rows, strict=True))
    return table(causes, minutes, need, codes=codes)


@settings(max_examples=20)
@given(sides, sides)
def test_communes_and_need_are_conserved(
    before: list[tuple[str, str, float, float]], after: list[tuple[str, str, float, float]]
) -> None:
    one, other = of(before), of(after)
    found = change(one, other)
    communes = {*one["commune_code"], *other["commune_code"]}
    assert found.transitions["communes"].sum() == len(found.table) == len(communes)
    np.testing.assert_allclose(found.transitions["need_before"].sum(), one["need"].sum())
    np.testing.assert_allclose(found.transitions["need_after"].sum(), other["need"].sum())
    for row in found.sums.itertuples():
        counts = [getattr(row, f"communes_{kind.value}") for kind in Change]
        assert sum(counts) == len(communes)
    assert set(found.table["minutes_change"]) <= {kind.value for kind in MinutesChange}
    for when, side in (("before", one), ("after", other)):
        by_cause = found.transitions.groupby(f"cause_{when}")["communes"].sum()
        counted = side["cause"].value_counts()
        assert {cause: by_cause[cause] for cause in counted.index} == counted.to_dict()


@settings(max_examples=20)
@given(sides, sides)
def test_looking_back_turns_gains_into_losses(
    before: list[tuple[str, str, float, float]], after: list[tuple[str, str, float, float]]
) -> None:
    there, back = change(of(before), of(after)).table, change(of(after), of(before)).table
    turned = {"gained": "lost", "lost": "gained"}
    assert there["change"].map(lambda kind: turned.get(kind, kind)).tolist() == back["change"].tolist()
    np.testing.assert_array_equal(there["minutes_difference"], -back["minutes_difference"])


@settings(max_examples=20)
@given(sides)
def test_the_same_table_twice_changes_nothing(rows: list[tuple[str, str, float, float]]) -> None:
    found = change(of(rows), of(rows)).table
    assert set(found["change"]) <= {"covered", "uncovered", "unknown"}
    assert found["minutes_difference"].dropna().eq(0).all()
    assert found["need_gained"].dropna().eq(0).all()
