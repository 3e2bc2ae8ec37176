"""How each network of MNIST is trained: its data, its seed, how long and how fast."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from blackbox.objectives.mnist import architectures, classifiers
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.mnist.training_data import (
    FIRST,
    JUDGING,
    ODD,
    SEARCHED,
    SECOND,
    TrainingData,
)
from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder
from blackbox.objectives.pictures.family import Coded
from blackbox.objectives.training.autoencoder import train_autoencoder
from blackbox.objectives.training.classifier import (
    A_PIXEL_AWAY,
    train_classifier,
    train_copier,
    train_regressor,
)
from blackbox.objectives.training.contrastive import (
    fitting_words,
    measures,
    quarters,
    train_image_text,
)
from blackbox.objectives.training.discriminator import adversaries, train_discriminator
from blackbox.objectives.training.flow import train_flow
from blackbox.objectives.training.gan import start_from, train_gan
from blackbox.objectives.training.learning import Recipe
from blackbox.objectives.weights import Network

Trained = dict[str, nn.Module]


def _vae(training_data: TrainingData) -> Trained:
    return {"vae": _autoencoder("vae", training_data, Recipe(seed=0, epochs=8))}


def _plain(training_data: TrainingData) -> Trained:
    return {"autoencoder": _autoencoder("autoencoder", training_data, Recipe(seed=1, epochs=5))}


def _autoencoder(name: Coded, training_data: TrainingData, recipe: Recipe) -> nn.Module:
    def make() -> MultiHeadAutoencoder:
        return _quick(architectures.autoencoder(variational=name == "vae"))

    thickness = training_data.thickness_of(SEARCHED)
    return train_autoencoder(make, training_data.x, training_data.classes, thickness, recipe)


def _flow(training_data: TrainingData) -> Trained:
    codes = torch.cat([SHIPPED.encode("vae", x) for x in torch.split(training_data.x, 500)])
    recipe = Recipe(seed=8, epochs=25, batch=256, learning_rate=2e-3)
    return {"flow": train_flow(architectures.latent_flow, codes, recipe)}


def _pixel_flow(training_data: TrainingData) -> Trained:
    recipe = Recipe(seed=12, epochs=22, learning_rate=2e-3)
    rows = 2 * training_data.x.flatten(1) - 1
    return {"pixel_flow": train_flow(lambda: _quick(architectures.pixel_flow()), rows, recipe)}


def _gan(training_data: TrainingData) -> Trained:
    def make() -> tuple[nn.Module, nn.Module]:
        generator = architectures.generator()
        start_from(generator, SHIPPED.heads("vae").decoder)
        return _quick(generator), _quick(architectures.discriminator())

    # Equally fast, and held back more, the discriminator is soon fooled and teaches nothing.
    recipe = Recipe(seed=9, epochs=8, batch=64, learning_rate=2e-4)
    generator, _ = train_gan(
        make, training_data.x, architectures.NOISE, recipe, penalty=0.02, lead=5
    )
    return {"gan": generator}


def _discriminator(training_data: TrainingData) -> Trained:
    others = [SHIPPED.decoder(kind) for kind in ("vae", "autoencoder")]
    false = adversaries(SHIPPED.decoder("gan"), others)
    recipe = Recipe(seed=13, epochs=4, learning_rate=2e-3)

    def make() -> nn.Module:
        return _quick(architectures.discriminator())

    return {"discriminator": train_discriminator(make, training_data.x, false, recipe)}


def _reader(training_data: TrainingData) -> Trained:
    return {
        "reader": _classifier(classifiers.reader, training_data, FIRST, Recipe(seed=2, epochs=10))
    }


def _thickness_reader(training_data: TrainingData) -> Trained:
    rows = training_data.thickness_of(SEARCHED).isfinite()
    thickness = training_data.thickness_of(SEARCHED)[rows]
    recipe = Recipe(seed=3, epochs=40)
    make = classifiers.thickness_reader
    return {
        "thickness_reader": train_regressor(make, training_data.x[rows], thickness, recipe, shift=2)
    }


def _judges(training_data: TrainingData) -> Trained:
    return {
        "pooling_judge": _classifier(
            classifiers.pooling_judge, training_data, SECOND, Recipe(seed=4, epochs=8)
        ),
        "dense_judge": _classifier(
            classifiers.dense_judge, training_data, FIRST, Recipe(seed=5, epochs=20)
        ),
        "averaging_judge": _classifier(
            classifiers.averaging_judge,
            training_data,
            ODD,
            Recipe(seed=6, epochs=16, learning_rate=4e-3),
        ),
        "judge_autoencoder": train_copier(
            classifiers.judge_autoencoder,
            training_data.x[SECOND],
            Recipe(seed=7, epochs=12, learning_rate=2e-3),
        ),
    }


def _classifier(
    make: Callable[[], nn.Module], training_data: TrainingData, part: slice, recipe: Recipe
) -> nn.Module:
    x, classes = training_data.x[part], training_data.classes[part]
    return train_classifier(make, x, classes, recipe, vary=A_PIXEL_AWAY)


def _image_text(training_data: TrainingData) -> Trained:
    networks_of_text = {
        "image_text": (classifiers.image_text, SEARCHED, Recipe(seed=10, epochs=25)),
        "image_text_judge": (classifiers.image_text_judge, JUDGING, Recipe(seed=11, epochs=25)),
    }
    trained: Trained = {}
    for name, (make, part, recipe) in networks_of_text.items():
        measured = measures(training_data.x[part], training_data.thickness_of(part)[part])
        words = fitting_words(training_data.classes[part], measured, quarters(measured))
        trained[name] = train_image_text(make, training_data.x[part], words, recipe)
    return trained


def _quick(network: Network) -> Network:
    """Channels last: convolutions learn a fifth faster so."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


# In an order in which each part finds what it builds on.
PARTS: dict[str, Callable[[TrainingData], Trained]] = {
    "vae": _vae,
    "autoencoder": _plain,
    "reader": _reader,
    "thickness_reader": _thickness_reader,
    "judges": _judges,
    "flow": _flow,
    "image_text": _image_text,
    "gan": _gan,
    "discriminator": _discriminator,
    "pixel_flow": _pixel_flow,
}
