"""What objectives and judges need of the data, small enough to ship: codes, features, percentiles.

Pictures are not shipped: the decodes of held-out codes serve as starts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.mnist import detectors
from blackbox.objectives.mnist.data import Digits
from blackbox.objectives.mnist.networks import SHIPPED, judge_features
from blackbox.objectives.pictures.family import Coded

TRAIN_CODES, TEST_CODES, FEATURES_OF_A_CLASS = 3000, 2000, 200
KINDS: tuple[Coded, ...] = ("vae", "autoencoder")
PERCENTILE, EXTREME = 95, 99.5


def write_codes(
    train: Digits, test: Digits, thickness: dict[str, NDArray[np.float64]], path: Path
) -> None:
    """Write the codes of the first digits of both parts, with class and true thickness."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for part, digits, count in (("train", train, TRAIN_CODES), ("test", test, TEST_CODES)):
        x = torch.tensor(digits.images[:count])
        arrays[f"{part}_classes"] = digits.classes[:count].astype(np.uint8)
        arrays[f"{part}_thickness"] = thickness[part][:count].astype(np.float16)
        for kind in KINDS:
            arrays[f"{part}_{kind}"] = SHIPPED.encode(kind, x).numpy().astype(np.float16)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def write_features(train: Digits, path: Path) -> None:
    """Write the pooling judge's features of the first 200 training digits of each class.

    The judge learned from the second half: like any digit that is found, it never saw these.
    """
    rows = np.concatenate(
        [np.flatnonzero(train.classes == shown)[:FEATURES_OF_A_CLASS] for shown in range(10)]
    )
    features = judge_features(torch.tensor(train.images[rows])).numpy()
    np.savez_compressed(
        path,
        allow_pickle=False,
        features=features.astype(np.float16),
        classes=train.classes[rows].astype(np.uint8),
    )


def write_calibration(test: Digits, path: Path) -> None:
    """Write the 95th percentile of each detector on the test digits, where it helps by class.

    Of those that know no decoder also the 99.5th, beyond which no truth has a say.
    """
    x, classes = torch.tensor(test.images), torch.tensor(test.classes)
    by_class = {
        "neighbour": detectors.neighbour_distance(x, classes),
        "reconstruction": detectors.reconstruction_error(x),
    }
    values = dict(by_class)
    for kind in KINDS:
        z = SHIPPED.encode(kind, x)
        values[f"norm_{kind}"] = z.norm(dim=1)
        values[f"cycle_{kind}"] = detectors.cycle_error(kind, z)
        with torch.no_grad():
            again = SHIPPED.decoder(kind)[0](z)
        missed = detectors.low_resolution(again) - detectors.low_resolution(x)
        values[f"low_resolution_{kind}"] = missed.square().mean(dim=(1, 2))
    for name, value in by_class.items():
        values |= {f"{name}_{shown}": value[classes == shown] for shown in range(10)}
    percentiles = {name: _percentile(value, PERCENTILE) for name, value in values.items()}
    for name, value in by_class.items():
        percentiles[f"{name}_extreme"] = _percentile(value, EXTREME)
    np.savez_compressed(path, allow_pickle=False, **percentiles)


def _percentile(values: Tensor, percentile: float) -> NDArray[np.float64]:
    return np.asarray(np.percentile(values.double().numpy(), percentile))
