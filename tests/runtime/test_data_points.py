"""Objects that a run asked in data space: few of large ones are kept, and those are of its path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.protocol import Ask, Brief, Capability, Search
from blackbox.runtime import data_points
from blackbox.runtime.data_points import FEWEST, DataPoints
from blackbox.runtime.store import Store

SIDE = 4
BYTES = 8 * SIDE * SIDE  # of one object


@dataclass(frozen=True)
class Climbing:
    """Asks for brighter and brighter objects, and now and then for a dark one."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DATA})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """A pair of objects in each message."""
        yield Ask(brief.start[:1])
        level = 10.0
        while True:
            level += 1.0
            yield Ask(np.stack([np.full((SIDE, SIDE), v) for v in (level, -level)]), at="data")


def pictures(z: torch.Tensor) -> torch.Tensor:
    return z[:, :1, None].expand(-1, SIDE, SIDE)


def made(budget: int = 101, judges: Any = None, **given: Any) -> bb.Comparison:
    objective = bb.Objective(
        lambda x: x.mean((1, 2)), pictures, bb.Space.normal(2), name="bright", judges=judges
    )
    return bb.compare(objective, Climbing(), budget, 1, **given)


@given(scores=st.lists(st.integers(-5, 5), min_size=1, max_size=60), most=st.integers(1, 20))
def test_the_start_the_best_and_corners_are_kept_and_never_more_than_fit(
    scores: list[int], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_points, "MOST_BYTES", most * BYTES)
        points, best = DataPoints(), np.maximum.accumulate(np.array(scores, float))
        for row in range(len(scores)):
            points.add(row, np.full((1, SIDE, SIDE), float(row)), best[: row + 1])
    assert points.is_thinned == (len(scores) > most)
    assert all((point == row).all() for row, point in points.items())
    assert {0, int(np.argmax(scores))} <= set(points)
    if points.is_thinned:
        corners = {row for row in points if row == 0 or best[row] > best[row - 1]}
        assert set(points) == corners
        assert len(points) <= max(FEWEST, most)
    else:
        assert len(points) == len(scores)


def test_a_run_of_large_objects_keeps_its_best_and_judges_see_its_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (whole,) = made().traces
    assert len(whole.x) == 100
    monkeypatch.setattr(data_points, "MOST_BYTES", 20 * BYTES)
    study = made(judges={"bright": lambda x: x.mean((1, 2))}, prices=[0.0, 1.0])
    (thinned,) = study.traces
    assert thinned.digest() == whole.digest()
    assert len(thinned.x) <= 20
    best = thinned.best_row()
    assert best is not None and best in thinned.x
    assert thinned.path is not None and thinned.path.rows[-1] == best
    assert (thinned.path.judged["bright"] == thinned.score[thinned.path.rows]).all()
    assert thinned.late is None  # corners are no sample of what it made in the end
    assert (study.best()["x"].iloc[0] == 60.0).all()


def test_a_thinned_run_is_kept_and_made_anew_where_it_gets_more_money(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(data_points, "MOST_BYTES", 20 * BYTES)
    (first,) = made(store=tmp_path).traces
    (key,) = Store(tmp_path).keys()
    stored = Store(tmp_path).find(key)
    assert stored is not None and not stored.is_replayable
    assert {*stored.trace.x} == {*first.x}
    (more,) = made(121, store=tmp_path).traces
    assert len(more) == 121 and (more.score[:101] == first.score).all()
