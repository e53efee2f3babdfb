"""Fit before minutes: what each course is to a learner, criterion by criterion."""
