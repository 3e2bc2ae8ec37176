"""Whether the runs of a study found more than was known before it."""

from __future__ import annotations

from collections.abc import Iterator

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import number, on, rows


def best_known(numbers: Numbers) -> Iterator[Sentence]:
    """How many of the runs that were told of known data found a better point."""
    runs = numbers.runs
    if "n_known" not in runs:
        return
    warm = runs[(runs["n_known"] > 0) & runs["best_known"].notna()]
    for name, part in warm.groupby("objective", sort=False):
        objective, figure = str(name), float(part["best_known"].iloc[0])
        better = int((part["best"] > part["best_known"]).sum())
        level = -figure if objective in numbers.view.losses else figure
        text = f"{better} of {len(part)} warm runs{on(objective, numbers.objectives)} found a "
        text += f"better point than the best of {part['n_known'].iloc[0]:g} known ones, "
        text += f"{number(level)}."
        yield Sentence(text, f"runs{rows(objective=objective)}", float(better))
