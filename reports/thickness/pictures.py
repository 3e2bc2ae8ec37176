"""Figures: the curve over steps, gain against digit kept, and strips of digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import COLOURS, MARKERS, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SOURCES = {True: "from encoded held-out digits", False: "from draws of the prior"}
STARTS_SHOWN = 4


def over_steps(steps: pd.DataFrame) -> Figure:
    """Predicted and true gain, and the digit kept, after so many steps; bands are 95 %."""
    figure = new_figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    for nth, (starts, curve) in enumerate(steps.groupby("starts", sort=False)):
        for name, axes, dashes in (
            ("predicted", left, "--"),
            ("true", left, "-"),
            ("kept", right, "-"),
        ):
            label = f"{name}, {starts}" if axes is left else str(starts)
            axes.plot(curve["steps"], curve[name], dashes, color=COLOURS[nth], label=label)
            low, high = curve[f"{name}_low"], curve[f"{name}_high"]
            axes.fill_between(curve["steps"], low, high, color=COLOURS[nth], alpha=0.15)
    left.set_yscale("log")
    left.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    left.set_ylabel("gain in px")
    right.set_ylabel("share of digits kept")
    right.set_ylim(-0.02, 1.02)
    at = sorted(set(steps["steps"]))
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xticks(at, list(map(str, at)))
        axes.minorticks_off()
        axes.set_xlabel("steps of Adam on the joint head")
        axes.legend(frameon=False, fontsize=8)
        tidy(axes)
    return figure


def trade(table: pd.DataFrame, goal: tuple[float, float]) -> Figure:
    """Every search as a point: a panel for what was wanted, a colour a guard, a marker a reader."""
    wanted, guards = list(dict.fromkeys(table["wanted"])), list(dict.fromkeys(table["guard"]))
    figure = new_figure(4 * len(wanted), 3.9)
    panels = figure.subplots(1, len(wanted), sharey=True, squeeze=False)[0]
    readers = list(dict.fromkeys(table["reads"]))
    for axes, what in zip(panels, wanted, strict=True):
        for (guard, reads), cell in table[table["wanted"] == what].groupby(["guard", "reads"]):
            colour, marker = COLOURS[guards.index(guard)], MARKERS[readers.index(reads)]
            line = cell.sort_values("steps")
            spread = np.abs(line[["kept_low", "kept_high"]].to_numpy().T - line["kept"].to_numpy())
            axes.errorbar(
                line["gain"],
                line["kept"],
                spread,
                color=colour,
                marker=marker,
                markersize=5,
                linewidth=0.9,
                elinewidth=0.4,
            )
        axes.axvline(goal[0], color="#999999", linewidth=0.7)
        axes.axhline(goal[1], color="#999999", linewidth=0.7)
        axes.set_xscale("symlog", linthresh=4)
        axes.set_xticks([0, 1, 2, 3, 4, 8, 16], ["0", "1", "2", "3", "4", "8", "16"])
        axes.set_xlim(0, max(12.0, table["gain"].max() * 1.1))
        axes.set_title(what, fontsize=10)
        axes.set_xlabel("true gain in px")
        tidy(axes)
    panels[0].set_ylabel("share of digits kept")
    for nth, guard in enumerate(guards):
        panels[0].plot([], [], color=COLOURS[nth], label=f"guard: {guard}")
    for nth, reads in enumerate(readers):
        panels[0].plot([], [], color="#333333", marker=MARKERS[nth], label=f"reads the {reads}")
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def strips(rows: dict[str, pd.DataFrame], columns: tuple[int, ...]) -> Figure:
    """A block of starts for each search, and what each has become after so many steps."""
    figure = new_figure(1.7 + 0.9 * (len(columns) + 1), 0.4 + 0.9 * STARTS_SHOWN * len(rows))
    axes = figure.add_subplot()
    top, labels = 0.0, []
    for title, runs in rows.items():
        keys = runs[["objective", "seed"]].drop_duplicates().head(STARTS_SHOWN)
        for key in keys.itertuples(index=False):
            path = runs[(runs["objective"] == key.objective) & (runs["seed"] == key.seed)]
            path = path.set_index("steps")
            first = path.iloc[0]
            shown = [(first["shown_start"], f"{first['judge_thickness_start']:.1f}")]
            for step in columns:
                if step in path.index:
                    lost = "" if path.loc[step, "kept"] == 1 else " lost"
                    thick = path["judge_thickness"][step]
                    shown.append((path["shown"][step], f"{thick:.1f}{lost}"))
            for place, (image, text) in enumerate(shown):
                extent = (place * 1.08, place * 1.08 + 1, top + 1, top)
                axes.imshow(np.asarray(image), cmap="gray_r", vmin=0, vmax=1, extent=extent)
                axes.text(place * 1.08 + 0.04, top + 0.97, text, fontsize=6.5, color="#0072B2")
            top += 1.06
        labels.append((top - 1.06 * len(keys) / 2, title))
        top += 0.25
    axes.set_xlim(-0.05, 1.08 * (len(columns) + 1))
    axes.set_ylim(top, -0.1)
    axes.set_yticks([at for at, _ in labels], [title for _, title in labels], fontsize=8)
    heads = ["start", *(f"{step} steps" for step in columns)]
    axes.set_xticks([1.08 * n + 0.5 for n in range(len(heads))], heads, fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
