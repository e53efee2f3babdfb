"""One file in: read, publish its own layer, then rebuild the layers that join all sources."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from geo_integration import territories
from geo_integration.errors import (
    LayerError,
    MergeNotFoundError,
    NothingAcceptedError,
    OptionError,
    UnknownTerritoryError,
)
from geo_integration.layers import LAYERS
from geo_integration.sources import (
    bpi,
    ctai,
    data_inclusion,
    dian,
    generic,
    housing,
    lheo,
    oepre,
    population_points,
    qpv,
    schools,
)
from geo_integration.sources.geocode import AddressBase, AddressTable, BanClient
from geo_integration.sources.imports import Import, ProblemLog, hash_file
from geo_integration.sources.merge import merge
from geo_integration.sources.offers import finish
from geo_integration.sources.records import RawOffer
from geo_integration.store import SnapshotInfo, Store
from geo_integration.vocabulary import Kind, Modality, Outcome

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class Format(StrEnum):
    """What a file can be."""

    LHEO = "lheo"
    DIAN = "dian"
    DATA_INCLUSION = "data-inclusion"
    OEPRE = "oepre"
    CTAI = "ctai"
    HOUSING = "housing"
    BPI = "bpi"
    GRID = "grid"
    QPV = "qpv"
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
    joined: tuple[str, ...] = ()
    """Layers rebuilt from all sources."""
    replaced: str = ""
    """Another file that held this source's name until now."""


@dataclass(frozen=True)
class Ready:
    """A file that was read and joined to the rest, and is not published yet.

    Attributes
    ----------
    fresh : the file.
    joins : the layers that join all sources, made again with it.
    replaced : another file that holds this source's name until then.
    """

    fresh: "Fresh"
    joins: "tuple[ToPublish, ...]" = ()
    replaced: str = ""

    @property
    def own(self) -> dict[str, pd.DataFrame]:
        """Return the source's own layers, by the name they have in the store."""
        result = self.fresh.result
        return {f"{layer}.{result.source}": table for layer, table in result.tables.items()}


def import_file(
    store: Store, file_format: Format, path: Path, *, options: ImportOptions, now: datetime, join: bool = True
) -> Imported:
    """Read a file, publish it and rebuild what joins it to the rest (unless ``join`` is false).

    Raises InputRefusedError when the file as a whole cannot be read, NothingAcceptedError when it holds no good
    row, LayerError when it speaks of rows another source speaks of: then nothing is published, and what was
    published before stays current.
    """
    return publish_ready(store, prepare(store, file_format, path, options=options, join=join), now=now)


def prepare(store: Store, file_format: Format, path: Path, *, options: ImportOptions, join: bool = True) -> Ready:
    """Read a file and join it to the rest, without publishing anything; see :func:`import_file` for what it raises."""
    result = read_file(store, file_format, path, options=options)
    if result.accepted == 0:
        what, way_out = (
            "aucune ligne retenue",
            "voir le rapport (--report) et vérifier que le format annoncé est le bon",
        )
        if result.out_of_scope and not result.rejected:
            what = "le fichier se lit, mais ne contient aucun cours de français pour apprenants : aucune ligne retenue"
            way_out = "rien à faire si c'est attendu ; sinon voir le rapport (--report)"
        refusal = NothingAcceptedError(
            f"{what} sur {result.read}, rien n'est publié", where=result.file, way_out=way_out
        )
        refusal.report = result
        raise refusal
    fresh = Fresh(result, _meta(result, file_format))
    joins = joined(store, result.tables, fresh=fresh) if join else []
    return Ready(fresh, tuple(joins), _replaced(store, fresh))


def publish_ready(store: Store, ready: Ready, *, now: datetime) -> Imported:
    """Publish what was prepared: the source's own layers, then those that join all sources.

    Doing it again changes nothing, so that one cut short between the two is put right by doing it again.
    """
    result = ready.fresh.result
    snapshot = store.publish(ready.own, meta=ready.fresh.meta, report=result.report(), now=now)
    for tables, meta in ready.joins:
        store.publish(tables, meta=meta, report=None, now=now)
    return Imported(result, snapshot, tuple(name for tables, _ in ready.joins for name in tables), ready.replaced)


@dataclass(frozen=True)
class Fresh:
    """A file that has been read and is not published yet."""

    result: Import
    meta: dict[str, Any]


def _replaced(store: Store, fresh: Fresh) -> str:
    """Return the name of another file this one replaces, empty where there is none."""
    name = f"{next(iter(fresh.result.tables))}.{fresh.result.source}"
    before = str(store.info(name).meta["file"]) if name in store.layers() else ""
    return before if before != fresh.result.file else ""


def read_file(store: Store, file_format: Format, path: Path, *, options: ImportOptions) -> Import:
    """Read a file of a known format; the store is only asked for the schools an OEPRE list names."""
    if options.name is not None and not _NAME.fullmatch(options.name):
        raise OptionError(
            f"« {options.name} » ne peut pas nommer une source",
            where="--name",
            way_out="lettres minuscules, chiffres et tirets, par exemple lheo-picardie",
        )
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
    Format.GRID: population_points.read,
    Format.QPV: qpv.read,
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
    if mapping.layer not in LAYERS:
        raise OptionError(
            "une liste d'actions financées ne se publie pas",
            where=f"--mapping {mapping.file}",
            way_out="la comparer aux offres : geo-integration referencing FICHIER --mapping CORRESPONDANCE",
        )
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
    offers = tables["offers"]
    placed = offers["modality"].ne(Modality.REMOTE.value)
    found = offers.loc[placed, "departement_code"].dropna().unique()
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


def counted(result: Import) -> dict[str, Any]:
    """Return what an import says of itself in figures."""
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


def _meta(result: Import, file_format: Format) -> dict[str, Any]:
    return counted(result) | {
        "format": file_format.value,
        # Kinds its silence means something for; empty: all of them.
        "kinds": [Kind.OEPRE.value] if file_format is Format.OEPRE else [],
    }


def parts(store: Store, layer: str, *, fresh: Fresh | None = None) -> dict[str, pd.DataFrame]:
    """Return the current table of each source of a layer, by source name; ``fresh`` counts as current."""
    tables = {name.partition(".")[2]: store.read(name) for name in store.layers() if name.startswith(f"{layer}.")}
    if fresh is not None and layer in fresh.result.tables:
        tables[fresh.result.source] = fresh.result.tables[layer]
    return dict(sorted(tables.items()))


def source_metas(store: Store, layer: str, *, fresh: Fresh | None = None) -> list[dict[str, Any]]:
    """Return what was noted of each source of a layer at its import, by source name; ``fresh`` counts as current."""
    metas = {
        name.partition(".")[2]: dict(store.info(name).meta) for name in store.layers() if name.startswith(f"{layer}.")
    }
    if fresh is not None and layer in fresh.result.tables:
        metas[fresh.result.source] = fresh.meta
    return [meta for _, meta in sorted(metas.items())]


type ToPublish = tuple[dict[str, pd.DataFrame], dict[str, Any]]


def joined(store: Store, changed: Iterable[str], *, fresh: Fresh | None = None) -> list[ToPublish]:
    """Join the sources of every layer that changed; nothing is published.

    LayerError where two sources speak of the same row of a plain layer.
    """
    bases = {layer.partition(".")[0] for layer in changed}
    found: list[ToPublish] = []
    if bases & {"offers", "sessions"}:
        found.append(_joined_offers(store, undone_merges(store), fresh=fresh))
    found += [_joined_plain(store, base, fresh=fresh) for base in sorted(bases - {"offers", "sessions", "merges"})]
    return found


def rebuild(store: Store, changed: Iterable[str], *, now: datetime) -> tuple[str, ...]:
    """Join again the sources of every layer that changed, and publish; return the layers published."""
    done: list[str] = []
    for tables, meta in joined(store, changed):
        store.publish(tables, meta=meta, report=None, now=now)
        done += tables
    return tuple(done)


def _joined_offers(store: Store, undone: Collection[str], *, fresh: Fresh | None = None) -> ToPublish:
    merged = merge(parts(store, "offers", fresh=fresh), parts(store, "sessions", fresh=fresh), undone=undone)
    tables = {"offers": merged.offers, "sessions": merged.sessions, "merges": merged.merges}
    return tables, _joined_meta(source_metas(store, "offers", fresh=fresh))


def _joined_plain(store: Store, base: str, *, fresh: Fresh | None = None) -> ToPublish:
    tables = parts(store, base, fresh=fresh)
    stacked = pd.concat(list(tables.values()), ignore_index=True)
    key = list(LAYERS[base].key)
    twice = stacked.duplicated(key)
    if twice.any():
        raise LayerError(
            f"deux sources parlent de la même ligne : {stacked.loc[twice, key].iloc[0].tolist()}",
            where=f"couche {base}",
            way_out=f"réimporter sous le nom de la source à remplacer (--name) : {', '.join(tables)}",
        )
    return {base: stacked}, _joined_meta(source_metas(store, base, fresh=fresh))


def _joined_meta(sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "sources": sources,
        "covers": sorted({code for meta in sources for code in meta["covers"]}),
        "synthetic": any(meta["synthetic"] for meta in sources),
    }


def undone_merges(store: Store) -> frozenset[str]:
    """Return the merges somebody undid."""
    if "merge_decisions" not in store.layers():
        return frozenset()
    return frozenset(store.read("merge_decisions")["merge_id"])


def undo_merge(store: Store, identifier: str, *, now: datetime) -> None:
    """Say that a merge joined two different courses: they are two offers again, now and at every later import."""
    merges = store.read("merges") if "merges" in store.layers() else LAYERS["merges"].empty()
    chosen = merges[merges["merge_id"].eq(identifier)]
    if chosen.empty:
        raise MergeNotFoundError(
            f"aucune fusion « {identifier} »", way_out="lister les fusions : geo-integration merges"
        )
    known = store.read("merge_decisions") if "merge_decisions" in store.layers() else LAYERS["merge_decisions"].empty()
    decisions = pd.concat([known, chosen[list(known.columns)]]).drop_duplicates("merge_id")
    tables, meta = _joined_offers(store, set(decisions["merge_id"]))
    store.publish({"merge_decisions": decisions}, meta={}, report=None, now=now)
    store.publish(tables, meta=meta, report=None, now=now)


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
