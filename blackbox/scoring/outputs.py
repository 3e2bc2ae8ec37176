"""What a scorer returns, taken apart: the value that is scored, and constraints by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from blackbox.constraints import Bound, Scored
from blackbox.errors import ObjectiveError
from blackbox.late import is_frame
from blackbox.scoring.arrays import as_numbers, to_numpy
from blackbox.scoring.columns import Constrained
from blackbox.scoring.numbers import numbers_of


class ConstraintsSeen(BaseException):
    """Tells the probe which constraints a scorer has: they stand in what it returned.

    No error: a call is then made again, and nothing that holds errors back may hold this.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        """Of these names."""
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True)
class Taken:
    """The value of a scorer, as it would be without constraints, and these."""

    value: Any
    constraints: Mapping[str, Any]


def taken_apart(
    returned: Any, scorer: str, bounds: Mapping[str, Bound], weights: Sequence[str]
) -> Taken | None:
    """The parts of what `scorer` returned; None where it is one plain value.

    `bounds` are those on its named outputs, and `weights` the names of those that are summed.
    Raises ObjectiveError where an output lacks, or nobody says what one is for.
    """
    several = isinstance(returned, list | tuple) and len(returned) > 0
    if several and all(isinstance(one, Scored) for one in returned):
        returned = _together(returned, scorer)
    if isinstance(returned, Scored):
        if bounds:
            raise ObjectiveError(
                f"scorer {scorer} returned bb.Scored, whose constraints are met where they are "
                ">= 0; bounds on named outputs (constraints=) are for a scorer that returns a dict"
            )
        named = taken_apart(returned.score, scorer, {}, weights)  # outputs that are summed
        value = returned.score if named is None else named.value
        return Taken(value, _mapping(returned.constraints, scorer))
    if is_frame(returned):
        returned = {str(name): returned[name].to_numpy() for name in returned.columns}
    if not isinstance(returned, Mapping) or not (bounds or weights):
        return None
    outputs = {str(name): value for name, value in returned.items()}
    if missing := [name for name in (*bounds, *weights) if name not in outputs]:
        raise ObjectiveError(
            f"scorer {scorer} returned {', '.join(outputs) or 'nothing'}, without "
            f"{', '.join(missing)}, which constraints= or weights= name"
        )
    margins = {name: bound.margin(_number(outputs[name])) for name, bound in bounds.items()}
    return Taken(_value(outputs, bounds, weights, scorer), margins)


def _value(
    outputs: Mapping[str, Any], bounds: Mapping[str, Bound], weights: Sequence[str], scorer: str
) -> Any:
    """The one output that no constraint bounds, or those that are summed `[..., k]`."""
    if weights:
        return side_by_side([_number(outputs[name]) for name in weights], of_batch=False)
    free = [name for name in outputs if name not in bounds]
    if len(free) == 1:
        return outputs[free[0]]
    which = f"of {', '.join(free)}" if free else "of none but these"
    raise ObjectiveError(
        f"scorer {scorer} returned outputs {', '.join(outputs)}; beside the constraints on "
        f"{', '.join(bounds)} it is to be scored by one output, not by {len(free)}, {which}: name "
        "those that are summed, as weights={'cost': -1.0}"
    )


def with_constraints(values: Any, taken: Taken, rows: int | None, scorer: Constrained) -> Any:
    """Values `[n]` or `[n, k]` with constraints as further columns, `[n, k + m]`.

    Those of one object, `rows=None`, have one axis less. Raises ObjectiveError where some lack.
    """
    if not scorer.constraints:
        return values
    if taken.constraints:
        numbers = [_margin(name, taken, rows, scorer) for name in scorer.constraints]
    elif bool((values != values).all()):
        numbers = [np.nan for _ in scorer.constraints]  # it has no score, and nothing is known
    else:
        raise ObjectiveError(
            f"scorer {scorer.name} returned no constraints for an object, where it had returned "
            f"{', '.join(scorer.constraints)} for another"
        )
    has_criteria = values.ndim > (rows is not None)
    columns = [values[..., nth] for nth in range(values.shape[-1])] if has_criteria else [values]
    return side_by_side([*columns, *numbers], of_batch=rows is not None)


def _margin(name: str, taken: Taken, rows: int | None, scorer: Constrained) -> Any:
    values = numbers_of(taken.constraints[name], rows, scorer)
    shape, wanted = tuple(values.shape), () if rows is None else (rows,)
    if shape in ((), wanted):
        return values
    if int(np.prod(shape)) == int(np.prod(wanted)):
        return values.reshape(wanted)
    raise ObjectiveError(
        f"scorer {scorer.name} returned shape {list(shape)} for constraint {name}, where one "
        "number per object is expected"
    )


def side_by_side(parts: Sequence[Any], *, of_batch: bool) -> Any:
    """Values as one array or tensor `[..., k]`; a plain number stands for all objects."""
    tensor = next((part for part in parts if isinstance(part, torch.Tensor)), None)
    if tensor is not None:
        others = [part for part in parts if not isinstance(part, torch.Tensor)]
        if not all(of_batch and np.ndim(part) == 0 for part in others):
            # A number that was made outside of torch may depend on its object all the same.
            parts = [part.detach() if isinstance(part, torch.Tensor) else part for part in parts]
        tensors = [torch.as_tensor(part).to(tensor) for part in parts]
        shape = np.broadcast_shapes(*(one.shape for one in tensors))
        return torch.stack([one.expand(shape) for one in tensors], -1)
    arrays = [np.asarray(part, float) for part in parts]
    return np.stack(np.broadcast_arrays(*arrays), -1)


def _number(value: Any) -> Any:
    """A value that can be compared with a limit: a tensor, or an array of numbers."""
    if isinstance(value, torch.Tensor):
        return value
    numbers = as_numbers(value)
    return value if numbers is None else to_numpy(numbers)


def _mapping(constraints: Any, scorer: str) -> Mapping[str, Any]:
    if not isinstance(constraints, Mapping) or not all(isinstance(n, str) for n in constraints):
        raise ObjectiveError(
            f"scorer {scorer} returned constraints {constraints!r}; they are values by name, as "
            "bb.Scored(score, constraints={'stress': 30 - stress})"
        )
    return constraints


def _together(several: Sequence[Scored], scorer: str) -> Scored:
    """What was returned of each object of a batch, as of all."""
    names = tuple(_mapping(several[0].constraints, scorer))
    for one in several:
        if set(_mapping(one.constraints, scorer)) != set(names):
            raise ObjectiveError(
                f"scorer {scorer} returned constraints {', '.join(names)} for one object and "
                f"{', '.join(one.constraints) or 'none'} for another"
            )
    columns = {name: [one.constraints[name] for one in several] for name in names}
    return Scored([one.score for one in several], columns)
