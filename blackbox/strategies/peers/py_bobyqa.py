"""Py-BOBYQA, with its restarts where scores are noisy, behind the house's protocol.

C. Cartis, J. Fiala, B. Marteau, L. Roberts: Improving the flexibility and robustness of model-based
derivative-free optimization solvers, ACM Transactions on Mathematical Software 45 (3), 2019,
doi:10.1145/3338517. The package is under the GNU General Public License, version 3 or later: it is
an extra of its own, which this file imports and nothing contains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.protocol import Array, Brief, Capability, Search, Work
from blackbox.space import Space
from blackbox.strategies.libraries.bridge import Say, bridge
from blackbox.strategies.peers.domain import around, domain
from blackbox.strategies.peers.scipy_loss import ScipyLoss


@dataclass(frozen=True)
class PyBobyqa:
    """Quadratic models in a trust region, restarted (Cartis et al. 2019, doi:10.1145/3338517).

    At the package's defaults, in prior sd, from the seed's start; where it ends, it is called again
    from the next start. The ends of a space are handed over, and its box is scaled to the unit
    cube; on a sphere the asked points are the projections of what was proposed (the audit counts
    them). It is told that scores are noisy where they are: then it restarts where its models say
    nothing more, and models are full quadratics, unless their (d + 1)(d + 2) / 2 points are more
    than half of the budget. An invalid point is told as the worst loss so far. Not given:
    gradients, and constraints but as a merit.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    restarts: bool | None = None  # None: where scores are noisy, the package's rule
    everywhere: bool = False  # its search for a global optimum: within 3 sd where there are no ends
    npt: int | None = None  # points of a model; None: 2 d + 1, or all of a quadratic's under noise
    rhobeg: float | None = None  # first radius, prior sd, of a box its width; None: the package's

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing; ask for the package early."""
        if self.npt is not None and self.npt < 2:
            raise ValueError(f"npt must be >= 2, at least d + 1, not {self.npt!r}")
        if self.rhobeg is not None and not 1e-8 < self.rhobeg <= 0.5:
            raise ValueError(f"rhobeg must be above 1e-8 and at most 0.5, not {self.rhobeg!r}")
        require("pybobyqa", "bobyqa")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Call the package from each start in turn."""
        scores = int(brief.price.affordable(brief.budget, Work(scores=1)))

        def loop(say: Say) -> None:
            loss = ScipyLoss(brief, say, order=0)
            ends: Callable[[Space, Array], tuple[Array, Array]] = domain
            for start in brief.starts(rng):
                loss.begin(start)
                self._minimise(loss, brief, start[0], ends(brief.space, start[0]), scores)
                ends = around

        # Restarts draw their directions from numpy's global generator.
        isolated = IsolatedGlobals(int(rng.integers(2**32)))
        yield from bridge(loop, isolated)

    def _minimise(
        self, loss: ScipyLoss, brief: Brief, start: Array, ends: tuple[Array, Array], scores: int
    ) -> None:
        """One call of the package; axes that are fixed are left out."""
        scale, is_noisy = brief.space.scale, brief.noise is not None
        if not self.everywhere:
            ends = brief.space.ends
        lower, upper = (end / scale for end in ends)
        free = np.flatnonzero(upper > lower)
        if not len(free):
            return
        is_bounded = bool(np.isfinite(lower).all())
        x0 = start / scale

        def at(x: Array) -> float:
            full = x0.copy()
            full[free] = x
            return float(loss(full))

        settings: dict[str, Any] = {}
        if self.restarts is not None:
            settings["restarts.use_restarts"] = self.restarts
        require("pybobyqa", "bobyqa").solve(
            at,
            x0[free],
            bounds=(lower[free], upper[free]) if is_bounded else None,
            npt=self._points(len(free), scores, is_noisy),
            rhobeg=self.rhobeg,
            maxfun=max(scores, 1),
            user_params=settings,
            objfun_has_noise=is_noisy,
            seek_global_minimum=self.everywhere,
            scaling_within_bounds=is_bounded,
            do_logging=False,
        )

    def _points(self, axes: int, scores: int, is_noisy: bool) -> int:
        full = (axes + 1) * (axes + 2) // 2
        if self.npt is not None:
            return min(max(self.npt, axes + 1), full)
        return full if is_noisy and full <= scores / 2 else min(2 * axes + 1, full)
