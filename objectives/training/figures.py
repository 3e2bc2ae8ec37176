"""Figures of merit of trained networks, for their model cards."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.objectives.networks.text import ATTRIBUTES, DIGITS, ImageText, bag
from blackbox.objectives.training.contrastive import fitting_words, measures, quarters
from blackbox.space import Space

Figures = dict[str, float]

# Rows that are computed at once.
PIECE = 500
# The best of so many clockings tells what a busy machine can do.
PATIENCE = 20
BATCHES = (1, 16, 256)
PRIOR_SEED = 7


@torch.no_grad()
def pieces(f: nn.Module | Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """`f` of the rows of `x`, some hundred at a time."""
    return torch.cat([f(part) for part in torch.split(x, PIECE)])


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `[k]` and covariance `[k, k]` of `features` `[n, k]`, in double precision."""
    return features.double().mean(dim=0), features.double().T.cov()


def frechet(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> float:
    """The squared Frechet distance of two normal distributions, each a mean and a covariance.

    Dowson and Landau, 1982, doi 10.1016/0047-259X(82)90077-X.
    """
    (mean, covariance), (other_mean, other) = first, second
    # Eigenvalues of a product of covariances are real and not negative, but for rounding.
    crossed = torch.linalg.eigvals(covariance @ other).real.clamp(min=0).sqrt().sum()
    spread = covariance.trace() + other.trace() - 2 * crossed
    return float((mean - other_mean).square().sum() + spread)


def r_squared(true: NDArray[np.float64], predicted: Tensor) -> float:
    """The share of the variance of `true` `[n]` that the first `predicted` explain; NaN is left."""
    is_measured = np.isfinite(true)
    missed = (predicted[: len(true)].double().numpy() - true)[is_measured]
    return float(1 - np.mean(missed**2) / np.var(true[is_measured]))


def auroc(score: Tensor, fits: Tensor) -> float:
    """How often a row that fits scores above one that does not; a tie counts half."""
    yes, no = score[fits > 0, None], score[None, fits == 0]
    return float(((yes > no).double() + 0.5 * (yes == no).double()).mean())


def on_discriminator(network: nn.Module, real: Tensor, false: Mapping[str, Tensor]) -> Figures:
    """How often `network` finds a `real` picture more real than one of the `false`, by their name.

    "real" itself is the mean probability that it gives to the real ones.
    """
    odds = pieces(network, real)
    is_real = torch.arange(len(real) + max(map(len, false.values()))) < len(real)
    apart = {
        name: auroc(torch.cat([odds, pieces(network, x)]), is_real[: len(real) + len(x)])
        for name, x in false.items()
    }
    return {"real": float(odds.sigmoid().mean())} | apart


def share(named: Tensor, true: Tensor) -> float:
    """The share of pictures where `named` `[n]`, or each row of it `[k, n]`, is `true` `[n]`."""
    return float((named == true).view(-1, len(true)).all(dim=0).double().mean())


@torch.no_grad()
def on_captions(
    network: ImageText, x: Tensor, classes: Tensor, thickness: NDArray[np.float64]
) -> Figures:
    """How well `network` tells which captions fit the pictures `x`, of this `thickness` `[n]`."""
    measured = measures(x, torch.tensor(thickness).float())
    words = fitting_words(classes, measured, quarters(measured))
    image = pieces(network.image, x)

    def odds(captions: Sequence[str]) -> Tensor:
        return network.logits(image, network.text(captions))

    by_name = {"digit named, accuracy": share(odds(DIGITS).argmax(dim=1), classes)}
    for phrase in [*(word for pair in ATTRIBUTES.values() for word in pair), "a bold seven"]:
        fits = (bag(phrase) <= words).all(dim=1)
        by_name[f"'{phrase}', AUROC"] = auroc(odds([phrase])[:, 0], fits)
    return by_name


def prior_draws(space: Space, n: int) -> Tensor:
    """`n` draws of the prior of `space`, `[n, d]`; the same on each card."""
    return torch.tensor(space.sample(np.random.default_rng(PRIOR_SEED), n)).float()


def milliseconds(decode: nn.Module, space: Space) -> Figures:
    """How long decoding takes, in batches of some sizes, and both ways of the middle one."""

    def there_and_back(z: Tensor) -> None:
        decode(z.requires_grad_(True)).sum().backward()

    batches = [prior_draws(space, n) for n in BATCHES]
    with torch.no_grad():
        clocked = {f"decode {len(z)}": _fastest(partial(decode, z)) for z in batches}
    middle = batches[1].clone()
    name = f"{len(middle)} forward and backward"
    return clocked | {name: _fastest(partial(there_and_back, middle))}


def _fastest(work: Callable[[], object]) -> float:
    clocked = []
    for _ in range(PATIENCE):
        started = time.perf_counter()
        work()
        clocked.append(time.perf_counter() - started)
    return 1000 * min(clocked)


def table(title: str, columns: Mapping[str, Figures], form: str) -> str:
    """Figures as a Markdown table, a column for each name and a row for each figure."""
    rows = next(iter(columns.values()))
    lines = [f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = (form.format(column[row]) for column in columns.values())
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def turned(rows: Mapping[str, Figures]) -> dict[str, Figures]:
    """Columns by name, each a figure for each row."""
    names = next(iter(rows.values()))
    return {name: {row: figures[name] for row, figures in rows.items()} for name in names}
