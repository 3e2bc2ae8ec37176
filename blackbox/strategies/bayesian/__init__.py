"""Searches that model the score by a Gaussian process, and the model they share."""
