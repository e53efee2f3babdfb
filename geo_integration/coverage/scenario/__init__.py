"""What if: a small replayable file, its actions, and their effect."""
