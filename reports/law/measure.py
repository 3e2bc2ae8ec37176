"""Climbs of scorers of three sizes, and what they gain, promised and true, at each distance."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

import blackbox as bb
from blackbox.objectives import airfoils, mnist
from blackbox.objectives.airfoils.named import collection
from blackbox.objectives.airfoils.networks import forces
from blackbox.objectives.airfoils.shape import AirFlow
from blackbox.objectives.training.learning import Recipe, learn, own_chance
from blackbox.pages.frames import Table
from blackbox.pages.making import Given
from blackbox.trace import Trace

Floats = NDArray[np.float64]
WIDTHS = (4, 32, 256)
DRAWS, SEEDS = 8, 40  # of the rows that are learned from; starts, of which half are for the fit
TAUGHT, TESTED = 100, 200  # rows that a scorer learns from, and others
EPOCHS, DECAY = 400, 1e-2  # of AdamW; the widest then has no error on its own rows
STEPS, STEP = 240, 0.05  # of a climb, and prior sd each
FARTHEST, PLACES = 8.0, 17  # prior sd: where the widest scorers of both problems have turned
CLIMB = (
    f"gradient_ascent(step='normalised', learning_rate={STEP}, patience=100000, after='stop', "
    "start='first')"
)


@dataclass(frozen=True)
class Problem:
    """Where one climbs, latents of real objects, and what is true of latents, `[n]`."""

    objective: bb.Objective
    codes: Floats
    truth: Callable[[Floats], Floats]


@cache
def bold() -> Problem:
    """Digits with a bold stroke: the truth is the ruler's, which refuses what is no stroke."""
    objective = mnist.thickness(source="any")

    def truth(z: Floats) -> Floats:
        x = objective.decode(z)
        return objective.judges["thickness"].verdict(x, "thickness", z, start=x[:1])

    return Problem(objective, mnist.FAMILY.codes("vae", "train").z, truth)


@cache
def wings() -> Problem:
    """Wings that lift and do not drag: the largest network stands for the truth."""
    objective, shapes = airfoils.lift_to_drag(), collection()

    def truth(z: Floats) -> Floats:
        air = forces(objective.decode(z), AirFlow(5.0, 1e6), "xxxlarge")
        return np.asarray((air.lift / air.drag).detach())

    return Problem(objective, shapes.latents(shapes.shapes[shapes.seen]), truth)


PROBLEMS: Mapping[str, Callable[[], Problem]] = {"bold digits": bold, "wings": wings}


@dataclass(frozen=True, eq=False)
class Learned:
    """A network's answer `[n]` on latents `[n, d]`, in the units of what it learned from."""

    network: nn.Module
    mean: float
    scale: float

    def __call__(self, z: Tensor) -> Tensor:
        """What it says of latents."""
        answer: Tensor = self.network(z.double())
        return self.mean + self.scale * answer[:, 0]


def learned(width: int, z: Floats, y: Floats, seed: int) -> Learned:
    """Two hidden layers of this width, fitted to rows."""
    inputs, labels = torch.tensor(z), torch.tensor(y)
    with own_chance(seed):
        layers = (nn.Linear(z.shape[1], width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        network = nn.Sequential(*layers, nn.Linear(width, 1)).double()
        scorer = Learned(network, float(y.mean()), float(y.std()))

        def loss(rows: Tensor) -> Tensor:
            return functional.mse_loss(scorer(inputs[rows]), labels[rows]) / scorer.scale**2

        learn(network, loss, len(z), Recipe(seed, EPOCHS, len(z), weight_decay=DECAY))
    return scorer


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: what is gained at each distance, the scorers' errors, settings."""
    given.made_with(CLIMB)
    draws, seeds = (1, 2) if given.small else (DRAWS, SEEDS)
    gains: list[pd.DataFrame] = []
    errors: list[dict[str, Any]] = []
    for name, posed in PROBLEMS.items():
        problem = posed()
        for draw in range(draws):
            z, y = labelled(problem, draw)
            for width in WIDTHS:
                ours: dict[str, Any] = {"problem": name, "draw": draw, "width": width}
                scorer = learned(width, z[:TAUGHT], y[:TAUGHT], draw)
                with torch.no_grad():
                    missed = scorer(torch.tensor(z[TAUGHT:])).numpy() - y[TAUGHT:]
                error = float(np.sqrt((missed**2).mean()) / y[TAUGHT:].std())
                errors.append(ours | {"error": error})
                gains.append(climbed(problem, scorer, seeds).assign(**ours))
    settings: dict[str, float] = {
        "draws": draws,
        "seeds": seeds,
        "taught": TAUGHT,
        "tested": TESTED,
    }
    settings |= {"farthest": FARTHEST, "step": STEP}
    return {"gains": pd.concat(gains), "scorers": pd.DataFrame(errors), "settings": settings}


def labelled(problem: Problem, draw: int) -> tuple[Floats, Floats]:
    """Latents of real objects and what is true of them: those that can be measured."""
    order = np.random.default_rng(draw).permutation(len(problem.codes))
    z = problem.codes[order[: 2 * TAUGHT + TESTED]]  # a few cannot be measured
    y = problem.truth(z)
    rows = np.flatnonzero(np.isfinite(y))[: TAUGHT + TESTED]
    return z[rows], y[rows]


def climbed(problem: Problem, scorer: Learned, seeds: int) -> pd.DataFrame:
    """The mean gain at each distance, promised and true, for each half of the seeds."""
    posed = problem.objective
    objective = bb.Objective(
        scorer,
        space=posed.space,
        starts=posed.starts,
        dtype=torch.float64,
        batched=True,
        noise=False,
        seconds=1e-4,  # declared, so that no clock decides how it is called
        name="learned",
    )
    study = bb.compare(objective, CLIMB, 2 * STEPS, seeds)  # a step costs a score and its slope
    rows = [at_distances(problem, trace) for trace in study.traces]
    table = pd.concat(rows, ignore_index=True)
    return table.groupby(["half", "distance"], as_index=False)[["promised", "true"]].mean()


def at_distances(problem: Problem, trace: Trace) -> pd.DataFrame:
    """What a climb has gained where it first is so far away; one that rests stays where it is."""
    distances = np.linspace(0, FARTHEST, PLACES)
    away = np.maximum.accumulate(np.linalg.norm(trace.z - trace.z[0], axis=1))
    rows = np.searchsorted(away, distances - 1e-9).clip(max=len(trace) - 1)
    at, place = np.unique(rows, return_inverse=True)
    true = problem.truth(trace.z[at])[place]
    gained = np.nan_to_num(true - true[0])  # what cannot be measured has gained nothing
    promised = trace.score[rows] - trace.score[0]
    columns = {"distance": distances, "promised": promised, "true": gained}
    return pd.DataFrame(columns | {"half": trace.seed % 2})
