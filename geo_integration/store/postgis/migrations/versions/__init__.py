"""One script per change of the fixed tables."""
