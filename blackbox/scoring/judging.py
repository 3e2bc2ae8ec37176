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
from blackbox.scoring.facts import FREE
from blackbox.scoring.judge import Judge, in_one_shape
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

    def at(self, places: NDArray[np.int64]) -> Judged:
        """The same of some places, with all that was drawn."""
        verdicts = {name: numbers[places] for name, numbers in self.verdicts.items()}
        seen = [self.objects[place] for place in places]
        whole = None if any(one is None for one in seen) or not seen else _rows(seen)
        return Judged(whole, verdicts, self.drawn, self.complaints)


@dataclass(frozen=True)
class _Place:
    """One point of one path: the path's number, the row, and what tells the point apart."""

    path: int
    row: int
    key: Key


Work: TypeAlias = Callable[[Sequence[_Place]], list[Any]]


class Judging:
    """Decodes and judges paths of runs of one objective; remembers the starts of its seeds."""

    def __init__(self, objective: Objective) -> None:
        """Nothing was seen yet."""
        self._objective = objective
        self._objects: dict[Key, Any] = {}  # of starts
        self._verdicts: dict[str, dict[Key, float]] = {name: {} for name in objective.judges}

    def of(
        self, paths: Sequence[PathPoints], drawn: Sequence[Sequence[int]] | None = None
    ) -> list[Judged]:
        """What is seen of each path; of those places that are `drawn` (None: all) also pictures.

        A judge that raises costs its verdict of that path only.
        """
        places = [
            [_Place(nth, row, key) for row, key in enumerate(path.keys())]
            for nth, path in enumerate(paths)
        ]
        complaints: list[list[str]] = [[] for _ in paths]

        def decoded(batch: Sequence[_Place]) -> list[Any]:
            z = np.stack([paths[place.path].z[place.row] for place in batch])
            given = {
                i: paths[place.path].x[place.row]
                for i, place in enumerate(batch)
                if place.row in paths[place.path].x
            }
            return list(self._objective.see(z, given))

        fused = self._objective.facts.batching.fused
        objects = _gathered(self._objects, places, fused, decoded, "not judged", complaints)
        verdicts = {
            name: self._judged(name, judge, paths, places, objects, complaints)
            for name, judge in self._objective.judges.items()
        }
        return [
            self._seen(
                [one.get(place.key) for place in mine],
                {name: numbers[nth] for name, numbers in verdicts.items()},
                complaints[nth],
                range(len(mine)) if drawn is None else drawn[nth],
            )
            for nth, (mine, one) in enumerate(zip(places, objects, strict=True))
        ]

    def _judged(
        self,
        name: str,
        judge: Judge,
        paths: Sequence[PathPoints],
        places: list[list[_Place]],
        objects: list[dict[Key, Any]],
        complaints: list[list[str]],
    ) -> list[Array]:
        """The verdicts `[p]` of one judge on the points of each path."""
        facts = self._objective.facts
        cheap = facts.judge_seconds.get(name, 0.0) <= FREE
        fused = facts.batching.fused and cheap and not judge.is_relative

        def verdicts(batch: Sequence[_Place]) -> list[float]:
            start = places[batch[0].path][0]
            if judge.reads == "latent":
                z = np.stack([paths[place.path].z[place.row] for place in batch])
                return self._asked(name, judge, z, paths[start.path].z[:1], fused)
            seen = [objects[place.path].get(place.key) for place in batch]
            there = [nth for nth, one in enumerate(seen) if one is not None]
            some = [seen[nth] for nth in there]
            first = [objects[start.path].get(start.key)] if judge.is_relative else some[:1]
            numbers = [np.nan] * len(batch)
            if some and first[0] is not None:
                asked = self._asked(name, judge, _rows(some), _rows(first), fused)
                for nth, number in zip(there, asked, strict=True):
                    numbers[nth] = number
            return numbers

        what = f"not judged by {name!r}"
        remembered = self._verdicts[name]
        numbers = _gathered(remembered, places, fused, verdicts, what, complaints)
        return [
            np.array([one.get(place.key, np.nan) for place in mine])
            for mine, one in zip(places, numbers, strict=True)
        ]

    def _asked(self, name: str, judge: Judge, points: Any, start: Any, fused: bool) -> list[float]:
        """The verdicts on objects, or on latents; in calls of one shape where runs are fused."""

        def verdicts(part: Any) -> Array:
            if judge.reads == "latent":
                z, first = map(self._objective.latents, (part, start))
                return judge.verdict(part, name, z, first)
            return judge.verdict(part, name, start=start)

        numbers = in_one_shape(verdicts, points) if fused else verdicts(points)
        return [float(number) for number in numbers]

    def _seen(
        self,
        objects: list[Any],
        verdicts: dict[str, Array],
        complaints: list[str],
        drawn: Sequence[int],
    ) -> Judged:
        drawings, to_draw = None, [objects[place] for place in drawn]
        try:
            if not any(one is None for one in to_draw):
                drawings = self._objective.draw(_rows(to_draw))
        except Exception as error:
            complaints.append(f"not drawn: {type(error).__name__}: {error}")
        return Judged(objects, verdicts, drawings, tuple(complaints))


def _gathered(
    starts: dict[Key, Any],
    places: Sequence[Sequence[_Place]],
    fused: bool,
    work: Work,
    what: str,
    complaints: list[list[str]],
) -> list[dict[Key, Any]]:
    """What the work says of the distinct points of each path; starts are asked once for all.

    Of all paths together if `fused`; else of one path a call, and of its start in a call of its
    own, so that an answer depends on nothing but the path. A path on which it raises has nothing,
    and its complaint.
    """
    if fused and len(places) > 1:
        missing = {p.key: p for mine in places for p in mine if p.key not in starts}
        try:
            together = starts | _answers(missing, work)
        except Exception:
            pass  # some path is to blame: each is asked alone below, and tells
        else:
            starts |= {mine[0].key: together[mine[0].key] for mine in places}
            return [together] * len(places)
    each: list[dict[Key, Any]] = []
    for nth, mine in enumerate(places):
        first, others = mine[0], {place.key: place for place in mine[1:]}
        others.pop(first.key, None)
        try:
            if first.key not in starts:
                starts |= _answers({first.key: first}, work)
            each.append({first.key: starts[first.key]} | _answers(others, work))
        except Exception as error:
            complaints[nth].append(f"{what}: {type(error).__name__}: {error}")
            each.append({})
    return each


def _answers(places: Mapping[Key, _Place], work: Work) -> dict[Key, Any]:
    return dict(zip(places, work(list(places.values())), strict=True)) if places else {}


def _rows(objects: list[Any]) -> Any:
    """Objects `[n]` as one tensor or array where they fit into one, else a list."""
    if isinstance(objects[0], torch.Tensor) and len({one.shape for one in objects}) == 1:
        return torch.stack(objects)
    arrays = isinstance(objects[0], np.ndarray | np.generic)
    if arrays and len({np.shape(one) for one in objects}) == 1:
        return np.stack(objects)
    return list(objects)
