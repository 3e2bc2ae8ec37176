"""Handwritten 8x8 digits: the same questions as of MNIST, small, fast, and without a download.

The questions stand in `blackbox.objectives.pictures`; here they find their networks and judges.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives import morphology
from blackbox.objectives.digits import data, judges, networks
from blackbox.objectives.digits.networks import SHIPPED
from blackbox.objectives.pictures.activation import activation as _activation
from blackbox.objectives.pictures.bold_digit import bold_digit as _bold_digit
from blackbox.objectives.pictures.digit import digit as _digit
from blackbox.objectives.pictures.factory import of
from blackbox.objectives.pictures.family import KINDS, Family
from blackbox.objectives.pictures.inversion import inversion as _inversion
from blackbox.objectives.pictures.perceptual import perceptual as _perceptual
from blackbox.objectives.pictures.realism import realism as _realism
from blackbox.objectives.pictures.super_resolution import super_resolution as _super_resolution
from blackbox.objectives.pictures.text import text as _text
from blackbox.objectives.pictures.thickness import thickness as _thickness
from blackbox.objectives.stroke_limits import StrokeLimits

# The standard deviations of slant (radians), width and height (pixels) within a class of the
# held-out digits, pooled over the classes; they stand in JUDGES.md.
SHAPE_SCALE = (0.0929, 0.389, 0.16)
# Between these lie the strokes of the 1438 training digits; they stand in JUDGES.md too.
STROKES = StrokeLimits(
    ink=(0.214, 0.409),
    darkness=(0.568, 1.0),
    thickness=(1.02, 3.65),
    swelling=(1.0, 2.28),
    length=(1.14, 16.7),
)


def _real() -> tuple[Tensor, NDArray[np.int64]]:
    held_out = data.test()
    return torch.tensor(held_out.images), held_out.classes


FAMILY = Family(
    name="digits",
    kinds=KINDS,
    seconds={"flow": 1e-4, "pixel_flow": 1e-3},
    decoder=SHIPPED.decoder,
    encode=SHIPPED.encode,
    heads=SHIPPED.heads,
    codes=networks.codes,
    reader=SHIPPED.reader,
    true_thickness=partial(STROKES.thickness_of, scale=data.MEASURING_SCALE),
    stroke_limits=STROKES,
    true_shape=partial(morphology.shape, scale=data.MEASURING_SCALE),
    classifiers=SHIPPED.classifiers,
    detectors=judges.detectors,
    shape_scale=SHAPE_SCALE,
    factor=judges.ENLARGEMENT,
    low_resolution_error=judges.low_resolution_error,
    coding={"flow": partial(SHIPPED.network, "flow")},
    thickness_reader=partial(SHIPPED.network, "thickness_reader"),
    discriminator=partial(SHIPPED.network, "discriminator"),
    captions=SHIPPED.image_text,
    judge_features=judges.features,
    real=_real,
    real_strokes=lambda: morphology.strokes(data.train().images, scale=data.MEASURING_SCALE),
)

thickness = of(FAMILY, _thickness)
digit = of(FAMILY, _digit, target=3)
bold_digit = of(FAMILY, _bold_digit)
realism = of(FAMILY, _realism)
super_resolution = of(FAMILY, _super_resolution)
activation = of(FAMILY, _activation, layer=2)
inversion = of(FAMILY, _inversion, layer=2)
perceptual = of(FAMILY, _perceptual)
text = of(FAMILY, _text)
