"""What is searched, by whom, and with how much: each landscape with its gradient, and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BUDGETS = (20, 63, 200, 632, 2000)  # two a decade
SEEDS = 10
SHOWN = {"gradient_ascent": "Adam", "lbfgs": "L-BFGS"}
DIFFERENCES = "Adam on differences"
HIDDEN = {
    # At a small radius: the usual one, 0.05, stops short of where Adam gets.
    "gradient_ascent(gradient='forward', radius=0.001)": DIFFERENCES,
    "zeroth_order": "Adam on a random slope",
    "cma_es": "CMA-ES",
    "sep_cma_es": "CMA-ES, diagonal",
    "random_search": "random search",
    "auto": "portfolio",
    "bayes_opt": "Bayesian optimization",
}
PATIENCE = {"auto": 200, "bayes_opt": 63}  # units up to which they can be waited for
LARGE = 100  # dimensions from which a full covariance is too dear


@dataclass(frozen=True)
class Landscape:
    """An objective whose best score is 0."""

    kind: str
    name: str  # with a gap for what hides its gradient
    dim: int
    seeds: int = SEEDS

    @property
    def label(self) -> str:
        """What tables call it."""
        return f"{self.kind}, d = {self.dim}"

    def reference(self, shown: bool) -> str:
        """The objective's name in call form."""
        return self.name.format("" if shown else ", differentiable=False")

    def strategies(self, budget: int, shown: bool) -> Iterator[str]:
        """Who searches it with such a budget."""
        without = {"sep_cma_es" if self.dim < LARGE else "cma_es"}
        without |= {strategy for strategy, most in PATIENCE.items() if budget > most}
        if self.dim >= LARGE:
            without.add("bayes_opt")
        yield from (one for one in (SHOWN if shown else HIDDEN) if one not in without)


PIXELS = "mnist.digit(target=2, source=7, reads='picture', decoder='none'{})"
LANDSCAPES = (
    *(Landscape("rosenbrock", f"synthetic.rosenbrock(d={d}{{}})", d) for d in (2, 8, 16, 64)),
    Landscape("rastrigin", "synthetic.rastrigin(d=16{})", 16),
    Landscape("picture", "digits.super_resolution(instance=0{})", 16),
    Landscape("pixels", PIXELS, 784, seeds=5),
)
