"""Whether the gradient is worth its price, and what it costs here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import SPELLED, listed, number, on, rows
from blackbox.results.costs.break_even import break_even
from blackbox.results.statistics.failed_runs import as_worst
from blackbox.results.statistics.large_numbers import group_means

MEASURED = "measured price of a gradient"


def worth_its_price(numbers: Numbers) -> Iterator[Sentence]:
    """Up to which price the best strategy with gradients leads the best without them."""
    rivals = {name: pair for name in numbers.objectives if (pair := _rivals(numbers, name))}
    swaps = {name: _swap(numbers, name, *pair) for name, pair in rivals.items()}
    if len(swaps) > SPELLED:
        yield _counted(swaps)
        return
    clause_of = {name: parts for name, swap in swaps.items() if (parts := _clause(swap))}
    if not clause_of:
        return
    heads: dict[str, list[str]] = {}
    for objective, (head, tail, unsure) in clause_of.items():
        heads.setdefault(head, []).append(f"{tail}{on(objective, numbers.objectives)}{unsure}")
    clauses = [f"{head}: {', '.join(tails)}" for head, tails in heads.items()]
    costs = list(dict.fromkeys(_measured(numbers, objective) for objective in clause_of))
    measured = f"; measured here, it costs {listed(costs)} scores" if all(costs) else ""
    cheapest = max(swap["cheapest"] for swap in swaps.values())
    if measured and max(map(float, costs)) < cheapest:
        measured += ", less than the lowest price of the study"
    pairs = {
        name: list(dict.fromkeys(str(swaps[objective][name]) for objective in clause_of))
        for name in ("objective", "first", "second")
    }
    first = swaps[next(iter(clause_of))]
    figures = (float(first[name]) for name in ("break_even", "low", "high"))
    lucky = any(_is_as_seen(numbers, objective) for objective in clause_of)
    by = "By scores as they were seen, with their luck," if lucky else "By the score"
    text = f"{by} a gradient {'; it '.join(clauses)}{measured}."
    yield Sentence(text, f"break_even(){rows(**pairs)}", *figures)


def _clause(swap: dict[str, Any]) -> tuple[str, str, str] | None:
    """What a gradient does up to which price, who leads whom, and how sure that is.

    None where the pair swaps as no price can make it.
    """
    dear, free, cheapest = swap["first"], swap["second"], f"{swap['cheapest']:g}"
    ahead, is_always = swap["ahead_cheap"], np.isnan(swap["break_even"])
    is_sure = np.isnan(swap["low"]) or swap["low"] == swap["high"]
    if ahead == dear and not is_always:
        price = number(swap["break_even"], swap["low"], swap["high"])
        return f"pays up to a price of {price}", f"{dear} leads {free} there", ""
    if ahead == dear:
        unsure = "" if is_sure else f" (95 %: at least up to a price of {swap['low']:g})"
        return f"pays at every price from {cheapest} on", f"{dear} leads {free}", unsure
    if ahead == free and is_always:
        upto = "at any price" if np.isinf(swap["high"]) else f"up to a price of {swap['high']:g}"
        unsure = "" if is_sure else f" (95 %: it may {upto})"
        return f"does not pay at any price from {cheapest} on", f"{free} leads {dear}", unsure
    if not ahead:
        return "changes nothing at any price", f"{dear} and {free} are level", ""
    return None


def _rivals(numbers: Numbers, objective: str) -> tuple[str, str] | None:
    """The best strategy that asked for gradients, and the best that did not."""
    runs = numbers.runs[numbers.runs["objective"] == objective]
    asked = runs.groupby("strategy")["n_gradients"].max() > 0
    if asked.all() or not asked.any():
        return None
    means = group_means(as_worst(runs), ["strategy"], ["best"])["best"]
    places = {str(name): -float(np.nan_to_num(mean, nan=-np.inf)) for name, mean in means.items()}
    ordered = sorted(places, key=lambda name: (places[name], name))
    return next(n for n in ordered if asked[n]), next(n for n in ordered if not asked[n])


def _swap(numbers: Numbers, objective: str, first: str, second: str) -> dict[str, Any]:
    """The row of the break-even table of this pair."""
    steps = numbers.view.scores.steps
    table = break_even(steps[steps["objective"] == objective], first, second)
    return {str(name): value for name, value in table.iloc[0].items()}


def _is_as_seen(numbers: Numbers, objective: str) -> bool:
    """Whether the scorer is noisy, and bests were not confirmed at all prices that are read."""
    steps, runs = numbers.view.scores.steps, numbers.runs
    if "best_confirmed" not in steps:
        return False
    here, run = steps[steps["objective"] == objective], runs[runs["objective"] == objective]
    is_noisy = ((run["noise"] > 0) | (run["n_confirm"] > 0)).any()
    return bool(is_noisy and (here["best"].notna() & here["best_confirmed"].isna()).any())


def _measured(numbers: Numbers, objective: str) -> str:
    """What a gradient costs on this machine, in scores, where the probe has measured it."""
    runs = numbers.runs[numbers.runs["objective"] == objective]
    prices = Counter(json.loads(text).get(MEASURED, "none") for text in runs["scoring"].dropna())
    price = prices.most_common(1)[0][0] if prices else "none"
    return "" if price == "none" else str(price).removesuffix(" scores")


def _counted(swaps: dict[str, dict[str, Any]]) -> Sentence:
    """On how many of many objectives the gradient leads, and up to which price."""
    leads = {name: row for name, row in swaps.items() if row["ahead_cheap"] == row["first"]}
    cheapest = max(row["cheapest"] for row in swaps.values())
    n, whole = len(leads), len(swaps)
    upto = [np.nan_to_num(row["break_even"], nan=np.inf) for row in leads.values()]
    text = f"At a price of {cheapest:g} the best search with gradients leads the best without them "
    text += f"on {n} of {whole} objectives"
    if n:
        text += f", up to a price of {number(float(np.median(upto)))} scores on half of these"
    return Sentence(f"{text}.", "break_even()", float(n))
