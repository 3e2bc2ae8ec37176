"""How an autoencoder learns: code, decoder and heads together, from one weighted loss."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder
from blackbox.objectives.training.learning import Recipe, learn, own_chance

# Weights against the summed reconstruction: in a plain sum the pixels would outweigh one class.
DIGIT_WEIGHT, THICKNESS_WEIGHT = 50.0, 20.0


def train_autoencoder(
    make: Callable[[], MultiHeadAutoencoder],
    images: Tensor,
    classes: Tensor,
    thickness: Tensor,
    recipe: Recipe,
) -> MultiHeadAutoencoder:
    """The network of `make`, trained on `images` `[n, h, w]`, `classes` `[n]`, `thickness` `[n]`.

    Pictures whose thickness is NaN teach the other parts only.
    """
    with own_chance(recipe.seed):
        network = make()
        network.thickness_mean.copy_(thickness.nanmean())
        network.thickness_scale.copy_(thickness[thickness.isfinite()].std())

        def loss(rows: Tensor) -> Tensor:
            return joint_loss(network, images[rows], classes[rows], thickness[rows])

        learn(network, loss, len(images), recipe)
    return network


def joint_loss(
    network: MultiHeadAutoencoder, x: Tensor, classes: Tensor, thickness: Tensor
) -> Tensor:
    """The weighted loss of all parts at one sampled code per picture, a mean over `[n]`."""
    mean, log_variance = network.posterior(x)
    z = sampled(mean, log_variance)
    errors = functional.binary_cross_entropy(network.decode(z), x, reduction="none")
    is_measured = torch.isfinite(thickness)
    miss = (network.thickness(z)[is_measured] - thickness[is_measured]) / network.thickness_scale
    total: Tensor = (
        errors.sum(dim=(1, 2)).mean()
        + DIGIT_WEIGHT * functional.nll_loss(network.digit_log_probability(z), classes)
        + THICKNESS_WEIGHT * (miss**2).sum() / is_measured.sum().clamp(min=1)
    )
    return total + divergence(mean, log_variance).mean() if network.variational else total


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The KL divergence `[n]` of the posteriors from N(0, I) in nats."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)


def sampled(mean: Tensor, log_variance: Tensor) -> Tensor:
    """One code `[n, latent]` from each posterior."""
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
