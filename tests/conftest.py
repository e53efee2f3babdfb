"""What every test shares: hypothesis without deadlines, for timings belong in benchmarks."""

from hypothesis import HealthCheck, settings

settings.register_profile("project", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
