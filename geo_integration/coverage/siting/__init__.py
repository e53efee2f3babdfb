"""Where the next courses should open: exact models, greedy answers and their gap."""
