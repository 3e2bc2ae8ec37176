"""What a search may be told beside scores: how far points are to be believed, what is true."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from blackbox.errors import ObjectiveError
from blackbox.protocol import Answer, Array, Believe, Message, Verify
from blackbox.scoring.facts import FREE
from blackbox.scoring.judge import Judge, in_one_shape
from blackbox.scoring.real_points import Scoreable
from blackbox.scoring.trust import Trust, believed


def hinted(
    message: Message,
    objective: Scoreable,
    trust: Trust | None,
    judges: Mapping[str, Judge],
) -> Answer:
    """The answer of an objective with this trust and these judges. Raises ObjectiveError."""
    z = np.asarray(message.points, float)
    if isinstance(message, Believe):
        return believed(objective, trust).answer(z, message.scores)
    start = message.start if isinstance(message, Verify) else None
    return Answer(true=verified(objective, judges, z, start))


def truth_of(judges: Mapping[str, Judge]) -> str:
    """The name of the judge that is the truth; "" without one."""
    return next((name for name, one in judges.items() if one.truth), "")


def verified(
    objective: Scoreable, judges: Mapping[str, Judge], z: Array, start: Array | None = None
) -> Array:
    """What the scorer would say of points `[n, d]` if it were right `[n]`; NaN where refused.

    A judge that compares is told the run's `start [1, d]`: the first point unless given.
    Raises ObjectiveError where no judge can say it, and whatever the judge raises.
    """
    name, facts = truth_of(judges), objective.facts
    if not name:
        raise ObjectiveError(f"objective {objective.name} has no judge that says what is true")
    judge = judges[name]
    latents = judge.reads == "latent"
    show = objective.space.shaped if latents else objective.decode
    points, first = show(z), show(z[:1] if start is None else start)

    def verdicts(part: object) -> Array:
        return judge.verdict(part, name, part if latents else None, first)  # type: ignore[arg-type]

    cheap = facts.judge_seconds.get(name, 0.0) <= FREE
    alike = facts.batching.fused and cheap
    return objective.scorer.from_truth(
        in_one_shape(verdicts, points) if alike else verdicts(points)
    )
