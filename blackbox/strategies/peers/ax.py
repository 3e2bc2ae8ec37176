"""Ax's loop, behind the house's protocol: quasi-random trials, then a Gaussian process of BoTorch.

M. Olson et al.: Ax, a platform for adaptive experimentation, 2025, https://ax.dev; its
model is that of Balandat et al., BoTorch, 2020, arXiv 1910.06403.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.parameters import Choice, Integer, NamedSpace
from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.space import Space
from blackbox.strategies.libraries.typed import axis_names, numbers_of, points_of
from blackbox.strategies.peers.domain import domain

VERSION = 2  # named parameters are handed over by their kinds


@dataclass(frozen=True)
class Ax:
    """Ax's `Client` at its defaults, one trial at a time (Olson et al. 2025, https://ax.dev).

    The seed's start is attached as its first trial. Each coordinate lies between the ends of the
    space; where it has none, within 3 prior sd (or as far out as the start), since Ax needs ends.
    Named parameters are Ax's own: ranges of floats and whole numbers, on a log scale where they
    have one, and choices in no order. On a sphere the asked points are the projections of what was
    proposed (the audit counts them). Invalid points are failed trials. Not given: gradients,
    batches. A step by the model takes a second or more.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    initial: int | None = None  # quasi-random trials before the first model; None: Ax decides

    def __post_init__(self) -> None:
        """Refuse a number of trials that is none; ask for the package early."""
        if self.initial is not None and self.initial < 1:
            raise ValueError(f"initial must be >= 1, not {self.initial!r}")
        with warnings.catch_warnings(action="ignore"):  # of torch, when gpytorch is imported
            require("ax", "ax")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Attach the start, then ask and tell."""
        loggers = [name for name in logging.root.manager.loggerDict if name.startswith("ax.")]
        quiet = ["ax", *loggers]  # each sets its own level
        isolated = IsolatedGlobals(int(rng.integers(2**32)), quiet=quiet)
        names = axis_names(brief.space)
        start = dict(zip(names, numbers_of(brief.space, brief.start[0]), strict=True))
        with isolated:
            client = self._client(brief, int(rng.integers(2**31)))
            trial = client.attach_trial(start)
        ask = Ask(brief.start[:1])
        while True:
            answer = yield ask
            with isolated:
                if answer.valid[0]:
                    client.complete_trial(trial, raw_data={"score": float(answer.score[0])})
                else:
                    client.mark_trial_failed(trial)
                ((trial, parameters),) = client.get_next_trials(max_trials=1).items()
            proposed = points_of(brief.space, [[parameters[name] for name in names]])
            ask = Ask.inside(brief.space, proposed, on_sphere=False)

    def _client(self, brief: Brief, seed: int) -> Any:
        client = require("ax.api.client", "ax").Client(random_seed=seed)
        configs = require("ax.api.configs", "ax")
        client.configure_experiment(parameters_of(brief.space, brief.start[0], configs))
        client.configure_optimization(objective="score")
        if self.initial is not None:
            client.configure_generation_strategy(initialization_budget=self.initial)
        return client


def parameters_of(space: Space, start: Array, configs: Any) -> list[Any]:
    """Ax's parameter of each axis, or of each named parameter."""
    make, names = configs.RangeParameterConfig, axis_names(space)
    if not isinstance(space, NamedSpace):
        ends = zip(names, *domain(space, start), strict=True)
        return [
            make(name=name, parameter_type="float", bounds=(float(low), float(high)))
            for name, low, high in ends
        ]
    made = []
    for name, one in zip(names, space.named.values(), strict=True):
        if isinstance(one, Choice):
            places = list(range(len(one.options)))
            made.append(
                configs.ChoiceParameterConfig(
                    name=name, values=places, parameter_type="int", is_ordered=False
                )
            )
        else:
            kind = "int" if isinstance(one, Integer) else "float"
            scaling = "log" if one.log else None
            bounds = (one.lower, one.upper)
            made.append(make(name=name, parameter_type=kind, bounds=bounds, scaling=scaling))
    return made
