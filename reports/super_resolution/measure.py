"""What was found behind each blurred digit, what needs no search, and errors at equal cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

import blackbox as bb
from blackbox.objectives.mnist import FAMILY
from blackbox.objectives.pictures.family import DIGITS, Kind
from blackbox.objectives.pictures.super_resolution import shrunk
from reports.make import Given
from reports.super_resolution import study
from reports.super_resolution.study import JUDGES, named


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames: a row per picture and decoder, the pictures of each digit once, and the costs."""
    count = 1 if given.small else study.PICTURES
    results = [searched(kind, count, given) for kind in study.DECODERS]
    ends = pd.concat([unsearched(count), *results], ignore_index=True)
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


def searched(decoder: Kind, count: int, given: Given) -> pd.DataFrame:
    """The best of each picture's climbs by its score, which needs no truth."""
    names, store = [named(picture, decoder) for picture in range(count)], given.runs / decoder
    made = bb.compare(names, study.PULSE, study.BUDGET, study.STARTS, jobs=given.jobs, store=store)
    runs = made.runs.sort_values(["best", "seed"], ascending=[False, True])
    best = runs.rename(columns=lambda name: name.removeprefix("judge_")).groupby("objective")
    table = best[["seed", "best", *JUDGES]].first().loc[names].reset_index()
    climbs = {(trace.objective, trace.seed): trace for trace in made.traces}
    ends = [climbs[run] for run in zip(names, table["seed"], strict=True)]
    z = [end.z[[int(np.argmax(end.score))]] for end in ends]
    seen = [ink(bb.objective(name).decode(code)) for name, code in zip(names, z, strict=True)]
    return table.assign(what=decoder, picture=range(count), error=-table["best"], pixels=seen)


def unsearched(count: int) -> pd.DataFrame:
    """The hidden picture, its small one enlarged, and how the VAE paints it when it may see it."""
    rows = []
    for picture in range(count):
        truth = study.hidden()[0][[picture]]
        small = shrunk(truth, FAMILY.factor)
        with torch.no_grad():
            again = FAMILY.decoder("vae")[0](FAMILY.encode("vae", truth))
        shown = {"hidden": truth, "blocks": enlarged(small, "nearest")}
        shown |= {"bicubic": enlarged(small, "bicubic"), "seen by the VAE": again}
        verdicts = bb.objective(named(picture, "vae")).judge(torch.cat([truth, *shown.values()]))
        for nth, (what, x) in enumerate(shown.items(), 1):
            error = float((shrunk(x, FAMILY.factor) - small).square().mean())
            row = {"what": what, "picture": picture, "error": error, "pixels": ink(x)}
            rows.append(row | {judge: float(verdicts[judge][nth]) for judge in JUDGES})
    return pd.DataFrame(rows)


def enlarged(small: Tensor, how: str) -> Tensor:
    """Small pictures `[n, h, w]` at full size."""
    large: Tensor = functional.interpolate(small[:, None], scale_factor=FAMILY.factor, mode=how)
    return large[:, 0].clamp(0, 1)


def ink(x: Tensor) -> bytes:
    """A picture `[1, h, w]` as bytes."""
    return (255 * x.detach()).round().clamp(0, 255).to(torch.uint8).numpy().tobytes()


def equal_cost(count: int, given: Given) -> pd.DataFrame:
    """The least error of each search behind the VAE at each cost: a row per picture."""
    names, store = [named(picture, "vae") for picture in range(count)], given.runs / "cost"
    units = study.STARTS * study.BUDGET
    made = bb.compare(names, list(study.SEARCHES), units, 1, jobs=given.jobs, store=store)
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
