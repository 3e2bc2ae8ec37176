"""The 70 000 digits of MNIST, from a folder that the user names, or downloaded.

LeCun, Cortes and Burges, 1998, http://yann.lecun.com/exdb/mnist/, CC BY-SA 3.0. Only training and
the model card read them; objectives stand on shipped weights and codes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.objectives import morphology
from blackbox.objectives.mnist import download, idx

VARIABLE = "BLACKBOX_DATA"
# Ink is counted from 0 to 255.
FULL_INK = 255


class NoData(ObjectiveError, FileNotFoundError):
    """MNIST is neither in the folder that was named, nor in the cache, nor can it be fetched."""


@dataclass(frozen=True)
class Digits:
    """Pictures `[n, 28, 28]` in `[0, 1]` and what they show, `[n]`; both read-only."""

    images: NDArray[np.float32]
    classes: NDArray[np.int64]

    def first(self, n: int) -> Digits:
        """The first `n` of them."""
        return Digits(self.images[:n], self.classes[:n])


def train(folder: Path | None = None) -> Digits:
    """The 60 000 training digits from `folder`, else from `BLACKBOX_DATA`, the cache, a mirror.

    Raises NoData where there is none of these, ValueError where a file is broken.
    """
    return _digits("train", _named(folder))


def test(folder: Path | None = None) -> Digits:
    """The 10 000 test digits, likewise; nothing shipped was trained on them."""
    return _digits("t10k", _named(folder))


def thickness(digits: Digits, cache: Path | None = None) -> NDArray[np.float64]:
    """The true thickness of `digits` in pixels, `[n]`; NaN where there is none.

    This takes minutes: with `cache`, it is read from that file, or written there for the next time.
    """
    if cache is not None and cache.is_file():
        held: NDArray[np.float64] = np.load(cache, allow_pickle=False)
        if held.shape != digits.classes.shape:
            raise ValueError(
                f"{cache} holds {len(held)} thicknesses for {len(digits.classes)} digits; delete it"
            )
        return held
    measured = morphology.thickness(digits.images)
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.save(cache, measured, allow_pickle=False)
    return measured


def _named(folder: Path | None) -> Path | None:
    if folder is not None:
        return folder
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


@cache
def _digits(part: str, folder: Path | None) -> Digits:
    pictures = idx.read(_file(f"{part}-images-idx3-ubyte", folder))
    shown = idx.read(_file(f"{part}-labels-idx1-ubyte", folder))
    if pictures.ndim != 3 or shown.shape != pictures.shape[:1]:
        raise ValueError(
            f"the {part} files do not belong together: pictures {pictures.shape}, "
            f"labels {shown.shape}"
        )
    images, classes = pictures.astype(np.float32) / np.float32(FULL_INK), shown.astype(np.int64)
    images.flags.writeable = classes.flags.writeable = False
    return Digits(images, classes)


def _file(name: str, folder: Path | None) -> Path:
    """Where the file `name` lies: in the named folder or its `mnist`, or fetched into the cache."""
    places = [folder, folder / "mnist"] if folder is not None else [download.cache()]
    for place in places:
        for path in (place / f"{name}.gz", place / name):
            if path.is_file():
                return path
    looked = f"looked for {name}.gz and {name} in {' and '.join(map(str, places))}"
    if folder is not None:
        raise NoData(
            f"no MNIST there: {looked}; put the four IDX files into that folder, or unset "
            f"{VARIABLE} to have them downloaded"
        )
    try:
        return download.fetch(name, places[0])
    except OSError as error:
        raise NoData(
            f"no MNIST here: {looked}, and {error}; put the four IDX files into a folder and name "
            f"it: {VARIABLE}=FOLDER"
        ) from error
