"""Extract what the finder says into ``static/messages/finder.pot``, and bring every catalogue up to date with it.

``uv run python data/build/messages.py`` keeps every translation whose French is unchanged, adds the new strings
empty (they are then said in French) and drops those no longer used. A string whose French changed is a new string:
nothing is guessed from one that looks like it. The same code gives the same bytes: no date, no line number.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from geo_integration.messages import LANGUAGES, Language  # noqa: E402 -- a script: the checkout must be found first

FOLDER = ROOT / "static" / "messages"
POT = FOLDER / "finder.pot"
KEYWORDS = {"say": None, "say_n": (1, 2), "N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
COMMENT = "i18n:"
"""What a comment for translators begins with, in Python (``# i18n: …``) and templates (``{# i18n: … #}``)."""
PYTHON = ("geo_integration", "api")
TEMPLATES = "static/finder"
JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "newstyle_gettext": "true",
    "trimmed": "true",
    "silent": "false",
}
PLURALS = {
    "en": (2, "(n != 1)"),
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
    "ps": (2, "(n != 1)"),
    "fa": (2, "(n > 1)"),
    "ti": (2, "(n > 1)"),
    "ru": (3, "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"),
    "uk": (3, "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"),
}
"""Forms in CLDR's order (zero, one, two, few, many, other); tests/test_messages.py compares them with CLDR's rules."""
_POT_HEADER = "# What the finder says, in French. Written by data/build/messages.py: change the code, not this file."
_HEADER = """\
# {name}: what the finder says.
# Reviewed by a native speaker: {reviewed}.
# {caution}"""
_CAUTION = "Nobody who grew up with this language has reviewed it yet: see docs/languages.md."
_REVIEWED = "See docs/languages.md for who reviewed it, and when."


def extracted(root: Path = ROOT) -> Catalog:
    """Return every string of the code and the templates, in alphabetical order."""
    catalogue = Catalog(header_comment=_POT_HEADER, fuzzy=False)
    for folder in PYTHON:
        for name, _, message, comments, context in extract_from_dir(
            str(root / folder),
            [("**.py", "python")],
            keywords=KEYWORDS,
            comment_tags=[COMMENT],
            strip_comment_tags=True,
        ):
            catalogue.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    for path in sorted((root / TEMPLATES).rglob("*.html")):
        where = path.relative_to(root).as_posix()
        for _, message, comments, context in extract_from_file(
            "jinja2", path, keywords=KEYWORDS, comment_tags=[COMMENT], options=JINJA, strip_comment_tags=True
        ):
            catalogue.add(message, None, [(where, 0)], auto_comments=comments, context=context)
        for said in spoken(path.read_text(encoding="utf-8")):
            catalogue.add(said, None, [(where, 0)])
    return catalogue


def spoken(template: str) -> list[str | tuple[str, str]]:
    """Return what ``speech.say("…")`` and ``speech.say_n("…", "…", n)`` say: Jinja's own extractor skips methods."""
    found: list[str | tuple[str, str]] = []
    tree = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(template)
    for call in tree.find_all(nodes.Call):
        words = [word.value for word in call.args if isinstance(word, nodes.Const) and isinstance(word.value, str)]
        if isinstance(call.node, nodes.Getattr) and call.node.attr == "say" and len(words) == 1:
            found.append(words[0])
        if isinstance(call.node, nodes.Getattr) and call.node.attr == "say_n" and len(words) == 2:  # noqa: PLR2004
            found.append((words[0], words[1]))
    return found


def pot(catalogue: Catalog) -> bytes:
    """Return the template file of the translators."""
    return _written(catalogue, _POT_HEADER, {"Content-Type": "text/plain; charset=utf-8"})


def updated(language: Language, current: bytes, wanted: Catalog) -> bytes:
    """Return the catalogue of ``language``: the strings of ``wanted``, with the translations ``current`` has."""
    old = read_po(io.BytesIO(current), abort_invalid=True) if current else Catalog()
    new = Catalog(fuzzy=False)
    forms, expression = PLURALS[language.code]
    new.mime_headers = [("Plural-Forms", f"nplurals={forms}; plural={expression};")]
    for message in wanted:
        if not message.id:
            continue
        kept = old.get(message.id, message.context)
        same = kept is not None and kept.id == message.id and not kept.fuzzy
        new.add(
            message.id,
            kept.string if same and kept else ("",) * forms if message.pluralizable else "",
            message.locations,
            auto_comments=message.auto_comments,
            user_comments=kept.user_comments if same and kept else (),
            context=message.context,
        )
    header = _HEADER.format(
        name=language.name,
        reviewed="yes" if language.reviewed else "no",
        caution=_REVIEWED if language.reviewed else _CAUTION,
    )
    return _written(
        new,
        header,
        {
            "Language": language.code,
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": f"nplurals={forms}; plural={expression};",
        },
    )


def _written(catalogue: Catalog, header: str, fields: dict[str, str]) -> bytes:
    """Return a ``.po`` file whose header says only what does not change from run to run."""
    body = io.BytesIO()
    write_po(body, catalogue, width=110, omit_header=True, sort_output=True, include_lineno=False)
    head = "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())
    return f'{header}\nmsgid ""\nmsgstr ""\n{head}\n'.encode() + body.getvalue().rstrip(b"\n") + b"\n"


def main() -> int:
    """Write the template and every catalogue; say what is still to translate."""
    wanted = extracted()
    FOLDER.mkdir(exist_ok=True)
    POT.write_bytes(pot(wanted))
    print(f"{POT.relative_to(ROOT)}: {len(wanted)} strings")
    for language in LANGUAGES:
        if language.code == "fr":
            continue
        path = FOLDER / f"{language.code}.po"
        path.write_bytes(updated(language, path.read_bytes() if path.exists() else b"", wanted))
        print(f"{path.relative_to(ROOT)}: {len(missing(path.read_bytes()))} missing")
    return 0


def missing(content: bytes) -> list[str]:
    """Return the French of every string that a catalogue does not say whole, every plural form counted."""
    lacking = []
    for message in read_po(io.BytesIO(content), abort_invalid=True):
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not (all(forms) and not message.fuzzy):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


if __name__ == "__main__":
    raise SystemExit(main())
