"""NSGA-II of pymoo, behind the house's protocol.

K. Deb, A. Pratap, S. Agarwal, T. Meyarivan: A fast and elitist multiobjective genetic algorithm:
NSGA-II, IEEE Transactions on Evolutionary Computation 6 (2), 2002, doi:10.1109/4235.996017. The
package: J. Blank, K. Deb: pymoo: multi-objective optimization in Python, IEEE Access 8, 2020,
doi:10.1109/ACCESS.2020.2990567.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.parameters import Choice, Integer, NamedSpace, Parameter
from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Search, Work
from blackbox.space import Space
from blackbox.strategies.libraries.typed import axis_names
from blackbox.strategies.peers.domain import domain

# pymoo's own population, or as many as leave so many generations, and never fewer than these.
POPULATION, GENERATIONS, FEWEST = 100, 40, 20


@dataclass(frozen=True)
class Pymoo:
    """`pymoo:NSGA2`, a genetic algorithm for a Pareto front (Deb et al. 2002).

    At pymoo's defaults, but for the population: theirs is 100, here as many as leave 40 generations
    to the budget if that is less, and at least 20. The first are the seed's starts and draws of the
    prior. A generation is asked at once. Each coordinate lies between the ends of the space, or
    within 3 prior sd (or as far out as the start) where it has none. Of named parameters, real
    ones, whole numbers and choices are variables of pymoo's of these kinds, mated as in its
    MixedVariableGA, and selected as in NSGA-II; logarithms of whole numbers are real, and rounded.

    Every criterion that has a weight counts, in its direction. Constraints are handed over, each in
    units of its size. An invalid point is told as the worst in every criterion, and breaks all
    constraints. On a sphere the asked points are the projections of what was proposed (the audit
    counts them). Where mating makes nothing new, it begins anew. Not given: gradients.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CRITERIA})
    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    # The only one so far.
    algorithm: Literal["NSGA2"] = field(default="NSGA2", metadata={"argument": True})
    popsize: int | None = None  # None: by the budget, see above

    def __post_init__(self) -> None:
        """Refuse settings that it does not have; ask for the package early."""
        if self.algorithm != "NSGA2":
            raise ValueError(f"of pymoo there is NSGA2, not {self.algorithm!r}")
        if self.popsize is not None and self.popsize < 2:
            raise ValueError(f"popsize must be >= 2, not {self.popsize!r}")
        require("pymoo", "pymoo")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask a generation of starts, and breed from it; anew where nothing new comes."""
        isolated, starts = IsolatedGlobals(int(rng.integers(2**32))), brief.starts(rng)
        form, losses = form_of(brief), PymooLosses(brief)
        popsize = self.popsize or _population(brief)
        while True:
            first = np.concatenate(list(islice(starts, popsize)))
            with isolated:
                algorithm = _algorithm(form, losses, first, int(rng.integers(2**31)))
                individuals = algorithm.ask()
            while individuals is not None and len(individuals):
                proposed = form.points([one.X for one in individuals])
                ask = Ask.inside(brief.space, proposed, on_sphere=False)
                # What lies on a sphere, a start say, is not moved by the rounding of a projection.
                points = np.where(ask.moved[:, None], ask.points, proposed)
                answer = yield replace(ask, points=points)
                with isolated:
                    losses.tell(algorithm, individuals, answer)
                    individuals = algorithm.ask()


def _population(brief: Brief) -> int:
    scores = brief.price.affordable(brief.budget, Work(scores=1))
    return int(max(FEWEST, min(POPULATION, scores // GENERATIONS)))


class PymooForm(Protocol):
    """Points as pymoo has them."""

    problem: dict[str, Any]  # what its Problem is made with
    settings: dict[str, Any]  # and its NSGA2

    def points(self, proposed: Sequence[Any]) -> Array:
        """The points `[n, d]` of what it proposes."""
        ...

    def population(self, points: Array) -> Any:
        """Points `[n, d]` as a first generation."""
        ...


def form_of(brief: Brief) -> PymooForm:
    """The form of a brief's space."""
    space = brief.space
    if isinstance(space, NamedSpace) and any(one.size for one in space.named.values()):
        return KindForm(space)
    return CoordinateForm(space, brief.start[0])


class CoordinateForm:
    """An array of all coordinates that are not fixed."""

    def __init__(self, space: Space, start: Array) -> None:
        """Take the ends of a space."""
        lower, upper = domain(space, start)
        self._fixed, self._free = lower, np.flatnonzero(upper > lower)
        ends = {"xl": lower[self._free], "xu": upper[self._free]}
        self.problem: dict[str, Any] = {"n_var": len(self._free), **ends}
        self.settings: dict[str, Any] = {}
        self._low, self._high = ends.values()

    def points(self, proposed: Sequence[Any]) -> Array:
        """Fixed coordinates are put in."""
        points = np.tile(self._fixed, (len(proposed), 1))
        points[:, self._free] = np.array(proposed, float)
        return points

    def population(self, points: Array) -> Any:
        """An array."""
        return np.clip(points[:, self._free], self._low, self._high)


class KindForm:
    """A variable of pymoo's for each named parameter, by its name; a real one lies in [0, 1]."""

    def __init__(self, space: NamedSpace) -> None:
        """Take the kinds of a space."""
        mixed, kinds = require("pymoo.core.mixed", "pymoo"), require("pymoo.core.variable", "pymoo")
        nsga2 = require("pymoo.algorithms.moo.nsga2", "pymoo")
        self._space = space
        self._kinds = dict(zip(axis_names(space), space.named.values(), strict=True))
        variables = {name: _variable(one, kinds) for name, one in self._kinds.items()}
        self.problem: dict[str, Any] = {"vars": variables}
        same = mixed.MixedVariableDuplicateElimination()
        selection = nsga2.TournamentSelection(func_comp=nsga2.binary_tournament)
        mating = mixed.MixedVariableMating(selection=selection, eliminate_duplicates=same)
        self.settings: dict[str, Any] = {"mating": mating, "eliminate_duplicates": same}

    def points(self, proposed: Sequence[Any]) -> Array:
        """Whole numbers and options at the middle of their parts of an axis."""
        columns = [
            np.array([one[name] for one in proposed], float)
            if not _is_numbered(kind)
            else kind.encoded(np.array([one[name] for one in proposed], float))
            for name, kind in self._kinds.items()
        ]
        return self._space.clip(np.stack(columns, 1))

    def population(self, points: Array) -> Any:
        """Rows by name."""
        numbers = self._space.numbers(points)
        rows = [
            {
                name: int(number) if _is_numbered(kind) else float(u)
                for (name, kind), number, u in zip(self._kinds.items(), row, point, strict=True)
            }
            for row, point in zip(numbers, points, strict=True)
        ]
        return require("pymoo.core.population", "pymoo").Population.new(X=rows)


def _is_numbered(one: Parameter) -> bool:
    """Whether it is a variable of whole numbers there, those of its options included."""
    return isinstance(one, Choice) or (isinstance(one, Integer) and not one.log)


def _variable(one: Parameter, kinds: Any) -> Any:
    """pymoo's variable of the same kind."""
    if isinstance(one, Choice):
        return kinds.Choice(options=range(len(one.options)))
    if isinstance(one, Integer) and not one.log:
        return kinds.Integer(bounds=(one.lower, one.upper))
    return kinds.Real(bounds=(0.0, 1.0))


def _algorithm(form: PymooForm, losses: PymooLosses, first: Array, seed: int) -> Any:
    """NSGA-II on a space, which begins at points `[n, d]`."""
    problem = require("pymoo.core.problem", "pymoo").Problem(
        n_obj=losses.n_criteria, n_ieq_constr=losses.n_constraints, **form.problem
    )
    algorithm = require("pymoo.algorithms.moo.nsga2", "pymoo").NSGA2(
        pop_size=len(first), sampling=form.population(first), **form.settings
    )
    never = require("pymoo.core.termination", "pymoo").NoTermination()
    return algorithm.setup(problem, termination=never, seed=seed)


class PymooLosses:
    """What pymoo is told of points: losses, and how far they are beyond constraints."""

    def __init__(self, brief: Brief) -> None:
        """Know no point yet."""
        assert brief.criteria is not None
        self._criteria, constraints = brief.criteria, brief.constraints
        self._sizes = np.array(() if constraints is None else constraints.sizes, float)
        self.n_criteria, self.n_constraints = len(brief.criteria.wanted), len(self._sizes)
        self._worst = np.full(self.n_criteria, -np.inf)

    def tell(self, algorithm: Any, individuals: Any, answer: Answer) -> None:
        """Let an algorithm hear of the points that it had asked for."""
        assert answer.criteria is not None
        lost = -self._criteria.gains(answer.criteria)
        self._worst = np.max([self._worst, *lost[answer.valid]], axis=0)
        worst = np.where(np.isfinite(self._worst), self._worst, 0.0)
        values = {"F": np.where(answer.valid[:, None], lost, worst)}
        if self.n_constraints:  # met where they are <= 0
            beyond = -answer.constraints / self._sizes
            values["G"] = np.where(answer.valid[:, None], beyond, 1.0)
        static = require("pymoo.problems.static", "pymoo").StaticProblem
        algorithm.evaluator.eval(static(algorithm.problem, **values), individuals)
        algorithm.tell(infills=individuals)
