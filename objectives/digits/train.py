"""Train the networks of the digits from scratch: `python -m objectives.digits.train`.

Writes `weights.npz`, `reader.npz`, `judge.npz` and the model card `README.md` beside this file. The
same machine gives the same bytes: one thread, seeded generators.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from objectives.digits import card, data, networks
from objectives.digits.data import Digits
from objectives.digits.networks import JudgeNetwork, MultiHeadVAE, ReaderNetwork

Classifier = TypeVar("Classifier", bound=nn.Module)


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to learn; the learning rate follows one cycle of Adam."""

    seed: int
    steps: int
    batch: int = 64
    learning_rate: float = 3e-3


VAE_RECIPE = Recipe(seed=0, steps=2500)
JUDGE_RECIPE = Recipe(seed=1, steps=2000)
READER_RECIPE = Recipe(seed=2, steps=4000)

# Weights against the summed reconstruction: in a plain sum 64 pixels would outweigh one class.
KL_WEIGHT = 1.0
DIGIT_WEIGHT = 50.0
THICKNESS_WEIGHT = 20.0

# How varied copies differ: turned by radians, scaled by a share, moved by pixels, noise (sd).
TURN, STRETCH, SHIFT, NOISE = 0.15, 0.08, 0.8, 0.1


def train_vae(digits: Digits, thickness: NDArray[np.float64], recipe: Recipe) -> MultiHeadVAE:
    """A VAE whose code, decoder and heads learned together from `digits` and `thickness` `[n]`.

    Digits whose thickness is NaN teach the other three parts only. Varied copies teach the digit
    head and the encoder: they more than halve the errors (21 to 9 of 1438, three-fold, training
    digits only), while pictures and thickness are learned from real digits alone.
    """
    images, classes = torch.tensor(digits.images), torch.tensor(digits.classes)
    labels = torch.tensor(thickness, dtype=torch.float32)
    with _own_chance(recipe.seed):
        vae = MultiHeadVAE()
        vae.thickness_mean.copy_(labels.nanmean())
        vae.thickness_scale.copy_(labels[labels.isfinite()].std())

        def loss(rows: Tensor) -> Tensor:
            real, shown = images[rows], classes[rows]
            varied = DIGIT_WEIGHT * digit_loss(vae, sampled(*vae.encode(vary(real))), shown)
            return joint_loss(vae, real, shown, labels[rows]) + varied

        _learn(vae, loss, len(images), recipe)
    return vae.eval()


def joint_loss(vae: MultiHeadVAE, x: Tensor, classes: Tensor, thickness: Tensor) -> Tensor:
    """The weighted loss of all four parts at one sampled code per picture, a mean over `[n]`."""
    mean, log_variance = vae.encode(x)
    z = sampled(mean, log_variance)
    errors = functional.binary_cross_entropy(vae.decode(z), x, reduction="none")
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)
    known = torch.isfinite(thickness)
    miss = (vae.thickness(z)[known] - thickness[known]) / vae.thickness_scale
    return (
        errors.sum(dim=(1, 2)).mean()
        + KL_WEIGHT * divergence.sum(dim=1).mean()
        + DIGIT_WEIGHT * digit_loss(vae, z, classes)
        + THICKNESS_WEIGHT * (miss**2).sum() / known.sum().clamp(min=1)
    )


def sampled(mean: Tensor, log_variance: Tensor) -> Tensor:
    """One code `[n, 16]` from each posterior."""
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)


def digit_loss(vae: MultiHeadVAE, z: Tensor, classes: Tensor) -> Tensor:
    """The cross-entropy of the digit head at `z` `[n, 16]` in nats, a mean over `[n]`."""
    return functional.nll_loss(vae.digit_log_probability(z), classes)


def train_judge(digits: Digits, recipe: Recipe) -> JudgeNetwork:
    """An independent classifier: another architecture and seed than the VAE's."""
    return _classifier(JudgeNetwork, digits, recipe)


def train_reader(digits: Digits, recipe: Recipe) -> ReaderNetwork:
    """The classifier that is searched: another architecture and seed than the judge's."""
    return _classifier(ReaderNetwork, digits, recipe)


def _classifier(make: Callable[[], Classifier], digits: Digits, recipe: Recipe) -> Classifier:
    images, classes = torch.tensor(digits.images), torch.tensor(digits.classes)
    with _own_chance(recipe.seed):
        network = make()

        def loss(rows: Tensor) -> Tensor:
            return functional.cross_entropy(network(vary(images[rows])), classes[rows])

        _learn(network, loss, len(images), recipe)
    return network.eval()


def vary(x: Tensor) -> Tensor:
    """The pictures `x` `[n, 8, 8]`, each turned, scaled and moved a little, under noise."""
    turn, stretch, right, down = torch.rand(4, len(x)) * 2 - 1
    angle, size = TURN * turn, 1 + STRETCH * stretch
    # affine_grid measures in half widths of the picture.
    step = SHIFT / (networks.SIDE / 2)
    first = torch.stack([size * angle.cos(), -size * angle.sin(), step * right], dim=1)
    second = torch.stack([size * angle.sin(), size * angle.cos(), step * down], dim=1)
    grid = functional.affine_grid(
        torch.stack([first, second], dim=1), [len(x), 1, *x.shape[1:]], align_corners=False
    )
    moved = functional.grid_sample(x.unsqueeze(1), grid, align_corners=False)
    varied = moved.squeeze(1)
    return (varied + NOISE * torch.randn_like(varied)).clamp(0, 1)


def _learn(network: nn.Module, loss: Callable[[Tensor], Tensor], n: int, recipe: Recipe) -> None:
    """Take `recipe.steps` steps of Adam on `loss`, which is given rows out of `n`."""
    adam = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    epoch = math.ceil(n / recipe.batch)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, max_lr=recipe.learning_rate, total_steps=recipe.steps
    )
    for step in range(recipe.steps):
        if step % epoch == 0:
            batches = torch.split(torch.randperm(n), recipe.batch)
        adam.zero_grad()
        loss(batches[step % epoch]).backward()  # type: ignore[no-untyped-call]
        adam.step()
        cycle.step()


@contextmanager
def _own_chance(seed: int) -> Iterator[None]:
    """Layers and dropout insist on torch's global generator: fence it, restore it afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def main() -> None:
    """Train, save, and write the card from what was saved."""
    torch.set_num_threads(1)
    thickness = data.train_thickness()
    started = time.perf_counter()
    networks.save(train_vae(data.train(), thickness, VAE_RECIPE), networks.WEIGHTS)
    networks.save(train_reader(data.train(), READER_RECIPE), networks.READER_WEIGHTS)
    networks.save(train_judge(data.train(), JUDGE_RECIPE), networks.JUDGE_WEIGHTS)
    seconds = time.perf_counter() - started
    text = card.written(card.on_held_out_digits(), card.on_prior_draws())
    (networks.HERE / "README.md").write_text(text, encoding="utf-8")
    print(f"trained in {seconds:.0f} s; the figures stand in {networks.HERE / 'README.md'}")


if __name__ == "__main__":
    main()
