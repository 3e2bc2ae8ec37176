"""In which shapes an objective is called: those in which a row keeps its bits in any company."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch

from blackbox.errors import ObjectiveError, UnusableObjective
from blackbox.scoring.arrays import copied, taken, to_numpy
from blackbox.scoring.batching import (
    DEAR,
    EXACT,
    FIXED,
    MOST,
    MULTIPLE,
    ONE_SHAPE,
    SHAPES,
    Batching,
)
from blackbox.scoring.company import (
    Closeness,
    cause_of_company,
    comparable,
    unlike,
)
from blackbox.scoring.facts import Facts
from blackbox.scoring.pipeline import Pipeline, functions_of, handed

# Calls of one run, though padding would be free: a row has other bits among other neighbours.
OWN = Batching(step=MOST, multiple=1, fused=False)


class _Unknown(Exception):
    """Functions raise on some of the draws: in which shapes rows keep their bits does not show."""


Columns: TypeAlias = Callable[[Sequence[int]], list[Any]]

# Batches in which a row must have the same bits as among 128, or as among 24 that take long.
IN_MULTIPLES, IN_ANY = (8, 40, 64), (1, 2, 3, 5, 7, 8, 13, 33, 64)
FEW_ROWS, IN_FEW = 24, (1, 2, 3, 5, 8)
# Seconds of an object from which on fewer are tried.
LONG = 1e-3


def batching_of(pipeline: Pipeline, facts: Facts, draws: torch.Tensor) -> tuple[Batching, int]:
    """How points are cut into calls, and the multiple of rows that a scorer of batches is given.

    Where an object is dear nothing is tried: calls hold points of one run and are not padded.
    """
    size = pipeline.batch_size
    if facts.dear:
        return (DEAR if size is None else Batching(size, 1, fused=False)), 1
    try:
        if size is not None and size < MOST:
            return _of_one_shape(pipeline, facts, draws, min(size, FIXED))
        return _free(pipeline, facts, draws)
    except _Unknown:
        return OWN.limited(size or MOST), 1


def _of_one_shape(
    pipeline: Pipeline, facts: Facts, draws: torch.Tensor, rows: int
) -> tuple[Batching, int]:
    """Calls of so many rows each, where more than that may not be tried."""
    whole = facts.kind == "torch" and facts.batched
    columns = (_whole if whole else _decoded)(pipeline, facts, draws)
    if rows > 1 and not (facts.noise_from or _keeps_among_others(columns, rows)):
        return Batching(rows, 1, fused=False), 1
    # An array is handed over as it is, and so is a single object, where nothing is decoded.
    shape = rows if whole or pipeline.decoder is not None else 1
    return Batching(rows, shape), rows if facts.batched and rows > 1 else 1


def _free(pipeline: Pipeline, facts: Facts, draws: torch.Tensor) -> tuple[Batching, int]:
    """The shapes of calls of an objective that costs next to nothing."""
    if facts.kind == "torch" and facts.batched:
        whole = _whole(pipeline, facts, draws)
        steady = bool(facts.noise_from) or _keeps(pipeline, whole, IN_MULTIPLES)
        shapes, multiple = (SHAPES, MULTIPLE) if steady else (ONE_SHAPE, FIXED)
        fuse = bool(facts.noise_from) or _keeps_among_others(whole)
        return (shapes, multiple) if fuse else (OWN, 1)
    decoded, scored = _decoded(pipeline, facts, draws), _scored(pipeline, facts, draws)
    decoding = EXACT
    if pipeline.decoder is not None:
        steady = bool(facts.noise_from) or _keeps(pipeline, decoded, IN_MULTIPLES)
        decoding = SHAPES if steady else ONE_SHAPE
        if not (facts.noise_from or _keeps_among_others(decoded)):
            return OWN, 1
    if not facts.batched or facts.noise_from:
        return decoding, 1
    rows = FEW_ROWS if facts.seconds >= LONG else MOST
    if _keeps(pipeline, scored, IN_FEW if rows == FEW_ROWS else IN_ANY, rows):
        return decoding, 1
    if not _keeps_among_others(scored):
        return OWN, 1
    multiples = tuple(size for size in IN_MULTIPLES if size <= rows)
    multiple = MULTIPLE if _keeps(pipeline, scored, multiples, rows) else FIXED
    if pipeline.decoder is None:
        return (SHAPES, MULTIPLE) if multiple == MULTIPLE else (ONE_SHAPE, FIXED)
    return (decoding, multiple) if multiple == MULTIPLE else (ONE_SHAPE, FIXED)


def _keeps_among_others(columns: Columns, rows: int = FIXED) -> bool:
    """Whether rows of a batch of one shape keep their bits when their neighbours are others.

    Where they do not, though hardly by a digit, calls hold points of one run only.
    """
    half = rows // 2
    try:
        one = columns(range(rows))
        other = columns([*range(half), *range(rows, 2 * rows - half)])
    except Exception as error:
        raise _Unknown from error
    return all(_same_bits(a[:half], b[:half]) for a, b in zip(one, other, strict=True))


def _keeps(pipeline: Pipeline, columns: Columns, sizes: tuple[int, ...], rows: int = MOST) -> bool:
    """Whether each row has the same bits in batches of so many rows as among all `rows`.

    Raises UnusableObjective where they differ by more than rounding: small batches did not show it.
    """
    try:
        whole = columns(range(rows))
        same = True
        for nth, size in enumerate(sizes):
            first = (nth * size) % (rows - size + 1)
            part = columns(range(first, first + size))
            for small, large in zip(part, whole, strict=True):
                same = same and _same_bits(small, large[first : first + size])
            if part and not same:  # a gradient moves no more than its score
                again = columns(range(rows))[0]
                if not _same_bits(again, whole[0]):
                    return False  # it is noise, that comes so seldom that it had not shown
                _refuse_company(pipeline, part[0], whole[0], first)
        return same
    except ObjectiveError:
        raise
    except Exception as error:
        raise _Unknown from error


def _refuse_company(pipeline: Pipeline, small: Any, large: Any, first: int) -> None:
    closeness, reference = Closeness(pipeline, small, large), comparable(large)
    assert reference is not None
    apart = unlike(large[first : first + len(small)], small, closeness, large)
    if apart:
        raise UnusableObjective(
            f"the same points have other scores in a batch of {len(small)} than in one of "
            f"{len(large)}, up to {apart:.3g} apart; {cause_of_company(functions_of(pipeline))}"
        )


def _same_bits(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return bool(torch.equal(one, other) or ((one == other) | (one != one)).all())
    return bool(np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True))


def _whole(pipeline: Pipeline, facts: Facts, draws: torch.Tensor) -> Columns:
    """Scores of draws, and their gradients where there are some."""
    sloped = facts.gradient_price is not None

    def columns(rows: Sequence[int]) -> list[Any]:
        inputs = draws[list(rows)].clone().requires_grad_(sloped)
        with torch.set_grad_enabled(sloped or facts.with_gradients):
            seen = pipeline.seen(inputs, pipeline.decoded(inputs))
            values = pipeline.scorer.of_batch(handed(seen, facts.kind, facts.cast))
            score = pipeline.scorer.combined(values)
            grad = torch.autograd.grad(score.sum(), inputs) if sloped else ()
        return [score.detach() if isinstance(score, torch.Tensor) else score, *grad]

    return columns


def _decoded(pipeline: Pipeline, facts: Facts, draws: torch.Tensor) -> Columns:
    def columns(rows: Sequence[int]) -> list[Any]:
        with torch.set_grad_enabled(facts.with_gradients):
            objects = pipeline.decoded(draws[list(rows)])
        return [objects] if isinstance(objects, torch.Tensor | np.ndarray) else []

    return columns


def _scored(pipeline: Pipeline, facts: Facts, draws: torch.Tensor) -> Columns:
    held: list[Any] = []

    def columns(rows: Sequence[int]) -> list[Any]:
        if not held:
            with torch.set_grad_enabled(facts.with_gradients):
                seen = pipeline.seen(draws, pipeline.decoded(draws))
            held.append(handed(seen, facts.kind, facts.cast))
        with torch.enable_grad():
            some = copied(taken(held[0], rows))
            return [to_numpy(pipeline.scorer.of_batch(some))]

    return columns
