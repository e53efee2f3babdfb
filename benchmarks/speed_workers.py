"""One engine of ``speed.py`` in a process of its own: ``speed_workers.py ENGINE prepare|ask CASE``, prints JSON."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from peers import Floats, Osrm, Preparation, Valhalla, prepare_osrm, prepare_valhalla

REPEATS = 20
VALHALLA_SITES = 50
CAFEIN_MINUTES = 600
CUTOFF_MINUTES = 90.0


class Case:
    """What ``speed.py`` saved: the extract, and from where to where; lon, lat."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            told = json.loads(str(file["told"]))
            self.origins: Floats = file["origins"]
            self.sites: Floats = file["sites"]
        self.extract, self.cache, self.country = Path(told["extract"]), Path(told["cache"]), str(told["country"])


def seconds_of[T](call: Callable[[], T], *, repeats: int = 1) -> tuple[float, T]:
    """Return the CPU seconds of a call (their median over repeats) and its result."""
    taken = []
    for _ in range(repeats):
        started = time.process_time()
        result = call()
        taken.append(time.process_time() - started)
    return float(np.median(taken)), result


def main() -> None:
    engine, step, path = sys.argv[1:]
    case = Case(Path(path))
    print(json.dumps(WORKERS[engine, step](case)))


def told(prepared: Preparation) -> dict[str, float]:
    return {
        "prepare": prepared.total_seconds,
        "prepare_megabytes": prepared.peak_megabytes,
        "disk_megabytes": prepared.disk_megabytes,
    }


def ask_osrm(case: Case, algorithm: str) -> dict[str, float]:
    engine = Osrm(prepare_osrm(case.extract, case.cache, algorithm=algorithm), algorithm=algorithm)
    opening, _ = seconds_of(lambda: engine.answer(case.sites[:1], case.sites[:1]))
    out, _ = seconds_of(lambda: engine.answer(case.origins, case.sites))
    back, _ = seconds_of(lambda: engine.answer(case.sites, case.origins))
    new = case.sites[:1]
    added, _ = seconds_of(lambda: (engine.answer(case.origins, new), engine.answer(new, case.origins)), repeats=3)
    return {"open": opening, "out": out, "back": back, "both": out + back, "new_site": added}


def ask_valhalla(case: Case) -> dict[str, Any]:
    engine = Valhalla(prepare_valhalla(case.extract, case.cache))
    opening, _ = seconds_of(lambda: engine.table(case.sites[:1], case.sites[1:2]))
    new = case.sites[:1]
    added, _ = seconds_of(lambda: (engine.table(case.origins, new), engine.table(new, case.origins)))
    few = case.sites[:VALHALLA_SITES]
    scale = len(case.sites) / len(few)
    out, _ = seconds_of(lambda: engine.table(case.origins, few))
    back, _ = seconds_of(lambda: engine.table(few, case.origins))
    note = f"tables measured on {len(few)} sites and multiplied by {scale:g}."
    return {
        "open": opening, "out": out * scale, "back": back * scale, "both": (out + back) * scale, "new_site": added,
        "note": note,
    }  # fmt: skip


def prepare_cafein(case: Case) -> dict[str, float]:
    import cafein  # noqa: PLC0415

    path = _cafein_file(case)
    path.parent.mkdir(parents=True, exist_ok=True)

    def prepare() -> None:
        cafein.StreetNetwork.from_osm(case.extract, modes=("car",), country=case.country).save(path)

    seconds, _ = seconds_of(prepare)
    return {"prepare": seconds, "disk_megabytes": path.stat().st_size / 1e6}


def ask_cafein(case: Case) -> dict[str, Any]:
    import cafein  # noqa: PLC0415
    import geopandas as gpd  # noqa: PLC0415

    def frame(points: Floats) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({"id": range(len(points))}, geometry=gpd.points_from_xy(*points.T), crs=4326)

    opening, network = seconds_of(lambda: cafein.StreetNetwork.load(_cafein_file(case)))
    origins, sites, new = frame(case.origins), frame(case.sites), frame(case.sites[:1])

    def table(sources: gpd.GeoDataFrame, targets: gpd.GeoDataFrame) -> pd.DataFrame:
        return cafein.TravelTimeMatrix(
            network, sources, targets, transport_mode="car", max_street_time=CAFEIN_MINUTES, workers=1,
            output_time_units="seconds",
        )  # fmt: skip

    table(new, new)
    back, _ = seconds_of(lambda: table(sites, origins))
    some = frame(case.origins[:: max(1, len(case.origins) // len(case.sites))])
    out, _ = seconds_of(lambda: table(some, sites))
    out *= len(origins) / len(some)
    to_new, _ = seconds_of(lambda: table(some, new))
    from_new, _ = seconds_of(lambda: table(new, origins))
    added = to_new * len(origins) / len(some) + from_new
    note = (
        f"one search per origin, so that tables there are measured on {len(some)} origins and scaled; rows of "
        f"seconds up to {CAFEIN_MINUTES} min."
    )
    return {"open": opening, "out": out, "back": back, "both": out + back, "new_site": added, "note": note}


def _cafein_file(case: Case) -> Path:
    return case.cache / f"cafein-{case.extract.name}.network"


def prepare_ours(case: Case) -> dict[str, float]:
    from geo_integration.travel.streets.build import build  # noqa: PLC0415
    from geo_integration.vocabulary import Mode  # noqa: PLC0415

    path = _our_file(case)

    def prepare() -> None:
        build(case.extract, mode=Mode.CAR, area="bench", country=case.country).save(path)

    seconds, _ = seconds_of(prepare)
    return {"prepare": seconds, "disk_megabytes": path.stat().st_size / 1e6}


def _our_file(case: Case) -> Path:
    return case.cache / f"ours-speed-{case.extract.name}.network.npz"


def ask_ours(case: Case) -> dict[str, Any]:
    from geo_integration.travel.streets.network import RoadNetwork  # noqa: PLC0415
    from geo_integration.travel.streets.reach import street_reach_table  # noqa: PLC0415
    from geo_integration.travel.streets.router import open_router, pair_milliseconds  # noqa: PLC0415
    from geo_integration.travel.streets.snap import snap  # noqa: PLC0415
    from geo_integration.travel.streets.update import add_sites  # noqa: PLC0415

    def opened() -> tuple[RoadNetwork, Any]:
        network = RoadNetwork.load(_our_file(case))
        router = open_router(network)
        place = snap(network, case.sites[:1, 0], case.sites[:1, 1])
        pair_milliseconds(router, place, place)
        return network, router

    opening, (network, router) = seconds_of(opened)

    def table(sources: Floats, targets: Floats) -> NDArray[np.uint32]:
        ends = [snap(network, places[:, 0], places[:, 1]) for places in (sources, targets)]
        return pair_milliseconds(router, *ends)

    out, _ = seconds_of(lambda: table(case.origins, case.sites))
    back, _ = seconds_of(lambda: table(case.sites, case.origins))
    sites, origins = _site_rows(case.sites), _origin_rows(case.origins)
    reach, table_of_all = seconds_of(
        lambda: street_reach_table(sites, origins, network=network, cutoff_minutes=CUTOFF_MINUTES, router=router)
    )
    new = case.sites[:1]
    joined = snap(network, case.origins[:, 0], case.origins[:, 1])  # kept by whoever waits for new sites

    def both_ways() -> None:
        place = snap(network, new[:, 0], new[:, 1])
        pair_milliseconds(router, joined, place)
        pair_milliseconds(router, place, joined)

    added, _ = seconds_of(both_ways, repeats=REPEATS)
    new_row = _site_rows(new).assign(site_id="new")
    add, _ = seconds_of(
        lambda: add_sites(
            table_of_all, new_row, origins, network=network, cutoff_minutes=CUTOFF_MINUTES, router=router
        ),
        repeats=REPEATS,
    )
    figures: dict[str, Any] = {
        "open": opening,
        "out": out,
        "back": back,
        "both": out + back,
        "reach": reach,
        "add_site": add,
        "new_site": added,
    }
    rows = f"{len(table_of_all):,} rows up to {CUTOFF_MINUTES:g} min"
    return figures | {"note": f"{network.nodes:,} nodes, {network.arcs:,} arcs, engine {router.name}; {rows}."}


def _site_rows(places: Floats) -> pd.DataFrame:
    return pd.DataFrame({"site_id": np.arange(len(places)).astype(str), "lon": places[:, 0], "lat": places[:, 1]})


def _origin_rows(places: Floats) -> pd.DataFrame:
    rows = pd.DataFrame({"commune_code": np.arange(len(places)).astype(str), "lon": places[:, 0], "lat": places[:, 1]})
    return rows.assign(radius_metres=1_000.0)


WORKERS: dict[tuple[str, str], Callable[[Case], dict[str, Any]]] = {
    ("ours", "prepare"): prepare_ours,
    ("ours", "ask"): ask_ours,
    ("osrm_ch", "prepare"): lambda case: told(prepare_osrm(case.extract, case.cache, algorithm="CH")),
    ("osrm_ch", "ask"): lambda case: ask_osrm(case, "CH"),
    ("osrm_mld", "prepare"): lambda case: told(prepare_osrm(case.extract, case.cache, algorithm="MLD")),
    ("osrm_mld", "ask"): lambda case: ask_osrm(case, "MLD"),
    ("valhalla", "prepare"): lambda case: told(prepare_valhalla(case.extract, case.cache)),
    ("valhalla", "ask"): ask_valhalla,
    ("cafein", "prepare"): prepare_cafein,
    ("cafein", "ask"): ask_cafein,
}

if __name__ == "__main__":
    main()
