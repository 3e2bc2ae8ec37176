"""Searches that are paid for each picture, and generators that are trained once."""

from __future__ import annotations

import math

from blackbox.trace import Trace
from reports.make import Given

FAMILIES = {name: f"{name}.digit(target=8, reads='picture')" for name in ("digits", "mnist")}
SURE, ASKED = 0.99, 0.9999  # of the classifier: what a hit is, and what one generator is asked for
SEARCHED, STARTS = 300, 40
SEARCHES = ("gradient_ascent", "lbfgs", "cma_es", "random_search")
BUDGETS, SEEDS = (200, 500), 10
GENERATORS = {
    "generator_network": "generator_network",
    "finetune_decoder": "finetune_decoder",
    "conditional_generator": "conditional_generator",
    "conditional_generator(score)": f"conditional_generator(score={math.log(ASKED)!r})",
}
LAST, SEEN = 0.1, 20  # pictures of the last part of a budget count; judges see so many a seed
TRAINED = [(f, name, budget) for f in FAMILIES for budget in BUDGETS for name in GENERATORS]
# What more training does, where its steps are cheap.
TRAINED += [("digits", "generator_network", 5000), ("digits", "finetune_decoder", 5000)]


def searches(family: str, given: Given) -> tuple[Trace, ...]:
    """The runs of all searches in a family."""
    starts, store = 3 if given.small else STARTS, f"{family}-each"
    return given.compare(FAMILIES[family], SEARCHES, SEARCHED, starts, store=store).traces


def generators(family: str, name: str, budget: int, given: Given) -> tuple[Trace, ...]:
    """The runs of a generator from one budget."""
    seeds, store = 2 if given.small else SEEDS, f"{family}-{budget}-{[*GENERATORS].index(name)}"
    return given.compare(FAMILIES[family], GENERATORS[name], budget, seeds, store=store).traces
