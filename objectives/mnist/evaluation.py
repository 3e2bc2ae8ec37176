"""The figures of the model card: the shipped networks on test digits that no network has seen."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from blackbox.objectives import morphology
from blackbox.objectives.mnist import data, detectors
from blackbox.objectives.mnist.networks import SHIPPED, judge_features
from blackbox.objectives.mnist.training_data import MEASURED_TEST
from blackbox.objectives.pictures.family import KINDS, Coded, Kind
from blackbox.objectives.training import figures
from blackbox.objectives.training.figures import (
    PIECE,
    Figures,
    frechet,
    moments,
    pieces,
    prior_draws,
    r_squared,
    share,
)

# Prior draws behind each figure; a judge's share then has a standard error below 1.6 %.
PRIOR_DRAWS = 1000
# How many of them are measured with the ruler, which is slow.
RULED = 300


def on_autoencoder(
    kind: Coded, x: Tensor, classes: Tensor, thickness: NDArray[np.float64]
) -> Figures:
    """Heads, reconstruction and code of test digits."""
    network = SHIPPED.heads(kind)
    z = pieces(network.encode, x)
    again = pieces(network.decode, z)
    crossed = functional.binary_cross_entropy(again, x, reduction="none").sum(dim=(1, 2))
    return {
        "digit head, accuracy": share(pieces(network.digit_log_probability, z).argmax(1), classes),
        "thickness head, R2": r_squared(thickness, pieces(network.thickness, z)),
        "reconstruction, root mean square error of a pixel": float(
            (again - x).square().mean().sqrt()
        ),
        "reconstruction, summed cross-entropy in nats": float(crossed.mean()),
        "norm of the code, mean (N(0, I): 3.94)": float(z.norm(dim=1).mean()),
    }


def on_readers(x: Tensor, classes: Tensor, thickness: NDArray[np.float64]) -> Figures:
    """The networks that are searched on the picture."""
    measured = x[: len(thickness)]
    return {
        "reader, accuracy": share(pieces(SHIPPED.reader(), x).argmax(1), classes),
        "thickness reader, R2": r_squared(
            thickness, pieces(SHIPPED.network("thickness_reader"), measured)
        ),
    }


def on_judges(x: Tensor, classes: Tensor) -> Figures:
    """Each judge alone, and all of them together with both distances."""
    named = pieces(lambda part: detectors.believed(part).argmax(2).T, x).T
    alone = {f"{name}, accuracy": share(named[i], classes) for i, name in enumerate(SHIPPED.judges)}
    error = pieces(detectors.reconstruction_error, x).mean().sqrt()
    passed = map(detectors.passes_all, torch.split(x, PIECE), torch.split(classes, PIECE))
    return {
        **alone,
        "all judges right": share(named, classes),
        "judge's autoencoder, root mean square error of a pixel": float(error),
        "all judges right and both distances within limits": float(torch.cat(list(passed)).mean()),
    }


def on_captions(*, held_out: bool, test: data.Digits, thickness: NDArray[np.float64]) -> Figures:
    """How well one of the joint encoders tells which captions fit."""
    network = SHIPPED.image_text(held_out)
    some = test.first(MEASURED_TEST)
    x, classes = torch.tensor(some.images), torch.tensor(some.classes)
    return figures.on_captions(network, x, classes, thickness)


def on_discriminator(x: Tensor) -> Figures:
    """How often the discriminator finds a test digit more real than a prior draw of a decoder."""
    drawn: dict[str, Tensor] = {kind: _drawn(kind) for kind in KINDS}
    return figures.on_discriminator(SHIPPED.network("discriminator"), x[:PRIOR_DRAWS], drawn)


def on_prior_draws(kind: Kind, real: tuple[Tensor, Tensor]) -> Figures:
    """What judges say of decoded draws from the prior; `real` are the moments of real features."""
    return judged(_drawn(kind), real)


def judged(x: Tensor, real: tuple[Tensor, Tensor]) -> Figures:
    """What judges say of the pictures `x`, and how far their features lie from `real` ones."""
    belief = detectors.believed(x)
    named = belief.argmax(dim=2)
    majority = named.mode(dim=0).values
    reader = SHIPPED.reader()(x).argmax(dim=1)
    ruled = morphology.thickness(x[:RULED].numpy())
    return {
        "judges, mean confidence": float(belief.amax(dim=2).mean()),
        "judges agree": share(named, named[0]),
        "judges and reader agree": share(torch.cat([named, reader[None]]), named[0]),
        "pass all judges": float(detectors.passes_all(x, majority).mean()),
        "Frechet distance": frechet(moments(judge_features(x)), real),
        "thickness measurable": float(np.isfinite(ruled).mean()),
    }


def _drawn(kind: Kind) -> Tensor:
    decode, space = SHIPPED.decoder(kind)
    return pieces(decode, prior_draws(space, PRIOR_DRAWS))
