"""Who believes points of a study: its objectives' own trust, or what a user names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox import registry
from blackbox.errors import BlackboxError, StudyError
from blackbox.plain import number
from blackbox.protocol import Verify
from blackbox.results.judging.trusted import Believer
from blackbox.scoring.objective import Objective
from blackbox.scoring.trust import Trust

Floats = NDArray[np.float64]
DEFAULT = Trust()


@dataclass(frozen=True, eq=False)
class Believers:
    """Those of a study's objectives, live ones or such as their names lead to; each made once."""

    objectives: Sequence[Any] = ()
    _made: dict[tuple[str, int], tuple[Any, Believer]] = field(default_factory=dict, repr=False)

    def of(self, objective: str, asked: Any) -> Believer:
        """Who believes points of an objective.

        `asked` is True for the objective's own trust (or the usual one), a level in (0, 1), a
        `bb.Trust`, or by the objective's name one of these, or a function `z [n, d] -> [n]` that
        says how far points are to be believed. Raises StudyError for anything else, and where the
        objective is needed and not at hand.
        """
        if isinstance(asked, Mapping):
            if objective not in asked:
                raise StudyError(
                    f"trust= names {', '.join(map(str, asked)) or 'nothing'}, not {objective!r}"
                )
            asked = asked[objective]
        if isinstance(asked, Trust) or asked is True or number(asked) is not None:
            return self._of_trust(objective, asked)
        if callable(getattr(asked, "looked", None)):
            believer: Believer = asked
            return believer
        if callable(asked):
            return ByFunction(asked)
        raise StudyError(
            f"trust= is True, a level such as 0.01, a bb.Trust, or a mapping of objectives to "
            f"these or to functions of z; not {asked!r}"
        )

    def verified(self, objective: str, z: Floats, start: Floats) -> Floats:
        """What the scorer of an objective would say of points `[n, d]` if it were right, `[n]`.

        Raises StudyError where it is not at hand, ObjectiveError where no judge is the truth.
        """
        return self._objective(objective).evaluate(Verify(z, start)).true

    def _of_trust(self, name: str, asked: Any) -> Believer:
        key = name, id(asked) if isinstance(asked, Trust) else hash(asked)
        if key not in self._made:
            objective = self._objective(name)
            trust = asked if isinstance(asked, Trust) else objective.trust or DEFAULT
            if asked is not True and not isinstance(asked, Trust):
                trust = replace(trust, level=float(asked))
            self._made[key] = asked, trust.of(objective)  # held, so that its id stays its own
        return self._made[key][1]

    def _objective(self, name: str) -> Objective:
        for one in self.objectives:
            if isinstance(one, Objective) and one.name == name:
                return one
        for one in (*(text for text in self.objectives if isinstance(text, str)), name):
            try:
                objective = registry.objective(one)
            except BlackboxError:
                continue
            if objective.name == name:
                return objective
        raise StudyError(
            f"trust reads decoder and scorer of {name!r}, and truth calls its judges, which a "
            f"study's folder does not hold: give trust={{{name!r}: bb.Trust().of(objective)}}, or "
            "carry out the study again there, which pays for nothing twice"
        )

    def __getstate__(self) -> dict[str, Any]:
        """What travels: names. Objectives may not, and can be named again."""
        names = [one.name if isinstance(one, Objective) else one for one in self.objectives]
        return {"objectives": tuple(names), "_made": {}}


@dataclass(frozen=True)
class ByFunction:
    """A function that says of points `[n, d]` how far each is to be believed, `[n]`."""

    function: Callable[[Floats], Any]
    level: float = 0.05
    margin: float = 0.0

    def looked(self, z: Floats, score: Floats) -> tuple[Floats, Floats]:
        """What it says, and the scores as they are."""
        trust = np.asarray(self.function(z), float)
        if trust.shape != (len(z),):
            raise StudyError(
                f"a function that trusts returns one number per point: {list(trust.shape)} for "
                f"{len(z)} points"
            )
        return trust, score
