"""How a generator and its discriminator learn from each other.

Goodfellow et al., Generative Adversarial Nets, 2014 (arXiv 1406.2661), the non-saturating loss; the
gradient penalty R1 of Mescheder, Geiger and Nowozin, 2018 (arXiv 1801.04406) calms them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.training.learning import Recipe, batches, own_chance

# Both forget quickly: the other one changes.
BETAS = (0.5, 0.99)
# The penalty costs as much as a step: it is paid in every fourth, four times as high.
EVERY = 4
# The shipped generator is the running mean of its weights: it does not follow the last quarrel.
MEMORY = 0.998


def train_gan(
    make: Callable[[], tuple[nn.Module, nn.Module]],
    images: Tensor,
    latent: int,
    recipe: Recipe,
    *,
    penalty: float = 0.1,
    lead: float = 1.0,
) -> tuple[nn.Module, nn.Module]:
    """The generator `[n, latent] -> [n, h, w]` and the discriminator `-> [n]`, trained.

    The discriminator learns `lead` times as fast (Heusel et al., 2017, arXiv 1706.08500). Neither
    may have batch norms, whose statistics the running mean would not fit.
    """
    with own_chance(recipe.seed):
        generator, discriminator = make()
        mean, rate = copy.deepcopy(generator), recipe.learning_rate
        creates = torch.optim.Adam(generator.parameters(), rate, BETAS)
        judges = torch.optim.Adam(discriminator.parameters(), lead * rate, BETAS)
        for step, rows in zip(
            range(recipe.steps(len(images))), batches(len(images), recipe.batch), strict=False
        ):
            false = generator(torch.randn(len(rows), latent))
            fooled = _surprise(discriminator(false.detach()), 0)
            loss = _surprise(discriminator(images[rows]), 1) + fooled
            if step % EVERY == 0:
                loss = loss + EVERY * penalty / 2 * steepness(discriminator, images[rows])
            _step(judges, loss)
            _step(creates, _surprise(discriminator(false), 1))
            # Early on the mean must not remember the first weights, which know nothing.
            _follow(mean, generator, memory=min(MEMORY, step / (step + 10)))
    return mean.eval(), discriminator.eval()


def steepness(discriminator: nn.Module, x: Tensor) -> Tensor:
    """The squared norm of the discriminator's gradient at the pictures `x`, a mean over `[n]`."""
    x = x.clone().requires_grad_(True)
    slope = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)[0]
    return slope.square().sum(dim=(1, 2)).mean()


def _surprise(verdict: Tensor, real: int) -> Tensor:
    """The mean cross-entropy of the logits `verdict` `[n]` where all should be `real`."""
    return functional.softplus(-verdict if real else verdict).mean()


def _step(adam: torch.optim.Optimizer, loss: Tensor) -> None:
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    adam.step()


@torch.no_grad()
def _follow(mean: nn.Module, now: nn.Module, memory: float) -> None:
    for slow, quick in zip(mean.parameters(), now.parameters(), strict=True):
        slow.copy_(memory * slow + (1 - memory) * quick)


@torch.no_grad()
def start_from(generator: nn.Sequential, decoder: nn.Sequential) -> None:
    """Give `generator` the weights of a trained `decoder` of the same layers and a shorter code.

    The numbers beyond that code mean nothing at first. It saves the generator from learning to draw
    (a decoder and a discriminator, as in Larsen et al., 2016, arXiv 1512.09300).
    """
    weights = decoder.state_dict()
    first = next(iter(weights))
    grown = torch.zeros_like(generator.state_dict()[first])
    grown[:, : weights[first].shape[1]] = weights[first]
    generator.load_state_dict({**weights, first: grown})
