"""What was found behind each blurred digit, what needs no search, and errors at equal cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

import blackbox as bb
from blackbox.objectives.mnist import FAMILY
from blackbox.objectives.pictures.family import DIGITS, Kind
from blackbox.objectives.pictures.super_resolution import shrunk
from reports.judged import judged
from reports.make import Given
from reports.pictures import as_bytes
from reports.super_resolution import study
from reports.super_resolution.study import JUDGES, named


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames: a row per picture and decoder, the pictures of each digit once, and the costs."""
    count = 1 if given.small else study.PICTURES
    unsearched = [looked_at(*shown) for picture in range(count) for shown in painted(picture)]
    searched = [looked_at(*end) for kind in study.DECODERS for end in found(kind, count, given)]
    ends = pd.DataFrame(unsearched + searched)
    settings = {
        "pictures": count,
        "steps": study.STEPS,
        "climbs": study.STARTS,
        "units": study.STARTS * study.BUDGET,
    }
    return {
        "ends": ends[["what", "picture", "error", *JUDGES]],
        "pixels": ends.loc[ends["picture"] < DIGITS, ["what", "picture", "pixels"]],
        "costs": equal_cost(count, given),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def found(decoder: Kind, count: int, given: Given) -> Iterator[tuple[str, int, Tensor]]:
    """The best of each picture's climbs by its score, which needs no truth."""
    names = {picture: named(picture, decoder) for picture in range(count)}
    runs = given.traces(names, study.PULSE, study.BUDGET, study.STARTS, store=decoder)
    for picture, traces in runs.items():
        best = max(traces, key=lambda trace: float(trace.score.max()))
        code = best.z[[int(best.score.argmax())]]
        yield decoder, picture, bb.objective(names[picture]).decode(code).detach()


def painted(picture: int) -> Iterator[tuple[str, int, Tensor]]:
    """The hidden picture, its small one enlarged, and how the VAE paints it when it may see it."""
    truth = study.hidden()[0][[picture]]
    small = shrunk(truth, FAMILY.factor)
    yield "hidden", picture, truth
    yield "blocks", picture, enlarged(small, "nearest")
    yield "bicubic", picture, enlarged(small, "bicubic")
    with torch.no_grad():
        yield "seen by the VAE", picture, FAMILY.decoder("vae")[0](FAMILY.encode("vae", truth))


def looked_at(what: str, picture: int, x: Tensor) -> dict[str, Any]:
    """A picture `[1, h, w]`, its error to the hidden one at the small size, and verdicts."""
    small, hidden = (shrunk(one, FAMILY.factor) for one in (x, study.hidden()[0][[picture]]))
    verdicts = judged(x, bb.objective(named(picture, "vae")), JUDGES).iloc[0]
    row = {"what": what, "picture": picture, "error": float((small - hidden).square().mean())}
    return row | {"pixels": as_bytes(x)[0], **verdicts}


def enlarged(small: Tensor, how: str) -> Tensor:
    """Small pictures `[n, h, w]` at full size."""
    large: Tensor = functional.interpolate(small[:, None], scale_factor=FAMILY.factor, mode=how)
    return large[:, 0].clamp(0, 1)


def equal_cost(count: int, given: Given) -> pd.DataFrame:
    """The least error of each search behind the VAE at each cost: a row per picture."""
    names = [named(picture, "vae") for picture in range(count)]
    made = given.compare(names, [*study.SEARCHES], study.STARTS * study.BUDGET, 1, store="cost")
    called = dict(zip(made.recipe["strategies"], study.SEARCHES.values(), strict=True))
    paid = made.evaluations.astype({"objective": str, "strategy": str})
    paid = paid.assign(search=paid["strategy"].map(called), error=-paid["score"])
    paid["picture"] = paid["objective"].map(names.index)
    least = {
        mark: paid[paid["cost"] <= mark].groupby(["search", "picture"])["error"].min()
        for mark in study.MARKS
    }
    rows: pd.DataFrame = pd.concat(least, names=["units"]).reset_index()
    return rows
