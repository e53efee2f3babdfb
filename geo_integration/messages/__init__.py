"""The finder's languages: what is said, counted and dated in each, through Babel and gettext.

The message identifiers are French: French needs no catalogue, and a string that a language lacks is said in French.
"""

from geo_integration.messages.languages import LANGUAGES, Language, language, negotiated
from geo_integration.messages.speech import N_, Speech, speech

__all__ = ["LANGUAGES", "N_", "Language", "Speech", "language", "negotiated", "speech"]
