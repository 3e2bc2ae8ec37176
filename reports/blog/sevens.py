"""From a seven to a two: the objective, the searches that are compared, and their starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blackbox.strategies.gradient.gradient_ascent import GradientAscent
from reports.unjudged import digit

SOURCE, TARGET = 7, 2
FEW, SOME = 16, 60  # starts where a step takes long, and where it takes longer than on a head
SPACES = {
    "none": "data space",
    "autoencoder": "autoencoder",
    "vae": "VAE",
    "flow": "latent flow",
    "gan": "GAN",
    "pixel_flow": "pixel flow",
}
READS = {"code": "head on z", "picture": "classifier on the decode"}
GUARDS = {
    "none": "none",
    "clip": "clip to 3 sd",
    "norm": "prior, norm 0.1",
    "typical": "prior, typical 0.1",
    "sphere": "sphere",
}
# Steps in units of the prior's sd: Adam's default everywhere, which is 0.03 a pixel in data space;
# normalised steps there are 0.14 in all.
RATE = {"adam": GradientAscent().learning_rate, "normalised": 0.5}


@dataclass(frozen=True)
class Search:
    """One row of the study: where it searches, what it climbs, who guards it, and how long."""

    kind: str
    reads: str = "picture"
    guard: str = "none"
    steps: int = 800
    starts: int = 200
    step: str = "adam"
    rate: float = 0.0  # that of RATE

    def objective(self, real: bool = False) -> str:
        """The objective by its name."""
        data = ", real=True" if real else ""
        return (
            f"reports.unjudged:digit(target={TARGET}, source={SOURCE}, reads={self.reads!r}, "
            f"decoder={self.kind!r}{data})"
        )

    @property
    def strategy(self) -> str:
        """The strategy by its name; its patience is so long that no climb starts anew."""
        climb = (
            f"gradient_ascent(step={self.step!r}, learning_rate={self.rate or RATE[self.step]}, "
            f"patience={self.steps + 1})"
        )
        if self.guard == "none":
            return climb
        return f"guarded(strategy={climb!r}, guard={self.guard!r})"

    @property
    def label(self) -> dict[str, str]:
        """How tables call it."""
        step = f", {self.step}" if self.kind == "none" else ""
        space, reads = SPACES[self.kind] + step, READS[self.reads]
        reads += f", steps of {self.rate}" if self.rate else ""
        return {"space": space, "reads": reads, "guard": GUARDS[self.guard]}

    @property
    def name(self) -> str:
        """A name for its folder of runs."""
        rate = f"-{self.rate}" if self.rate else ""
        return f"{self.kind}-{self.reads}-{self.guard}-{self.step}{rate}-{self.steps}"


SEARCHES = (
    Search("none", step="normalised", steps=100),
    Search("none", step="normalised", steps=200, rate=0.1),
    Search("none", steps=100),
    Search("none", steps=100, rate=0.02),
    Search("autoencoder", "code"),
    Search("autoencoder", starts=SOME),
    *(Search("vae", "code", guard) for guard in GUARDS),
    Search("vae", "code", "sphere", rate=0.05),
    *(Search("vae", guard=guard, starts=SOME) for guard in GUARDS if guard != "sphere"),
    Search("vae", guard="sphere"),
    *(Search("flow", reads, g, starts=SOME) for g in ("none", "sphere") for reads in READS),
    *(Search("gan", guard=guard, starts=SOME) for guard in ("none", "sphere")),
    *(Search("pixel_flow", guard=g, steps=30, starts=FEW) for g in ("none", "sphere")),
)

# From real sevens of the data set; codes are those of real sevens anyway.
REAL = tuple(search for search in SEARCHES if search.kind == "none")


def seeds(most: int, real: bool = False) -> list[int]:
    """The first seeds that begin at sevens of their own, at most so many.

    A gradient search makes no use of chance: from the same seven it finds the same two, and would
    count twice.
    """
    objective = digit(target=TARGET, source=SOURCE, real=real)
    first: dict[bytes, int] = {}
    for seed in range(8 * most):
        start = objective.starts(np.random.default_rng([seed, 0]), 8)[0]
        first.setdefault(start.tobytes(), seed)
        if len(first) == most:
            break
    return sorted(first.values())
