"""Measures of oddness that need no truth: the higher, the less a point is like real ones.

Each is made of points that are taken for real, and then asked of any. What a point is called (`z`)
can be far from usual where its object is not, and the other way round: `appearance` looks at the
object alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.scoring.arrays import as_rows, to_numpy
from blackbox.scoring.typicality import FEWEST, noise_surprise
from blackbox.space import Space

Floats = NDArray[np.float64]
NEIGHBOURS = 3  # as LES calls a code typical (Ronen et al., 2024, arXiv 2406.09657)
# Up to so many numbers are taken for measures of different kinds, each in deviations of its own.
DIFFERENT_KINDS = 64
ITSELF = 1e-9  # relative: a point is no neighbour of its own
GRAMS, BUCKETS = 3, 512  # of texts: runs of so many letters, counted in so many places


@dataclass(frozen=True, eq=False)
class SeenPoints:
    """Points as measures see them: `z [n, d]`, objects `x [n]`, and their `score [n]`.

    `worth [n]` is that, or less where other scorers fall short of it; `others [n]` is what these
    say in the mean, None where there are none.
    """

    z: Floats
    x: Any
    score: Floats
    worth: Floats
    others: Floats | None = None

    @property
    def differ(self) -> float:
        """The deviation of what other scorers say from the scorer; 0 where there are none.

        One that says a constant less says the same of a gain.
        """
        if self.others is None:
            return 0.0
        apart = self.score - self.others
        apart = apart[np.isfinite(apart)]
        return float(apart.std()) if len(apart) else 0.0


Oddness: TypeAlias = Callable[[SeenPoints], Floats]


@dataclass(frozen=True, eq=False)
class Nearest:
    """The mean distance `[n]` to the nearest of real rows `[m, k]`, in their deviations."""

    real: Floats
    scale: Floats

    @classmethod
    def of(cls, rows: Floats, *, alike: bool) -> Nearest:
        """Of real rows; `alike`: all their numbers are of one kind, as those of a picture."""
        deviation = rows.std(axis=0)
        whole = float(np.sqrt((deviation**2).mean())) or 1.0
        scale = np.full_like(deviation, whole) if alike else np.where(deviation > 0, deviation, 1.0)
        return cls(rows / scale, scale)

    def distance(self, rows: Floats) -> Floats:
        """Of rows `[n, k]`; one that is among the real ones does not count itself."""
        real, asked = torch.from_numpy(self.real), torch.from_numpy(rows / self.scale)
        apart = torch.cdist(asked, real, compute_mode="donot_use_mm_for_euclid_dist")
        itself = ITSELF * (1 + real.norm(dim=1).mean())
        apart = apart.masked_fill(apart <= itself, torch.inf)
        k = min(NEIGHBOURS, len(real))
        return np.asarray(apart.topk(k, largest=False).values.mean(dim=1).numpy(), np.float64)


def appearance(real: SeenPoints) -> Oddness | None:
    """How far an object is from real objects; None where objects are neither numbers nor texts."""
    rows = numbers(real.x)
    if rows is None:
        return None
    alike = np.ndim(as_rows(real.x)) > 2 or rows.shape[1] > DIFFERENT_KINDS or _texts(real.x)
    nearest = Nearest.of(rows, alike=alike)

    def odd(points: SeenPoints) -> Floats:
        seen = numbers(points.x)
        assert seen is not None
        return nearest.distance(seen)

    return odd


def nearness(codes: Floats) -> Oddness:
    """How far `z` is from the nearest codes of real data."""
    nearest = Nearest.of(codes, alike=True)
    return lambda points: nearest.distance(points.z)


def shell(space: Space) -> Oddness | None:
    """How far `z` is from where a normal prior has its draws; None for other priors.

    By the norm, and where there are a hundred numbers or more, by whether they still look like
    noise. Norms that are small count only half as odd: decoders know the way to the centre.
    """
    if space.prior != "normal":
        return None
    usual = np.sqrt(space.dim)

    def odd(points: SeenPoints) -> Floats:
        away = np.linalg.norm(points.z, axis=1) - usual
        surprise = np.where(away < 0, -away / 2, away)
        if space.dim >= FEWEST:
            surprise = surprise + noise_surprise(torch.from_numpy(points.z))
        return np.asarray(surprise, np.float64)

    return odd


def cycle(encoder: Callable[[Any], Any]) -> Oddness:
    """How far decoding and encoding moves `z`, over sqrt(d)."""

    def odd(points: SeenPoints) -> Floats:
        with torch.no_grad():
            again = to_numpy(encoder(points.x))
        moved = again.reshape(len(points.z), -1) - points.z
        return np.asarray(np.linalg.norm(moved, axis=1) / np.sqrt(points.z.shape[1]), np.float64)

    return odd


def extrapolation(points: SeenPoints) -> Floats:
    """What a point is worth: beyond all real points no scorer was ever put to the test."""
    return points.worth


def sharpness(decode: Callable[[Floats], Any], scale: Floats, radius: float = 0.1) -> Oddness:
    """How much the object changes with a small step, to both sides of each axis of a fixed frame.

    Where a decoder is steep, small errors of a search are large ones of its object: the spectral
    view of LES (arXiv 2406.09657), by differences and without derivatives.
    """

    def odd(points: SeenPoints) -> Floats:
        dim = points.z.shape[1]
        steps = np.linalg.qr(np.random.default_rng(0).standard_normal((dim, min(dim, 4))))[0].T
        ways = [numbers(decode(points.z + radius * scale * step)) for step in (*steps, *-steps)]
        here = numbers(points.x)
        assert here is not None
        moved = [np.linalg.norm(way - here, axis=1) for way in ways if way is not None]
        return np.asarray(np.mean(moved, axis=0) / radius, np.float64)

    return odd


def opinions(scorers: Sequence[Callable[[Any], Any]], x: Any) -> Floats:
    """What each of other scorers says of objects, `[n, k]`."""
    with torch.no_grad():
        answers = [to_numpy(scorer(x)).reshape(len(x), -1)[:, 0] for scorer in scorers]
    return np.stack(answers, axis=1)


def numbers(x: Any) -> Floats | None:
    """Objects as rows of numbers `[n, k]`, texts by their runs of letters; None for others."""
    if _texts(x):
        return np.stack([_grams(str(one)) for one in x])
    rows = as_rows(x)
    if rows.dtype.kind not in "fiub":
        shapes = {np.shape(one) for one in x}
        if len(shapes) != 1:
            return None
        try:
            rows = np.stack([to_numpy(one) for one in x])
        except (TypeError, ValueError):
            return None
    return np.asarray(rows, np.float64).reshape(len(rows), -1)


def _texts(x: Any) -> bool:
    return not isinstance(x, torch.Tensor) and len(x) > 0 and isinstance(x[0], str)


def _grams(text: str) -> Floats:
    counts = np.zeros(BUCKETS)
    padded = f"^{text}$"
    for at in range(max(1, len(padded) - GRAMS + 1)):
        gram = padded[at : at + GRAMS].encode()
        counts[int.from_bytes(gram, "little") % (2**31 - 1) % BUCKETS] += 1
    return counts / np.linalg.norm(counts)
