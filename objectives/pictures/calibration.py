"""How well do the judges tell real digits from others?

    python -m blackbox.objectives.pictures.calibration

Followed by the names of families, such as `mnist digits`, it writes JUDGES.md into the folder of
each. Real digits are held out; beside them stand decodes of draws of the prior, and of draws five
times as far out, which are no digits. So Ronen et al. calibrate detectors (LES, 2024, arXiv
2406.09657). MNIST is found as `blackbox.objectives.mnist.data` says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox import objectives
from blackbox.objectives.morphology import MEASURES
from blackbox.objectives.pictures import judges
from blackbox.objectives.pictures.family import DIGITS, Family, Kind, family_of
from blackbox.objectives.stroke_limits import limits_of
from blackbox.objectives.training.figures import Figures, auroc, pieces, table, turned

# Pictures of each sort; a share then has a standard error below 1.2 %.
SAMPLES, SEED, FAR = 2000, 0, 5.0
# The kinds whose prior is normal and whose decode is cheap.
KINDS: tuple[Kind, ...] = ("vae", "autoencoder", "flow", "gan")
SHAPE = ("slant in radians", "width in pixels", "height in pixels")


@dataclass(frozen=True)
class Calibration:
    """What judges say of real digits and of others: tables of row -> column -> number."""

    auroc: dict[str, Figures]
    shares: dict[str, Figures]
    limits: dict[str, Figures]
    strokes: dict[str, Figures]
    shape_scale: Figures


def calibrated(family: Family) -> Calibration:
    """The calibration of a family's judges. Raises ValueError where it has no real pictures."""
    x, classes = family.part(family.real, "real pictures")()
    # Spread over all: the writers of MNIST's first half are neater than those of the second.
    rows = torch.arange(0, len(x), max(1, len(x) // SAMPLES))
    real, shown = x[rows], torch.tensor(classes)[rows]
    detectors = _detectors(family)
    of_real = {name: detect(real) for name, detect in detectors.items()}
    separation: dict[str, Figures] = {name: {} for name in detectors}
    shares = {"real digits, of their class": _shares(family, real, lambda *_: shown)}
    own_class = judges.Wanted(family, "own")
    others = torch.arange(len(real) + SAMPLES) >= len(real)
    for kind in [kind for kind in KINDS if kind in family.kinds]:
        for far, word in ((1.0, "prior"), (FAR, f"{FAR:g} x prior")):
            drawn = _drawn(family, kind, far)
            shares[f"{kind}, {word}, of their own class"] = _shares(family, drawn, own_class)
            for name, detect in detectors.items():
                separation[name][f"{kind}, {word}"] = auroc(
                    torch.cat([of_real[name], detect(drawn)]), others
                )
    limits: dict[str, Figures] = {
        name: {"all": one.high}
        | {str(k): one.by_class[k] for k in range(DIGITS)}
        | {"extreme": one.extreme}
        for name, one in family.detectors("none").items()
    }
    return Calibration(
        separation, shares, limits, stroke_ranges(family), shape_scale(family, real, shown.numpy())
    )


def stroke_ranges(family: Family) -> dict[str, Figures]:
    """Between which limits the strokes of real digits lie, beside what the family has declared."""
    limits = limits_of(family.part(family.real_strokes, "real strokes")())
    return {
        name: {"lowest": low, "highest": high}
        for name, (low, high) in zip(MEASURES, astuple(limits), strict=True)
    }


def shape_scale(family: Family, x: Tensor, classes: NDArray[np.int64]) -> Figures:
    """The deviation of slant, width and height within a class, pooled over the classes."""
    shapes = family.true_shape(x.double().numpy())
    within = [shapes[classes == k] - shapes[classes == k].mean(axis=0) for k in range(DIGITS)]
    variance = np.concatenate(within).var(axis=0, ddof=DIGITS)
    return dict(zip(SHAPE, np.sqrt(variance).tolist(), strict=True))


def _detectors(family: Family) -> Mapping[str, Callable[[Tensor], Tensor]]:
    """The detectors as functions of pictures; the digit is what the judges see in each."""
    own_class = judges.Wanted(family, "own")

    def doubt(x: Tensor) -> Tensor:
        return -judges.beliefs(family, x).amin(dim=0).amax(dim=1)

    def detect(kind: Kind, name: str) -> Callable[[Tensor], Tensor]:
        return lambda x: judges.measured(family, kind, name, own_class, x, x[:1])

    apart = {name: detect("none", name) for name in family.detectors("none")}
    for kind in ("vae", "autoencoder"):
        for name in family.detectors(kind).keys() - apart.keys() if kind in family.kinds else ():
            apart[f"{name} ({kind})"] = detect(kind, name)
    return {**apart, "doubt of the classifiers": doubt}


def _shares(family: Family, x: Tensor, wanted: judges.Digits) -> Figures:
    questions = {"digit": judges.majority, "unanimous": judges.unanimous, "harsh": judges.harsh}
    shares = {name: float(ask(family, wanted, x, x[:1]).mean()) for name, ask in questions.items()}
    measured = judges.thickness(family, x[: SAMPLES // 8])  # this one takes its time
    return shares | {"measurable": float(measured.isfinite().double().mean())}


def _drawn(family: Family, kind: Kind, far: float) -> Tensor:
    decoder, space = family.decoder(kind)
    z = far * space.sample(np.random.default_rng(SEED), SAMPLES)
    return pieces(decoder, torch.tensor(z, dtype=torch.float32))


def written(family: Family, calibration: Calibration) -> str:
    """The card of the judges as Markdown."""
    scale = ", ".join(f"{name} {value:.3g}" for name, value in calibration.shape_scale.items())
    return f"""# Judges of `{family.name}`: what they say of real digits, and of others

Written by `python -m blackbox.objectives.pictures.calibration {family.name}`: up to {SAMPLES}
held-out digits, {SAMPLES} decoded draws of each prior N(0, I), and as many of {FAR:g} times such
draws.

The chance that a detector finds such a decode farther than a real digit (AUROC: 0.5 is blind, 1
tells all). The digit that it compares with is the one that the classifiers see in the picture.

{table("detector", turned(calibration.auroc), "{:.3f}")}

The shares of pictures that pass: most classifiers see the digit (`digit`), all of them do
(`unanimous`), and no detector finds it beyond the limits below either (`harsh`); and the share
whose thickness can be measured. Draws have no class: theirs is what the classifiers see.

{table("pictures", turned(calibration.shares), "{:.3f}")}

The limits: 95th percentiles of held-out digits, all and of each class; and the 99.5th of all,
beyond which no truth has a say (`extreme`).

{table("detector", turned(calibration.limits), "{:.3g}")}

The strokes of real training digits: 0.1st and 99.9th percentile of the share of ink, of its mean
darkness, of the thickness in pixels, of the widest place and of the skeleton's length, both in
thicknesses; wholly black and wholly even strokes are strokes too. A picture beyond any of these has
no true thickness.

{table("strokes", turned(calibration.strokes), "{:.3g}")}

Standard deviations within a class, the unit of `style`: {scale}. A picture is `feasible` in
`super_resolution` up to a mean squared error of {family.low_resolution_error():.3g} (epsilon).
"""


def main(names: Sequence[str]) -> None:
    """Write the card of each family that is named."""
    torch.set_num_threads(1)
    for name in names:
        family = family_of(name)
        card = Path(objectives.__file__).parent / name / "JUDGES.md"
        card.write_text(written(family, calibrated(family)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
