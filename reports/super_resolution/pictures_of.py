"""Figures: what each decoder made of the same blurred digits, and the error over cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import COLOURS, DASHES, new_figure, tidy
from reports.super_resolution.blurred import truths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 10


def sheet(results: pd.DataFrame, hidden: str) -> Figure:
    """The first ten instances: small and hidden picture, references, and what was found."""
    pairs = truths(range(min(ACROSS, int(results["instance"].max()) + 1)), hidden)
    rows = {"told: 7 x 7": [low for _, low in pairs], "hidden": [x for x, _ in pairs]}
    for (decoder, domain), cell in results.groupby(["decoder", "domain"], sort=False):
        if decoder != "the hidden picture itself":
            label = f"{decoder}, {domain}" if domain in ("prior", "sphere") else str(decoder)
            rows[label] = list(cell.sort_values("instance")["shown"].head(len(pairs)))
    figure = new_figure(2.1 + 0.68 * len(pairs), 0.3 + 0.7 * len(rows))
    axes = figure.add_subplot()
    for down, images in enumerate(rows.values()):
        for place, image in enumerate(images):
            extent = (place, place + 0.95, down + 0.95, down)
            axes.imshow(np.asarray(image), cmap="gray_r", vmin=0, vmax=1, extent=extent)
    axes.set_xlim(-0.05, len(pairs))
    axes.set_ylim(len(rows), -0.05)
    axes.set_yticks([down + 0.5 for down in range(len(rows))], list(rows), fontsize=8)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def by_cost(table: pd.DataFrame, epsilon: float) -> Figure:
    """The mean error at 7 x 7 of each search over its cost, a panel for each decoder."""
    decoders = list(dict.fromkeys(table["decoder"]))
    figure = new_figure(4.3 * len(decoders) + 2, 3.6)
    panels = figure.subplots(1, len(decoders), sharey=True, squeeze=False)[0]
    searches = sorted(set(table["search"]))
    for axes, decoder in zip(panels, decoders, strict=True):
        for nth, search in enumerate(searches):
            line = table[(table["decoder"] == decoder) & (table["search"] == search)]
            line = line.sort_values("units")
            style = {"color": COLOURS[nth], "linestyle": DASHES[nth % len(DASHES)]}
            axes.plot(line["units"], line["error"], label=search, **style)
            axes.fill_between(
                line["units"], line["error_low"], line["error_high"], color=COLOURS[nth], alpha=0.12
            )
        axes.axhline(epsilon, color="#999999", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(f"{decoder}, on the sphere", fontsize=10)
        axes.set_xlabel("units: a score is 1, a gradient 1 more")
        tidy(axes)
    panels[0].set_ylabel("squared error at 7 x 7; grey: epsilon")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    return figure
