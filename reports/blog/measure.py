"""From a seven to a two: the searches that are compared, where each is sure and where it ends."""

import os
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import data, networks
from blackbox.pages import PageFrames
from blackbox.pages.frames import Table
from blackbox.pages.grids import as_bytes
from blackbox.pages.making import Given
from blackbox.trace import Trace
from reports.unjudged import distinct, judged, start

SOURCE, TARGET = 7, 2
SURE = 0.99  # predicted P(2) at which an impatient search stops
MANY, SOME, FEW = 200, 60, 16  # starts; fewer where a step takes long
GUARDS = ("none", "clip", "norm", "typical", "sphere")
END = 2.0  # no search is so sure
SURENESS = (0.0, 0.1, 0.5, 0.9, SURE, END)
STEPS = [0, 5, 10, 15, 20, 30, 50]  # along the gradient of the thickness
WANTED = mnist.digit(target=TARGET)
# Small steps from where it stands, to keep the digit.
CLIMB = "gradient_ascent(learning_rate=0.05, patience=1000, start='first')"


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
        how = f"step={self.step!r}, learning_rate={self.rate}, patience={steps + 1}, start='first'"
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


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page; from real sevens where the data set is at hand, else as they are."""
    if os.environ.get(data.VARIABLE):
        real = rows_of(PIXELS[:1] if given.small else PIXELS, given, real=True)
    else:
        real = PageFrames.read(Path(__file__).parent / "frames").real
    codes = networks.codes("vae", "test")
    twos = WANTED.decode(codes.z[codes.classes == TARGET])
    return {
        "searches": rows_of(SHOWN if given.small else SEARCHES, given),
        "real": real,
        "twos": [summary(twos)],
        "morph": morph(given),
        **bolder(given),
        "settings": {"sure": SURE, "starts": MANY, "steps": SHOWN[-1].steps},
    }


def sevens(given: Given, real: bool = False) -> list[int]:
    """Seeds that begin at sevens of their own."""
    return distinct(bb.objective(PIXELS[0].objective(real)), 2 if given.small else MANY)


def rows_of(searches: tuple[Search, ...], given: Given, real: bool = False) -> pd.DataFrame:
    """Two rows per search: where it is sure, and where it ends."""
    seeds, rows = sevens(given, real), []
    for search in searches:
        objective = bb.objective(search.objective(real))
        traces = search.carried_out(seeds, given, real)
        for stop, level in (("sure", SURE), ("end", END)):
            at = [(trace, row_at(trace.score, level)) for trace in traces]
            x = objective.decode(np.stack([trace.z[row] for trace, row in at]))
            row = {"stop": stop, "steps": np.median([row for _, row in at])}
            row |= {"predicted": np.exp([trace.score[row] for trace, row in at]).mean()}
            rows.append(asdict(search) | row | summary(x))
    return pd.DataFrame(rows).drop(columns="starts")


def summary(x: torch.Tensor) -> dict[str, float]:
    """How many pictures there are, what judges accept of them, and how much they differ."""
    apart = float(torch.pdist(x.flatten(1)).mean())
    return {"n": len(x), **judged(x, WANTED).mean(), "apart": apart}


def morph(given: Given) -> pd.DataFrame:
    """A row per picture on the ways of some searches, from the seven nearest to real ones."""
    seeds, parts = sevens(given)[:FEW], []
    shown = nearest_to_real(mnist.digit(target=SOURCE, source=SOURCE), seeds)
    for search in SHOWN:
        trace = search.carried_out(seeds, given)[shown]
        at = [row_at(trace.score, level) for level in SURENESS]
        x = bb.objective(search.objective()).decode(trace.z[at])
        way = {"decoder": search.decoder, "sure": SURENESS, "step": at, "pixels": as_bytes(x)}
        look = pd.DataFrame(way).assign(predicted=np.exp(trace.score[at]))
        parts.append(look.join(judged(x, WANTED)))
    return pd.concat(parts, ignore_index=True)


def bolder(given: Given) -> dict[str, pd.DataFrame]:
    """`thickness`: gains over all digits, step by step; `strip`: the pictures of every third."""
    looks, strip = [], []
    for digit in range(1 if given.small else 10):
        name = f"mnist.thickness(source={digit})"
        objective = bb.objective(name)
        seeds = distinct(objective, 2 if given.small else 10)
        climbs = given.compare(name, CLIMB, 2 * STEPS[-1] + 2, seeds, store=f"bold-{digit}")
        for trace in climbs.traces:
            x, head = objective.decode(trace.z[STEPS]), pd.Series(trace.score[STEPS])
            verdicts = judged(x, objective, ("thickness", "digit"))
            gain = verdicts["thickness"] - verdicts["thickness"][0]
            look = pd.DataFrame({"start": digit, "step": STEPS}).join(verdicts)
            look = look.assign(promised=(head - head[0]).where(gain.notna()), gain=gain)
            looks.append(look.rename(columns={"thickness": "true"}).assign(pixels=as_bytes(x)))
        if digit % 3 == 0:
            strip.append(looks[nearest_to_real(objective, seeds) - len(seeds)])
    steps = pd.concat(looks).groupby("step")
    means, error = steps[["promised", "gain", "digit"]].mean(), 1.96 * steps["gain"].sem()
    means = means.assign(
        gain_low=means["gain"] - error, gain_high=means["gain"] + error, n=steps.size()
    )
    return {"thickness": means.reset_index(), "strip": pd.concat(strip, ignore_index=True)}


def row_at(score: NDArray[np.float64], level: float) -> int:
    """The first row whose predicted probability is so high; the last one where none is."""
    enough = np.flatnonzero(np.exp(score) >= level)
    return int(enough[0]) if len(enough) else len(score) - 1


def nearest_to_real(objective: bb.Objective, seeds: list[int]) -> int:
    """The place of the seed whose start lies nearest to real digits of its class."""
    x = objective.decode(np.stack([start(objective, seed) for seed in seeds]))
    return int(np.argmin(objective.judges["manifold"].verdict(x, "manifold")))
