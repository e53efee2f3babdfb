"""Text made comparable: one way of forgetting case, accents and ligatures, for every room."""

import unicodedata

_LETTERS = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
    }
)


def fold(text: str) -> str:
    """Return a text in lower case, without accents, ligatures or curly apostrophes.

    >>> fold("L'Haÿ-les-Roses, Œuilly")
    "l'hay-les-roses, oeuilly"
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).lower()
