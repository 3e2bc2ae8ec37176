"""What a reader must know before trusting any number: runs that are not there, noise, defaults."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import SPELLED, listed, number, on, percent, rows
from blackbox.results.statistics.failed_runs import CELL, ENDED_WELL
from blackbox.results.statistics.intervals import mean_interval

LEFT = 0.1  # of a budget: less is what a last step could not be bought for


def runs_are_missing(numbers: Numbers) -> Iterator[Sentence]:
    """That some runs of the study are not made yet."""
    n = len(numbers.view.missing)
    if n:
        whole = n + len(numbers.runs)
        text = f"{n} of {whole} runs are not made yet; all numbers are of the others."
        yield Sentence(text, "missing", n)


def runs_failed(numbers: Numbers) -> Iterator[Sentence]:
    """That some runs failed, or found nothing that counts: they count as the worst."""
    runs = numbers.runs
    failed = runs[~runs["status"].isin(ENDED_WELL)]
    nothing = runs[runs["status"].isin(ENDED_WELL) & runs["best"].isna()]
    bad = pd.concat([failed, nothing])
    if len(bad):
        what = "feasible" if (nothing["n_invalid"] < nothing["n_scores"]).any() else "valid"
        both = [(len(failed), "did not end well"), (len(nothing), f"found nothing {what}")]
        counts = " and ".join(f"{n} {what}" for n, what in both if n)
        cells = bad[CELL].drop_duplicates().itertuples(index=False, name=None)
        names = [f"{strategy}{on(objective, numbers.objectives)}" for objective, strategy in cells]
        text = f"Of {len(runs)} runs {counts} and count as the worst: {listed(names)}."
        yield Sentence(text, "failures()", len(bad))


def noisy_scorer(numbers: Numbers) -> Iterator[Sentence]:
    """That a scorer does not say the same twice: what was done about it, or that nothing was."""
    runs = numbers.runs
    if "best_seen" not in runs:
        return
    noisy = runs[(runs["noise"] > 0) | (runs["n_confirm"] > 0)]
    noise = noisy.groupby("objective", sort=False)["noise"].max()
    if not len(noise):
        return
    names = [str(name) for name in noise.index]
    if len(noise) > SPELLED:
        text = f"The scorer is noisy on {len(noise)} of {len(numbers.objectives)} objectives "
        text += f"({listed(names)})"
    else:
        sds = [f"sd {number(sd)}{on(str(name), numbers.objectives)}" for name, sd in noise.items()]
        text = f"The scorer is noisy ({listed(sds)})"
    for_all = noisy.groupby("objective", sort=False)["best_se"].apply(lambda se: se.notna().any())
    lucky = [str(name) for name in noise.index if not for_all[name]]
    if not lucky:
        text += f": {_confirmed(noisy)}."
    else:
        where = f" on {listed(lucky)}" if len(lucky) < len(numbers.objectives) else ""
        text += f": bests{where} are the highest of many scores, which is partly luck; they were "
        text += "not confirmed (`confirm=` asks them again)."
    yield Sentence(text, f"runs{rows(objective=names)}", float(noise.max()))


def _confirmed(noisy: pd.DataFrame) -> str:
    """What was done: how many scores were asked again, and what luck they showed."""
    excess = (noisy["best_seen"] - noisy["best"]).groupby(noisy["objective"]).mean()
    sd = noisy.groupby("objective")["noise"].max()
    shares = (excess / sd.where(sd > 0)).dropna()
    text = f"each best is the mean of scores asked again, {noisy['n_confirm'].mean():.2g} a run "
    text += "outside the budget"
    luck = f"; as seen, bests were {number(shares.mean())} sd higher" if len(shares) else ""
    return text + luck


def budget_left(numbers: Numbers) -> Iterator[Sentence]:
    """That a strategy stopped, or was stopped by the clock, with much of its budget left."""
    runs = numbers.runs[numbers.runs["status"].isin(("returned", "out of time"))]
    left = (runs["wasted"] / runs["granted"]).groupby([runs["objective"], runs["strategy"]])
    shares = left.mean()
    much = shares[shares > LEFT].sort_values(ascending=False, kind="stable")
    if not len(much):
        return
    (objective, strategy), share = much.index[0], float(much.iloc[0])
    low, high = mean_interval(left.get_group((objective, strategy)).to_numpy(float))
    text = f"{strategy}{on(objective, numbers.objectives)} left {percent(share, low, high)} of its "
    text += "budget unused"
    others = [f"{other}{on(where, numbers.objectives)}" for where, other in much.index[1:]]
    evidence = f"audit(){rows(objective=objective, strategy=strategy)}"
    text = f"{text}, and so did {listed(others)} in part." if others else f"{text}."
    yield Sentence(text, evidence, share, low, high)
