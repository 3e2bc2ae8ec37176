"""Which objectives are problems of COCO's suite `bbob`, told by their names in call form."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Of the suite; its functions in any other dimension are none of its problems.
DIMENSIONS = (2, 3, 5, 10, 20, 40)
NAME = re.compile(
    r"bbob\.f(?P<function>[1-9]|1\d|2[0-4])"
    r"(?:\((?:d=\d+)?(?:, )?(?:instance=(?P<instance>\d+))?\))?"
)


@dataclass(frozen=True)
class SuiteProblem:
    """A function of the suite, 1 to 24, and its instance."""

    function: int
    instance: int


def suite_problem(objective: str, dim: int) -> SuiteProblem | None:
    """The problem that an objective of this name is; None: it is none of the suite.

    >>> suite_problem("bbob.f8(d=5, instance=3)", 5)
    SuiteProblem(function=8, instance=3)
    >>> suite_problem("bbob.f8(d=7)", 7), suite_problem("synthetic.sphere(d=5)", 5)
    (None, None)
    """
    match = NAME.fullmatch(objective)
    if match is None or dim not in DIMENSIONS:
        return None
    return SuiteProblem(int(match["function"]), int(match["instance"] or 1))
