"""The packages that are timed: each proposes its next point from the same n known ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.global_state import IsolatedGlobals
from blackbox.protocol import Answer
from blackbox.space import Space
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.botorch_loop import BotorchLoop
from blackbox.strategies.bayesian.observations import Observations

Array = NDArray[np.float64]
REPEATS = 2  # steps that count, of each way on each data set

# A way to step, and its seconds: of the fit and of the acquisition, or only of both.
Step = tuple[str, float, float, float]


@dataclass(frozen=True, eq=False)
class Data:
    """Observations points `[n, d]` of a box with their scores `[n]`, and the score of any other."""

    space: Space
    x: Array
    y: Array
    score: Callable[[Array], Array]
    seed: int

    def known(self, n: int) -> Observations:
        """What a strategy of ours knows after the first n points."""
        known = Observations(self.space, "auto")
        known.add(self.x[:n], Answer(score=self.y[:n].copy()))
        return known


def clocked(step: Callable[[], Any]) -> tuple[Any, float]:
    """What a step returns, and its CPU seconds: whoever else works on the machine is left out."""
    begun = time.process_time()
    made = step()
    return made, time.process_time() - begun


def of_bayes_opt(data: Data) -> Iterator[Step]:
    """The two halves of its loop: cold, and from the parameters at one point less."""
    steps, n, rng = BayesOpt().steps, len(data.x), np.random.default_rng(data.seed)
    before, known = steps.model(data.known(n - 1), None), data.known(n)
    for _ in range(REPEATS):
        for name, earlier in (("bayes_opt cold", None), ("bayes_opt", before)):
            model, fit = clocked(partial(steps.model, known, earlier))
            _, acquisition = clocked(partial(steps.propose, model, known, rng))
            yield name, fit, acquisition, fit + acquisition


def of_botorch(data: Data) -> Iterator[Step]:
    """The two halves of its loop: plain, and from the parameters at one point less."""
    strategy, n = BotorchLoop(), len(data.x)
    known, less = data.known(n), data.known(n - 1)
    with IsolatedGlobals(data.seed):
        last = [p.detach() for p in strategy._model(less.u, less.filled, None).parameters()]
        for _ in range(REPEATS):
            for name, begin in (("botorch_loop", None), ("botorch_loop(warm)", last)):
                model, fit = clocked(partial(strategy._model, known.u, known.filled, begin))
                _, acquisition = clocked(partial(strategy._proposed, model, known))
                yield name, fit, acquisition, fit + acquisition


def of_optuna(data: Data) -> Iterator[Step]:
    """`GPSampler` at its defaults. It fits from the last parameters, so the first is dropped."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    low, high = data.space.lower, data.space.upper
    axes: dict[str, optuna.distributions.BaseDistribution] = {
        f"x{k}": optuna.distributions.FloatDistribution(low[k], high[k])
        for k in range(data.space.dim)
    }
    sampler = optuna.samplers.GPSampler(seed=data.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for x, y in zip(data.x.tolist(), data.y.tolist(), strict=True):
        params = dict(zip(axes, x, strict=True))
        study.add_trial(optuna.create_trial(params=params, distributions=axes, value=y))
    for step in range(1 + REPEATS):
        trial, seconds = clocked(lambda: study.ask(axes))
        if step > 0:
            yield "optuna GPSampler", np.nan, np.nan, seconds
        study.tell(trial, float(data.score(np.array([[trial.params[k] for k in axes]]))[0]))


def of_ax(data: Data) -> Iterator[Step]:
    """Ax's `Client` at its defaults: its steps by the model, behind its own first points."""
    from ax.api.client import Client
    from ax.api.configs import RangeParameterConfig

    low, high = data.space.lower, data.space.upper
    client = Client(random_seed=data.seed)
    names = [f"x{k}" for k in range(data.space.dim)]
    client.configure_experiment(
        [
            RangeParameterConfig(name=name, parameter_type="float", bounds=(low[k], high[k]))
            for k, name in enumerate(names)
        ]
    )
    client.configure_optimization(objective="score")
    for x, y in zip(data.x.tolist(), data.y.tolist(), strict=True):
        index = client.attach_trial(dict(zip(names, x, strict=True)))
        client.complete_trial(index, raw_data={"score": y})
    steps = 0
    while steps < REPEATS:
        trials, seconds = clocked(lambda: client.get_next_trials(max_trials=1))
        ((index, params),) = trials.items()
        made_by = client._experiment.trials[index].generator_runs[0]._generation_node_name
        if made_by == "MBM":
            steps += 1
            yield "Ax Client", np.nan, np.nan, seconds
        score = float(data.score(np.array([[params[name] for name in names]]))[0])
        client.complete_trial(index, raw_data={"score": score})
