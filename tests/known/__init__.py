"""Known data: read, checked, handed to searches, and told in tables."""
