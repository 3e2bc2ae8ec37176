"""How good the strategies were, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

from blackbox.results.schema.column import (
    CELL,
    N_OBJECTIVES,
    N_OK,
    OBJECTIVE,
    SEED,
    STRATEGY,
    Column,
)

NOTE = Column("note", "", "str", 'why nothing was tested; "" where it was')
INTERVAL = Column("interval", "", "str", 'what to know of intervals: few seeds, or raced; "": no')
BASELINE = Column("baseline", "", "str", "the strategy that it is compared with")
SUMMARY = (
    *CELL,
    Column("best_mean", "score", "float64", "mean over seeds of each run's best"),
    Column("best_low", "score", "float64", "lower end of its 95 % interval"),
    Column("best_high", "score", "float64", "upper end"),
    Column("best_median", "score", "float64", "median of the same bests"),
    Column("median_low", "score", "float64", "order statistic below it, 95 %; NaN below six seeds"),
    Column("median_high", "score", "float64", "order statistic above it"),
    Column("score", "points", "float64", "of the mean: 0 is random search, 100 the best known"),
    Column("area", "score", "float64", "mean area under best-so-far over the share of the budget"),
    Column("judge_<name>", "judge", "float64", "mean over the bests that the judge judged"),
    Column("judge_<name>_start", "judge", "float64", "mean over the starts that it judged"),
    Column("judge_<name>_refused", "share", "float64", "of the bests: it refused or never saw"),
    Column("granted", "units", "float64", "mean per run"),
    Column("used", "units", "float64", "mean per run"),
    Column("n_invalid", "evaluations", "float64", "mean per run"),
    Column("thinking_seconds", "seconds", "float64", "mean per run, inside the strategy"),
    Column("n_feasible", "evaluations", "float64", "mean per run: that meet all constraints"),
    Column("truth_calls", "calls", "float64", "mean per run: of which it asked the truth"),
    INTERVAL,
    Column("best_se", "delta", "float64", "of a noisy scorer: what its noise adds to the mean"),
    Column("best_seen", "score", "float64", "mean of the highest scores that were seen: lucky"),
    Column("n_confirm", "scores", "float64", "mean per run: asked again, not of its budget"),
)
RANKS = (
    STRATEGY,
    N_OK,
    Column("rank", "ranks", "float64", "mean over seeds and objectives; 1 is the best"),
    Column("low", "ranks", "float64", "lower end of its 95 % interval"),
    Column("high", "ranks", "float64", "upper end"),
    Column("first", "share", "float64", "of objectives and seeds: nobody was better"),
    N_OBJECTIVES,
)
CRITICAL_DIFFERENCE = (
    STRATEGY,
    N_OK,
    Column("rank", "ranks", "float64", "mean over objectives of the rank of the mean best"),
    Column("critical_difference", "ranks", "float64", "Nemenyi's, 95 %; NaN where not tested"),
    Column("friedman_p", "probability", "float64", "of Friedman's test that all are alike"),
    N_OBJECTIVES,
    Column("worse_than_first", "", "bool", "whether it is, by both tests"),
    NOTE,
)
AGGREGATE = (
    STRATEGY,
    N_OK,
    N_OBJECTIVES,
    Column("score", "points", "float64", "mean over objectives of the normalised score"),
    Column("score_low", "points", "float64", "lower end of its 95 % interval"),
    Column("score_high", "points", "float64", "upper end"),
    Column("score_median", "points", "float64", "median over objectives"),
    Column("iqm", "points", "float64", "interquartile mean of all runs pooled"),
    Column("iqm_low", "points", "float64", "lower end of its 95 % interval"),
    Column("iqm_high", "points", "float64", "upper end"),
)
BEST_KNOWN = (
    OBJECTIVE,
    Column("random", "score", "float64", "mean best of random search: 0 of the normalised score"),
    Column("best_known", "score", "float64", "the optimum, else the best of the study: 100"),
    Column("source", "", "str", "where the best known comes from"),
)
ROPE = Column("rope", "delta", "float64", "up to which difference both count as equivalent")
DIFFERENCES = (
    Column("wins", "pairs", "int64", "of runs in which it was better"),
    Column("ties", "pairs", "int64", "of runs in which both were equal"),
    Column("losses", "pairs", "int64", "of runs in which it was worse"),
    Column("p_improvement", "probability", "float64", "(wins + ties / 2) / seeds"),
    Column("p_improvement_unpaired", "probability", "float64", "Mann-Whitney's, over all pairs"),
    Column("p", "probability", "float64", "of Wilcoxon's signed-rank test; NaN: not tested"),
    Column("p_holm", "probability", "float64", "adjusted for all tests of the table"),
    ROPE,
    Column("p_better", "probability", "float64", "that it is, by the Bayesian signed-rank test"),
    Column("p_equivalent", "probability", "float64", "that both lie within the rope"),
    Column("p_worse", "probability", "float64", "that it is; the three sum to 1"),
    NOTE,
    INTERVAL,
)
PAIRED = (
    OBJECTIVE,
    STRATEGY,
    BASELINE,
    N_OK,
    Column("difference", "delta", "float64", "mean over seeds of its best minus the baseline's"),
    Column("low", "delta", "float64", "lower end of its 95 % interval"),
    Column("high", "delta", "float64", "upper end"),
    *DIFFERENCES,
)
PAIRED_OVER_OBJECTIVES = (
    STRATEGY,
    BASELINE,
    N_OK,
    N_OBJECTIVES,
    Column("difference", "points", "float64", "mean over objectives of normalised scores"),
    Column("low", "points", "float64", "lower end of its 95 % interval"),
    Column("high", "points", "float64", "upper end"),
    *(replace(each, unit="points") if each is ROPE else each for each in DIFFERENCES),
)
TUNING = (
    OBJECTIVE,
    Column("strategy", "", "str", "the strategy as it was given"),
    Column("tuned", "", "str", "the best of its settings that were tried"),
    Column("trials", "", "int64", "how many were tried, the one that was given among them"),
    Column("tuning_seeds", "seeds", "int64", "on how many seeds, none of which is reported"),
    N_OK,
    Column("difference", "delta", "float64", "mean over seeds of the tuned best minus the other"),
    Column("low", "delta", "float64", "lower end of its 95 % interval"),
    Column("high", "delta", "float64", "upper end"),
    *(each for each in DIFFERENCES if each.name in ("wins", "ties", "losses", "p", "p_holm")),
    NOTE,
    INTERVAL,
)
TARGETS = (
    OBJECTIVE,
    Column("target", "score", "float64", "the score to be reached"),
    Column("level", "", "str", "where the target comes from"),
    STRATEGY,
    N_OK,
    Column("success_rate", "share", "float64", "of the runs that reached it"),
    Column("ert", "units", "float64", "expected running time; inf where no run reached it"),
    Column("par10", "units", "float64", "mean cost, ten budgets for a miss"),
)
ECDF = (
    OBJECTIVE,
    STRATEGY,
    N_OK,
    Column("cost", "units", "float64", "where the share rises"),
    Column("share", "share", "float64", "of runs and targets that were reached up to there"),
)
AOCC = (
    *CELL,
    Column("aocc", "share", "float64", "area over the convergence curve; 1 is the best"),
    Column("low", "share", "float64", "lower end of its 95 % interval"),
    Column("high", "share", "float64", "upper end"),
    Column("reference", "", "str", "what the regret is measured from"),
    Column("lower", "delta", "float64", "regret that counts as 1"),
    Column("upper", "delta", "float64", "regret that counts as 0"),
)
PROFILES = (
    Column("kind", "", "str", '"performance" or "data"'),
    Column("tolerance", "share", "float64", "of the way to the best known that may be left"),
    STRATEGY,
    N_OK,
    Column("x", "", "float64", "times the cheapest cost, or units per d + 1"),
    Column("share", "share", "float64", "of problems that were solved up to there"),
)
HYPERVOLUME = (
    *CELL,
    Column("hypervolume", "product", "float64", "mean over seeds, in the product of the criteria"),
    Column("low", "product", "float64", "lower end of its 95 % interval"),
    Column("high", "product", "float64", "upper end"),
    Column("together", "product", "float64", "of all runs that ended well at once"),
    Column("n_front", "points", "int64", "on their common Pareto front"),
    Column("reference", "", "str", "the point that volumes are measured from"),
)
FRONT = (
    STRATEGY,
    SEED,
    Column("row", "", "int64", "place in the run, from 0"),
    Column("cost", "units", "float64", "paid up to and with this row"),
    Column("score", "score", "float64", "what the scorer said"),
    Column("<criterion>", "criterion", "float64", "a criterion that is wanted high or low"),
    Column("overall", "", "bool", "whether no point of any strategy dominates it"),
)
CURVE = (
    OBJECTIVE,
    STRATEGY,
    Column("cost", "units", "float64", "where the curve is read"),
    Column("mean", "score", "float64", "of best-so-far over seeds"),
    Column("low", "score", "float64", "lower end of its 95 % band"),
    Column("high", "score", "float64", "upper end"),
)
CURVE_OVER_SECONDS = tuple(
    Column("seconds", "seconds", "float64", "where the curve is read; thinking lies evenly on rows")
    if column.name == "cost"
    else column
    for column in CURVE
)
VERDICT = (
    Column("claim", "", "str", "its name"),
    Column("sentence", "", "str", "what follows from the numbers"),
    Column("figure", "as evidence", "float64", "the number that it turns on; NaN: none"),
    Column("low", "as evidence", "float64", "lower end of its 95 % interval; NaN: none"),
    Column("high", "as evidence", "float64", "upper end"),
    Column("evidence", "", "str", "the table and rows that show it, as they are asked of a study"),
)
TABLES = {
    "verdict": VERDICT,
    "summary": SUMMARY,
    "ranks": RANKS,
    "critical_difference": CRITICAL_DIFFERENCE,
    "aggregate": AGGREGATE,
    "best_known": BEST_KNOWN,
    "paired": PAIRED,
    "paired_over_objectives": PAIRED_OVER_OBJECTIVES,
    "tuning": TUNING,
    "targets": TARGETS,
    "ecdf": ECDF,
    "aocc": AOCC,
    "profiles": PROFILES,
    "hypervolume": HYPERVOLUME,
    "front": FRONT,
    "curves": CURVE,
    "curves_over_seconds": CURVE_OVER_SECONDS,
}
