"""Makes the study of `format_3/`, which tests read for as long as there are such files.

    python -m tests.expected.stored.format_3 FOLDER

It was run once, when this was the format of files; what it wrote is never made again, or a change
of the format would go unnoticed. One run is not finished, and lies in a journal.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

import blackbox as bb

WEIGHTS = torch.tensor([[1.0, 0.5, -1.0], [0.0, 2.0, 1.0]])


def decoder(z: torch.Tensor) -> torch.Tensor:
    decoded: torch.Tensor = torch.tanh(z @ WEIGHTS.to(z))
    return decoded


def criteria(x: torch.Tensor) -> torch.Tensor:
    """Two criteria, of which the first is missing at a third of the points."""
    first = torch.where(x[:, 0] > 0.5, torch.nan, -(x**2).sum(-1))
    return torch.stack([first, x[:, 1]], -1)


def size(x: torch.Tensor) -> torch.Tensor:
    length: torch.Tensor = torch.linalg.norm(x, dim=1)
    return length


def objectives(away: bool = False) -> list[bb.Objective]:
    space = bb.Space.normal(2)
    calls = [0]

    def unsteady(x: Any) -> float:
        calls[0] += 1
        if away and calls[0] > 40:
            raise ConnectionError("no licence")
        return -float(np.square(x).sum())

    scorer = bb.Scorer(unsteady, batched=False, version=1, retries=0)
    decoded: dict[str, Any] = {"judges": {"size": bb.Judge(size, high=2.0)}, "version": 1}
    return [
        bb.Objective(
            bb.Scorer(criteria, weights={"sum": 1.0, "second": 0.5}),
            *(decoder, space),
            name="two",
            **decoded,
        ),
        bb.Objective(scorer, space=space, name="away", seconds=1.0, noise=False),
    ]


def main(folder: Path) -> None:
    strategies = ["random_search", "gradient_ascent", "chained_zeroth_order", "nelder_mead"]
    study = bb.compare(objectives(away=True), strategies, 12, seeds=2, store=folder)
    study.evaluations.to_csv(folder / "evaluations.csv", index=False)
    print(study, study.missing, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
