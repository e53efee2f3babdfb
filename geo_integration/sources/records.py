"""Offers as a source states them, before anything is derived: what every offer reader produces.

A reader turns its file into :class:`RawOffer` objects, one at a time; :func:`sources.offers.finish`
classifies, locates and shapes them into the ``offers`` and ``sessions`` layers. Texts stay in the
source's words; dates are ISO 8601; numbers are numbers; what the source does not say is None or empty.
"""

from dataclasses import dataclass, field

from geo_integration.vocabulary import EntryMode, Modality, Recruitment

SYNTHETIC_MARK = r"\[?donn[ée]es? fictives?\]?|\(ficti(?:f|ve)\)"
"""Words in a title or a provider's name that mark a row as made up."""


@dataclass(slots=True)
class RawSession:
    """One session of an offer, as stated."""

    record_id: str
    start_date: str | None = None
    end_date: str | None = None
    recruitment: Recruitment = Recruitment.UNKNOWN
    entry_mode: EntryMode = EntryMode.UNKNOWN
    places_funded: int | None = None
    places_available: int | None = None
    weekly_hours: float | None = None
    total_hours: float | None = None
    days: tuple[str, ...] = ()
    """Among mon, tue, wed, thu, fri, sat, sun."""
    start_time: str | None = None
    end_time: str | None = None
    schedule_text: str | None = None
    registration_start: str | None = None
    registration_end: str | None = None


@dataclass(slots=True)
class RawOffer:
    """One course action at one place, as stated."""

    record_id: str
    """The source's own identifier, unique in the source."""
    where: str
    """Where it stands in the file, for the import report."""
    title: str
    alternate_ids: tuple[str, ...] = ()
    """Other identifiers of the same action (Carif-Oref numbers…): they recognise it in another source."""
    # What it is
    objective: str | None = None
    content: str | None = None
    results: str | None = None
    conditions: str | None = None
    rhythm: str | None = None
    formacodes: tuple[str, ...] = ()
    """Domain codes with their edition: ``V14:15235`` (``:15235`` when the edition is not stated)."""
    public_codes: tuple[str, ...] = ()
    """Audience codes with their edition, ``V14:81022``."""
    public_texts: tuple[str, ...] = ()
    programme: str | None = None
    market_reference: str | None = None
    funders: tuple[str, ...] = ()
    declared: dict[str, str] = field(default_factory=dict)
    """Terms the source states outright: kind, level_entry, level_target, schooling, audience_exclusive…"""
    modality: Modality = Modality.UNKNOWN
    # Who teaches
    provider_name: str | None = None
    provider_siret: str | None = None
    # Where
    uai: str | None = None
    place_name: str | None = None
    address: str | None = None
    postcode: str | None = None
    commune_name: str | None = None
    commune_code: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    # How to come
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    cost_text: str | None = None
    registration: str | None = None
    updated_on: str | None = None
    sessions: list[RawSession] = field(default_factory=list)
