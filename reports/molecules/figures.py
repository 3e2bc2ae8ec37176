"""Molecules that searches began and ended with, and what heads promise beside what rdkit says."""

from matplotlib.figure import Figure

from blackbox.objectives.molecules.pictures import pictures
from blackbox.pages import PageFrames
from blackbox.results.drawing.canvas import COLOURS, INK, new_figure, tidy

HEADS = {"qed": "QED", "aspirin": "likeness to aspirin", "logp": "penalised logP"}
SHOWN = ("best of N", "CMA-ES", "genetic algorithm")


def drawings(frames: PageFrames) -> Figure:
    """The start of the first seed, and the best of each search and question from there."""
    runs = frames.runs[frames.runs["seed"] == frames.runs["seed"].min()]
    runs = runs.set_index(["search", "question"]).sort_index()
    figure = new_figure(9.5, 7.4)
    grid = figure.subplots(len(SHOWN) + 1, len(HEADS))
    for column, (question, head) in zip(grid.T, HEADS.items(), strict=True):
        start = runs.loc[("CMA-ES", question)]
        cells = [(start["start"], f"start: {start['first']:.2f}", INK)]
        for search in SHOWN:
            row = runs.loc[(search, question)]
            passes = row["passes"] == 1
            colour = COLOURS[2] if passes else COLOURS[1]
            cells.append((row["found"], f"{search}: {row['best']:.2f}", colour))
        for axes, picture, cell in zip(column, pictures([c[0] for c in cells]), cells, strict=True):
            axes.imshow(picture.transpose(1, 2, 0))
            axes.set(xticks=[], yticks=[])
            axes.set_xlabel(cell[1], color=cell[2], fontsize=9)
            axes.spines[:].set(color=cell[2])
        column[0].set_title(head, color=INK, fontsize=10)
    return figure


def promises(frames: PageFrames) -> Figure:
    """A dot per run: what the heads promise across, what rdkit measures up."""
    runs = frames.runs[frames.runs["question"] == "two_sided"]
    figure = new_figure(5.5, 4.2)
    axes = figure.subplots()
    for colour, (search, mine) in zip(COLOURS, runs.groupby("search", sort=False), strict=False):
        axes.scatter(mine["best"], mine["measured"], s=18, color=colour, alpha=0.7, label=search)
    ends = [runs[["best", "measured"]].min().min(), runs[["best", "measured"]].max().max()]
    axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=":")
    axes.set(xlabel="promised by the heads", ylabel="measured by rdkit")
    axes.legend(frameon=False, fontsize=9)
    tidy(axes)
    return figure
