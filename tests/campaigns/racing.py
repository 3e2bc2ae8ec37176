"""What a race of seeds saves, how often it is wrong, and how often it does not settle.

    python tests/campaigns/racing.py [--orders 20] [--seeds 200] > tests/campaigns/racing.md

The bests of the shelf's runs are raced in permuted order of seeds, as are two strategies of them at
a time. A pool of cheap runs with 200 seeds says how often a verdict is wrong. Two other designs are
held against the bets on the sign, and the confidence sequences against laws of bests.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

import blackbox as bb
from blackbox.pages import PageFrames
from blackbox.results.statistics.betting import evidence
from blackbox.results.statistics.inference import RACED, signed_rank_p
from blackbox.results.statistics.race import (
    BEST,
    DROPPED,
    LEVEL,
    UNDECIDED,
    Course,
    needed_evidence,
)
from blackbox.until_settled import UntilSettled
from tests.campaigns.coverage import LAWS

Floats = NDArray[np.float64]
SHELF = Path(__file__).parents[2] / "reports" / "shelf"
ALPHA, RULE = 0.05, UntilSettled()
PROBLEMS = (
    "synthetic.sphere(d=2)",
    "synthetic.rastrigin(d=2)",
    "synthetic.rosenbrock(d=2)",
    "synthetic.ackley(d=4)",
)
CHEAP = (
    *("random_search", "sobol_search", "hill_climb", "one_plus_one", "nelder_mead", "cma_es"),
    *("pcn", "differential_evolution"),
)
BUDGET = 40
MARGIN = 0.01  # of the way from the median start to the best known


@dataclass(frozen=True)
class Table:
    """The bests of one objective, `[seeds, strategies]`, of a study of so many objectives."""

    name: str
    bests: Floats
    margin: float
    n_objectives: int

    def of(self, seeds: NDArray[np.int64], strategies: NDArray[np.int64] | None = None) -> Floats:
        """These seeds in this order, of all strategies or of some."""
        chosen = self.bests[seeds]
        return chosen if strategies is None else chosen[:, strategies]


@dataclass(frozen=True)
class Ended:
    """How a race ended: for whom, after how many seeds, and how many runs it took."""

    outcome: str
    left: NDArray[np.int64]
    seeds: int
    runs: int
    whole: int
    to_the_end: int  # runs, had those that could not be settled gone on to the last seed

    @property
    def saved(self) -> float:
        """How many times fewer runs than with a fixed number of seeds."""
        return self.whole / self.runs


def raced(
    bests: Floats, *, margin: float = 0.0, n_objectives: int = 1, at_most: int = RULE.at_most
) -> Ended:
    """The race of `bests [n, K]`, whose first `at_most` seeds may be used."""
    used = np.where(np.isnan(bests[:at_most]), -np.inf, bests[:at_most])
    made = np.ones(used.shape, bool)
    course = Course(
        made, {"score": used}, needed_evidence(n_objectives), at_most, RULE.step, margin
    )
    *_, last = course.looks()
    left = np.flatnonzero([state != DROPPED for state in last.states])
    outcome, runs = last.states[left[0]], int(course.asked.sum())
    more = (at_most - last.seeds) * len(left) if outcome == UNDECIDED else 0
    return Ended(outcome, left, last.seeds, runs, used.size, runs + more)


def shelf() -> list[Table]:
    """The bests of all cells of the shelf with 20 seeds, by budget and objective.

    An objective whose gradients are hidden is another one than the same with them shown.
    """
    runs = PageFrames.read(SHELF / "frames").runs
    tables = []
    for (kind, budget), study in runs.groupby(["problems", "budget"]):
        name = f"{kind}, {budget} units"
        grids = [
            cells.pivot_table(index="seed", columns="strategy", values="best", dropna=False)
            for _, cells in study.groupby(["objective", "gradients"])
        ]
        complete = [grid.loc[:, grid.notna().sum() == 20] for grid in grids if len(grid) == 20]
        bests = [grid.to_numpy(float) for grid in complete if grid.shape[1] > 1]
        tables += [Table(str(name), each, 0.0, len(bests)) for each in bests]
    return tables


def of_the_shelf(tables: Iterable[Table], orders: int, seed: int) -> Iterator[str]:
    """What races of whole tables and of pairs save, by the shelf's studies."""
    rng = np.random.default_rng(seed)
    names: list[str] = []
    races: tuple[list[Ended], list[Ended], list[Ended]] = ([], [], [])
    fixed: list[int | None] = []
    for table in tables:
        n = table.bests.shape[1]
        for _ in range(orders):
            order = rng.permutation(20)
            pair = rng.choice(n, 2, replace=False)
            names.append(table.name)
            races[0].append(raced(table.of(order)))
            races[1].append(raced(table.of(order), n_objectives=table.n_objectives))
            races[2].append(raced(table.of(order, pair)))
            fixed.append(best_of_all(table.of(order)))
    titles = (
        "All strategies of a table, each objective a study of its own",
        "The same, its level shared by all objectives of the study (4 to 12)",
        "Two strategies, drawn from a table",
    )
    for title, ended in zip(titles, races, strict=True):
        yield f"\n### {title}\n"
        yield from header()
        for kind in dict.fromkeys(names):
            yield line(kind, [one for one, name in zip(ended, names, strict=True) if name == kind])
        yield line("**all**", ended)
    yield f"\n{agreement(races[0], fixed)}"


def header() -> Iterator[str]:
    """The head of a table of races."""
    yield "| what | races | times fewer runs | all runs together | never given up | best | level |"
    yield "|---|---|---|---|---|---|---|"


def line(name: str, ended: list[Ended]) -> str:
    """A row of a table of races: what they saved, and how they ended."""
    runs, whole = sum(one.runs for one in ended), sum(one.whole for one in ended)
    to_the_end = whole / sum(one.to_the_end for one in ended)
    saved = float(np.mean([one.saved for one in ended]))
    shares = [np.mean([one.outcome == outcome for one in ended]) for outcome in (BEST, LEVEL)]
    cells = [f"{saved:.2f}", f"{whole / runs:.2f}", f"{to_the_end:.2f}"]
    cells += [f"{100 * share:.0f} %" for share in shares]
    return f"| {name} | {len(ended)} | {' | '.join(cells)} |"


def best_of_all(bests: Floats) -> int | None:
    """Who is best by a fixed number of seeds: the highest mean, if Wilcoxon's tests agree."""
    filled = np.where(np.isfinite(bests), bests, np.nanmin(bests))
    first = int(filled.mean(axis=0).argmax())
    others = [nth for nth in range(bests.shape[1]) if nth != first]
    p = max(
        np.nan_to_num(signed_rank_p(filled[:, first] - filled[:, nth]), nan=1) for nth in others
    )
    return first if p <= ALPHA else None


def agreement(ended: list[Ended], fixed: list[int | None]) -> str:
    """How the races' verdicts stand to those of all 20 seeds."""
    pairs = list(zip(ended, fixed, strict=True))
    both = sum(one.outcome == BEST and best is not None for one, best in pairs)
    same = sum(one.outcome == BEST and best == one.left[0] for one, best in pairs)
    n = len(pairs)
    named = sum(best is not None for best in fixed), sum(one.outcome == BEST for one in ended)
    return (
        f"Of all strategies, 20 fixed seeds and Wilcoxon's test name a best in {named[0]} of {n} "
        f"tables, the race in {named[1]}; both do in {both}, and name the same one in {same}."
    )


def pool(seeds: int) -> list[Table]:
    """The bests of cheap runs with many seeds, by objective, with a margin to state."""
    study = bb.compare(list(PROBLEMS), list(CHEAP), BUDGET, seeds=seeds)
    tables = []
    for name, rows in study.runs.groupby("objective", sort=False):
        bests = rows.pivot_table(index="seed", columns="strategy", values="best").to_numpy(float)
        way = float(np.nanmax(bests) - rows["start"].median())
        tables.append(Table(str(name), bests, MARGIN * way, len(PROBLEMS)))
    return tables


def is_wrong(ended: Ended, table: Table, strategies: NDArray[np.int64]) -> tuple[bool, bool]:
    """Whether all seeds contradict a verdict: at all, and beyond chance (Wilcoxon at 5 %)."""
    if ended.outcome == UNDECIDED:
        return False, False
    bests = table.bests[:, strategies]
    means = bests.mean(axis=0)
    first, leader = int(means.argmax()), int(ended.left[means[ended.left].argmax()])
    if ended.outcome == BEST or first not in ended.left:
        near = ended.outcome == LEVEL and means[first] - means[leader] <= table.margin
        behind = first != leader and not near
        return behind, behind and signed_rank_p(bests[:, first] - bests[:, leader]) <= ALPHA
    apart = [
        means[leader] - means[nth] > table.margin
        and signed_rank_p(bests[:, leader] - bests[:, nth] - table.margin) <= ALPHA
        for nth in ended.left
    ]
    return bool(np.ptp(means[ended.left]) > table.margin), any(apart)


def against_many(tables: list[Table], orders: int, seed: int) -> Iterator[str]:
    """How often a verdict is wrong, of two strategies, three and all, at most 20 seeds or 100."""
    names = ("strategies", "at most", "within", "races", "times fewer runs", "all runs together")
    yield f"| {' | '.join(names)} | settled | of these wrong | beyond chance |"
    yield "|---" * 9 + "|"
    for size, at_most, part in product((2, 3, len(CHEAP)), (20, 100), (0, 1)):
        rng, rows = np.random.default_rng([seed, size, at_most]), []
        for table in tables:
            stated = replace(table, margin=part * table.margin)
            for _ in range(orders):
                strategies = rng.choice(table.bests.shape[1], size, replace=False)
                order = rng.permutation(len(table.bests))[:at_most]
                bests = table.of(order, strategies)
                ended = raced(bests, margin=stated.margin, at_most=len(order))
                rows.append((ended, *is_wrong(ended, stated, strategies)))
        races, wrong, refuted = zip(*rows, strict=True)
        runs, whole = sum(one.runs for one in races), sum(one.whole for one in races)
        settled = sum(one.outcome != UNDECIDED for one in races)
        parts = np.array([settled, sum(wrong), sum(refuted)]) / [len(races), *[max(settled, 1)] * 2]
        shares = [f"{100 * share:.1f} %" for share in parts]
        cells = [size, at_most, "1 %" if part else "0", len(races)]
        cells += [f"{np.mean([one.saved for one in races]):.2f}", f"{whole / runs:.2f}", *shares]
        yield f"| {' | '.join(map(str, cells))} |"


def of_equals(races: int, seed: int) -> Iterator[str]:
    """How often a best is named among equals: all of them, and two with others far behind."""
    yield "| strategies | all equal | two equal, the others 3 sd behind |\n|---|---|---|"
    for size in (2, 3, 5, 10):
        rng, shares = np.random.default_rng([seed, size]), []
        for behind in (0.0, 3.0):
            shift = np.where(np.arange(size) < 2, 0.0, -behind)
            drawn = rng.normal(size=(races, 40, size)) + shift
            ended = [raced(bests, at_most=40) for bests in drawn]
            shares.append(np.mean([one.outcome == BEST for one in ended]))
        yield f"| {size} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |"


Stop = Callable[[Floats], tuple[int, int]]
LOOKS = range(6, 21, 2)
RANKED = ((0.1, 0.3), (0.15, 1.0), (0.25, 3.0), (0.5, 50.0))  # part of a stake, and its boldness


def by_signs(d: Floats) -> tuple[int, int]:
    """Bets on the sign: after how many pairs `d [20]` it is told who is better, and who."""
    for n in LOOKS:
        above, below = int((d[:n] > 0).sum()), int((d[:n] < 0).sum())
        won = float(evidence(above, below)), float(evidence(below, above))
        if max(won) >= 2 / ALPHA:
            return n, 1 if won[0] > won[1] else -1
    return LOOKS[-1], 0


def by_ranks(d: Floats) -> tuple[int, int]:
    """Bets on the sign that grow with the rank of a difference among those before: if symmetric."""
    stakes = np.array([[part for part, _ in RANKED]] * 2)
    bold = np.array([boldness for _, boldness in RANKED])
    for nth in range(LOOKS[-1]):
        rank = np.sign(d[nth]) * (np.abs(d[: nth + 1]) <= abs(d[nth])).mean()
        stakes *= 2 / (1 + np.exp(-2 * np.outer([rank, -rank], bold)))
        if nth + 1 in LOOKS and stakes.sum(axis=1).max() >= 2 / ALPHA:
            return nth + 1, 1 if stakes[0].sum() > stakes[1].sum() else -1
    return LOOKS[-1], 0


def in_groups(bound: float) -> Stop:
    """Wilcoxon's statistic at planned looks, with one bound for all of them (Pocock 1977)."""

    def stop(d: Floats) -> tuple[int, int]:
        for n in LOOKS:
            moved = d[:n][d[:n] != 0]
            ranks = rankdata(np.abs(moved))
            z = (np.sign(moved) * ranks).sum() / max(np.sqrt((ranks**2).sum()), 1e-300)
            if abs(z) >= bound:
                return n, int(np.sign(z))
        return LOOKS[-1], 0

    return stop


def pocock(simulations: int, seed: int) -> float:
    """The bound that symmetric differences of no shift cross at any look in 5 % of studies."""
    d = np.random.default_rng([seed, 9]).normal(size=(simulations, LOOKS[-1]))
    crossed = []
    for n in LOOKS:
        ranks = np.abs(d[:, :n]).argsort(axis=1).argsort(axis=1) + 1
        z = (np.sign(d[:, :n]) * ranks).sum(axis=1) / np.sqrt((np.arange(1, n + 1) ** 2).sum())
        crossed.append(np.abs(z))
    return float(np.quantile(np.max(crossed, axis=0), 1 - ALPHA))


def designs(tables: list[Table], orders: int, seed: int) -> Iterator[str]:
    """Three designs for two strategies: seeds until one is named, and how often one is."""
    rng = np.random.default_rng([seed, 7])
    d_of: dict[str, list[Floats]] = {"pairs of the shelf": []}
    for table in tables:
        for _ in range(orders):
            pair = table.of(rng.permutation(20), rng.choice(table.bests.shape[1], 2, replace=False))
            d = pair[:, 0] - pair[:, 1]
            if np.isfinite(d).all():
                d_of["pairs of the shelf"].append(d)
    n = 50 * orders
    for shift in (0.0, 0.5, 1.0, 1.5, 2.0):
        d_of[f"normal, {shift:g} sd apart"] = list(rng.normal(shift, 1, (n, 20)))
    d_of["exponential less its median"] = list(rng.exponential(size=(n, 20)) - np.log(2))
    ways: dict[str, Stop] = {"signs": by_signs, "ranks": by_ranks}
    ways["groups"] = in_groups(pocock(1_000 * orders, seed))
    yield f"| differences | {' | '.join(f'{way}: seeds, named' for way in ways)} |"
    yield "|---" * (len(ways) + 1) + "|"
    for name, several in d_of.items():
        cells = []
        for way in ways.values():
            stops = np.array([way(d) for d in several])
            cells.append(f"{stops[:, 0].mean():.1f}, {100 * (stops[:, 1] != 0).mean():.1f} %")
        yield f"| {name} | {' | '.join(cells)} |"


def of_sequences(samples: int, seed: int) -> Iterator[str]:
    """How often a confidence sequence misses in any round from 6 to 20 seeds, by law."""
    yield "| bests | the mean | the median |\n|---|---|---|"
    for name, law in LAWS.items():
        drawn = law.draw(np.random.default_rng(seed), (20, samples)).T
        missed = []
        for ends_of, truth in (
            (RACED.mean_interval, law.mean),
            (RACED.median_interval, law.median),
        ):
            ends = np.array([[ends_of(bests[:n]) for n in LOOKS] for bests in drawn])
            out = (ends[..., 0] > truth + 1e-12) | (ends[..., 1] < truth - 1e-12)
            missed.append(f"{100 * out.any(axis=1).mean():.1f} %")
        yield f"| {name} | {' | '.join(missed)} |"


def page(orders: int, seeds: int, seed: int) -> Iterator[str]:
    """The page, line by line."""
    tables = shelf()
    yield "# Seeds until settled: what is saved, and how often it is wrong\n"
    given = f"--orders {orders} --seeds {seeds} --seed {seed}"
    yield f"Made by `python tests/campaigns/racing.py {given}`, in rounds of {RULE.step} seeds.\n"
    yield "## The shelf: cells of 20 seeds, in permuted order\n"
    yield "Runs of 20 fixed seeds over those of the race: the mean of the ratios, the ratio of the"
    yield "sums, and that ratio if no race were given up that could not be settled any more. Then"
    yield "how many name a best, or find those left level; the others do not settle."
    yield from of_the_shelf(tables, orders, seed)
    yield f"\n## Against {seeds} seeds\n"
    yield f"{', '.join(CHEAP)} on {', '.join(PROBLEMS)}, {BUDGET} units. A verdict is wrong where"
    yield f"the mean of {seeds} seeds puts another first, or those found level further apart than"
    yield "the margin (`within`: 0, or 1 % of the way from the median start to the best known);"
    yield "beyond chance where Wilcoxon's test agrees. (That who is level is within the margin in"
    yield "three of four seeds, not in half of them, was chosen by these races: with half, up to"
    yield "11 % of verdicts with a margin were wrong.)\n"
    yield from against_many(pool(seeds), 5 * orders, seed)
    yield "\n## A best among equals\n"
    yield "How often one is named, of normal bests, with at most 40 seeds: 5 % are allowed.\n"
    yield from of_equals(50 * orders, seed)
    yield "\n## Three designs for two strategies\n"
    yield "Bets on the sign (`betting.py`); bets that grow with the rank of a difference, right for"
    yield "symmetric ones alone; Wilcoxon's test at planned looks with one bound for all, right for"
    yield "symmetric ones and at most 20 seeds alone. Seeds until one is named (20: none is), and"
    yield "how often. Of the rows with 0 sd and of the exponential ones neither is better.\n"
    yield from designs(tables, orders, seed)
    yield "\n## Confidence sequences\n"
    yield "How often they miss in any of the rounds of 6, 8, ..., 20 seeds: 5 % are allowed. That"
    yield "of a mean is meant for normal bests; that of a median holds whatever the law.\n"
    yield from of_sequences(50 * orders, seed)


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for option, default in (("--orders", 20), ("--seeds", 200), ("--seed", 0)):
        parser.add_argument(option, type=int, default=default)
    asked = parser.parse_args()
    for text in page(asked.orders, asked.seeds, asked.seed):
        print(text, flush=True)


if __name__ == "__main__":
    main()
