"""How far the networks and the prior can be trusted: writes README.md beside this file.

python -m blackbox.objectives.airfoils.card
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.airfoils import xfoil
from blackbox.objectives.airfoils.judges import confidence, nearest
from blackbox.objectives.airfoils.named import Decoder, collection
from blackbox.objectives.airfoils.networks import SIZES, Size, forces
from blackbox.objectives.airfoils.shape import AirFlow, gap, thickness
from blackbox.objectives.training.figures import Figures, table

FLOW = AirFlow(angle=5.0, reynolds=1e6)
SOLVED, DRAWN = 150, 1000  # airfoils that the solver is asked for, and prior draws
CARD = Path(__file__).with_name("README.md")


def main() -> None:
    """Write the card."""
    airfoils = collection()
    real = torch.tensor(airfoils.held_out())
    normal = np.random.default_rng(0).standard_normal((DRAWN, real.shape[1]))
    draws = Decoder()(torch.tensor(normal))
    about = (
        "Written by `python -m blackbox.objectives.airfoils.card`. An airfoil is 18 numbers: eight "
        "Bernstein weights above, eight below, the nose and the tail (Kulfan 2008). Of the "
        f"collection of the University of Illinois, as aerosandbox ships it, {len(airfoils.names)} "
        "are written so with an error below 0.003 chords; the decoder has the mean and spread of "
        f"{int(airfoils.seen.sum())}, and searches begin at the other {len(real)}. The networks "
        "are NeuralFoil's (MIT licence), read from its package; the solver is XFOIL. All of it at "
        f"{FLOW.angle:g} degrees and a Reynolds number of {FLOW.reynolds:.0e}."
    )
    parts = ["# Airfoils: eight networks, and a solver", fill(about, 100)]
    parts += [*accuracy({"held out": real, "prior draws": draws}), fill(limits(real, draws), 100)]
    CARD.write_text("\n\n".join(parts) + "\n")


def accuracy(groups: dict[str, Tensor]) -> list[str]:
    """A table of the networks' errors, and how often the solver has an answer."""
    columns: dict[str, Figures] = {}
    shares = []
    for name, shapes in groups.items():
        some = shapes[torch.randperm(len(shapes), generator=torch.manual_seed(1))[:SOLVED]]
        truth = xfoil.lift_to_drag(some.numpy(), FLOW)
        shares.append(f"{np.isfinite(truth).mean():.2f} of the {name}")
        errors = {size: _errors(some, truth, size) for size in SIZES}
        for part, share in (("median", 0.5), ("95th percentile", 0.95)):
            columns[f"{name}, {part}"] = {
                size: float(np.quantile(error, share)) for size, error in errors.items()
            }
    words = (
        f"Errors in lift over drag against XFOIL, of {SOLVED} airfoils of each sort, where it "
        f"finds a flow, which it does for {' and '.join(shares)}."
    )
    return [fill(words, 100), table("network", columns, "{:.1f}")]


def _errors(shapes: Tensor, truth: NDArray[np.float64], size: Size) -> NDArray[np.float64]:
    air = forces(shapes, FLOW, size)
    errors = np.abs((air.lift / air.drag).numpy() - truth)
    return errors[np.isfinite(errors)]


def limits(real: Tensor, draws: Tensor) -> str:
    """The judges' limits, and what prior draws are like."""
    least = torch.quantile(confidence(FLOW, real), 0.05)
    farthest = np.quantile(nearest(real), 0.95)
    shares = {
        "are as sure": confidence(FLOW, draws) >= least,
        "as near": torch.tensor(nearest(draws) <= farthest),
        "have sides that do not cross": gap(draws) >= 0,
        "are a tenth of the chord thick": thickness(draws) >= 0.1,
    }
    words = ", ".join(f"{which.double().mean():.2f} {name}" for name, which in shares.items())
    return (
        f"Limits of the judges: `confidence` of {least:.3f} (5th percentile of held-out airfoils), "
        f"`nearest` of {farthest:.2f} (95th percentile). Of {DRAWN} prior draws {words}."
    )


if __name__ == "__main__":
    main()
