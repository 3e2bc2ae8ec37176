"""What all figures are drawn on: matplotlib where it is installed, who has which colour, saving.

matplotlib takes long to import and is imported inside the functions. Figures are made by its
object interface, so no global state of pyplot is read or changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import MissingPackage
from blackbox.optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette for all kinds of colour vision (2008), its yellow left out: too pale.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5)))
MARKERS = ("o", "s", "^", "D")
WRAP = 32  # letters of a strategy's name in a line: a long one would squeeze the picture
MOST_ON_AN_AXIS = 1e150  # its square is a float
INK, PALE = "#333333", "#e6e6e6"


def missing() -> str:
    """Why no figures can be made, with what to install; "" if they can."""
    try:
        _matplotlib()
    except MissingPackage as error:
        return str(error)
    return ""


def save(figure: Figure, path: Path) -> None:
    """Write a figure as svg or png, by the path's ending: the same bytes for the same figure."""
    matplotlib = _matplotlib()
    with matplotlib.rc_context({"svg.hashsalt": "blackbox"}):
        dated = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, metadata=dated, dpi=130, bbox_inches="tight")


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure, in inches."""
    figure: Figure = _matplotlib().figure.Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_facecolor("white")
    return figure


def places(strategies: Sequence[str], drawn: Iterable[object]) -> dict[str, int]:
    """A number for each strategy, those of the study first, so that all its figures agree."""
    everyone = dict.fromkeys([*strategies, *map(str, drawn)])
    return {strategy: nth for nth, strategy in enumerate(everyone)}


def line_style(nth: int) -> dict[str, Any]:
    """The colour and the dashes of a study's nth strategy."""
    return {"color": COLOURS[nth % len(COLOURS)], "linestyle": DASHES[nth % len(DASHES)]}


def marker_style(nth: int) -> dict[str, Any]:
    """The colour and the marker of a study's nth strategy."""
    return {"color": COLOURS[nth % len(COLOURS)], "marker": MARKERS[nth % len(MARKERS)]}


def tidy(axes: Axes) -> None:
    """A pale grid behind the data, and no box around it."""
    axes.grid(color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def legend(figure: Figure, handles: Sequence[Any], strategies: Sequence[str], title: str) -> None:
    """Name the strategies at the right of the figure."""
    figure.legend(
        handles,
        [plain(strategy, wrapped=True) for strategy in strategies],
        title=title,
        loc="outside right upper",
        frameon=False,
        handlelength=3,
        alignment="left",
    )


def axis_unit(scores: NDArray[np.float64]) -> tuple[float, str]:
    """What to divide these by before they are drawn, and a word on it: 1 and "" for most.

    An axis adds margins to its ends and squares of distances, which overflow long before scores do.
    """
    largest = np.abs(scores[np.isfinite(scores)]).max(initial=0.0)
    if largest < MOST_ON_AN_AXIS:
        return 1.0, ""
    power = int(np.floor(np.log10(largest)))
    return 10.0**power, f", in units of 1e{power}"


def plain(text: str, wrapped: bool = False) -> str:
    """A name as matplotlib shows it literally: no formula, and no hiding by an underscore."""
    shown = " ".join(text.split())
    shown = (fill(shown, WRAP) if wrapped else shown).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def _matplotlib() -> Any:
    require("matplotlib.figure", "figures")
    return require("matplotlib", "figures")
