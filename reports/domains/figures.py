"""How much of what each search was promised in each domain is true."""

import numpy as np
from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import INK, new_figure

LIGHT = 0.6  # from here on a cell is too dark for dark letters


def promises(frames: PageFrames) -> Figure:
    """A cell per domain and search: rho, and the share of bests that judges find odd."""
    table = frames.cells
    domains, searches = (list(dict.fromkeys(table[name])) for name in ("domain", "search"))
    figure = new_figure(10, 4.4)
    axes = figure.subplots()
    rho = table["rho"].to_numpy().reshape(len(domains), len(searches))
    odd = table["odd"].to_numpy().reshape(rho.shape)
    axes.imshow(np.clip(rho, 0, 1), cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
    for row, column in np.ndindex(rho.shape):
        ink = "white" if rho[row, column] > LIGHT else INK
        share = f"{rho[row, column]:.2f}".replace("-0.00", "0.00")
        axes.text(column, row - 0.1, share, ha="center", va="center", color=ink, fontsize=13)
        words = f"odd: {100 * odd[row, column]:.0f} %"
        axes.text(column, row + 0.27, words, ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(len(searches)), [one.replace(" ", "\n", 1) for one in searches])
    axes.set_yticks(range(len(domains)), domains)
    axes.tick_params(length=0, labelsize=10, colors=INK)
    axes.spines[:].set_visible(False)
    axes.xaxis.tick_top()
    return figure
