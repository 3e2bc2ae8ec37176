"""Searches that keep one point, or a simplex, and need scores only."""
