"""Ranks by the family of problems, and how well they agree from one family to another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.stats import rankdata

import blackbox as bb
from blackbox.results.frame import ENDED_WELL
from blackbox.results.statistics.failed_runs import as_worst, ran_everywhere, shared
from blackbox.results.statistics.intervals import Floats

RESAMPLES = 1000  # of the seeds, within each objective
ENDS = (2.5, 97.5)  # per cent of the resamples
FEWEST = 5  # strategies of which an order says something


def scores_of(runs: pd.DataFrame, objectives: Iterable[bb.Objective]) -> "pd.Series[float]":
    """The best of each run as a score, of a loss too; NaN where the run did not end well."""
    signs = {objective.name: objective.scorer.sign for objective in objectives}
    best = runs["best"] * runs["objective"].map(signs)
    return best.where(runs["status"].isin(ENDED_WELL))


def offered(runs: pd.DataFrame, gradients: int) -> pd.DataFrame:
    """The runs of a group; who reads no gradient finds the same where one is offered."""
    shown, hidden = (runs[runs["gradients"] == offer] for offer in (1, 0))
    blind = hidden[~hidden["strategy"].isin(shown["strategy"])]
    return pd.concat([shown, blind]) if gradients else hidden


def standings(runs: pd.DataFrame, families: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """A row per offer, budget, family and strategy: its mean rank, and what it lies behind.

    `behind` is its rank less that of the first, `over_random` less that of random search, each
    with the ends of its interval. The family "all" is all objectives together.
    """
    everything = [name for names in families.values() for name in names]
    parts = []
    for gradients, budget, of_offer in _offers(runs):
        for family, names in {"all": everything, **families}.items():
            rows = of_offer[of_offer["objective"].isin(names)]
            strategies = _everywhere(rows)
            if len(strategies) < FEWEST:
                continue
            cells = _cells(rows, strategies)
            parts.append(
                _standing(cells, strategies).assign(
                    gradients=gradients,
                    budget=budget,
                    family=family,
                    n_objectives=len(cells),
                    n_seeds=min(map(len, cells)),
                )
            )
    return pd.concat(parts, ignore_index=True)


def _standing(cells: Sequence[Floats], strategies: Sequence[str]) -> pd.DataFrame:
    rank, drawn = np.mean([cell.mean(axis=0) for cell in cells], axis=0), _resampled(cells)
    columns: dict[str, object] = {"strategy": strategies, "rank": rank}
    columns |= dict(zip(("low", "high"), np.percentile(drawn, ENDS, axis=0), strict=True))
    others = {"behind": int(np.argmin(rank))}
    if "random_search" in strategies:
        others["over_random"] = list(strategies).index("random_search")
    for name, nth in others.items():
        ends = np.percentile(drawn - drawn[:, [nth]], ENDS, axis=0)
        columns |= {name: rank - rank[nth], f"{name}_low": ends[0], f"{name}_high": ends[1]}
    return pd.DataFrame(columns).sort_values(["rank", "strategy"], kind="stable")


def agreement(runs: pd.DataFrame, families: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """A row per offer, budget and two families: Kendall's tau of their ranks, with its interval.

    Kendall, 1938 (doi 10.1093/biomet/30.1-2.81). Of a family with itself it is that of one half of
    the seeds with the other, in the mean of many halves: no other family can be expected to agree
    better. `n_strategies` ran on all objectives of both.
    """
    rows = []
    for gradients, budget, of_offer in _offers(runs):
        for one, other in combinations_with_replacement(families, 2):
            both = [of_offer[of_offer["objective"].isin(families[name])] for name in (one, other)]
            strategies = _everywhere(pd.concat(both))
            if len(strategies) < FEWEST or not all(map(len, both)):
                continue
            first, second = (_cells(part, strategies) for part in both)
            if one == other:
                taus = _taus(*_halves(first))
                tau = float(np.mean(taus))
            else:
                taus = _taus(_resampled(first), _resampled(second))
                means = (np.mean([cell.mean(0) for cell in c], 0)[None] for c in (first, second))
                tau = float(_taus(*means)[0])
            low, high = np.percentile(taus, ENDS)
            place = {"gradients": gradients, "budget": budget, "one": one, "other": other}
            numbers = {"tau": tau, "tau_low": low, "tau_high": high}
            rows.append({**place, **numbers, "n_strategies": len(strategies)})
    return pd.DataFrame(rows)


def by_truth(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per offer, budget and objective with a truth: how orders by score and by truth agree.

    `tau` is Kendall's, of mean ranks by what the score says of each best and by what is true of it,
    with its interval over seeds; `first_by_truth` is the rank by truth of the first by score, of
    `n_strategies`.
    """
    rows = []
    for gradients, budget, of_offer in _offers(runs[runs["truth"].notna()]):
        for objective, part in of_offer.groupby("objective"):
            strategies = _everywhere(part)
            if len(strategies) < FEWEST:
                continue
            scored, true = (
                _cells(part.assign(best=part[of]), strategies) for of in ("best", "truth")
            )
            low, high = np.percentile(_taus(_resampled(scored), _resampled(true)), ENDS)
            by_score, by_true = scored[0].mean(axis=0), true[0].mean(axis=0)
            first = rankdata(by_true)[int(np.argmin(by_score))]
            place = {"gradients": gradients, "budget": budget, "objective": objective}
            numbers = {"tau": float(_taus(by_score[None], by_true[None])[0])}
            numbers |= {"tau_low": low, "tau_high": high, "first_by_truth": first}
            rows.append({**place, **numbers, "n_strategies": len(strategies)})
    return pd.DataFrame(rows)


def _offers(runs: pd.DataFrame) -> Iterator[tuple[int, int, pd.DataFrame]]:
    for gradients in (0, 1):
        for budget, rows in runs.groupby("budget"):
            yield gradients, int(str(budget)), offered(rows, gradients)


def _everywhere(runs: pd.DataFrame) -> list[str]:
    return ran_everywhere(runs) if len(runs) else []


def _cells(runs: pd.DataFrame, strategies: Sequence[str]) -> list[Floats]:
    """Ranks `[seeds, strategies]` of each objective; a run that failed counts as the worst."""
    counted = shared(as_worst(runs.assign(status="spent")), strategies)
    cells = []
    for _, rows in counted.groupby("objective"):
        best = rows.pivot_table(index="seed", columns="strategy", values="best", dropna=False)
        bests = best[list(strategies)].fillna(-np.inf).to_numpy()
        cells.append(np.asarray(rankdata(-bests, axis=1), float))
    return cells


def _resampled(cells: Sequence[Floats]) -> Floats:
    """Mean ranks `[resamples, strategies]`, the seeds of each objective drawn with replacement."""
    rng = np.random.default_rng(0)
    means = []
    for cell in cells:
        n = len(cell)
        means.append(rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n @ cell)
    return np.asarray(np.mean(means, axis=0), float)


def _halves(cells: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Mean ranks `[resamples, strategies]` of one half of the seeds, and of the other."""
    rng = np.random.default_rng(0)
    first, second = [], []
    for cell in cells:
        n = len(cell)
        order = rng.permuted(np.tile(np.arange(n), (RESAMPLES, 1)), axis=1)
        first.append(cell[order[:, : n // 2]].mean(axis=1))
        second.append(cell[order[:, n // 2 :]].mean(axis=1))
    return np.asarray(np.mean(first, axis=0), float), np.asarray(np.mean(second, axis=0), float)


def _taus(first: Floats, second: Floats) -> Floats:
    """Kendall's tau-a of the rows of ranks `[n, strategies]` and others, `[n]`."""
    one, other = np.triu_indices(first.shape[1], 1)
    signs = (np.sign(ranks[:, one] - ranks[:, other]) for ranks in (first, second))
    return np.asarray(np.mean(np.prod(np.stack(list(signs)), axis=0), axis=1), float)
