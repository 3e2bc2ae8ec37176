"""Whether the runs of a study found more than was known before it."""

from __future__ import annotations

from collections.abc import Iterator

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import number, on, rows


def beaten(numbers: Numbers) -> Iterator[Sentence]:
    """How many of the runs that were told of known data found a better point."""
    runs = numbers.runs
    if "known_n" not in runs:
        return
    warm = runs[(runs["known_n"] > 0) & runs["known_best"].notna()]
    for name, part in warm.groupby("objective", sort=False):
        objective, figure = str(name), float(part["known_best"].iloc[0])
        better = int((part["best"] > part["known_best"]).sum())
        level = -figure if objective in numbers.view.losses else figure
        text = f"{better} of {len(part)} warm runs{on(objective, numbers.objectives)} found a "
        text += f"better point than the best of {part['known_n'].iloc[0]:g} known ones, "
        text += f"{number(level)}."
        yield Sentence(text, f"runs{rows(objective=objective)}", float(better))
