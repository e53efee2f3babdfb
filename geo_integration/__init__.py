"""Which French course a newcomer in France can really reach, and where the next one should open."""

__version__ = "0.1.0"
