"""Train the networks of MNIST.

    python -m blackbox.objectives.mnist.train --data FOLDER [vae reader ...]

Writes `weights/*.npz` and the model card `README.md` beside this file; without names, all of them.
The same machine gives the same bytes: one thread, seeded generators. FOLDER holds the four IDX
files; without it they come from `BLACKBOX_DATA`, or are downloaded.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from blackbox.objectives import weights
from blackbox.objectives.mnist import artifacts, card, download, networks
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.mnist.recipes import PARTS
from blackbox.objectives.mnist.training_data import TrainingData


def main(words: Sequence[str] | None = None) -> None:
    """Train the parts that are named, then write the artifacts and the card from what is there."""
    parser = argparse.ArgumentParser(prog=networks.MADE_BY, description="Train the MNIST networks.")
    parser.add_argument("parts", nargs="*", help=f"some of: {', '.join(PARTS)}, card; none: all")
    parser.add_argument("--data", type=Path, help="the folder of the four IDX files")
    parser.add_argument(
        "--cache", type=Path, default=download.cache(), help="where labels are kept"
    )
    options = parser.parse_args(words)
    if strangers := set(options.parts) - {*PARTS, "card"}:
        parser.error(f"unknown {', '.join(sorted(strangers))}; known: {', '.join(PARTS)}, card")
    torch.set_num_threads(1)
    training_data = TrainingData(options.data, options.cache)
    SHIPPED.folder.mkdir(exist_ok=True)
    for part in [name for name in PARTS if name in options.parts or not options.parts]:
        started = time.perf_counter()
        for name, network in PARTS[part](training_data).items():
            weights.save(network, SHIPPED.path(name))
        print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)
    forget()
    write_artifacts(training_data)
    text = card.written(training_data)
    networks.CARD.write_text(text, encoding="utf-8")
    print(f"the figures stand in {networks.CARD}")


def write_artifacts(training_data: TrainingData) -> None:
    """Write codes, features and percentiles from the networks as shipped."""
    path = SHIPPED.path
    artifacts.write_codes(
        training_data.train, training_data.test, training_data.thickness, path("codes")
    )
    artifacts.write_features(training_data.train, path("features"))
    artifacts.write_calibration(training_data.test, path("calibration"))
    forget()


def forget() -> None:
    """Read weights and artifacts anew: they were just written."""
    SHIPPED.forget()
    for cached in (networks.codes, networks.reference_features, networks.calibration):
        cached.cache_clear()


if __name__ == "__main__":
    main()
