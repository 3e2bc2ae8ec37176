"""Optimizers of other packages, each at its documented defaults, behind our protocol."""
