"""Writes the card of the sentences, with what the searches of reports/text made of twenty.

python -m tests.campaigns.text_card
"""

from __future__ import annotations

from blackbox.objectives.text import card
from blackbox.pages import Page

SHOWN = 20
ABOUT = """## {n} results, not chosen

Of `python -m blackbox.pages.making reports.text`: what CMA-ES ({budget:g} scores) makes of
sentences that are hard to read, by `text.simplify`, and a climb held near real sentences of
held-out starts, by `text.eloquence`; in brackets the judge's perplexity."""


def main() -> None:
    """Write the card."""
    frames = Page("reports.text").frames
    simple = frames.simple.query("search == 'CMA-ES' and weight == weight.max()")
    verse = frames.verse.query("search == 'climb near real ones'")
    lines = [f"- {one.source} → {one.best} ({one.perplexity:.0f})" for one in simple.itertuples()]
    lines += [f"- {one.start} → {one.best} ({one.perplexity:.0f})" for one in verse.itertuples()]
    about = ABOUT.format(n=SHOWN, budget=frames.setting("budget"))
    card.write("\n\n".join([about, "\n".join(lines[:SHOWN])]))


if __name__ == "__main__":
    main()
