"""Logs that were changed: read right, or refused with the cause, never believed when impossible.

    python -m tests.campaigns.fuzzed_logs [--logs 10000] [--seed 0] [--table FILE.md]

Each time one log, of one of eleven kinds, is changed in one way and read. What comes out must be an
error of ours or a comparison in which nothing is impossible, by a checker of its own. Changes that
keep what a log says must give equal frames. Where a change may lose something, runs and bests are
those that the log was made of, or something is noticed; the exceptions are counted:

- "other values": each line has the same cells as before but for numbers and names that are other
  ones. Nobody can tell, unless the format says the same thing twice.
- "rows lost": whole lines are missing, and what is left is a whole log: one of improvements, or
  one whose strategies have the same runs, all of the same evaluations.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.errors import BlackboxError
from tests.campaigns import log_mutators as mutators
from tests.campaigns.logs_made import Log, made_logs

RUN = ["objective", "strategy", "seed"]
NOTHING_WRONG = ("read", "equal", "refused", "noticed", "other values", "rows lost", "unchanged")


def impossible(study: bb.Comparison) -> str:
    """What in the runs cannot be, in a word; "" if nothing."""
    keys = [(run.objective, run.strategy, run.seed) for run in study.traces]
    if len(set(keys)) < len(keys):
        return "run twice"
    for run in study.traces:
        if not (math.isfinite(run.budget) and run.budget > 0):
            return "budget"
        if not (math.isfinite(run.used) and run.used >= 0):
            return "used"
        if run.dim < 1 or run.seed < 0 or not run.strategy or not run.objective:
            return "run"
        for name, least in (("n_scores", 1), ("n_gradients", 0)):
            counts = getattr(run, name)
            if counts.dtype != np.int64 or (counts[:1] < least).any():
                return name
            if (np.diff(counts) < least).any():
                return name
        if not np.isfinite(run.score[run.valid]).all():
            return "score"
    return ""


def in_order(study: bb.Comparison) -> list[pd.DataFrame]:
    """Both frames without what the order of a log or its file decides."""
    frames = []
    for name, keys in (("evaluations", [*RUN, "row"]), ("runs", RUN)):
        frame = getattr(study, name).astype({"objective": str, "strategy": str})
        frames.append(frame.sort_values(keys, ignore_index=True))
    return frames


def bests(study: bb.Comparison) -> list[float]:
    """The best of each run as a user reads it, in their order; inf where there is none."""
    rows = [(run, run.best_row()) for run in study.traces]
    levels = (math.inf if n is None else run.sign * float(run.score[n]) for run, n in rows)
    return sorted(levels)


def is_other_values(before: str, after: str) -> bool:
    """Whether each line has as many cells as before, and those that differ are of the same kind."""
    one, other = before.split("\n"), after.split("\n")
    if len(one) != len(other):
        return False
    return all(_same_shape(*pair) for pair in zip(one, other, strict=True) if pair[0] != pair[1])


def _same_shape(before: str, after: str) -> bool:
    marks = r"[,;\s:|(){}\[\]]"
    if re.findall(marks, before) != re.findall(marks, after):
        return False
    cells = zip(re.split(marks, before), re.split(marks, after), strict=True)
    return all(_kind(one) == _kind(other) for one, other in cells if one != other)


def _kind(cell: str) -> str:
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?inf|nan", cell):
        return "number"
    return "nothing" if not cell else "name"


def is_rows_lost(before: str, after: str) -> bool:
    """Whether what is left are whole lines of what was there."""
    left = iter(before.split("\n"))
    return len(after) < len(before) and all(line in left for line in after.split("\n"))


def is_whole(study: bb.Comparison) -> bool:
    """Whether all strategies have as many runs on all objectives, all of the same evaluations."""
    runs = study.runs
    cells = runs.groupby(["objective", "strategy"]).size()
    is_full = len(cells) == runs["objective"].nunique() * runs["strategy"].nunique()
    counted = study.evaluations.groupby(RUN, observed=True)["n_scores"].agg(tuple)
    return is_full and len(set(cells)) == 1 and len(set(counted)) == 1


class Fuzz:
    """Logs of every kind, of which one at a time is changed and read."""

    def __init__(self, here: Path, seed: int) -> None:
        """Make the logs and read them as they are."""
        self.rng, self.here = Random(seed), here
        self.logs = made_logs(here / "made")
        self.whole = {log.kind: in_order(self._read(log, log.path)) for log in self.logs}
        self.ends: Counter[tuple[str, str, str]] = Counter()
        self.wrong: list[str] = []

    @staticmethod
    def _read(log: Log, path: Path) -> bb.Comparison:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", bb.StudyWarning)
            return bb.read_log(path, log.format, **log.asked)

    def step(self) -> None:
        """Change one log in one way, read it, and change it back."""
        log = self.rng.choice(self.logs)
        file, kind, before, after, is_kept = self._changed(log)
        end = "unchanged"
        if after != before:
            end = self._ended(log, kind, before, after, is_kept)
        self.ends[log.kind, kind, end.split(":")[0]] += 1
        if end not in NOTHING_WRONG:
            self.wrong.append(f"{kind} in {log.kind}, {file.name}: {end}")
            (self.here / f"wrong {len(self.wrong)}").write_bytes(after)
        file.write_bytes(before)

    def _ended(self, log: Log, kind: str, before: bytes, after: bytes, is_kept: bool) -> str:
        """What came of reading a changed log, in a word; in capitals what must not be."""
        try:
            study = self._read(log, log.path)
            cannot_be = impossible(study)
            return cannot_be.upper() or self._compared(log, study, before, after, is_kept)
        except BlackboxError as error:
            return "refused" if str(error) else "WITHOUT A WORD"
        except Exception:
            return f"TRACEBACK: {traceback.format_exc().splitlines()[-1]}"

    def _compared(
        self, log: Log, study: bb.Comparison, before: bytes, after: bytes, is_kept: bool
    ) -> str:
        if is_kept:
            return "equal" if self._is_equal(log, study) else "NOT EQUAL"
        if study.recipe.get("notices"):
            return "noticed"
        same = len(study.traces) == len(log.bests) and np.allclose(
            bests(study), log.bests, rtol=1e-6, atol=1e-9
        )
        if same:
            return "read"
        texts = before.decode("utf-8", "replace"), after.decode("utf-8", "replace")
        if is_other_values(*texts):
            return "other values"
        is_whole_log = not log.is_dense or is_whole(study)
        return "rows lost" if is_rows_lost(*texts) and is_whole_log else "SILENTLY OTHER BESTS"

    def _is_equal(self, log: Log, study: bb.Comparison) -> bool:
        pairs = zip(self.whole[log.kind], in_order(study), strict=True)
        return all(one.equals(other) for one, other in pairs)

    def _changed(self, log: Log) -> tuple[Path, str, bytes, bytes, bool]:
        """The file that was changed: the kind of change, both contents, and whether it is kept."""
        folder = log.path if log.path.is_dir() else log.path.parent
        files = [file for file in sorted(folder.rglob("*")) if file.suffix in log.suffixes]
        file = self.rng.choice(files if log.path.is_dir() else [log.path])
        before = file.read_bytes()
        after, kind, is_kept = self._mutated(log, before)
        file.write_bytes(after)
        return file, kind, before, after, is_kept

    def _mutated(self, log: Log, before: bytes) -> tuple[bytes, str, bool]:
        share = self.rng.random()
        if share < 0.25 and log.is_text:  # bytes that keep the meaning, or texts that do
            keeping = {**mutators.KEEPING, **mutators.OF_ANY_TEXT, **log.keeping}
            kind = self.rng.choice(sorted(keeping))
            if kind in mutators.KEEPING:
                return mutators.KEEPING[kind](self.rng, before), kind, True
            change: Any = keeping[kind]
            return change(self.rng, before.decode()).encode(), kind, True
        if share < 0.4 or not log.is_text:
            kind = self.rng.choice(sorted(mutators.BYTES))
            return mutators.BYTES[kind](self.rng, before), kind, False
        kind = self.rng.choice(sorted(mutators.CHANGES))
        return mutators.CHANGES[kind](self.rng, before.decode()).encode(), kind, False


def campaign(logs: int, seed: int, here: Path) -> Fuzz:
    """So many logs, changed one after the other."""
    made = Fuzz(here, seed)
    for _ in range(logs):
        made.step()
    return made


def table(made: Fuzz) -> str:
    """How often each kind of log ended how, and what ended otherwise."""
    kinds = sorted({kind for kind, _, _ in made.ends})
    ends = [*NOTHING_WRONG, *sorted({end for _, _, end in made.ends} - set(NOTHING_WRONG))]
    lines = [f"| log | {' | '.join(ends)} |", f"| --- |{' --: |' * len(ends)}"]
    for kind in kinds:
        counts = Counter[str]()
        for (one, _, end), n in made.ends.items():
            counts[end] += n * (one == kind)
        lines.append(f"| {kind} | {' | '.join(str(counts[end]) for end in ends)} |")
    silent = Counter[str]()
    for (_, change, end), n in made.ends.items():
        silent[f"{change}: {end}"] += n * (end in ("other values", "rows lost"))
    excepted = ", ".join(f"{what} {n}" for what, n in silent.most_common() if n)
    return "\n".join(
        [
            *lines,
            "",
            f"Excepted by design: {excepted or 'none'}.",
            "",
            f"{len(made.wrong)} ended otherwise.",
            *made.wrong[:20],
            "",
        ]
    )


def main() -> int:
    """Run the campaign of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for what ended otherwise")
    given = parser.parse_args()
    clock = time.process_time()
    with tempfile.TemporaryDirectory(prefix="fuzzed-") as here:
        made = campaign(given.logs, given.seed, given.keep or Path(here))
    text = table(made)
    print(text)
    if given.table:
        command = f"python -m tests.campaigns.fuzzed_logs --logs {given.logs} --seed {given.seed}"
        head = (
            f"# Logs that were changed\n\n`{command}`, {time.process_time() - clock:.0f} s of CPU."
        )
        explained = "Each time" + str(__doc__).partition("Each time")[2]
        given.table.write_text(f"{head}\n\n{explained}\n{text}")
    return 1 if made.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
