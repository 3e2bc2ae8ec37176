"""The audit: what each strategy did with its budget, its time and its memory, and on what machine.

Frames of runs in, tables out. Users of the peers had to find out by hand that an adapter wasted its
budget, repeated its points or went on for long after it had found its best.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from blackbox.results.statistics.failed_runs import CELL, RUN, as_worst, n_ok

# Means per run.
MEANS = (
    "granted",
    "used",
    "wasted",
    "n_scores",
    "n_gradients",
    "n_duplicate",
    "n_clipped",
    "n_invalid",
    "n_grad_invalid",
    "n_after_best",
)
AUDIT_COLUMNS = (
    *CELL,
    "n_ok",
    *MEANS,
    "after_best_share",
    "thinking_share",
    "evaluation_share",
    "peak_memory_mb",
    "versions",
)
# Where a scorer is noisy, and where there are constraints.
SOME = ("n_confirm", "confirm_cost", "n_feasible")
FACT_COLUMNS = ("kind", "name", "value", "n_runs")
# The parts of a study's seconds: the column of runs that holds them, and by what they are summed.
PARTS = {
    "thinking": ("thinking_seconds", "strategy"),
    "objective": ("evaluation_seconds", "objective"),
}
SECONDS_COLUMNS = ("part", "name", "n_runs", "seconds", "share", "ms_per_score")


def audit(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per objective and strategy: what its runs did with what they were given.

    `granted`, `used`, `wasted` (units), `n_scores`, `n_gradients`, `n_duplicate`, `n_clipped`,
    `n_invalid`, `n_grad_invalid` (gradients that were no finite numbers) and `n_after_best`
    (evaluations after the last improvement) are means per run, and
    `after_best_share` is the mean share of a run's evaluations that came after it.
    `thinking_share` is the time inside the strategy as a share of that and the time inside the
    objective, `evaluation_share` the rest; what the machinery around both takes is in neither.
    `peak_memory_mb` is the highest of its runs: of the whole process, in which other strategies may
    have run at the same time or before. `versions` are the packages that were installed. Where a
    scorer is noisy, `n_confirm` scores per run were asked outside the budget to confirm its best,
    and `confirm_cost` is their price. Where there are constraints, `n_feasible` met all of them.
    """
    rows, noisy = [], [name for name in SOME if name in runs]
    for (objective, strategy), cell in as_worst(runs).groupby(CELL, sort=False):
        row = {"objective": objective, "strategy": strategy, "n_ok": n_ok(cell["ok"])}
        row |= {name: cell[name].sort_values().mean() for name in (*MEANS, *noisy)}
        after = cell["n_after_best"] / cell["n_scores"]
        thinking, evaluation = cell["thinking_seconds"].sum(), cell["evaluation_seconds"].sum()
        shares = pd.Series([thinking, evaluation]) / (thinking + evaluation)
        row |= {"after_best_share": after.sort_values().mean()}
        row |= {"thinking_share": shares[0], "evaluation_share": shares[1]}
        row |= {"peak_memory_mb": cell["peak_memory_mb"].max()}
        rows.append(row | {"versions": _listed(_versions(cell["versions"].dropna()))})
    return pd.DataFrame(rows, columns=[*AUDIT_COLUMNS, *noisy])


def seconds(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per strategy, and one per objective: where the seconds of all runs went.

    Of a strategy those inside it (`part` "thinking"), over all objectives; of an objective those of
    its decoder and scorer together (`part` "objective"), over all strategies. `share` is that of
    all of these, and `ms_per_score` the milliseconds for each score of the same runs. What the
    machinery around both takes, judges and the writing of reports are in neither.
    """
    whole = float(runs[[column for column, _ in PARTS.values()]].sum().sum())
    rows = []
    for part, (column, by) in PARTS.items():
        for name, theirs in runs.groupby(by, sort=False):
            spent, scores = float(theirs[column].sum()), float(theirs["n_scores"].sum())
            share = spent / whole if whole else float("nan")
            per_score = 1e3 * spent / scores if scores else float("nan")
            rows.append((part, str(name), len(theirs), spent, share, per_score))
    return pd.DataFrame(rows, columns=list(SECONDS_COLUMNS))


def facts(runs: pd.DataFrame, recipe: Mapping[str, Any]) -> pd.DataFrame:
    """One row per fact of the study: `kind`, `name`, `value` and of how many runs it is true.

    The recipe by its hash; how each objective was scored (kind `objective NAME`): what the probe
    found out, and how many objects were called beyond those paid for; each machine that runs were
    made on (`machine`, `machine 2`, ...), and each version of each package. Runs are asked, not the
    machine at hand: they may be from others. What was kept before something was recorded counts
    for none.
    """
    rows = [("recipe", "hash", recipe_hash(recipe), len(runs)), *_scoring(runs)]
    machines = Counter(description for description in runs["machine"] if description != "{}")
    for nth, description in enumerate(sorted(machines, key=lambda one: (-machines[one], one)), 1):
        kind = "machine" if nth == 1 else f"machine {nth}"
        rows += [
            (kind, name, text, machines[description])
            for name, text in json.loads(description).items()
        ]
    packages = Counter(
        item for description in runs["versions"] for item in json.loads(description).items()
    )
    rows += [("package", *item, packages[item]) for item in sorted(packages)]
    return pd.DataFrame(rows, columns=FACT_COLUMNS)


def _scoring(runs: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """How the scores of each objective were made, by what its runs tell."""
    rows = []
    for objective, part in runs[runs["scoring"] != "{}"].groupby("objective", sort=False):
        kind = f"objective {objective}"
        counted = Counter(item for text in part["scoring"] for item in json.loads(text).items())
        rows += [(kind, name, value, n) for (name, value), n in counted.items()]
        beyond = float((part["n_called"] - part["n_scores"]).sum())
        share = beyond / max(float(part["n_scores"].sum()), 1.0)
        in_words = f"{beyond:.0f} ({share:.0%} of those paid)"
        rows.append((kind, "objects called beyond those paid", in_words, len(part)))
    return rows


def failures(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that count as the worst of their objective, with the last line of their error."""
    counted = as_worst(runs)
    table = counted[~counted["ok"]].sort_values(RUN)
    shown = {"status": table["status"], "used": table["used"]}
    errors = [_last_line(error) for error in table["error"]]
    return table[RUN].assign(**shown, best=table["found"], error=errors).reset_index(drop=True)


def invalid_points(runs: pd.DataFrame) -> pd.DataFrame:
    """Per objective x strategy how many evaluations had no score, and what the first one said."""
    touched = runs[runs["n_invalid"] > 0].sort_values("seed", kind="stable")
    touched = touched.assign(first=[_last_line(error) for error in touched["error"]])
    cells = touched.groupby(CELL, sort=False)
    table = cells.agg(
        runs=("seed", "size"),
        n_invalid=("n_invalid", "sum"),
        n_scores=("n_scores", "sum"),
        first=("first", "first"),
    )
    return table.reset_index()


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """A fingerprint of what was asked: the same in any process, before and after it was stored.

    >>> recipe_hash({"budget": 5, "seeds": (0, 1)}) == recipe_hash({"seeds": [0, 1], "budget": 5})
    True
    """
    text = json.dumps(recipe, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _last_line(error: object) -> str:
    return str(error).strip().rpartition("\n")[2] if isinstance(error, str) else ""


def _versions(texts: pd.Series[str]) -> dict[str, list[str]]:
    """Package -> all its versions, by name."""
    items = {item for text in set(texts) for item in json.loads(text).items()}
    return {name: sorted(v for n, v in items if n == name) for name in sorted(dict(items))}


def _listed(by_package: Mapping[str, list[str]]) -> str:
    return ", ".join(f"{name} {' or '.join(versions)}" for name, versions in by_package.items())
