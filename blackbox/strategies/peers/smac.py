"""SMAC3's loop, behind the house's protocol: a Sobol design, then a Gaussian process or a forest.

M. Lindauer et al.: SMAC3: a versatile Bayesian optimization package for hyperparameter
optimization, JMLR 23, 2022, arXiv 2109.09831.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.parameters import Choice, Integer, NamedSpace
from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Search, Work
from blackbox.space import Space
from blackbox.strategies.libraries.typed import axis_names, numbers_of, points_of
from blackbox.strategies.peers.domain import domain

VERSION = 3  # the same search in every process; 2: named parameters by their kinds
FACADES = {"process": "BlackBoxFacade", "forest": "HyperparameterOptimizationFacade"}


@dataclass(frozen=True)
class Smac:
    """SMAC3 at its defaults, one trial at a time (Lindauer et al. 2022, arXiv 2109.09831).

    `model="process"` is the facade that its documentation has for few continuous axes, a Gaussian
    process; `"forest"` the one for many or mixed ones. The seed's start is told first, as a trial
    of one's own; then its own Sobol design follows. Each coordinate lies between the ends of the
    space; where it has none, within 3 prior sd (or as far out as the start). Named parameters are
    ConfigSpace's own: floats, whole numbers, on a log scale where they have one, and categories.
    On a sphere the asked points are the projections of what was proposed (the audit counts them).
    An invalid point is told as crashed. Not given: gradients, batches, constraints (merits are
    told). A step that fits the process takes seconds; `retrain=8`, which SMAC has for its forest,
    fits every eighth time and takes the eight best of what that model proposes.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    model: Literal["process", "forest"] = "process"
    initial: int | None = None  # configurations before the first model; None: SMAC decides
    retrain: int | None = None  # proposals of one model; None: SMAC's 1 by process, 8 by forest

    def __post_init__(self) -> None:
        """Refuse settings that SMAC does not have; ask for the package early."""
        if self.model not in FACADES:
            raise ValueError(f"model must be one of {', '.join(FACADES)}, not {self.model!r}")
        if self.initial is not None and self.initial < 1:
            raise ValueError(f"initial must be >= 1, not {self.initial!r}")
        if self.retrain is not None and self.retrain < 1:
            raise ValueError(f"retrain must be >= 1, not {self.retrain!r}")
        require("smac", "smac")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Tell the start, then ask and tell."""
        # SMAC climbs from the members of a set: by hashes of texts in another order per process.
        stable = [(require("ConfigSpace", "smac").Configuration, "__hash__", lasting_hash)]
        isolated = IsolatedGlobals(int(rng.integers(2**32)), quiet=["smac"], patches=stable)
        seed = int(rng.integers(2**31))
        names = axis_names(brief.space)
        # SMAC writes its history to disk and has no setting that stops it.
        with tempfile.TemporaryDirectory() as folder:
            with isolated, _alone():
                smac = self._facade(brief, seed, folder)
                trial = smac.ask()  # of its design; told second
                start = _start(smac, brief.space, brief.start[0], trial.seed)
            answer = yield Ask(brief.start[:1])
            with isolated, _alone():
                smac.tell(start, _told(answer))
            while True:
                proposed = points_of(brief.space, [[trial.config[name] for name in names]])
                answer = yield Ask.inside(brief.space, proposed, on_sphere=False)
                with isolated, _alone():
                    smac.tell(trial, _told(answer))
                    trial = smac.ask()

    def _facade(self, brief: Brief, seed: int, folder: str) -> Any:
        smac, spaces = require("smac", "smac"), require("ConfigSpace", "smac")
        facade = getattr(smac, FACADES[self.model])
        configurations = spaces.ConfigurationSpace(seed=seed)
        configurations.add(hyperparameters(brief.space, brief.start[0], spaces))
        scores = max(1, int(brief.price.affordable(brief.budget, Work(scores=1))))
        scenario = smac.Scenario(
            configurations,
            n_trials=scores,
            seed=seed,
            deterministic=True,
            output_directory=folder,
        )
        settings = {} if self.initial is None else {"n_configs": self.initial, "max_ratio": 1.0}
        pace = {} if self.retrain is None else {"retrain_after": self.retrain}
        return facade(
            scenario,
            lambda configuration, seed=0: 0.0,  # never called: it is asked and told
            initial_design=facade.get_initial_design(scenario, **settings),
            config_selector=facade.get_config_selector(scenario, **pace),
            overwrite=True,
            logging_level=False,
        )


def lasting_hash(configuration: Any) -> int:
    """The hash of a configuration that is the same in every process."""
    return zlib.crc32(configuration.get_array().tobytes())


@contextmanager
def _alone() -> Iterator[None]:
    """Without the threads of its forest, 642 pools of them in 60 trials, which change no number."""
    with require("joblib", "smac").parallel_config(backend="sequential"):
        yield


def hyperparameters(space: Space, start: Array, kinds: Any) -> list[Any]:
    """ConfigSpace's hyperparameter of each axis, or of each named parameter."""
    names = axis_names(space)
    if not isinstance(space, NamedSpace):
        ends = zip(names, *domain(space, start), strict=True)
        return [kinds.Float(name, (float(low), float(high))) for name, low, high in ends]
    made = []
    for name, one in zip(names, space.named.values(), strict=True):
        if isinstance(one, Choice):
            made.append(kinds.Categorical(name, range(len(one.options))))
        else:
            kind = kinds.Integer if isinstance(one, Integer) else kinds.Float
            made.append(kind(name, (one.lower, one.upper), log=one.log))
    return made


def _start(smac: Any, space: Space, start: Array, seed: int) -> Any:
    """The seed's start as a trial of SMAC, which takes trials that it did not ask for."""
    values = dict(zip(axis_names(space), numbers_of(space, start), strict=True))
    configuration = require("ConfigSpace", "smac").Configuration(smac.scenario.configspace, values)
    return require("smac.runhistory", "smac").TrialInfo(configuration, seed=seed)


def _told(answer: Answer) -> Any:
    data = require("smac.runhistory", "smac")
    if answer.valid[0]:
        return data.TrialValue(cost=-float(answer.score[0]))
    return data.TrialValue(cost=np.inf, status=data.StatusType.CRASHED)
