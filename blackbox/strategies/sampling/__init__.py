"""Draws of the prior: what every search has to beat."""
