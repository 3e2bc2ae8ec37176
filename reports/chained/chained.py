"""Should a slope be estimated at z, or at the decoded object and pulled back through the decoder?

    python -m reports.chained.chained --jobs 2      # the runs that are missing, then README.md
    python -m reports.chained.chained --mnist       # and with four objectives of MNIST: slow
    python -m reports.chained.chained --small       # two objectives, two seeds

Theory says: at the object where kappa < d, and kappa can be measured.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.results.drawing.canvas import save
from blackbox.results.statistics.intervals import mean_interval
from reports.chained.chained_page import climbs_figure, law_figure, parts
from reports.chained.estimates import by_objective, measured
from reports.chained.subjects import MNIST, subjects
from reports.pages import keep, options, write

HERE = Path(__file__).parent
# The first four take two directions a step for 4 units: four scores, or three and a pull-back.
CLIMBERS = {
    "zeroth_order(samples=2)": "direct",
    "chained_zeroth_order(directions='isotropic')": "isotropic",
    "chained_zeroth_order": "tangent",
    "hybrid_zeroth_order": "hybrid",
    "zeroth_order": "direct, one pair",
    "gradient_ascent": "exact gradient",
}
BUDGET, SEEDS, REPEATS = 400, 10, 8
SMALL = ("linear, falling, reached", "digits: an 8, VAE")
LEAST = 1e-7  # regrets below it are rounding


def main(arguments: Sequence[str] | None = None) -> None:
    """Climb, look at the estimates along the climbs, and write the page."""
    given = options(__doc__, arguments, flags=("mnist",))
    folder, small = given.folder or HERE, given.small
    offered = [s.label for s in subjects() if given.mnist or not s.label.startswith(MNIST)]
    chosen = [label for label in offered if not small or label in SMALL]
    if given.jobs == 1:
        done = [study(label, folder, small) for label in chosen]
    else:
        with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
            done = list(pool.map(study, chosen, repeat(folder), repeat(small)))
    points = pd.concat([one for one, _ in done], ignore_index=True)
    runs = pd.concat([two for _, two in done], ignore_index=True)
    table = duels(runs, by_objective(points))
    keep(points, folder / "points.csv")
    keep(runs, folder / "runs.csv")
    keep(table, folder / "climbs.csv")
    save(law_figure(points), folder / "law.svg")
    save(climbs_figure(table), folder / "climbs.svg")
    write(folder, parts(points, runs, table, 60 if small else BUDGET))


def study(label: str, folder: Path, small: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The points and the runs of one objective; what is on disk is not made again."""
    subject = next(one for one in subjects() if one.label == label)
    place = folder / "runs" / ("".join(c for c in label if c.isalnum()) + "-small" * small)
    budget, seeds = (60, 2) if small else (BUDGET, SEEDS)
    study = bb.compare(subject.make(), list(CLIMBERS), budget, seeds, store=place)
    runs = study.runs[["strategy", "seed", "best", "status"]].replace({"strategy": CLIMBERS})
    runs.insert(0, "objective", label)
    if not (place / "points.parquet").exists():
        direct = [trace for trace in study.traces if trace.strategy == "zeroth_order(samples=2)"]
        rows = measured(subject, direct, 1 if small else subject.starts, 4 if small else REPEATS)
        pd.DataFrame(rows).to_parquet(place / "points.parquet")
    print(label, file=sys.stderr, flush=True)
    return pd.read_parquet(place / "points.parquet"), runs


def duels(runs: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """One row per objective: its kappas, and by how many decades each estimator beats direct ones.

    Decades of regret at the end of the budget, paired by seed, with a 95 % bootstrap interval.
    """
    decades = -np.log10(np.maximum(-runs["best"], LEAST))
    wide = runs.assign(decades=decades).pivot_table(
        index=["objective", "seed"], columns="strategy", values="decades"
    )
    rows = []
    for objective in runs["objective"].unique():
        decades_won, seen = wide.loc[objective], points[points["objective"] == objective]
        row = {"objective": objective, "d": int(seen["d"].iloc[0])}
        at = seen.set_index("where")
        row |= {f"kappa {where}": at["kappa"].get(where, np.nan) for where in at.index}
        row |= {name: float(np.exp(np.log(seen[name]).mean())) for name in KAPPAS}
        row["direct"] = decades_won["direct"].mean()
        for name in CLIMBERS.values():
            if name != "direct":
                gain = (decades_won[name] - decades_won["direct"]).to_numpy()
                low, high = mean_interval(gain)
                row |= {name: gain.mean(), f"{name} low": low, f"{name} high": high}
        rows.append(row)
    return pd.DataFrame(rows)


KAPPAS = ("kappa", "tangent_kappa", "stable_rank")

if __name__ == "__main__":
    main()
