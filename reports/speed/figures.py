"""The picture of the page."""

from matplotlib.figure import Figure

from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, line_style, new_figure, tidy
from reports.speed.claims import OURS, PEERS, PLAIN, WARM, medians
from tests.benchmarks.quality import paired

COLD = "bayes_opt cold"
NAMES = {
    PLAIN: "BoTorch's plain loop",
    WARM: "the same, begun at the last fit",
    COLD: "the same, each fit from scratch",
}


def speed(frames: PageFrames) -> Figure:
    """Seconds of a step over the number of scores, and regrets at the end against BoTorch's."""
    figure = new_figure(11.0, 4.0)
    left, right = figure.subplots(1, 2)
    seconds = medians(frames)
    for nth, way in enumerate((OURS, COLD, *PEERS.values())):
        name = NAMES.get(way, way)
        left.loglog(seconds.columns, seconds.loc[way], marker="o", label=name, **line_style(nth))
    left.set_xticks(seconds.columns, [str(n) for n in seconds.columns])
    left.set_yticks([0.01, 0.1, 1, 10], ["0.01", "0.1", "1", "10"])
    left.set(xlabel="scores so far", ylabel="seconds to the next point")
    pairs = paired(frames.quality).query("strategy == @OURS").groupby("objective").last()
    ends = (pairs["ratio"] - pairs["ratio_low"], pairs["ratio_high"] - pairs["ratio"])
    right.errorbar(pairs["ratio"], range(len(pairs)), xerr=ends, fmt="o", color=COLOURS[0])
    right.set_yticks(range(len(pairs)), [name.replace("(", "\n(") for name in pairs.index])
    right.axvline(1, color=INK, linewidth=1)
    right.set(ylim=(-0.5, len(pairs) - 0.5), xscale="log")
    right.set_xticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    right.set_xlabel("regret of bayes_opt, in regrets of the plain loop")
    for axes in (left, right):
        axes.minorticks_off()
        tidy(axes)
    shown = left.get_legend_handles_labels()
    figure.legend(*shown, loc="outside upper center", ncols=3, frameon=False)
    return figure
