"""Coverage: which courses fit, who can reach one, why not, and how many learners that leaves."""
