"""The searches for bolder digits: which objectives, which guards, and what became of each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import blackbox as bb

RATE = 0.05  # prior sd per step of Adam
ADAM = f"gradient_ascent(learning_rate={RATE}, patience=100000, after='stop')"
EVOLUTION = "cma_es(sigma0=0.2)"
TARGET = 4.5  # px: 1.8 above the mean of held-out digits
# What each guard takes, in units of score per nat.
WEIGHTS = {"norm": 1.0, "typical": 1.0, "data": 1.0}
GUARDS = ("none", "clip", "sphere", "norm", "typical", "data")
DIGIT = 3.0  # px per nat of log P(digit), where the digit is asked for too
PATHS = ("objective", "strategy", "seed", "score", "shown", "shell_score", "judge_digit")
JUDGED = ("judge_thickness", "judge_unanimous", "judge_harsh", "judge_manifold", "judge_style")


@dataclass(frozen=True)
class Sizes:
    """How many runs each part has, seeds of a sum for each of its digits; and how many steps."""

    curve: int = 200
    grid: int = 50
    sum: int = 5
    truth: int = 20
    confirm: int = 20
    long: tuple[int, ...] = (10, 25, 50, 100, 200, 400)
    short: tuple[int, ...] = (10, 25, 50)
    guards: tuple[str, ...] = GUARDS
    digits: int = 10


SMALL = Sizes(2, 2, 2, 2, 2, (2,), (2,), ("none",), 1)
# The seeds on which the winner is tried again are none of those that chose it.
FRESH = 1000


def guarded(strategy: str, guard: str) -> str:
    """A strategy behind a guard, by name."""
    if guard == "none":
        return strategy
    weight = f", weight={WEIGHTS[guard]}" if guard in WEIGHTS else ""
    return f"guarded(strategy={strategy!r}, guard={guard!r}{weight})"


def summed(reads: str, digits: int) -> list[str]:
    """Bold and still itself: one objective for each digit."""
    weights = f"{{'thickness': 1.0, 'digit': {DIGIT}}}"
    return [
        f"mnist.bold_digit(target={digit}, source={digit}, reads={reads!r}, weights={weights})"
        for digit in range(digits)
    ]


def objectives(reads: str, wanted: str, digits: int = 10) -> list[str]:
    """The objectives of one reader: as bold as can be, a target, or a sum with the digit."""
    if wanted == "bold, and its digit":
        return summed(reads, digits)
    target = f", target={TARGET}" if wanted == "4.5 px" else ""
    return [f"mnist.thickness(reads={reads!r}, source='any'{target})"]


def prices(steps: Sequence[int]) -> dict[int, float]:
    """The price of a gradient at which the budget of the longest climb ends after so many steps."""
    budget = units(steps)
    return {step: round(budget / (step + 1) - 1 - 1e-7, 6) for step in steps}


def units(steps: Sequence[int]) -> float:
    """What the longest climb costs, a gradient priced as a score."""
    return 2.0 * (max(steps) + 1)


def curve(folder: Path, jobs: int, sizes: Sizes) -> bb.Comparison:
    """Long climbs on the joint head, from encoded held-out digits and from draws of the prior."""
    return bb.compare(
        ["mnist.thickness(source='any')", "mnist.thickness"],
        ADAM,
        units(sizes.long),
        sizes.curve,
        prices=list(prices(sizes.long).values()),
        jobs=jobs,
        store=folder / "runs" / "curve",
    )


def grid(folder: Path, jobs: int, sizes: Sizes) -> pd.DataFrame:
    """Guards x readers x what is wanted: one row per run and number of steps."""
    parts = []
    for wanted in ("as bold as can be", "4.5 px", "bold, and its digit"):
        for reads in ("code", "picture"):
            seeds = sizes.sum if wanted == "bold, and its digit" else sizes.grid
            parts.append(climbs(folder, jobs, reads, wanted, sizes, range(seeds), sizes.guards))
        if wanted != "bold, and its digit":
            parts.append(evolved(folder, jobs, wanted, sizes))
    return pd.concat(parts, ignore_index=True)


def fresh(wanted: str, sizes: Sizes) -> range:
    """Seeds for the winner; a search that asks for the digit has ten objectives."""
    digits = 1 if wanted == "bold, and its digit" else sizes.digits
    return range(FRESH, FRESH + sizes.confirm * digits)


def climbs(
    folder: Path,
    jobs: int,
    reads: str,
    wanted: str,
    sizes: Sizes,
    seeds: Sequence[int],
    guards: Sequence[str],
    part: str = "grid",
) -> pd.DataFrame:
    """Adam behind guards on the objectives of one reader."""
    study = bb.compare(
        objectives(reads, wanted, sizes.digits),
        [guarded(ADAM, guard) for guard in guards],
        units(sizes.short),
        list(seeds),
        prices=list(prices(sizes.short).values()),
        jobs=jobs,
        store=folder / "runs" / f"{part}-{reads}-{wanted.replace(' ', '-').replace(',', '')}",
    )
    return _told(study, reads, wanted, guards, prices(sizes.short))


def evolved(folder: Path, jobs: int, wanted: str, sizes: Sizes) -> pd.DataFrame:
    """CMA-ES on the true measure, which has no gradient, at the cost of the longest climb."""
    guards = [guard for guard in ("none", "sphere", "data") if guard in sizes.guards]
    study = bb.compare(
        objectives("truth", wanted),
        [guarded(EVOLUTION, guard) for guard in guards],
        units(sizes.short),
        sizes.truth,
        jobs=jobs,
        store=folder / "runs" / f"truth-{wanted.replace(' ', '-')}",
    )
    return _told(study, "truth", wanted, guards, {max(sizes.short): 1.0})


def _told(
    study: bb.Comparison,
    reads: str,
    wanted: str,
    guards: Sequence[str],
    at: dict[int, float],
) -> pd.DataFrame:
    named = dict(zip(study.recipe["strategies"], guards, strict=True))
    parts = [
        gains(study.at(price).paths()).assign(
            steps=step, units=(step + 1) * 2, reads=reads, wanted=wanted
        )
        for step, price in at.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(guard=table["strategy"].map(named))


def gains(paths: pd.DataFrame) -> pd.DataFrame:
    """One row per run: what the judges say of its best against its start.

    A start that has no stroke to measure is left out; such a best has gained and kept nothing.
    """
    run = ["objective", "strategy", "seed"]
    start = paths[paths["row"] == 0].set_index(run)
    best = paths[paths["best"].astype(bool)].set_index(run)
    table = best[[*PATHS[3:], *JUDGED]].join(
        start[["score", "shown", "judge_thickness"]], rsuffix="_start"
    )
    table = table[table["judge_thickness_start"].notna()]
    gain = table["judge_thickness"] - table["judge_thickness_start"]
    return table.assign(
        gain=gain.fillna(0.0),
        kept=table["judge_digit"].where(table["judge_thickness"].notna(), 0.0),
        refused=table["judge_thickness"].isna(),
        predicted=table["score"] - table["score_start"],
    ).reset_index()
