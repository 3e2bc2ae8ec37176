"""How bold can a digit be made before it is another one, and which guard keeps it?

    python -m reports.thickness.thickness --jobs 2      # the runs that are missing, then README.md

Nothing but the shipped weights and codes is needed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from blackbox.comparison import Comparison
from blackbox.results.drawing.canvas import save
from blackbox.results.statistics.intervals import mean_interval
from reports import pages
from reports.thickness import bolder, pictures, telling, weighing

HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> None:
    """Make the runs that are missing, then the tables, the figures and the page."""
    given = pages.options(__doc__, arguments)
    folder, sizes = given.folder or HERE, bolder.SMALL if given.small else bolder.Sizes()
    long = bolder.curve(folder, given.jobs, sizes)
    steps = pages.keep(over_steps(long, sizes), folder / "steps.csv")
    runs = bolder.grid(folder, given.jobs, sizes)
    table = pages.keep(weighing.points(runs), folder / "points.csv")
    climbs = runs[runs["reads"] != "truth"]
    guards = pages.keep(weighing.volumes(climbs, ["guard"]), folder / "guards.csv")
    searches = pages.keep(weighing.volumes(runs, ["wanted", "reads"]), folder / "searches.csv")
    best = weighing.chosen(table)
    again = bolder.climbs(
        folder,
        given.jobs,
        best["reads"],
        best["wanted"],
        sizes,
        bolder.fresh(best["wanted"], sizes),
        [best["guard"]],
        part="confirm",
    )
    won = weighing.points(again[again["steps"] == best["steps"]])
    pages.keep(won, folder / "confirmed.csv")
    save(pictures.over_steps(steps), folder / "steps.svg")
    save(pictures.trade(table, (weighing.GAIN, weighing.KEPT)), folder / "trade.svg")
    save(pictures.strips(strips(runs, best), sizes.short), folder / "strips.png")
    pages.write(folder, telling.page(steps, table, guards, searches, won.iloc[0], sizes))


def over_steps(study: Comparison, sizes: bolder.Sizes) -> pd.DataFrame:
    """What the head promised and what was true after so many steps, one row per start and step."""
    rows = []
    for step, price in bolder.prices(sizes.long).items():
        for objective, group in bolder.gains(study.at(price).paths()).groupby(
            "objective", sort=False
        ):
            share_kept, low, high = pages.wilson(group["kept"])
            exploited = study.at(price).exploitation().set_index("objective").loc[objective]
            promised = mean_interval(group["predicted"].to_numpy(float))
            true = mean_interval(group["gain"].to_numpy(float))
            rows.append(
                {
                    "starts": pictures.SOURCES["source" in str(objective)],
                    "steps": step,
                    "n": len(group),
                    "predicted": group["predicted"].mean(),
                    "predicted_low": promised[0],
                    "predicted_high": promised[1],
                    "true": exploited["true_gain"],
                    "true_low": true[0],
                    "true_high": true[1],
                    "rho": exploited["rho"],
                    "rho_low": exploited["rho_low"],
                    "rho_high": exploited["rho_high"],
                    "kept": share_kept,
                    "kept_low": low,
                    "kept_high": high,
                    "harsh": group["judge_harsh"].mean(),
                    "shell_score": exploited["shell_score"],
                }
            )
    return pd.DataFrame(rows).sort_values(["starts", "steps"], ignore_index=True)


def strips(runs: pd.DataFrame, best: pd.Series) -> dict[str, pd.DataFrame]:
    """The plain climb on the head, the guard by the data, and the winner."""
    rows = {}
    for wanted, reads, guard in (
        ("as bold as can be", "code", "none"),
        ("4.5 px", "code", "data"),
        tuple(best[["wanted", "reads", "guard"]]),
    ):
        group = runs[
            (runs["wanted"] == wanted) & (runs["reads"] == reads) & (runs["guard"] == guard)
        ]
        spread = (
            group[group["seed"] == group["seed"].min()]
            if len(set(group["objective"])) > 1
            else group
        )
        rows[f"{wanted}\nreads the {reads}\nguard: {guard}"] = spread
    return rows


if __name__ == "__main__":
    main()
