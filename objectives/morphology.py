"""The true stroke thickness and shape of drawn digits, measured and not predicted.

Castro, Tan, Kainz, Konukoglu and Glocker, Morpho-MNIST, JMLR 20 (2019), arXiv 1809.10780: enlarge,
binarise, skeletonise; the thickness is twice the mean distance from the skeleton to the background.

Two departures. A frame of background is laid around the picture, because a stroke that touches the
border (as in most 8x8 digits, and in no MNIST digit) is otherwise measured as if it went on beyond.
And a picture that holds no stroke is refused as NaN: the plain measure is blind to contrast, and
its global maximum is a blank. Of scikit-learn's 1797 real digits 98.6 % are measured, at either
scale; the others fall apart into pieces.

This is the plain ruler, from which networks learn. It lays itself to a black disc as well: what a
search finds is measured by a family's `StrokeLimits`, which refuse what no real digit measures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.objectives.skeleton import medial_axis
from blackbox.optional import require

# Castro et al. measure at four times the resolution.
SCALE = 4
# The medial axis breaks ties by chance; a fixed seed makes the measure a function of the picture.
TIE_BREAK_SEED = 42
# Below half of the full contrast a picture is a grey veil, not ink on paper.
LEAST_CONTRAST = 0.5
# Ink on more than 70 % of the picture is no stroke in any family: the boldest of scikit-learn's
# digits leaves 58 % of the paper white, and of MNIST's more.
LEAST_BACKGROUND = 0.3
# Pictures whose ink is remembered: those of the paths that are judged together, some 5 MB.
PICTURES = 400
# What is measured of strokes, in this order, and what it is where there are none.
MEASURES = ("ink", "darkness", "thickness", "swelling", "length")
NOTHING = (float("nan"),) * len(MEASURES)
# Castro et al. leave out 2 % of the ink where they measure how wide and high it is.
TRIMMED = 0.01


def thickness(images: ArrayLike, *, scale: int = SCALE) -> NDArray[np.float64]:
    """Stroke thickness in pixels of `images` `[n, h, w]` in `[0, 1]`, `[n]`; NaN where invalid.

    `scale` is the enlargement before measuring. Invalid: too little contrast, too little
    background, ink that falls apart (8-connectivity), a pixel that is not finite.

    Raises ValueError where `images` is not `[n, h, w]`, ModuleNotFoundError without scikit-image.

    >>> bar = np.zeros((1, 12, 12))
    >>> bar[0, 2:10, 5:7] = 1
    >>> thickness(bar).round(1)
    array([2.])
    >>> thickness(np.ones((1, 12, 12)))
    array([nan])
    """
    return strokes(images, scale=scale)[:, MEASURES.index("thickness")]


def strokes(images: ArrayLike, *, scale: int = SCALE) -> NDArray[np.float64]:
    """The `MEASURES` of the strokes of `images`, `[n, 5]`; NaN where `thickness` has none.

    `ink` is the share of the picture that it covers, `darkness` how dark it is on average (half of
    that is enough to count as ink), `thickness` in pixels, `swelling` the widest place over the
    thickness, `length` that of the skeleton over the thickness. A disc has next to no length.

    >>> bar = np.zeros((1, 12, 12))
    >>> bar[0, 2:10, 5:7] = 1
    >>> strokes(bar).round(1)
    array([[0.1, 0.8, 2. , 1. , 3.1]])
    """
    stack = np.asarray(images, dtype=np.float64)
    if stack.ndim != 3:
        raise ValueError(
            f"thickness measures images [n, h, w], not an array of shape {stack.shape}"
        )
    return np.array([_strokes_of(image, scale) for image in stack]).reshape(-1, len(MEASURES))


def shape(images: ArrayLike, *, scale: int = SCALE) -> NDArray[np.float64]:
    """Slant in radians, width and height in pixels of `images` `[n, h, w]` in `[0, 1]`, `[n, 3]`.

    After Castro et al.: the slant straightens the picture by its second moments; width and height
    are those of the straightened ink, of which 1 % is left out at each end. NaN without contrast.

    >>> bar = np.zeros((1, 12, 12))
    >>> bar[0, 1:11, 5:7] = 1
    >>> shape(bar)[:, 1:].round(0)
    array([[ 2., 10.]])
    """
    stack = np.asarray(images, dtype=np.float64)
    return np.array([_shape_of(image, scale) for image in stack]).reshape(-1, 3)


def _strokes_of(image: NDArray[np.float64], scale: int) -> tuple[float, ...]:
    if not _has_contrast(image):
        return NOTHING
    ink, darkness = _ink_of(image.tobytes(), image.shape, scale)
    share = float(ink[scale:-scale, scale:-scale].mean())
    if 1 - share < LEAST_BACKGROUND or _scikit_image("measure").label(ink).max() != 1:
        return NOTHING
    skeleton, distance = medial_axis(ink, seed=TIE_BREAK_SEED)
    wide = 2 * float(distance[skeleton].mean())
    widest, length = 2 * float(distance.max()), float(skeleton.sum())
    return share, darkness, wide / scale, widest / wide, length / wide


def _shape_of(image: NDArray[np.float64], scale: int) -> tuple[float, float, float]:
    if not _has_contrast(image):
        return float("nan"), float("nan"), float("nan")
    down, right = np.nonzero(_ink_of(image.tobytes(), image.shape, scale)[0])
    y, x = down - down.mean(), right - right.mean()
    shear = -float((x * y).mean() / max((y * y).mean(), 1e-9))  # a row of ink has no slant
    upright = x + shear * y
    width, height = (np.ptp(np.quantile(along, [TRIMMED, 1 - TRIMMED])) for along in (upright, y))
    return float(np.arctan(shear)), float(width) / scale, float(height) / scale


def _has_contrast(image: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(image).all() and np.ptp(image) >= LEAST_CONTRAST)


@lru_cache(maxsize=PICTURES)
def _ink_of(content: bytes, shape: tuple[int, ...], scale: int) -> tuple[NDArray[np.bool_], float]:
    """Where an enlarged picture of these float64 numbers is ink, and how dark that is on average.

    The measures of one picture are asked one after the other, and those of a start in each run.
    """
    large = _enlarged(np.frombuffer(content).reshape(shape), scale)
    ink = _ink(large)
    ink.setflags(write=False)
    return ink, float(large[ink].mean())


def _enlarged(image: NDArray[np.float64], scale: int) -> NDArray[np.float64]:
    """The picture at `scale` times the resolution, one pixel of background around it."""
    framed = np.pad(image, 1, constant_values=image.min())
    large: NDArray[np.float64] = _scikit_image("transform").pyramid_expand(
        framed, upscale=scale, order=3, channel_axis=None
    )
    return large


def _ink(large: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What is darker than the middle between its lightest and its darkest place."""
    ink: NDArray[np.bool_] = large > large.min() + 0.5 * np.ptp(large)
    return ink


def _scikit_image(part: str) -> Any:
    return require(f"skimage.{part}", "digits", "scikit-image")
