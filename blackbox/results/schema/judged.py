"""Whether what was scored is real."""

from __future__ import annotations

from blackbox.results.schema.column import CELL, OBJECTIVE, STRATEGY, Column

EXPLOITATION = (
    *CELL,
    Column("n_found", "runs", "int64", "with a judged best"),
    Column("score_start", "score", "float64", "mean score of the starts"),
    Column("score_best", "score", "float64", "mean score of the bests"),
    Column("predicted_gain", "score", "float64", "mean of best minus start, as it was scored"),
    Column("truth", "", "str", 'the judge that is the truth; "" where there is none'),
    Column("true_start", "score", "float64", "mean true score of the starts"),
    Column("true_best", "score", "float64", "mean true score of the bests"),
    Column("true_gain", "score", "float64", "mean of best minus start by the truth; refused: 0"),
    Column("true_refused", "share", "float64", "of the bests that the truth refused"),
    Column("n_pairs", "runs", "int64", "whose gain is known both ways"),
    Column("rho", "", "float64", "true gain over predicted gain: 1 is honest, below 0 fooled"),
    Column("rho_low", "", "float64", "lower end of its 95 % interval"),
    Column("rho_high", "", "float64", "upper end"),
    Column("shell_score", "sd", "float64", "mean over bests of how far the norm lies off"),
    Column("off_prior", "share", "float64", "of bests outside 99 % of prior draws"),
    Column("off_manifold", "share", "float64", "of bests off the prior, or off by any judge"),
    Column("judge_<name>", "judge", "float64", "mean over the bests that it judged"),
    Column("judge_<name>_start", "judge", "float64", "mean over the starts that it judged"),
    Column("judge_<name>_refused", "share", "float64", "of the bests that it refused"),
    Column("judge_<name>_off", "share", "float64", "of bests refused or outside its limits"),
)
OVER_OPTIMISATION = (
    OBJECTIVE,
    STRATEGY,
    Column("measure", "", "str", '"score", "true score by <judge>" or "judge <name>"'),
    Column("cost", "units", "float64", "where the curve is read"),
    Column("mean", "measure", "float64", "of the best so far, over the runs that count"),
    Column("low", "measure", "float64", "lower end of its 95 % band"),
    Column("high", "measure", "float64", "upper end"),
    Column("n", "runs", "int64", "that are not refused there"),
)
HARM = (
    OBJECTIVE,
    STRATEGY,
    Column("judge", "", "str", "that declares limits of real objects"),
    Column("n", "runs", "int64", "of which it was asked for both, start and best"),
    Column("within_start", "share", "float64", "of starts within its limits"),
    Column("within_best", "share", "float64", "of bests within its limits; refused: not"),
    Column("change", "share", "float64", "mean of their paired difference"),
    Column("low", "share", "float64", "lower end of its 95 % interval"),
    Column("high", "share", "float64", "upper end"),
    Column("harmed", "", "bool", "whether that interval lies wholly below 0"),
)
LEADERS = (
    OBJECTIVE,
    Column("by", "", "str", '"score", "truth" or "unharmed"'),
    Column("leader", "", "str", "the strategy with the highest mean"),
    Column("n_ok", "runs", "str", 'of the leader, how many ended well of how many: "9/10"'),
    Column("n_strategies", "", "int64", "that are compared"),
    Column("mean", "score", "float64", "of the leader, over its seeds"),
    Column("low", "score", "float64", "lower end of its 95 % interval"),
    Column("high", "score", "float64", "upper end"),
    Column("next", "", "str", "the strategy with the next highest mean"),
    Column("lead", "score", "float64", "mean paired difference of the leader to it"),
    Column("lead_low", "score", "float64", "lower end of its 95 % interval"),
    Column("lead_high", "score", "float64", "upper end"),
    Column("p", "probability", "float64", "largest of the leader's tests; NaN: not all tested"),
    Column("p_holm", "probability", "float64", "adjusted for the objectives of the table"),
    Column("is_best", "", "bool", "whether that is at most 5 %"),
    Column("level", "", "str", 'those not separated from it, one a line; "": none'),
    Column("closest", "", "str", 'of them the hardest to separate; "": none'),
    Column("n_seeds", "seeds", "int64", "fewest that it shares with another"),
    Column("seeds_needed", "seeds", "float64", "to separate it at this difference; inf: none is"),
)
RACING = (
    Column("round", "", "int64", "from 1: seeds are added in rounds"),
    OBJECTIVE,
    Column("by", "", "str", '"score" or "truth"'),
    STRATEGY,
    Column("seeds", "seeds", "int64", "of the strategy in this round"),
    Column("e_value", "", "float64", "evidence that it is not the best; if it is: rarely large"),
    Column("needed", "", "float64", "evidence at which it is dropped"),
    Column("state", "", "str", '"racing", "dropped", "best", "level" or "undecided"'),
    Column("margin", "score", "float64", "within which two strategies are level"),
    Column("leader", "", "str", "the highest mean of those left"),
    Column("behind", "score", "float64", "median paired difference of the leader to it"),
    Column("low", "score", "float64", "lower end of its 95 % confidence sequence"),
    Column("high", "score", "float64", "upper end"),
)
TABLES = {
    "racing": RACING,
    "exploitation": EXPLOITATION,
    "over_optimisation": OVER_OPTIMISATION,
    "harm": HARM,
    "leaders": LEADERS,
}
