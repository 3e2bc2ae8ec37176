"""The page of the study: its answer in words, its tables, its two pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, legend, new_figure, tidy
from blackbox.results.writing import readable
from blackbox.results.writing.cells import ABSENT
from blackbox.results.writing.markdown import to_markdown
from reports.gradient_or_not.landscapes import ADAM, BUDGETS, DIFFERENCES, LBFGS, READERS, SEEDS
from reports.gradient_or_not.leads import ES_LIMIT, reads
from reports.gradient_or_not.price_text import (
    FLIPS,
    HEAD,
    LEADERS,
    LEADS,
    LIMITS,
    MEASURED,
    MOST,
    RANKS,
)
from reports.pages import with_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# Who is set against whom in the figure of flips.
BLACK_BOX = "the best black box"
PAIRS = ((ADAM, BLACK_BOX), (LBFGS, BLACK_BOX), (ADAM, DIFFERENCES))


class Results(NamedTuple):
    """The tables of the study; each is a csv file of its name."""

    curves: pd.DataFrame
    leaders: pd.DataFrame
    flips: pd.DataFrame
    leads: pd.DataFrame
    prices: pd.DataFrame
    limits: pd.DataFrame


def curves_figure(curves: pd.DataFrame) -> Figure:
    """Decades over the budget, a panel per landscape; who reads gradients has a whole line."""
    shown = list(dict.fromkeys(curves["objective"]))
    names = sorted(curves["strategy"].unique(), key=lambda name: (not reads(name), name))
    figure = new_figure(11.0, 2.5 * -(-len(shown) // 3) + 0.3)
    grid, lines = figure.subplots(-(-len(shown) // 3), 3, squeeze=False), {}
    for axes, objective in zip(grid.flat, shown, strict=False):
        for name, line in curves[curves["objective"] == objective].groupby("strategy"):
            colour = COLOURS[names.index(name) % len(COLOURS)]
            style: dict[str, Any] = {"color": colour}
            style["linestyle"] = "-" if reads(name) else (0, (4, 1.5))
            axes.fill_between(line["budget"], line["low"], line["high"], color=colour, alpha=0.13)
            marker = "o" if names.index(name) < len(COLOURS) else "^"
            style |= {"marker": marker, "markersize": 3}
            (lines[name],) = axes.plot(line["budget"], line["mean"], linewidth=1.5, **style)
        axes.set_xscale("log")
        axes.set_title(objective, loc="left", fontsize=10)
        tidy(axes)
    for axes in list(grid.flat)[len(shown) :]:
        axes.set_visible(False)
    figure.supxlabel("budget: a score costs 1, its gradient 1 more", fontsize=10)
    figure.supylabel("decades: minus log10 of the regret", fontsize=10)
    drawn = [name for name in names if name in lines]
    legend(figure, [lines[name] for name in drawn], drawn, "whole lines read gradients")
    return figure


def flips_figure(flips: pd.DataFrame) -> Figure:
    """The price at which each reader falls behind the best black box, against the dimension."""
    figure = new_figure(9.2, 4.6)
    axes = figure.add_subplot()
    spread = np.array([1.5, 1000.0])
    (law,) = axes.plot(spread, spread, color=INK, linewidth=1)
    handles: list[Any] = [law]
    names = ["price = d: what differences cost"]
    budgets = sorted(flips["budget"].unique())
    for nth, (reader, other) in enumerate(PAIRS):
        pairs = flips[(flips["first"] == reader) & (flips["ahead_cheap"] == reader)]
        same = pairs["hidden"] == DIFFERENCES
        pairs = pairs[(same if other == DIFFERENCES else ~same) & pairs["break_even"].notna()]
        for budget, some in pairs.groupby("budget"):
            style: dict[str, Any] = {"color": COLOURS[nth], "s": 34}
            style["marker"] = MARKERS[budgets.index(budget)]
            handles.append(axes.scatter(some["d"], some["break_even"], **style))
            names.append(f"{reader}, {budget:,} units, against {other}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("dimension d")
    axes.set_ylabel("price of a gradient at which the order flips")
    axes.set_title("below its mark a gradient leads", loc="left")
    tidy(axes)
    legend(figure, handles, names, "")
    return figure


def parts(results: Results, at: float) -> list[str]:
    """The page."""
    seeds = min(SEEDS, int(results.curves["n"].max()))
    return [
        HEAD,
        "## Answer\n\n" + "\n".join(f"- {line}" for line in answer(results)),
        "![decades over the budget](curves.svg)",
        "![the price at which the order flips](flips.svg)",
        "## Who leads, at a gradient's price of 1\n\n" + LEADERS,
        to_markdown(_leaders(results.leaders)),
        "## From which price on a gradient does not pay\n\n" + FLIPS,
        to_markdown(_flips(results.flips)),
        f"Ranks of all at {at:,} units and five prices, mean decades (rank):\n\n{RANKS}",
        to_markdown(readable.price_table(results.prices)),
        "## Limits, and what was measured beside them\n\n" + LIMITS,
        to_markdown(_limits(results.limits)),
        LEADS,
        to_markdown(_leads(results.leads)),
        MEASURED.format(seeds=seeds, budgets=", ".join(f"{b:,}" for b in BUDGETS), most=MOST),
    ]


def answer(results: Results) -> Iterator[str]:
    """What came out, in words."""
    table = results.leaders
    ahead, behind = table["low"] > 0, table["high"] < 0
    yield (
        f"**At equal cost, a gradient being one score more, the best search that reads it leads in "
        f"{int(ahead.sum())} of {len(table)} cells** (landscape and budget, interval beyond 0), "
        f"the best that does not in {int(behind.sum())}; {int((~ahead & ~behind).sum())} are open"
    )
    yield from _told_flips(results.flips)
    if behind.any():
        cells = [f"{r.objective} at {r.budget:,} ({r.hidden})" for r in table[behind].itertuples()]
        yield "the black boxes lead on " + "; ".join(cells)
    for objective, group in table.groupby("objective", sort=False):
        last = group.iloc[-1]
        apart = with_interval(last["gap"], last["low"], last["high"], 1)
        yield (
            f"{objective}, {last['budget']:,} units: {last['shown']} ends at a regret of "
            f"10^{-last['its decades']:.1f}, the best black box, {last['hidden']}, at "
            f"10^{-last['decades of hidden']:.1f} ({apart} decades apart)"
        )
    yield from _told_limits(results)


def _told_flips(flips: pd.DataFrame) -> Iterator[str]:
    others = flips[flips["hidden"] != DIFFERENCES]
    led = others[(others["ahead_cheap"] == others["first"]) & ~others["solved"]]
    for (reader, budget), group in led.dropna(subset="break_even").groupby(["first", "budget"]):
        ratio = group["break_even"] / group["d"]
        yield (
            f"**{reader} leads the best black box up to a gradient's price of "
            f"{ratio.median():.2g} d** at {budget:,} units (median of the {len(group)} landscapes "
            f"of {len(others[others['budget'] == budget]) // len(READERS)} where it leads and the "
            f"order flips; {ratio.min():.2g} d to {ratio.max():.2g} d)"
        )
    same = flips[(flips["hidden"] == DIFFERENCES) & (flips["ahead_cheap"] == ADAM)]
    for budget, group in same.dropna(subset="break_even").groupby("budget"):
        paid: pd.Series[float] = group["break_even"] / group["d"]
        yield (
            f"Adam on the exact gradient leads Adam on forward differences up to a price of "
            f"{paid.median():.2f} d at {int(str(budget)):,} units (median of {len(group)} flips, "
            f"{paid.min():.2f} to {paid.max():.2f}); theory, for climbs that go on: d"
        )


def _told_limits(results: Results) -> Iterator[str]:
    ratio = (results.limits["lead"] / results.limits["theory"]).agg(["min", "max"])
    yield (
        "on the sphere the exact gradient is ahead of forward differences by "
        f"{ratio['min']:.2f} to {ratio['max']:.2f} times (d + 1) / 2, which is theory at price 1 "
        "((d + 1) / 3 where value and gradient cost 3)"
    )
    pace = results.limits["pace"].agg(["min", "max"])
    verdict = "as theory has it" if pace["min"] >= ES_LIMIT else "below the limit for large d"
    yield (
        f"(1+1)-ES takes {pace['min']:.1f} to {pace['max']:.1f} evaluations per dimension and "
        f"decade of distance on it, {verdict}: at least {ES_LIMIT} as d grows"
    )


def _leaders(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for result in table.to_dict("records"):
        gap = with_interval(result["gap"], result["low"], result["high"])
        who = "gradient" if result["low"] > 0 else "black box" if result["high"] < 0 else "open"
        row = {"objective": result["objective"], "budget": f"{result['budget']:,}"}
        row |= {"reads gradients": f"{result['shown']} {result['its decades']:.2f}"}
        row |= {"does not": f"{result['hidden']} {result['decades of hidden']:.2f}"}
        rows.append(row | {"apart": gap, "ahead": who})
    return pd.DataFrame(rows)


def _flips(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for result in table.to_dict("records"):
        flips = not np.isnan(result["break_even"])
        row = {
            "objective": result["objective"],
            "budget": f"{result['budget']:,}",
            "d": result["d"],
        }
        row |= {"pair": f"{result['first']}, {result['second']}"}
        row |= {"ahead when cheap": result["ahead_cheap"] or "neither"}
        flip = f"{result['break_even']:.3g}" if flips else "none"
        row |= {"flips at": "both solved" if result["solved"] else flip}
        has_interval = flips and result["low"] == result["low"]  # few seeds have none
        row |= {"95 %": f"[{result['low']:.3g}, {result['high']:.3g}]" if has_interval else ABSENT}
        rows.append(
            row | {"readable from": f"{result['cheapest']:.3g}", "swaps": result["n_swaps"]}
        )
    return pd.DataFrame(rows)


def _limits(table: pd.DataFrame) -> pd.DataFrame:
    lead = zip(table["lead"], table["lead low"], table["lead high"], strict=True)
    pace = zip(table["pace"], table["pace low"], table["pace high"], strict=True)
    columns = {"d": table["d"], "lead of exact over differences": [with_interval(*r) for r in lead]}
    columns |= {"theory: (d + 1) / 2": table["theory"]}
    columns |= {"(1+1)-ES: evaluations / d / decade": [with_interval(*r) for r in pace]}
    return pd.DataFrame(columns | {"limit for large d": ES_LIMIT})


def _leads(table: pd.DataFrame) -> pd.DataFrame:
    lead = {name: [f"{v:.3g}" for v in table[name]] for name in (ADAM, LBFGS)}
    shown = table.assign(**lead, decades=[f"{v:.2f}" for v in table["decades"]])
    return shown.rename(columns={"limit": "(d + 1) / 2"})
