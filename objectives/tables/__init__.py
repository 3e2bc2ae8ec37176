"""Regressors on tables: find the row at which a trained model says what one wants to hear.

"Training the network: fixed input + varying weights = output. Finding an input that produces a
certain output: varying input + fixed weights = output" (the forum of 365 Data Science). Judges tell
whether a model that learned from other rows believes what was found, and whether it could be real.
"""

from __future__ import annotations

from typing import Literal

from blackbox.objectives.call_forms import named
from blackbox.objectives.tables import data as tables
from blackbox.objectives.tables import models
from blackbox.objectives.tables.goals import Goal
from blackbox.objectives.tables.user_table import from_table
from blackbox.scoring.objective import Objective

__all__ = ["from_table", "regressor"]

# What a row costs a shipped model, in a batch: declared, so that no clock decides how it is called.
SECONDS = 1e-4


@named("tables.regressor")
def regressor(
    name: str,
    data: str = "diabetes",
    model: str = "network",
    goal: Goal = "max",
    *,
    near: float = 0.0,
    space: Literal["box", "normal"] = "box",
    differentiable: bool = True,
) -> Objective:
    """The output of a regressor over a table's columns: as high as possible, low, or a number.

    `data`: "diabetes" (10 columns; the output, 25 to 346, is explained to a third of its variance)
    or "cancer" (20 columns; 8 to 36, explained to 95 %). `model`: "network", which has a gradient,
    "forest" or "boosting". The judge is of another kind and was trained on other rows; a search
    begins at rows that neither has seen. `near`, `space`, `differentiable`: as in `from_table`.

    Raises ObjectiveError for a table, a model or a goal that is not there.
    """
    table = tables.table(data)
    return from_table(
        models.trained(data, model, "model"),
        table.known,
        goal=goal,
        near=near,
        judge=models.trained(data, models.JUDGE[model], "judge"),
        starts=table.held_out.inputs,
        space=space,
        name=name,
        differentiable=differentiable,
        seconds=SECONDS,
    )
