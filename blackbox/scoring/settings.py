"""The settings of an objective as people give them, each checked by itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from blackbox.allowed import Allowed
from blackbox.errors import ObjectiveError
from blackbox.late import is_frame
from blackbox.parameters import NamedSpace, Parameters
from blackbox.protocol import Array
from blackbox.scoring.batching import MOST, rows_of_a_call
from blackbox.scoring.facts import Facts
from blackbox.scoring.limits import positive, whole
from blackbox.scoring.own_starts import OwnStarts
from blackbox.scoring.own_starts import how_many as how_many
from blackbox.scoring.returned import name_of
from blackbox.scoring.scorer import Scorer
from blackbox.space import Space

# What points may be given as, beside frames.
POINTS = (np.ndarray, torch.Tensor, list, tuple)


def refuse_unfit(decoder: Any, starts: Any, reads: Any, duplicates: Any, floor: Any) -> None:
    """Raise ObjectiveError for a part that is no function, or a choice that there is not."""
    if decoder is not None and not callable(decoder):
        raise ObjectiveError(f"decoder must be a function, not {decoder!r}")
    are_points = isinstance(starts, POINTS) or is_frame(starts)
    if starts is not None and not callable(starts) and not are_points:
        raise ObjectiveError(f"starts must be a function, points or rows, not {starts!r}")
    policies = ("counted", "cached", "once")
    for choice, allowed in ((reads, ("data", "latent")), (duplicates or policies[0], policies)):
        if choice not in allowed:
            raise ObjectiveError(f"found {choice!r} where one of {allowed} is expected")
    if floor is not None:
        warnings.warn(
            "floor has no effect any more: an invalid point has no score (nan), and a strategy "
            "is told a value below the worst of its own run; leave it out",
            DeprecationWarning,
            stacklevel=3,
        )


def refuse_undifferentiable(name: str, declared: bool | None, facts: Facts) -> None:
    """Raise ObjectiveError where a scorer is declared to have a gradient and has none."""
    if declared and not facts.scorer_differentiable:
        raise ObjectiveError(
            f"{name} is declared differentiable, but {facts.why_not}; or leave the declaration out"
        )


def scorer_of(given: Callable[..., Any] | Scorer, asked: Mapping[str, Any]) -> Scorer:
    """The scorer with its settings. Raises ObjectiveError where they stand in two places."""
    settings = {name: value for name, value in asked.items() if value is not None}
    if not isinstance(given, Scorer):
        return Scorer(given, **settings)
    if settings:
        raise ObjectiveError(
            f"{', '.join(settings)} of scorer {given.name} stand in bb.Scorer and in bb.Objective; "
            "give them to bb.Scorer alone"
        )
    return given


def space_of(
    given: Space | Parameters | None, scorer: Scorer, where: Callable[..., Any] | None
) -> Space:
    """The space, of which `where` allows a part.

    Raises ObjectiveError where none was given (there is none that fits all), and for another
    `where` than a function.
    """
    if where is not None and not callable(where):
        raise ObjectiveError(
            f"where must be a function, as lambda p: p.a + p.b <= 1, not {where!r}"
        )
    space: Space | None = given.space if isinstance(given, Parameters) else given
    if isinstance(space, Space):
        if where is None:
            return space
        named = (given.columns, given.rows) if isinstance(given, Parameters) else (None, None)
        return replace(space, where=Allowed(where, space.draw, *named, name=name_of(where)))
    raise ObjectiveError(
        f"the objective of scorer {scorer.name} was given {given!r} as its space; say where to "
        "search: space=bb.Space.normal(16) for a latent of 16 numbers, bb.Space.box(lower, upper) "
        "for bounds, "
        "bb.Parameters(rate=bb.Real(0, 1), ...) for named parameters"
    )


def calls_of(batch_size: Any, seconds: Any, dim: int) -> tuple[int | None, float | None]:
    """Most objects of one call, and seconds of an object; None: as a probe finds out.

    Where latents are very long, calls hold fewer in any case. Raises ObjectiveError unless the one
    is a whole number >= 1, and the other a number > 0.
    """
    rows = rows_of_a_call(dim)
    usual = rows if rows < MOST else None
    most = usual if batch_size is None else whole("batch_size", batch_size, 1)
    return most, None if seconds is None else positive("seconds of an object", seconds)


def points_of(what: str, given: Any, space: Space, objective: str) -> Array:
    """Points `[n, d]` of a space, given as whole latents `[n, *shape]` or flat.

    Raises ObjectiveError for another shape, and for starts that lie outside.
    """
    if isinstance(space, NamedSpace) and space.parameters is not None and _are_named(given):
        given = space.parameters.points(given)
    if isinstance(given, torch.Tensor):
        given = given.detach().cpu().numpy()
    points = np.array(given, float)
    try:
        flat = space.flat(points)
    except ValueError as error:
        raise ObjectiveError(
            f"{what} of {objective} must be points of {space}, shape {['n', *space.shape]}, not "
            f"{list(points.shape)}: {error}"
        ) from None
    inside = space.contains(flat)
    if what == "starts" and not inside.all():
        row = int(np.argmin(inside))
        raise ObjectiveError(
            f"starts of {objective} must lie in {space}, but the one in row {row} does not: "
            f"{np.array2string(flat[row], threshold=12)}; cut them by space.clip"
        )
    if what == "starts" and space.where is not None and not (ok := space.where(flat)).all():
        raise ObjectiveError(
            f"starts of {objective} must meet where={space.where.name}, but the one in row "
            f"{int(np.argmin(ok))} does not"
        )
    return flat


def codes_of(given: Any, space: Space, objective: str) -> Array | None:
    """Codes of real data `[n, d]`, if there are any. Raises ObjectiveError for another shape."""
    return None if given is None else points_of("codes", given, space, objective)


def refuse_misshapen(points: Array, space: Space, objective: str) -> None:
    """Raise ObjectiveError for what are no points `[n, d]` of the space."""
    if points.ndim != 2 or points.shape[1] != space.dim:
        raise ObjectiveError(
            f"{objective} is searched in {space}: points must be [n, {space.dim}], not "
            f"{list(points.shape)}"
        )


def starts_from(
    given: Any, parameters: Parameters | None, space: Space, objective: str
) -> Callable[..., Any] | None:
    """A function that draws starts, points of the user's own as one; None: draws of the space.

    Raises ObjectiveError for points outside.
    """
    if given is None and parameters is not None:
        return parameters.starts if space.where is None else partial(parameters.starts, space=space)
    if given is None or callable(given):
        return given  # type: ignore[no-any-return]
    points = space.canonical(points_of("starts", given, space, objective))
    if not len(points):
        raise ObjectiveError(f"starts of {objective} are no points: leave them out, or name some")
    if len(np.unique(points, axis=0)) < len(points):
        raise ObjectiveError(f"starts of {objective} hold a point twice, which would be paid twice")
    return OwnStarts(points, space)


def starts_of(given: Any, m: int, space: Space, objective: str) -> Array:
    """First points `[m, d]`. Raises ObjectiveError where there are others, or not so many."""
    points = points_of("starts", given, space, objective)
    if len(points) != m:
        raise ObjectiveError(
            f"starts of {objective} were asked for {m} points and returned {len(points)}"
        )
    return points


def _are_named(given: Any) -> bool:
    """Whether points are given as rows of named values."""
    if is_frame(given):
        return True
    return isinstance(given, list | tuple) and bool(given) and isinstance(given[0], Mapping)
