"""Any sampler of optuna that a black box can feed, behind the house's protocol.

T. Akiba et al.: Optuna, a next-generation hyperparameter optimization framework, KDD 2019,
arXiv 1907.10902.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.parameters import Choice, Integer, NamedSpace, Parameter
from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Search
from blackbox.space import Space
from blackbox.spelling import suggestion
from blackbox.strategies.peers.domain import domain

VERSION = 2  # numbers with a prior are handed over as its quantiles

# The others want something else of their user: a finite grid, fixed parameters.
UNFIT = ("BruteForceSampler", "GridSampler")
BEFORE_5 = "constraints"  # the attribute of a trial that holds them, before trials had such


@dataclass(frozen=True)
class Optuna:
    """`optuna:SAMPLER` at optuna's defaults (Akiba et al. 2019, arXiv 1907.10902).

    A study in memory that is asked for one trial at a time and told its score; the seed's start is
    its first trial, and the initial mean of CmaEsSampler. Each coordinate is a float between the
    ends of the space; where it has none, within 3 prior sd (or as far out as the start), since
    optuna needs ends. Named parameters are optuna's own: floats, whole numbers, on a log scale
    where they have one, and categories; a number with a prior is a float from 0 to 1, its quantile,
    so that draws are draws of the prior. Constraints are those of the trials, for the samplers that
    take such: TPESampler, GPSampler and the NSGAs; the others are told merits. On a sphere the
    asked points are the projections of what was proposed (the audit counts them). Invalid points
    are failed trials. Not given: gradients, batches, pruning.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    sampler: str = field(default="TPESampler", metadata={"argument": True})  # create_study's own

    def __post_init__(self) -> None:
        """Refuse a sampler that optuna does not have; ask for the packages early."""
        samplers = _samplers()
        if self.sampler not in samplers:
            raise ValueError(
                f"optuna has no sampler {self.sampler!r} that a black box can feed"
                f"{suggestion(self.sampler, samplers, cutoff=0.4)}"
            )
        if self.sampler == "CmaEsSampler":
            require("cmaes", "optuna")

    @property
    def uses(self) -> frozenset[Capability]:
        """The constraints, for a sampler that knows of such."""
        return frozenset({Capability.CONSTRAINTS} if self._takes("constraints_func") else ())

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Enqueue the start, then ask and tell."""
        require("optuna", "optuna")  # first: importing it sets the level of its log
        isolated = IsolatedGlobals(int(rng.integers(2**32)), quiet=["optuna"])
        start = brief.start[0]
        names = brief.constraints.names if brief.constraints and self.uses else ()
        with isolated:
            study, axes = self._study(brief, int(rng.integers(2**32)))
            study.enqueue_trial(_values(brief.space, start))
            trial = study.ask(axes)
        while True:
            proposed = _point(brief.space, trial.params, axes)
            is_start = trial.number == 0
            moved = Ask.inside(brief.space, proposed, on_sphere=False)
            answer = yield Ask(brief.start[:1]) if is_start else moved
            with isolated:
                _tell(study, trial, answer, names)
                trial = study.ask(axes)

    def _study(self, brief: Brief, seed: int) -> tuple[Any, dict[str, Any]]:
        """The study, and the distribution of each axis by its name."""
        optuna, start = require("optuna", "optuna"), brief.start[0]
        axes = axes_of(brief.space, start, optuna.distributions)
        settings: dict[str, Any] = {"seed": seed}
        if self.sampler == "CmaEsSampler":
            settings["x0"] = _values(brief.space, start)
        if brief.constraints and self.uses and not _has_constraints():
            settings["constraints_func"] = _violations
        sampler = getattr(optuna.samplers, self.sampler)(**settings)
        return optuna.create_study(direction="maximize", sampler=sampler, study_name="run"), axes

    def _takes(self, setting: str) -> bool:
        samplers = require("optuna", "optuna").samplers
        return setting in inspect.signature(getattr(samplers, self.sampler)).parameters


def axes_of(space: Space, start: Array, distributions: Any) -> dict[str, Any]:
    """optuna's distribution of each axis, or of each named parameter, by its name."""
    if not isinstance(space, NamedSpace):
        ends = zip(*domain(space, start), strict=True)
        return {
            _axis(nth): distributions.FloatDistribution(float(low), float(high))
            for nth, (low, high) in enumerate(ends)
        }
    axes: dict[str, Any] = {}
    for name, one in space.named.items():
        if _in_quantiles(one):
            axes[name] = distributions.FloatDistribution(0.0, 1.0)
        elif isinstance(one, Choice):
            axes[name] = distributions.CategoricalDistribution(one.options)
        elif isinstance(one, Integer):
            axes[name] = distributions.IntDistribution(one.lower, one.upper, log=one.log)
        else:
            axes[name] = distributions.FloatDistribution(one.lower, one.upper, log=one.log)
    return axes


def _values(space: Space, point: Array) -> dict[str, Any]:
    """A point `[d]` as optuna's parameters."""
    if isinstance(space, NamedSpace):
        row = space.named.rows(point[None])[0]
        axes = zip(space.named.items(), point, strict=True)
        return {**row} | {name: float(u) for (name, one), u in axes if _in_quantiles(one)}
    return {_axis(nth): float(z) for nth, z in enumerate(point)}


def _point(space: Space, values: dict[str, Any], axes: dict[str, Any]) -> Array:
    """optuna's parameters as a point `[1, d]`."""
    if isinstance(space, NamedSpace):
        kinds = space.named.items()
        as_quantile = [_in_quantiles(one) for _, one in kinds]
        plain = {name: values[name] for name, one in kinds if not _in_quantiles(one)}
        anywhere = space.named.rows(np.full((1, space.dim), 0.5))[0]
        point = space.named.points([{**anywhere, **plain}])
        point[:, as_quantile] = [values[name] for name, one in kinds if _in_quantiles(one)]
        return np.where(as_quantile, space.canonical(point), point)
    return np.array([[values[axis] for axis in axes]])


def _in_quantiles(one: Parameter) -> bool:
    """Whether a parameter is handed over as a quantile of its prior: a number that has one."""
    return one.scale == "prior" and not isinstance(one, Choice)


def _axis(nth: int) -> str:
    return f"z{nth:05d}"


def _tell(study: Any, trial: Any, answer: Answer, names: Sequence[str]) -> None:
    """Tell a score, and each constraint of the `names`, which optuna has met where it is <= 0."""
    if not answer.valid[0]:
        study.tell(trial, state=require("optuna", "optuna").trial.TrialState.FAIL)
        return
    values = (-answer.constraints[0]).tolist() if names else []
    if values and not _has_constraints():
        trial.set_user_attr(BEFORE_5, values)
    for name, value in zip(names, values, strict=True):
        if _has_constraints():
            trial.set_constraint(name, value)
    study.tell(trial, float(answer.score[0]))


def _has_constraints() -> bool:
    """Whether trials have constraints: since optuna 5, where `constraints_func` is deprecated."""
    return "set_constraint" in dir(require("optuna", "optuna").trial.Trial)


def _violations(trial: Any) -> Sequence[float]:
    """What samplers before optuna 5 ask for."""
    values: Sequence[float] = trial.user_attrs[BEFORE_5]
    return values


def _samplers() -> list[str]:
    """The samplers that can be made from a seed alone."""
    samplers = require("optuna", "optuna").samplers
    names = [name for name in samplers.__all__ if name.endswith("Sampler") and name not in UNFIT]
    return [n for n in names if "seed" in inspect.signature(getattr(samplers, n)).parameters]
