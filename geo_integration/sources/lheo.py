"""Read LHEO 2.3 feeds of the Carif-Oref network: one raw offer per formation, action and place.

LHEO (Langage Harmonisé d'Échange d'informations sur l'Offre de formation) nests formation > action >
session; sources of the layout: ``lheo-2.3.xsd`` and the feeds of the network. Feeds of LHEO 2.1 and 2.2,
and feeds without a namespace, are read on the same terms, with a note.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from geo_integration.errors import InputRefusedError
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.lheo_checks import check_formation
from geo_integration.sources.lheo_node import Node
from geo_integration.sources.lheo_offer import offers_of
from geo_integration.sources.lheo_parse import fault_outside, parse, root_of
from geo_integration.sources.lheo_stream import Fragment, Splitter, decoded
from geo_integration.sources.lheo_tables import VERSIONS_WITH_THIS_ORDER
from geo_integration.sources.records import RawOffer

_NAMESPACE = "http://lheo.gouv.fr/"
_ROOTS = frozenset({"lheo", "offres", "lheo-plus"})


@dataclass
class _Feed:
    """What one pass over a feed remembers: ids and digests, to tell repeats from clashes."""

    log: ProblemLog
    version: str = ""
    met: int = 0
    malformed: int = 0
    ids: set[str] = field(default_factory=set)
    digests: set[bytes] = field(default_factory=set)

    def offers(self, fragment: Fragment) -> Iterator[RawOffer]:
        """Give the offers of one formation, or log why there are none."""
        self.met += 1
        where = f"lheo/offres/formation[{fragment.index}]"
        parsed = parse(fragment)
        if parsed.element is None:
            self.malformed += 1
            self.log.reject(f"{where} (ligne {parsed.fault_line})", "formation", "", " ; ".join(parsed.notes))
            return
        where = f"{where} (ligne {fragment.line})"
        for note in parsed.notes:
            self.log.repair(where, "formation", parsed.element.get("numero"), note)
        if self._repeated(fragment, parsed.element, where):
            return
        node = Node(parsed.element, self.log, fragment.index, fragment.line)
        check_formation(node, order=self.version in VERSIONS_WITH_THIS_ORDER)
        for offer in offers_of(node):
            self._tell_apart(offer, node)
            yield offer

    def _repeated(self, fragment: Fragment, element: etree._Element, where: str) -> bool:
        """Say whether the very same formation came before; log it."""
        digest = hashlib.blake2b(fragment.text.encode("utf-8", "surrogateescape"), digest_size=16).digest()
        if digest in self.digests:
            self.log.reject(where, "formation", element.get("numero"), "formation répétée à l'identique : lue une fois")
            return True
        self.digests.add(digest)
        return False

    def _tell_apart(self, offer: RawOffer, node: Node) -> None:
        """Give an offer whose identifier is taken one of its own, made of its action and formation numbers."""
        taken = offer.record_id
        if taken in self.ids:
            stem = f"{taken}@{node.attribute('numero') or node.index}"
            offer.record_id, rank = stem, 2
            while offer.record_id in self.ids:
                offer.record_id, rank = f"{stem}-{rank}", rank + 1
            reason = f"identifiant déjà porté par une autre action de ce flux : lue comme « {offer.record_id} »"
            self.log.repair(offer.where, "numero", taken, reason)
        self.ids.add(offer.record_id)


def iter_offers(path: Path, log: ProblemLog) -> Iterator[RawOffer]:
    """Give the offers of an LHEO feed one at a time, in constant memory.

    Parameters
    ----------
    path : ``.xml``, ``.xml.gz``, or ``.zip`` holding one ``.xml``.
    log : where every problem goes, with element path and line.

    Yields
    ------
    RawOffer
        One per formation, action and place; a formation that is malformed is rejected, and the others read.

    Raises
    ------
    InputRefusedError
        The file is empty, unreadable, holds no formation, or declares a DTD or entities. It may come after
        offers were given (a DTD in the middle): none of them may then be published.
    """
    faults: list[str] = []
    splitter = Splitter(decoded(path, faults), path.name)
    feed = _Feed(log)
    for fragment in splitter.fragments():
        if not feed.met:
            feed.version = _version(splitter.outside, log)
        yield from feed.offers(fragment)
    if not feed.met:
        raise _no_formation(splitter.outside, path, faults)
    _end(feed, splitter.outside, path, faults)


def _end(feed: _Feed, outside: str, path: Path, faults: list[str]) -> None:
    """Log what is wrong with the file rather than with one formation."""
    root, _ = root_of(outside)
    for fault in faults:
        feed.log.repair("lheo", "fichier", path.name, fault)
    if not root:
        feed.log.repair("lheo", "fichier", path.name, "élément racine illisible : formations lues malgré cela")
    elif not re.search(rf"</(?:[\w.-]+:)?{re.escape(root)}\s*>", outside):
        reason = f"fichier tronqué : la balise </{root}> manque, des formations peuvent manquer aussi"
        feed.log.reject("lheo", "fichier", path.name, reason)
    elif not feed.malformed and (fault := fault_outside(outside)):
        reason = f"XML mal formé hors des formations, qui ont toutes été lues (analyseur : {fault})"
        feed.log.repair("lheo", "fichier", path.name, reason)


def _version(head: str, log: ProblemLog) -> str:
    """Return the LHEO version that a feed declares, noting whatever is not LHEO 2.3."""
    root, namespace = root_of(head)
    version = namespace.removeprefix(_NAMESPACE) if namespace.startswith(_NAMESPACE) else ""
    if root not in _ROOTS:
        log.repair("lheo", "élément racine", root, "racine « lheo » attendue : formations lues malgré cela")
    if version != "2.3":
        said = f"LHEO {version}" if version else "espace de noms absent ou inconnu"
        log.repair("lheo", "xmlns", namespace, f"{said} : lu selon les règles de LHEO 2.3")
    return version


def _no_formation(outside: str, path: Path, faults: list[str]) -> InputRefusedError:
    root, _ = root_of(outside)
    found = f"l'élément racine est « {root} »" if root else "ce n'est pas du XML"
    if root in _ROOTS:
        found = "le flux LHEO est vide"
    return InputRefusedError(
        " ; ".join([f"aucune formation dans ce fichier : {found}", *faults]),
        where=path.name,
        way_out="choisir un export LHEO 2.3 d'un Carif-Oref",
    )
