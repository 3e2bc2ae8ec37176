"""What was paid, what went wrong, and what a gradient may cost."""

from __future__ import annotations

from blackbox.results.schema.column import CELL, N_OK, OBJECTIVE, RUN, STRATEGY, Column

AUDIT = (
    *CELL,
    Column("granted", "units", "float64", "mean per run"),
    Column("used", "units", "float64", "mean per run"),
    Column("wasted", "units", "float64", "mean per run"),
    Column("n_scores", "scores", "float64", "mean per run"),
    Column("n_gradients", "gradients", "float64", "mean per run"),
    Column("n_duplicate", "evaluations", "float64", "mean per run, at points asked before"),
    Column("n_clipped", "evaluations", "float64", "mean per run, proposed outside the space"),
    Column("n_invalid", "evaluations", "float64", "mean per run, without a score"),
    Column("n_grad_invalid", "gradients", "float64", "mean per run, that were no finite numbers"),
    Column("n_after_best", "evaluations", "float64", "mean per run, after the last improvement"),
    Column("after_best_share", "share", "float64", "mean of a run's evaluations after it"),
    Column("thinking_share", "share", "float64", "of the time: inside the strategy"),
    Column("evaluation_share", "share", "float64", "of the time: inside the objective"),
    Column("peak_memory_mb", "MB", "float64", "the highest of its runs"),
    Column("versions", "", "str", "packages that were installed"),
    Column("n_confirm", "scores", "float64", "mean per run, of a noisy scorer: bests asked again"),
    Column("confirm_cost", "units", "float64", "mean per run: what these cost, not of the budget"),
    Column("n_feasible", "evaluations", "float64", "mean per run: that meet all constraints"),
)
SECONDS = (
    Column("part", "", "str", '"thinking" of a strategy, or "objective": its decoder and scorer'),
    Column("name", "", "str", "of the strategy or objective"),
    Column("n_runs", "runs", "int64", "of it"),
    Column("seconds", "s", "float64", "of all these runs together"),
    Column("share", "share", "float64", "of the seconds of all rows"),
    Column("ms_per_score", "ms", "float64", "for each score of these runs"),
)
FAILURES = (
    *RUN,
    Column("status", "", "str", "of the run"),
    Column("used", "units", "float64", "what was paid"),
    Column("best", "score", "float64", "what it had found; it counts as the worst all the same"),
    Column("error", "", "str", "last line"),
)
INVALID_POINTS = (
    OBJECTIVE,
    STRATEGY,
    Column("runs", "runs", "int64", "with such points"),
    Column("n_invalid", "evaluations", "int64 or float64", "without a score"),
    Column("n_scores", "scores", "int64 or float64", "of these runs"),
    Column("first", "", "str", "last line of what the first one said"),
)
CONSTRAINTS = (
    OBJECTIVE,
    STRATEGY,
    Column("constraint", "", "str", "its name"),
    Column("met", "share", "float64", "of all evaluations that meet it"),
    Column("met_at_start", "share", "float64", "of the first evaluation of each run"),
    Column("n_runs", "runs", "int64", "that were made"),
    Column("n_feasible_runs", "runs", "int64", "that found a point which meets all constraints"),
)
FACTS = (
    Column("kind", "", "str", '"recipe", "objective NAME", "machine", ... or "package"'),
    Column("name", "", "str", "of the fact"),
    Column("value", "", "str", "the fact"),
    Column("n_runs", "runs", "int64", "of which it is true"),
)
PRICE_TABLE = (
    OBJECTIVE,
    Column("price", "", "str", 'as it was asked: a number or "d"'),
    Column("gradient_price", "units", "float64", "what a gradient costs on top of its score"),
    STRATEGY,
    N_OK,
    Column("best_mean", "score", "float64", "mean over seeds; NaN below the price granted"),
    Column("best_low", "score", "float64", "lower end of its 95 % interval"),
    Column("best_high", "score", "float64", "upper end"),
    Column("score", "points", "float64", "of the mean: 0 is random search, 100 the best known"),
    Column("rank", "ranks", "float64", "of the mean at this price"),
)
BREAK_EVEN = (
    OBJECTIVE,
    Column("first", "", "str", "the one of the pair that asked for more gradients"),
    Column("second", "", "str", "the other"),
    Column("ahead_cheap", "", "str", 'who is ahead where gradients are cheap; "": nobody ever'),
    Column("ahead_dear", "", "str", "who is ahead where they are dear"),
    Column("break_even", "units", "float64", "price up to which the one leads; NaN: no swap"),
    Column("low", "units", "float64", "lower end of its 95 % interval"),
    Column("high", "units", "float64", "upper end; inf where the other never leads"),
    Column("n_swaps", "", "int64", "how often they swap"),
    Column("cheapest", "units", "float64", "the lowest price that can be read"),
    Column("n_ok_first", "runs", "str", N_OK.meaning),
    Column("n_ok_second", "runs", "str", N_OK.meaning),
)
STEPS = (
    *RUN,
    Column("upto", "units", "float64", "price up to which this holds; inf for the last"),
    Column("best", "score", "float64", "best score that is paid for there; NaN: none"),
    Column("status", "", "str", "of the run there"),
    Column("cheapest", "units", "float64", "the lowest price that can be read"),
    Column("n_gradients", "gradients", "int64 or float64", "of the whole run"),
    Column("dim", "", "int64", "dimensions of the space"),
    Column("optimum", "score", "float64", "the best possible score; NaN where it is not known"),
    Column("best_confirmed", "score", "float64", "of a noisy scorer: as it was confirmed"),
)
TABLES = {
    "audit": AUDIT,
    "seconds": SECONDS,
    "failures": FAILURES,
    "invalid_points": INVALID_POINTS,
    "constraints": CONSTRAINTS,
    "facts": FACTS,
    "price_table": PRICE_TABLE,
    "break_even": BREAK_EVEN,
    "steps": STEPS,
}
