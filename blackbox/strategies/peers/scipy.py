"""Any optimizer of scipy.optimize that a black box can feed, behind the house's protocol.

P. Virtanen et al.: SciPy 1.0, Nature Methods 2020, doi:10.1038/s41592-019-0686-2.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import optimize

from blackbox.global_state import IsolatedGlobals, Patch
from blackbox.protocol import Array, Brief, Capability, Search
from blackbox.space import Space
from blackbox.spelling import suggestion
from blackbox.strategies.libraries.bridge import Say, bridge
from blackbox.strategies.peers.domain import around, domain
from blackbox.strategies.peers.scipy_loss import ScipyLoss

# How scipy spells each method of `minimize`.
PLAIN = {"nelder_mead": "Nelder-Mead", "powell": "Powell", "cobyla": "COBYLA", "cobyqa": "COBYQA"}
UNBOUNDED = {"bfgs": "BFGS", "cg": "CG", "newton_cg": "Newton-CG"}
BOUNDED = {
    "l_bfgs_b": "L-BFGS-B",
    "slsqp": "SLSQP",
    "tnc": "TNC",
    "trust_constr": "trust-constr",
}
LOCAL = PLAIN | UNBOUNDED | BOUNDED
CLIMBERS = {*UNBOUNDED, *BOUNDED, "basinhopping"}
# shgo is missing: its triangulation visits all 2^d corners of the box before it asks.
NATIVE = {"cobyla", "cobyqa", "slsqp", "trust_constr"}  # these know of constraints
GLOBAL = {"differential_evolution", "direct", "dual_annealing"}
METHODS = sorted({*LOCAL, *CLIMBERS, *GLOBAL})


@dataclass(frozen=True)
class Scipy:
    """`scipy:METHOD` at scipy's defaults (Virtanen et al. 2020, doi:10.1038/s41592-019-0686-2).

    Names are as in scipy or in snake case: `nelder_mead`, `l_bfgs_b`, `dual_annealing`. scipy works
    in prior sd, from the seed's start; where it ends, it is called again from the next start. The
    ends of a space are given as bounds to all that take them; other points, and all on a sphere,
    are moved into the space (the audit counts them), and the slope is that of the moved point.
    Global methods search within 3 sd of the prior's centre where the space has no ends, and of
    their start when called again. An invalid point is told as the worst loss so far.

    Methods that climb get score and gradient in one ask. Not given: Hessians, so their methods are
    missing. Constraints are handed to the four methods that know of such, in units of their sizes
    (with their slopes, where the score's is); the others are told merits. scipy's own differences
    (`differences=True`, the polish of the global methods) step by 1e-8, which a float32 objective
    does not see.
    """

    # The one that `minimize` itself takes where there are bounds.
    method: str = field(default="l_bfgs_b", metadata={"argument": True})
    differences: bool = False  # of scores by scipy, instead of the gradient
    options: Mapping[str, Any] | tuple[tuple[str, Any], ...] = ()  # of a local one: {"rhobeg": 0.5}

    def __post_init__(self) -> None:
        """Refuse a method that scipy does not have, or that takes no slope to estimate."""
        name = self.method.lower().replace("-", "_")
        if name not in METHODS:
            raise ValueError(
                f"scipy has no method {self.method!r} that a black box can feed"
                f"{suggestion(name, METHODS, cutoff=0.4)}"
            )
        if self.differences and name not in CLIMBERS - {"newton_cg"}:
            raise ValueError(
                f"{name} takes no differences: it uses no gradient, or only the objective's own"
            )
        object.__setattr__(self, "method", name)
        object.__setattr__(self, "options", tuple(sorted(dict(self.options).items())))
        if self.options and name not in LOCAL:
            raise ValueError(f"options are for a local method of scipy, and {name} is a global one")

    @property
    def needs(self) -> frozenset[Capability]:
        """The gradient, for a method that climbs it."""
        climbs = self.method in CLIMBERS and not self.differences
        return frozenset({Capability.GRADIENT} if climbs else ())

    @property
    def uses(self) -> frozenset[Capability]:
        """The constraints, for a method that knows of such."""
        return frozenset({Capability.CONSTRAINTS} if self.method in NATIVE else ())

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Call scipy from each start in turn."""

        def loop(say: Say) -> None:
            loss = ScipyLoss(brief, say, order=1 if self.needs else 0)
            ends: Callable[[Space, Array], tuple[Array, Array]] = domain
            for start in brief.starts(rng):
                loss.begin(start)
                self._minimize(loss, start[0], ends(brief.space, start[0]), rng)
                ends = around

        # scipy is handed its generators: it draws from no global one.
        yield from bridge(loop, IsolatedGlobals(None, patches=_patches()))

    def _minimize(
        self, loss: ScipyLoss, start: Array, ends: tuple[Array, Array], rng: np.random.Generator
    ) -> None:
        """One call of scipy, in prior sd; `ends` are for the methods that need some."""
        x0, jac = start / loss.space.scale, True if self.needs else None
        if self.method in GLOBAL:
            bounds = _bounds(ends, loss.space.scale)
            if self.method == "direct":
                optimize.direct(loss, bounds)
            else:
                method: Callable[..., Any] = getattr(optimize, self.method)
                method(loss, bounds, x0=x0, rng=rng)
            return
        bounds = _bounds(loss.space.ends, loss.space.scale)
        if self.method == "basinhopping":
            local = {"jac": jac, "bounds": bounds}
            optimize.basinhopping(loss, x0, minimizer_kwargs=local, rng=rng)
        else:
            bounds = None if self.method in UNBOUNDED else bounds
            warnings.filterwarnings("error", "Unknown solver options")
            optimize.minimize(
                loss,
                x0,
                method=LOCAL[self.method],
                jac=jac,
                bounds=bounds,
                constraints=loss.constraints(self.method) if self.method in NATIVE else (),
                options=dict(self.options),
            )


def _patches() -> list[Patch]:
    """COBYQA holds a lock of its module until it ends; a second run would wait for ever.

    Only one of our runs is ever at work in a process, so that it needs none.
    """
    module = importlib.import_module("scipy.optimize._cobyqa_py")
    return [(module, "COBYQA_LOCK", nullcontext())] if hasattr(module, "COBYQA_LOCK") else []


def _bounds(ends: tuple[Array, Array], scale: Array) -> optimize.Bounds | None:
    """Ends as scipy takes them, in prior sd; None where there are none."""
    lower, upper = ends
    return optimize.Bounds(lower / scale, upper / scale) if np.isfinite(lower).all() else None
