"""Train the networks of the digits from scratch: `python -m blackbox.objectives.digits.train`.

Writes `vae.npz`, `reader.npz`, `judge.npz` and the model card `README.md` beside this file. The
same machine gives the same bytes: one thread, seeded generators.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives import weights
from blackbox.objectives.digits import card, classifiers, data, networks
from blackbox.objectives.digits.data import SmallDigits
from blackbox.objectives.digits.networks import SHIPPED
from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder
from blackbox.objectives.training.autoencoder import DIGIT_WEIGHT, joint_loss, sampled
from blackbox.objectives.training.classifier import train_classifier
from blackbox.objectives.training.learning import Recipe, learn, own_chance

# 2500, 2000 and 4000 steps.
VAE_RECIPE = Recipe(seed=0, epochs=111.26, batch=64, rest=True)
JUDGE_RECIPE = Recipe(seed=1, epochs=89.01, batch=64, rest=True)
READER_RECIPE = Recipe(seed=2, epochs=178.02, batch=64, rest=True)

# How varied copies differ: turned by radians, scaled by a share, moved by pixels, noise (sd).
TURN, STRETCH, SHIFT, NOISE = 0.15, 0.08, 0.8, 0.1


def train_vae(
    digits: SmallDigits, thickness: NDArray[np.float64], recipe: Recipe
) -> MultiHeadAutoencoder:
    """A VAE whose code, decoder and heads learned together from `digits` and `thickness` `[n]`.

    Digits whose thickness is NaN teach the other three parts only. Varied copies teach the digit
    head and the encoder: they more than halve the errors (21 to 9 of 1438, three-fold, training
    digits only), while pictures and thickness are learned from real digits alone.
    """
    images, classes = torch.tensor(digits.images), torch.tensor(digits.classes)
    labels = torch.tensor(thickness, dtype=torch.float32)
    with own_chance(recipe.seed):
        vae = networks.autoencoder(variational=True)
        vae.thickness_mean.copy_(labels.nanmean())
        vae.thickness_scale.copy_(labels[labels.isfinite()].std())

        def loss(rows: Tensor) -> Tensor:
            real, shown = images[rows], classes[rows]
            z = sampled(*vae.posterior(vary(real)))
            varied = functional.nll_loss(vae.digit_log_probability(z), shown)
            return joint_loss(vae, real, shown, labels[rows]) + DIGIT_WEIGHT * varied

        learn(vae, loss, len(images), recipe)
    return vae


def train_judge(digits: SmallDigits, recipe: Recipe) -> nn.Module:
    """An independent classifier: another architecture and seed than the VAE's."""
    return _classifier(classifiers.judge, digits, recipe)


def train_reader(digits: SmallDigits, recipe: Recipe) -> nn.Module:
    """The classifier that is searched: another architecture and seed than the judge's."""
    return _classifier(classifiers.reader, digits, recipe)


def _classifier(make: Callable[[], nn.Module], digits: SmallDigits, recipe: Recipe) -> nn.Module:
    images, classes = torch.tensor(digits.images), torch.tensor(digits.classes)
    return train_classifier(make, images, classes, recipe, vary=vary)


def vary(x: Tensor, turn: float = TURN, stretch: float = STRETCH) -> Tensor:
    """The pictures `x` `[n, 8, 8]`, each turned, scaled and moved a little, under noise."""
    turned, stretched, right, down = torch.rand(4, len(x)) * 2 - 1
    angle, size = turn * turned, 1 + stretch * stretched
    # affine_grid measures in half widths of the picture.
    step = SHIFT / (classifiers.SIDE / 2)
    first = torch.stack([size * angle.cos(), -size * angle.sin(), step * right], dim=1)
    second = torch.stack([size * angle.sin(), size * angle.cos(), step * down], dim=1)
    grid = functional.affine_grid(
        torch.stack([first, second], dim=1), [len(x), 1, *x.shape[1:]], align_corners=False
    )
    moved = functional.grid_sample(x.unsqueeze(1), grid, align_corners=False)
    varied = moved.squeeze(1)
    return (varied + NOISE * torch.randn_like(varied)).clamp(0, 1)


def main() -> None:
    """Train, save, and write the card from what was saved."""
    torch.set_num_threads(1)
    thickness = data.train_thickness()
    started = time.perf_counter()
    weights.save(train_vae(data.train(), thickness, VAE_RECIPE), SHIPPED.path("vae"))
    weights.save(train_reader(data.train(), READER_RECIPE), SHIPPED.path("reader"))
    weights.save(train_judge(data.train(), JUDGE_RECIPE), SHIPPED.path("judge"))
    seconds = time.perf_counter() - started
    text = card.written(card.on_held_out_digits(), card.on_prior_draws())
    (SHIPPED.folder / "README.md").write_text(text, encoding="utf-8")
    print(f"trained in {seconds:.0f} s; the figures stand in {SHIPPED.folder / 'README.md'}")


if __name__ == "__main__":
    main()
