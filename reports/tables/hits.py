"""Which search finds the row at which a regressor says a given value, and who believes it?

    python -m reports.tables.hits --jobs 2      # the runs that are missing, then README.md

A value is hit where the prediction lies within 1 % of the output's standard deviation, and the row,
where a distance from the data has a price, no farther from it than real rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.objectives.tables import data
from blackbox.results.statistics.targets import expected_running_time
from blackbox.results.writing.markdown import to_markdown

HERE = Path(__file__).parent
BUDGET, SEEDS, TOLERANCE = 200, 10, 0.01
GOALS = {"diabetes": 250, "cancer": 25}
OBJECTIVES = {
    "tables.regressor(goal=250)": "diabetes",
    "tables.regressor(goal=250, near=1.0)": "diabetes",
    "tables.regressor(model='forest', goal=250)": "diabetes",
    "tables.regressor(data='cancer', goal=25)": "cancer",
    "tables.regressor(data='cancer', goal=25, near=1.0)": "cancer",
}
STRATEGIES = (
    "random_search",
    "gradient_ascent",
    "lbfgs",
    "cma_es",
    "bayes_opt",
    "nevergrad:NGOpt",
    "auto",
)


def main() -> None:
    """Make the runs that are missing, then the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--jobs", type=int, default=1)
    jobs = parser.parse_args().jobs
    study = bb.compare(
        list(OBJECTIVES), STRATEGIES, BUDGET, SEEDS, jobs=jobs, store=HERE / "runs", name="tables"
    )
    runs = with_hits(study.runs, study.evaluations)
    runs.to_csv(HERE / "runs.csv", index=False, float_format="%.6g")
    (HERE / "README.md").write_text(page(runs), encoding="utf-8", newline="\n")


def with_hits(runs: pd.DataFrame, evaluations: pd.DataFrame) -> pd.DataFrame:
    """One row per run: the cost of its first hit, and what the judges say of its best."""
    least = {name: -(tolerance(table) ** 2) for name, table in OBJECTIVES.items()}
    reached = evaluations[evaluations["score"] >= evaluations["objective"].map(least)]
    key = ["objective", "strategy", "seed"]
    table = runs.join(reached.groupby(key)["cost"].min().rename("hit"), on=key)
    for judge in ("distance", "disagreement"):
        high = {name: bb.objective(name).judges[judge].high for name in OBJECTIVES}
        table[f"off_{judge}"] = table[f"judge_{judge}"] > table["objective"].map(high)
    columns = [*key, "status", "best", "hit", "judge_independent", "judge_miss", "judge_distance"]
    return table[[*columns, "off_distance", "off_disagreement"]]


def tolerance(table: str) -> float:
    """1 % of the standard deviation of a table's output."""
    parts = data.table(table)
    whole = [part.output for part in (parts.model, parts.judge, parts.held_out)]
    return TOLERANCE * float(np.concatenate(whole).std())


def per_strategy(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per strategy of one objective, whoever hits at the lowest cost first."""
    rows = []
    for strategy, cell in runs.groupby("strategy"):
        hit = cell["hit"].fillna(np.inf).to_numpy()
        cost = expected_running_time(hit, np.full(len(hit), float(BUDGET)))
        rows.append(
            {
                "strategy": strategy,
                "hit": f"{np.isfinite(hit).sum()}/{len(hit)}",
                "units to a hit": cost,
                "the judge misses by": cell["judge_miss"].median(),
                "believed": f"{(~cell['off_disagreement']).sum()}/{len(cell)}",
                "distance": cell["judge_distance"].median(),
                "like real rows": f"{(~cell['off_distance']).sum()}/{len(cell)}",
            }
        )
    return pd.DataFrame(rows).sort_values(["units to a hit", "strategy"])


def page(runs: pd.DataFrame) -> str:
    """The answer in words, then a table for each objective."""
    text = [HEAD, *(f"- {line}" for line in answers(runs)), REST]
    for name, table in OBJECTIVES.items():
        objective, group = bb.objective(name), runs[runs["objective"] == name]
        judges = objective.judges
        usual, far = judges["disagreement"].high, judges["distance"].high
        text.append(
            f"\n## `{name}`\n\nA hit is within {tolerance(table):.2g} of {GOALS[table]}; believed "
            f"is a row on which model and judge differ by at most {usual:.3g}, and like real rows "
            f"one no farther than {far:.2f}. {real_rows(objective)}\n"
        )
        text.append(to_markdown(per_strategy(group)))
    return "\n".join(text)


def real_rows(objective: bb.Objective) -> str:
    """What no search at all would find: the known row whose prediction is nearest to the goal."""
    assert objective.codes is not None
    score = objective.evaluate(bb.Ask(objective.codes)).score
    best = objective.codes[[int(np.argmax(score))]]
    miss = objective.judge(objective.decode(best))["miss"][0]
    return (
        f"The best of the {len(score)} known rows misses by {np.sqrt(-score.max()):.2g}, "
        f"the judge on it by {miss:.3g}."
    )


def answers(runs: pd.DataFrame) -> list[str]:
    """What the tables say, objective by objective."""
    lines = []
    for name in OBJECTIVES:
        group = runs[runs["objective"] == name]
        table, hit = per_strategy(group), group[group["hit"].notna()]
        sure = table[table["hit"] == f"{SEEDS}/{SEEDS}"]
        always = ", ".join(
            f"{row.strategy} ({cost:.3g})"
            for row, cost in zip(sure.itertuples(), sure["units to a hit"], strict=True)
        )
        believed, near = (int((~hit[off]).sum()) for off in ("off_disagreement", "off_distance"))
        lines.append(
            f"`{name}`: every seed of {always or 'no strategy'} hits, in brackets the units to a "
            f"hit. Of all {len(group)} runs {len(hit)} hit; the judge believes {believed} of "
            f"these, and misses by {hit['judge_miss'].median():.3g} (median); {near} look like "
            "real rows."
        )
    return lines


HEAD = f"""# A given output of a regressor

Which search finds the row of a table at which a trained regressor says a given value, with how many
evaluations, and does a model of another kind, trained on other rows, believe it? {SEEDS} paired
seeds from rows that neither model has seen, {BUDGET} units each; a gradient costs 1 more than its
score. Made by `python -m reports.tables.hits --jobs 2`.
"""
REST = """
*units to a hit*: what all runs spent until they hit or gave up, per hit. *the judge misses by*: how
far the judge's prediction for the best row lies from the value, median over seeds. *distance*: the
mean distance to the three nearest known rows, in units of what is typical of real rows, median.
`near=1.0` takes one standard deviation of the output for each unit beyond real rows.
"""

if __name__ == "__main__":
    main()
