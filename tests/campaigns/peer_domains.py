"""Where is a peer at its best: on all of a normal prior or in a box, given kinds or a cube?

    python -m tests.campaigns.peer_domains [--seeds 10] [--runs FILE] > PAGE

Prints the page. A run that stands in FILE, a table of them, is not made again; the others are added
to it. Half an hour of one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Ask, Brief, Search
from blackbox.results.statistics.intervals import stratified_band
from blackbox.strategies.peers.domain import domain
from blackbox.testing.runs import finished
from blackbox.trace import Status

BUDGETS = (60, 200)
COLUMNS = ["peer", "budget", "problem", "seed", "way", "best"]
PROBLEMS = (
    "perceptron.reconstruction",
    "perceptron.likeness",
    "reports.shelf.problems:regressor",
    "synthetic.levy(d=12, prior='normal')",
    "digits.digit(target=8, reads='picture')",
)
MIXED = tuple(f"tests.campaigns.mixed_problems:{name}" for name in ("plant", "network", "options"))
QUANTILES, CUBE = "quantiles", "cube"
Way: TypeAlias = float | str | None  # sd to each side; None: all of the prior, or kinds of axes


class Peer(NamedTuple):
    """A peer, the ways to tell it where to look, and the one that it is told by default."""

    name: str
    ways: tuple[Way, ...]
    default: Way
    problems: tuple[str, ...] = PROBLEMS
    budgets: tuple[int, ...] = BUDGETS


def peers_of(ways: tuple[Way, ...], default: Way, *names: str, **settings: Any) -> list[Peer]:
    """Peers that are told the same."""
    return [Peer(name, ways, default, **settings) for name in names]


WHOLE, BOXES, KINDS = (None, 3.0, 5.0), (3.0, 5.0, QUANTILES), (None, CUBE)
NAMES = ("NGOpt", "TwoPointsDE", "CMA", "OnePlusOne")
ON_PRIORS = [
    *peers_of(WHOLE, 5.0, *(f"nevergrad:{name}(reach=None)" for name in NAMES)),
    *peers_of(WHOLE, None, "cmaes:CatCMAwM(reach=None)"),
    *peers_of(BOXES, 3.0, "scipy:differential_evolution", "scipy:dual_annealing"),
    *peers_of(BOXES, 3.0, "optuna:CmaEsSampler"),
    *peers_of(BOXES, 3.0, "optuna:TPESampler", budgets=(60,)),
]
OF_KINDS: dict[str, Any] = {"problems": MIXED, "budgets": (60,)}
ON_MIXED = [
    *peers_of(KINDS, CUBE, "nevergrad:NGOpt(typed=True)", **OF_KINDS),
    *peers_of(KINDS, None, *(f"nevergrad:{name}" for name in NAMES[1:]), **OF_KINDS),
    *peers_of(KINDS, None, "cmaes:CatCMAwM", **OF_KINDS),
    *peers_of(KINDS, None, "optuna:CmaEsSampler", "optuna:TPESampler", **OF_KINDS),
]


@dataclass(frozen=True)
class Elsewhere:
    """A strategy that is told of another space: a box of some sd, or the prior's quantiles."""

    name: str
    where: Any  # a way

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Hand its points on to where they belong."""
        space, start, is_unit = brief.space, brief.start, self.where == QUANTILES
        ends = (0, 1) if self.where in (QUANTILES, CUBE) else domain(space, start[0], self.where)
        box = bb.Space.box(ends[0], ends[1], dim=space.dim)
        inner = brief.having(space=box, start=box.clip(space.to_unit(start) if is_unit else start))
        search = registry.strategy(self.name).search(inner, rng)
        message = next(search)
        while True:
            assert isinstance(message, Ask)
            points = space.from_unit(message.points) if is_unit else message.points
            message = search.send((yield replace(message, points=points)))


def best(peer: Peer, way: Way, problem: str, budget: int, seed: int) -> float:
    """The best score of a run."""
    strategy = registry.strategy(peer.name) if way is None else Elsewhere(peer.name, way)
    run = finished(strategy, bb.objective(problem), budget=budget, seed=seed)
    if run.status is Status.FAILED:
        raise RuntimeError(f"{peer.name} in {way} on {problem}: {run.error}")
    return float(np.nanmax(run.recorder.filled()["score"]))


def measured(peers: Sequence[Peer], seeds: int, file: Path | None) -> pd.DataFrame:
    """A row per run: peer, budget, problem, seed, way and best score."""
    done: dict[tuple[Any, ...], float] = {}
    if file is not None and file.exists():
        rows = pd.read_csv(file, dtype={"way": str}, keep_default_na=False)
        done = {tuple(row[:5]): float(row[5]) for row in rows.itertuples(index=False)}
    table = []
    for peer, budget, problem, seed, way in cells(peers, seeds):
        key = (peer.name, budget, problem, seed, str(way))
        if key not in done:
            done[key] = best(peer, way, problem, budget, seed)
            if file is not None:
                row = pd.DataFrame([[*key, done[key]]], columns=COLUMNS)
                row.to_csv(file, mode="a", header=not file.exists(), index=False)
        table.append([*key, done[key]])
    return pd.DataFrame(table, columns=COLUMNS)


def cells(peers: Sequence[Peer], seeds: int) -> Iterator[tuple[Peer, int, str, int, Way]]:
    """Each run that is to be made."""
    for peer in peers:
        yield from product([peer], peer.budgets, peer.problems, range(seeds), peer.ways)


def beats(runs: pd.DataFrame, first: str, second: str) -> str:
    """How often one way finds more than another, with the 95 % interval over seeds."""
    wide = runs.pivot_table(index=["problem", "seed"], columns="way", values="best")
    ahead = wide[first] - wide[second]
    points = ((ahead > 0) + (ahead == 0) / 2).groupby("problem")
    low, high = stratified_band([np.asarray(cell, np.float64)[:, None] for _, cell in points])
    share, ends = 100 * points.mean().mean(), 100 * np.clip([low[0], high[0]], 0, 1)
    return f"{share:.0f} % [{ends[0]:.0f}, {ends[1]:.0f}]"


def in_words(way: str, whole: str) -> str:
    """A way as a heading has it."""
    return {"None": whole, QUANTILES: way, CUBE: "a cube"}.get(way) or f"{float(way):g} sd"


def table(peers: Sequence[Peer], ways: list[str], whole: str, runs: pd.DataFrame) -> Iterator[str]:
    """Mean ranks as Markdown, a row per peer and budget."""
    shown = " | ".join(in_words(way, whole) for way in ways)
    yield f"| peer | scores | {shown} | the default beats the best other |"
    yield f"|---|---|{'---|' * len(ways)}---|"
    for peer in peers:
        for budget in peer.budgets:
            mine = runs[(runs["peer"] == peer.name) & (runs["budget"] == budget)]
            wide = mine.pivot_table(index=["problem", "seed"], columns="way", values="best")
            means = wide.rank(axis=1, ascending=False).mean()
            ranks = {str(way): float(rank) for way, rank in means.items()}
            default = str(peer.default)
            texts = {way: f"{rank:.2f}" for way, rank in ranks.items()}
            texts[default] = f"**{texts[default]}**"
            other = min(set(ranks) - {default}, key=lambda way: (ranks[way], way))
            words = f"{in_words(other, whole)}: {beats(mine, default, other)}"
            cells = " | ".join(texts.get(way, "") for way in ways)
            yield f"| {peer.name.partition('(')[0]} | {budget} | {cells} | {words} |"


def page(
    on_priors: Sequence[Peer], on_mixed: Sequence[Peer], seeds: int, file: Path | None
) -> Iterator[str]:
    """The lines of the page."""
    yield "# Where each peer is at its best\n"
    yield f"Made by `python -m tests.campaigns.peer_domains --seeds {seeds}`.\n"
    yield f"Mean ranks of the best score of {seeds} seeds on each problem, among the ways to tell a"
    yield "peer where to look, from the same starts. In bold the default of its adapter. The last"
    yield "column: in how many pairs of runs the default finds more than the best other way."
    yield "\n## On a normal prior\n"
    yield "All of it, a box of some sd to each side (further out where the start lies there), or a"
    yield "unit cube of quantiles of the prior. Problems:"
    yield f"{', '.join(f'`{name}`' for name in PROBLEMS)}.\n"
    runs = measured(on_priors, seeds, file)
    yield from table(on_priors, ["None", "3.0", "5.0", QUANTILES], "all of it", runs)
    yield "\n## On named parameters\n"
    yield "Parameters of the peer's kinds, or a unit cube of real numbers that are rounded where"
    yield f"they are decoded. Problems: {', '.join(f'`{name}`' for name in MIXED)}.\n"
    runs = measured(on_mixed, seeds, file)
    yield from table(on_mixed, ["None", CUBE], "kinds", runs)


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--runs", type=Path)
    asked = parser.parse_args()
    for line in page(ON_PRIORS, ON_MIXED, asked.seeds, asked.runs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
