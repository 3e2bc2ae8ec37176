"""PULSE on every decoder: which sharp digit shrinks to a blurred one, and is it the right one?

    python -m reports.super_resolution.super_resolution --jobs 2          # from the shipped codes
    python -m reports.super_resolution.super_resolution --jobs 2 --real   # from real test pictures

Makes the runs that are missing, then the tables of what was hidden, then the page of both. With
`--real` the data set must be there: BLACKBOX_DATA=FOLDER.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from blackbox.results.drawing.canvas import save
from blackbox.results.statistics.intervals import mean_interval
from reports import pages
from reports.super_resolution import blurred, pictures_of, words

HERE = Path(__file__).parent
SHARES, MEANS = ("feasible", "digit", "harsh"), ("psnr",)


def main(arguments: list[str] | None = None) -> None:
    """Make the runs that are missing, then the tables, the pictures and the page."""
    given = pages.options(__doc__, arguments, flags=("real",))
    folder, sizes = given.folder or HERE, blurred.SMALL if given.small else blurred.Sizes()
    hidden = "real" if given.real else "decoded"
    results = blurred.pulse(folder, given.jobs, sizes, hidden)
    instances = range(int(results["instance"].max()) + 1)
    bounds = blurred.references(instances, hidden)
    equal = blurred.equal_cost(folder, given.jobs, sizes, hidden)
    pages.keep(summary(pd.concat([bounds, results])), folder / f"{hidden}.csv")
    pages.keep(by_cost(equal), folder / f"{hidden}-equal-cost.csv")
    save(pictures_of.sheet(pd.concat([bounds, results]), hidden), folder / f"{hidden}.png")
    save(pictures_of.by_cost(by_cost(equal), blurred.epsilon()), folder / f"{hidden}-cost.svg")
    pages.write(folder, words.page(folder))


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per decoder and domain: shares with Wilson's intervals, means with bootstrapped ones.

    PSNR is the mean of decibels, `psnr_common` that over the pictures that all but the slow pixel
    flow looked for, `n_common` of them; a picture that hits every pixel has 100.
    """
    table = []
    quick = rows[rows["decoder"] != "pixel_flow"]
    common = int(quick.groupby(["decoder", "domain"]).size().min())
    for (decoder, domain), cell in rows.groupby(["decoder", "domain"], sort=False):
        row = {"decoder": decoder, "domain": domain, "n": len(cell), "error": cell["error"].mean()}
        for name in SHARES:
            row[name], row[f"{name}_low"], row[f"{name}_high"] = pages.wilson(cell[name])
        for name in MEANS:
            low, high = mean_interval(cell[name].to_numpy(float))
            row |= {name: cell[name].mean(), f"{name}_low": low, f"{name}_high": high}
        first = cell[cell["instance"] < common]
        row["n_common"] = len(first)
        row["psnr_common"] = first["psnr"].mean() if len(first) == common else float("nan")
        table.append(row)
    return pd.DataFrame(table)


def by_cost(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per decoder, search and units: the error at 7 x 7 and what is within epsilon."""
    table = []
    for key, cell in rows.groupby(["decoder", "search", "units"], sort=False):
        low, high = mean_interval(cell["error"].to_numpy(float))
        feasible, least, most = pages.wilson(cell["feasible"])
        table.append(
            {
                **dict(zip(("decoder", "search", "units"), key, strict=True)),
                "n": len(cell),
                "error": cell["error"].mean(),
                "error_low": low,
                "error_high": high,
                "feasible": feasible,
                "feasible_low": least,
                "feasible_high": most,
                "psnr": cell["judge_psnr"].mean(),
                "digit": cell["judge_digit"].mean(),
            }
        )
    return pd.DataFrame(table).sort_values(["decoder", "units", "error"], ignore_index=True)


if __name__ == "__main__":
    main()
