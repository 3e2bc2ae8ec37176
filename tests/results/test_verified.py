"""The turning point of a recorded path, by a stated number of truth calls."""

from __future__ import annotations

import numpy as np
import pytest

import blackbox as bb
from blackbox.results.judging.verified import choice, turning_point
from tests.conftest import make_trace

CLIMB = "gradient_ascent(start='first', patience=1000, after='stop')"
FIBONACCI = (1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89)


class Height:
    """Says what is true of rows, and remembers which it was asked."""

    def __init__(self, true: np.ndarray) -> None:
        self.true, self.asked = true, list[int]()

    def __call__(self, row: int) -> float:
        if row not in self.asked:
            self.asked.append(row)
        return float(self.true[row])

    def verified(self, objective: str, z: np.ndarray, start: np.ndarray) -> np.ndarray:
        assert start.tolist() == [[0.0]]
        return np.array([self(int(one)) for one in z[:, 0]])


@pytest.mark.parametrize("calls", range(1, 9))
def test_so_many_calls_find_the_top_of_the_longest_path_that_they_can_search(calls: int) -> None:
    n = FIBONACCI[calls + 1] - 1  # Kiefer's bound
    for top in range(n):
        height = Height(-np.abs(np.arange(n) - top - 0.1))
        turning_point(np.arange(n), height, calls)
        assert len(height.asked) <= calls
        assert max(height.asked, key=height) == top


def test_a_longer_path_is_thinned_and_no_call_more_is_made() -> None:
    for top in range(0, 500, 7):
        height = Height(-((np.arange(500) - top) ** 2.0))
        turning_point(np.arange(500), height, 6)
        assert len(height.asked) <= 6
        assert abs(max(height.asked, key=height) - top) <= 500 / 19
    turning_point(np.arange(9), height, 0)  # asks nothing


def test_the_start_is_returned_where_the_truth_only_falls_and_the_best_where_it_rises() -> None:
    scores = list(np.arange(30.0))
    z = np.arange(30.0)[:, None]
    for true, row in ((-np.arange(30.0), 0), (np.full(30, np.nan), 0), (np.arange(30.0), 29)):
        height = Height(true)
        made = choice(make_trace(scores, z=z, budget=30), height, 8)
        assert made.row == row
        assert made.calls == len(height.asked) <= 8
        np.testing.assert_equal(made.true, true[row])
    assert choice(make_trace([np.nan], z=z[:1]), Height(true), 2).row is None


def study(**settings: object) -> bb.Comparison:
    """A linear proxy and a quadratic truth, whose top lies at 2.5 on the first axis."""
    truth = bb.Judge(lambda x: x[:, 0] - 0.2 * (x**2).sum(-1), truth=True)
    objective = bb.Objective(
        lambda x: x[:, 0],
        space=bb.Space.normal(3),
        name="slope",
        judges={"truth": truth},
        starts=lambda rng, m: np.zeros((m, 3)),
        **settings,  # type: ignore[arg-type]
    )
    return bb.compare(objective, CLIMB, 200, seeds=2)


def test_the_turning_point_of_a_climb_is_found_within_a_fifth() -> None:
    both = study()
    table = both.best("run", truth_calls=12)
    assert np.abs(np.stack(table["z"].tolist())[:, 0] / 2.5 - 1).max() <= 0.2
    assert (table["truth_calls"] <= 12).all()  # which search 143 rows
    assert table["true"].to_numpy() == pytest.approx(1.25, abs=0.05)
    assert (table["score"] < table["best_score"]).all()
    assert both.best(truth_calls=12)["truth_calls"].item() <= 12


def test_with_trust_it_looks_among_what_is_trusted() -> None:
    def near(z: np.ndarray) -> np.ndarray:
        return np.asarray(z[:, 0] < 1.5, float)

    table = study().best("run", trust={"slope": near}, truth_calls=6)
    first = np.stack(table["z"].tolist())[:, 0]
    assert (first < 1.5).all()
    assert (first > 1.2).all()


def test_what_the_search_has_asked_is_known_and_what_cannot_be_asked_is_refused() -> None:
    guard = f"guarded(strategy={CLIMB!r}, guard='truth')"
    truth = bb.Judge(lambda x: x[:, 0] - 0.2 * (x**2).sum(-1), truth=True)
    objective = bb.Objective(
        lambda x: x[:, 0], space=bb.Space.normal(3), name="slope", judges={"truth": truth}
    )
    guarded = bb.compare(objective, guard, 300, seeds=1, truth_calls=8)
    (row,) = guarded.best("run", truth_calls=2).to_dict("records")
    assert row["true"] >= guarded.traces[0].verified.true.max()
    with pytest.raises(ValueError, match="truth_calls is a whole number >= 2"):
        guarded.best(truth_calls=1)
    plain = bb.Objective(lambda x: x[:, 0], space=bb.Space.normal(3), name="plain")
    with pytest.raises(bb.ObjectiveError, match="no judge that says what is true"):
        bb.compare(plain, "random_search", 5, seeds=1).best(truth_calls=3)
