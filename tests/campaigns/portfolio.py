"""`auto` beside its peers on composed problems, by halves of the families.

    python -m tests.campaigns.portfolio [--half held-out] [--numbers 1 4 2] [--seeds 2] [--no-more]
        [--write]

Runs that stand in `portfolio.csv` are not made again; --write makes the page and the table that
`bb.recommend` reads. A run counts what its best point is worth without noise; where there are
constraints, the best point that meets them. A search that does not look at its budget runs once,
and is read on the way.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

import blackbox as bb
from blackbox import registry
from blackbox.recommendation import FEATURES, TABLE, features_of, ranking
from blackbox.testing.runs import finished
from tests.campaigns.portfolio_problems import HELD_OUT, TUNED, Problem, problem

ROWS, PAGE = Path(__file__).with_suffix(".csv"), Path(__file__).with_suffix(".md")
BUDGETS = (60, 120, 240, 1000)
LUCK = "random_search"
# How far each is run: `auto` at each budget, the others once, as far as their steps are cheap.
ALONE: dict[str, tuple[int, ...]] = {
    "auto": BUDGETS,
    LUCK: (1000,),
    "cma_es": (1000,),
    "scipy:cobyqa": (1000,),
    "turbo": (240,),
    "optuna:TPESampler": (240,),
    "nevergrad:NGOpt": (240,),
}
HEAD = (
    "Made by `python -m tests.campaigns.portfolio --write`; the rows are in `portfolio.csv`. Ranks",
    "are of the best score after so many scores, 1 is best, among those of a line, over problems",
    "and seeds that all of them have made; the interval is over problems. Families:",
    "`portfolio_problems.py`.",
)
KEY = ["problem", "strategy", "budget", "seed"]
HALVES = {"tuned": list(TUNED), "held-out": list(HELD_OUT)}


def best_of(one: Problem, strategy: str, budget: int, seed: int) -> dict[int, float]:
    """What is found by each budget, in units, up to this one; NaN where nothing counts."""
    run = finished(registry.strategy(strategy), one.objective, budget=budget, seed=seed)
    columns = run.recorder.filled()
    score = np.where(columns["valid"], columns["score"], -np.inf)
    if one.objective.facts.constraints is not None:
        answer = one.objective.evaluate(bb.Ask(np.asarray(columns["z"])))
        score = np.where(answer.feasible, score, -np.inf)
    worth = score if one.truth is None else one.truth(np.asarray(columns["z"]))
    marks = [budget] if strategy == "auto" else [mark for mark in BUDGETS if mark <= budget]
    spent = np.asarray(columns["n_scores"], float) + np.asarray(columns["n_gradients"], float)
    rows = {mark: int(np.argmax(score[spent <= mark])) for mark in marks}
    return {
        m: float(worth[row]) if np.isfinite(score[row]) else math.nan for m, row in rows.items()
    }


def measured(names: Sequence[str], seeds: int, more: bool) -> pd.DataFrame:
    """A row for each problem, strategy, budget and seed: its `best`. None is made twice."""
    frame = pd.read_csv(ROWS) if ROWS.exists() else pd.DataFrame(columns=[*KEY, "best"])
    made = set(frame[KEY].itertuples(index=False, name=None))
    for seed, name in product(range(seeds if more else 0), names):
        one = problem(name)
        for strategy, budgets in ALONE.items():
            for budget in budgets:
                if (name, strategy, budget, seed) not in made:
                    found = best_of(one, strategy, budget, seed)
                    rows = [[name, strategy, mark, seed, best] for mark, best in found.items()]
                    frame = pd.concat([frame, pd.DataFrame(rows, columns=[*KEY, "best"])])
                    frame.to_csv(ROWS, index=False)
    return frame[frame["problem"].isin(names)].drop_duplicates(KEY)


def ranked(frame: pd.DataFrame, budget: int) -> pd.DataFrame:
    """Ranks at a budget, 1 is best: a row per problem and seed that all strategies have made."""
    at = frame[frame["budget"] == budget]
    wide = at.pivot_table(
        index=["problem", "seed"], columns="strategy", values="best", dropna=False
    )
    made = at.assign(n=1).pivot_table(index=["problem", "seed"], columns="strategy", values="n")
    made = made[made["auto"].notna()] if "auto" in made else made
    # Those that were run on most problems; then only what all of them have made.
    made = made.loc[:, made.notna().groupby("problem").any().mean() > 0.7]
    wide = wide.reindex(made.index)
    whole = made.notna().all(axis=1)
    return wide.loc[whole, made.columns].rank(axis=1, ascending=False, na_option="bottom")


def behind(ranks: pd.DataFrame) -> pd.DataFrame:
    """Mean rank of each, how far it is behind `auto`, and the interval of that over problems."""
    away = ranks.sub(ranks["auto"], axis=0).groupby("problem").mean()
    half = 1.96 * away.std(ddof=1) / math.sqrt(len(away))
    return pd.DataFrame({"rank": ranks.mean(), "behind": away.mean(), "half": half}).sort_values(
        "rank"
    )


def listed(ranks: pd.DataFrame) -> str:
    """Mean ranks in their order, and how far each is behind `auto`, as a text."""
    return ", ".join(
        f"`{name}` {row['rank']:.2f}"
        + ("" if name == "auto" else f" ({row['behind']:+.2f} ± {row['half']:.2f})")
        for name, row in behind(ranks).iterrows()
    )


def below_luck(frame: pd.DataFrame, budget: int, strategy: str) -> tuple[list[str], list[float]]:
    """Problems below `random_search` after Holm, and the chance of each (one-sided sign test)."""
    at = frame[frame["budget"] == budget].fillna({"best": -np.inf})
    at = at[at["strategy"].isin([strategy, LUCK])]
    chances = {}
    for name, rows in at.groupby("problem"):
        wide = rows.pivot_table(index="seed", columns="strategy", values="best")
        if len(wide.columns) == 2 and len(pair := wide.dropna()):
            won = np.sign(pair[strategy].to_numpy() - pair[LUCK].to_numpy())
            n = int((won != 0).sum())
            test = stats.binomtest(int((won < 0).sum()), n, alternative="greater") if n else None
            chances[str(name)] = test.pvalue if test else 1.0
    order = sorted(chances, key=lambda one: chances[one])
    rejected = []
    for i, name in enumerate(order):
        if chances[name] > 0.05 / (len(order) - i):
            break
        rejected.append(name)
    return rejected, [chances[name] for name in order]


def kendall(frame: pd.DataFrame) -> Iterator[tuple[int, float, float, int]]:
    """At each budget: tau of what the other families foretell of a problem, and of its halves."""
    table = pd.read_csv(TABLE)
    for budget in BUDGETS:
        foretold, halves = [], []
        for name, ranks in ranked(frame, budget).groupby("problem"):
            family = str(name).rpartition(".")[0]
            row = table[(table["problem"] == name) & (table["budget"] == budget)]
            others = table[table["family"] != family]
            if len(row):
                expected = ranking(others, row.iloc[0][list(FEATURES)], budget)["expected_rank"]
                shared = [s for s in ranks.columns if s in expected.index]
                foretold.append(_tau(expected[shared], ranks[shared].mean()))
                if len(ranks) > 1:
                    halves.append(
                        _tau(ranks[shared].iloc[::2].mean(), ranks[shared].iloc[1::2].mean())
                    )
        yield (
            budget,
            float(np.nanmean(foretold)),
            float(np.nanmean(halves or [np.nan])),
            len(foretold),
        )


def _tau(one: Any, other: Any) -> float:
    return float(stats.kendalltau(one, other).statistic)


def stored(frame: pd.DataFrame) -> pd.DataFrame:
    """What `bb.recommend` reads: of each problem its features, and mean ranks, scaled to 0 to 1."""
    rows = []
    features = {name: features_of(problem(name).objective) for name in frame["problem"].unique()}
    for budget in BUDGETS:
        ranks = ranked(frame, budget)
        scaled = (ranks - 1) / max(ranks.shape[1] - 1, 1)
        for name, mean in scaled.groupby("problem").mean().iterrows():
            row = {"family": str(name).rpartition(".")[0], "problem": name, "budget": budget}
            rows.append(row | features[str(name)] | mean.round(3).to_dict())
    return pd.DataFrame(rows).round(4)


def page(frame: pd.DataFrame, half: str) -> Iterator[str]:
    """The lines of the page about one half of the families."""
    n = frame["problem"].nunique()
    yield f"\n## Families that are {half}: {n} problems\n"
    yield "| budget | problems x seeds | mean rank, and how far behind `auto` it is (95 %) |"
    yield "| ---: | ---: | --- |"
    for budget in BUDGETS:
        ranks = ranked(frame, budget)
        if "auto" not in ranks:
            continue
        yield f"| {budget} | {len(ranks)} | {listed(ranks)} |"
    yield "\nBelow `random_search` by a sign test over paired seeds, and after Holm:\n"
    for budget in BUDGETS:
        names, chances = below_luck(frame, budget, "auto")
        made = frame[(frame["budget"] == budget) & (frame["strategy"] == "auto")]
        those = f": {', '.join(names)}" if names else ""
        most = made.groupby("problem")["seed"].size().max()
        yield (
            f"- at {budget}: {sum(p < 0.05 for p in chances)} of {len(chances)} problems at 0.05 "
            f"alone, {len(names)} after Holm{those}; {most}"
            " seeds at most, and with fewer than 10 Holm's test over these can reject nothing"
        )


def main() -> None:
    """Make what lacks, and the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--half", choices=HALVES, default="held-out")
    parser.add_argument("--numbers", nargs="+", type=int, default=[1, 4, 2])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--no-more", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    names = [f"{f}.{i}" for f, i in product(HALVES[given.half], given.numbers)]
    measured(names, given.seeds, not given.no_more)
    if given.write:
        write()


def write() -> None:
    """The table of `bb.recommend`, and the page, of all rows that are there."""
    frame = pd.read_csv(ROWS)
    stored(frame).to_csv(TABLE, index=False)
    lines = ["# " + str(__doc__).partition("\n")[0], "", *HEAD]
    for half, families in HALVES.items():
        inside = frame[frame["problem"].str.rpartition(".")[0].isin(families)]
        lines += [*page(inside, half)] if len(inside) else []
    lines += ["\n## What the other families foretell (`bb.recommend`)\n"]
    lines += ["Kendall's tau, mean over problems: of the ranking that all other families foretell"]
    lines += [
        "with the ranks of a problem, and of the ranks by its even with those by its odd seeds.\n"
    ]
    for budget, foretold, halves, n in kendall(frame):
        by_halves = "of one seed there are no halves" if math.isnan(halves) else f"{halves:.2f}"
        lines.append(f"- at {budget}: {foretold:.2f} foretold, by halves {by_halves}; {n} problems")
    PAGE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
