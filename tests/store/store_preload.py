"""Imported by the fork server only: one publication loads all that the children will need (and pytest, their main)."""

import tempfile

import pytest  # noqa: F401
from store_children import publish_many

with tempfile.TemporaryDirectory() as _folder:
    publish_many(_folder, range(1))
