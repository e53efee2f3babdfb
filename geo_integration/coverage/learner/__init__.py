"""Who asks: a learner's profile, read from a file or from options, and told in words."""
