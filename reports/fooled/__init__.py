"""When a search is fooled, and whether it can be told without the truth."""
