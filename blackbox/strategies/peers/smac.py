"""SMAC3's loop, behind the house's protocol: a Sobol design, then a Gaussian process or a forest.

M. Lindauer et al.: SMAC3: a versatile Bayesian optimization package for hyperparameter
optimization, JMLR 23, 2022, arXiv 2109.09831.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Search, Work
from blackbox.strategies.peers.domain import domain

FACADES = {"process": "BlackBoxFacade", "forest": "HyperparameterOptimizationFacade"}


@dataclass(frozen=True)
class Smac:
    """SMAC3 at its defaults, one trial at a time (Lindauer et al. 2022, arXiv 2109.09831).

    `model="process"` is the facade that its documentation has for few continuous axes, a Gaussian
    process; `"forest"` the one for many or mixed ones. The seed's start is told first, as a trial
    of one's own; then its own Sobol design follows. Each coordinate lies between the ends of the
    space; where it has none, within 3 prior sd (or as far out as the start). On a sphere the asked
    points are the projections of what was proposed (the audit counts them). An invalid point is
    told as crashed. Not given: gradients, batches. A step by the process takes seconds.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    model: Literal["process", "forest"] = "process"
    initial: int | None = None  # configurations before the first model; None: SMAC decides

    def __post_init__(self) -> None:
        """Refuse settings that SMAC does not have; ask for the package early."""
        if self.model not in FACADES:
            raise ValueError(f"model must be one of {', '.join(FACADES)}, not {self.model!r}")
        if self.initial is not None and self.initial < 1:
            raise ValueError(f"initial must be >= 1, not {self.initial!r}")
        require("smac", "smac")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Tell the start, then ask and tell."""
        isolated = IsolatedGlobals(int(rng.integers(2**32)), quiet=["smac"])
        seed = int(rng.integers(2**31))
        names = [f"z{nth:05d}" for nth in range(brief.space.dim)]
        # SMAC writes its history to disk and has no setting that stops it.
        with tempfile.TemporaryDirectory() as folder:
            with isolated:
                smac = self._facade(brief, names, seed, folder)
                trial = smac.ask()  # of its design; told second
                start = _start(smac, names, brief.start[0], trial.seed)
            answer = yield Ask(brief.start[:1])
            with isolated:
                smac.tell(start, _told(answer))
            while True:
                proposed = np.array([[float(trial.config[name]) for name in names]])
                answer = yield Ask.inside(brief.space, proposed, on_sphere=False)
                with isolated:
                    smac.tell(trial, _told(answer))
                    trial = smac.ask()

    def _facade(self, brief: Brief, names: list[str], seed: int, folder: str) -> Any:
        smac, spaces = require("smac", "smac"), require("ConfigSpace", "smac")
        facade = getattr(smac, FACADES[self.model])
        ends = zip(*domain(brief.space, brief.start[0]), strict=True)
        configurations = spaces.ConfigurationSpace(seed=seed)
        configurations.add(
            spaces.Float(name, (float(low), float(high)))
            for name, (low, high) in zip(names, ends, strict=True)
        )
        scores = max(1, int(brief.price.affordable(brief.budget, Work(scores=1))))
        scenario = smac.Scenario(
            configurations,
            n_trials=scores,
            seed=seed,
            deterministic=True,
            output_directory=folder,
        )
        settings = {} if self.initial is None else {"n_configs": self.initial, "max_ratio": 1.0}
        return facade(
            scenario,
            lambda configuration, seed=0: 0.0,  # never called: it is asked and told
            initial_design=facade.get_initial_design(scenario, **settings),
            overwrite=True,
            logging_level=False,
        )


def _start(smac: Any, names: list[str], start: Array, seed: int) -> Any:
    """The seed's start as a trial of SMAC, which takes trials that it did not ask for."""
    values = dict(zip(names, start.tolist(), strict=True))
    configuration = require("ConfigSpace", "smac").Configuration(smac.scenario.configspace, values)
    return require("smac.runhistory", "smac").TrialInfo(configuration, seed=seed)


def _told(answer: Answer) -> Any:
    data = require("smac.runhistory", "smac")
    if answer.valid[0]:
        return data.TrialValue(cost=-float(answer.score[0]))
    return data.TrialValue(cost=np.inf, status=data.StatusType.CRASHED)
