"""The engines we are measured against: OSRM and Valhalla, each given the same extract and the same pairs.

Neither serves at run time: they come with the dependency group ``bench``. Preparation runs in processes of
its own, one thread, and is kept in a cache folder with its time and peak memory.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import osrm
import platformdirs
import valhalla
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OSRM_HOME = Path(osrm.__file__).parent
VALHALLA_HOME = Path(valhalla.__file__).parent
STEPS = {"CH": ("contract",), "MLD": ("partition", "customize")}
UNLIMITED = 10_000_000


class PeerFailedError(Exception):
    """A peer could not prepare an extract; the message ends with what it said."""


@dataclass(frozen=True)
class Preparation:
    """What a peer made of an extract.

    Attributes
    ----------
    path : file or folder the peer opens.
    seconds : CPU seconds of each step, on one thread.
    megabytes : peak memory of each step.
    disk_megabytes : size of what was written.
    """

    path: Path
    seconds: dict[str, float]
    megabytes: dict[str, float]
    disk_megabytes: float

    @property
    def total_seconds(self) -> float:
        """Seconds of all the steps."""
        return sum(self.seconds.values())

    @property
    def peak_megabytes(self) -> float:
        """Largest memory of a step."""
        return max(self.megabytes.values())


@dataclass(frozen=True)
class Run:
    """A process that ended well: its CPU seconds, its peak memory in MB, and what it printed."""

    seconds: float
    megabytes: float
    said: str


def run_measured(command: Sequence[str | Path], *, folder: Path | None = None) -> Run:
    """Run a command in a process of its own and measure it.

    CPU rather than wall time: machines are shared, and everything here runs on one thread. A small process starts
    it: at first a child counts the memory of whoever started it, and this one's own would be the least ever read.

    Raises
    ------
    PeerFailedError
        It ended in failure.
    """
    words = [sys.executable, "-I", "-S", "-c", LAUNCHER, *(str(word) for word in command)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)
    said, _, figures = done.stdout.strip().rpartition("\n")
    if done.returncode != 0:
        raise PeerFailedError(f"{Path(str(command[0])).name} failed: {said[-2000:]}{done.stderr[-2000:]}")
    seconds, kilobytes = figures.split()
    return Run(float(seconds), float(kilobytes) / 1024, said.strip())


LAUNCHER = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print()
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, flush=True)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def prepare_osrm(extract: Path, cache: Path, *, profile: str = "car", algorithm: str = "CH") -> Preparation:
    """Prepare an extract for OSRM with one of the profiles it ships, or find it prepared.

    Parameters
    ----------
    profile : ``car``, ``foot`` or ``bicycle``, as shipped, or the path of a Lua profile.
    algorithm : ``CH`` (contraction hierarchies) or ``MLD`` (multi-level Dijkstra).
    """
    lua = Path(profile) if profile.endswith(".lua") else OSRM_HOME / "share" / "profiles" / f"{profile}.lua"
    folder = cache / f"osrm-{_key(extract, lua)}-{lua.stem}-{algorithm.lower()}"
    if (known := _prepared(folder)) is not None:
        return known
    base = folder / "map.osrm"
    seconds, megabytes = {}, {}
    commands: dict[str, list[str | Path]] = {"extract": [extract, "-p", lua, "-o", base, "-t", "1"]}
    commands |= {step: [base, "-t", "1"] for step in STEPS[algorithm]}
    for step, words in commands.items():
        run = run_measured([OSRM_HOME / "bin" / f"osrm-{step}", *words], folder=folder)
        seconds[step], megabytes[step] = run.seconds, run.megabytes
    return _keep(folder, Preparation(base, seconds, megabytes, _size(folder)))


def prepare_valhalla(extract: Path, cache: Path) -> Preparation:
    """Build Valhalla's tiles of an extract (for every mode at once), or find them built.

    No administrative areas, time zones or elevation: they come from files outside the extract.
    """
    folder = cache / f"valhalla-{_key(extract)}"
    if (known := _prepared(folder)) is not None:
        return known
    (folder / "tiles").mkdir()
    config = valhalla.get_config(tile_dir=folder / "tiles", tile_extract="", verbose=False)
    for key in ("admin", "timezone", "landmarks", "traffic_extract", "transit_dir", "transit_feeds_dir"):
        config["mjolnir"].pop(key, None)
    config["mjolnir"]["concurrency"] = 1
    for mode in ("auto", "pedestrian", "bicycle"):
        config["service_limits"][mode] |= dict.fromkeys(
            ("max_distance", "max_locations", "max_matrix_distance", "max_matrix_location_pairs"), UNLIMITED
        )
    path = folder / "valhalla.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    words: list[str | Path] = [VALHALLA_HOME / "bin" / "valhalla_build_tiles", "-c", path, "-j", "1", extract]
    run = run_measured(words, folder=folder)
    return _keep(folder, Preparation(path, {"build": run.seconds}, {"build": run.megabytes}, _size(folder)))


class Osrm:
    """An open OSRM data set."""

    def __init__(self, prepared: Preparation, *, algorithm: str = "CH") -> None:
        self._path = prepared.path
        self._algorithm = algorithm

    @cached_property
    def _engine(self) -> Any:  # noqa: ANN401 (peers ship no types)
        return osrm.OSRM(
            algorithm=self._algorithm,
            storage_config=str(self._path),
            use_shared_memory=False,
            max_locations_distance_table=UNLIMITED,
            max_locations_viaroute=UNLIMITED,
            default_radius="unlimited",
        )

    def answer(self, sources: Floats, targets: Floats) -> Any:  # noqa: ANN401 (see _engine)
        """Ask for the table; return OSRM's own answer, unread (what its engine takes, and no more)."""
        count = len(sources)
        return self._engine.Table(
            osrm.TableParameters(
                coordinates=[tuple(point) for point in np.vstack([sources, targets]).tolist()],
                sources=list(range(count)),
                destinations=list(range(count, count + len(targets))),
                annotations=["duration"],
                generate_hints=False,
            )
        )

    def table(self, sources: Floats, targets: Floats) -> Floats:
        """Return minutes from each source to each target, NaN where there is no way.

        Parameters
        ----------
        sources, targets : lon, lat in degrees, shapes (sources, 2) and (targets, 2).

        Returns
        -------
        Shape (sources, targets). Time between a place and its street is not in it: OSRM gives none.
        """
        return read_answer(self.answer(sources, targets))

    def snap_metres(self, places: Floats) -> Floats:
        """Return the distance from each place to the street OSRM joins it to, shape (places,)."""
        answer = self.answer(places, places[:1])
        return np.array([waypoint["distance"] for waypoint in answer["sources"]], dtype=np.float64)

    def route(self, source: Floats, target: Floats) -> tuple[float, float, list[tuple[float, str]]]:
        """Return minutes, metres, and the seconds and name of each step of the quickest way."""
        parameters = osrm.RouteParameters(
            coordinates=[tuple(source.tolist()), tuple(target.tolist())], steps=True, overview="false"
        )
        found = self._engine.Route(parameters)["routes"][0]
        steps = [(step["duration"], step["name"]) for leg in found["legs"] for step in leg["steps"]]
        return found["duration"] / 60, found["distance"], steps


class Valhalla:
    """An open set of Valhalla tiles."""

    def __init__(
        self, prepared: Preparation, *, costing: str = "auto", options: dict[str, float] | None = None
    ) -> None:
        self._path = prepared.path
        self._asked = {"costing": costing, "costing_options": {costing: options or {}}, "verbose": False}

    @cached_property
    def _engine(self) -> Any:  # noqa: ANN401 (peers ship no types)
        config = json.loads(self._path.read_text(encoding="utf-8"))
        # Left to itself, or told "costmatrix", it takes some fifteen times longer for tables this wide.
        config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
        return valhalla.Actor(config)

    def table(self, sources: Floats, targets: Floats) -> Floats:
        """Return minutes, as :meth:`Osrm.table` does; no time of access to the street either."""
        request = self._asked | {
            "sources": [{"lon": lon, "lat": lat} for lon, lat in sources.tolist()],
            "targets": [{"lon": lon, "lat": lat} for lon, lat in targets.tolist()],
        }
        durations = self._engine.matrix(request)["sources_to_targets"]["durations"]
        return np.array([[np.nan if cell is None else cell for cell in row] for row in durations]) / 60


def read_answer(answer: Any) -> Floats:  # noqa: ANN401 (see Osrm)
    """Return OSRM's table as minutes, NaN where there is no way."""
    rows = [[np.nan if cell is None else cell for cell in row] for row in answer["durations"]]
    return np.array(rows, dtype=np.float64) / 60


def default_cache() -> Path:
    """Return where prepared extracts are kept, unless told otherwise."""
    return Path(platformdirs.user_cache_dir("geo_integration", appauthor=False)) / "bench"


def _key(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _prepared(folder: Path) -> Preparation | None:
    """Return what an earlier run prepared in full; otherwise clear the folder and return None."""
    report = folder / "report.json"
    if report.is_file():
        known = json.loads(report.read_text(encoding="utf-8"))
        return Preparation(**known | {"path": folder / known["path"]})
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return None


def _keep(folder: Path, made: Preparation) -> Preparation:
    report = asdict(made) | {"path": made.path.name}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    return made


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for prepared in (prepare_osrm(Path(name), default_cache()), prepare_valhalla(Path(name), default_cache())):
            print(name, prepared)
