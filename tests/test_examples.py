"""The examples run as their users run them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests import warm

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "examples"


def printed(*command: str, line: str = "") -> dict[str, object]:
    """The line of JSON that a program of the examples prints."""
    whole = [sys.executable, *command]
    done = warm.run(whole, input=line, capture_output=True, text=True, cwd=EXAMPLES)
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


def test_a_laboratory_fills_a_sheet_in_and_gets_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "laboratory/laboratory.py", str(tmp_path)]
    sheet = tmp_path / "next.csv"
    ids = []
    for n_rows in (2, 3, 1):
        done = warm.run(command, capture_output=True, text=True, cwd=EXAMPLES)
        assert done.returncode == 0, done.stderr
        table = pd.read_csv(sheet)
        ids.append(table["id"].tolist())
        filled = table.assign(impurity=0.01 * table["hours"])
        filled["yield"] = table["temperature"] / 10
        filled.loc[n_rows:, ["yield", "impurity"]] = None
        filled.to_csv(sheet, index=False)
    assert ids == [[1, 2, 3, 4, 5], [3, 4, 5], [6]]
    assert [path.name for path in sorted(tmp_path.glob("told-*.csv"))] == [
        "told-2.csv",
        "told-5.csv",
    ]
