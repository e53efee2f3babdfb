"""One file in: read, publish its own layer, then rebuild the layers that join all sources."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration import territories
from geo_integration.errors import (
    InputRefusedError,
    LayerError,
    MergeNotFoundError,
    OptionError,
    UnknownTerritoryError,
)
from geo_integration.layers import LAYERS
from geo_integration.sources import bpi, ctai, data_inclusion, dian, generic, housing, lheo, oepre, schools
from geo_integration.sources.geocode import AddressBase, AddressTable, BanClient
from geo_integration.sources.imports import Import, ProblemLog, hash_file
from geo_integration.sources.merge import merge
from geo_integration.sources.offers import finish
from geo_integration.sources.records import RawOffer
from geo_integration.store import SnapshotInfo, Store
from geo_integration.vocabulary import Outcome


class Format(StrEnum):
    """What a file can be."""

    LHEO = "lheo"
    DIAN = "dian"
    DATA_INCLUSION = "data-inclusion"
    OEPRE = "oepre"
    CTAI = "ctai"
    HOUSING = "housing"
    BPI = "bpi"
    SCHOOLS = "schools"
    TABLE = "table"


@dataclass(frozen=True)
class ImportOptions:
    """What the file does not say about itself."""

    name: str | None = None
    """Name of the source in the store; the format's by default. Importing a name again replaces it."""
    mapping: Path | None = None
    """Mapping file, for the format ``table``."""
    synthetic: bool = False
    covers: tuple[str, ...] = ()
    """Départements the source reports on; read from its rows by default."""
    addresses: AddressBase | None = None
    rep: Path | None = None
    """List of schools with their network (REP, REP+), joined by UAI to the format ``schools``."""


@dataclass(frozen=True)
class Imported:
    """What one import did."""

    result: Import
    snapshot: SnapshotInfo
    """The source's own snapshot."""
    joined: tuple[str, ...] = field(default=())
    """Layers rebuilt from all sources."""


def import_file(
    store: Store, file_format: Format, path: Path, *, options: ImportOptions, now: datetime, join: bool = True
) -> Imported:
    """Read a file, publish it and rebuild what joins it to the rest (unless ``join`` is false).

    Raises InputRefusedError when the file as a whole cannot be read or holds no good row: then nothing
    is published, and what was published before stays current.
    """
    result = read_file(store, file_format, path, options=options)
    if result.accepted == 0:
        raise InputRefusedError(
            f"aucune ligne lisible sur {result.read} : rien n'est publié",
            where=result.file,
            way_out="voir le rapport (--report) et vérifier que le format annoncé est le bon",
        )
    tables = {f"{layer}.{result.source}": table for layer, table in result.tables.items()}
    snapshot = store.publish(tables, meta=_meta(result), report=result.report(), now=now)
    return Imported(result, snapshot, rebuild(store, result.tables, now=now) if join else ())


def read_file(store: Store, file_format: Format, path: Path, *, options: ImportOptions) -> Import:
    """Read a file of a known format; the store is only asked for the schools an OEPRE list names."""
    if file_format is Format.TABLE:
        return _read_table(path, options)
    name = options.name or file_format.value
    if file_format is Format.SCHOOLS:
        return _named(schools.read(path, rep=options.rep), name, options)
    if file_format in _PLAIN:
        return _named(_PLAIN[file_format](path), name, options)
    log = ProblemLog(path.name)
    if file_format is Format.OEPRE:
        directory = store.read("schools") if "schools" in store.layers() else LAYERS["schools"].empty()
        return _finish(oepre.iter_offers(path, log, schools=directory), log, path, name, options)
    return _finish(_OFFERS[file_format](path, log), log, path, name, options)


_PLAIN: dict[Format, Callable[[Path], Import]] = {
    Format.CTAI: ctai.read,
    Format.HOUSING: housing.read,
    Format.BPI: bpi.read,
}
_OFFERS: dict[Format, Callable[[Path, ProblemLog], Iterable[RawOffer]]] = {
    Format.LHEO: lheo.iter_offers,
    Format.DIAN: dian.iter_offers,
    Format.DATA_INCLUSION: data_inclusion.iter_offers,
}


def _read_table(path: Path, options: ImportOptions) -> Import:
    if options.mapping is None:
        raise OptionError(
            "un tableau libre demande un fichier de correspondance",
            where="--mapping",
            way_out="partir d'un exemple de data/mappings, voir docs/sources-tables.md",
        )
    mapping = generic.load(options.mapping)
    name = options.name or mapping.source
    options = replace(
        options, synthetic=options.synthetic or mapping.synthetic, covers=options.covers or mapping.covers
    )
    if mapping.layer != "offers":
        return _named(generic.read_layer(path, mapping), name, options)
    log = ProblemLog(path.name)
    return _finish(generic.iter_offers(path, log, mapping), log, path, name, options)


def _finish(raws: Iterable[RawOffer], log: ProblemLog, path: Path, name: str, options: ImportOptions) -> Import:
    digest = hash_file(path)
    tables = finish(raws, log, source=name, synthetic=options.synthetic, addresses=options.addresses)
    found = tables["offers"]["departement_code"].dropna().unique()
    covers = options.covers or tuple(sorted(found))
    synthetic = bool(tables["offers"]["synthetic"].any())
    read = len(tables["offers"]) + log.counts[Outcome.ROW_REJECTED] + log.counts[Outcome.OUT_OF_SCOPE]
    return Import(name, path.name, digest, tables, log, read, synthetic, covers)


def _named(result: Import, name: str, options: ImportOptions) -> Import:
    """Give a plain layer the name and the marks the options ask for."""
    tables = dict(result.tables)
    if options.synthetic:
        tables = {layer: table.assign(synthetic=True) for layer, table in tables.items()}
    synthetic = any(bool(table["synthetic"].any()) for table in tables.values())
    covers = options.covers or result.covers
    return Import(name, result.file, result.sha256, tables, result.log, result.read, synthetic, covers)


def _meta(result: Import) -> dict[str, Any]:
    return {
        "source": result.source,
        "file": result.file,
        "sha256": result.sha256,
        "read": result.read,
        "accepted": result.accepted,
        "rejected": result.rejected,
        "out_of_scope": result.out_of_scope,
        "problems": {outcome.value: count for outcome, count in sorted(result.log.counts.items())},
        "synthetic": result.synthetic,
        "covers": list(result.covers),
    }


def parts(store: Store, layer: str) -> dict[str, pd.DataFrame]:
    """Return the current table of each source of a layer, by source name."""
    names = sorted(name for name in store.layers() if name.startswith(f"{layer}."))
    return {name.partition(".")[2]: store.read(name) for name in names}


def source_infos(store: Store, layer: str) -> dict[str, SnapshotInfo]:
    """Return the current snapshot of each source of a layer, by source name."""
    names = sorted(name for name in store.layers() if name.startswith(f"{layer}."))
    return {name.partition(".")[2]: store.info(name) for name in names}


def rebuild(store: Store, changed: Iterable[str], *, now: datetime) -> tuple[str, ...]:
    """Join again the sources of every layer that changed; return the layers published."""
    bases = {layer.partition(".")[0] for layer in changed}
    done: list[str] = []
    if bases & {"offers", "sessions"}:
        rebuild_offers(store, undone=undone_merges(store), now=now)
        done += ["offers", "sessions", "merges"]
    for base in sorted(bases - set(done)):
        _rebuild_plain(store, base, now=now)
        done.append(base)
    return tuple(done)


def _rebuild_plain(store: Store, base: str, *, now: datetime) -> None:
    """Stack the sources of one layer; LayerError where two of them speak of the same row."""
    tables = parts(store, base)
    joined = pd.concat(list(tables.values()), ignore_index=True)
    key = list(LAYERS[base].key)
    twice = joined.duplicated(key)
    if twice.any():
        raise LayerError(
            f"deux sources parlent de la même ligne : {joined.loc[twice, key].iloc[0].tolist()}",
            where=f"couche {base}",
            way_out=f"réimporter sous le nom de la source à remplacer (--name) : {', '.join(tables)}",
        )
    infos = source_infos(store, base).values()
    meta: dict[str, Any] = {
        "sources": [dict(info.meta) for info in infos],
        "covers": sorted({code for info in infos for code in info.covers}),
        "synthetic": any(info.synthetic for info in infos),
    }
    store.publish({base: joined}, meta=meta, report=None, now=now)


def undone_merges(store: Store) -> frozenset[str]:
    """Return the merges somebody undid."""
    if "merges" not in store.layers():
        return frozenset()
    merges = store.read("merges")
    return frozenset(merges.loc[merges["undone"].astype(bool), "merge_id"])


def rebuild_offers(store: Store, *, undone: Iterable[str], now: datetime) -> SnapshotInfo:
    """Merge the offers of all sources and publish offers, sessions and merges together."""
    merged = merge(parts(store, "offers"), parts(store, "sessions"), undone=set(undone))
    metas = source_infos(store, "offers")
    meta: dict[str, Any] = {
        "sources": [dict(noted.meta) for noted in metas.values()],
        "covers": sorted({code for noted in metas.values() for code in noted.covers}),
        "synthetic": any(noted.synthetic for noted in metas.values()),
    }
    tables = {"offers": merged.offers, "sessions": merged.sessions, "merges": merged.merges}
    return store.publish(tables, meta=meta, report=None, now=now)


def undo_merge(store: Store, identifier: str, *, now: datetime) -> SnapshotInfo:
    """Say that a merge joined two different courses: they are two offers again, from now on."""
    merges = store.read("merges") if "merges" in store.layers() else LAYERS["merges"].empty()
    if identifier not in set(merges["merge_id"]):
        raise MergeNotFoundError(
            f"aucune fusion « {identifier} »", way_out="lister les fusions : geo-integration merges"
        )
    return rebuild_offers(store, undone={*undone_merges(store), identifier}, now=now)


def roll_back(store: Store, layer: str, snapshot: str, *, now: datetime) -> str:
    """Make an earlier version current again; going back on one source rebuilds what joins it. Say what was done."""
    done = store.rollback(layer, snapshot, now=now)
    if "." in layer and done.moved:
        rebuilt = rebuild(store, [layer], now=now)
        return f"{done.message} ; recalculé : {', '.join(rebuilt)}"
    return done.message


def merges_table(store: Store) -> pd.DataFrame:
    """Return the merges, French headings, undone ones last."""
    merges = store.read("merges") if "merges" in store.layers() else LAYERS["merges"].empty()
    merges = merges.sort_values(["undone", "merge_id"], kind="stable")
    return pd.DataFrame(
        {
            "id": merges["merge_id"],
            "gardé": merges["kept_record"],
            "joint": merges["merged_record"],
            "règle": merges["rule"],
            "ressemblance": merges["score"].round().astype("Int64"),
            "mètres": merges["distance_metres"].round().astype("Int64"),
            "intitulé joint": merges["merged_title"],
            "défaite": merges["undone"].map({True: "oui", False: ""}),
        }
    )


def departement_codes(text: str) -> tuple[str, ...]:
    """Read ``59,62`` as département codes; UnknownTerritoryError for one that is not."""
    known = set(territories.departements()["code"])
    codes = tuple(code.strip().upper() for code in text.split(",") if code.strip())
    for code in codes:
        if code not in known:
            raise UnknownTerritoryError(f"« {code} » n'est pas un département", where="--covers", way_out="ex. 59,62")
    return codes


def address_base(text: str | None) -> AddressBase | None:
    """Open the address base an option names: a CSV file, or ``ban`` for the national geocoder."""
    if text is None:
        return None
    if text == "ban":
        return BanClient()
    if text.startswith(("http://", "https://")):
        return BanClient(text)
    return AddressTable.from_csv(Path(text))
