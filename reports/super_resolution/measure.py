"""Sharp digits behind blurred ones: the searches, what they found, and what needs no search."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

import blackbox as bb
from blackbox.objectives.mnist import FAMILY, data
from blackbox.objectives.pictures.family import DIGITS
from blackbox.objectives.pictures.super_resolution import shrunk
from blackbox.pages.frames import Table
from blackbox.pages.grids import as_bytes
from blackbox.pages.making import Given
from reports.unjudged import judged

EACH, PICTURES = 3, 30  # hidden test digits of each class, and in all
DECODERS = ("vae", "flow", "autoencoder", "gan", "none")
# PULSE's rate, schedule and steps; four climbs from random points, the best score counts.
STEPS, STARTS = 100, 4
PULSE = (
    "gradient_ascent(learning_rate=0.4, schedule='linear1cycledrop', patience=100000, "
    "after='stop', start='first')"
)
BUDGET = 2 * STEPS  # units of a climb: a score costs 1, its gradient 1 more
# At equal cost, from one start each.
SEARCHES = {
    PULSE: "Adam",
    "cma_es": "CMA-ES",
    "zeroth_order(step='adam', start='first')": "zeroth order",
    "random_search": "random draws",
}
MARKS = (50, 100, 200, 400, STARTS * BUDGET)
# Thickness and style would take three quarters of the time that a run takes.
JUDGES = ("feasible", "digit", "harsh", "psnr")


def measure(given: Given) -> dict[str, Table]:
    """The frames: a row per picture and decoder, the pictures of each digit once, and the costs."""
    count = 1 if given.small else PICTURES
    unsearched = [looked_at(*shown) for picture in range(count) for shown in painted(picture)]
    searched = [looked_at(*end) for kind in DECODERS for end in found(kind, count, given)]
    ends = pd.DataFrame(unsearched + searched)
    settings = {"pictures": count, "steps": STEPS, "climbs": STARTS, "units": STARTS * BUDGET}
    return {
        "ends": ends[["what", "picture", "error", *JUDGES]],
        "pixels": ends.loc[ends["picture"] < DIGITS, ["what", "picture", "pixels"]],
        "costs": equal_cost(count, given),
        "settings": settings,
    }


@cache
def hidden() -> list[int]:
    """Which test digits are hidden, in order of their class: the first ones of each.

    Raises NoData where the data set is not at hand, with what to do.
    """
    classes = data.test().classes
    return [int(row) for digit in range(10) for row in np.flatnonzero(classes == digit)[:EACH]]


def truth_of(picture: int) -> Tensor:
    """A hidden picture, `[1, 28, 28]`."""
    return torch.tensor(data.test().images[[hidden()[picture]]])


def named(picture: int, decoder: str, module: str = "reports.unjudged:") -> str:
    """Which decode shrinks to a hidden picture? Behind a decoder searched on PULSE's sphere."""
    domain = "prior" if decoder == "none" else "sphere"
    which = f"instance={hidden()[picture]}, decoder={decoder!r}, domain={domain!r}, hidden='real'"
    return f"{module}super_resolution({which})"


def found(decoder: str, count: int, given: Given) -> Iterator[tuple[str, int, Tensor]]:
    """The best of each picture's climbs by its score, which needs no truth."""
    names = {picture: named(picture, decoder) for picture in range(count)}
    runs = given.traces(names, PULSE, BUDGET, STARTS, store=decoder)
    for picture, traces in runs.items():
        best = max(traces, key=lambda trace: float(trace.score.max()))
        code = best.z[[int(best.score.argmax())]]
        yield decoder, picture, bb.objective(names[picture]).decode(code).detach()


def painted(picture: int) -> Iterator[tuple[str, int, Tensor]]:
    """The hidden picture, its small one enlarged, and how the VAE paints it when it may see it."""
    truth = truth_of(picture)
    small = shrunk(truth, FAMILY.factor)
    yield "hidden", picture, truth
    yield "blocks", picture, enlarged(small, "nearest")
    yield "bicubic", picture, enlarged(small, "bicubic")
    with torch.no_grad():
        yield (
            "seen by the VAE",
            picture,
            FAMILY.decoder("vae")[0](FAMILY.encode("vae", truth)),
        )


def looked_at(what: str, picture: int, x: Tensor) -> dict[str, Any]:
    """A picture `[1, h, w]`, its error to the hidden one at the small size, and verdicts."""
    small, wanted = (shrunk(one, FAMILY.factor) for one in (x, truth_of(picture)))
    verdicts = judged(x, bb.objective(named(picture, "vae", "mnist.")), JUDGES).iloc[0]
    row = {"what": what, "picture": picture, "error": float((small - wanted).square().mean())}
    return row | {"pixels": as_bytes(x)[0], **verdicts}


def enlarged(small: Tensor, how: str) -> Tensor:
    """Small pictures `[n, h, w]` at full size."""
    large: Tensor = functional.interpolate(small[:, None], scale_factor=FAMILY.factor, mode=how)
    return large[:, 0].clamp(0, 1)


def equal_cost(count: int, given: Given) -> pd.DataFrame:
    """The least error of each search behind the VAE at each cost: a row per picture."""
    names = [named(picture, "vae") for picture in range(count)]
    made = given.compare(names, [*SEARCHES], STARTS * BUDGET, 1, store="cost")
    called = dict(zip(made.recipe["strategies"], SEARCHES.values(), strict=True))
    paid = made.evaluations.astype({"objective": str, "strategy": str})
    paid = paid.assign(search=paid["strategy"].map(called), error=-paid["score"])
    paid["picture"] = paid["objective"].map([bb.objective(name).name for name in names].index)
    least = {
        mark: paid[paid["cost"] <= mark].groupby(["search", "picture"])["error"].min()
        for mark in MARKS
    }
    rows: pd.DataFrame = pd.concat(least, names=["units"]).reset_index()
    return rows
