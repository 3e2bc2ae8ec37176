"""The searches for sharp pictures behind blurred ones, and what cannot search: references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch.nn import functional

import blackbox as bb
from blackbox.objectives.mnist import FAMILY, networks
from blackbox.objectives.pictures.ground_truth import hidden_picture, peak_signal_to_noise
from blackbox.objectives.pictures.super_resolution import shrunk

# PULSE's own step, schedule and number of steps twice; four starts, of which the best score counts.
STEPS, STARTS = 200, 4
PULSE = (
    "gradient_ascent(learning_rate=0.4, schedule='linear1cycledrop', patience=100000, after='stop')"
)
EQUAL = 2.0 * STEPS * STARTS
MARKS = (20, 50, 100, 200, 400, 700, 1000, EQUAL)
SEARCHES = {
    PULSE.replace("patience=100000, after='stop'", f"patience={STEPS}"): "Adam, one long climb",
    "multi_start": "Adam, multi_start",
    "cma_es": "CMA-ES",
    "sphere_cma_es": "CMA-ES on angles",
    "zeroth_order": "zeroth order (two scores a step)",
    "random_search": "random draws",
}
DECODERS = {
    "vae": ("prior", "sphere"),
    "autoencoder": ("prior", "sphere"),
    "flow": ("prior", "sphere"),
    "gan": ("prior", "sphere"),
    "pixel_flow": ("sphere",),
    "none": ("prior",),
}
CHEAPEST = ("vae", "flow")  # on the sphere, where goals are set, they get more pictures


@dataclass(frozen=True)
class Sizes:
    """How many pictures each part looks for: the first of the held-out digits."""

    goal: int = 40
    decoders: int = 12
    equal: int = 6
    slow: int = 4
    slow_steps: int = 60
    steps: int = STEPS
    kinds: tuple[str, ...] = tuple(DECODERS)


SMALL = Sizes(2, 1, 1, 1, 2, 5, ("vae", "none"))


def named(instance: int, decoder: str, domain: str, hidden: str) -> str:
    """The objective that looks for one hidden picture."""
    return (
        f"reports.super_resolution.looking:super_resolution(instance={instance}, "
        f"decoder={decoder!r}, domain={domain!r}, hidden={hidden!r})"
    )


def pulse(folder: Path, jobs: int, sizes: Sizes, hidden: str) -> pd.DataFrame:
    """The gradient on every decoder: one row per picture, the best of four starts by score."""
    parts = []
    for decoder, domains in DECODERS.items():
        if decoder not in sizes.kinds:
            continue
        for domain in domains:
            count, steps = sizes.decoders, sizes.steps
            if decoder in CHEAPEST and domain == "sphere":
                count = sizes.goal
            if decoder == "pixel_flow":
                count, steps = sizes.slow, sizes.slow_steps
            parts.append(_one(folder, jobs, decoder, domain, hidden, count, steps))
    return pd.concat(parts, ignore_index=True)


def _one(
    folder: Path, jobs: int, decoder: str, domain: str, hidden: str, count: int, steps: int
) -> pd.DataFrame:
    names = [named(i, decoder, domain, hidden) for i in range(count)]
    store = folder / "runs" / f"{hidden}-{decoder}-{domain}"
    study = bb.compare(names, PULSE, 2.0 * steps, STARTS, jobs=jobs, store=store)
    best = study.runs.loc[study.runs.groupby("objective", sort=False)["best"].idxmax()]
    paths = study.paths()
    shown = paths[paths["best"].astype(bool)].set_index(["objective", "seed"])["shown"]
    return pd.DataFrame(
        {
            "decoder": decoder,
            "domain": domain,
            "hidden": hidden,
            "instance": range(count),
            "error": -best["best"].to_numpy(float),
            "feasible": best["judge_feasible"].to_numpy(float),
            "digit": best["judge_digit"].to_numpy(float),
            "harsh": best["judge_harsh"].to_numpy(float),
            "psnr": best["judge_psnr"].to_numpy(float),
            "shown": [shown[run] for run in zip(best["objective"], best["seed"], strict=True)],
        }
    )


def equal_cost(folder: Path, jobs: int, sizes: Sizes, hidden: str) -> pd.DataFrame:
    """Searches with and without a gradient on the sphere: one row per picture and cost."""
    parts = []
    for decoder in [kind for kind in CHEAPEST if kind in sizes.kinds]:
        names = [named(i, decoder, "sphere", hidden) for i in range(sizes.equal)]
        budget = 2.0 * sizes.steps * STARTS
        study = bb.compare(
            names,
            list(SEARCHES),
            budget,
            1,
            jobs=jobs,
            store=folder / "runs" / f"{hidden}-{decoder}-equal-cost",
        )
        called = dict(zip(study.recipe["strategies"], SEARCHES.values(), strict=True))
        for mark in sorted({min(float(mark), budget) for mark in MARKS}):
            rows = study.evaluations[study.evaluations["cost"] <= mark]
            error = -rows.groupby(["objective", "strategy"], observed=True)["score"].max()
            table = error.rename("error").reset_index().assign(decoder=decoder, units=mark)
            table["search"] = table["strategy"].astype(str).map(called)
            if mark == budget:
                verdicts = study.runs.set_index(["objective", "strategy"])[
                    ["judge_psnr", "judge_digit"]
                ]
                table = table.astype({"objective": str, "strategy": str})
                table = table.join(verdicts, on=["objective", "strategy"])
            parts.append(table)
    table = pd.concat(parts, ignore_index=True)
    return table.assign(feasible=(table["error"] <= epsilon()).astype(float))


def epsilon() -> float:
    """The mean squared error at 7 x 7 within which 95 % of the VAE's reconstructions lie."""
    return networks.calibration()["low_resolution_vae"]


def references(instances: Iterable[int], hidden: str) -> pd.DataFrame:
    """What needs no search, on the same pictures: bicubic, and reconstructions that know the truth.

    `decoder` says what it is, `domain` what it has to know.
    """
    rows = []
    for instance in instances:
        objective = bb.objective(named(instance, "vae", "sphere", hidden))
        truth = hidden_picture(FAMILY, instance, cast(Any, hidden)).x
        low = shrunk(truth, 4)
        made = {
            ("bicubic", "the small picture"): functional.interpolate(
                low[:, None], scale_factor=4, mode="bicubic", align_corners=False
            )[:, 0].clamp(0, 1)
        }
        for kind in ("vae", "autoencoder"):
            with torch.no_grad():
                again = FAMILY.decoder(kind)[0](FAMILY.encode(kind, truth))
            made[f"{kind}'s reconstruction", "the truth"] = again
        made["the hidden picture itself", "the truth"] = truth
        verdicts = objective.judge(torch.cat([truth, *made.values()]))
        for nth, (what, knows) in enumerate(made):
            x = made[what, knows]
            rows.append(
                {
                    "decoder": what,
                    "domain": knows,
                    "hidden": hidden,
                    "instance": instance,
                    "error": float((shrunk(x, 4) - low).square().mean()),
                    "feasible": verdicts["feasible"][nth + 1],
                    "digit": verdicts["digit"][nth + 1],
                    "harsh": verdicts["harsh"][nth + 1],
                    "psnr": float(peak_signal_to_noise(x, truth)[0]),
                    "shown": x[0].numpy(),
                }
            )
    return pd.DataFrame(rows)


def truths(instances: Sequence[int], hidden: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """The hidden pictures and what is told of them."""
    pairs = []
    for instance in instances:
        x = hidden_picture(FAMILY, instance, cast(Any, hidden)).x
        pairs.append((x[0].numpy(), shrunk(x, 4)[0].numpy()))
    return pairs
