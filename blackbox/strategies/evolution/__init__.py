"""Searches that move a distribution or a population by the rank of its scores."""
