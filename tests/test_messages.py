"""The finder's languages and their catalogues: up to date with the code, whole, true to their French."""
# ruff: noqa: RUF001 -- letters of several scripts, on purpose

import importlib.util
import io
import logging
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from geo_integration.messages import LANGUAGES, language, speech
from geo_integration.messages.catalogue import catalogue_path, translations
from geo_integration.settings import settings

_ROOT = Path(__file__).resolve().parents[1]
_ALLOWED = Path(__file__).parent / "data" / "messages_missing.txt"
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?([a-z%])")
OTHERS = [one.code for one in LANGUAGES if one.code != "fr"]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_messages", _ROOT / "data" / "build" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_TOOL = _tool()


@cache
def _wanted() -> Catalog:
    return _TOOL.extracted()


def _catalogue(code: str) -> Catalog:
    return read_po(io.BytesIO(catalogue_path(code).read_bytes()), abort_invalid=True)


def messages(code: str) -> list[Message]:
    return [message for message in _catalogue(code) if message.id]


def french(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def placeholders(text: str) -> set[tuple[str, str]]:
    return set(_PLACEHOLDER.findall(text))


def _allowed() -> set[tuple[str, str]]:
    lines = _ALLOWED.read_text(encoding="utf-8").splitlines()
    said = [line.partition("\t") for line in lines if line and not line.startswith("#")]
    return {(code, message) for code, _, message in said}


# -- the files and the code


def test_the_template_holds_every_string_of_the_code() -> None:
    written = (settings().static / "messages" / "finder.pot").read_bytes()
    assert written == _TOOL.pot(_wanted()), "run: uv run python data/build/messages.py"


def test_the_same_code_gives_the_same_bytes() -> None:
    assert _TOOL.pot(_TOOL.extracted()) == _TOOL.pot(_wanted())


@pytest.mark.parametrize("code", OTHERS)
def test_every_catalogue_is_up_to_date(code: str) -> None:
    written = catalogue_path(code).read_bytes()
    assert written == _TOOL.updated(language(code), written, _wanted()), "run data/build/messages.py"


def test_what_is_marked_is_found(tmp_path: Path) -> None:
    for folder in ("geo_integration", "api", "static/finder/templates"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "geo_integration" / "one.py").write_text(
        'A = N_("marqué")\nspeech.say("dit %(x)s", x=1)\ns.say_n("%(count)s un", "%(count)s deux", 3)\nlog("tu")\n'
    )
    (tmp_path / "static" / "finder" / "templates" / "a.html").write_text(
        '{{ _("page") }}{% trans %}\n  bloc\n{% endtrans %}{{ ngettext("%(num)s cours", "%(num)s cours !", n) }}'
        '{{ speech.say_n("%(count)s mot", "%(count)s mots", n) if n else speech.say("muet") }}{{ speech.day("2026") }}'
    )
    found = {message.id for message in _TOOL.extracted(tmp_path) if message.id}
    assert found == {
        "marqué",
        "dit %(x)s",
        ("%(count)s un", "%(count)s deux"),
        "page",
        "bloc",
        ("%(num)s cours", "%(num)s cours !"),
        ("%(count)s mot", "%(count)s mots"),
        "muet",
    }


def test_an_update_keeps_what_is_translated_and_guesses_nothing() -> None:
    wanted = Catalog()
    wanted.add("Continuer")
    wanted.add("Continuez")
    current = b'msgid ""\nmsgstr ""\n\nmsgid "Continuer"\nmsgstr "Continue"\n\nmsgid "Parti"\nmsgstr "Gone"\n'
    updated = read_po(io.BytesIO(_TOOL.updated(language("en"), current, wanted)))
    assert {m.id: m.string for m in updated if m.id} == {"Continuer": "Continue", "Continuez": ""}
    assert not updated.obsolete


# -- the catalogues


def test_every_missing_string_is_listed() -> None:
    """Fails with the list of what each language still says in French, unless tests/data names it."""
    lacking = {(code, text) for code in OTHERS for text in _TOOL.missing(catalogue_path(code).read_bytes())}
    new = sorted(lacking - _allowed())
    assert not new, "said in French:\n" + "\n".join(f"{code}\t{text}" for code, text in new)
    assert not _allowed() - lacking, "these are translated now: take them out of tests/data/messages_missing.txt"


@pytest.mark.parametrize("code", OTHERS)
def test_placeholders_are_those_of_the_french(code: str) -> None:
    for message in messages(code):
        allowed = [placeholders(text) for text in french(message)]
        for number, string in enumerate(_strings(message)):
            if not string:
                continue
            assert placeholders(string) <= allowed[-1], message.id
            # "one course": a form for one or two may say the number in words, any other must show it.
            if message.pluralizable and number < 2 + (code == "ar"):
                assert placeholders(string) | {("count", "s"), ("num", "s")} >= allowed[-1], message.id
            else:
                assert placeholders(string) == allowed[-1], message.id


@pytest.mark.parametrize("code", OTHERS)
def test_no_form_of_a_plural_is_left_out(code: str) -> None:
    forms, _ = _TOOL.PLURALS[code]
    for message in messages(code):
        if message.pluralizable:
            assert len(_strings(message)) == forms
            assert all(_strings(message)) or not any(_strings(message)), message.id


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_fuzzy_and_nothing_obsolete(code: str) -> None:
    catalogue = _catalogue(code)
    assert not [message.id for message in catalogue if message.fuzzy and message.id]
    assert not catalogue.obsolete


@pytest.mark.parametrize("code", OTHERS)
def test_no_markup_no_stray_spaces_and_no_single_per_cent(code: str) -> None:
    """Jinja trusts a catalogue's text as it stands: a tag in one would be a tag of the page."""
    for message in messages(code):
        for text in (*french(message), *_strings(message)):
            assert not set("<>&") & set(text), text
            assert text == text.strip(), text
            assert "%" not in _PLACEHOLDER.sub("", text), text
            assert all(name or kind == "%" for name, kind in placeholders(text)), text


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_is_in_its_script(code: str) -> None:
    script = {"en": "a-z", "ar": "؀-ۿ", "ps": "؀-ۿ", "fa": "؀-ۿ", "ti": "ሀ-፼", "ru": "а-яё", "uk": "а-яіїєґ"}[code]
    for message in messages(code):
        if re.search(r"[a-zà-ÿ]{4}", _PLACEHOLDER.sub("", french(message)[0])):  # more than an acronym
            for string in _strings(message):
                assert not string or re.search(f"[{script}]", string.lower()), string


@pytest.mark.parametrize("code", ["ru", "uk"])
def test_russian_and_ukrainian_letters_are_not_mixed(code: str) -> None:
    foreign = {"ru": "іїєґ", "uk": "ыэёъ"}[code]
    for message in messages(code):
        assert not set(foreign) & set(" ".join(_strings(message)).lower()), message.string


@pytest.mark.parametrize("code", OTHERS)
def test_each_catalogue_says_whether_a_native_speaker_reviewed_it(code: str) -> None:
    header = catalogue_path(code).read_text(encoding="utf-8").partition("msgid")[0]
    reviewed = language(code).reviewed
    assert f"Reviewed by a native speaker: {'yes' if reviewed else 'no'}." in header
    told = (_ROOT / "docs" / "languages.md").read_text(encoding="utf-8")
    row = next(line for line in told.splitlines() if line.startswith(f"| `{code}` "))
    assert ("| no " in row) is not reviewed
    assert language(code).name in row


@pytest.mark.parametrize("code", OTHERS)
def test_the_plural_forms_are_those_of_cldr(code: str) -> None:
    rule = language(code).locale.plural_form
    catalogue = translations(code)
    by_form: dict[str, set[int]] = {}
    for count in range(1001):
        by_form.setdefault(rule(count), set()).add(catalogue.plural(count))  # type: ignore[attr-defined]
    assert all(len(indexes) == 1 for indexes in by_form.values()), by_form
    assert len(by_form) == _TOOL.PLURALS[code][0] == len({*map(frozenset, by_form.values())})
    order = [form for form in ("zero", "one", "two", "few", "many", "other") if form in by_form]
    assert [by_form[form] for form in order] == [{index} for index in range(len(order))]


def test_a_missing_string_is_said_in_french() -> None:
    for one in LANGUAGES:
        assert speech(one.code).say("Phrase que personne n'a traduite : %(x)s", x=7).endswith(": 7")
        assert speech(one.code).say_n("%(count)s zèbre", "%(count)s zèbres", 0).endswith("zèbre")


def test_a_damaged_catalogue_speaks_french_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "uk.po").write_text('msgid "lundi"\n<<<<<<< theirs\nmsgstr "понеділок"\n')
    monkeypatch.setattr(
        "geo_integration.messages.catalogue.settings", lambda: settings().model_copy(update={"static": tmp_path})
    )
    with caplog.at_level(logging.WARNING):
        assert translations("uk").gettext("lundi") == "lundi"
        assert translations("ru").gettext("lundi") == "lundi"
    assert [record.language for record in caplog.records] == ["uk", "ru"]  # type: ignore[attr-defined]


def test_a_fuzzy_translation_is_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "en.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        '#, fuzzy\nmsgid "lundi"\nmsgstr "Sunday"\n\nmsgid "mardi"\nmsgstr "Tuesday"\n'
    )
    monkeypatch.setattr(
        "geo_integration.messages.catalogue.settings", lambda: settings().model_copy(update={"static": tmp_path})
    )
    assert [translations("en").gettext(day) for day in ("lundi", "mardi")] == ["lundi", "Tuesday"]
