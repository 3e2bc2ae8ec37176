"""Three regressors of a table, trained when they are first asked for; and who judges whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.objectives.tables import data
from blackbox.objectives.training import learning
from blackbox.optional import require
from blackbox.scoring.objective import ObjectiveError

Array = NDArray[np.float64]
Half = Literal["model", "judge"]

HIDDEN = 32
STEPS, LEARNING_RATE = 100, 1e-2
WEIGHT_DECAY = 1.0  # with less, 177 patients are learned by heart
DECIMALS = 6  # of the weights: how cores shared a sum is forgotten
TREES, LEAF = 100, 3

# A model of another kind does not share the blind spots of its own.
JUDGE = {"network": "forest", "forest": "network", "boosting": "network"}


class Network(nn.Module):
    """A perceptron of rows in their own units; smooth (tanh), in double precision."""

    def __init__(self, part: data.Part) -> None:
        """Draw the first weights from torch's generator; take the scales of `part`."""
        super().__init__()
        x, y = part.inputs.to_numpy(float), part.output
        self.layers = nn.Sequential(
            nn.Linear(x.shape[1], HIDDEN),
            nn.Tanh(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.Tanh(),
            nn.Linear(HIDDEN, 1),
        ).double()
        self.center, self.scale = torch.tensor(x.mean(axis=0)), torch.tensor(x.std(axis=0))
        self.mean, self.deviation = float(y.mean()), float(y.std())

    def forward(self, x: Tensor) -> Tensor:
        """The predicted output `[n]` of rows `x` `[n, k]`."""
        deviations: Tensor = self.layers((x - self.center) / self.scale)[:, 0]
        return self.mean + self.deviation * deviations


class Forest:
    """The mean of a random forest's trees, without the threads that cost 20 ms a call."""

    def __init__(self, trees: list[Any]) -> None:
        """Take scikit-learn's trees."""
        self._trees = [tree.tree_ for tree in trees]

    def predict(self, x: Array) -> Array:
        """The predicted output `[n]` of rows `x` `[n, k]`."""
        rows = np.ascontiguousarray(x, np.float32)
        total = np.zeros(len(rows))
        for tree in self._trees:
            total += tree.predict(rows)[:, 0]
        return total / len(self._trees)


@cache
def trained(table: str, kind: str, half: Half) -> Any:
    """The regressor of a `kind` in `KINDS` that saw the model's or the judge's rows of a table.

    It has the same bits in every process of a machine. Raises ObjectiveError for another kind.
    """
    if kind not in KINDS:
        raise ObjectiveError(f"there is no model {kind!r}; known: {', '.join(KINDS)}")
    tables = data.table(table)
    return KINDS[kind](tables.model if half == "model" else tables.judge)


def explained(table: str, kind: str, half: Half) -> float:
    """The share of the held-out rows' variance that a regressor explains (R2)."""
    model, part = trained(table, kind, half), data.table(table).held_out
    x = part.inputs.to_numpy(float)
    if isinstance(model, nn.Module):
        with torch.no_grad():
            predicted = model(torch.tensor(x)).numpy()
    else:
        predicted = model.predict(x)
    return float(1 - ((predicted - part.output) ** 2).mean() / part.output.var())


def _network(part: data.Part) -> Network:
    x = torch.tensor(part.inputs.to_numpy(float))
    y = torch.tensor(part.output)
    recipe = learning.Recipe(
        seed=0,
        epochs=STEPS,
        batch=len(y),
        learning_rate=LEARNING_RATE,
        weight_decay=WEIGHT_DECAY,
    )
    with learning.own_chance(recipe.seed), _one_thread():
        network = Network(part)

        def loss(rows: Tensor) -> Tensor:
            errors: Tensor = (network(x[rows]) - y[rows]) / network.deviation
            return (errors**2).mean()

        learning.learn(network, loss, len(y), recipe)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(weight.round(decimals=DECIMALS))
    return network.requires_grad_(False)


def _forest(part: data.Part) -> Forest:
    ensemble = require("sklearn.ensemble", "digits", "scikit-learn")
    forest = ensemble.RandomForestRegressor(TREES, min_samples_leaf=LEAF, random_state=0)
    return Forest(forest.fit(part.inputs.to_numpy(float), part.output).estimators_)


def _boosting(part: data.Part) -> Any:
    ensemble = require("sklearn.ensemble", "digits", "scikit-learn")
    boosting = ensemble.GradientBoostingRegressor(
        n_estimators=150, max_depth=2, learning_rate=0.05, subsample=0.5, random_state=0
    )
    return boosting.fit(part.inputs.to_numpy(float), part.output)


@contextmanager
def _one_thread() -> Iterator[None]:
    """The last bits of a sum must not depend on how many cores shared it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


KINDS: dict[str, Callable[[data.Part], Any]] = {
    "network": _network,
    "forest": _forest,
    "boosting": _boosting,
}
