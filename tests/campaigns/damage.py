"""Damaged files of a study's folder: noticed, told in words, set aside, and never believed.

    python -m tests.campaigns.damage [--files 10000] [--seed 0] [--table tests/campaigns/damage.md]

Each time one file of a folder is changed: a bit is flipped, bytes are cut out or off, others are
put in, two blocks change places, a page is zeroed, or the file takes the place of another one. The
folder is then read, and carried on. Whatever is believed must be what was written; what is not must
end in an error of ours or be made again, and what was damaged must still be there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import blackbox as bb
from blackbox.errors import BlackboxError
from blackbox.trace import Trace

PAGE = 4096
STRATEGIES = ("hill_climb", "cma_es")
BUDGET, SEEDS = 30, 2
GOES_ON = 0.2  # the share of damaged folders whose study is carried on
_calls_left: list[int] = []  # until the surroundings fail


def score(x: Any) -> float:
    if _calls_left:
        _calls_left[0] -= 1
        if _calls_left[0] < 0:
            raise ConnectionError("no licence")
    return -float(np.square(x).sum())


def size(x: Any) -> Any:
    return np.linalg.norm(np.asarray(x), axis=1)


def objectives() -> list[bb.Objective]:
    scorer = bb.Scorer(score, batched=False, version=1, retries=0)
    space = bb.Space.normal(3)
    common: dict[str, Any] = {"space": space, "noise": False, "version": 1}
    return [
        bb.Objective(scorer, name="one", judges={"size": bb.Judge(size, version=1)}, **common),
        bb.Objective(scorer, name="two", seconds=1.0, **common),
    ]


def carried_out(folder: Path, made: list[bb.Objective]) -> bb.Comparison:
    with warnings.catch_warnings(action="ignore"):
        return bb.compare(made, STRATEGIES, BUDGET, SEEDS, store=folder)


def bits(trace: Trace) -> tuple[Any, ...]:
    judged = {} if trace.path is None else trace.path.judged
    arrays = (trace.z, trace.score, trace.valid, trace.n_scores, *judged.values())
    return (*map(np.ndarray.tobytes, arrays), str(trace.status), trace.used, trace.budget)


def cell(trace: Trace) -> tuple[str, str, int]:
    return trace.objective, trace.strategy, trace.seed


def mutated(rng: Random, content: bytes) -> tuple[str, bytes]:
    """The content with one change, and what that was."""
    n = len(content)
    kind = rng.choice(["flip", "flip", "cut off", "cut out", "insert", "swap", "zero", "empty"])
    first, second = sorted((rng.randrange(n), rng.randrange(n)))
    block = min(rng.choice([1, 8, 64, 512]), n - second)
    match kind:
        case "flip":
            changed = bytearray(content)
            changed[first] ^= 1 << rng.randrange(8)
            return kind, bytes(changed)
        case "cut off":
            return kind, content[:first]
        case "cut out":
            return kind, content[:first] + content[first + block :]
        case "insert":
            put = rng.choice([rng.randbytes(block), bytes(block), content[second : second + block]])
            return kind, content[:first] + put + content[first:]
        case "swap":
            block = min(block, second - first)
            one, other = content[first : first + block], content[second : second + block]
            between = content[first + block : second]
            return kind, content[:first] + other + between + one + content[second + block :]
        case "zero":
            start = first // PAGE * PAGE if n > PAGE else first
            length = min(PAGE if n > PAGE else 64, n - start)
            return kind, content[:start] + bytes(length) + content[start + length :]
    return kind, b""


class Campaign:
    """One folder, of which a copy is damaged again and again."""

    def __init__(self, here: Path, seed: int) -> None:
        """Make the folder: some runs are finished, others are in a journal."""
        self.rng, self.here, self.made = Random(seed), here, objectives()
        self.folder = here / "folder"
        whole = carried_out(here / "whole", self.made).traces
        self.whole = {cell(trace): bits(trace) for trace in whole}
        _calls_left[:] = [150]
        carried_out(self.folder, self.made)
        _calls_left.clear()
        self.begun = bb.load(self.folder)
        self.used = dict(self._used(self.begun))
        self.files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        self.ends: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []

    @staticmethod
    def _used(study: bb.Comparison) -> list[tuple[tuple[str, str, int], float]]:
        table = study.missing
        cells = zip(table.objective, table.strategy, table.seed, strict=True)
        return list(zip(cells, table.used, strict=True))

    def step(self) -> None:
        """Damage one file, read the folder, and carry the study on."""
        copy = self.here / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy)
        path = copy / self.rng.choice(self.files).relative_to(self.folder)
        before = path.read_bytes()
        if path.suffix == ".run" and self.rng.random() < 0.05:
            kind, after = (
                "another's",
                self.rng.choice([one for one in self.files if one.suffix == ".run"]).read_bytes(),
            )
        else:
            kind, after = mutated(self.rng, before)
        if after == before:
            return
        path.write_bytes(after)
        what = f"{kind} in {path.suffix[1:]}"
        # A journal or a run is believed by who goes on, too, but that takes a while.
        goes_on = self.rng.random() < GOES_ON
        for step in (self._read, self._carry_on) if goes_on else (self._read,):
            try:
                end = step(copy)
            except BlackboxError:
                end = "refused"
            except Exception as error:
                end = "TRACEBACK"
                self.wrong.append(f"{what}: {type(error).__name__}: {error}")
            if end.isupper():
                self.wrong.append(f"{what}: {end}")
            self.ends[path.suffix, f"{step.__name__[1:].replace('_', ' ')}: {end}"] += 1
        kept = not goes_on or any(one.read_bytes() == after for one in copy.rglob(f"{path.stem}*"))
        # The end of a journal that was cut off holds nothing that is not in its successor.
        if not kept and kind not in ("cut off", "empty"):
            self.wrong.append(f"{what}: OVERWRITTEN")

    def _read(self, folder: Path) -> str:
        study = bb.load(folder)
        if any(bits(trace) != self.whole[cell(trace)] for trace in study.traces):
            return "OTHER NUMBERS"
        if any(used > self.used.get(which, BUDGET) for which, used in self._used(study)):
            return "OTHER NUMBERS"
        return "whole" if len(study.traces) == len(self.begun.traces) else "left out"

    def _carry_on(self, folder: Path) -> str:
        study = carried_out(folder, self.made)
        if {cell(trace): bits(trace) for trace in study.traces} != self.whole:
            return "OTHER NUMBERS"
        return "made again, or whole"


def campaign(files: int, seed: int) -> Campaign:
    """So many files, damaged one after the other."""
    with tempfile.TemporaryDirectory(prefix="damage-") as here:
        made = Campaign(Path(here), seed)
        for _ in range(files):
            made.step()
        return made


def main() -> int:
    """Run the campaign of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    clock = time.monotonic()
    made = campaign(given.files, given.seed)
    lines = ["| file | what happened | times |", "| --- | --- | --: |"]
    lines += [f"| {file} | {end} | {n} |" for (file, end), n in sorted(made.ends.items())]
    wrong = [f"{len(made.wrong)} ended otherwise.", *made.wrong[:20]]
    text = "\n".join([*lines, "", *wrong, ""])
    print(text)
    if given.table:
        command = f"python -m tests.campaigns.damage --files {given.files} --seed {given.seed}"
        head = f"# Files that were damaged\n\n`{command}`, {time.monotonic() - clock:.0f} s.\n\n"
        given.table.write_text(head + text)
    return 1 if made.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
