"""Catalogues read straight from their ``.po`` files: what a translator edits is what is said."""

import io
import logging
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from geo_integration.settings import settings

_LOG = logging.getLogger(__name__)


class French(NullTranslations):
    """French, which is its own translation: like CLDR and unlike gettext's default, it counts zero as one."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for ``n``."""
        return msgid1 if abs(n) < 2 else msgid2  # noqa: PLR2004 -- the rule of French: 0 and 1, then the rest


def catalogue_path(code: str) -> Path:
    """Return where the catalogue of a language is, or should be."""
    return settings().static / "messages" / f"{code}.po"


def translations(code: str) -> NullTranslations:
    """Return the translations of a language, fuzzy ones left out.

    A catalogue that is absent or damaged is told to the log and leaves everything in French: a page that can be
    read by somebody beats an error page.
    """
    path = catalogue_path(code)
    try:
        with path.open("rb") as stream:
            catalogue = read_po(stream, abort_invalid=True)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue, use_fuzzy=False)
        compiled.seek(0)
        found = GNUTranslations(compiled)
    except (OSError, PoFileError, ValueError) as error:
        _LOG.warning("catalogue of messages not read", extra={"language": code, "reason": str(error)})
        return French()
    found.add_fallback(French())
    return found
