"""Which searches take turns: by what is offered, dimensions, budget, and what the probes showed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from blackbox.parameters import NamedSpace, Real
from blackbox.protocol import Brief, Strategy, Work
from blackbox.space import Space
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.linear_bo import LinearBo
from blackbox.strategies.bayesian.turbo import Turbo
from blackbox.strategies.composed.probing import LARGE, Probes
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.evolution.sep_cma_es import SepCmaEs
from blackbox.strategies.gradient.gradient_ascent import GradientAscent
from blackbox.strategies.gradient.lbfgs import LBFGS
from blackbox.strategies.peers.scipy import Scipy
from blackbox.strategies.sampling.random_search import RandomSearch

# Dimensions from which a step of a process takes a tenth of a second; with choices it does at 100.
HUGE = 2_000
LONG = 20_000  # scores of a linear model in one turn: a minute at 1 000 dimensions
FEW = 100  # scores below which a linear model of constraints does more than a quadratic one
# Scores that a process models in one turn: at 300 a step takes 20 ms, and it grows as their cube.
MODELLED = 300
# What a quadratic foretells at least of the scores near the best point, or none begins there.
SMOOTH = 0.4
CLIMB = 40  # scores, more than most climbs take
FLAT = 15  # dimensions from which a process needs twice the share to find a valley


@dataclass(frozen=True)
class Member:
    """A search of the portfolio, and how long its turns are."""

    strategy: Strategy | Callable[[float], Strategy]  # given how far to step first, in prior sd
    share: float = 1.0  # of what is left to spend
    patience: float = math.inf  # scores without a better one, after which it is the next one's turn
    lasts: bool = False  # taken up again where it was left, instead of begun at what is best then
    most: float = math.inf  # scores of a turn
    models: bool = False  # taken up again only where nobody else has paid for anything since
    least_smooth: float = -math.inf  # of the scores around the best point (`smoothness`), to begin
    in_units: bool = True  # told of scores in units; one without a scale of its own needs none


def portfolio(brief: Brief, probes: Probes) -> list[Member]:
    """The parts in the order of their turns, over and over."""
    return list(_parts(brief, probes))


def _parts(brief: Brief, probes: Probes) -> Iterator[Member]:
    d, scores = brief.space.dim, brief.price.affordable(brief.budget, Work(scores=1))
    if d > LARGE:
        yield from _large(brief, probes, scores)
        return
    if brief.constraints is not None:
        yield from _constrained(brief, scores)
        return
    if brief.differentiable and not has_steps(brief.space):
        yield _climbs(brief, probes, scores)
    yield from (_many if scores > MODELLED else _few)(brief, probes, scores)


def _few(brief: Brief, probes: Probes, scores: float) -> Iterator[Member]:
    """A process all the way, and at the end a quadratic around its best point."""
    d, mixed = brief.space.dim, has_steps(brief.space)
    # A quadratic needs 2 d + 1 points to begin with, and some more to gain by them.
    polishes = not (mixed or probes.has_steps) and scores >= FEW and 0.4 * scores >= 2.5 * d + 8
    model = BayesOpt() if mixed and scores < FEW else Turbo()
    yield Member(
        model,
        share=0.6 if polishes else 1.0,
        patience=max(30.0, 3 * d) if polishes else math.inf,
        models=True,
    )
    if polishes:
        yield _polish(d, SMOOTH)


def _many(brief: Brief, probes: Probes, scores: float) -> Iterator[Member]:
    """A process to find a valley, quadratics from its best and from afar, then an evolution."""
    d, mixed = brief.space.dim, has_steps(brief.space)
    share = MODELLED / scores if mixed else min(MODELLED / scores, 0.15 if d < FLAT else 0.3)
    yield Member(Turbo(), share, patience=max(30.0, 3 * d), most=MODELLED, models=True)
    stands = not (mixed or probes.has_steps)
    if stands:
        yield _polish(d, -math.inf)
        yield Member(Scipy("cobyqa"), 0.4, patience=max(scores / 8, 4 * d + 10), lasts=True)
    yield Member(CmaEs(restarts="bipop"), 0.5, patience=max(100.0, 20 * d), lasts=True)
    if stands:
        yield _polish(d, SMOOTH)


def _climbs(brief: Brief, probes: Probes, scores: float) -> Member:
    """Climbs from one start after the other, until half of the budget has brought nothing better.

    Where the score stands still in places there may be no slope at all: then an eighth. Noise leads
    a search along a line astray; steps that average slopes bear it. Units would cost a climb the
    last digits of a score.
    """
    patience = scores / 8 if probes.has_steps else max(scores / 2, CLIMB)
    if brief.noise is None:
        return Member(LBFGS(), patience=patience, lasts=True, in_units=False)
    return Member(GradientAscent(), patience=patience, lasts=True)


def _polish(d: int, least_smooth: float) -> Member:
    return Member(quadratic_from, patience=4 * d + 10, least_smooth=least_smooth)


def quadratic_from(radius: float) -> Strategy:
    """Quadratic models in a trust region that begins so large, in prior sd."""
    return Scipy("cobyqa", options={"initial_tr_radius": radius})


def _large(brief: Brief, probes: Probes, scores: float) -> Iterator[Member]:
    """Gradients or models, whose steps are linear in the dimensions; then an evolution."""
    patience = scores / 4
    if brief.differentiable:
        yield _climbs(brief, probes, scores)
    else:
        if brief.space.dim <= HUGE and not has_steps(brief.space):
            share, stale = min(1.0, MODELLED / scores), max(100.0, brief.space.dim)
            yield Member(Turbo(), share, patience=stale, most=MODELLED, models=True)
        if brief.constraints is None:  # of which a linear model knows nothing
            yield Member(LinearBo(), patience=patience, lasts=True, most=LONG)
    yield Member(SepCmaEs(), patience=patience, lasts=True)
    yield Member(RandomSearch(), share=0.1, lasts=True)


def _constrained(brief: Brief, scores: float) -> Iterator[Member]:
    """Those that know of limits: tuned on the designs of `tests/campaigns/classics.md`."""
    patience = max(scores / 8, 2 * brief.space.dim + 2)
    linear, quadratic = Scipy("cobyla"), Scipy("cobyqa")
    if has_steps(brief.space):
        chosen: list[Strategy] = [BayesOpt()] if scores < FEW else [linear, CmaEs()]
    elif brief.differentiable:
        chosen = [Scipy("slsqp"), linear if scores < FEW else quadratic]
    else:
        chosen = [linear] if scores < FEW else [linear, quadratic]
    for nth, one in enumerate(chosen):
        yield Member(one, patience=patience, lasts=True)
        if nth == 0 and FEW <= scores <= MODELLED:
            # A process looks elsewhere where the first one stands at an edge.
            yield Member(Turbo(), 0.6, patience=max(30.0, 3 * brief.space.dim), models=True)


def has_steps(space: Space) -> bool:
    """Whether some of its parameters are whole numbers or choices."""
    if not isinstance(space, NamedSpace):
        return False
    return not all(isinstance(one, Real) for one in space.named.values())
