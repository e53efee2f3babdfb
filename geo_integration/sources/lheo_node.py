"""One element of a formation with its place in the file: texts and values are read through it, problems logged."""

from collections.abc import Callable, Iterator

from lxml import etree

from geo_integration.settings import settings
from geo_integration.sources.imports import ProblemLog
from geo_integration.sources.lheo_values import plain_text

_NUMBERED = frozenset({"formation", "action", "session", "lieu-de-formation"})


class Node:
    """An element of a formation.

    Parameters
    ----------
    element : the element, namespace stripped.
    log : where problems go.
    index : rank of the formation in the feed, from 1.
    line : line of the file at which the formation starts.
    """

    def __init__(self, element: etree._Element, log: ProblemLog, index: int, line: int) -> None:
        self.element = element
        self.log = log
        self.index = index
        self.line = line

    @property
    def tag(self) -> str:
        """Name of the element."""
        return str(self.element.tag)

    @property
    def where(self) -> str:
        """Path and line, ``lheo/offres/formation[2]/action[1]/session[1]/periode/fin (ligne 93)``."""
        parents = (parent for parent in self.element.iterancestors() if parent.tag != "fragment")
        steps = [self._step(element) for element in (self.element, *parents)]
        return f"lheo/offres/{'/'.join(reversed(steps))} (ligne {self.line + (self.element.sourceline or 1) - 1})"

    def _step(self, element: etree._Element) -> str:
        tag = str(element.tag)
        if tag == "formation":
            return f"formation[{self.index}]"
        rank = 1 + sum(1 for _ in element.itersiblings(tag, preceding=True))
        alone = rank == 1 and next(element.itersiblings(tag), None) is None
        return tag if alone and tag not in _NUMBERED else f"{tag}[{rank}]"

    def at(self, element: etree._Element) -> "Node":
        """Return another element of the same formation."""
        return Node(element, self.log, self.index, self.line)

    def all(self, path: str) -> Iterator["Node"]:
        """Give the elements at a path, in order, those tagged ``principal`` first."""
        found = list(self.element.iterfind(path))
        if len(found) > 1:
            found.sort(key=lambda one: one.get("tag") != "principal")
        for element in found:
            yield self.at(element)

    def first(self, *paths: str) -> "Node | None":
        """Return the first element there is at any of these paths."""
        return next((node for path in paths for node in self.all(path)), None)

    def children(self) -> Iterator["Node"]:
        """Give the elements directly inside."""
        for element in self.element.iterchildren(etree.Element):
            yield self.at(element)

    def attribute(self, name: str) -> str:
        """Return an attribute, without surrounding spaces; empty when absent."""
        return str(self.element.get(name) or "").strip()

    @property
    def raw(self) -> str:
        """All the text inside, as it stands."""
        return " ".join(" ".join(self.element.itertext()).split())

    @property
    def value(self) -> str:
        """All the text inside as plain text; cut, with a note, where it is longer than a cell may be."""
        text = plain_text(" ".join(self.element.itertext()))
        most = settings().max_cell_characters
        if len(text) > most:
            self.repair(f"{len(text)} caractères", f"texte coupé à {most} caractères")
            text = text[:most]
        return text

    def text(self, *paths: str) -> str | None:
        """Return the first non-empty text at any of these paths."""
        texts = (node.value for path in paths for node in self.all(path))
        return next((text for text in texts if text), None)

    def texts(self, path: str) -> list[str]:
        """Return the non-empty texts at a path, each once."""
        return list(dict.fromkeys(text for node in self.all(path) if (text := node.value)))

    def take[T](self, read: Callable[[str], T | None], *paths: str) -> T | None:
        """Return the first value there is at any of these paths; one that ``read`` refuses is logged and dropped."""
        for path in paths:
            for node in self.all(path):
                if (value := node.read(read)) is not None:
                    return value
        return None

    def read[T](self, read: Callable[[str], T | None]) -> T | None:
        """Return the value of this element, None when it is empty, not stated, or refused by ``read``."""
        raw = self.raw
        if not raw:
            return None
        try:
            return read(raw)
        except ValueError as error:
            self.drop(raw, str(error))
            return None

    def coded[T](self, table: dict[str, T], path: str) -> T | None:
        """Return what the code at a path means; a code the LHEO dictionary does not know is logged."""

        def known(code: str) -> T:
            if code not in table:
                raise ValueError(f"code inconnu du dictionnaire LHEO ({', '.join(table)})")
            return table[code]

        return self.take(known, path)

    def drop(self, value: object, reason: str) -> None:
        """Log that this value is left out."""
        self.log.drop(self.where, self.tag, value, reason)

    def repair(self, value: object, reason: str) -> None:
        """Log that this value was put right."""
        self.log.repair(self.where, self.tag, value, reason)

    def reject(self, value: object, reason: str) -> None:
        """Log that this row is left out."""
        self.log.reject(self.where, self.tag, value, reason)
