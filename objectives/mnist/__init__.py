"""Handwritten 28x28 digits (MNIST): what is asked of them, on decoders that are shipped.

The questions stand in `blackbox.objectives.pictures`; here they find their networks and judges.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives import morphology
from blackbox.objectives.mnist import data, detectors, networks
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.mnist.training_data import MEASURED
from blackbox.objectives.pictures.activation import activation as _activation
from blackbox.objectives.pictures.bold_digit import bold_digit as _bold_digit
from blackbox.objectives.pictures.digit import digit as _digit
from blackbox.objectives.pictures.factory import of
from blackbox.objectives.pictures.family import DIGITS, KINDS, Coded, Detector, Family, Kind
from blackbox.objectives.pictures.inversion import inversion as _inversion
from blackbox.objectives.pictures.perceptual import perceptual as _perceptual
from blackbox.objectives.pictures.realism import realism as _realism
from blackbox.objectives.pictures.super_resolution import super_resolution as _super_resolution
from blackbox.objectives.pictures.text import text as _text
from blackbox.objectives.pictures.thickness import thickness as _thickness
from blackbox.objectives.stroke_limits import StrokeLimits

# The standard deviations of slant (radians), width and height (pixels) within a class of the test
# digits, pooled over the classes; they stand in JUDGES.md, beside what the judges say of real ones.
SHAPE_SCALE = (0.236, 2.43, 1.2)
# Between these lie the strokes of the first 24 000 training digits; they stand in JUDGES.md too.
STROKES = StrokeLimits(
    ink=(0.0386, 0.298),
    darkness=(0.642, 1.0),
    thickness=(1.31, 6.52),
    swelling=(1.0, 2.28),
    length=(2.84, 36.0),
)


@cache
def _detectors(kind: Kind) -> dict[str, Detector]:
    """How far pictures lie from real digits, with the limits of real test digits.

    Kinds that make a code have the cycle: how far decoding and encoding moves it, over sqrt(d).
    """
    limits = networks.calibration()

    def detector(name: str, measure: Callable[[Tensor, Tensor], Tensor]) -> Detector:
        by_class = tuple(limits.get(f"{name}_{shown}", limits[name]) for shown in range(DIGITS))
        return Detector(measure, limits[name], by_class, limits.get(f"{name}_extreme", np.inf))

    by_name = {
        "manifold": detector("neighbour", detectors.neighbour_distance),
        "reconstruction": detector(
            "reconstruction", lambda x, _: detectors.reconstruction_error(x)
        ),
    }
    if kind in ("vae", "autoencoder", "flow"):
        coded: Coded = "autoencoder" if kind == "autoencoder" else "vae"
        by_name["cycle"] = detector(
            f"cycle_{coded}", lambda x, _: detectors.cycle_error(coded, SHIPPED.encode(coded, x))
        )
    return by_name


def _real() -> tuple[Tensor, NDArray[np.int64]]:
    held_out = data.test()
    return torch.tensor(held_out.images), held_out.classes


FAMILY = Family(
    name="mnist",
    kinds=KINDS,
    decoder=SHIPPED.decoder,
    encode=SHIPPED.encode,
    heads=SHIPPED.heads,
    codes=networks.codes,
    reader=SHIPPED.reader,
    true_thickness=partial(STROKES.thickness_of, scale=morphology.SCALE),
    stroke_limits=STROKES,
    true_shape=morphology.shape,
    classifiers=SHIPPED.classifiers,
    detectors=_detectors,
    shape_scale=SHAPE_SCALE,
    factor=detectors.ENLARGEMENT,
    low_resolution_error=lambda: networks.calibration()["low_resolution_vae"],
    coding={"flow": partial(SHIPPED.network, "flow")},
    thickness_reader=partial(SHIPPED.network, "thickness_reader"),
    discriminator=partial(SHIPPED.network, "discriminator"),
    captions=SHIPPED.image_text,
    judge_features=networks.judge_features,
    real=_real,
    real_strokes=lambda: morphology.strokes(data.train().first(MEASURED).images),
)

thickness = of(FAMILY, _thickness)
digit = of(FAMILY, _digit)
bold_digit = of(FAMILY, _bold_digit)
realism = of(FAMILY, _realism)
super_resolution = of(FAMILY, _super_resolution)
activation = of(FAMILY, _activation)
inversion = of(FAMILY, _inversion)
perceptual = of(FAMILY, _perceptual)
text = of(FAMILY, _text)
