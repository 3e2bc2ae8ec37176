"""What each decoder made of the same blurred digits."""

import pandas as pd
from matplotlib.figure import Figure

from blackbox.pages import PageFrames, where
from blackbox.pages.grids import GreyPicture, draw_grid
from blackbox.results.drawing.canvas import COLOURS, new_figure

ROWS = {
    "hidden": "hidden",
    "blocks": "all that a search is given",
    "bicubic": "enlarged, bicubic",
    "vae": "found behind a VAE",
    "flow": "behind a flow",
    "autoencoder": "behind an autoencoder",
    "gan": "behind a GAN",
    "none": "in pixels",
}
UNJUDGED = ("hidden", "blocks")


def found(frames: PageFrames) -> Figure:
    """A row per decoder, a column per digit; framed where judges do not see the hidden digit."""
    table = frames.pixels.merge(frames.ends, on=["what", "picture"]).sort_values("picture")
    cells = pd.concat([where(table, what=what) for what in ROWS])
    passed = (cells["digit"] == 1) | cells["what"].isin(UNJUDGED)
    colours = [None if good else COLOURS[1] for good in passed]
    pictures = map(GreyPicture, cells["pixels"], [""] * len(cells), colours)
    heads = [""] * cells["picture"].nunique()
    figure = new_figure(2.2 + 0.62 * len(heads), 0.72 * len(ROWS))
    draw_grid(figure, pictures, heads, list(ROWS.values()))
    return figure
