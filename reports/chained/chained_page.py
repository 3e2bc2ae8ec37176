"""The page of the study: its answer in words, its tables, its two pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import COLOURS, new_figure, tidy
from blackbox.results.writing.markdown import to_markdown
from reports.chained.subjects import MNIST
from reports.pages import with_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NEAR = 1.25  # kappa within this factor of d is a tie, for the law and for what can be measured
LAWS: dict[str, Callable[[pd.DataFrame], pd.Series[float]]] = {
    "direct": lambda rows: rows["d"] + 1,
    "isotropic": lambda rows: 1 + rows["kappa"],
    "tangent": lambda rows: 1 + rows["tangent_kappa"],
}
KAPPA = {"isotropic": "kappa", "tangent": "tangent_kappa"}


def law_figure(points: pd.DataFrame) -> Figure:
    """How much better or worse than direct a chained estimate is, against what kappa predicts."""
    figure = new_figure(7.2, 4.6)
    axes = figure.add_subplot()
    spread = np.array([0.05, 1000.0])
    axes.plot(spread, spread, color="#333333", linewidth=1, label="the law")
    axes.axhline(1, color="#999999", linewidth=0.8)
    axes.axvline(1, color="#999999", linewidth=0.8)
    for nth, name in enumerate(KAPPA):
        across = LAWS[name](points) / LAWS["direct"](points)
        up = points[f"variance_{name}"] / points["variance_direct"]
        label = f"{name} directions"
        axes.scatter(across, up, s=22, alpha=0.75, linewidths=0, color=COLOURS[nth], label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("predicted: (1 + kappa) / (d + 1)")
    axes.set_ylabel("measured: variance of chained / of direct")
    axes.set_title("one dot per point; right of 1, direct is predicted to be better", loc="left")
    axes.legend(frameon=False)
    tidy(axes)
    return figure


def climbs_figure(table: pd.DataFrame) -> Figure:
    """By how many decades chained climbs beat direct ones, against kappa / d."""
    figure = new_figure(7.2, 4.6)
    axes = figure.add_subplot()
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.axvline(1, color="#999999", linewidth=0.8)
    for nth, (name, kappa) in enumerate(KAPPA.items()):
        mean = table[name]
        reach = np.array([mean - table[f"{name} low"], table[f"{name} high"] - mean])
        style: dict[str, Any] = {
            "fmt": "o",
            "markersize": 4.5,
            "linewidth": 1,
            "color": COLOURS[nth],
        }
        axes.errorbar(
            table[kappa] / table["d"],
            mean,
            reach,
            label=f"{name} directions",
            **style,
        )
    axes.set_xscale("log")
    axes.set_xlabel("kappa / d, over the start and the first quarter of the climb")
    axes.set_ylabel("decades of regret won on direct")
    axes.set_title("one dot per objective, 95 % intervals over seeds", loc="left")
    axes.legend(frameon=False)
    tidy(axes)
    return figure


def parts(points: pd.DataFrame, runs: pd.DataFrame, table: pd.DataFrame, budget: int) -> list[str]:
    """The page."""
    return [
        HEAD,
        "## Answer\n\n" + "\n".join(f"- {line}" for line in answer(points, table, budget)),
        PICTURES.format(points=len(points), budget=budget, seeds=runs["seed"].nunique()),
        "## The law\n\n" + LAW,
        to_markdown(law_table(points)),
        "## The climbs\n\n" + CLIMBS.format(budget=budget, seeds=runs["seed"].nunique()),
        to_markdown(climbs_table(table)),
        LIMITS.format(
            seeds=runs["seed"].nunique(),
            mnist="with" if runs["objective"].str.startswith(MNIST).any() else "without",
        ),
    ]


def answer(points: pd.DataFrame, table: pd.DataFrame, budget: int) -> Iterator[str]:
    """What came out, in words."""
    for name, law in LAWS.items():
        ratio = points[f"variance_{name}"] / law(points)
        low, high = ratio.quantile([0.1, 0.9])
        yield (
            f"{name} estimates have {ratio.median():.2f} times the variance that theory gives them "
            f"(median over {len(points)} points; {low:.2f} to {high:.2f} for 80 % of them)"
        )
    for name, kappa in KAPPA.items():
        right, clear = _pointwise(points, name, kappa)
        rule = "kappa < d" if name == "isotropic" else "its own kappa < d"
        yield (
            f"**at a point**, {name} chained estimates have less variance than direct ones exactly "
            f"where {rule}: right at {right} of {clear} points, where kappa differs from d by more "
            f"than a factor of {NEAR:g}"
        )
    for name, kappa in KAPPA.items():
        yield _verdict(table, name, kappa, budget)
    means = {name: table[name].mean() for name in ("isotropic", "tangent", "hybrid")}
    won = sorted(means, key=lambda name: -means[name])
    listed = ", ".join(f"{name} {means[name]:+.2f}" for name in won)
    yield f"decades won on direct at equal cost, mean over {len(table)} objectives: {listed}"
    better, worse = table["hybrid low"] > 0, (table["hybrid high"] < 0).sum()
    where = ", ".join(table.loc[better, "objective"])
    yield (
        "hybrid, which only scores decoded objects, climbs better than direct on "
        f"{better.sum()} of {len(table)} objectives{f' ({where})' if where else ''} and worse on "
        f"{worse}"
    )
    pair = (table["direct, one pair low"] > 0).sum(), (table["direct, one pair high"] < 0).sum()
    yield (
        "direct with one pair a step, for twice as many steps, is better than direct with two on "
        f"{pair[0]} and worse on {pair[1]} ({table['direct, one pair'].mean():+.2f} decades on the "
        "mean): that much a chained climb must gain to be worth it"
    )


def _pointwise(points: pd.DataFrame, name: str, kappa: str) -> tuple[int, int]:
    clear = points[np.abs(np.log(points[kappa] / points["d"])) > np.log(NEAR)]
    less = clear[f"variance_{name}"] < clear["variance_direct"]
    return int((less == (clear[kappa] < clear["d"])).sum()), len(clear)


def _verdict(table: pd.DataFrame, name: str, kappa: str, budget: int) -> str:
    """Whether kappa < d tells who climbs better, where the climbs tell it."""
    below = table[kappa] < table["d"] / NEAR
    above = table[kappa] > table["d"] * NEAR
    better, worse = table[f"{name} low"] > 0, table[f"{name} high"] < 0
    right = int((below & better).sum() + (above & worse).sum())
    wrong = int((below & worse).sum() + (above & better).sum())
    level = int(((below | above) & ~better & ~worse).sum())
    against = table.loc[(below & worse) | (above & better), "objective"]
    if wrong == 0:
        verdict = f"never wrong, though {level} are level" if level else "right each time"
    else:
        verdict = f"not the whole truth: against it on {', '.join(against)}"
    return (
        f"**in climbs of {budget} units** with {name} directions, kappa < d names the better one "
        f"on {right} objectives, the worse one on {wrong}; on {level} the interval holds 0: "
        f"{verdict}"
    )


def law_table(points: pd.DataFrame) -> pd.DataFrame:
    """Means over the points of each objective; variances are times q, so that laws are numbers."""
    logs = ("stable_rank", "kappa", "tangent_kappa")
    rows = []
    for (objective, where), group in points.groupby(["objective", "where"], sort=False):
        row = {"objective": objective, "where": where, "d": int(group["d"].iloc[0])}
        row |= {n.replace("_", " "): float(np.exp(np.log(group[n]).mean())) for n in logs}
        for name, law in LAWS.items():
            ratio = group[f"variance_{name}"] / law(group)
            row[f"{name} / law"] = f"{np.exp(np.log(ratio).mean()):.2f}"
        cosines = ("direct", "isotropic", "tangent", "hybrid", "stretched")
        row |= {f"cos {n}": f"{group[f'cosine_{n}'].mean():.2f}" for n in cosines}
        rows.append(row)
    return pd.DataFrame(rows)


def climbs_table(table: pd.DataFrame) -> pd.DataFrame:
    """Decades won on direct, and what kappa had said."""
    rows = []
    for _, measured in table.iterrows():
        ratio = measured["kappa"] / measured["d"]
        prediction = "chained" if ratio < 1 / NEAR else "direct" if ratio > NEAR else "neither"
        row = {
            "objective": measured["objective"],
            "d": measured["d"],
            "kappa": f"{measured['kappa']:.3g}",
        }
        row |= {"predicted": prediction, "tangent kappa": f"{measured['tangent_kappa']:.3g}"}
        row["direct: log10 regret"] = f"{-measured['direct']:.2f}"
        for name in ("isotropic", "tangent", "hybrid", "direct, one pair", "exact gradient"):
            ends = measured[f"{name} low"], measured[f"{name} high"]
            row[name] = with_interval(measured[name], *ends)
        rows.append(row)
    return pd.DataFrame(rows)


HEAD = """\
# Chained, direct or hybrid: where to estimate a slope

A scorer gives no gradient, but the decoder has one. Should scores be compared around the latent
point z ("direct"), or around the decoded object x, with the estimate pulled back through the
decoder ("chained", document 002's two ideas)? Theory: with q directions the relative variance of a
direct estimate is (d + 1) / q and that of a chained one (1 + kappa) / q, with kappa = |J|² |g|² /
|Jᵀ g|² (J the decoder's Jacobian, Frobenius norm; g the scorer's gradient at x). So chained should
win exactly where kappa < d. Here kappa is measured with exact gradients, and so are the variances.
Directions at x may be "isotropic", or in the "tangent" space of the decoder's image, where the law
holds with the part of g in that space. "Hybrid" perturbs z, takes secants at x and pulls back.
"""
PICTURES = """\
![measured variance against the law](law.svg)

![decades won by chained climbs against kappa / d](climbs.svg)
"""
LAW = """\
Per objective, at starts and at the best of the first quarter of direct climbs. `/ law`: the
measured variance in parts of the predicted one, from 8 estimates of 32 directions at each of three
points (one on MNIST), so that a figure is good to about 15 % (25 %). `cos`: mean cosine
between the exact gradient and an estimate from two directions, as a climb uses it; `stretched` is
that of Jᵀ J times the gradient, which hybrid estimates tend to. `stable rank`, |J|² / |J|₂², is the
least that kappa can be. All from the strategies' own code at a radius of 0.01 prior sd.
"""
CLIMBS = """\
Decades of regret won on `zeroth_order(samples=2)` after {budget} units, paired over {seeds} seeds,
with 95 % bootstrap intervals; positive is better than direct. One step of direct, isotropic,
tangent and hybrid costs 4 units each: 4 scores, or 3 and one pull-back. `kappa` is the geometric
mean over the points of the table above. `predicted` calls kappa within a factor of 1.25 of d a tie.
"""
LIMITS = """\
## How it was measured

`python -m reports.chained.chained --jobs 2` makes all of it.

{seeds} seeds, the same starts for all; Adam with the strategies' default step and radius
(0.05 prior sd), no setting was tuned for this page. Linear decoders: 16 latent, 100 data
dimensions, random bases, singular values flat, i^-1/2 (falling) or i^-3/2 (steep), mean square 1;
the score is minus the squared distance to a decode ("reached") or to an object 12 away from all
decodes ("unreached"), which adds to g a part that no decode can follow. Digits: shipped networks of
8x8 pictures, whose classifier and measure read the picture. `--mnist` adds four objectives behind
the decoders of MNIST, which take longer than all others together; this page was made {mnist} them.

## Limits

A pull-back is priced as a gradient, 1 unit; it needs no scorer, and where scoring is dear it is
cheaper than that. Tangent directions need 2 d decodes a step, which are free here: where a decode
has a price they cost more than all else. Chained queries score objects that are no decodes; a
scorer that is fooled there fools the climb, and no judge was asked here. Variance is not all that
decides a climb: Adam rescales it, kappa changes along the way, and chained and hybrid differences
are one-sided, so that the bend of the score enters them near the top, where the two-sided ones of
direct cancel it. Estimates at all points of a seed use the same random numbers, so errors of the
law's rows go together. Regrets below 1e-7 count as 1e-7: float32 scores end there.
"""
