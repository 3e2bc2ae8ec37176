"""Train the further networks of the digits.

    python -m blackbox.objectives.digits.train_decoders [gan ...]

Writes their weights and their card `DECODERS.md` beside this file; without names, all of them. What
`blackbox.objectives.digits.train` wrote is read and left as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from blackbox.objectives import weights
from blackbox.objectives.digits import data, decoders_card
from blackbox.objectives.digits.networks import FURTHER, LATENT, SHIPPED, TRAIN_FURTHER, codes
from blackbox.objectives.digits.train import vary
from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder
from blackbox.objectives.networks.flow import Flow
from blackbox.objectives.networks.text import ImageText
from blackbox.objectives.training.autoencoder import train_autoencoder
from blackbox.objectives.training.classifier import train_classifier, train_copier, train_regressor
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

Trained = dict[str, nn.Module]

# Halves of the training digits: the encoder of captions that judges learns from the other one.
SEARCHED, JUDGING = slice(0, 719), slice(719, None)


def _autoencoder() -> Trained:
    make = cast(Callable[[], MultiHeadAutoencoder], FURTHER["autoencoder"])
    thickness, recipe = _thickness(), Recipe(seed=3, epochs=110, batch=64)
    return {"autoencoder": train_autoencoder(make, _images(), _classes(), thickness, recipe)}


def _thickness_reader() -> Trained:
    rows = _thickness().isfinite()
    recipe = Recipe(seed=4, epochs=150, batch=64)
    make = FURTHER["thickness_reader"]
    return {"thickness_reader": train_regressor(make, _images()[rows], _thickness()[rows], recipe)}


def _judges() -> Trained:
    recipe = Recipe(seed=5, epochs=120, batch=64)
    copying = Recipe(seed=6, epochs=200, batch=64)
    return {
        "dense_judge": train_classifier(FURTHER["dense_judge"], _images(), _classes(), recipe),
        "judge_autoencoder": train_copier(FURTHER["judge_autoencoder"], _images(), copying),
    }


def _flow() -> Trained:
    recipe = Recipe(seed=7, epochs=500, batch=128)
    return {"flow": train_flow(_flow_of("flow"), SHIPPED.encode("vae", _images()), recipe)}


def _pixel_flow() -> Trained:
    recipe = Recipe(seed=8, epochs=500, batch=128)
    rows = 2 * _images().flatten(1) - 1
    return {"pixel_flow": train_flow(_flow_of("pixel_flow"), rows, recipe)}


def _gan() -> Trained:
    def make() -> tuple[nn.Module, nn.Module]:
        generator = cast(nn.Sequential, FURTHER["gan"]())
        start_from(generator, SHIPPED.heads("vae").decoder)
        return generator, FURTHER["discriminator"]()

    recipe = Recipe(seed=9, epochs=100, batch=64, learning_rate=1e-4)
    generator, _ = train_gan(make, _images(), LATENT, recipe)
    return {"gan": generator}


def _discriminator() -> Trained:
    others = [SHIPPED.decoder(kind) for kind in ("vae", "autoencoder")]
    false = adversaries(SHIPPED.decoder("gan"), others)
    recipe = Recipe(seed=11, epochs=300, batch=64)
    network = train_discriminator(FURTHER["discriminator"], _images(), false, recipe)
    return {"discriminator": network}


def _image_text() -> Trained:
    measured = measures(_images(), _thickness())
    words = fitting_words(_classes(), measured, quarters(measured))
    # A digit that is turned or stretched may have other words.
    moved = partial(vary, turn=0.0, stretch=0.0)
    trained: Trained = {}
    for seed, name, part in ((10, "image_text", SEARCHED), (11, "image_text_judge", JUDGING)):
        make = cast(Callable[[], ImageText], FURTHER[name])
        recipe = Recipe(seed=seed, epochs=400, batch=64)
        trained[name] = train_image_text(make, _images()[part], words[part], recipe, vary=moved)
    return trained


def _flow_of(name: str) -> Callable[[], Flow]:
    return cast(Callable[[], Flow], FURTHER[name])


def _images() -> Tensor:
    return torch.tensor(data.train().images)


def _classes() -> Tensor:
    return torch.tensor(data.train().classes)


def _thickness() -> Tensor:
    return torch.tensor(data.train_thickness()).float()


PARTS: dict[str, Callable[[], Trained]] = {
    "autoencoder": _autoencoder,
    "thickness_reader": _thickness_reader,
    "judges": _judges,
    "flow": _flow,
    "pixel_flow": _pixel_flow,
    "gan": _gan,
    "discriminator": _discriminator,
    "image_text": _image_text,
}


def main(words: Sequence[str] | None = None) -> None:
    """Train the parts that are named, save them, and write the card from what was saved."""
    parser = argparse.ArgumentParser(prog=TRAIN_FURTHER, description="Train the networks.")
    parser.add_argument("parts", nargs="*", help=f"some of: {', '.join(PARTS)}; none: all")
    options = parser.parse_args(words)
    if strangers := set(options.parts) - set(PARTS):
        parser.error(f"unknown {', '.join(sorted(strangers))}; known: {', '.join(PARTS)}")
    torch.set_num_threads(1)
    for part in [name for name in PARTS if name in options.parts or not options.parts]:
        for name, network in PARTS[part]().items():
            weights.save(network, SHIPPED.path(name))
        SHIPPED.forget()  # what comes next builds on it
    codes.cache_clear()
    card = SHIPPED.folder / "DECODERS.md"
    card.write_text(decoders_card.written(), encoding="utf-8")
    print(f"the figures stand in {card}")


if __name__ == "__main__":
    main()
