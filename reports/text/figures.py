"""Ease that is won against content that is kept, and verse that is promised against the judge's."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames, where
from blackbox.results.drawing.canvas import COLOURS, INK, MARKERS, new_figure, tidy


def trade(frames: PageFrames) -> Figure:
    """A dot per run, filled where the judge takes it for English; a panel per question."""
    weights = sorted(frames.simple["weight"].unique())
    figure = new_figure(4.1 * (len(weights) + 1), 4.2)
    panels = figure.subplots(1, len(weights) + 1)
    for axes, weight in zip(panels, weights, strict=False):
        runs = where(frames.simple, weight=weight)
        runs = runs.assign(won=runs["ease"] - runs["ease_begun"])
        _dots(axes, runs, "won", "content")
        axes.axhline(frames.setting("kept"), color=INK, linewidth=0.7, linestyle=":")
        axes.set_title(f"simpler, content weighs {weight:g}", fontsize=10, color=INK)
        axes.set_xlabel("points of reading ease won", color=INK)
        axes.set_ylabel("content words kept", color=INK)
    _dots(panels[-1], frames.verse, "promised", "verse")
    panels[-1].axline((0, 0), slope=1, color=INK, linewidth=0.7)
    panels[-1].set_title("more like verse", fontsize=10, color=INK)
    panels[-1].set_xlabel("log-odds of verse, promised", color=INK)
    panels[-1].set_ylabel("by the judge", color=INK)
    return figure


def _dots(axes, runs, across: str, up: str) -> None:  # type: ignore[no-untyped-def]
    for nth, (search, mine) in enumerate(runs.groupby("search", sort=False)):
        style = {"marker": MARKERS[nth], "color": COLOURS[nth], "linestyle": "none"}
        for english, fill in ((1, "full"), (0, "none")):
            part = where(mine, english=english)
            label = search if english else None
            axes.plot(part[across], part[up], fillstyle=fill, markersize=5, label=label, **style)
    axes.legend(frameon=False, fontsize=8)
    tidy(axes)
