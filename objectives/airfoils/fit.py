"""Named airfoils as shape numbers: what the decoder and the starts are made of.

    python -m blackbox.objectives.airfoils.fit

Fits the outlines of aerosandbox's collection (that of the University of Illinois, M. Selig), which
comes with the extra "airfoils", and writes named.npz: names, shape numbers, which airfoils the
decoder has seen, and the mean and spread of these. Half are held out: searches begin there.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import MissingPackage
from blackbox.objectives.airfoils.shape import fitted, gap, thickness

FILE = Path(__file__).with_name("named.npz")
LARGEST_ERROR = 0.003  # of a fit, in chords
THICKNESS = (0.04, 0.25)  # in chords: what lies beyond is a plate or a strut
FEWEST_POINTS = 30
USUAL, TRIMMING = 0.9, 5  # the share whose spread the decoder has, and rounds to find it


def main() -> None:
    """Write named.npz."""
    names, shapes = zip(*collection(), strict=True)
    seen = np.random.default_rng(0).permutation(len(names)) < len(names) // 2
    table = np.array(shapes)
    mean, factor = spread(table[seen])
    np.savez_compressed(
        FILE,
        names=np.array(names),
        shapes=table.astype(np.float32),
        seen=seen,
        mean=mean,
        factor=factor,
    )
    print(f"{len(names)} airfoils, {FILE.stat().st_size / 1e3:.0f} kB")


def spread(shapes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean `[18]` and Cholesky factor `[18, 18]` of all but the oddest tenth.

    Those would widen the normal law so far that half of its draws are no airfoils.
    """
    usual = shapes
    for _ in range(TRIMMING):
        mean, covariance = usual.mean(0), np.cov(usual.T)
        away = shapes - mean
        distance = (away @ np.linalg.inv(covariance) * away).sum(1)
        usual = shapes[distance <= np.quantile(distance, USUAL)]
    factor = np.linalg.cholesky(np.cov(usual.T))
    return usual.mean(0), np.asarray(factor, np.float64)


def collection() -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Name and shape numbers `[18]` of each airfoil that they can say."""
    for path in sorted(folder().glob("*.dat")):
        points = read(path)
        if points is None:
            continue
        nose = int(points[:, 0].argmin())
        side = (np.arange(len(points)) > nose).astype(int)
        shape, error = fitted(points[:, 0], points[:, 1], side)
        one = torch.tensor(shape)[None]
        is_sound = THICKNESS[0] < float(thickness(one)) < THICKNESS[1] and float(gap(one)) > 0
        if error < LARGEST_ERROR and is_sound:
            yield path.stem, shape


def folder() -> Path:
    """Where the collection is. Raises MissingPackage where it is not installed."""
    package = find_spec("aerosandbox")
    if package is None or package.origin is None:
        raise MissingPackage(
            "the collection of airfoils is that of the package aerosandbox, which is not "
            'installed: pip install "blackbox[airfoils]"'
        )
    return Path(package.origin).parent / "geometry" / "airfoil" / "airfoil_database"


def read(path: Path) -> NDArray[np.float64] | None:
    """Points `[m, 2]` of an outline from the tail over the upper side, of chord 1; None if odd."""
    rows = []
    for line in path.read_text(errors="replace").splitlines()[1:]:
        words = line.split()
        try:
            rows.append([float(words[0]), float(words[1])])
        except (ValueError, IndexError):
            continue
    points = np.array(rows)
    if len(points) < FEWEST_POINTS or not 0.9 < np.ptp(points[:, 0]) < 1.1:
        return None
    nose, chord = points[points[:, 0].argmin()], np.ptp(points[:, 0])
    points = (points - [nose[0], 0]) / chord
    is_closed_loop = points[0, 0] > 0.9 and points[-1, 0] > 0.9
    return points if is_closed_loop and np.isfinite(points).all() else None


if __name__ == "__main__":
    main()
