"""Tiny objectives, and runs on them as a study would start them, driven to their end."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.known.data import KnownData
from blackbox.known.warming import searches_of
from blackbox.price import Price
from blackbox.protocol import Brief, Capability, Criteria, Strategy, needs
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import advance
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.run import Run
from blackbox.scoring.arrays import shaped
from blackbox.scoring.judge import Judge
from blackbox.scoring.objective import Objective
from blackbox.scoring.trust import Trust
from blackbox.space import Space

Values = TypeVar("Values", torch.Tensor, NDArray[Any])
STARTS = 8
OPTIMUM = 0.5
TRUST = Trust(n=200)  # few points, for it is made of each bowl
# What a strategy may need, and a bowl can be given: two criteria that are half of the score each.
OFFERED = frozenset({Capability.CRITERIA, Capability.TRUST, Capability.TRUTH})
TRUTH_CALLS = 5  # that a run is granted
Score: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
SPACES = {
    "normal": Space.normal(4),
    "box": Space.box([-1, 0, -3, 0.2], [1, 2, 3, 0.9]),
    "sphere": Space.sphere(4),
    "line": Space.normal(1),
    "shaped": Space.normal((2, 2)),
    "fixed": Space.box([-1, 0, 2, -3, 0.2], [1, 2, 2, 3, 0.9]),
}


def bowl(x: Values) -> Values:
    """A concave paraboloid `[n]` with its top at 0.5 in every coordinate; one object's is `[]`."""
    square: Any = (x - OPTIMUM) ** 2
    score: Values = -(square.flatten(1) if square.ndim > 2 else square).sum(-1)
    return score


def make_bowl(space: Space, score: Callable[..., Any] = bowl, **settings: Any) -> Objective:
    """The objective "bowl" on a space, of another score if one is given.

    The plain one of a space is the same object each time: it keeps no answers, and its probe costs
    more than a run.
    """
    if score is bowl and not settings:
        return _plain_bowl(space)
    return Objective(score, space=space, name="bowl", **settings)


@cache
def _plain_bowl(space: Space) -> Objective:
    return Objective(bowl, space=space, name="bowl")


def bowl_for(
    strategy: Strategy, space: Space, score: Score = bowl, decoder: Score | None = None
) -> Objective:
    """The same for any strategy: with what it needs of an objective, see `offering`.

    That of the same parts is the same object each time.
    """
    return _bowl_of(space, score, decoder, needs(strategy) & OFFERED)


def offering(wanted: frozenset[Capability]) -> dict[str, Any]:
    """The settings of an objective that offers this: trust, or a truth, which is the bowl."""
    settings: dict[str, Any] = {"trust": TRUST} if Capability.TRUST in wanted else {}
    if Capability.TRUTH in wanted:
        settings["judges"] = {"truth": Judge(bowl, truth=True)}
    return settings


@cache
def _bowl_of(
    space: Space, score: Score, decoder: Score | None, wanted: frozenset[Capability]
) -> Objective:
    settings: dict[str, Any] = {} if decoder is None else {"decoder": decoder}
    settings |= offering(wanted)
    if Capability.CRITERIA in wanted:
        return make_bowl(space, partial(halves, score), weights=(1, 1), **settings)
    return make_bowl(space, score, **settings)


def halves(score: Score, x: torch.Tensor) -> torch.Tensor:
    """Two criteria `[n, 2]` that are half of the score each."""
    return torch.stack([score(x) / 2, score(x) / 2], -1)


class Tunable(torch.nn.Module):
    """The decoder of an objective behind an identity layer: the same, as a module with weights."""

    def __init__(self, objective: Objective) -> None:
        """Take the objective's decoder; the identity where it has none."""
        super().__init__()
        self.space, self.decoder = objective.space, objective.decoder or torch.nn.Identity()
        dim = self.space.dim
        linear, dtype = torch.nn.Linear, objective.facts.dtype
        self.layer = torch.nn.utils.skip_init(  # type: ignore[no-untyped-call]
            linear, dim, dim, bias=False, dtype=dtype
        )
        torch.nn.init.eye_(self.layer.weight)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """The objects of points `[n, d]`."""
        decoded: torch.Tensor = self.decoder(shaped(self.layer(z), self.space))
        return decoded


def started(
    strategy: Strategy,
    objective: Objective,
    budget: float = 30,
    seed: int = 0,
    price: Price | None = None,
    journal: list[Exchange] | None = None,
    data: KnownData | None = None,
) -> Run:
    """A run on an objective, as a study would start it; warm, where data are known."""
    price = price or Price()
    tuned = Capability.DECODER in needs(strategy) - objective.capabilities
    brief = Brief(
        space=objective.space,
        start=objective.starts(np.random.default_rng([seed, 0]), STARTS),
        budget=budget,
        price=price,
        offers=objective.capabilities | ({Capability.KNOWN} if data else set()),
        truth_calls=TRUTH_CALLS,
        decoder=Tunable(objective) if tuned else objective.decoder,
        codes=objective.codes,
        noise=objective.facts.noise if objective.facts.is_noisy else None,
        constraints=objective.facts.constraints,
        criteria=Criteria.of(objective.scorer.directions),
        known=None if data is None else (data.z, data.answer),
    )
    if data is not None:
        (strategy,) = searches_of([strategy], data)
    rng, policy = np.random.default_rng([seed, 1]), objective.duplicates
    cached = policy == "cached" or (policy == "once" and not objective.facts.is_noisy)
    return Run(strategy, brief, rng, Meter(budget, price), journal=journal, cached=cached)


def finished(strategy: Strategy, objective: Objective, *args: Any, **settings: Any) -> Run:
    """The same run, driven to its end."""
    run = started(strategy, objective, *args, **settings)
    advance([run], objective.evaluate)
    return run


def rows(run: Run) -> tuple[bytes, ...]:
    """All that a run recorded but the clock, as bits."""
    columns = run.recorder.filled()
    return tuple(columns[name].tobytes() for name in columns if name != "seconds")
