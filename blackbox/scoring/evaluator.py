"""How an objective's functions answer a batch: call by call, row i from row i only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from blackbox.errors import ObjectiveError
from blackbox.protocol import Answer, Array
from blackbox.scoring.arrays import SHORT, copied, joined, stretched, to_numpy
from blackbox.scoring.batching import Batching
from blackbox.scoring.columns import Columns, finished, is_out_of_memory, refused, stacked
from blackbox.scoring.environment import told_as_unavailable
from blackbox.scoring.facts import Facts
from blackbox.scoring.grad_mode import GradMode
from blackbox.scoring.pipeline import Pipeline, handed
from blackbox.scoring.values import values_of

# Dtypes that arrays have, too.
OF_ARRAYS = {torch.float64: np.float64, torch.float32: np.float32}


@dataclass(frozen=True)
class _Call:
    """How points are scored: with gradients (order 1), from where, in which shapes."""

    order: int
    at_data: bool
    cut: Batching

    @property
    def kind(self) -> str:
        """What memory is needed for."""
        return "gradient" if self.order else "score"


class Evaluator:
    """Scores, gradients, objects and pulled-back vectors of float64 rows."""

    def __init__(self, pipeline: Pipeline, facts: Facts) -> None:
        """Join what the user gave with what the probe found out about it."""
        self.pipeline, self.facts = pipeline, facts
        if facts.constraints is not None:
            pipeline.scorer.constraints = facts.constraints.names

    def answer(self, points: Array, order: int, at_data: bool) -> Answer:
        """Scores `[n]` of points, with their gradients if order 1; NaN where invalid."""
        if not len(points):
            grad = {"grad": np.empty(points.shape)} if order else {}
            return Answer(score=np.empty(0), **grad)

        def part(rows: slice, cut: Batching) -> Columns:
            return self._tried(points[rows], _Call(order, at_data, cut))

        with told_as_unavailable():
            if len(points) == 1 and not order and not at_data and self._is_bare:
                parts = [self._of_one(points)]
            else:
                parts = self._cut(part, len(points), "gradient" if order else "score")
        columns = parts[0] if len(parts) == 1 else stacked(parts)
        return Answer(**finished(columns, self.pipeline.scorer))

    def decode(self, z: Array) -> Any:
        """The objects of points `[n, d]`: a tensor on the CPU, or what the decoder makes."""
        if not len(z):
            return torch.from_numpy(z.copy())

        def part(rows: slice, cut: Batching) -> Any:
            n = rows.stop - rows.start
            with GradMode(self.facts.with_gradients):
                x = self.pipeline.decoded(self._tensor(z[rows], cut.padded(n)))
            if not isinstance(x, torch.Tensor):
                return x[:n]
            x = x[:n].detach().cpu()
            return x.float() if x.dtype in SHORT else x  # judges and pictures want digits

        with told_as_unavailable():
            return joined(self._cut(part, len(z), "decode"))

    def pull_back(self, z: Array, vectors: Array) -> Array:
        """The decoder's vector-Jacobian products `J^T v`, `[n, d]`."""

        def part(rows: slice, cut: Batching) -> Array:
            size = cut.padded(rows.stop - rows.start)
            return self.pipeline.scorer.patience.call(
                "the decoder's slope", size, pulled, rows, cut
            )

        def pulled(rows: slice, cut: Batching) -> Array:
            n = rows.stop - rows.start
            inputs = self._tensor(z[rows], cut.padded(n)).requires_grad_(True)
            with torch.enable_grad():
                x = self.pipeline.decoded(inputs)
            along = stretched(vectors[rows], cut.padded(n)).reshape(x.shape)
            along = torch.from_numpy(np.array(along)).to(x)
            return to_numpy(torch.autograd.grad(x, inputs, along)[0])[:n]

        with told_as_unavailable():
            return np.concatenate(self._cut(part, len(z), "gradient"))

    def _cut(self, work: Callable[[slice, Batching], Any], rows: int, kind: str) -> list[Any]:
        """The work on each call's rows, in halves where memory is out.

        How these rows are cut depends on them alone: what an earlier call has shown only spares
        the attempts that would fail again.
        """
        done, first, cut = [], 0, self.facts.batching
        while first < rows:
            last = min(first + cut.step, rows)
            size = cut.padded(last - first)
            if size > 1 and size >= self.facts.too_large.get(kind, np.inf):
                cut = cut.limited(size // 2)
                continue
            try:
                done.append(work(slice(first, last), cut))
            except Exception as error:
                if size == 1 or not is_out_of_memory(error):
                    raise
                self._remember(size, kind)
                continue
            first = last
        return done

    def _remember(self, size: int, kind: str) -> None:
        """Note as a fact that so many rows are too many."""
        remark = f"out of memory with {size} objects a call ({kind})"
        self.facts = replace(
            self.facts,
            too_large={**self.facts.too_large, kind: size},
            remarks=(*self.facts.remarks, remark),
        )

    def _tried(self, points: Array, call: _Call) -> Columns:
        """Raw columns of one call; where it raises it is halved, until who is to blame is alone."""
        scorer, size = self.pipeline.scorer, call.cut.padded(len(points))
        try:
            return scorer.patience.call(scorer, size, self._scored, points, call)
        except ObjectiveError:
            raise
        except Exception as error:
            if is_out_of_memory(error) and size > 1:
                raise
            if len(points) == 1:
                note = f"{type(error).__name__}: {error}"
                return refused(points, call.order, scorer.widths, note)
        half = -(-len(points) // 2)
        return stacked([self._tried(part, call) for part in (points[:half], points[half:])])

    def _scored(self, points: Array, call: _Call) -> Columns:
        n, scorer, sloped = len(points), self.pipeline.scorer, call.order == 1
        facts, multiple = self.facts, self._multiple(call.cut)
        if facts.kind == "numpy" and not sloped and self._reads_points_as_they_are:
            x, inputs = np.array(points, OF_ARRAYS[facts.dtype]), None  # no tensor is of any use
        else:
            x, inputs = self._objects(points, call, multiple)
        with GradMode(sloped or facts.with_gradients or facts.kind == "numpy"):
            raw, notes, calls = values_of(scorer, x, n, multiple if facts.batched else None)
            score = scorer.combined(raw)
        # What pads is cut off at last: a graph is not to be cut, and nobody else's array made ours.
        columns: Columns = {"score": to_numpy(score)[:n]}
        if inputs is not None and sloped:
            # A score that does not depend on its object here is flat here.
            columns["grad"] = _slope(score, inputs, n, again=bool(scorer.constraints))
        if scorer.criteria:
            columns["criteria"] = to_numpy(scorer.outputs_of(raw))[:n]
        if scorer.constraints:
            margins = scorer.constraints_of(raw)
            columns["constraints"] = to_numpy(margins)[:n]
            if inputs is not None and sloped:
                each = range(len(scorer.constraints))
                slopes = [_slope(margins[:, nth], inputs, n, again=True) for nth in each]
                columns["constraint_grads"] = np.stack(slopes, axis=1)
        if notes is not None:
            columns["notes"] = notes
        if calls != n:
            columns["called"] = np.full(n, calls / n)
        return columns

    @cached_property
    def _is_bare(self) -> bool:
        """Whether a point is an array that a scorer of batches is handed alone, as it is."""
        facts, scorer = self.facts, self.pipeline.scorer
        alone = facts.batched and self._multiple(facts.batching) == 1
        plain = facts.kind == "numpy" and scorer.target is None and not scorer.width
        return alone and plain and self._reads_points_as_they_are

    def _of_one(self, point: Array) -> Columns:
        """As `_scored`, of one bare point `[1, d]`: the short way of what is asked most often."""
        scorer = self.pipeline.scorer
        columns: Columns = {}
        with GradMode(True):
            try:
                raw = scorer.of_batch(np.array(point, OF_ARRAYS[self.facts.dtype]))
            except ObjectiveError:
                raise
            except Exception as error:
                raw = np.full((1, *scorer.width), np.nan)
                columns["notes"] = np.array([f"{type(error).__name__}: {error}"], object)
        columns["score"] = to_numpy(raw) * scorer.sign
        return columns

    @cached_property
    def _reads_points_as_they_are(self) -> bool:
        """Whether a scorer of arrays is handed the searched points themselves."""
        bare = self.pipeline.decoder is None or self.pipeline.reads == "latent"
        return bare and self.pipeline.space.is_plain and self.facts.dtype in OF_ARRAYS

    def _objects(
        self, points: Array, call: _Call, multiple: int
    ) -> tuple[Any, torch.Tensor | None]:
        """What the scorer is handed of some points, and the tensor of these."""
        n, sloped, cut, facts = len(points), call.order == 1, call.cut, self.facts
        decodes = not call.at_data and self.pipeline.reads == "data"
        # Without a decoder only the scorer may need padding.
        pads = multiple == cut.multiple or (decodes and self.pipeline.decoder is not None)
        inputs = self._tensor(points, cut.padded(n) if pads else n)
        if sloped:
            inputs.requires_grad_()
        with GradMode(sloped or facts.with_gradients):
            if call.at_data:
                x = inputs
            elif decodes:
                x = self.pipeline.decoded(inputs)
            else:
                x = self.pipeline.seen(inputs, None)
            x = handed(x if multiple == cut.multiple else x[:n], facts.kind, facts.cast)
            return copied(x) if facts.changes_objects else x, inputs

    def _multiple(self, cut: Batching) -> int:
        """The multiple of rows that a scorer of batches is given where calls are cut so."""
        return min(self.facts.scorer_multiple, max(cut.multiple, 1))

    def _tensor(self, points: Array, size: int) -> torch.Tensor:
        """A tensor of `size` rows, the last point repeated."""
        rows = torch.from_numpy(np.array(stretched(points, size)))
        return rows.to(device=self.facts.device, dtype=self.facts.dtype)


def _slope(value: Any, inputs: torch.Tensor, rows: int, *, again: bool) -> Array:
    """The gradients of values `[n]`; `again`: the graph is used for others, too."""
    if not (isinstance(value, torch.Tensor) and value.requires_grad):
        return to_numpy(inputs)[:rows] * 0.0
    ones = torch.ones_like(value)
    grad = torch.autograd.grad(value, inputs, ones, retain_graph=again, allow_unused=again)[0]
    return to_numpy(inputs if grad is None else grad)[:rows] * (0.0 if grad is None else 1.0)
