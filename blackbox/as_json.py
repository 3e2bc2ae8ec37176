"""What the command `blackbox` found, as JSON on standard output, for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from blackbox.comparison import Comparison
    from blackbox.status import StudyStatus


def print_json(content: object) -> None:
    """Print it; what JSON does not know, as its text."""
    print(json.dumps(content, indent=1, default=str))


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame row by row; no value is null."""
    made: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return made


def study(comparison: Comparison, reports: Sequence[Path | None]) -> dict[str, Any]:
    """Verdict, leaderboards, summary and bests of a study, what is missing, and its reports.

    A best has its score and the values of its named parameters; its object is in the report.
    """
    made: dict[str, Any] = {"name": comparison.recipe.get("name"), "verdict": []}
    if comparison.traces:
        view = comparison.at()
        made["verdict"] = view.verdict()["sentence"].tolist()
        made["leaderboards"] = {by: rows(board) for by, board in view.leaderboards.items()}
        made["summary"] = rows(view.summary())
        made["best"] = rows(view.best().drop(columns=["z", "x", "shown"]))
    made["skipped"], made["missing"] = rows(comparison.skipped), rows(comparison.missing)
    made["failed"] = rows(comparison.runs.query("status == 'failed'"))
    made["reports"] = [str(folder) for folder in reports if folder is not None]
    return made


def status(now: StudyStatus) -> dict[str, Any]:
    """How far a study is, and who works on it."""
    cells = [asdict(row) for row in now.rows]
    for cell in cells:
        cell["best"] = cell["best"] if cell["best"] == cell["best"] else None
    holders = [str(one) for one in now.holders]
    return {"name": now.name, "rows": cells, "holders": holders, "seconds_left": now.seconds_left}
