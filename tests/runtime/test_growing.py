"""A row costs no object and hardly more than its numbers; what was seen never changes."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blackbox.protocol import Answer, Ask
from blackbox.runtime.growing import FIRST_ROWS, Growing, Kind
from blackbox.runtime.recorder import Recorder

DIM, ROWS = 16, 100_000
MARGIN = 5 << 20  # bytes beyond 8 (d + 8) of each row: a step of growth, and some


@given(st.lists(st.integers(0, 3 * FIRST_ROWS), max_size=12))
def test_rows_are_as_they_were_written_however_many_come_at_a_time(counts: list[int]) -> None:
    column, views = Growing({"n": Kind(np.int64, (2,)), "flag": Kind(bool, default=True)}), []
    for count in counts:
        here = column.more(count)
        column["n"][here] = np.arange(here.start, here.stop)[:, None]
        views.append(column.filled("n"))
    total = sum(counts)
    assert column.size == total
    assert np.array_equal(column.filled("n"), np.repeat(np.arange(total)[:, None], 2, axis=1))
    assert column.filled("flag").all()
    for nth, view in enumerate(views):
        assert np.array_equal(view[:, 0], np.arange(sum(counts[: nth + 1])))


def test_what_is_taken_out_cannot_be_written_to() -> None:
    column = Growing({"n": Kind(float)})
    column["n"][column.more(3)] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        column.filled("n")[0] = 2.0


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 100])
def test_evaluations_take_the_memory_of_their_numbers_and_no_objects(rows: int) -> None:
    """Asked one at a time and a hundred at a time, with all that a replay needs."""
    points, score = np.zeros((rows, DIM)), np.zeros(rows)
    recorder = Recorder(DIM, replayable=True)
    gc.collect()
    objects = len(gc.get_objects())
    tracemalloc.start()
    for nth in range(ROWS // rows):
        recorder.append(Ask(points), Answer(score=score), (nth * rows, 0, 0), 1e-6)
    held, peak = tracemalloc.get_traced_memory()
    filled = recorder.filled()
    with_trace = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert filled["n_scores"].tolist() == list(range(1, ROWS + 1))
    assert held <= peak <= with_trace + MARGIN
    assert with_trace <= MARGIN + 8 * (DIM + 8) * ROWS
    assert peak <= MARGIN + 8 * (DIM + 8) * ROWS
    gc.collect()
    assert len(gc.get_objects()) - objects < 100
