"""Is every funded course on the national cartography, and with the right facts."""
