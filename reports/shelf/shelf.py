"""The shelf: every strategy on known objectives, and `auto` against its peers on unknown ones.

    python -m reports.shelf.shelf --jobs 2      # all of it; what is finished is left out
    python -m reports.shelf.shelf --page        # the page and its tables only, from the runs

A strategy that does not look at gradients finds the same on an objective and on its twin that hides
them, from the same seeds: it is run on the twin, and stands in both tables.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import blackbox as bb
from blackbox.results.statistics.ranking import ranks
from blackbox.results.writing.markdown import to_markdown

HERE = Path(__file__).parent
SEEDS = {50: 20, 200: 20, 1000: 20}
PARTS = ("shown", "hidden", "auto")
TUNERS = ("finetune_decoder", "finetune_decoder(learning='reward')")

# Objective -> the twin that hides its gradient. `auto` was tuned on objectives of these families.
KNOWN = {
    "digits.thickness": "digits.thickness(differentiable=False)",
    "digits.digit(target=8, reads='picture')": (
        "digits.digit(target=8, reads='picture', differentiable=False)"
    ),
    "synthetic.rosenbrock(d=8)": "synthetic.rosenbrock(d=8, differentiable=False)",
    "synthetic.ackley(d=40, prior='normal')": (
        "synthetic.ackley(d=40, prior='normal', differentiable=False)"
    ),
}
PICTURE = "digits.digit(target=8, reads='picture')"
# `auto` was not tuned on these.
NEW = ("levy(d=12)", "styblinski_tang(d=20)", "griewank(d=30)")
NEW_AT_THEIR_DEFAULTS = ("reconstruction", "likeness", "regressor")
HIDDEN = "differentiable=False"
UNKNOWN = {
    f"reports.shelf.problems:{name}": f"reports.shelf.problems:{name[:-1]}, {HIDDEN})"
    for name in NEW
} | {
    f"reports.shelf.problems:{name}": f"reports.shelf.problems:{name}({HIDDEN})"
    for name in NEW_AT_THEIR_DEFAULTS
}

# What reads gradients, and what never does. `auto`, which takes what it is offered, runs on both.
CLIMBERS = (
    "gradient_ascent",
    "multi_start",
    "lbfgs",
    "langevin",
    "basin_cma",
    "generator_network",
    "bayes_opt(gradients=True)",
)
OTHERS = (
    "random_search",
    "sobol_search",
    "hill_climb",
    "one_plus_one",
    "nelder_mead",
    "pcn",
    "zeroth_order",
    "guided_es",
    "chained_zeroth_order",
    "hybrid_zeroth_order",
    "cma_es",
    "cma_es(restarts='bipop')",
    "sep_cma_es",
    "sphere_cma_es",
    "snes",
    "differential_evolution",
    "particle_swarm",
    "bayes_opt",
    "turbo",
    "conditional_generator",
    "restarts",
    "chain",
    "guarded",
)
# Of ours, on the problems that are new to `auto`.
SOME_CLIMBERS = ("gradient_ascent", "multi_start", "lbfgs")
SOME_OTHERS = ("random_search", "zeroth_order", "cma_es", "turbo")
PEERS_THAT_CLIMB = ("scipy:L-BFGS-B", "scipy:SLSQP", "scipy:basinhopping")
PEERS = (
    "nevergrad:NGOpt",
    "nevergrad:TwoPointsDE",
    "nevergrad:CMA",
    "optuna:TPESampler",
    "optuna:CmaEsSampler",
    "scipy:COBYLA",
    "scipy:COBYQA",
    "scipy:Powell",
    "scipy:Nelder-Mead",
    "scipy:dual_annealing",
)
# Seconds an iteration make hours of 20 seeds: beyond this budget they are left out. `botorch_loop`,
# Ax and optuna's GPSampler model the same process as `bayes_opt`: see reports/speed.
MOST = {
    "bayes_opt": 200,
    "turbo": 200,
    "bayes_opt(gradients=True)": 50,
    "conditional_generator": 200,
    "optuna:TPESampler": 200,
    "optuna:CmaEsSampler": 200,
}

KEPT = (
    "objective",
    "strategy",
    "seed",
    "status",
    "used",
    "best",
    "best_cost",
    "thinking_seconds",
    "evaluation_seconds",
    "n_scores",
    "n_gradients",
    "n_invalid",
    "n_duplicate",
    "n_clipped",
)


def main() -> None:
    """Make the runs that are missing, then the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--budgets", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--parts", nargs="+", default=[*PARTS, "decoder"])
    parser.add_argument("--page", action="store_true", help="make no runs")
    given = parser.parse_args()
    if not given.page:
        warnings.simplefilter("ignore")  # peers warn of their own business
        for budget in given.budgets:
            for what in ("known", "unknown"):
                make(what, budget, given.jobs, given.parts)
    page()


def make(what: str, budget: int, jobs: int, parts: Sequence[str]) -> None:
    """The runs of one budget on the known or the unknown objectives, twins included."""
    twins = KNOWN if what == "known" else UNKNOWN
    climbers: tuple[str, ...] = CLIMBERS + PEERS_THAT_CLIMB
    others: tuple[str, ...] = OTHERS + PEERS
    if what == "unknown":
        climbers, others = SOME_CLIMBERS + PEERS_THAT_CLIMB, SOME_OTHERS + PEERS
    for objectives, strategies, name in (
        (list(twins), climbers, "shown"),
        (list(twins.values()), others, "hidden"),
        ([*twins, *twins.values()], ("auto",), "auto"),
        ([PICTURE] if what == "known" else [], TUNERS, "decoder"),
    ):
        if name not in parts or not objectives:
            continue
        fitting = [s for s in strategies if budget <= MOST.get(s, budget)]
        store = HERE / "runs" / f"{what}-{budget}-{name}"
        study = bb.compare(objectives, fitting, budget, SEEDS[budget], jobs=jobs, store=store)
        columns = study.runs[[name for name in KEPT if name in study.runs]]
        columns.to_parquet(HERE / f"{store.name}.parquet", index=False)
        print(f"{what} {budget} {name}: {len(study.runs)} runs", file=sys.stderr, flush=True)


def page() -> None:
    """Write README.md and the csv tables from the runs that are there."""
    text = [HEAD]
    for what, twins in (("known", KNOWN), ("unknown", UNKNOWN)):
        for shown in (False, True):
            files = {b: [HERE / f"{what}-{b}-{part}.parquet" for part in PARTS] for b in SEEDS}
            made = [b for b in SEEDS if all(file.exists() for file in files[b])]
            by_budget = {b: ranks(frame(what, b, twins, shown)) for b in made}
            if not by_budget:
                continue
            table = side_by_side(by_budget)
            name = f"{what}-{'with' if shown else 'without'}-gradients"
            pd.concat([t.assign(budget=b) for b, t in by_budget.items()]).to_csv(
                HERE / f"{name}.csv", index=False, float_format="%.4g"
            )
            text += [TITLES[what, shown], to_markdown(table), verdict(by_budget)]
    text += [THROUGH, to_markdown(side_by_side(through_the_decoder()))]
    (HERE / "README.md").write_text("\n".join(text), encoding="utf-8", newline="\n")


def through_the_decoder() -> dict[int, pd.DataFrame]:
    """Ranks on the one known objective whose decoder can be searched through, by budget."""
    name = bb.objective(PICTURE).name
    files = sorted(HERE.glob("known-*-hidden.parquet"))
    tables = {}
    for budget in sorted(int(file.stem.split("-")[1]) for file in files):
        if (HERE / f"known-{budget}-shown.parquet").exists():
            runs = frame("known", budget, KNOWN, shown=True)
            tuned = HERE / f"known-{budget}-decoder.parquet"
            runs = pd.concat([runs, *([pd.read_parquet(tuned)] if tuned.exists() else [])])
            tables[budget] = ranks(runs[runs["objective"] == name])
    return tables


def frame(what: str, budget: int, twins: dict[str, str], shown: bool) -> pd.DataFrame:
    """The runs on the twins; those that never read gradients stand for the shown objective too."""
    climbed, hidden, auto = (
        pd.read_parquet(HERE / f"{what}-{budget}-{name}.parquet") for name in PARTS
    )
    # Where one part has been run from fewer seeds, these are the pairs.
    paired = set.intersection(*(set(part["seed"]) for part in (climbed, hidden, auto)))
    climbed, hidden, auto = (p[p["seed"].isin(paired)] for p in (climbed, hidden, auto))
    names = {
        bb.objective(twin).name: bb.objective(shown_name).name for shown_name, twin in twins.items()
    }
    on_twins = auto["objective"].isin(list(names))
    if not shown:
        return pd.concat([hidden, auto[on_twins]])
    translated = hidden.assign(objective=hidden["objective"].map(names))
    return pd.concat([climbed, translated, auto[~on_twins]])


def side_by_side(by_budget: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """One row per strategy: its mean rank with its interval at each budget, the best first."""
    columns, means = {}, {}
    for budget, table in by_budget.items():
        table = table.set_index("strategy")
        ranks = [f"{r.rank:.1f} [{r.low:.1f}, {r.high:.1f}]" for r in table.itertuples()]
        runs, n = table["n_ok"].iloc[0].split("/")[1], table["n_objectives"].iloc[0]
        title = f"{budget} (of {len(table)}, {int(runs) // n} seeds)"
        columns[title] = pd.Series(ranks, table.index, dtype=object)
        means[budget] = table["rank"] / len(table)
    order = pd.DataFrame(means).mean(axis=1).sort_values().index
    wide = pd.DataFrame(columns).reindex(order).fillna("")
    return wide.rename_axis("strategy").reset_index()


def verdict(by_budget: dict[int, pd.DataFrame]) -> str:
    """Whether `auto` has a better mean rank than each peer, in words."""
    lines = []
    for budget, table in by_budget.items():
        lines.append(f"- {budget} units: {_told(table.set_index('strategy')['rank'])}")
    shares = {b: t.set_index("strategy")["rank"] / len(t) for b, t in by_budget.items()}
    lines.append(f"- over these budgets: {_told(pd.DataFrame(shares).dropna().mean(axis=1))}")
    return "\n".join(lines) + "\n"


def _told(rank: pd.Series) -> str:
    peers = [name for name in rank.index if name.partition(":")[0] in PACKAGES]
    better = [name for name in peers if rank[name] < rank["auto"]]
    level = [name for name in peers if rank[name] == rank["auto"]]
    place = f"behind {', '.join(better)}" if better else "behind no peer"
    place += f", level with {', '.join(level)}" if level else ""
    return f"`auto` is {place} (of {len(peers)})"


PACKAGES = ("nevergrad", "optuna", "scipy")
TITLES = {
    (
        "known",
        False,
    ): "## Without gradients, on objectives of the families that `auto` was tuned on\n",
    ("known", True): "## With gradients, on objectives of the families that `auto` was tuned on\n",
    ("unknown", False): "## Without gradients, on problems that are new to `auto`\n",
    ("unknown", True): "## With gradients, on problems that are new to `auto`\n",
}
THROUGH = """\
## Through the decoder

Some strategies need a scorer that reads decoded objects, or the decoder itself, which one of the
known objectives has: here are the ranks on it alone, gradient shown. Scores end at 0 in float32
there, so that many share a rank.
"""
HEAD = f"""\
# The shelf

Every strategy at its defaults, every peer at its documented ones, paired seeds, one budget for
all: a score costs 1 and its gradient 1 more. Mean rank over objectives and
seeds, 1 is best, with a 95 % bootstrap interval over seeds; ranks at different budgets are among
different numbers of strategies. Made by `python -m reports.shelf.shelf --jobs 2`, which
takes hours, from the parquet files beside it.

A strategy that reads no gradient finds the same with and without; it was run once, and stands in
both tables. Empty cells: an iteration is too slow for so many seeds at that budget. `botorch_loop`,
Ax and optuna's GPSampler are not here: they model what `bayes_opt` models, see
[speed](../speed/README.md).

Known objectives: {", ".join(f"`{name}`" for name in KNOWN)}.
New ones (`problems.py`): {", ".join(f"`{name.partition(':')[2]}`" for name in UNKNOWN)}.
Score is all that counts here. On `digits.thickness` the predictor is exploited without bound by
whoever leaves the prior (see [digits](../digits/report/README.md) for what judges say of that).
"""

if __name__ == "__main__":
    main()
