"""Three communes, two sites, one road: minutes, causes and roll-up worked out on paper, then by the whole street.

    Amont ──10 km── Bourg ──40 km── Coteau        main road at 60 km/h: a kilometre is a minute
      s1                               s2         overhead of a trip: 2 minutes

Every mairie and every site stands on the road. Inside its own commune (radius 3 km) a trip is 2 minutes plus 2/3 of
the radius at 30 km/h, 2 km, 4 minutes: 6 in all. So, in minutes:

              s1 alphabétisation    s2 FLE
    Amont       6                   52
    Bourg      12                   42
    Coteau     52                    6

Within 45 minutes Amont and Bourg are covered; Coteau has only a FLE course: wrong_fit.
"""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from coverage_samples import needed

from geo_integration.coverage.fit.judgement import fit
from geo_integration.coverage.gaps import Question, ReachPairs, coverage_table, nearest, site_offers
from geo_integration.coverage.need import NeedModel, attach
from geo_integration.coverage.rollup import rollup
from geo_integration.layers import COVERAGE, SESSIONS
from geo_integration.travel.outline import OutlineNetwork, OutlineParameters
from geo_integration.travel.reach import iter_reach, reach_table
from geo_integration.vocabulary import Kind, TerritoryLevel

DAY = date(2026, 10, 1)
PLACES = {"Amont": (2.00, 50.0), "Bourg": (2.12, 50.0), "Coteau": (2.60, 50.0)}
COMMUNES = pd.DataFrame(
    {
        "code": ["62001", "62002", "80001"],
        "name": list(PLACES),
        "epci_code": ["200000001", "200000001", "200000002"],
        "arrondissement_code": ["621", "621", "801"],
        "departement_code": ["62", "62", "80"],
        "region_code": ["32", "32", "32"],
        "population": pd.array([1000, 3000, 500], dtype="Int64"),
    }
)


@pytest.fixture(scope="module")
def network() -> OutlineNetwork:
    nodes = pd.DataFrame(
        {"node_id": [1, 2, 3], "lon": [p[0] for p in PLACES.values()], "lat": [p[1] for p in PLACES.values()]}
    )
    edges = pd.DataFrame({"source": [1, 2], "target": [2, 3], "length_metres": [10_000.0, 40_000.0]})
    parameters = OutlineParameters(
        main_speed_kmh=60,
        local_speed_kmh=30,
        detour=1,
        overhead_minutes=2,
        legs=1,
        direct_limit_metres=0,
        urban_slowing=0,
    )
    return OutlineNetwork.from_tables(nodes, edges, parameters=parameters)


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    ends = [PLACES["Amont"], PLACES["Coteau"]]
    return pd.DataFrame({"site_id": ["s1", "s2"], "lon": [p[0] for p in ends], "lat": [p[1] for p in ends]})


@pytest.fixture(scope="module")
def origins() -> pd.DataFrame:
    lon, lat = zip(*PLACES.values(), strict=True)
    return pd.DataFrame({"commune_code": COMMUNES["code"], "lon": lon, "lat": lat, "radius_metres": 3000.0})


def test_minutes(network: OutlineNetwork, sites: pd.DataFrame, origins: pd.DataFrame) -> None:
    table = reach_table(sites, origins, network=network, cutoff_minutes=60)
    found = table.pivot_table(index="commune_code", columns="site_id", values="out_minutes")
    np.testing.assert_allclose(found.to_numpy(), [[6, 52], [12, 42], [52, 6]], atol=0.01)
    np.testing.assert_array_equal(table["out_minutes"], table["back_minutes"])


def test_causes_need_and_rollup(network: OutlineNetwork, sites: pd.DataFrame, origins: pd.DataFrame) -> None:
    offers = gpd.GeoDataFrame(
        {
            "offer_id": ["x:1", "x:2"],
            "site_id": ["s1", "s2"],
            "title": ["Alphabétisation", "FLE A1"],
            "kind": ["alphabetisation", "fle"],
            "level_entry": ["alpha", "A1"],
            "modality": ["in_person", "in_person"],
            "location_quality": ["point", "point"],
            "commune_name": ["Amont", "Coteau"],
        }
    )
    status = fit(offers, SESSIONS.empty(), kind=Kind.ALPHABETISATION, as_of=DAY)
    held = site_offers(status, offers)
    chunks = iter_reach(sites, origins, network=network, cutoff_minutes=90)
    pairs = [ReachPairs(c.site_index, c.commune_index, c.out_minutes, c.back_minutes) for c in chunks]
    table = coverage_table(
        COMMUNES,
        nearest(pairs, held, 3),
        held,
        offers,
        Question(Kind.ALPHABETISATION, 45, DAY),
        reported_departements=["62", "80"],
        routable=np.ones(3, dtype=bool),
    )
    counts = pd.DataFrame({"commune_code": COMMUNES["code"], "persons": [10, 20, 30], "synthetic": [False] * 3})
    table = attach(
        table, needed(COMMUNES, NeedModel(share=0.5, share_source="by hand"), bpi=counts, bpi_departements=["62", "80"])
    )
    table = COVERAGE.conform(table.assign(synthetic=False, withheld=False))

    assert table["cause"].tolist() == ["covered", "covered", "wrong_fit"]
    assert table["out_minutes"].tolist() == [6.0, 12.0, 52.0]
    assert table["other_minutes"].tolist() == [52.0, 42.0, 6.0]
    assert table["offer_title"].tolist() == ["Alphabétisation"] * 3
    assert table["need"].tolist() == [5.0, 10.0, 15.0]
    assert table["need_uncovered"].tolist() == [0.0, 0.0, 15.0]

    names = pd.DataFrame({"code": ["62", "80"], "name": ["Pas-de-Calais", "Somme"], "communes": [2, 1]})
    summed = rollup(table, names, TerritoryLevel.DEPARTEMENT)
    columns = ["name", "communes", "communes_covered", "communes_wrong_fit", "population", "need", "need_uncovered"]
    assert summed[columns].to_numpy().tolist() == [
        ["Pas-de-Calais", 2, 2, 0, 4000, 15.0, 0.0],
        ["Somme", 1, 0, 1, 500, 15.0, 15.0],
    ]
