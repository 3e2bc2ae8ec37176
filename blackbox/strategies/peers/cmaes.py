"""CatCMA with margin of the package `cmaes`, behind the house's protocol.

R. Hamano, M. Nomura, S. Saito, K. Uchida, S. Shirakawa: CatCMA with Margin: stochastic optimization
for continuous, integer, and categorical variables, GECCO 2025, arXiv 2504.07884.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.parameters import Choice, Integer, NamedSpace, Parameter
from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.space import Space
from blackbox.strategies.libraries.losses import Losses
from blackbox.strategies.peers.domain import domain

# Whole numbers of a wider range are sampled as real ones and rounded: a table holds them all.
MOST_STEPS = 1_000
# The package's own first sd, as a share of a range: of a continuous variable, of a discrete one.
CONTINUOUS, DISCRETE = 1 / 12, 1 / 10


@dataclass(frozen=True)
class Cmaes:
    """`cmaes:CatCMAwM`, a mixed CMA-ES (Hamano et al. 2025, arXiv 2504.07884).

    Real parameters, whole numbers and options are the package's continuous, discrete and
    categorical variables, on a log scale where they have one; a whole number of two values is a
    choice, as its documentation says. A latent point is continuous. The first sd are the package's
    (a twelfth of a range, one sd where there is none), around the seed's start; a generation is
    asked at once, and the search begins anew at the next start where it has converged.

    A normal prior has no ends, unless `reach` gives it some: over five latent spaces and ten seeds
    it finds more so than within 5 sd in 66 % of the pairs at 60 scores and 57 % at 200, and
    than within 3 sd in 78 and 75 %. On a sphere the asked points are the projections of what was
    proposed (the audit counts them). An invalid point is told as the worst loss so far. Not given:
    gradients.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    # Of the package, the one for parameters of all kinds at once; no other so far.
    optimizer: Literal["CatCMAwM"] = field(default="CatCMAwM", metadata={"argument": True})
    popsize: int | None = None  # None: 4 + 3 ln d, the package's
    reach: float | None = None  # sd to each side of a prior without ends; None: all of it

    def __post_init__(self) -> None:
        """Refuse settings that it does not have; ask for the package early."""
        if self.optimizer != "CatCMAwM":
            raise ValueError(f"of cmaes there is CatCMAwM, not {self.optimizer!r}")
        if self.popsize is not None and self.popsize < 4:
            raise ValueError(f"popsize must be >= 4, not {self.popsize!r}")
        if self.reach is not None and not self.reach > 0:
            raise ValueError(f"reach must be > 0 or None, not {self.reach!r}")
        require("cmaes", "optuna")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score each start in turn, and evolve from it."""
        losses, isolated = Losses(), IsolatedGlobals(None)  # it draws from a generator of its own
        for start in brief.starts(rng):
            losses.of((yield Ask(start)))
            with isolated:
                variables = Variables(brief.space, start[0], self.reach)
                optimizer = variables.optimizer(self.popsize, int(rng.integers(2**31)))
                stopped = False
            while not stopped:
                with isolated:
                    solutions = [optimizer.ask() for _ in range(optimizer.population_size)]
                proposed = variables.points(solutions)
                answer = yield Ask.inside(brief.space, proposed, on_sphere=False)
                with isolated:
                    optimizer.tell(list(zip(solutions, losses.of(answer), strict=True)))
                    stopped = optimizer.should_stop()


class Variables:
    """Which axes are continuous, which discrete, which categorical, and where they begin."""

    def __init__(self, space: Space, start: Array, reach: float | None) -> None:
        """Sort the axes of a space; each is scaled as it is there: on a log scale, say."""
        self._start, self._ends, self._scale = start, space.ends, space.scale
        if reach is not None:
            self._ends = domain(space, start, reach)
        places = {nth: _places(one) for nth, one in enumerate(_kinds(space))}
        choices = {nth for nth, one in enumerate(_kinds(space)) if _is_choice(one)}
        self._c = {nth: row for nth, row in places.items() if nth in choices}
        self._z = {nth: row for nth, row in places.items() if len(row) and nth not in choices}
        self._x = [nth for nth in range(space.dim) if nth not in {*self._c, *self._z}]

    def optimizer(self, popsize: int | None, seed: int) -> Any:
        """The package's optimizer, whose distribution lies around the start."""
        lower, upper = self._ends
        width = (upper - lower)[self._x] * CONTINUOUS
        wide = np.where(np.isfinite(width), width, self._scale[self._x])
        steps = [np.ptp(row) * DISCRETE for row in self._z.values()]
        return require("cmaes", "optuna").CatCMAwM(
            x_space=[[lower[nth], upper[nth]] for nth in self._x] or None,
            z_space=[row.tolist() for row in self._z.values()] or None,
            c_space=[len(row) for row in self._c.values()] or None,
            mean=self._start[[*self._x, *self._z]],
            cov=np.diag(np.array([*wide, *steps]) ** 2),
            population_size=popsize,
            seed=seed,
        )

    def points(self, solutions: list[Any]) -> Array:
        """The points `[n, d]` of what it proposes."""
        points = np.empty((len(solutions), len(self._start)))
        for point, solution in zip(points, solutions, strict=True):
            if self._x:
                point[self._x] = solution.x
            if self._z:
                point[[*self._z]] = solution.z
            for (nth, row), places in zip(
                self._c.items(), solution.c if self._c else (), strict=True
            ):
                point[nth] = row[np.argmax(places)]
        return points


def _kinds(space: Space) -> list[Parameter]:
    """The parameters of a space; none where it has none."""
    return list(space.named.values()) if isinstance(space, NamedSpace) else []


def _places(one: Parameter) -> Array:
    """Where the whole numbers or options of a parameter lie on its axis; nowhere for a real one."""
    if isinstance(one, Choice):
        return one.encoded(np.arange(len(one.options), dtype=float))
    if isinstance(one, Integer) and one.upper - one.lower < MOST_STEPS:
        return one.encoded(np.arange(one.lower, one.upper + 1, dtype=float))
    return np.empty(0)


def _is_choice(one: Parameter) -> bool:
    """Whether it is categorical, as what takes two values is by the package's advice."""
    return isinstance(one, Choice) or (isinstance(one, Integer) and one.upper - one.lower == 1)
