"""The reach table: minutes by car between every site and every commune, within a cutoff.

Three states are told apart, here and by whoever reads the table:

- a row: the commune reaches the site in so many minutes;
- no row, both sides routable: not within the cutoff (``inf``, implied by absence);
- no row, and the commune or the site is listed by :func:`not_routable`: not known (``NaN``). No
  network serves it, so nothing may be said of it, least of all 0.

A trip inside a commune needs no network: its time comes from the commune's radius, so a commune that
is not routable still has a row for the sites it holds.

Sites are the sources of the shortest paths (DESIGN 5), in chunks that stay close together on the map,
so that all of France against ten thousand sites is never in memory at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo_integration.travel.outline import ENGINE, MODE, OutlineNetwork
from geo_integration.travel.pairs import JoinedOrigins, Progress, ReachChunk, chunks, join
from geo_integration.travel.snapping import Booleans, Floats
from geo_integration.travel.tables import Origins, Sites, check_options

__all__ = [
    "NO_NETWORK",
    "NO_POSITION",
    "JoinedOrigins",
    "NotRoutable",
    "ReachChunk",
    "as_table",
    "iter_reach",
    "join_origins",
    "not_routable",
    "not_routable_of",
    "reach_table",
]

NO_POSITION = "no_position"
NO_NETWORK = "no_network"


@dataclass(frozen=True)
class NotRoutable:
    """What no time can be given for.

    Attributes
    ----------
    sites : columns ``site_id``, ``reason``.
    communes : columns ``commune_code``, ``reason``.

    ``reason`` is ``no_position`` (no coordinates) or ``no_network`` (the network is too far: overseas and
    some islands, or outside an extract).
    """

    sites: pd.DataFrame
    communes: pd.DataFrame


def reach_table(
    sites: pd.DataFrame,
    origins: pd.DataFrame,
    *,
    network: OutlineNetwork,
    cutoff_minutes: float,
    mode: str = MODE,
    chunk_size: int = 50,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the whole reach table.

    Parameters
    ----------
    sites : ``site_id``, ``lon``, ``lat`` (WGS84; both null for a site without position) and, where
        known, ``commune_code``: a trip inside that commune takes at least its intra-commune time.
        Without a code, a site belongs to the commune whose mairie is nearest, if it lies within that
        commune's radius.
    origins : ``commune_code``, ``lon``, ``lat``, ``radius_metres``; other columns are left alone.
    network : the outline network.
    cutoff_minutes : longest trip kept.
    mode : ``car``, the only one the outline network serves.
    chunk_size : sites computed at a time: memory, not results, depends on it.
    progress : called after every chunk.

    Returns
    -------
    One row per pair within the cutoff, in the order of the sites then of the origins: ``site_id``,
    ``commune_code``, ``mode`` (strings), ``out_minutes``, ``back_minutes`` (float32, > 0), ``engine``.
    The module's docstring says what the absence of a row means.

    Raises
    ------
    LayerError
        A column is missing, an identifier repeated, a position or a radius impossible.
    OptionError
        Another mode, a cutoff that is not positive and finite, an empty chunk.
    """
    found = list(
        iter_reach(
            sites,
            origins,
            network=network,
            cutoff_minutes=cutoff_minutes,
            mode=mode,
            chunk_size=chunk_size,
            progress=progress,
        )
    )
    return as_table(found, sites, origins, mode=mode, engine=ENGINE)


def as_table(
    found: Sequence[ReachChunk], sites: pd.DataFrame, origins: pd.DataFrame, *, mode: str, engine: str
) -> pd.DataFrame:
    """Put chunks together as the table :func:`reach_table` returns, for whatever engine found them."""
    site_index = np.concatenate([chunk.site_index for chunk in found] or [np.empty(0, np.int32)])
    commune_index = np.concatenate([chunk.commune_index for chunk in found] or [np.empty(0, np.int32)])
    out = np.concatenate([chunk.out_minutes for chunk in found] or [np.empty(0, np.float32)])
    back = np.concatenate([chunk.back_minutes for chunk in found] or [np.empty(0, np.float32)])
    order = np.lexsort((commune_index, site_index))
    site_ids = np.array(sites["site_id"].astype(str), dtype=object)
    codes = np.array(origins["commune_code"].astype(str), dtype=object)
    return pd.DataFrame(
        {
            "site_id": pd.Series(site_ids[site_index[order]], dtype="str"),
            "commune_code": pd.Series(codes[commune_index[order]], dtype="str"),
            "mode": pd.Series([mode] * len(order), dtype="str"),
            "out_minutes": out[order],
            "back_minutes": back[order],
            "engine": pd.Series([engine] * len(order), dtype="str"),
        }
    )


def iter_reach(
    sites: pd.DataFrame,
    origins: pd.DataFrame | JoinedOrigins,
    *,
    network: OutlineNetwork,
    cutoff_minutes: float,
    mode: str = MODE,
    chunk_size: int = 50,
    progress: Progress | None = None,
) -> Iterator[ReachChunk]:
    """Yield the reach table chunk by chunk, as row numbers and minutes.

    Parameters and errors are those of :func:`reach_table`; the inputs are checked at once, before the
    first chunk is asked for. Every site is in exactly one chunk's ``sites``. Sites at exactly the same
    place are computed once. The order of the chunks follows the map, not the table. ``origins`` may also be what
    :func:`join_origins` made of them for the same network.
    """
    check_options(mode=mode, served=MODE, cutoff_minutes=cutoff_minutes, chunk_size=chunk_size)
    joined = origins if isinstance(origins, JoinedOrigins) else join_origins(origins, network)
    ends = join(Sites.from_table(sites), joined, network)
    return chunks(ends, network, cutoff_minutes=cutoff_minutes, chunk_size=chunk_size, progress=progress)


def join_origins(origins: pd.DataFrame, network: OutlineNetwork) -> JoinedOrigins:
    """Check places to leave from and join them to the network, once for many calls of :func:`iter_reach`.

    Errors are those of :func:`reach_table`.
    """
    return JoinedOrigins.of(Origins.from_table(origins), network)


def not_routable(sites: pd.DataFrame, origins: pd.DataFrame, *, network: OutlineNetwork) -> NotRoutable:
    """Say which sites and which communes no time can be given for, and why.

    Parameters are those of :func:`reach_table`. Both tables keep the order of the inputs.
    """
    places, communes = Sites.from_table(sites), Origins.from_table(origins)
    return not_routable_of(
        places,
        communes,
        network.access(places.lon, places.lat).routable,
        network.access(communes.lon, communes.lat).routable,
    )


def not_routable_of(sites: Sites, origins: Origins, site_routable: Booleans, origin_routable: Booleans) -> NotRoutable:
    """List what is not routable, from what is."""
    return NotRoutable(
        sites=_without_network("site_id", sites.ids, sites.lon, site_routable),
        communes=_without_network("commune_code", origins.codes, origins.lon, origin_routable),
    )


def _without_network(key: str, ids: list[str], lon: Floats, routable: Booleans) -> pd.DataFrame:
    """List the places that are not routable, with the reason."""
    rows = np.flatnonzero(~routable)
    reasons = np.where(np.isnan(lon[rows]), NO_POSITION, NO_NETWORK)
    return pd.DataFrame(
        {
            key: pd.Series([ids[row] for row in rows], dtype="str"),
            "reason": pd.Series(reasons.tolist(), dtype="str"),
        }
    )
