"""On foot and by bike where no street is loaded: by hand, then what must hold anywhere."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_integration.errors import OptionError
from geo_integration.travel.straight import iter_straight, straight_minutes
from geo_integration.vocabulary import Mode

# Along the 50th parallel, one degree of longitude is 6 371.0088 km * cos(50°) * pi / 180 = 71.4743 km.
DEGREE_METRES = 71_474.3


def ends(*degrees: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    sites = pd.DataFrame({"site_id": ["s"], "lon": [3.0], "lat": [50.0], "commune_code": ["62001"]})
    origins = pd.DataFrame(
        {
            "commune_code": [f"6200{n}" for n in range(1, len(degrees) + 1)],
            "lon": [3.0 + d for d in degrees],
            "lat": 50.0,
            "radius_metres": 900.0,
        }
    )
    return sites, origins


def test_by_hand() -> None:
    # 1.5 km in a straight line are 1.95 km of streets: 26 minutes at 4.5 km/h, 7.8 at 15 km/h.
    assert straight_minutes(np.array([1500.0]), Mode.FOOT) == pytest.approx([26.0])
    assert straight_minutes(np.array([1500.0]), Mode.BIKE) == pytest.approx([7.8])
    # The site stands at the mairie of 62001, whose radius is 900 m: two thirds of it, 600 m, are 10.4 minutes.
    sites, origins = ends(0.0, 1500 / DEGREE_METRES, 3000 / DEGREE_METRES)
    (chunk,) = iter_straight(sites, origins, mode=Mode.FOOT, cutoff_minutes=30)
    assert chunk.commune_index.tolist() == [0, 1]
    assert chunk.out_minutes == pytest.approx([10.4, 26.0], abs=0.01)
    assert chunk.back_minutes.tolist() == chunk.out_minutes.tolist()


def test_a_place_without_position_still_serves_its_own_commune() -> None:
    sites, origins = ends(0.0, 0.1)
    sites[["lon", "lat"]] = np.nan
    (chunk,) = iter_straight(sites, origins, mode=Mode.FOOT, cutoff_minutes=30)
    assert chunk.commune_index.tolist() == [0]
    assert chunk.out_minutes == pytest.approx([10.4])


@pytest.mark.parametrize("mode", [Mode.CAR, Mode.TRANSIT])
def test_nobody_drives_in_a_straight_line(mode: Mode) -> None:
    with pytest.raises(OptionError, match="ligne droite"):
        iter_straight(*ends(0.0), mode=mode, cutoff_minutes=30)


@given(
    st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=8, unique=True),
    st.floats(1, 90),
    st.sampled_from(list(Mode)[1:3]),
)
def test_a_shorter_limit_only_takes_away(degrees: list[float], cutoff: float, mode: Mode) -> None:
    sites, origins = ends(*degrees)

    def found(minutes: float) -> dict[int, float]:
        (chunk,) = iter_straight(sites, origins, mode=mode, cutoff_minutes=minutes)
        return dict(zip(chunk.commune_index.tolist(), chunk.out_minutes.tolist(), strict=True))

    wide, narrow = found(cutoff), found(cutoff / 2)
    assert narrow == {commune: minutes for commune, minutes in wide.items() if minutes <= cutoff / 2}
    assert all(minutes > 0 for minutes in wide.values())
