"""The pictures of the page: who leads where, and up to which price."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy
from reports.gradient_or_not.claims import flipping

SHOWN_GAP = 4.0  # decades from which on a cell has its full colour
PAIRS = (
    ("L-BFGS against the best without", "L-BFGS", False),
    ("Adam against the best without", "Adam", False),
    ("Adam against Adam on differences", "Adam", True),
)


def leads(frames: PageFrames) -> Figure:
    """By how many decades the best with a gradient leads: landscapes down, budgets across."""
    table = frames.leaders
    table["shade"] = table["gap"].where((table["gap_low"] > 0) | (table["gap_high"] < 0), 0.0)
    wide = table.pivot_table("shade", "landscape", "budget", sort=False)
    figure = new_figure(9.6, 4.4)
    axes = figure.add_subplot()
    ends: dict[str, Any] = {"vmin": -SHOWN_GAP, "vmax": SHOWN_GAP}
    drawn = axes.imshow(wide, cmap="PuOr_r", aspect="auto", **ends)
    axes.set_xticks(range(wide.shape[1]), [f"{budget:,}" for budget in wide.columns])
    axes.set_yticks(range(len(wide)), wide.index)
    axes.set_xlabel("budget: a score costs 1, its gradient 1 more")
    for row in table.to_dict("records"):
        ahead = row["shown" if row["gap"] > 0 else "hidden"]
        text = f"{abs(row['gap']):.1f}\n{ahead}" if row["shade"] else "level"
        at = list(wide.columns).index(row["budget"]), list(wide.index).index(row["landscape"])
        colour = "white" if abs(row["gap"]) > 0.7 * SHOWN_GAP else INK
        axes.text(*at, text, ha="center", va="center", fontsize=7.5, color=colour)
    label = "decades ahead\nwithout gradient | with gradient"
    figure.colorbar(drawn, ax=axes, shrink=0.8, label=label, extend="both")
    return figure


def flips(frames: PageFrames) -> Figure:
    """The price at which each reader falls behind, against the dimension."""
    figure = new_figure(8.4, 4.2)
    axes = figure.add_subplot()
    spread = np.array([1.5, 1000.0])
    axes.plot(spread, spread, color=INK, linewidth=1, label="price = d, what differences cost")
    for nth, (label, reader, same) in enumerate(PAIRS):
        for at, budget in enumerate((200, 2000)):
            rows = flipping(frames, reader, budget, same)
            beside = rows["d"] * 1.06 ** (2 * nth + at - 2)  # so that marks do not hide each other
            reach = [rows["break_even"] - rows["low"], rows["high"] - rows["break_even"]]
            ends = np.clip(np.nan_to_num(np.array(reach), posinf=1e9), 0, None)
            style: dict[str, Any] = {"color": COLOURS[nth], "marker": MARKERS[at], "markersize": 5}
            style |= {"linestyle": "none", "label": f"{label}, {budget:,} units"}
            axes.errorbar(beside, rows["break_even"], ends, linewidth=1, **style)
    axes.set(xscale="log", yscale="log", ylim=(0.05, 3000), xlabel="dimension d")
    axes.set_ylabel("price of a gradient, in scores")
    axes.set_title("below its mark the gradient pays", loc="left", fontsize=10)
    tidy(axes)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return figure
