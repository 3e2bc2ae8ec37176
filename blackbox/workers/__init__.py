"""Python processes that work for this one, and none of which outlives it."""
