"""The calendar by timetable: a session is timed at its own hours, also where another makes the course open today."""

from datetime import UTC, datetime
from pathlib import Path

from scenario_samples import LENS, VILLERS, gtfs, loaded, offers, request, sessions

from geo_integration.coverage.learner.profile import Profile
from geo_integration.jobs.calendar import date_all
from geo_integration.jobs.means import Means
from geo_integration.jobs.studied import study_layers
from geo_integration.jobs.timetables import add_feeds
from geo_integration.vocabulary import HalfDay, Mode

EVENING = {
    "session_id": "t:1#1",
    "offer_id": "t:1",
    "days": "tue",
    "start_time": "18:00",
    "end_time": "20:00",
    "entry_mode": "permanent",
}
UNSAID = {"session_id": "t:1#2", "offer_id": "t:1", "start_date": "2026-11-10", "entry_mode": "fixed"}


def test_a_session_at_supposed_hours_is_timed_beside_the_sure_one(tmp_path: Path) -> None:
    """Nothing goes home from the evening class, sure to fit; the morning one, from November, might do.

    In by 8:30 for 9:00, and home by the 12:00: only the session whose hours nobody states can be begun.
    """
    trips = {
        "evening": (VILLERS, "17:00:00", LENS, "17:30:00"),
        "morning": (VILLERS, "08:00:00", LENS, "08:30:00"),
        "noon": (LENS, "12:00:00", VILLERS, "12:30:00"),
    }
    folder = tmp_path / "networks"
    add_feeds([gtfs(tmp_path / "bus.zip", trips)], folder, now=datetime(2026, 10, 1, tzinfo=UTC))
    free = frozenset({("tue", HalfDay.MORNING), ("tue", HalfDay.AFTERNOON), ("tue", HalfDay.EVENING)})
    asked = request(minutes=65.0, means=Means(mode=Mode.TRANSIT, folder=folder), learner=Profile(free=free))
    ground = loaded(offers([("t:1", "alphabetisation", LENS)]), sessions(EVENING, UNSAID))
    studied = study_layers(ground, asked)
    assert studied.coverage.set_index("commune_code").loc[VILLERS, "cause"] == "no_return"
    found = date_all(studied, months=6)
    row = found.calendar.table.assign(code=studied.coverage["commune_code"].to_numpy()).set_index("code").loc[VILLERS]
    assert row["may_start_date"] == "2026-11-10"
    assert row["next_start"] != "now"
