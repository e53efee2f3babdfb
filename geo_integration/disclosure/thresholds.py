"""The threshold of a release: the largest that a source's contract asks for."""

from collections.abc import Iterable

from geo_integration.settings import Settings, settings


def threshold_of(sources: Iterable[str], *, given: Settings | None = None) -> int:
    """Return the fewest people a figure computed from these sources may be about.

    Parameters
    ----------
    sources : names of the sources of the counts (``source`` of the import).
    given : settings; those of the process by default. ``disclosure_thresholds`` says the threshold of a source whose
        contract states one, ``disclosure_threshold`` that of all others.
    """
    chosen = given or settings()
    asked = [chosen.disclosure_thresholds.get(source, chosen.disclosure_threshold) for source in sources]
    return max(asked, default=chosen.disclosure_threshold)
