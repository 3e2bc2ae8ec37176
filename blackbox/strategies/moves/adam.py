"""Adam's step, as a small object that owns its two moments.

D. P. Kingma, J. Ba: Adam, a method for stochastic optimization. ICLR 2015, arXiv 1412.6980; on a
sphere the first moment is carried from tangent space to tangent space by projection, as in
G. Becigneul, O. Ganea: Riemannian adaptive optimization methods. ICLR 2019, arXiv 1810.00760.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blackbox.protocol import Array


@dataclass
class Adam:
    """Algorithm 1 of the paper, turned to ascent; constants are the paper's."""

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    m: float | Array = 0.0
    v: float | Array = 0.0
    t: int = 0

    def step(self, slope: Array, tangent: Callable[[Array], Array] | None = None) -> Array:
        """The displacement `[d]` for the next slope `[d]`, in the slope's own coordinates.

        `tangent` projects on the space of steps, where that is another one after each step.
        """
        self.t += 1
        m = self.m if tangent is None else tangent(np.asarray(self.m))
        self.m = self.beta1 * m + (1 - self.beta1) * slope
        self.v = self.beta2 * self.v + (1 - self.beta2) * slope**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        displacement: Array = self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        return displacement
