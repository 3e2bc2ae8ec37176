"""Strategies made of strategies; the only room that may import from the other families."""
