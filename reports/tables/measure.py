"""What each search paid for its first hit, and what a second model and the real rows say of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox import study_file
from blackbox.call_form import parse
from blackbox.objectives.tables import data
from blackbox.pages.frames import Table
from blackbox.pages.making import Given

TOLERANCE = 0.01  # of the standard deviation of the output
COLUMNS = ["table", "model", "near", "strategy", "seed", "units", "hits"]
COLUMNS += ["miss", "disagreement", "distance"]  # as the judges say


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: a row per run, a row per question, and the settings."""
    asked = study_file.read(Path(__file__).with_name("study.toml"))
    seeds, strategies = list(asked.seeds), list(asked.strategies)
    if given.small:
        seeds, strategies = seeds[:2], ["lbfgs", "nevergrad:NGOpt"]
    names = [str(name) for name in asked.objectives]
    study = given.compare(names, strategies, asked.budget, seeds, store=".")
    questions = pd.DataFrame([question(name) for name in names])
    key = ["objective", "strategy", "seed"]
    paid = study.evaluations.merge(questions, on="objective")
    first = paid[paid["score"] >= -(paid["tolerance"] ** 2)].groupby(key)["cost"].min()
    runs = study.runs.merge(questions, on="objective").join(first.rename("units"), on=key)
    runs["hits"] = runs["units"].notna().astype(int)
    runs["units"] = runs["units"].fillna(runs["granted"])
    runs = runs.rename(columns=lambda name: name.removeprefix("judge_"))
    return {
        "runs": runs[COLUMNS],
        "questions": questions.drop(columns="objective"),
        "settings": {"budget": asked.budget, "seeds": len(seeds), "tolerance": TOLERANCE},
    }


def question(name: str) -> dict[str, Any]:
    """The settings of an objective, what counts as a hit, and how near the known rows come."""
    asked = {"data": "diabetes", "model": "network", "near": 0.0} | {**parse(name).settings}
    objective, parts = bb.objective(name), data.table(asked["data"])
    output = np.concatenate([part.output for part in (parts.model, parts.judge, parts.held_out)])
    assert objective.codes is not None
    return {
        "objective": name,
        "table": asked.pop("data"),
        **asked,
        "deviation": output.std(),
        "tolerance": TOLERANCE * output.std(),
        "usual": objective.judges["disagreement"].high,
        "far": objective.judges["distance"].high,
        "known_misses_by": np.sqrt(-objective.evaluate(bb.Ask(objective.codes)).score.max()),
    }
