"""How a discriminator learns what is real when the quarrel with its generator is over.

At the end of a GAN's training its discriminator is lost by design: to it, real pictures and those
of its generator look alike (Goodfellow et al., 2014, proposition 1), and of what neither drew it
has never heard. A search would follow it into noise. So it learns on, against all that a search
may show it: decodes of several decoders on their priors and far beyond, noise, spoilt pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.training.gan import steepness
from blackbox.objectives.training.learning import Recipe, learn, own_chance
from blackbox.space import Space

# How far beyond its prior a decoder is looked at: a search may go there.
FARTHEST = 5.0
# Pictures of the generator are so many times as often as those of another decoder.
OFTEN = 3
# The weight of the gradient's squared norm at real and at false pictures (see `gan`): without it
# the log-odds are a cliff that no search can climb.
PENALTY, EVERY = 0.01, 4
# Ink is mixed into pictures, or noise laid over them, up to this share.
STRONGEST = 0.6

# Draws pictures `[n, h, w]`.
Source = Callable[[int], Tensor]


def train_discriminator(
    make: Callable[[], nn.Module], images: Tensor, false: Sequence[Source], recipe: Recipe
) -> nn.Module:
    """The network of `make` that gives pictures the log-odds `[n]` of being like `images`.

    Against each batch of these stand as many false ones, drawn alike from `false` and from pictures
    that were spoilt.
    """
    with own_chance(recipe.seed):
        network, sources = make(), [*false, *spoilt(images)]
        steps = 0

        def loss(rows: Tensor) -> Tensor:
            nonlocal steps
            real, share = images[rows], -(-len(rows) // len(sources))
            others = torch.cat([source(share) for source in sources])
            odds, false_odds = network(real), network(others)
            total = functional.softplus(-odds).mean() + functional.softplus(false_odds).mean()
            if steps % EVERY == 0:
                slopes = steepness(network, real) + steepness(network, others)
                total = total + EVERY * PENALTY / 2 * slopes
            steps += 1
            return total

        learn(network, loss, len(images), recipe)
    return network


def decodes(decoder: nn.Module, space: Space, farthest: float = 1.0) -> Source:
    """Pictures of `decoder` at draws of the normal prior of `space`, from 1 to `farthest` times."""

    @torch.no_grad()
    def drawn(n: int) -> Tensor:
        far = 1 + (farthest - 1) * torch.rand(n, 1)
        x: Tensor = decoder(far * torch.randn(n, space.dim))
        return x

    return drawn


def adversaries(
    generator: tuple[nn.Module, Space], others: Sequence[tuple[nn.Module, Space]]
) -> list[Source]:
    """Pictures of decoders on their priors and beyond; those of the `generator` are most often.

    It is the decoder behind which the discriminator is searched by default, and the one that draws
    best.
    """
    near = [decodes(*one) for one in (*others, *[generator] * OFTEN)]
    return near + [decodes(*one, FARTHEST) for one in (*others, generator)]


def spoilt(images: Tensor) -> list[Source]:
    """Pictures that are not like `images` `[n, h, w]`: noise, blots, and some that were spoilt."""
    height, width = images.shape[1:]

    def some(n: int) -> Tensor:
        return images[torch.randint(len(images), (n,))]

    def noise(n: int) -> Tensor:
        # Of any darkness: uniform numbers to a power from 1/4 to 4.
        return torch.rand(n, height, width) ** (4 ** (2 * torch.rand(n, 1, 1) - 1))

    def blots(n: int) -> Tensor:
        coarse = torch.randn(n, 1, height // 4, width // 4)
        smooth = functional.interpolate(coarse, (height, width), mode="bicubic")[:, 0]
        return torch.sigmoid(6 * (smooth - torch.rand(n, 1, 1)))

    def noisy(n: int) -> Tensor:
        share = STRONGEST * torch.rand(n, 1, 1)
        return ((1 - share) * some(n) + share * torch.rand(n, height, width)).clamp(0, 1)

    def speckled(n: int) -> Tensor:
        flipped = torch.rand(n, height, width) < STRONGEST / 2 * torch.rand(n, 1, 1)
        x = some(n)
        return torch.where(flipped, 1 - x, x)

    def doubled(n: int) -> Tensor:
        return torch.maximum(some(n), some(n))

    def torn(n: int) -> Tensor:
        x = some(n)
        return torch.cat([x[:, : height // 2], some(n)[:, height // 2 :]], dim=1)

    def negative(n: int) -> Tensor:
        return 1 - some(n)

    return [noise, blots, noisy, speckled, doubled, torn, negative]
