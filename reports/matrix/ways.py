"""From every digit to every digit: searches, starts, and what judges say of the ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import networks
from blackbox.trace import Trace

DIGITS = range(10)
ENOUGH = 0.99
STEPS = 100
JUDGES = ("digit", "unanimous", "harsh")
PARTS = 64  # pictures that are judged in one batch


@dataclass(frozen=True)
class Way:
    """A search that is sent from every digit to every digit."""

    name: str
    reads: str
    decoder: str
    strategy: str

    def objective(self, target: int) -> str:
        """The objective by its name."""
        return (
            f"reports.unjudged:digit(target={target}, source='any', reads={self.reads!r}, "
            f"decoder={self.decoder!r})"
        )


CLIMB = f"gradient_ascent(patience={STEPS + 1})"
SPHERE = f"guarded(strategy={CLIMB!r}, guard='sphere')"
# In data space it ends where the classifier is convinced: later comes more of the same.
PIXELS = (
    f"gradient_ascent(step='normalised', learning_rate=0.5, patience={STEPS + 1}, "
    f"target={float(np.log(ENOUGH))!r}, after='stop')"
)
WAYS = (
    Way("data space", "picture", "none", PIXELS),
    Way("VAE, sphere, classifier on the decode", "picture", "vae", SPHERE),
    Way("VAE, sphere, head on z", "code", "vae", SPHERE),
)


def sources(each: int) -> dict[int, int]:
    """Seed -> the digit at which it starts: the first seeds with starts of their own, `each` many.

    A gradient search makes no use of chance: from the same start it would count twice.
    """
    codes = networks.codes("vae", "test")
    digit = {z.tobytes(): int(shown) for z, shown in zip(codes.z, codes.classes, strict=True)}
    objective = mnist.digit(source="any")
    chosen: dict[int, int] = {}
    taken: set[bytes] = set()
    seed = 0
    while len(chosen) < each * len(DIGITS):
        start = objective.starts(np.random.default_rng([seed, 0]), 8)[0].tobytes()
        wanted = list(chosen.values()).count(digit[start]) < each
        if wanted and start not in taken:
            chosen[seed] = digit[start]
            taken.add(start)
        seed += 1
    return chosen


def walked(
    way: Way, starts: dict[int, int], targets: Sequence[int], jobs: int, store: Path
) -> pd.DataFrame:
    """One row per start and target: what was predicted of its end, and what judges say."""
    parts = []
    names = {target: way.objective(target) for target in targets}
    objectives = list(names.values())
    study = bb.compare(
        objectives, way.strategy, 2 * STEPS + 2, list(starts), jobs=jobs, store=store
    )
    for target, name in names.items():
        objective = bb.objective(name)
        traces = [trace for trace in study.traces if trace.objective == objective.name]
        pictures = torch.cat(
            [objective.decode(np.stack([t.z[-1] for t in part])) for part in batches(traces)]
        )
        columns = {
            "way": way.name,
            "source": [starts[trace.seed] for trace in traces],
            "target": target,
            "evaluations": [len(trace) for trace in traces],
            "predicted": np.exp([trace.score[-1] for trace in traces]),
            **judged(pictures, target),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def judged(x: torch.Tensor, target: int) -> dict[str, np.ndarray]:
    """What judges say of pictures that are to show the target, `[n]` of 0 and 1 each."""
    judges = mnist.digit(target=target).judges
    return {
        name: np.concatenate([judges[name].verdict(part, name) for part in torch.split(x, PARTS)])
        for name in JUDGES
    }


def batches(traces: Sequence[Trace]) -> list[Sequence[Trace]]:
    """The traces in parts of one batch each."""
    return [traces[first : first + PARTS] for first in range(0, len(traces), PARTS)]
