"""Whether settings were tuned, and what that was worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import listed, number, on, rows
from blackbox.strategies import TABLE

ALPHA = 0.05
UNTUNABLE = ("random_search", "sobol_search")  # have no setting that a study would tune


def worth(numbers: Numbers) -> Iterator[Sentence]:
    """Which strategies the best of their tried settings improves, on seeds that chose nothing."""
    table = numbers.view.tuning()
    if not len(table):
        return
    trials = int(table["trials"].max())
    better = table[(table["p_holm"] <= ALPHA) & (table["difference"] > 0)]
    names = list(dict.fromkeys(table["strategy"]))
    if not len(better):
        whom = names[0] if len(names) == 1 else f"any of {len(names)} strategies"
        text = f"The best of {trials} settings is not shown to beat the one given, of {whom}."
        yield Sentence(text, "tuning()", 0.0)
        return
    first = better.sort_values("p_holm", kind="stable").iloc[0]
    figures = first["difference"], first["low"], first["high"]
    where = on(first["objective"], numbers.objectives)
    text = f"The best of {trials} settings improves {first['strategy']}{where} by "
    text += f"{number(*figures)} ({first['tuned']})"
    others = [
        f"{row['strategy']}{on(row['objective'], numbers.objectives)}"
        for row in better.to_dict("records")
    ]
    others.remove(f"{first['strategy']}{where}")
    text += f", and {listed(others)} too." if others else "."
    evidence = f"tuning(){rows(objective=first['objective'], strategy=first['strategy'])}"
    yield Sentence(text, evidence, *map(float, figures))


def untuned(numbers: Numbers) -> Iterator[Sentence]:
    """That all strategies are ours and ran with their defaults, so that tuning may change it."""
    if numbers.view.recipe.get("tuned"):
        return
    names = list(dict.fromkeys(numbers.runs["strategy"]))
    was_read = {"read_from", "joined"} & set(numbers.view.recipe)
    ours = all("(" not in name and name.partition(":")[0] in _entries() for name in names)
    if len(names) > 1 and ours and not was_read and not set(names) <= set(UNTUNABLE):
        text = "All strategies ran with their default settings; tuned, they may rank otherwise."
        yield Sentence(text, "runs", float(np.nan))


def _entries() -> set[str]:
    return {name.partition(":")[0] for name in TABLE}
