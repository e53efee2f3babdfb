"""A Markdown page of which one section is written at a time, the others kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

MARK = re.compile(
    r"^<!-- section: (?P<name>[a-z_]+) -->\n(?P<text>.*?)\n<!-- end: (?P=name) -->\n?", re.DOTALL | re.MULTILINE
)


@dataclass
class Page:
    """What is written by hand, and the sections written by programs."""

    path: Path
    by_hand: str
    sections: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, *, introduction: str | None = None) -> Self:
        """Read a page. With an ``introduction``, what was written by hand gives way to it."""
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        sections = {found["name"]: found["text"].strip() for found in MARK.finditer(text)}
        by_hand = MARK.sub("", text) if introduction is None else introduction
        return cls(path, by_hand.strip(), sections)

    def put(self, name: str, text: str) -> None:
        """Replace a section."""
        self.sections[name] = text.strip()

    def write(self, *, order: Sequence[str] = ()) -> None:
        """Write the page: by hand first, then the sections in this order, others after."""
        names = sorted(self.sections, key=lambda name: (order.index(name) if name in order else len(order), name))
        parts = [f"<!-- section: {name} -->\n{self.sections[name]}\n<!-- end: {name} -->" for name in names]
        self.path.write_text("\n\n".join([self.by_hand, *parts]) + "\n", encoding="utf-8")


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Return a table; columns after the first ``words`` are numbers."""
    rule = ["---" if column < words else "---:" for column in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)).replace("| --- |", "|---|")
