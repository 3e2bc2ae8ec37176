"""Searches that train a network against the scorer, and let it emit the points."""
