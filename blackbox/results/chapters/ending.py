"""The names of files that a chapter writes once per price."""

from __future__ import annotations

from blackbox.results.view import View


def price_ending(view: View) -> str:
    """What sets the files of this price apart from those of the study's others."""
    return f"-gradient-{view.price:g}" if len(view.recipe["prices"]) > 1 else ""
