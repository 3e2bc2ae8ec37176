"""The examples run as their users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "examples"


def printed(*command: str, line: str = "") -> dict[str, object]:
    """The line of JSON that a program of the examples prints."""
    whole = [sys.executable, *command]
    done = subprocess.run(whole, input=line, capture_output=True, text=True, cwd=EXAMPLES)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_best_parameters_of_an_external_program_are_those_that_it_scores_so() -> None:
    best = printed("external_program/optimize.py", "--budget", "20")
    score = best.pop("score")
    assert list(best) == ["temperature", "flow", "volume", "dose", "tanks", "catalyst"]
    outputs = printed("external_program/reactor.py", line=json.dumps(best))
    assert outputs["profit"] == pytest.approx(score, rel=1e-6)  # JSON has ten digits of each
    assert isinstance(waste := outputs["waste"], float)
    assert waste <= 0.25
