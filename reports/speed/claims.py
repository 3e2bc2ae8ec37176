"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from typing import Any

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, written
from tests.benchmarks.cost import DIM
from tests.benchmarks.field import medians as beside
from tests.benchmarks.quality import paired

OURS, PLAIN, WARM = "bayes_opt", "botorch_loop", "botorch_loop(warm)"
SMALLER = {
    "rosenbrock": "synthetic.rosenbrock(d=6, prior='normal')",
    "rastrigin": "synthetic.rastrigin(d=6)",
}
PEERS = {"plain": PLAIN, "warm": WARM, "ax": "Ax Client", "optuna": "optuna GPSampler"}


def medians(frames: PageFrames, points: str = "run") -> pd.DataFrame:
    """Median seconds of a step: a row for each way, a column for each n; a data set counts once."""
    steps = frames.steps[frames.steps["points"] == points]
    each = steps.groupby(["way", "n", "landscape"], as_index=False)["both"].median()
    table: pd.DataFrame = each.pivot_table("both", "way", "n", aggfunc="median")
    return table


def a_step_is_many_times_faster(frames: PageFrames) -> Figures:
    """On each set of points the slowest of our steps is faster than any peer's."""
    of_way = medians(frames).T
    ratios = {short: of_way[way] / of_way[OURS] for short, way in PEERS.items()}
    sets = ["points", "landscape", "n"]
    slowest = frames.steps.query("way == @OURS").groupby(sets)["both"].max()
    theirs = [frames.steps.query("way == @way").groupby(sets)["both"] for way in PEERS.values()]
    if all((peer.min() > slowest).all() and len(peer) == len(slowest) for peer in theirs):
        times = {short: [ratio.min(), ratio.max()] for short, ratio in ratios.items()}
        gain = {"gain": (ratios["plain"] / ratios["warm"]).max()}
        ours = {"ours": [*1000 * of_way[OURS]], "n": [*of_way.index], "dim": DIM}
        yield {**times, **gain, **ours}


def it_is_no_worse(frames: PageFrames) -> Figures:
    """Nowhere are regrets larger than the peer's; on Rosenbrock and Rastrigin they are smaller."""
    pairs = paired(frames.quality).query("strategy == @OURS")
    level = (pairs["ratio_low"] < 1).all() and (pairs["pairs"] == frames.setting("seeds")).all()
    ends: dict[str, Any] = {str(row.objective): row for row in pairs.itertuples()}  # the last n
    better = {name: row for name, row in ends.items() if row.ratio_high < 1}
    if level and {*better} == {*SMALLER.values()}:
        rows = {short: better[name] for short, name in SMALLER.items()}
        ratios = {
            short: Estimate(row.ratio, row.ratio_low, row.ratio_high) for short, row in rows.items()
        }
        row = rows["rosenbrock"]
        yield {**ratios, "objectives": len(ends), "seeds": row.pairs, "n": row.evaluations}


def it_is_the_same_model(frames: PageFrames) -> Figures:
    """Fits and maxima are as good as BoTorch's, by BoTorch's functions."""
    gaps = frames.agreement
    worst = {"loss": gaps["loss_gap"].max(), "log_ei": -gaps["log_ei_gap"].min()}
    function = gaps["function_gap"].abs().max()
    if 0 < worst["loss"] < 1e-4 and 0 < worst["log_ei"] < 1e-3 and function < 1e-9:
        yield {**worst, "function": function, "sets": len(gaps)}


def whole_runs(frames: PageFrames) -> Figures:
    """Seconds of whole runs: ours, and as far as it was run the plain loop's."""
    long, short = (frames.whole.query(f"budget == budget.{end}()") for end in ("max", "min"))
    ours, loop = (short[short["strategy"].str.startswith(f"{way}(i")] for way in (OURS, PLAIN))
    if loop["seconds"].min() > 10 * ours["seconds"].max() and set(long["strategy"]) == {OURS}:
        runs = {"long": long, "ours": ours, "loop": loop}
        counts = {"budget": long["budget"].iloc[0], "seeds": len(long)}
        counts |= {"n": short["budget"].iloc[0], "few": len(loop)}
        yield {name: table["seconds"].median() for name, table in runs.items()} | counts


def by_hand(frames: PageFrames) -> Figures:
    """In each turn one call takes less than a loop per library, wherever BoTorch's fits begin."""
    ways = amounts(frames, "five searches")
    ours, warm, plain = (ways[name] for name in ("compare()", "last fit", "plain loop"))
    times = {"warm": warm["times_ours"], "plain": plain["times_ours"]}
    if ours["most"] < min(warm["least"], plain["least"]):
        yield {"ours": ours["median"], "turns": int(ours["turns"]), **times}


def one_point(frames: PageFrames) -> Figures:
    """In each turn an evaluation costs less than in the peers' loops, alone or together."""
    alone, lockstep = (amounts(frames, f"one point at a time, {end}") for end in ("arr", "20"))
    ways = {"ours": alone["one_plus_one"], "lockstep": lockstep["one_plus_one"]}
    peers = {"nevergrad": alone["OnePlusOne"], "optuna": alone["RandomSampler"]}
    if max(way["most"] for way in ways.values()) < min(way["least"] for way in peers.values()):
        yield {name: way["median"] for name, way in (ways | peers).items()}


def a_step_now(frames: PageFrames) -> Figures:
    """A step at the most scores at which all packages were measured in the bench."""
    name = "a step of Bayesian optimization at n = "
    rows = [row for row in frames.bench["row"].unique() if row.startswith(name)]
    steps = {int(row.removeprefix(name)): amounts(frames, row) for row in rows}
    whole = {n: ways for n, ways in steps.items() if "plain loop" in ways}
    n = max(whole)
    ours = whole[n]["bayes_opt"]
    peers = {"plain": "plain loop", "warm": "last fit", "optuna": "GPSampler"}
    if ours["most"] < min(whole[n][way]["least"] for way in peers.values()):
        times = {short: whole[n][way]["times_ours"] for short, way in peers.items()}
        yield {"n": n, "ours": ours["median"], **times}


def amounts(frames: PageFrames, row: str) -> dict[str, Any]:
    """What the ways of a row of the bench took, by their last word or two."""
    table = beside.medians(frames.bench[frames.bench["row"].str.startswith(row)])
    both = zip(table["way"].str.split(), table.to_dict("records"), strict=True)
    return {" ".join(words[-n:]): way for words, way in both for n in (1, 2)}


def bench(frames: PageFrames) -> pd.DataFrame:
    """Every way of every row, and how many times ours it takes."""
    table = beside.medians(frames.bench).query("not row.str.endswith('by part')")
    places = dict.fromkeys(("median", "least", "most"))
    return written(table, "row", "way", "unit", **places, times_ours=2, turns=0)


def parts(frames: PageFrames) -> pd.DataFrame:
    """Where the seconds of the demo study go."""
    table = beside.medians(frames.bench).query("row.str.endswith('by part')")
    names = [way.partition(": ")[2] for way in table["way"]]
    table = table.assign(part=names, seconds=table["median"])
    share = 100 * table["seconds"] / table["seconds"].sum()
    return written(table.assign(percent=share), "part", seconds=2, percent=1)


def steps(frames: PageFrames) -> pd.DataFrame:
    """Milliseconds of a step, on the points of a run and on quasi-random ones."""
    tables = {points: 1000 * medians(frames, points) for points in ("run", "quasi-random")}
    wide = pd.concat(tables, names=["points"]).map("{:,.0f}".format)
    return wide.rename(columns=lambda n: f"n = {n}").reset_index()


def quality(frames: PageFrames) -> pd.DataFrame:
    """Ours against the peer's, paired by seed."""
    shown = ("objective", "evaluations", "strategy", "better", "worse")
    places = {"median_ours": None, "median_peer": None, "ratio": 2, "p": None}
    table = written(paired(frames.quality), *shown, **places)
    return table.rename(columns={"median_ours": "regret", "median_peer": "the loop's"})
