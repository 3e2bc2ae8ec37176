"""Rows of what each makes: whether many pictures were made, or one many times."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.pages.grids import GreyPicture, draw_grid
from blackbox.results.drawing.canvas import new_figure


def rows(frames: PageFrames) -> Figure:
    """A row for each maker, families side by side."""
    table = frames.pictures
    makers = list(table["maker"].unique())
    table = table.sort_values("maker", key=lambda maker: maker.map(makers.index), kind="stable")
    heads = [""] * (len(table) // len(makers))
    heads[len(heads) // 4], heads[3 * len(heads) // 4] = "8x8 digits", "MNIST"
    figure = new_figure(10, 0.6 * len(makers) + 0.4)
    draw_grid(figure, map(GreyPicture, table["pixels"]), heads, makers)
    return figure
