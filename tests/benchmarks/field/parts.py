"""Where a study's seconds go: `python -m tests.benchmarks.field.parts STUDY.toml` prints them.

All in one process, by the wall: each part without the parts inside it. What strategies think is
what their runs tell.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()
# A part, and the functions in which it is spent: `module:owner.function`.
PARTS = {
    "plan, with its probes": ("blackbox.study:Study.plan",),
    "decoder": ("blackbox.scoring.pipeline:Pipeline.decoded",),
    "scorer": ("blackbox.scoring.scorer:Scorer.of_batch", "blackbox.scoring.scorer:Scorer.of_one"),
    "path of an evaluation, gradients": ("blackbox.scoring.objective:Objective.evaluate",),
    "judges": ("blackbox.recording:Recording.judged",),
    "recording": (
        "blackbox.runtime.journal:JournalFile.flush",
        "blackbox.runtime.store:Store.save",
    ),
    "writing of the report": ("blackbox.results.report:write",),
}
REST = "the rest: engine, start of a process"


class Clocks:
    """Seconds by part: of nested calls only the innermost counts."""

    def __init__(self) -> None:
        """Nothing was called yet."""
        self.seconds: dict[str, float] = {}
        self._inside: list[float] = []

    def around(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, clocked as this part."""

        @wraps(function)
        def clocked(*arguments: Any, **settings: Any) -> Any:
            begun = time.perf_counter()
            self._inside.append(0.0)
            try:
                return function(*arguments, **settings)
            finally:
                whole = time.perf_counter() - begun
                self.seconds[part] = self.seconds.get(part, 0.0) + whole - self._inside.pop()
                if self._inside:
                    self._inside[-1] += whole

        return clocked

    def watch(self, part: str, place: str) -> None:
        """Put a clock around the function at this place. Raises AttributeError where none is."""
        __import__(module := place.partition(":")[0])
        *owners, name = place.partition(":")[2].split(".")
        owner = attrgetter(".".join(owners))(sys.modules[module]) if owners else sys.modules[module]
        setattr(owner, name, self.around(part, getattr(owner, name)))


def main(study: Path) -> dict[str, float]:
    """Seconds of the parts of this study, made in a folder that holds none of its runs."""
    clocks = Clocks()
    for part, places in PARTS.items():
        for place in places:
            clocks.watch(part, place)
    from blackbox.carry_out import run
    from blackbox.study_file import read

    imported = time.perf_counter() - BEGUN
    made = run(read(study), store=study.parent)
    made.report(study.parent / "report")
    seconds = {"imports": imported} | {part: clocks.seconds.get(part, 0.0) for part in PARTS}
    for trace in made.traces:
        name = f"thinking of {trace.strategy}"
        seconds[name] = seconds.get(name, 0.0) + trace.thinking_seconds
    seconds[REST] = time.perf_counter() - BEGUN - sum(seconds.values())
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
