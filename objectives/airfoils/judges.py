"""Judges of airfoils: the solver, a larger network, and how far from known airfoils one lies."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.airfoils import xfoil
from blackbox.objectives.airfoils.named import collection
from blackbox.objectives.airfoils.networks import forces
from blackbox.objectives.airfoils.shape import AirFlow
from blackbox.scoring.objective import Judge

# The 5th percentile of held-out airfoils by the largest network, and the 95th of their distances
# to the nearest that the decoder has seen, in standard deviations; they stand in README.md.
LEAST_CONFIDENCE, FARTHEST = 0.754, 5.76


def judges(flow: AirFlow) -> dict[str, Judge]:
    """Those of a flow."""
    return {
        "xfoil": Judge(partial(solved, flow), truth=True),
        "largest_network": Judge(partial(foretold, flow)),
        "confidence": Judge(partial(confidence, flow), low=LEAST_CONFIDENCE),
        "nearest": Judge(nearest, high=FARTHEST),
    }


def solved(flow: AirFlow, shapes: Tensor) -> NDArray[np.float64]:
    """Lift over drag `[n]` by the solver; NaN where it finds no flow."""
    return xfoil.lift_to_drag(shapes.detach().cpu().numpy(), flow)


def foretold(flow: AirFlow, shapes: Tensor) -> Tensor:
    """Lift over drag `[n]` by the largest network."""
    air = forces(shapes, flow, "xxxlarge")
    return air.lift / air.drag


def confidence(flow: AirFlow, shapes: Tensor) -> Tensor:
    """What the largest network thinks of its own answer `[n]`: 0 to 1."""
    return forces(shapes, flow, "xxxlarge").confidence


def nearest(shapes: Tensor) -> NDArray[np.float64]:
    """The least distance in latents `[n]` to an airfoil that the decoder has seen."""
    airfoils = collection()
    z = airfoils.latents(shapes.detach().cpu().numpy())
    seen = airfoils.latents(airfoils.shapes[airfoils.seen])
    return np.array([np.linalg.norm(seen - one, axis=1).min() for one in z])
