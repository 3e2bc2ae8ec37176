"""Train a generator once, or search for each instance: after how many instances does it pay?

    python -m reports.generators.generators --jobs 2            # the 8x8 digits
    python -m reports.generators.generators --jobs 2 --mnist    # adds MNIST to the page
    python -m reports.generators.generators --small             # two seeds

An instance is a picture in which the searched classifier sees the target digit. What is finished
is left out when it is run again; `--folder` writes elsewhere.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.results.statistics.intervals import mean_interval
from blackbox.scoring.objective import Objective
from blackbox.trace import Trace
from reports.generators import words
from reports.pages import keep, options, wilson, write

HERE = Path(__file__).parent
TARGET = math.log(0.99)
LAST = 0.1  # the part of a budget that is looked at when a generator has been trained
LOOKED = 20  # of its pictures that judges see, per seed
SEARCHED, SEARCHES = (
    300,
    (
        "gradient_ascent",
        "guarded(strategy='gradient_ascent', guard='sphere')",
        "lbfgs",
        "cma_es",
        "random_search",
    ),
)
FAMILIES = {
    "digits": "digits.digit(target=8, reads='picture')",
    "mnist": "mnist.digit(target=8, reads='picture')",
}
TRAINED = {
    "generator_network": (200, 1000, 5000),
    "generator_network(prior=0.1)": (200, 1000, 5000),
    "finetune_decoder": (200, 1000, 5000),
    "finetune_decoder(learning='reward')": (200, 1000, 5000),
    # Its training makes thousands of scores slow.
    "conditional_generator": (200, 1000),
}


def main(arguments: list[str] | None = None) -> None:
    """Make the runs that are missing, then the tables and the page."""
    given = options(__doc__, arguments, flags=("mnist",))
    folder, family = given.folder or HERE, "mnist" if given.mnist else "digits"
    seeds, few = (2, 2) if given.small else (40, 10)
    each, trained = compared(FAMILIES[family], family, folder, given.jobs, seeds, few, given.small)
    for name, table in (
        ("each", each),
        ("trained", trained),
        ("pays", words.pays(each, trained)),
    ):
        keep(table, folder / f"{family}-{name}.csv")
    read = {
        name: (pd.read_csv(folder / f"{one}-each.csv"), pd.read_csv(folder / f"{one}-trained.csv"))
        for one, name in FAMILIES.items()
        if (folder / f"{one}-each.csv").is_file()
    }
    write(folder, words.page(read, seeds, few))


def compared(
    name: str, family: str, folder: Path, jobs: int, seeds: int, few: int, small: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of searches and that of trained generators on one objective."""
    objective, runs = bb.objective(name), folder / "runs"
    searched = bb.compare(name, SEARCHES, SEARCHED, seeds, jobs=jobs, store=runs / f"{family}-each")
    each = pd.DataFrame([_searched(searched, s, objective) for s in searched.recipe["strategies"]])
    rows = []
    for strategy, budgets in TRAINED.items():
        for budget in budgets[:1] if small else budgets:
            called = "".join(c if c.isalnum() or c == "_" else "-" for c in strategy).strip("-")
            store = runs / f"{family}-{budget}-{called}"
            study = bb.compare(name, strategy, budget, few, jobs=jobs, store=store)
            rows.append(_trained(study, budget, objective))
            print(f"{family}: {strategy}, {budget} units", file=sys.stderr, flush=True)
    return each, pd.DataFrame(rows)


def _searched(study: bb.Comparison, strategy: str, objective: Objective) -> dict[str, object]:
    """What one search pays per instance, and what judges say of the first point that hits."""
    traces = [trace for trace in study.traces if trace.strategy == strategy]
    hits = [np.flatnonzero(trace.valid & (trace.score >= TARGET)) for trace in traces]
    cost = [t.cost()[h[0]] if len(h) else t.used for t, h in zip(traces, hits, strict=True)]
    is_hit = [len(h) > 0 for h in hits]
    share, low, high = wilson(map(float, is_hit))
    seen = [_see(objective, t, h[:1]) for t, h in zip(traces, hits, strict=True) if len(h)]
    return {
        "strategy": strategy,
        "hit": share,
        "hit_low": low,
        "hit_high": high,
        "units": sum(cost) / max(1, sum(is_hit)) if any(is_hit) else math.inf,
        **_judged(objective, [x for x in seen if len(x)]),
        "variety": _variety(np.concatenate(seen)) if seen else math.nan,
    }


def _trained(study: bb.Comparison, budget: int, objective: Objective) -> dict[str, object]:
    """How often the last points of trained generators hit, and what judges say of them."""
    shares, seen = [], []
    for trace in study.traces:
        last = np.flatnonzero(trace.cost() > (1 - LAST) * budget)
        shares.append(float((trace.valid[last] & (trace.score[last] >= TARGET)).mean()))
        seen.append(_see(objective, trace, last[-LOOKED:]))
    low, high = mean_interval(np.array(shares))
    return {
        "strategy": study.traces[0].strategy,
        "budget": budget,
        "hit": float(np.mean(shares)),
        "hit_low": low,
        "hit_high": high,
        **_judged(objective, seen),
        "variety": float(np.mean([_variety(x) for x in seen])),
    }


def _see(objective: Objective, trace: Trace, rows: np.ndarray) -> np.ndarray:
    if not len(rows):
        return np.empty((0, 1))
    data = {i: trace.x.get(int(r)) for i, r in enumerate(rows)}
    return np.asarray(objective.see(trace.z[rows], data))


def _judged(objective: Objective, seen: list[np.ndarray]) -> dict[str, float]:
    """The shares of pictures that most judges, and the harsh one, take for the target."""
    if not seen:
        return {"judged": math.nan, "harsh": math.nan}
    verdicts = objective.judge(torch.from_numpy(np.concatenate(seen)))
    return {"judged": _share(verdicts["digit"]), "harsh": _share(verdicts["harsh"])}


def _share(verdicts: np.ndarray) -> float:
    return float(np.nan_to_num(verdicts).mean())


def _variety(objects: np.ndarray) -> float:
    """The mean root mean square distance of two of these pictures, in units of full ink."""
    flat = objects.reshape(len(objects), -1).astype(float)
    if len(flat) < 2:
        return math.nan
    gaps = np.sqrt(((flat[:, None] - flat[None]) ** 2).mean(axis=2))
    return float(gaps[np.triu_indices(len(flat), 1)].mean())


if __name__ == "__main__":
    main()
