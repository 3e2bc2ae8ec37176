"""Searches that climb along a slope which they estimate from scores."""
