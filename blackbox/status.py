"""How far the study of a folder is, and who works on it; looks only, whoever works there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from blackbox.comparison import Comparison, load
from blackbox.errors import StoreError
from blackbox.runtime.holder import Holder
from blackbox.runtime.lock import holder
from blackbox.runtime.presence import at_work
from blackbox.runtime.store import Store
from blackbox.standing import Row, of_comparison, total


@dataclass(frozen=True)
class StudyStatus:
    """How far a study is: a row per objective and strategy, who works on it, the seconds left."""

    name: str
    rows: list[Row]
    holders: list[Holder]
    seconds_left: float | None


def status(folder: Path) -> StudyStatus:
    """Look at a study's folder. Raises StoreError where there is none."""
    store = Store(folder)
    # Who opens the folder is not at work yet, and who works there does not hold it.
    opener = holder(store.runs)
    who = at_work(store.runs) or ([] if opener is None else [opener])
    try:
        comparison = load(folder)
    except StoreError:
        if not who or (store.runs / "recipe.json").exists():
            raise
        return StudyStatus("study", [], who, None)  # its objectives are being looked at
    rows = of_comparison(comparison)
    left = _left(comparison, rows, store, min(one.since for one in who)) if who else None
    return StudyStatus(str(comparison.recipe.get("name", "study")), rows, who, left)


def _left(comparison: Comparison, rows: list[Row], store: Store, since: float) -> float | None:
    """Seconds, if it goes on as since its process has begun."""
    files = [path.stat().st_mtime for path in store.runs.glob("*.run")]
    n_recent = sum(modified >= since for modified in files)
    budget = float(comparison.recipe["budget"])
    underway = sum(pace.used for pace in store.journals.paces().values())
    ended = sum(trace.used for trace in comparison.traces) / max(len(comparison.traces), 1)
    paid = n_recent * min(ended or budget, budget) + underway
    whole = total(rows)
    return (whole.whole - whole.used) * (time.time() - since) / paid if paid else None
