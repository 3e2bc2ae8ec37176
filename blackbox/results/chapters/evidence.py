"""Whether differences are more than chance, and what it costs to reach a target, at one price."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from blackbox.results import aggregate, figures, pairs, ranking, targets
from blackbox.results.document import Part, Picture, Section, Table
from blackbox.results.findings import Reading
from blackbox.results.tables import ABSENT, cell_text

BASELINE = "random_search"

PAIRED = (
    "Each strategy against {baseline}, seed by seed from the same start: the mean difference of "
    "their bests with its 95 % bootstrap interval, seeds won, tied and lost, the probability of "
    "improvement, and Wilcoxon's signed-rank test after Holm's correction over the whole table."
)
TARGETS = (
    "ERT is the expected running time, what all runs paid until they reached the target over the "
    "number of those that did; a run that never did is charged what it spent itself."
)
POOLED = (
    "Over all objectives. score and IQM (the interquartile mean of all runs) are normalised: 0 is "
    "random search, 100 the best known; 95 % intervals draw runs within each objective."
)
RANKED = (
    "Mean ranks of the mean bests; two strategies differ where their ranks lie further apart than "
    "the critical difference (Friedman and Nemenyi, 5 %)."
)
REACHED = "Runs and targets reached over cost, 51 targets per objective up to the best known."


def evidence(reading: Reading) -> Section | None:
    """Paired differences, fixed targets, and what holds over several objectives."""
    strategies = list(dict.fromkeys(reading.runs["strategy"]))
    if len(strategies) < 2:
        return None
    baseline = BASELINE if BASELINE in strategies else strategies[0]
    paired = _paired(pairs.paired(reading.runs, baseline))
    parts: list[Part] = [PAIRED.format(baseline=baseline), Table(paired)]
    parts += [TARGETS, Table(_targets(targets.fixed_targets(reading.runs, reading.evaluations)))]
    parts += _reached(reading, strategies)
    if len(reading.budgets) > 1:
        parts += [POOLED, Table(_pooled(aggregate.aggregate(reading.runs)))]
        parts += _ranked(ranking.friedman_nemenyi(reading.runs))
    title = f"Statistics when a gradient costs {reading.price:g}"
    return Section(title, tuple(parts), price=reading.price)


def _paired(table: pd.DataFrame) -> pd.DataFrame:
    counts = table[["wins", "ties", "losses"]].astype(str).agg("/".join, axis=1)
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "strategy": table["strategy"],
            "ok": table["n_ok"],
            "difference [95 %]": _interval(table, "difference", "low", "high"),
            "won/tied/lost": counts if len(table) else [],
            "P(improvement)": table["p_improvement"],
            "p (Holm)": table["p_holm"],
            "note": table["note"],
        }
    )


def _targets(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "objective": table["objective"],
            "target": table["target"],
            "which is": table["level"],
            "strategy": table["strategy"],
            "ok": table["n_ok"],
            "reached it": [f"{100 * share:.0f} %" for share in table["success_rate"]],
            "ERT": table["ert"],
        }
    )


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "strategy": table["strategy"],
            "ok": table["n_ok"],
            "objectives": table["n_objectives"],
            "score [95 %]": _interval(table, "score", "score_low", "score_high"),
            "median": table["score_median"],
            "IQM [95 %]": _interval(table, "iqm", "iqm_low", "iqm_high"),
        }
    )


def _ranked(table: pd.DataFrame) -> tuple[Part, ...]:
    """The test over objectives, or why there is none."""
    if not len(table):
        return ()
    notes = list(dict.fromkeys(note for note in table["note"] if note))
    return (RANKED, Table(table.drop(columns="note"))) if not notes else (f"{notes[0]}.",)


def _reached(reading: Reading, strategies: Sequence[str]) -> tuple[Part, ...]:
    if figures.missing():
        return ()
    hits = targets.hits(reading.runs, reading.evaluations, targets.ladder(reading.runs))
    curve = targets.runtime_distribution(hits, ["strategy"])
    figure = figures.runtime_distribution(curve, max(reading.budgets.values()), strategies)
    return (Picture(f"figures/targets-reached{reading.ending}.svg", REACHED, figure),)


def _interval(table: pd.DataFrame, mean: str, low: str, high: str) -> list[str]:
    """`mean [low, high]`, or the mean alone where one run has no interval."""
    cells = zip(*(map(cell_text, table[name]) for name in (mean, low, high)), strict=True)
    return [m if a == ABSENT else f"{m} [{a}, {b}]" for m, a, b in cells]
