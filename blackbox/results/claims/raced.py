"""After how many seeds a race was settled, who was dropped, and what it could not tell."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import SPELLED, listed, number, on, rows
from blackbox.results.judging.racing import last_looks
from blackbox.results.statistics.race import BEST, DROPPED, LEVEL, RACING, UNDECIDED


def raced(numbers: Numbers) -> Iterator[Sentence]:
    """How each race of a study ended, by the score and by the truth; nothing of those that run."""
    table = last_looks(numbers.view.racing())
    races = [lanes for _, lanes in table.groupby(["objective", "by"], sort=False)]
    races = [lanes for lanes in races if not (lanes["state"] == RACING).any()]
    if not races:
        return
    table = pd.concat(races)
    if len(numbers.objectives) > SPELLED:
        yield from (_counted(numbers, mine) for _, mine in table.groupby("by", sort=False))
        return
    for (objective, by), lanes in table.groupby(["objective", "by"], sort=False):
        yield _sentence(numbers, str(objective), str(by), lanes)


def _sentence(numbers: Numbers, objective: str, by: str, lanes: pd.DataFrame) -> Sentence:
    """How one race ended."""
    left = lanes[lanes["state"] != DROPPED]
    state, seeds = left["state"].iloc[0], int(left["seeds"].iloc[0])
    names = listed(list(left["strategy"]))
    at_most = numbers.view.recipe["until_settled"]["at_most"]
    where = f"{on(objective, numbers.objectives)}{_at(numbers)}"
    if state == BEST:
        text = f"By the {by} the race{where} was settled after {seeds} of at most {at_most} seeds"
    elif state == LEVEL:
        margin = float(left["margin"].iloc[0])
        text = f"By the {by} the race{where} was settled after {seeds} of at most {at_most} seeds: "
        text += f"{names} are level, "
        text += f"within {number(margin)} of each other" if margin else "equal in most seeds"
    else:
        text = f"By the {by} the race{where} was not settled: after {seeds} seeds, {at_most} could "
        text += f"no longer tell {names} apart"
    out = lanes[lanes["state"] == DROPPED]
    dropped = [f"{row.strategy} after {row.seeds} seeds" for row in out.itertuples()]
    text += f"; dropped: {listed(dropped)}" if dropped else ""
    evidence = f"racing(){rows(objective=objective, by=by)}"
    return Sentence(f"{text}.", evidence, float(seeds))


def _counted(numbers: Numbers, lanes: pd.DataFrame) -> Sentence:
    """How many of many races were settled, and after how many seeds."""
    by, at_most = lanes["by"].iloc[0], numbers.view.recipe["until_settled"]["at_most"]
    left = lanes[lanes["state"] != DROPPED].drop_duplicates("objective")
    settled = left.loc[left["state"] != UNDECIDED, "seeds"]
    text = f"By the {by}{_at(numbers)} {len(settled)} of {len(left)} races were settled"
    if len(settled):
        few, many = settled.min(), settled.max()
        span = f"{few} to {many}" if few < many else str(few)
        text += f", after {span} of at most {at_most} seeds"
    rest = len(left) - len(settled)
    text += f"; on {rest} so many could not tell those that are left apart" if rest else ""
    return Sentence(f"{text}.", f"racing(){rows(by=by)}", float(len(settled)))


def _at(numbers: Numbers) -> str:
    """At which price of a gradient it was raced, of several: the first one named."""
    first, *others = numbers.view.recipe["prices"]
    return f" at a gradient's price of {first:g}" if others else ""
