"""How an objective's parts answer a batch: chunk by chunk, row i from row i only."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array
from blackbox.scoring.door import MULTIPLE, to_numpy
from blackbox.scoring.probe import Facts, Parts
from blackbox.scoring.scorer import ObjectiveError

Columns: TypeAlias = dict[str, NDArray[Any]]


class Evaluator:
    """Scores, gradients, objects and pulled-back vectors of float64 rows."""

    def __init__(self, parts: Parts, facts: Facts, floor: float) -> None:
        """Join what the user gave with what the probe found out about it."""
        self.parts, self.facts, self.floor = parts, facts, floor

    def answer(self, points: Array, order: int, at_data: bool) -> Answer:
        """Scores `[n]` of points, with their gradients if order 1; the floor where invalid."""
        decoded = at_data or self.parts.reads == "latent"
        parts = [
            self._tried(points[rows], size, order, decoded)
            for rows, size in self.facts.chunks.pieces(len(points))
        ]
        if not parts:
            grad = {"grad": np.empty(points.shape)} if order else {}
            return Answer(score=np.empty(0), **grad)
        return self._finished(parts[0] if len(parts) == 1 else _joined(parts))

    def _finished(self, columns: Columns) -> Answer:
        """The floor and the reason where a point is invalid, and no gradient there."""
        score = columns["score"]
        columns["valid"] = valid = np.isfinite(score)
        if not valid.all():
            notes = columns.get("notes", np.full(len(score), "", object))
            said = f"scorer {self.parts.scorer.name} returned nan or infinity"
            columns["notes"] = np.where(~valid & (notes == ""), said, notes)
            columns["score"] = np.where(valid, score, self.floor)
        if "grad" in columns:
            grad = columns["grad"]
            usable = valid.reshape(-1, *[1] * (grad.ndim - 1)) & np.isfinite(grad)
            columns["grad"] = np.where(usable, grad, 0.0)
        return Answer(**columns)

    def decode(self, z: Array) -> Any:
        """The objects of latent points `[n, d]`: a tensor on the CPU, or what the decoder makes."""
        parts: list[Any] = []
        with torch.no_grad():
            for rows, size in self.facts.chunks.pieces(len(z)):
                x = self.parts.decoded(self._padded(z[rows], size))
                x = x[: rows.stop - rows.start]
                parts.append(x.cpu() if isinstance(x, torch.Tensor) else x)
        if not parts:
            return torch.from_numpy(z.copy())
        if isinstance(parts[0], torch.Tensor):
            return torch.cat(parts)
        if isinstance(parts[0], np.ndarray):
            return np.concatenate(parts)
        return [x for part in parts for x in part]

    def pull_back(self, z: Array, vectors: Array) -> Array:
        """The decoder's vector-Jacobian products `J^T v`, `[n, d]`."""
        parts = []
        for rows, size in self.facts.chunks.pieces(len(z)):
            inputs = self._padded(z[rows], size).requires_grad_(True)
            with torch.enable_grad():
                x = self.parts.decoded(inputs)
            along = self._padded(vectors[rows], size).reshape(x.shape)
            pulled = torch.autograd.grad(x, inputs, along)[0]
            parts.append(to_numpy(pulled)[: rows.stop - rows.start])
        return np.concatenate(parts)

    def _tried(self, points: Array, size: int, order: int, decoded: bool) -> Columns:
        """Raw columns of one chunk; where the scorer raises, each of its rows is tried alone."""
        try:
            return self._scored(points, size, order, decoded)
        except ObjectiveError:
            raise
        except Exception as error:
            if len(points) == 1:
                return self._refused(points, order, f"{type(error).__name__}: {error}")
        size = self.facts.chunks.fixed or MULTIPLE
        return _joined(
            [self._tried(points[i : i + 1], size, order, decoded) for i in range(len(points))]
        )

    def _refused(self, points: Array, order: int, note: str) -> Columns:
        columns: Columns = {"score": np.full(1, np.nan), "notes": np.array([note], object)}
        if order:
            columns["grad"] = np.zeros(points.shape)
        if self.parts.scorer.criteria:
            columns["criteria"] = np.full((1, len(self.parts.scorer.criteria)), np.nan)
        return columns

    def _scored(self, points: Array, size: int, order: int, decoded: bool) -> Columns:
        n, scorer, tensors = len(points), self.parts.scorer, self.facts.kind == "torch"
        # A scorer that is not torch's may be slow: it never sees a padded row. Without a decoder
        # nothing needs padding then.
        exact = not (tensors and scorer.batched)
        needless = exact and (decoded or self.parts.decoder is None)
        inputs = self._padded(points, n if needless else size).requires_grad_(order == 1)
        with torch.set_grad_enabled(order == 1):
            x = inputs if decoded else self.parts.decoded(inputs)
            x = x[:n] if exact else x
            raw = scorer.raw(x if tensors or not isinstance(x, torch.Tensor) else x.cpu().numpy())
            score = scorer.combined(raw[:n])
        columns: Columns = {"score": to_numpy(score)}
        if order == 1:
            # A score that does not depend on its object here is flat here.
            flat = not score.requires_grad
            grad = inputs if flat else torch.autograd.grad(score.sum(), inputs)[0]
            columns["grad"] = to_numpy(grad)[:n] * (0.0 if flat else 1.0)
        if scorer.criteria:
            columns["criteria"] = to_numpy(raw)[:n]
        return columns

    def _padded(self, points: Array, size: int) -> torch.Tensor:
        """A tensor of `size` rows, the last point repeated: padding that any decoder digests."""
        rows = np.empty((size, *points.shape[1:]))
        rows[: len(points)] = points
        rows[len(points) :] = points[-1]
        return torch.from_numpy(rows).to(device=self.facts.device, dtype=self.facts.dtype)


def _joined(parts: list[Columns]) -> Columns:
    """Columns one below the other; parts without notes have nothing to complain about."""
    if any("notes" in part for part in parts):
        for part in parts:
            part.setdefault("notes", np.full(len(part["score"]), "", object))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def as_rows(objects: Any) -> NDArray[Any]:
    """Objects as an array with one row each: numbers where they are numbers."""
    if isinstance(objects, torch.Tensor | np.ndarray):
        return to_numpy(objects)
    rows = np.empty(len(objects), object)
    rows[:] = objects
    return rows
