"""How a scorer likes its objects: a batch or one, tensors or arrays, found out by trying."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import REAL, copied, taken, to_numpy
from blackbox.scoring.columns import is_out_of_memory, mentions_dtype
from blackbox.scoring.form import Failures, Form, refusal
from blackbox.scoring.pipeline import casts, object_shape
from blackbox.scoring.scorer import Scorer

# Objects that are tried one by one where a scorer raises on a batch.
TRIES = 4
# Rows of a call that is timed: the cost of an object is that in small company.
MOST_TIMED = 8
# Numbers of rows that a batch may have to be evidence, the first choice first.
SIZES = (3, 2, 4, 5, 6, 7, 8)


def telling_sizes(object_shape: Sequence[int], width: Sequence[int], most: int) -> tuple[int, int]:
    """Two numbers of rows, the larger first, that tell a batch of objects from one object.

    A batch with as many rows as an object has entries along an axis, or as there are criteria, is
    no evidence: a function of one object may return a value of that shape.

    >>> telling_sizes((3,), (), most=32)
    (4, 2)
    """
    misleading = {*object_shape, *width}
    fit = [size for size in SIZES if size <= most]
    good = [size for size in fit if size not in misleading] or fit or [1]
    first, second = (good * 2)[:2]
    return max(first, second), min(first, second)


class Caller:
    """Calls a scorer in one form or another; counts the objects, and clocks each call."""

    def __init__(self, scorer: Scorer) -> None:
        """Nothing was called yet."""
        self.scorer, self.called, self.seconds = scorer, 0, np.inf
        self.changes_objects = False
        self.with_gradients = False  # whether it must be called with gradients enabled always

    def __call__(self, objects: Any, form: Form) -> Any:
        """The scorer's own values of prepared objects; an object that raises alone is NaN."""
        rows, before = len(objects), copied(objects)
        self.called += rows
        with (
            quiet(form.offer == "gradient"),
            torch.set_grad_enabled(form.offer != "torch" or self.with_gradients),
        ):
            clock = time.perf_counter()
            values = self._values(objects, form)
            seconds = (time.perf_counter() - clock) / rows
        if rows <= MOST_TIMED:
            self.seconds = min(self.seconds, seconds)
        self.changes_objects |= not _same(before, objects)
        return values

    def _values(self, objects: Any, form: Form) -> Any:
        if form.batched:
            return self.scorer.of_batch(objects)
        values, errors = [], []
        for one in objects:
            try:
                values.append(self.scorer.of_one(one))
            except ObjectiveError:
                raise
            except Exception as error:
                errors.append(error)
                values.append(np.full(self.scorer.width, np.nan))
        if len(errors) == len(objects):
            raise errors[0]
        return self.scorer.together(values)


def _same(before: Any, objects: Any) -> bool:
    if isinstance(objects, torch.Tensor):
        return bool(
            torch.equal(before, objects) or ((before == objects) | (before != before)).all()
        )
    if isinstance(objects, np.ndarray) and objects.dtype.kind in REAL:
        return np.array_equal(before, objects, equal_nan=objects.dtype.kind == "f")
    return True


@contextmanager
def quiet(silent: bool) -> Iterator[None]:
    """Hold back warnings about numbers read from tensors that require a gradient: a trial only."""
    with warnings.catch_warnings():
        if silent:
            warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class WorkingForm:
    """A form that works, the rows of the objects on which it was seen to, and their values."""

    form: Form
    rows: tuple[int, ...]
    values: Any


def find(call: Caller, objects: Any, most: int) -> WorkingForm:
    """The first form that works on these objects, in calls of at most `most`.

    Raises ObjectiveError where none does: what a batch ran into, and what one object.
    """
    scorer, failures = call.scorer, dict[Form, Exception]()
    batches, singles = scorer.batched is not False, scorer.batched is not True
    sizes = telling_sizes(object_shape(objects), scorer.width, min(most, len(objects)))
    if batches and (working := _batch(call, objects, sizes, failures)) is not None:
        return working
    misshapen = any(isinstance(error, ObjectiveError) for error in failures.values())
    if singles and (working := _single(call, objects, (0,), failures)) is not None:
        return working
    picky = batches and not misshapen
    if picky and (working := _those_with_a_score(call, objects, sizes[1], failures)) is not None:
        return working
    others = tuple(range(1, min(TRIES, len(objects))))
    for rows, needs_score in ((others, True), ((0, *others), False)):
        # Where no draw has a score at all, a form that says so must do.
        if (
            singles
            and rows
            and (working := _single(call, objects, rows, failures, needs_score)) is not None
        ):
            return working
    tried = min(TRIES, len(objects))
    failure = next(filter(is_out_of_memory, failures.values()), None)
    raise refusal(scorer, failures, objects, tried) from failure or [*failures.values()][-1]


def _forms(objects: Any, batched: bool, failures: Failures) -> Iterator[Form]:
    """Ways to call a scorer; with objects of another dtype only where theirs was refused."""
    if not isinstance(objects, torch.Tensor):
        yield Form("numpy", batched, "")
        return
    if objects.is_floating_point():
        yield from _cast(Form("gradient", batched, ""), objects, failures)
    if not objects.is_complex():
        yield Form("numpy", batched, "")
    yield from _cast(Form("torch", batched, ""), objects, failures)


def _cast(form: Form, objects: Any, failures: Failures) -> Iterator[Form]:
    yield form
    for cast in casts(objects)[1:]:
        if mentions_dtype(failures.get(form)):
            yield replace(form, cast=cast)


def _batch(
    call: Caller, objects: Any, sizes: tuple[int, int], failures: Failures
) -> WorkingForm | None:
    """A form in which a batch of objects has its shape, and a smaller one too."""
    rows = tuple(range(sizes[0]))
    for form in _forms(objects, True, failures):
        values = _tried(call, form, objects, rows, failures)
        if values is None:
            continue
        fewer = rows[: sizes[1]][::-1]
        if len(fewer) == len(rows) or _tried(call, form, objects, fewer, failures) is not None:
            return WorkingForm(form, rows, values)
    return None


def _single(
    call: Caller, objects: Any, rows: Sequence[int], failures: Failures, needs_score: bool = True
) -> WorkingForm | None:
    """A form in which one object is scored; where it works, on several.

    `needs_score`: at least one of these objects must have a score, since nan is no evidence.
    """
    for form in _forms(objects, False, failures):
        values = _tried(call, form, objects, rows, failures)
        if values is None or (needs_score and np.isnan(to_numpy(values)).all()):
            continue
        several = tuple(range(min(TRIES, len(objects))))
        if rows != several:
            values = _tried(call, form, objects, several, failures)
        return None if values is None else WorkingForm(form, several, values)
    return None


def _tried(call: Caller, form: Form, objects: Any, rows: Sequence[int], failures: Failures) -> Any:
    try:
        values = call(form.prepared(taken(objects, rows)), form)
    except Exception as error:
        failures[form] = error
        return None
    # A function that makes numbers of a tensor may do so only where it is handed arrays.
    return None if form.offer == "gradient" and not isinstance(values, torch.Tensor) else values


def _those_with_a_score(
    call: Caller, objects: Any, fewer: int, failures: Failures
) -> WorkingForm | None:
    """A batch of the objects that have a score, where the scorer raises on others."""
    for form in _forms(objects, True, failures):
        alone = {
            row: values
            for row in range(min(TRIES, len(objects)))
            if (values := _tried(call, form, objects, (row,), failures)) is not None
        }
        rows = tuple(alone)[: max(2, fewer)]
        if len(rows) == 1:
            return WorkingForm(form, rows, alone[rows[0]])
        if rows and (values := _tried(call, form, objects, rows, failures)) is not None:
            return WorkingForm(form, rows, values)
    return None
