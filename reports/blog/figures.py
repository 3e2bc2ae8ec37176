"""The two pictures: a seven on its way to a two, and strokes that thicken."""

from collections.abc import Iterable

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.pages.grids import GreyPicture, draw_grid
from blackbox.results.drawing.canvas import COLOURS, INK, new_figure

BLUE, ORANGE, GREEN = COLOURS[:3]
VERDICTS = (("no two", ORANGE), ("doubtful", BLUE), ("a two", GREEN))  # of digit + harsh
HEADS = ["start", "10 % sure", "50 % sure", "90 % sure", "99 % sure", "end"]


def morph(frames: PageFrames) -> Figure:
    """A row per search from the same seven; a column per stage at which it is equally sure."""
    looks = frames.morph.assign(votes=frames.morph["digit"] + frames.morph["harsh"])
    rows = zip(looks["pixels"], looks["votes"].astype(int), strict=True)
    pictures = [GreyPicture(pixels, *VERDICTS[votes]) for pixels, votes in rows]
    return _drawn(pictures, ["pixels", "autoencoder", "VAE,\non the sphere"], HEADS)


def strip(frames: PageFrames) -> Figure:
    """A row per digit, a column per step along the gradient of its thickness."""
    looks = frames.strip
    caption = looks["true"].map("{:.1f} pixels".format).replace({"nan pixels": "?"})
    colour = looks["digit"].map({1: INK, 0: ORANGE})
    pictures = map(GreyPicture, looks["pixels"], caption, colour)
    digits, steps = looks["start"].unique(), looks["step"].unique()
    return _drawn(pictures, [f"{digit}  " for digit in digits], [f"step {step}" for step in steps])


def _drawn(pictures: Iterable[GreyPicture], rows: list[str], heads: list[str]) -> Figure:
    figure = new_figure(1.5 * len(heads) + 1.0, 1.62 * len(rows) + 0.3)
    draw_grid(figure, pictures, heads, rows, size=11, cmap="gray")
    return figure
