"""What scipy calls: losses and constraints at `x` prior sd, with slopes where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import optimize

from blackbox.protocol import Answer, Array, Ask, Brief
from blackbox.strategies.libraries.bridge import Say
from blackbox.strategies.libraries.losses import Losses

# A constraint is handed over less this share of its size: where it just holds, rounding decides.
INSIDE = 1e-6
REMEMBERED = 8  # points whose constraints, or loss, may still be asked for


@dataclass(frozen=True)
class _At:
    """What is known at a point: the loss, the constraints `[m]`, and their slopes."""

    loss: Any  # with the slope `[d]` behind it at order 1
    margins: Array
    slopes: Array  # [m, d]


class ScipyLoss:
    """What scipy minimises: minus the score at `x` prior sd, with its slope at order 1."""

    def __init__(self, brief: Brief, say: Say, order: Literal[0, 1]) -> None:
        """Nothing is known."""
        self.space, self._say, self._order = brief.space, say, order
        self._sizes = None if brief.constraints is None else np.array(brief.constraints.sizes)
        self._losses = Losses()
        self._start: tuple[Array, _At] | None = None
        self._latest: dict[bytes, _At] = {}

    def begin(self, start: Array) -> None:
        """Score a start `[1, d]`; scipy, which asks for it once more, is not charged again."""
        self._start = start[0] / self.space.scale, self._ask(start)

    def __call__(self, x: Array) -> Any:
        """The loss at `x [d]`, of order 1 with the slope `[d]`."""
        return self._at(x).loss

    def constraints(self, method: str) -> Any:
        """The constraints as this method takes them; none where there are none."""
        if self._sizes is None:
            return ()
        jac: dict[str, Any] = {"jac": lambda x: self._at(x).slopes} if self._order else {}
        if method in ("cobyqa", "trust_constr"):
            return optimize.NonlinearConstraint(lambda x: self._at(x).margins, 0.0, np.inf, **jac)
        return [{"type": "ineq", "fun": lambda x: self._at(x).margins, **jac}]

    def _at(self, x: Array) -> _At:
        assert self._start is not None
        if np.abs(x - self._start[0]).max() < 1e-12:  # scaled to a unit cube and back, perhaps
            return self._start[1]
        if self._sizes is None:
            return self._ask(x[None] * self.space.scale)
        key = x.tobytes()  # scipy asks for the loss and for the constraints, one after the other
        if key not in self._latest:
            while len(self._latest) >= REMEMBERED:
                del self._latest[next(iter(self._latest))]
            self._latest[key] = self._ask(x[None] * self.space.scale)
        return self._latest[key]

    def _ask(self, proposed: Array) -> _At:
        ask = Ask.inside(self.space, proposed, self._order, on_sphere=False)
        answer = self._say(ask)
        loss, (margins, slopes) = self._losses.of(answer)[0], self._margins(ask, proposed, answer)
        if not self._order:
            return _At(loss, margins, slopes)
        return _At((loss, -self._slope(ask, proposed, answer.grad)[0]), margins, slopes)

    def _margins(self, ask: Ask, proposed: Array, answer: Answer) -> tuple[Array, Array]:
        """The constraints `[m]` in units of their sizes, and their slopes `[m, d]`."""
        if self._sizes is None:
            return np.empty(0), np.empty((0, self.space.dim))
        # An invalid point says nothing of them: it meets none.
        margins = np.where(answer.valid[0], answer.constraints[0] / self._sizes - INSIDE, -1.0)
        if not self._order:
            return margins, np.empty((0, self.space.dim))
        grads = answer.constraint_grads[0] / self._sizes[:, None]
        slopes = [self._slope(ask, proposed, grad[None])[0] for grad in grads]
        return margins, np.stack(slopes)

    def _slope(self, ask: Ask, proposed: Array, grad: Array) -> Array:
        """The slope `[1, d]` along `x` of what has this gradient `[1, d]` where it was asked."""
        slope = self.space.tangent(ask.points, grad)
        if self.space.prior == "sphere":  # the projection shrinks steps by radius / norm
            slope = slope * (self.space.radius / np.linalg.norm(proposed))
        elif ask.moved[0]:
            slope = np.where(ask.points == proposed, slope, 0.0)
        return np.asarray(slope * self.space.scale)
