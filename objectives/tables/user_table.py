"""A regressor of one's own, and the table that it was trained on, as an objective."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from blackbox.objectives.tables.columns import Array, Columns
from blackbox.objectives.tables.goals import Goal, Wish
from blackbox.objectives.tables.nearness import REAL_SHARE, Nearness
from blackbox.scoring.objective import Judge, Objective, ObjectiveError


def from_table(
    model: Any,
    frame: pd.DataFrame,
    *,
    goal: Goal = "max",
    near: float = 0.0,
    judge: Any = None,
    starts: pd.DataFrame | None = None,
    space: Literal["box", "normal"] = "box",
    name: str = "table",
    differentiable: bool = True,
    seconds: float | None = None,
) -> Objective:
    """Find a row of a table at which a trained `model` says `goal`: "max", "min" or a number.

    `model`: anything with `predict` (a scikit-learn pipeline), a torch module (in eval mode, of
    rows `[n, k]`; then there is a gradient), or a function of rows. It is given a DataFrame if it
    was fitted on one, numbers otherwise. `frame`: rows that the model knows, inputs only; its
    columns are the coordinates (see `Columns` for whole numbers, texts and categories), and a
    search begins at rows of `starts`, or of itself. `space`: within the ranges of the columns
    ("box"), or "normal" without an end.

    `near`: what each typical distance beyond the nearest real rows costs, in standard deviations
    of the model's output; 0 lets a search go anywhere. `judge`: another model, best of another
    kind and trained on other rows; what it says is the truth. `differentiable=False` hides the
    gradient; `seconds` is what a row costs, where that is not to be timed. Raises ObjectiveError
    for a table or a goal that cannot be searched.

    >>> table = pd.DataFrame({"width": [1.0, 2, 3, 4, 5], "doors": [2, 4, 4, 2, 5]})
    >>> objective = from_table(lambda x: x[:, 0] * x[:, 1], table, goal=12)
    >>> objective.draw(objective.decode(objective.starts(np.random.default_rng(0), 1)))
    array(['width 5, doors 5'], dtype='<U16')
    """
    wish = Wish(goal, near)
    real = _alike(frame, frame if starts is None else starts)
    columns = Columns.of(frame if starts is None else pd.concat([frame, real]))
    codes, first = columns.points(frame), columns.points(real)
    nearness, says = Nearness(codes), predictor(model, columns)
    x = columns.decode(torch.tensor(first))
    wish = replace(wish, cost=near * float(np.std(_numpy(says, x))))

    def beyond(x: Tensor) -> Tensor:
        return nearness.beyond(columns.standardised(x))

    def criteria(x: Any) -> Any:
        predictions = says(x)
        if wish.cost == 0:
            return predictions
        if isinstance(predictions, Tensor):
            return torch.stack([predictions, beyond(x)], dim=1)
        return np.stack([predictions, beyond(torch.as_tensor(x)).numpy()], axis=1)

    judges = {
        "distance": Judge(lambda x: nearness.distance(columns.standardised(x)), high=nearness.far),
        "outside": Judge(columns.outside, high=0.0),
    }
    if judge is not None:
        judges |= _believers(says, predictor(judge, columns), wish, beyond, x)
    return Objective(
        criteria if wish.cost else says,
        columns.decode,
        columns.space(space),
        name=name,
        judges=judges,
        render=columns.texts,
        starts=lambda rng, m: first[rng.choice(len(first), m, replace=m > len(first))],
        differentiable=None if differentiable else False,
        codes=codes,
        dtype=torch.float64,
        seconds=seconds,
        **wish.settings,
    )


def predictor(model: Any, columns: Columns) -> Callable[[Any], Any]:
    """A trained model as a function of rows `[n, k]`: tensors for a torch module, else arrays.

    Raises ObjectiveError where it is no model.
    """
    if isinstance(model, nn.Module):
        frozen = copy.deepcopy(model).eval().requires_grad_(False)
        home = next(frozen.parameters(), torch.empty(0))

        def answer(x: Any) -> Tensor:
            output: Tensor = frozen(torch.as_tensor(x).to(home.device, home.dtype))
            return (output[:, 0] if output.shape[1:] == (1,) else output).to(torch.float64)

        return answer
    predict = getattr(model, "predict", model)
    if not callable(predict):
        raise ObjectiveError(
            f"a model is a torch module, has `predict` or is a function; found {model!r}"
        )
    named = getattr(model, "feature_names_in_", None) is not None

    def predicted(x: Any) -> Array:
        rows = np.asarray(x, float)
        output = np.asarray(predict(columns.frame(rows) if named else rows), float)
        return output[:, 0] if output.shape[1:] == (1,) else output

    return predicted


def _alike(frame: pd.DataFrame, starts: pd.DataFrame) -> pd.DataFrame:
    """The columns of `frame` in `starts`. Raises ObjectiveError where they are no such tables."""
    for table in (frame, starts):
        if not isinstance(table, pd.DataFrame):
            raise ObjectiveError(f"a table is a pandas DataFrame, not {type(table).__name__}")
    if lacking := [name for name in frame.columns if name not in starts.columns]:
        raise ObjectiveError(f"starts lack the columns {lacking} of the table")
    return starts[list(frame.columns)]


def _believers(
    says: Callable[[Any], Any],
    judge: Callable[[Any], Any],
    wish: Wish,
    beyond: Callable[[Tensor], Tensor],
    real: Tensor,
) -> dict[str, Judge]:
    """Judges that ask another model; `real` rows `[n, k]` tell how far two models may differ."""

    def disagreement(x: Tensor) -> Array:
        return np.abs(_numpy(judge, x) - _numpy(says, x))

    def independent(x: Tensor) -> Array:
        return _numpy(judge, x)

    def truth(x: Tensor) -> Any:
        return wish.truth(_numpy(judge, x), beyond(x).numpy())

    usual = float(np.quantile(disagreement(real), REAL_SHARE))
    judges = {
        "independent": Judge(independent, truth=wish.cost == 0),
        "disagreement": Judge(disagreement, high=usual),
    }
    if wish.cost:
        judges["independent_score"] = Judge(truth, truth=True)
    if (value := wish.value) is not None:
        judges["miss"] = Judge(lambda x: np.abs(_numpy(judge, x) - value))
    return judges


def _numpy(function: Callable[[Any], Any], x: Tensor) -> Array:
    """What a predictor says of rows `[n, k]`, as numbers `[n]`."""
    predictions = function(x)
    numbers: Array = (
        predictions.detach().cpu().numpy() if isinstance(predictions, Tensor) else predictions
    )
    return numbers
