"""What was recorded: evaluations, runs, and what judges saw of them."""

from __future__ import annotations

from blackbox.results.schema.column import OBJECTIVE, RUN, SEED, STRATEGY, Column

# Where a scorer is noisy.
NOISY = (
    Column("best_se", "delta", "float64", "standard error of a confirmed best; NaN: it is as seen"),
    Column("best_seen", "score", "float64", "the highest score that was seen: lucky"),
    Column("n_confirm", "scores", "float64", "asked again of the run's bests, not of its budget"),
    Column("confirm_cost", "units", "float64", "what these cost, which is in no other column"),
)
CONSTRAINT = Column("constraint_<name>", "constraint", "float64", "met where it is >= 0")
EVALUATIONS = (
    Column("objective", "", "category", OBJECTIVE.meaning),
    Column("strategy", "", "category", STRATEGY.meaning),
    SEED,
    Column("row", "", "int64", "place in the run, from 0"),
    Column("n_scores", "scores", "int64", "asked by the run up to and with this row"),
    Column("n_gradients", "gradients", "int64 or float64", "asked up to and with this row"),
    Column("cost", "units", "float64", "paid by the run up to and with this row"),
    Column("score", "score", "float64", "what the scorer said, maximised; NaN where invalid"),
    Column("best", "score", "float64", "best score so far that is ok, as far as confirmed"),
    Column("status", "", "category", '"ok", "invalid", or "infeasible": it breaks a constraint'),
    Column("z_norm", "", "float64", "Euclidean norm of the latent point"),
    Column("log_prior", "nats", "float64", "log-density of the latent point under the prior"),
    Column("seconds", "seconds", "float64", "the row's share of the time of its batch"),
    Column("best_seen", "score", "float64", "of a noisy scorer: the best of the scores so far"),
    Column("n_truths", "calls", "int64", "points of which the run asked the truth before this row"),
    Column("<criterion>", "criterion", "float64", "a criterion, under its own name or criterion_*"),
    CONSTRAINT,
)
RUNS = (
    *RUN,
    Column(
        "status",
        "",
        "str",
        '"spent", "returned", "reached", "out of time", "complete", "failed" or "running"',
    ),
    Column("granted", "units", "float64 or int64", "the budget"),
    Column("used", "units", "float64", "what was paid"),
    Column("wasted", "units", "float64", "what was granted and not used"),
    Column("best", "score", "float64", "best valid score that meets all constraints, as confirmed"),
    Column("best_cost", "units", "float64", "what had been paid when it was found"),
    Column("judge_<name>", "judge", "float64", "what the judge says of the best; NaN: it refused"),
    Column("judge_<name>_start", "judge", "float64", "what the judge says of the start"),
    Column("thinking_seconds", "seconds", "float64", "inside the strategy, at any price"),
    Column("evaluation_seconds", "seconds", "float64", "inside the objective"),
    Column("n_invalid", "evaluations", "int64 or float64", "without a valid score"),
    Column("n_duplicate", "evaluations", "int64 or float64", "at a point asked before"),
    Column("n_clipped", "evaluations", "int64 or float64", "proposed outside the space"),
    Column("error", "", "str", "traceback of a failed run, or what the first invalid point said"),
    Column("versions", "", "str", "JSON: package -> version"),
    Column("start", "score", "float64", "score of the first row; NaN where invalid"),
    Column("n_scores", "scores", "int64 or float64", "asked"),
    Column("n_gradients", "gradients", "int64 or float64", "asked"),
    Column("dim", "", "int64", "dimensions of the space"),
    Column("optimum", "score", "float64", "the best possible score; NaN where it is not known"),
    Column("n_after_best", "evaluations", "int64 or float64", "after the best row"),
    Column("peak_memory_mb", "MB", "float64", "most that the whole process had held"),
    Column("machine", "", "str", "JSON: what the run was made on"),
    Column("n_grad_invalid", "gradients", "int64 or float64", "that were no finite numbers"),
    Column("n_called", "objects", "float64", "that the objective called, padding and tries too"),
    Column("noise", "delta", "float64", "standard deviation of a score asked again; 0 for none"),
    Column("scoring", "", "str", "JSON: how the scores were made, in words"),
    *NOISY,
    Column("n_feasible", "evaluations", "int64 or float64", "valid ones that meet all constraints"),
    Column("known_n", "points", "int64 or float64", "that the run was told of before it began"),
    Column("known_best", "score", "float64", "the best of these, which nobody found; NaN: none"),
    Column("known_from", "", "str", "where these come from"),
    Column("truth_calls", "calls", "int64 or float64", "points of which it asked the truth"),
)
PATHS = (
    *RUN,
    Column("granted", "units", "float64 or int64", "the budget"),
    Column("row", "", "int64", "place in the run, from 0"),
    Column("cost", "units", "float64", "paid up to and with this row"),
    Column("best", "", "bool", "whether this is the run's best"),
    Column("score", "score", "float64", "what the scorer said; NaN where invalid"),
    Column("truth", "", "str", 'the judge that measures what the scorer predicts; "": none'),
    Column("true", "score", "float64", "the score by that judge; NaN where it refuses"),
    Column("z_norm", "", "float64", "Euclidean norm of the latent point"),
    Column("log_prior", "nats", "float64", "log-density of the latent point under the prior"),
    Column("dim", "", "int64", "dimensions of the space"),
    Column("shell_score", "sd", "float64", "how far the norm lies from that of prior draws"),
    Column("off_prior", "", "float64", "1 where the norm lies outside 99 % of prior draws, else 0"),
    Column("shown", "", "object", "what a reader sees: a picture, a text, the object, or None"),
    Column("judge_<name>", "judge", "float64", "what the judge says; NaN where it refuses"),
    Column("judge_<name>_off", "", "float64", "1 where refused or outside its limits, else 0"),
)
PARAMETER = Column("param_<name>", "", "any", "the value of a named parameter, in its own unit")
BEST = (
    *RUN,
    Column("status", "", "str", "of the run"),
    Column("row", "", "int64 or float64", "place in the run, from 0; NaN: nothing valid"),
    Column("cost", "units", "float64", "paid by the run up to and with this row"),
    Column("score", "score", "float64", "what the scorer said; NaN: nobody found a valid point"),
    Column("truth", "", "str", 'the judge that measures what the scorer predicts; "": none'),
    Column("true", "score", "float64", "the score by that judge; NaN where it refuses"),
    Column("score_se", "delta", "float64", "of a noisy scorer: standard error of a mean score"),
    Column("score_seen", "score", "float64", "the highest score that the run had seen: lucky"),
    Column("n_confirm", "scores", "int64", "asked again, of which the score is the mean; 0: none"),
    Column(
        "trust", "share", "float64", "of real points that are as odd, where trust was asked for"
    ),
    Column("worth", "score", "float64", "the score, or less where other scorers fall short of it"),
    Column("truth_calls", "calls", "int64", "made to choose this point, the truest of them"),
    Column("best_score", "score", "float64", "the best score of the run, trusted or not"),
    Column("<criterion>", "criterion", "float64", "a criterion, under its own name or criterion_*"),
    CONSTRAINT,
    Column("judge_<name>", "judge", "float64", "what the judge says; NaN where it refuses"),
    PARAMETER,
    Column("z", "", "object", "the latent point as an array; NaN where asked in data space"),
    Column("x", "", "object", "the object that judges saw, or None"),
    Column("shown", "", "object", "what a reader sees: a picture, a text, the object, or None"),
)
COORDINATE = Column("z_<i>", "", "float64", "a coordinate of the latent point")
POINTS = (*EVALUATIONS, PARAMETER, COORDINATE)
DIRECTIONS = (
    OBJECTIVE,
    Column("criterion", "", "str", "its column among the evaluations"),
    Column("name", "", "str", "its own name"),
    Column("direction", "", "int64", "1 where high is wanted, -1 where low, 0 where neither"),
)
SKIPPED = (OBJECTIVE, STRATEGY, Column("reason", "", "str", "why they could not be compared"))
MISSING = (
    *RUN,
    Column("state", "", "str", '"not begun", "unfinished", or "not made" where it is not known'),
    Column("used", "units", "float64", "what it has paid for so far"),
    Column("best", "score", "float64", "best score so far; NaN: none"),
    Column("reason", "", "str", 'why it is not finished; "": nobody has made it yet'),
)
TABLES = {
    "evaluations": EVALUATIONS,
    "runs": RUNS,
    "paths": PATHS,
    "best": BEST,
    "points": POINTS,
    "directions": DIRECTIONS,
    "skipped": SKIPPED,
    "missing": MISSING,
}
