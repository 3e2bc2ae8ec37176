"""A sample of the campaign that changes logs: no traceback, nothing impossible, nothing silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns.fuzzed_logs import Fuzz, campaign, impossible, is_other_values, is_rows_lost
from tests.conftest import make_trace
from tests.results.studies import comparison

LOGS = 150


@pytest.mark.slow
def test_changed_logs_are_read_right_or_refused(tmp_path: Path) -> None:
    made = campaign(LOGS, 3, tmp_path)
    assert not made.wrong
    ends = {end for _, _, end in made.ends}
    assert {"read", "equal", "refused", "noticed"} <= ends


def test_the_logs_say_what_they_were_made_of(tmp_path: Path) -> None:
    fuzz = Fuzz(tmp_path, 0)
    for log in fuzz.logs:
        study = fuzz._read(log, log.path)
        assert "notices" not in study.recipe or log.kind == "optuna"
        assert sorted(study.runs["best"]) == pytest.approx(log.bests, rel=1e-8)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, ""),
        ({"budget": -1.0}, "budget"),
        ({"n_scores": [1, 1, 2]}, "n_scores"),
        ({"n_gradients": [1, 0, 0]}, "n_gradients"),
        ({"seed": -1}, "run"),
        ({"score": [1, float("inf"), 2], "valid": [True] * 3}, "score"),
    ],
)
def test_the_checker_sees_what_cannot_be(changes: dict[str, object], what: str) -> None:
    import numpy as np

    trace = make_trace([1, 2, 3])
    fields = {k: np.array(v) if isinstance(v, list) else v for k, v in changes.items()}
    from dataclasses import replace

    assert impossible(comparison([replace(trace, **fields)])) == what  # type: ignore[arg-type]


def test_what_nobody_can_tell_is_told_from_what_is_seen() -> None:
    assert is_other_values("1,2\n3,4\n", "1,2\n3,5\n")
    assert not is_other_values("1,2\n3,4\n", "1,2\n3,x\n")
    assert not is_other_values("1,2\n3,4\n", "1,2\n3,4,4\n")
    assert is_rows_lost("1,2\n3,4\n", "1,2\n")
    assert not is_rows_lost("1,2\n3,4\n", "1,2\n3")
