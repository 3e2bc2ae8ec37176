"""The page of the study: its answer first, then its tables and pictures."""

from __future__ import annotations

import pandas as pd

from blackbox.results.writing.markdown import to_markdown
from reports.criteria.sweep import DRAWN, MAIN, SEARCHES, SETTINGS, SHARES, WORST, Sizes
from reports.criteria.telling import TITLES, answer, boldest, interval, listed, of, sweep_of
from reports.criteria.trade import BETWEEN
from reports.criteria.words import DENTS, FRONTS, MEASURED, STRIP, VOLUMES
from reports.criteria.worst import IDEAL
from reports.pages import with_interval


def page(
    points: pd.DataFrame, volumes: pd.DataFrame, dents: pd.DataFrame, sizes: Sizes, long: Sizes
) -> list[str]:
    """The parts of the page."""
    best, whole = boldest(volumes), sizes.budget * len(SHARES["sum"][:: sizes.every])
    others = [sweep_of(points, setting, best) for setting in SETTINGS[1:]]
    return [
        "# Thicker and a seven at once: what does boldness cost?",
        *answer(points, volumes, dents, best),
        "## Fronts, promised and true",
        "![gain against what is lost of the seven, promised and true](fronts.svg)",
        FRONTS,
        f"{TITLES[MAIN.name].capitalize()}:",
        to_markdown(readable(points[points["setting"] == MAIN.name])),
        f"The other settings, {best} (all searches stand in [points.csv](points.csv)):",
        to_markdown(readable(pd.concat(others), settings=True)),
        "## What each search commands",
        VOLUMES,
        to_markdown(commanded(volumes)),
        "## Dents: what weighted sums miss",
        DENTS.format(ideal=IDEAL, low=BETWEEN[0], high=BETWEEN[1]),
        to_markdown(missed(dents)),
        "## What it looks like",
        "![a start in each row, and what each weight picks](strip.png)",
        STRIP.format(search=best),
        "## How it was measured, and limits",
        to_markdown(pd.DataFrame({"search": SEARCHES.keys(), "strategy": SEARCHES.values()})),
        MEASURED.format(
            seeds=sizes.seeds,
            n=int(points["n"].iloc[0]),
            budget=sizes.budget,
            long=long.seeds,
            whole=whole,
            sums=listed(SHARES["sum"]),
            worst=listed(SHARES["worst"]),
            alike=f"{of(volumes, MAIN, best)['alike']:.2f}",
            best=best,
            draws=f"{of(volumes, MAIN, DRAWN)['alike']:.2f}",
        ),
    ]


def readable(points: pd.DataFrame, settings: bool = False) -> pd.DataFrame:
    """A sweep as strings for people."""
    rows = []
    for _, row in points.iterrows():
        named = {"setting": TITLES[row["setting"]]} if settings else {}
        rows.append(
            named
            | {
                "search": row["search"],
                "share": f"{row['share']:g}",
                "promised px": f"{row['promised_gain']:.2f}",
                "promised log P(7)": f"{row['promised']:.3f}",
                "true px [95 %]": interval(row, "true_gain"),
                "true log P(7) [95 %]": interval(row, "true"),
                "a seven [95 %]": interval(row, "kept"),
                "harsh [95 %]": interval(row, "harsh"),
                "front": "yes" if row["front"] else "",
            }
        )
    return pd.DataFrame(rows)


def commanded(volumes: pd.DataFrame) -> pd.DataFrame:
    """Hypervolumes as strings for people."""
    titles = {**TITLES, WORST.name: f"{TITLES[MAIN.name]}, worse of two"}
    return pd.DataFrame(
        {
            "setting": volumes["setting"].map(titles),
            "search": volumes["search"],
            "promised [95 %]": [interval(row, "promised") for _, row in volumes.iterrows()],
            "true [95 %]": [interval(row, "true") for _, row in volumes.iterrows()],
            "true, less draws [95 %]": [interval(row, "ahead") for _, row in volumes.iterrows()],
            "boldest seven, px": [interval(row, "bold_kept") for _, row in volumes.iterrows()],
            "boldest harsh": [interval(row, "bold_harsh") for _, row in volumes.iterrows()],
            "alike": [with_interval(a, a, float("nan")).split(" ")[0] for a in volumes["alike"]],
        }
    )


def missed(dents: pd.DataFrame) -> pd.DataFrame:
    """Dents as strings for people."""
    rows = []
    for _, row in dents.iterrows():
        cells: dict[str, object] = {
            "search": row["search"],
            "units a weight": row["units"],
            "n": row["results"],
        }
        for side in ("promised", "true"):
            beyond = 1 - row[f"{side}_beaten"] - row[f"{side}_dent"]
            shares = (row[f"{side}_beaten"], row[f"{side}_dent"], beyond)
            cells[f"{side}: beaten / in a dent / beyond"] = " / ".join(f"{s:.2f}" for s in shares)
            cells[f"{side} volume, less sums [95 %]"] = interval(row, f"{side}_ahead")
        cells["compromises a seed: sums / worse"] = (
            f"{row['between_sums']:.1f} / {row['between_worst']:.1f}"
        )
        rows.append(cells)
    return pd.DataFrame(rows)
