"""How pictures and captions learn to fit: what is measured on a picture makes its captions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from blackbox.objectives.networks.text import ATTRIBUTES, DIGITS, ImageText
from blackbox.objectives.training.classifier import A_PIXEL_AWAY
from blackbox.objectives.training.learning import Recipe, learn, own_chance

# How often a caption mentions the digit, and each attribute that the picture has.
NAMES_DIGIT, NAMES_ATTRIBUTE = 0.8, 0.5
QUARTERS = (0.25, 0.75)


def train_image_text(
    make: Callable[[], ImageText],
    images: Tensor,
    words: Tensor,
    recipe: Recipe,
    *,
    # Leaves thickness, slant and width as they are.
    vary: Callable[[Tensor], Tensor] = A_PIXEL_AWAY,
) -> ImageText:
    """The network of `make`, trained on `images` `[n, h, w]` and the `words` `[n, 16]` that fit.

    Each batch is varied by what leaves its words true.
    """
    with own_chance(recipe.seed):
        network = make()

        def loss(rows: Tensor) -> Tensor:
            return fitting_loss(network, vary(images[rows]), words[rows])

        learn(network, loss, len(images), recipe)
    return network


def fitting_loss(network: ImageText, x: Tensor, words: Tensor) -> Tensor:
    """The cross-entropy of all pairs of the pictures `x` and a caption drawn for each of them.

    A caption fits each picture that has all of its words, not only the one it was drawn for.
    """
    bags = drawn_captions(words)
    fits = (bags @ (1 - words).T == 0).T
    logits = network.logits(network.image(x), network.text_of_bags(bags))
    signs = 2.0 * fits - 1
    return -functional.logsigmoid(signs * logits).sum() / len(x)


def drawn_captions(words: Tensor) -> Tensor:
    """A caption `[n, 16]` for each row of `words`: some of its words, and never none."""
    chance = torch.full(words.shape[1:], NAMES_ATTRIBUTE)
    chance[: len(DIGITS)] = NAMES_DIGIT
    bags = words * (torch.rand_like(words) < chance)
    empty = bags.sum(dim=1) == 0
    bags[empty] = words[empty] * (torch.arange(words.shape[1]) < len(DIGITS))
    return bags


def fitting_words(
    classes: Tensor, measured: dict[str, Tensor], limits: dict[str, Tensor]
) -> Tensor:
    """Which words fit each picture, `[n, 16]`: its digit, and each attribute beyond its limits."""
    columns = [functional.one_hot(classes, len(DIGITS)).float()]
    for name in ATTRIBUTES:
        low, high = limits[name]
        columns += [
            (measured[name] < low).float()[:, None],
            (measured[name] > high).float()[:, None],
        ]
    return torch.cat(columns, dim=1)


def quarters(measured: dict[str, Tensor]) -> dict[str, Tensor]:
    """The lower and upper quartile `[2]` of each measure; NaN is left out."""
    return {
        name: values.nanquantile(torch.tensor(QUARTERS, dtype=values.dtype))
        for name, values in measured.items()
    }


def measures(images: Tensor, thickness: Tensor) -> dict[str, Tensor]:
    """What captions speak of, `[n]` each: thickness in pixels, slant in radians, width in pixels.

    The slant is atan(-u11 / u02) of the ink's central moments, without its sign, as in Morpho-MNIST
    (Castro et al. 2019, arXiv 1809.10780); the width is the standard deviation of the ink across,
    once the slant is taken out.
    """
    ink = images.sum(dim=(1, 2))
    down, right = (torch.arange(float(side)) for side in images.shape[1:])
    y = down[None, :, None] - ((images.sum(dim=2) @ down) / ink)[:, None, None]
    x = right[None, None, :] - ((images.sum(dim=1) @ right) / ink)[:, None, None]
    u02, u20, u11 = ((images * moment).sum(dim=(1, 2)) / ink for moment in (y * y, x * x, x * y))
    width = (u20 - u11**2 / u02).clamp(min=0).sqrt()
    return {"thickness": thickness, "slant": torch.atan(-u11 / u02).abs(), "width": width}
