"""What all figures are drawn on: matplotlib where it is installed, who has which colour, saving.

matplotlib takes long to import and is imported inside the functions. Figures are made by its
object interface, so no global state of pyplot is read or changed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from textwrap import wrap
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
WIDTH = 1.8  # of a line, in points: dashes are counted in it
WRAP = 32  # letters of a strategy's name in a line: a long one would squeeze the picture
AT_SIGNS = re.compile(r"[^(=:]*[(=:]|[^(=:]+")  # parts of a word that is too long for a line
MOST_ON_AN_AXIS = 1e150  # its square is a float
INK, PALE = "#333333", "#e6e6e6"
BAND = "#e9eef2"  # behind data, where what is usual lies
# What would not be seen on a dark page, and what it becomes there; the page uses the same.
ON_DARK = {
    "#000000": "#dddddd",
    "#0072b2": "#3d9bdc",
    "#8c6d31": "#b8934a",
    "#333333": "#dfe2e6",
    "#e6e6e6": "#343a43",
    "#e9eef2": "#2b323b",
    "#ffffff": "#1d2026",
}
LINE_HEIGHT, MORE_HEIGHT = 0.24, 0.17  # inches of a legend: an entry, and each further line of it


def missing() -> str:
    """Why no figures can be made, with what to install; "" if they can."""
    try:
        _matplotlib()
    except MissingPackage as error:
        return str(error)
    return ""


def drawn(figure: Figure, ending: str) -> bytes:
    """A figure as ".svg" or ".png": the same bytes for the same figure; an svg is dark by night.

    The layout is made once, where saving would draw the whole figure to measure it.
    """
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
        figure.set_layout_engine(None)  # "none" would have the figure drawn twice
    content = _saved(figure, ending)
    return by_night(content.decode()).encode() if ending == ".svg" else content


def by_night(svg: str) -> str:
    """The picture with its colours for a dark page behind it: `prefers-color-scheme` chooses.

    >>> by_night('<svg><g style="fill: #ffffff"/></svg>').count("fill: #1d2026")
    1
    """
    used = [day for day in ON_DARK if f": {day}" in svg]
    rules = [
        f'[style*="{what}: {day}"] {{ {what}: {ON_DARK[day]} !important }}'
        for day in used
        for what in ("fill", "stroke")
    ]
    rules.append(f'g[id^="text_"] {{ fill: {ON_DARK["#333333"]} }}')
    style = f"<style>@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}</style>"
    end = svg.rindex("</svg>")
    return f"{svg[:end]}{style}{svg[end:]}"


def save(figure: Figure, path: Path) -> None:
    """Write a figure to a file, as its ending says."""
    path.write_bytes(_saved(figure, path.suffix, bbox_inches="tight"))


def _saved(figure: Figure, ending: str, **how: Any) -> bytes:
    matplotlib, file = _matplotlib(), io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "blackbox"}):
        dated = {"Date": None} if ending == ".svg" else {}
        figure.savefig(file, format=ending[1:], metadata=dated, dpi=130, **how)
    return file.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure, in inches. A notebook shows it, though pyplot knows nothing of it."""
    figure: Figure = _matplotlib().figure.Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_facecolor("white")
    vars(figure)["_repr_png_"] = partial(_saved, figure, ".png", bbox_inches="tight")
    return figure


def places(strategies: Sequence[str], drawn: Iterable[object]) -> dict[str, int]:
    """A number for each strategy, those of the study first, so that all its figures agree."""
    everyone = dict.fromkeys([*strategies, *map(str, drawn)])
    return {strategy: nth for nth, strategy in enumerate(everyone)}


def style_of(nth: int) -> tuple[int, int]:
    """Which colour and which dash (and marker) a study's nth strategy has: 32 that differ.

    >>> len({style_of(nth) for nth in range(32)})
    32
    """
    turn, place = divmod(nth, len(COLOURS))
    return place, (place + turn) % len(DASHES)


def line_style(nth: int) -> dict[str, Any]:
    """The colour and the dashes of a study's nth strategy."""
    colour, dash = style_of(nth)
    return {"color": COLOURS[colour], "linestyle": DASHES[dash]}


def marker_style(nth: int) -> dict[str, Any]:
    """The colour and the marker of a study's nth strategy."""
    colour, marker = style_of(nth)
    return {"color": COLOURS[colour], "marker": MARKERS[marker]}


def tidy(axes: Axes) -> None:
    """A pale grid behind the data, and no box around it."""
    axes.grid(color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def tell_losses(axes: Axes) -> None:
    """Write minus what is drawn at the ticks: scores are drawn, and losses told."""
    _matplotlib()
    from matplotlib.ticker import FuncFormatter  # with the rest, an extra

    axes.yaxis.set_major_formatter(FuncFormatter(lambda level, _: f"{0.0 - level:g}"))


def legend_height(strategies: Iterable[str]) -> float:
    """How many inches a legend of these names takes: no figure beside it may be lower."""
    lines = [len(plain(name, wrapped=True).split("\n")) for name in strategies]
    return 0.6 + sum(LINE_HEIGHT + MORE_HEIGHT * (n - 1) for n in lines)


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


def plain(text: str, wrapped: bool = False, letters: int = WRAP) -> str:
    """A name as matplotlib shows it literally: no formula, and no hiding by an underscore.

    `wrapped`: in lines of so many letters.
    """
    shown = " ".join(text.split())
    shown = ("\n".join(in_lines(shown, letters)) if wrapped else shown).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def in_lines(text: str, letters: int = WRAP) -> list[str]:
    """A text in lines of so many letters: a longer word is broken at its brackets and signs.

    >>> in_lines("guarded(strategy='gradient_ascent', guard='data')")
    ['guarded(strategy=', "'gradient_ascent', guard='data')"]
    """
    lines = [""]
    for word in text.split():
        parts = [word] if len(word) <= letters else AT_SIGNS.findall(word)
        for nth, part in enumerate(parts):
            blank = " " if nth == 0 and lines[-1] else ""
            if len(lines[-1] + blank + part) <= letters:
                lines[-1] += blank + part
            else:
                lines.append(part)
    return [piece for line in lines for piece in wrap(line, letters)]


def _matplotlib() -> Any:
    require("matplotlib.figure", "figures")
    return require("matplotlib", "figures")
