"""Car, bike and foot on real street extracts, beside OSRM and Valhalla on the same pairs."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from pages import markdown_table
from peers import Floats, Osrm, Valhalla, prepare_osrm, prepare_valhalla

from geo_integration import territories
from geo_integration.travel.streets.build import build
from geo_integration.travel.streets.network import SUFFIX, RoadNetwork
from geo_integration.travel.streets.profiles import Profile
from geo_integration.travel.streets.router import NO_PATH, open_router, pair_milliseconds
from geo_integration.travel.streets.snap import snap
from geo_integration.vocabulary import Mode

EXTRACTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "osm" / "extracts"


@dataclass(frozen=True)
class Area:
    """An extract, the country whose legal limits hold where a street tells none, and what is asked of it.

    ``speeds_kmh`` changes our profile, to tell why minutes differ.
    """

    name: str
    country: str
    modes: tuple[Mode, ...]
    speeds_kmh: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def extract(self) -> Path:
        """The extract's file."""
        return EXTRACTS / f"{self.name}.osm.pbf"


ALL_MODES = (Mode.CAR, Mode.BIKE, Mode.FOOT)
AREAS = {
    "Porto": Area("porto", "PT", ALL_MODES),
    "Monaco, with France's limits": Area("monaco", "FR", ALL_MODES),
    "Monaco, with Monaco's limits": Area("monaco", "MC", (Mode.CAR,)),
    "Monaco, stairs no slower than streets": Area("monaco", "FR", (Mode.FOOT,), speeds_kmh={"steps": 4.5}),
}

PLACES = 300
SEED = 20_261_122
ASIDE_METRES = 15.0
"""Places lie a little off their street, as addresses do."""
STREETS = frozenset(("primary", "secondary", "tertiary", "unclassified", "residential", "living_street"))
FAR_METRES = 100.0
"""A place OSRM joins to a street farther than this has none of its own: its pairs are left out."""
SHORT_MINUTES = 45.0
BANDS_KM = ((0.0, 2.0), (2.0, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, 100.0))
MODES = {
    Mode.CAR: ("car", 1.0, "auto", {}),
    Mode.BIKE: ("bicycle", 1.0, "bicycle", {"cycling_speed": 15.0}),
    Mode.FOOT: ("foot", 5.0 / 4.5, "pedestrian", {"walking_speed": 4.5}),
}
"""Mode: OSRM's profile, what its minutes are multiplied by, Valhalla's costing and its options."""


@dataclass(frozen=True)
class Compared:
    """Minutes of one mode in one area, from every place to every other, shape (places, places).

    ``ours_bare`` is without the time between a place and its street, which the peers do not count.
    """

    km: Floats
    ours: Floats
    ours_bare: Floats
    peers: dict[str, Floats]
    left_out: dict[str, int]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Pairs every engine answers, the places themselves left out."""
        every: NDArray[np.bool_] = np.isfinite(self.ours) & ~np.eye(len(self.km), dtype=np.bool_)
        for minutes in self.peers.values():
            every = every & np.isfinite(minutes)
        return every


def section(cache: Path) -> str:
    """Measure and return the section."""
    parts = [INTRODUCTION]
    for mode, words in HEADINGS.items():
        compared = {name: compare(area, mode, cache) for name, area in AREAS.items() if mode in area.modes}
        parts += [words, summary(compared), BANDS_HEADING, bands(compared), counts(compared)]
    share = share_in_france(network_of(AREAS["Monaco, with France's limits"], Mode.CAR, cache))
    return "\n\n".join(parts).replace("SHARE", f"{share:.0%}")


def share_in_france(network: RoadNetwork) -> float:
    """Return the share of the length of a network's streets that lies in a French commune, by their middles."""
    communes = territories.communes()
    west, south, east, north = network.meta["bounds"]
    near = communes.cx[west:east, south:north].geometry.union_all()
    middle = (network.shape_offsets[:-1] + network.shape_offsets[1:]) // 2
    inside = shapely.contains_xy(near, network.shape_lon[middle], network.shape_lat[middle])
    return float(network.edge_metres[inside].sum() / network.edge_metres.sum())


def compare(area: Area, mode: Mode, cache: Path) -> Compared:
    """Ask every engine for the minutes of every pair."""
    extract = area.extract
    places = sample_places(extract, PLACES)
    profile, factor, costing, options = MODES[mode]
    osrm = Osrm(prepare_osrm(extract, cache, profile=profile))
    peers = {
        "OSRM": osrm.table(places, places) * factor,
        "Valhalla": Valhalla(prepare_valhalla(extract, cache), costing=costing, options=options).table(places, places),
    }
    ours, bare = our_minutes(network_of(area, mode, cache), places)
    far = osrm.snap_metres(places) > FAR_METRES
    left_out = {
        "places without a street of ours": int(np.isnan(ours).all(axis=1).sum()),
        f"places farther than {FAR_METRES:g} m from a street of OSRM's": int(far.sum()),
    } | {f"pairs {name} does not join": int(np.isnan(minutes).sum()) for name, minutes in peers.items()}
    ours[far, :] = ours[:, far] = np.nan
    return Compared(straight_km(places), ours, bare, peers, left_out)


def network_of(area: Area, mode: Mode, cache: Path) -> RoadNetwork:
    """Build our network of a whole extract, or find it built from the same extract and profile."""
    profile = Profile.load(mode, country=area.country)
    profile = profile.model_copy(update={"speeds_kmh": profile.speeds_kmh | area.speeds_kmh})
    key = hashlib.sha256(profile.sha256.encode() + repr(area).encode() + area.extract.read_bytes()).hexdigest()[:16]
    path = cache / f"ours-{key}-{mode.value}{SUFFIX}"
    if path.is_file():
        return RoadNetwork.load(path)
    network = build(area.extract, mode=mode, area=area.name, country=area.country, profile=profile)
    network.save(path)
    return network


def our_minutes(network: RoadNetwork, places: Floats) -> tuple[Floats, Floats]:
    """Return minutes of every pair, with and without the time of access; NaN where not known."""
    router = open_router(network)
    joined = snap(network, places[:, 0], places[:, 1])
    bare = dataclasses.replace(joined, access_milliseconds=np.zeros_like(joined.access_milliseconds))
    found = []
    for ends in (joined, bare):
        milliseconds = pair_milliseconds(router, ends, ends)
        found.append(np.where(milliseconds == NO_PATH, np.nan, milliseconds / 60_000))
    return found[0], found[1]


def sample_places(extract: Path, count: int) -> Floats:
    """Draw places beside streets that anyone may use, read from the extract by neither engine; lon, lat."""
    refs: set[int] = set()
    for way in osmium.FileProcessor(str(extract), osmium.osm.WAY):
        if way.tags.get("highway") in STREETS and "access" not in way.tags and "motor_vehicle" not in way.tags:
            refs.update(node.ref for node in way.nodes)
    found = [
        (node.id, node.location.lon, node.location.lat)
        for node in osmium.FileProcessor(str(extract), osmium.osm.NODE)
        if node.id in refs
    ]
    points = np.array(sorted(found))[:, 1:]
    random = np.random.default_rng(SEED)
    chosen = points[random.choice(len(points), count, replace=False)]
    angle = random.uniform(0, 2 * np.pi, count)
    north = ASIDE_METRES / 111_320 * np.sin(angle)
    east = ASIDE_METRES / 111_320 * np.cos(angle) / np.cos(np.radians(chosen[:, 1]))
    places: Floats = chosen + np.column_stack([east, north])
    return places


def straight_km(places: Floats) -> Floats:
    """Return the straight-line distance of every pair, on a local plane."""
    scale = np.array([np.cos(np.radians(places[:, 1].mean())), 1.0]) * 111.32
    flat = places * scale
    return np.hypot(*(flat[:, None] - flat[None]).transpose(2, 0, 1))


def error_cells(ours: Floats, theirs: Floats) -> list[str]:
    """Return pairs, median and p90 of the absolute error, and bias."""
    if not len(theirs):
        return ["0", "", "", ""]
    error = ours - theirs
    absolute = np.abs(error)
    bias = 100 * error.sum() / theirs.sum()
    return [f"{len(theirs):,}", f"{np.median(absolute):.2f}", f"{np.quantile(absolute, 0.9):.2f}", f"{bias:+.1f} %"]


def summary(compared: dict[str, Compared]) -> str:
    """Return the table of errors, all pairs and under 45 minutes, as we answer and without access."""
    head = [
        "area",
        "beside",
        "ours",
        "pairs",
        "median, min",
        "p90",
        "bias",
        "under 45 min: pairs",
        "median",
        "p90",
        "bias",
    ]
    rows = []
    for area, found in compared.items():
        for name, theirs in found.peers.items():
            short = found.known & (found.peers["OSRM"] < SHORT_MINUTES)
            for label, ours in (("door to door", found.ours), ("streets only", found.ours_bare)):
                cells = [error_cells(ours[which], theirs[which]) for which in (found.known, short)]
                rows.append([area, name, label, *cells[0], *cells[1]])
    return markdown_table(head, rows, words=3)


def bands(compared: dict[str, Compared]) -> str:
    """Return the errors beside OSRM by straight-line distance."""
    rows = []
    for area, found in compared.items():
        for low, high in BANDS_KM:
            which = found.known & (found.km >= low) & (found.km < high)
            if which.any():
                label = f"{low:g}-{high:g} km" if high < BANDS_KM[-1][1] else f"over {low:g} km"
                cells = error_cells(found.ours[which], found.peers["OSRM"][which])
                valhalla = error_cells(found.peers["Valhalla"][which], found.peers["OSRM"][which])
                rows.append([area, label, *cells, valhalla[1], valhalla[3]])
    head = ["area", "straight line", "pairs", "median, min", "p90", "bias", "Valhalla's own median", "its bias"]
    return markdown_table(head, rows, words=2)


def counts(compared: dict[str, Compared]) -> str:
    """Say what was left out."""
    lines = []
    for area, found in compared.items():
        said = ", ".join(f"{number:,} {name}" for name, number in found.left_out.items())
        lines.append(f"{area}: {PLACES} places, {found.known.sum():,} pairs compared; left out: {said}.")
    return "\n".join(lines)


INTRODUCTION = f"""## Streets: car, bike and foot

{PLACES} places per area, drawn (seed {SEED}) among the nodes of the extract's ordinary streets and moved
{ASIDE_METRES:g} m aside; every place to every other. Each engine joins them to its own streets. OSRM and Valhalla do
not count the time between a place and its street; we do: *door to door* is what we answer, *streets only* is for
comparing engines. Bands are of straight-line distance, *under 45 min* is by OSRM's minutes. The extracts are real:
Porto (2015, with Portugal's legal limits), and Monaco with its French neighbours (2016): SHARE of the length of its
car streets lies in France, so France's limits are the ones to look at; Monaco's, of 50 km/h everywhere, would slow
down French main roads without a `maxspeed`. There is no other street extract of France here but the island of
Saint-Barthélemy: **French speeds are checked by these outskirts of Monaco alone**. OSRM is 26.10 with the profiles it
ships, which know legal limits only where a `maxspeed` names them; Valhalla is 3.9, without administrative areas."""
HEADINGS = {
    Mode.CAR: "### Car\n\nWanted beside OSRM: a median of at most 1.5 min and a bias within 3 % under 45 min.",
    Mode.BIKE: (
        "### Bike\n\nBeside OSRM's `bicycle.lua` as it is (15 km/h) and Valhalla's `bicycle` told to ride at 15 km/h. "
        "No engine here knows the relief."
    ),
    Mode.FOOT: (
        "### Foot\n\nOur people walk at 4.5 km/h, OSRM's at 5: its minutes are multiplied by 5 / 4.5. Valhalla is told "
        "4.5 km/h. Wanted: a median of at most 1 min, asked of the Compiègne routes below; here for whole cities. "
        "Monaco is a town of stairs: OSRM climbs them as fast as it walks, we at 2 km/h on purpose; the last area "
        "gives us OSRM's stairs, and shows what else sets us apart."
    ),
}
BANDS_HEADING = "By straight-line distance, beside OSRM:"
