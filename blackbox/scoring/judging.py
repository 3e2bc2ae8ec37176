"""What judges and the renderer say of the paths of runs: each distinct object is asked once.

Where objects and judges are cheap, those of all ended runs are decoded and judged together, in
calls of one fixed shape, so that a verdict does not depend on its company. Where they are dear, a
call holds points of one run, and the starts of a seed, which all strategies share, are judged once,
in a call of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.protocol import Array
from blackbox.scoring.arrays import stretched
from blackbox.scoring.batching import ONE_SHAPE
from blackbox.scoring.facts import FREE
from blackbox.scoring.judge import Judge
from blackbox.scoring.objective import Objective

Key: TypeAlias = bytes


@dataclass(frozen=True)
class PathPoints:
    """The points of a run that judges see, its start first: `z [p, d]`, or objects where NaN."""

    z: Array
    x: Mapping[int, Any] = field(default_factory=dict)

    def keys(self) -> list[Key]:
        """What tells the points apart, `[p]`."""
        latent = np.asarray(~np.isnan(self.z).any(axis=1))
        bits = [row.tobytes() for row in np.add(self.z, 0.0)]  # no -0.0
        return [
            bits[row] if latent[row] else b"x" + np.asarray(self.x[row]).tobytes()
            for row in range(len(self.z))
        ]


@dataclass(frozen=True, eq=False)
class Judged:
    """What was seen of one path: objects `[p]`, verdicts `[p]` by judge, drawings, complaints."""

    objects: Any
    verdicts: Mapping[str, Array]
    drawn: NDArray[Any] | None
    complaints: tuple[str, ...]


class Judging:
    """Decodes and judges paths of runs of one objective; remembers the starts of its seeds."""

    def __init__(self, objective: Objective) -> None:
        """Nothing was seen yet."""
        self._objective = objective
        self._objects: dict[Key, Any] = {}
        self._verdicts: dict[str, dict[Key, float]] = {name: {} for name in objective.judges}

    def of(self, paths: Sequence[PathPoints]) -> list[Judged]:
        """What is seen of each path. A judge that raises costs its verdict of that path only."""
        keys = [path.keys() for path in paths]
        complaints: list[list[str]] = [[] for _ in paths]
        fused = self._objective.facts.batching.fused
        self._gather(self._objects, paths, keys, fused, self._decoded, "not judged", complaints)
        for name, judge in self._objective.judges.items():
            self._ask(name, judge, paths, keys, complaints)
        judged = [
            self._seen(path, mine, texts)
            for path, mine, texts in zip(paths, keys, complaints, strict=True)
        ]
        starts = {mine[0] for mine in keys}
        for store in (self._objects, *self._verdicts.values()):
            for key in [key for key in store if key not in starts and not _is_start(key, starts)]:
                del store[key]
        return judged

    def _ask(
        self,
        name: str,
        judge: Judge,
        paths: Sequence[PathPoints],
        keys: list[list[Key]],
        complaints: list[list[str]],
    ) -> None:
        seconds = self._objective.facts.judge_seconds.get(name, 0.0)
        fused = self._objective.facts.batching.fused and seconds <= FREE and not judge.is_relative
        # The verdict of a judge that compares is one of the object and of the run's start.
        own = [[mine[0] + key for key in mine] for mine in keys] if judge.is_relative else keys
        seen = {
            key: k
            for mine, theirs in zip(own, keys, strict=True)
            for key, k in zip(mine, theirs, strict=True)
        }

        def verdicts(rows: list[tuple[PathPoints, int, Key]]) -> list[float]:
            objects = [self._objects.get(seen[key]) for _, _, key in rows]
            if any(one is None for one in objects):
                return [np.nan] * len(rows)
            if judge.reads == "latent":
                points = np.stack([path.z[row] for path, row, _ in rows])
                return self._verdict(name, judge, points, rows[0][0].z[:1], fused)
            start = _rows([self._objects[rows[0][0].keys()[0]]]) if judge.is_relative else None
            return self._verdict(name, judge, _rows(objects), start, fused)

        what = f"not judged by {name!r}"
        self._gather(self._verdicts[name], paths, own, fused, verdicts, what, complaints)

    def _verdict(
        self, name: str, judge: Judge, objects: Any, start: Any, fused: bool
    ) -> list[float]:
        def asked(part: Any) -> list[float]:
            if judge.reads == "data":
                verdict = judge.verdict(part, name, start=start)
            else:
                z, first = map(self._objective.latents, (part, start))
                verdict = judge.verdict(part, name, z, first)
            return [float(number) for number in verdict]

        if not fused or not isinstance(objects, torch.Tensor | np.ndarray):
            return asked(objects)
        numbers: list[float] = []
        for rows, size in ONE_SHAPE.pieces(len(objects)):
            numbers += asked(stretched(objects[rows], size))[: rows.stop - rows.start]
        return numbers

    def _decoded(self, rows: list[tuple[PathPoints, int, Key]]) -> list[Any]:
        z = np.stack([path.z[row] for path, row, _ in rows])
        given = {i: path.x[row] for i, (path, row, _) in enumerate(rows) if row in path.x}
        return list(self._objective.see(z, given))

    def _gather(
        self,
        store: dict[Key, Any],
        paths: Sequence[PathPoints],
        keys: list[list[Key]],
        fused: bool,
        work: Callable[[list[tuple[PathPoints, int, Key]]], list[Any]],
        what: str,
        complaints: list[list[str]],
    ) -> None:
        """Fill the store with what the work says of each distinct point that it does not hold."""

        def tried(rows: list[tuple[PathPoints, int, Key]]) -> None:
            missing = {key: (path, row, key) for path, row, key in rows if key not in store}
            if missing:
                store.update(zip(missing, work(list(missing.values())), strict=True))

        rows_of = [
            [(path, row, key) for row, key in enumerate(mine)]
            for path, mine in zip(paths, keys, strict=True)
        ]
        alone = not fused or len(paths) == 1
        if not alone:
            try:
                tried([row for rows in rows_of for row in rows])
            except Exception:
                alone = True  # some path is to blame: each is asked alone, and tells
        for nth, rows in enumerate(rows_of if alone else ()):
            try:
                tried(rows[:1])
                tried(rows)
            except Exception as error:
                complaints[nth].append(f"{what}: {type(error).__name__}: {error}")

    def _seen(self, path: PathPoints, keys: list[Key], complaints: list[str]) -> Judged:
        verdicts = {}
        for name, judge in self._objective.judges.items():
            own = [keys[0] + key for key in keys] if judge.is_relative else keys
            verdicts[name] = np.array([self._verdicts[name].get(key, np.nan) for key in own])
            if any(f"not judged by {name!r}" in text for text in complaints):
                verdicts[name] = np.full(len(keys), np.nan)
        rows = [self._objects.get(key) for key in keys]
        if any(one is None for one in rows):
            return Judged(None, verdicts, None, tuple(complaints))
        objects, drawn = _rows(rows), None
        try:
            drawn = self._objective.draw(objects)
        except Exception as error:
            complaints.append(f"not drawn: {type(error).__name__}: {error}")
        return Judged(objects, verdicts, drawn, tuple(complaints))


def _is_start(key: Key, starts: set[Key]) -> bool:
    """Whether a key is that of a start compared with itself."""
    return (
        len(key) % 2 == 0
        and key[: len(key) // 2] in starts
        and key[: len(key) // 2] == key[len(key) // 2 :]
    )


def _rows(objects: list[Any]) -> Any:
    """Objects `[n]` as one tensor or array where they fit into one, else a list."""
    if isinstance(objects[0], torch.Tensor) and len({one.shape for one in objects}) == 1:
        return torch.stack(objects)
    arrays = isinstance(objects[0], np.ndarray | np.generic)
    if arrays and len({np.shape(one) for one in objects}) == 1:
        return np.stack(objects)
    return list(objects)
