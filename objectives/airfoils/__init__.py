"""Airfoils: a network foretells lift over drag, and a flow solver says what is true of it.

The engineer's proxy and truth: 18 numbers are a shape, NeuralFoil's networks of eight sizes are
scorers with slopes, XFOIL is the truth, 100 times as dear and now and then without an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.constraints import Scored
from blackbox.errors import ObjectiveError
from blackbox.objectives.airfoils import xfoil
from blackbox.objectives.airfoils.judges import judges
from blackbox.objectives.airfoils.named import Decoder, collection
from blackbox.objectives.airfoils.networks import SIZES, Size, forces, network
from blackbox.objectives.airfoils.pictures import pictures
from blackbox.objectives.airfoils.shape import AirFlow, gap, thickness
from blackbox.objectives.call_forms import named
from blackbox.scoring.objective import Objective
from blackbox.space import Space
from blackbox.spelling import suggestion

__all__ = ["lift_to_drag"]

# What an airfoil costs, in a batch: declared, so that no clock decides how it is called.
SECONDS, SOLVER_SECONDS = 1e-4, 0.2
RIGHT = 90  # degrees: beyond, the tail meets the flow first


@named("airfoils.lift_to_drag")
def lift_to_drag(
    name: str,
    size: Size = "xxsmall",
    angle: float = 5.0,
    reynolds: float = 1e6,
    *,
    reads: Literal["network", "xfoil"] = "network",
    least_thickness: float = 0.1,
    largest_moment: float = 0.1,
    source: str | None = None,
    differentiable: bool = True,
) -> Objective:
    """Lift over drag of an airfoil at an `angle` in degrees and a Reynolds number, maximised.

    `size`: which of NeuralFoil's eight networks scores (P. Sharpe, arXiv 2503.16323), "xxsmall" to
    "xxxlarge"; `reads="xfoil"`: the solver itself, which has no slope, takes some 0.1 s and may
    find no flow. Constraints: a thickness of `least_thickness` chords, a nose-down moment of at
    most `largest_moment`, and sides that do not cross. The search starts at named airfoils that the
    decoder has not seen, or at the one that is the `source`, such as "naca2412".

    The judge `xfoil` is the truth; `largest_network` is another scorer, `confidence` what the
    largest network thinks of its own answer, `nearest` the distance to the nearest airfoil seen.

    Raises MissingPackage without NeuralFoil's weights or the program, ObjectiveError for a size or
    an airfoil that is not there, and for a flow that is none.
    """
    if size not in SIZES:
        raise ObjectiveError(f"there is no network of size {size!r}{suggestion(size, SIZES)}")
    if reads not in ("network", "xfoil"):
        raise ObjectiveError(f"reads is 'network' or 'xfoil', not {reads!r}")
    if not (reynolds > 0 and np.isfinite(reynolds) and abs(angle) < RIGHT):
        raise ObjectiveError(
            f"a flow has a Reynolds number above 0 and an angle between -{RIGHT} and {RIGHT} "
            f"degrees, not {reynolds!r} and {angle!r}"
        )
    if source is not None:
        collection().shape(source)
    network(size)  # what is missing is told before a search
    xfoil.program()
    flow = AirFlow(angle, reynolds)
    by_network = reads == "network"
    return Objective(
        AirfoilScorer(flow, size if by_network else None, least_thickness, largest_moment),
        Decoder(),
        Space.normal(len(collection().mean)),
        name=name,
        batched=True,
        noise=False,
        judges=judges(flow),
        render=pictures,
        starts=partial(_starts, source),
        codes=collection().latents(collection().held_out()),
        differentiable=differentiable and by_network,
        dtype=torch.float64,
        seconds=SECONDS if by_network else SOLVER_SECONDS,
    )


@dataclass(frozen=True)
class AirfoilScorer:
    """Lift over drag of shapes `[n, 18]` and their margins: by a network, or (None) the solver."""

    flow: AirFlow
    size: Size | None
    least_thickness: float
    largest_moment: float

    def __call__(self, shapes: Tensor) -> Scored:
        """A ratio `[n]`, and margins that are met where they are 0 or more."""
        if self.size is None:
            rows = [xfoil.polar(one, self.flow) for one in shapes.detach().cpu().numpy()]
            lift, drag, moment = torch.tensor(rows, dtype=shapes.dtype).T
        else:
            lift, drag, moment, _ = forces(shapes, self.flow, self.size)
        margins = {
            "thickness": thickness(shapes) - self.least_thickness,
            "moment": torch.nan_to_num(moment) + self.largest_moment,
            "gap": gap(shapes),
        }
        return Scored(lift / drag, constraints=margins)


def _starts(source: str | None, rng: np.random.Generator, m: int) -> NDArray[np.float64]:
    """Latents `[m, 18]` of airfoils that the decoder has not seen, drawn without going back."""
    airfoils = collection()
    if source is not None:
        return np.repeat(airfoils.latents(airfoils.shape(source)[None]), m, axis=0)
    shapes = airfoils.held_out()
    rows = [rng.permutation(len(shapes)) for _ in range(-(-m // len(shapes)))]
    return airfoils.latents(shapes[np.concatenate(rows)[:m]])
