"""From a seven to a two: the searches that are compared, and their starts."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import blackbox as bb
from blackbox.trace import Trace
from reports.judged import distinct
from reports.make import Given

SOURCE, TARGET = 7, 2
SURE = 0.99  # predicted P(2) at which an impatient search stops
MANY, SOME, FEW = 200, 60, 16  # starts; fewer where a step takes long
GUARDS = ("none", "clip", "norm", "typical", "sphere")


@dataclass(frozen=True)
class Search:
    """A row of the study: behind which decoder, what is climbed and guarded, in which steps."""

    decoder: str
    reads: str = "picture"
    guard: str = "none"
    step: str = "adam"
    rate: float = 0.1  # in sd of the prior, which is 0.29 a pixel in data space
    steps: int = 800
    starts: int = MANY

    def objective(self, real: bool = False) -> str:
        """The objective by its name."""
        which = f"target={TARGET}, source={SOURCE}, reads={self.reads!r}, decoder={self.decoder!r}"
        return f"reports.unjudged:digit({which}{', real=True' if real else ''})"

    def carried_out(self, seeds: list[int], given: Given, real: bool = False) -> list[Trace]:
        """Its runs from the first of these; a step costs a score and its gradient."""
        steps = 20 if given.small else self.steps  # and so patient that no climb starts anew
        how = f"step={self.step!r}, learning_rate={self.rate}, patience={steps + 1}"
        climb = f"gradient_ascent({how})"
        if self.guard != "none":
            climb = f"guarded(strategy={climb!r}, guard={self.guard!r})"
        store = "-".join(map(str, (*astuple(self)[:5], real)))
        named = {None: self.objective(real)}
        return given.traces(named, climb, 2 * steps + 2, seeds[: self.starts], store=store)[None]


PIXELS = (
    Search("none", step="normalised", rate=0.5, steps=100),
    Search("none", step="normalised", steps=200),
    *(Search("none", steps=100, rate=rate) for rate in (0.1, 0.02)),
)
SHOWN = (PIXELS[0], Search("autoencoder", "code"), Search("vae", "code", "sphere"))  # in pictures
SEARCHES = (
    *PIXELS,
    *(SHOWN[1], Search("autoencoder", starts=SOME)),
    *(Search("vae", "code", guard) for guard in GUARDS),
    Search("vae", "code", "sphere", rate=0.05),
    *(Search("vae", guard=guard, starts=SOME) for guard in GUARDS[:-1]),
    Search("vae", guard="sphere"),
    *(Search("flow", r, g, starts=SOME) for g in ("none", "sphere") for r in ("code", "picture")),
    *(Search("gan", guard=guard, starts=SOME) for guard in ("none", "sphere")),
    *(Search("pixel_flow", guard=g, steps=30, starts=FEW) for g in ("none", "sphere")),
)


def sevens(given: Given, real: bool = False) -> list[int]:
    """Seeds that begin at sevens of their own."""
    return distinct(bb.objective(PIXELS[0].objective(real)), 2 if given.small else MANY)
