"""What each choice truly gains, objective by objective."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, MARKERS, new_figure, tidy
from reports.fooled.claims import TITLES, medians
from reports.fooled.measure import BY_SCORE, DISAGREEMENT, SECOND, TRUST


def choices(frames: PageFrames) -> Figure:
    """A line per objective, a mark per choice: the median share of the best true gain."""
    table = medians(frames).sort_values(BY_SCORE)
    figure = new_figure(7.5, 0.34 * len(table) + 1.2)
    axes = figure.subplots()
    down = range(len(table))
    for nth, name in enumerate((BY_SCORE, TRUST, SECOND, DISAGREEMENT)):
        marks = axes.scatter(table[name], down, s=34, alpha=0.8, marker=MARKERS[nth])
        marks.set(color=COLOURS[nth], label=TITLES[name])
    axes.set_yticks(down, table.index)
    axes.set_xlabel("median share of the best true gain on the path")
    axes.axvline(0.9, color="#999999", linewidth=0.7)
    tidy(axes)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    return figure
