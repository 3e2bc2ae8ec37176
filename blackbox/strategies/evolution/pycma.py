"""The package cma behind the house's protocol: its options, its space, its chance, its restarts.

N. Hansen, Y. Akimoto, P. Baudis: CMA-ES/pycma, doi:10.5281/zenodo.2559634.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.plain import plain
from blackbox.protocol import Array, Ask, Brief, Search
from blackbox.space import Space
from blackbox.spelling import did_you_mean
from blackbox.strategies.evolution import evolving
from blackbox.strategies.moves.starting import Beginning

# As given, a dict or pairs; as kept, sorted pairs: hashable, and readable by call form.
Options = Mapping[str, Any] | Iterable[tuple[str, Any]]
DEPRECATED = ("fixed_variables", "scaling_of_variables", "transformation", "typical_x")
# What the house decides itself.
TAKEN = {
    "bounds": "they are those of the space",
    "popsize": "it is a setting of its own",
    "randn": "chance comes from the seed of the run",
    "seed": "it is that of the run",
    "timeout": "a clock would make runs of one seed differ",
    **dict.fromkeys(DEPRECATED, "pycma deprecates it"),
}
DICTS = ("CMA_sampler_options", "vv")  # options that pycma wants as a dict
CLASSES = {  # options that pycma wants as a class: where a class of this name is
    "AdaptSigma": "cma.sigma_adaptation",
    "BoundaryHandler": "cma.boundary_handler",
    "CMA_sampler": "cma.restricted_gaussian_sampler",
}
# With these pycma draws from numpy's global generator too.
GLOBAL_CHANCE = {"AdaptSigma", "CMA_sampler", "integer_variables"}
PLAIN = (bool, int, float, str, type(None))


def settled(options: Options, **taken: str) -> tuple[tuple[str, Any], ...]:
    """Options of pycma as sorted pairs.

    Raises ValueError for a name that pycma does not document, one that is `taken` (with the
    reason), and a value that a study's recipe could not hold.
    """
    defaults = require("cma", "cma").CMAOptions.defaults()
    taken = TAKEN | taken
    pairs: tuple[tuple[str, Any], ...] = _frozen(dict(options))
    for name, _ in pairs:
        if name not in defaults:
            near = did_you_mean(name, defaults, n=5, cutoff=0.4)
            raise ValueError(f"pycma has no option {name!r}{near}")
        if name in taken:
            raise ValueError(f"the option {name!r} cannot be set: {taken[name]}")
    return pairs


def check(sigma0: float, popsize: int | None, restarts: str = "none", start: str = "first") -> None:
    """Refuse settings that pycma would refuse later; ask for the package early."""
    evolving.check(sigma0, popsize, restarts, start)
    require("cma", "cma")


def search(
    brief: Brief,
    rng: np.random.Generator,
    popsize: int | None,
    sigma0: float,
    restarts: str,
    options: Options,
    first: Beginning,
) -> Search:
    """Score each start in turn, then evolve from it until pycma stops."""

    def begin(start: Array, popsize: int, sigma0: float) -> Evolution:
        return Evolution(start, brief.space, rng, popsize, sigma0, options)

    return evolving.search(brief, rng, begin, popsize, sigma0, restarts, first)


class Evolution:
    """A CMAEvolutionStrategy that knows the space, in units of the prior's sd."""

    def __init__(
        self,
        start: Array,
        space: Space,
        rng: np.random.Generator,
        popsize: int,
        sigma0: float,
        options: Options = (),
    ) -> None:
        """Begin at `start [d]`."""
        settings: dict[str, Any] = {
            # Without these two pycma draws from, and seeds, numpy's global generator.
            "randn": lambda *shape: rng.standard_normal(shape),
            "seed": np.nan,
            "verbose": -9,
            "verb_log": 0,
            "popsize": popsize,
        }
        lower, upper = space.ends
        if np.isfinite(lower).any():
            settings["bounds"] = [list(lower / space.scale), list(upper / space.scale)]
        given = {name: _given(name, value) for name, value in dict(options).items()}
        self._space = space
        # Without it every ask would be ten times slower for nothing.
        draws_globally = bool(GLOBAL_CHANCE & set(given))
        self._isolated = (
            IsolatedGlobals(int(rng.integers(2**32))) if draws_globally else nullcontext()
        )
        with self._isolated:
            make = require("cma", "cma").CMAEvolutionStrategy
            self._strategy = make(start / space.scale, sigma0, settings | given)

    @property
    def stopped(self) -> bool:
        """Whether one of pycma's stopping rules holds."""
        return bool(self._strategy.stop())

    @property
    def told(self) -> int:
        """How many scores it has been told."""
        return int(self._strategy.countevals)

    def ask(self) -> Ask:
        """The next generation `[n, d]`, moved into the space."""
        with self._isolated:
            self._asked = self._strategy.ask()
        z = np.array(self._asked) * self._space.scale
        return Ask.inside(self._space, z, on_sphere=False)

    @property
    def mean(self) -> Array:
        """The mean of its distribution `[1, d]`, moved into the space."""
        return self._space.clip(np.array(self._strategy.mean)[None] * self._space.scale)

    def widen(self, factor: float) -> None:
        """Let its step be so much larger."""
        self._strategy.sigma *= factor

    def tell(self, score: Array) -> None:
        """The scores `[n]` of the last generation."""
        with self._isolated:
            self._strategy.tell(self._asked, (-score).tolist())


def _frozen(given: Any) -> Any:
    value = plain(given)
    if isinstance(value, Mapping):
        return tuple(sorted((key, _frozen(inside)) for key, inside in value.items()))
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if type(value) not in PLAIN:
        raise ValueError(f"options are plain numbers, texts, lists or dicts, not {value!r}")
    return value


def _given(name: str, value: Any) -> Any:
    """The value of an option as pycma wants it."""
    if name in CLASSES and isinstance(value, str):
        return getattr(require(CLASSES[name], "cma"), value, value)
    if isinstance(value, tuple):
        return dict(value) if name in DICTS else [_given("", inside) for inside in value]
    return value
