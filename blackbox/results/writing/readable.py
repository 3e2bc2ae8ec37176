"""Tables as strings for people, in fewer columns: one function for each table, by its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from blackbox.results.frame import judge_names
from blackbox.results.statistics.failed_runs import CELL
from blackbox.results.statistics.missing_runs import NOT_MADE
from blackbox.results.writing.cells import ABSENT, cell_text

CELLS_NAMED = 6  # in a sentence; the rest is counted


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """The summary with intervals beside the means, and judges from start to best."""
    number, shown = table.map(cell_text), table[CELL].copy()
    shown["ok"] = table["n_ok"]
    shown["best [95 %]"] = _interval(number, "best_mean", "best_low", "best_high")
    if "best_seen" in table:
        shown["as seen"] = number["best_seen"]
    shown["median"] = number["best_median"]
    shown["score 0-100"] = _numbers(table["score"], ".1f")
    shown["area"] = number["area"]
    for name in judge_names(table):
        shown[f"{name} start → best"] = _arrows(number, f"judge_{name}_start", f"judge_{name}")
    shown["used"] = number["used"] + "/" + number["granted"]
    shown["thinking s"] = _numbers(table["thinking_seconds"], ".2g")
    return shown


def paired(table: pd.DataFrame) -> pd.DataFrame:
    """Differences to a baseline with their intervals, and who won how many seeds."""
    counts = table[["wins", "ties", "losses"]].astype(str).agg("/".join, axis=1)
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "strategy": table["strategy"],
            "ok": table["n_ok"],
            "difference [95 %]": _interval(table.map(cell_text), "difference", "low", "high"),
            "won/tied/lost": counts if len(table) else [],
            "P(improvement)": table["p_improvement"],
            "p (Holm)": table["p_holm"],
            "better/same/worse": _shares(table),
            "note": _joined(table["note"], table["interval"]),
        }
    )


def leaders(table: pd.DataFrame) -> pd.DataFrame:
    """Who leads by what, how far ahead, and who is level."""
    number = table.map(cell_text)
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "by": table["by"],
            "leader": table["leader"],
            "mean [95 %]": _interval(number, "mean", "low", "high"),
            "next": table["next"],
            "ahead by [95 %]": _interval(number, "lead", "lead_low", "lead_high"),
            "p (Holm)": number["p_holm"],
            "not separated from": table["level"].str.replace("\n", ", "),
        }
    )


def fixed_targets(table: pd.DataFrame) -> pd.DataFrame:
    """Which share of runs reached a target, and the expected running time."""
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "target": table["target"],
            "which is": table["level"],
            "strategy": table["strategy"],
            "ok": table["n_ok"],
            "reached it": _percents(table["success_rate"]),
            "ERT": table["ert"],
        }
    )


def aggregate(table: pd.DataFrame) -> pd.DataFrame:
    """Scores over all objectives with their intervals."""
    number = table.map(cell_text)
    return pd.DataFrame(
        {
            "strategy": table["strategy"],
            "ok": table["n_ok"],
            "objectives": table["n_objectives"],
            "score [95 %]": _interval(number, "score", "score_low", "score_high"),
            "median": table["score_median"],
            "IQM [95 %]": _interval(number, "iqm", "iqm_low", "iqm_high"),
        }
    )


def missing(table: pd.DataFrame, n_made: int) -> str:
    """How many runs of how many are not there, and of which cells, in a sentence; "" if none."""
    if not len(table):
        return ""
    cells = [
        f"{strategy} on {objective} (seed{'s' * (len(seeds) > 1)} {_listed(seeds.tolist())})"
        for (objective, strategy), seeds in table.groupby(CELL, sort=False)["seed"]
    ]
    more = f"; and {len(cells) - CELLS_NAMED} cells more" if len(cells) > CELLS_NAMED else ""
    begun = Counter(state for state in table["state"] if state != NOT_MADE)
    states = f" ({', '.join(f'{n} {state}' for state, n in begun.items())})" if begun else ""
    verb = "run is" if len(table) + n_made == 1 else "runs are"
    counts = f"{len(table)} of {len(table) + n_made} {verb} not made yet{states}"
    return f"{counts}: {'; '.join(cells[:CELLS_NAMED])}{more}."


def _listed(seeds: list[int]) -> str:
    """Seeds in words, many in a row by their ends."""
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def price_table(table: pd.DataFrame) -> pd.DataFrame:
    """A column per price, the mean best with its rank in brackets.

    Strategies are in the order of their ranks at the first price that is known.
    """
    cells = [
        ABSENT if np.isnan(rank) else f"{cell_text(mean)} ({rank:g})"
        for mean, rank in zip(table["best_mean"], table["rank"], strict=True)
    ]
    long = table[CELL].assign(price="price " + table["price"], cell=cells)
    wide = long.pivot_table("cell", CELL, "price", aggfunc="first")[list(long["price"].unique())]
    order = pd.concat([table.dropna(subset="rank"), table])[CELL].drop_duplicates()
    return order.merge(wide.reset_index(), on=CELL)


def break_even(table: pd.DataFrame) -> pd.DataFrame:
    """Who of a pair is ahead up to which price of a gradient, and who above."""
    number, one_leads = table.map(cell_text), table["break_even"].isna()
    interval = "[" + number["low"] + ", " + number["high"] + "]"
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "pair": table["first"] + ", " + table["second"],
            "ahead when cheap": table["ahead_cheap"].replace("", "neither"),
            "up to": number["break_even"].where(~one_leads, "every price"),
            "95 %": interval.where(table["low"].notna(), ABSENT),
            "ahead when dear": number["ahead_dear"].where(~one_leads, ABSENT),
            "swaps": table["n_swaps"],
            "ok": table["n_ok_first"] + ", " + table["n_ok_second"],
        }
    )


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """What changed from a study to the same one later."""
    number = table.map(cell_text)
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "strategy": table["strategy"],
            "pairs": table["n"],
            "before": number["before"],
            "after": number["after"],
            "change [95 %]": _interval(number, "change", "low", "high"),
            "p (Holm)": number["p_holm"],
            "verdict": table["verdict"],
        }
    )


def exploitation(table: pd.DataFrame) -> pd.DataFrame:
    """Scores, true scores and judges from start to best, and rho with its interval."""
    number, shown = table.map(cell_text), table[[*CELL, "n_ok"]].rename(columns={"n_ok": "ok"})
    shown["predicted start → best"] = _arrows(number, "score_start", "score_best")
    if (table["truth"] != "").any():
        shown["true start → best"] = _arrows(number, "true_start", "true_best")
        rho = _interval(number, "rho", "rho_low", "rho_high")
        shown["rho [95 %]"] = [
            f"{text}, of {pairs} runs" if pairs < n else text
            for text, pairs, n in zip(rho, table["n_pairs"], table["n_found"], strict=True)
        ]
        shown["truth refused"] = _percents(table["true_refused"])
    for name in judge_names(table, "off"):
        if not (table["truth"] == name).all():
            arrows = _arrows(number, f"judge_{name}_start", f"judge_{name}")
            refused = table[f"judge_{name}_refused"]
            shown[f"{name} start → best"] = [
                f"{text}, {percent} refused" if share > 0 else text
                for text, percent, share in zip(arrows, _percents(refused), refused, strict=True)
            ]
    if table["off_manifold"].notna().any():
        shown["off the manifold"] = _percents(table["off_manifold"])
    return shown


def production(table: pd.DataFrame) -> pd.DataFrame:
    """What was made in the last tenth of runs: scored, true, and how varied."""
    number, shown = table.map(cell_text), table[[*CELL, "n_ok"]].rename(columns={"n_ok": "ok"})
    shown["mean score [95 %]"] = _interval(number, "score", "score_low", "score_high")
    if (table["truth"] != "").any():
        shown["mean true score [95 %]"] = _interval(number, "true", "true_low", "true_high")
        shown["truth refused"] = _percents(table["true_refused"])
    for name in judge_names(table, "off"):
        within = 1 - table[f"judge_{name}_off"]
        if within.notna().any():
            shown[f"within {name}"] = _percents(within)
    shown["variety (starts)"] = number["variety"] + " (" + number["variety_start"] + ")"
    return shown


def _interval(number: pd.DataFrame, mean: str, low: str, high: str) -> list[str]:
    """`mean [low, high]` of these columns, or the mean alone where one run has no interval."""
    cells = zip(number[mean], number[low], number[high], strict=True)
    return [m if a == ABSENT else f"{m} [{a}, {b}]" for m, a, b in cells]


def _shares(table: pd.DataFrame) -> list[str]:
    """How probably it is better, practically the same, or worse, in percent."""
    columns = table[["p_better", "p_equivalent", "p_worse"]].to_numpy(float)
    return [ABSENT if np.isnan(row).any() else "/".join(f"{p:.0%}" for p in row) for row in columns]


def _joined(*columns: pd.Series[str]) -> list[str]:
    """The texts of these columns, those that say something, row by row."""
    return ["; ".join(filter(None, row)) for row in zip(*columns, strict=True)]


def _arrows(number: pd.DataFrame, start: str, best: str) -> pd.Series[str]:
    arrows = number[start] + " → " + number[best]
    return arrows.replace(f"{ABSENT} → {ABSENT}", ABSENT)


def _percents(shares: Iterable[float]) -> list[str]:
    return [ABSENT if np.isnan(share) else f"{100 * share:.0f} %" for share in shares]


def _numbers(numbers: Iterable[float], form: str) -> list[str]:
    return [ABSENT if np.isnan(number) else f"{number:{form}}" for number in numbers]
