"""Texts made fit for print: characters no font draws left out, long ones cut, and cut ones say so."""

import unicodedata

ELLIPSIS = "…"

_BREAK = "\u200b"
_PIECE = 8
_ISOLATES = {"\u2066", "\u2067", "\u2068"}
_POP = "\u2069"
_KEPT_FORMATS = {"\u200c", "\u200d", *_ISOLATES, _POP}  # Persian and Pashto spell with the first two
_NEVER_DRAWN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean(text: str) -> str:
    """Return a text on one line without control, private or unassigned characters, nor lone bidi isolates."""
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    drawn = "".join(
        letter for letter in flat if letter in _KEPT_FORMATS or unicodedata.category(letter) not in _NEVER_DRAWN
    )
    return drawn if _balanced(drawn) else without_isolates(drawn)


def without_isolates(text: str) -> str:
    """Return a text without bidi isolates: those of a source would turn what stands around it."""
    return "".join(letter for letter in text if letter not in _ISOLATES and letter != _POP)


def cut(text: str, limit: int) -> str:
    """Return a cleaned text of at most ``limit`` characters, cut at a word where there is one, ending in "…"."""
    whole = clean(text)
    if len(whole) <= limit:
        return whole
    short = whole[: limit - 1]
    word = short.rfind(" ")
    kept = short[:word] if word > limit // 2 else short
    while kept and unicodedata.combining(whole[len(kept)]):  # never a letter without its accents
        kept = kept[:-1]
    return clean(kept) + ELLIPSIS


def breakable(text: str, longest_word: int) -> str:
    """Return a text whose words of more than ``longest_word`` letters may be broken, so that none leaves the page."""
    return " ".join(_BREAK.join(_pieces(word)) if len(word) > longest_word else word for word in text.split(" "))


def _pieces(word: str) -> list[str]:
    pieces = [word[at : at + _PIECE] for at in range(0, len(word), _PIECE)]
    return pieces if not any(unicodedata.combining(piece[0]) for piece in pieces) else [word]


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter in _ISOLATES) - (letter == _POP)
        if depth < 0:
            return False
    return depth == 0
