"""Searches that climb along the exact gradient of the score at z."""
