"""The page of the study: answer, tables and picture, in words that follow the numbers."""

from __future__ import annotations

import pandas as pd

from blackbox.results.writing.markdown import to_markdown
from reports.matrix.heat import square
from reports.matrix.ways import ENOUGH, JUDGES, STEPS, WAYS
from reports.pages import wilson, with_interval

WELL, HARDEST = 0.95, 8  # a way that is nearly always gone, and how many hard ones are told
PIXELS = WAYS[0].name


def page(table: pd.DataFrame) -> list[str]:
    """The parts of the page."""
    ways = table[table["source"] != table["target"]]
    best = best_of(ways)
    return [
        "# From every digit to every digit",
        answer(ways, best),
        "![share of starts that reach the target, per source and target](matrix.png)",
        "The diagonal is a search from a digit to itself: little is asked, and little is lost.",
        "## All ways together",
        to_markdown(together(ways)),
        f"## The hardest ways of: {best}",
        to_markdown(hardest(ways[ways["way"] == best])),
        "## Judged share, way by way",
        *(part for way in dict.fromkeys(ways["way"]) for part in _square(table, way)),
        HOW.format(each=int(table["n"].iloc[0])),
    ]


def best_of(ways: pd.DataFrame) -> str:
    """The search that arrives most often by the harsh judge."""
    shares = {
        str(name): _pooled(part, "harsh")[0] for name, part in ways.groupby("way", sort=False)
    }
    return max(shares, key=shares.__getitem__)


def answer(ways: pd.DataFrame, name: str) -> str:
    """What came out, in words; `name` is the best search."""
    pixels, best = ways[ways["way"] == PIXELS], ways[ways["way"] == name]
    reach, fooled = _pooled(best, "digit")[0] >= WELL, _pooled(pixels, "harsh")[0] < 0.5
    easy, seen = ((part["digit"] >= WELL).sum() for part in (best, pixels))
    by_target, by_source = (best.groupby(end)["harsh"].mean() for end in ("target", "source"))
    lines = [
        f"**From any digit to any other: {'yes' if reach else 'not always'}, behind the decoder;",
        f"{'no' if fooled else 'often'}, in data space.** The best search here ({name}, {STEPS}",
        f"steps) ends at the target, as most judges see it, in {_pooled(best, 'digit')[0]:.3f} of",
        f"all runs, and in {_pooled(best, 'harsh')[0]:.3f} by the harsh judge; {easy} of",
        f"{len(best)} ways from at least {WELL:.0%} of their starts. In data space the classifier",
        f"is climbed until it is {ENOUGH:.0%} sure, and the shares are",
        f"{_pooled(pixels, 'digit')[0]:.3f} and {_pooled(pixels, 'harsh')[0]:.3f}, with {seen} of",
        f"{len(pixels)} ways; most arrive from {_most(pixels)}.",
        f"\n\nThe hardest way of the best search is {_most(best, hard=True)} by most judges; by",
        f"the harsh judge its hardest target is {by_target.idxmin()} ({by_target.min():.2f} over",
        f"the sources) and its hardest source {by_source.idxmin()} ({by_source.min():.2f} over the",
        "targets).",
    ]
    return " ".join(lines).replace(" \n\n", "\n\n")


def _most(ways: pd.DataFrame, hard: bool = False) -> str:
    """The ways on which most arrive, or the one on which fewest do, with their shares."""
    order = ways.sort_values(["digit", "harsh", "source", "target"], ascending=hard)
    shown = order.head(1 if hard else 3)
    return ", ".join(
        f"{row['source']} to {row['target']} ({row['digit']:.2f})" for _, row in shown.iterrows()
    )


def together(ways: pd.DataFrame) -> pd.DataFrame:
    """One row per search: shares over all ways and starts, with intervals."""
    rows = []
    for name, part in ways.groupby("way", sort=False):
        verdicts = {judge: with_interval(*_pooled(part, judge), digits=3) for judge in JUDGES}
        counts = {"ways": len(part), "runs": int(part["n"].sum())}
        steps = {"evaluations": f"{part['evaluations'].median():.0f}"}
        predicted = {"predicted P": f"{part['predicted'].mean():.3f}"}
        rows.append({"search": name} | counts | steps | predicted | verdicts)
    return pd.DataFrame(rows).rename(columns={"digit": "judged"})


def hardest(ways: pd.DataFrame) -> pd.DataFrame:
    """The ways of one search on which the fewest arrive; the harsh judge breaks ties."""
    best = ways.sort_values(["digit", "harsh", "source", "target"])
    rows = [
        {
            "way": f"{row['source']} to {row['target']}",
            "predicted P": f"{row['predicted']:.3f}",
            "judged": f"{row['digit']:.2f}",
            "unanimous": f"{row['unanimous']:.2f}",
            "harsh": f"{row['harsh']:.2f}",
        }
        for _, row in best.head(HARDEST).iterrows()
    ]
    return pd.DataFrame(rows)


def _pooled(part: pd.DataFrame, judge: str) -> tuple[float, float, float]:
    hits = round(float((part[judge] * part["n"]).sum()))
    return wilson([1.0] * hits + [0.0] * (int(part["n"].sum()) - hits))


def _square(table: pd.DataFrame, way: str) -> list[str]:
    wide = square(table, way, "digit").map(lambda share: f"{share:.2f}")
    named = wide.rename_axis("from \\ to", axis=0).reset_index()
    return [f"{way}:", to_markdown(named)]


HOW = f"""\
## How it was measured

Starts are held-out digits, {{each}} of each class, each once, as the VAE gives them back; every
search starts from the same. Gradient ascent on the log-probability of the target: on the sphere
of radius sqrt(16) {STEPS} steps of Adam at its default (0.1 of the prior's sd), judged where it
ends; in data space normalised steps of 0.14, which end as soon as the classifier says {ENOUGH}
(or after {STEPS}). *judged*: two of three independent classifiers see the target; *unanimous*:
all three; *harsh*: all three, and no detector finds it farther from real digits of that class
than 95 % of them (of real digits about 0.9 pass). Intervals are Wilson's over runs, as if ways
were alike. *evaluations*: median; each costs 2 units, a score and its gradient.

## Limits

{{each}} starts a way: a share of 1.00 may be 0.84. One training of each network. What judges say
of real digits stands in [JUDGES.md](../../objectives/mnist/JUDGES.md)."""
