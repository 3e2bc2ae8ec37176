"""How an objective's functions answer a batch: call by call, row i from row i only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.protocol import Answer, Array
from blackbox.scoring.arrays import SHORT, copied, joined, stretched, to_numpy
from blackbox.scoring.batching import Batching
from blackbox.scoring.columns import Columns, finished, is_out_of_memory, refused, stacked
from blackbox.scoring.environment import told_as_unavailable
from blackbox.scoring.facts import Facts
from blackbox.scoring.pipeline import Pipeline, handed


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
            parts = self._cut(part, len(points), "gradient" if order else "score")
        columns = parts[0] if len(parts) == 1 else stacked(parts)
        scorer = self.pipeline.scorer
        return Answer(**finished(columns, scorer.name, scorer.constraints))

    def decode(self, z: Array) -> Any:
        """The objects of points `[n, d]`: a tensor on the CPU, or what the decoder makes."""
        if not len(z):
            return torch.from_numpy(z.copy())

        def part(rows: slice, cut: Batching) -> Any:
            n = rows.stop - rows.start
            with torch.set_grad_enabled(self.facts.with_gradients):
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
        what, size = f"scorer {self.pipeline.scorer.name}", call.cut.padded(len(points))
        try:
            return self.pipeline.scorer.patience.call(what, size, self._scored, points, call)
        except ObjectiveError:
            raise
        except Exception as error:
            if is_out_of_memory(error) and size > 1:
                raise
            if len(points) == 1:
                note = f"{type(error).__name__}: {error}"
                return refused(points, call.order, self.pipeline.scorer.widths, note)
        half = -(-len(points) // 2)
        return stacked([self._tried(part, call) for part in (points[:half], points[half:])])

    def _scored(self, points: Array, call: _Call) -> Columns:
        n, scorer, sloped = len(points), self.pipeline.scorer, call.order == 1
        facts, cut, multiple = self.facts, call.cut, self._multiple(call.cut)
        decodes = not call.at_data and self.pipeline.reads == "data"
        # Without a decoder only the scorer may need padding.
        pads = multiple == cut.multiple or (decodes and self.pipeline.decoder is not None)
        inputs = self._tensor(points, cut.padded(n) if pads else n).requires_grad_(sloped)
        with torch.set_grad_enabled(sloped or facts.with_gradients or facts.kind == "numpy"):
            if call.at_data:
                x = inputs
            elif decodes:
                with torch.set_grad_enabled(sloped or facts.with_gradients):
                    x = self.pipeline.decoded(inputs)
            else:
                x = self.pipeline.seen(inputs, None)
            x = handed(x if multiple == cut.multiple else x[:n], facts.kind, facts.cast)
            x = copied(x) if facts.changes_objects else x
            raw, notes, calls = self._values(x, n, multiple)
            score = scorer.combined(raw)
        columns: Columns = {"score": to_numpy(score)}
        if sloped:
            # A score that does not depend on its object here is flat here.
            columns["grad"] = _slope(score, inputs, n, again=bool(scorer.constraints))
        if scorer.criteria:
            columns["criteria"] = to_numpy(scorer.outputs_of(raw))
        if scorer.constraints:
            margins = scorer.constraints_of(raw)
            columns["constraints"] = to_numpy(margins)
            if sloped:
                each = range(len(scorer.constraints))
                slopes = [_slope(margins[:, nth], inputs, n, again=True) for nth in each]
                columns["constraint_grads"] = np.stack(slopes, axis=1)
        if notes is not None:
            columns["notes"] = notes
        if calls != n:
            columns["called"] = np.full(n, calls / n)
        return columns

    def _multiple(self, cut: Batching) -> int:
        """The multiple of rows that a scorer of batches is given where calls are cut so."""
        return min(self.facts.scorer_multiple, max(cut.multiple, 1))

    def _values(self, x: Any, n: int, multiple: int) -> tuple[Any, NDArray[Any] | None, int]:
        """The scorer's values of the first `n` objects, why some have none, and objects called."""
        scorer = self.pipeline.scorer
        if self.facts.batched:
            return self._batch(stretched(x, -(-n // multiple) * multiple), n, multiple)
        values, notes = [], np.full(n, "", object)
        for row in range(n):
            try:
                values.append(scorer.of_one(x[row]))
            except ObjectiveError:
                raise
            except Exception as error:
                values.append(np.full(scorer.width, np.nan))
                notes[row] = f"{type(error).__name__}: {error}"
        return scorer.together(values), notes if (notes != "").any() else None, n

    def _batch(self, x: Any, n: int, multiple: int) -> tuple[Any, NDArray[Any] | None, int]:
        """The same of a batch; where it raises, halves are asked: nothing is decoded again."""
        scorer = self.pipeline.scorer
        try:
            return scorer.of_batch(x)[:n], None, len(x)
        except ObjectiveError:
            raise
        except Exception as error:
            if is_out_of_memory(error) and len(x) > 1:
                raise
            if n == 1:
                note = np.array([f"{type(error).__name__}: {error}"], object)
                return np.full((1, *scorer.width), np.nan), note, len(x)
        half, parts = -(-n // 2), []
        for first, last in ((0, half), (half, n)):
            size = -(-(last - first) // multiple) * multiple
            parts.append(self._batch(stretched(x[first:last], size), last - first, multiple))
        raw = scorer.together([value for values, _, _ in parts for value in values])
        silent = [np.full(len(values), "", object) for values, _, _ in parts]
        notes = np.concatenate(
            [part[1] if part[1] is not None else s for part, s in zip(parts, silent, strict=True)]
        )
        calls = len(x) + sum(part[2] for part in parts)
        return raw, notes if (notes != "").any() else None, calls

    def _tensor(self, points: Array, size: int) -> torch.Tensor:
        """A tensor of `size` rows, the last point repeated."""
        rows = np.empty((size, *points.shape[1:]))
        rows[: len(points)] = points
        rows[len(points) :] = points[-1]
        return torch.from_numpy(rows).to(device=self.facts.device, dtype=self.facts.dtype)


def _slope(value: Any, inputs: torch.Tensor, rows: int, *, again: bool) -> Array:
    """The gradients of values `[n]`; `again`: the graph is used for others, too."""
    if not (isinstance(value, torch.Tensor) and value.requires_grad):
        return to_numpy(inputs)[:rows] * 0.0
    grad = torch.autograd.grad(value.sum(), inputs, retain_graph=again, allow_unused=again)[0]
    return to_numpy(inputs if grad is None else grad)[:rows] * (0.0 if grad is None else 1.0)
