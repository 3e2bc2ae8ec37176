"""The page of a report: one file that opens anywhere, offline, with nothing beside it."""
