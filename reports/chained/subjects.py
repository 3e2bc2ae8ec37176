"""What is climbed: random decoders with chosen spectra, and digits behind shipped decoders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.protocol import Ask, Decode, PullBack

Floats = NDArray[np.float64]
LATENT, DATA = 16, 100
MNIST = "MNIST"  # how the labels of these begin
# Singular values, before they are scaled to a mean square of 1.
SPECTRA: dict[str, Floats] = {
    "flat": np.ones(LATENT),
    "falling": np.arange(1.0, LATENT + 1) ** -0.5,
    "steep": np.arange(1.0, LATENT + 1) ** -1.5,
}
# How far the target object lies from all that the decoder makes; prior draws lie about 6 apart.
AWAY = {"reached": 0.0, "unreached": 12.0}


@dataclass(frozen=True)
class Subject:
    """An objective that is climbed: its name in tables, and how it is made."""

    label: str
    make: Callable[[], bb.Objective]
    starts: int = 3  # whose climbs are looked at


def subjects() -> list[Subject]:
    """All of them, the small ones first; those of MNIST are asked for by an option."""
    made = [
        Subject(f"linear, {spectrum}, {away}", partial(linear, spectrum, away))
        for spectrum in SPECTRA
        for away in AWAY
    ]
    made += [Subject("tanh, falling, reached", partial(linear, "falling", "reached", bent=True))]
    shipped = {
        "digits: an 8, VAE": "digits.digit(target=8, reads='picture')",
        "digits: an 8 from a 1, VAE": "digits.digit(target=8, source=1, reads='picture')",
        "digits: 2 px bold, VAE": "digits.thickness(reads='picture', target=2.0)",
        "MNIST: 7 to 2, VAE": "mnist.digit(target=2, source=7, reads='picture')",
        "MNIST: a 2, GAN": "mnist.digit(target=2, reads='picture', decoder='gan')",
        "MNIST: 4.5 px bold, VAE": "mnist.thickness(reads='picture', target=4.5)",
        "MNIST: super-resolution, VAE": "mnist.super_resolution(instance=0)",
    }
    made += [Subject(label, partial(unjudged, name)) for label, name in shipped.items()]
    # A point behind a network of 784 pixels takes ten times as long as one of the others.
    return [replace(one, starts=1) if one.label.startswith(MNIST) else one for one in made]


def unjudged(name: str) -> bb.Objective:
    """A shipped objective without its judges, whom nobody asks here."""
    objective = bb.objective(name)
    objective.judges = {}
    return objective


def linear(spectrum: str, away: str, bent: bool = False) -> bb.Objective:
    """Minus the squared distance of `J z` (or of `J tanh z`) to a target; 0 is the best score.

    `J [DATA, LATENT]` has the spectrum, between random bases; the target is a decode, moved
    straight away from the decoder's image.
    """
    rng = np.random.default_rng(0)
    sizes = SPECTRA[spectrum] / np.sqrt(np.mean(SPECTRA[spectrum] ** 2))
    left = np.linalg.qr(rng.standard_normal((DATA, LATENT + 1)))[0]
    right = np.linalg.qr(rng.standard_normal((LATENT, LATENT)))[0]
    jacobian = torch.tensor(left[:, :LATENT] * sizes @ right.T)
    target = torch.tensor(rng.standard_normal(LATENT))
    apart = AWAY[away] * torch.tensor(left[:, LATENT])

    def decode(z: torch.Tensor) -> torch.Tensor:
        return (torch.tanh(z) if bent else z) @ jacobian.T

    goal = decode(target) + apart
    return bb.Objective(
        lambda x: AWAY[away] ** 2 - ((x - goal) ** 2).sum(-1),
        decode,
        bb.Space.normal(LATENT),
        name=f"{'tanh' if bent else 'linear'}, {spectrum}, {away}",
        optimum=0.0,
        dtype=torch.float64,
    )


@dataclass(frozen=True)
class Exact:
    """What calculus says at one point: the gradient, and what it predicts of its estimates."""

    gradient: Floats  # [d], at z
    stretched: Floats  # [d], J^T J times it: where hybrid estimates go
    kappa: float
    tangent_kappa: float  # that of the part of the scorer's gradient that the decoder can follow
    stable_rank: float  # |J|_F^2 / |J|_2^2, below which kappa never is


def exact(objective: bb.Objective, z: Floats) -> Exact:
    """Kappa at `z [d]`, from exact gradients: |J|_F^2 |g|^2 / |J^T g|^2, at x with g the scorer's.

    J comes row by row out of the decoder's vector-Jacobian products.
    """
    x = objective.evaluate(Decode(z[None])).x
    slope = objective.evaluate(Ask(x, 1, at="data")).grad.ravel()
    units = np.eye(x.size).reshape(-1, *x.shape[1:])
    points = np.repeat(z[None], x.size, axis=0)
    jacobian = objective.evaluate(PullBack(points, units)).pulled  # [D, d]
    gradient = jacobian.T @ slope
    whole, square = (jacobian**2).sum(), float(gradient @ gradient)
    # The part in the image of J, also where J is not of full rank.
    within = jacobian @ np.linalg.lstsq(jacobian, slope, rcond=None)[0]
    return Exact(
        gradient=gradient,
        stretched=jacobian.T @ (jacobian @ gradient),
        kappa=whole * float(slope @ slope) / square,
        tangent_kappa=whole * float(within @ within) / square,
        stable_rank=whole / np.linalg.norm(jacobian, 2) ** 2,
    )
