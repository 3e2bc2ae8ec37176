"""What the page says whatever came out."""

from __future__ import annotations

from reports.gradient_or_not.landscapes import BUDGETS, LANDSCAPES

HEAD = """\
# Gradient or not

Documents 000 and 002 ask whether a gradient through scorer and decoder is worth having, against
Bayesian optimization, evolution and estimated gradients that only call the scorer. Here the same
landscapes are searched with the gradient shown and hidden (black-box twins), from the same starts,
at equal cost: a score costs 1 and its gradient 1 more, or whatever one says. All landscapes have
the best score 0, and results are told in decades: minus log10 of what is missing, not below 1e-8.
"""
LEADERS = """\
The best of those that read gradients and the best of those that do not, by the mean of decades over
seeds, and their difference paired by seed with a 95 % bootstrap interval. The best is chosen on the
same seeds that it is shown on. `auto (hidden)` was not shown the gradient; names without a remark
do not look at one.
"""
FLIPS = """\
`Comparison.break_even` on decades: below the price the first is ahead, above it the other, with a
95 % bootstrap interval over paired seeds (inf: it never flips in a resample). Compared with each
reader are the best black box at that budget, and Adam on forward differences, the same search with
an estimate that costs d scores: for that pair theory says d, as long as the climb goes on; where
both have stalled, steps are worth little at any price. "Both solved": both means are beyond 7.5
decades. Prices below `readable from` would need longer runs than were made.
"""
RANKS = """\
A dash: the price is below what the shortest of the runs can tell, or the strategy was not run at
this budget.
"""
LIMITS = """\
On the sphere, where theory is exact. The exact gradient against forward differences, both by Adam:
units to the same regret, differences over exact. (1+1)-ES is comparison-based: it cannot be faster
than 0.2025 / d nats an evaluation for large d (Rechenberg 1973; Teytaud and Gelly 2006).
"""
LEADS = """\
On the other landscapes, how many times sooner Adam and L-BFGS had found what each black box had at
its end: the median cost of the black box to its own median end over theirs, at a gradient's price
of 1. Below 1 it was slower; 0 means that it never got there within its runs. Theory's (d + 1) / 2
is for differences alone, not a bound for other searches.
"""
MEASURED = """\
## How it was measured

`python -m reports.gradient_or_not.gradient_or_not --jobs 2` makes all of it.

{seeds} paired seeds, five on the pixels; budgets {budgets}.
All strategies at their defaults, but for the radius of the differences: 0.001 prior sd, chosen
after a first look, in which the default 0.05 never reached the goal on the sphere at d = 2.
`rosenbrock` and `rastrigin` in the box [-5, 5]^d; the picture is
super-resolution of an 8x8 digit behind the shipped VAE (`digits.super_resolution`); the pixels are
the blog's morph of a 7 into a 2 in data space (`mnist.digit` with `decoder="none"`, 784 pixels,
shipped networks, no data set). In 784 dimensions `sep_cma_es` stands for `cma_es`.

`auto` and `bayes_opt` plan by their budget and were run anew at each, the others once and read
early, which finds the same. Most units: {most}; 20,000 elsewhere. `lbfgs` was given 2,000 units and
is read as it stood beyond; `auto` 632 at most, 200 for d >= 64; `bayes_opt` 63, and 200 on the
picture, beyond which a step takes too long for so many seeds.

## Limits

Ten seeds tell half a decade, not a tenth. Regrets below 1e-8 count as 1e-8, where float64 bowls are
solved; scores of pictures are float32 and end near 1e-7. One instance of each landscape, d = 784
only with a picture's pixels. What a gradient costs in seconds is another question.
"""
MOST = "; ".join(f"{one.most:,} on {one.label}" for one in LANDSCAPES if one.most < max(BUDGETS))
