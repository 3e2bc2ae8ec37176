"""SIGKILLs at random moments: what was paid for is never paid again, and ends are the same.

    python -m tests.campaigns.kills [--kills 100] [--seed 0] [--kinds KIND ...] [--table FILE]

A study is carried out in a process of its own and killed again and again, in the parent or in one
of its workers, until it ends; then another one is begun. Scorers log each object that they are
called for, so that what was paid for can be counted. `in flight` is what a killed process had
called and not yet written: at most the messages that were being answered.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch

import blackbox as bb
from blackbox.runtime.store import Store
from blackbox.trace import Trace

MARK = "BLACKBOX_KILLS"
SPACE = bb.Space.normal(3)
COLUMNS = ("z", "score", "valid", "grad_valid", "n_scores", "n_gradients", "n_decodes")
# The most rows of a message of each strategy below.
ROWS = {"cma_es(popsize=6)": 6, "hill_climb": 1, "random_search(batch=4)": 4}


@dataclass(frozen=True)
class Kind:
    """How a study is carried out, and how soon it is killed after its first call."""

    jobs: int
    pause: float  # seconds of a score
    budget: int
    seeds: int
    soon: float  # seconds

    @property
    def in_flight(self) -> int:
        """The most rows that are being answered at one moment: one per process if they are dear."""
        return self.jobs if self.pause else sum(ROWS.values()) * self.seeds


KINDS = {
    f"{'20 ms' if pause else 'fast'} scorers, jobs {jobs}": Kind(jobs, pause, budget, seeds, soon)
    for jobs in (1, 2)
    for pause, budget, seeds, soon in ((0.0, 500, 4, 1.0), (0.02, 40, 3, 3.0))
}


@dataclass(frozen=True)
class Logging:
    """Scores one object by two criteria, and says so in a file; some objects have no score."""

    log: str
    pause: float

    def __call__(self, x: Any) -> Any:
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, np.asarray(x, float).tobytes())
        os.close(file)
        time.sleep(self.pause)
        if x[0] > 1.5:
            raise ValueError("too far")
        return np.array([-float(np.square(x - 0.5).sum()), float(x[1])])


def smooth(x: torch.Tensor) -> torch.Tensor:
    return -(x - 0.5).square().sum(-1)


def size(x: torch.Tensor) -> torch.Tensor:
    norm: torch.Tensor = torch.linalg.norm(x, dim=1)
    return norm


def starts(rng: np.random.Generator, m: int) -> Any:
    """Others than the points that a probe draws, so that its calls can be told from a run's."""
    return 0.9 * rng.standard_normal((m, SPACE.dim))


def carried_out(folder: Path, log: Path, kind: Kind) -> bb.Comparison:
    """One study of logged scores, and of gradients."""
    dear: dict[str, Any] = {"seconds": 1.0} if kind.pause else {}
    scorer = bb.Scorer(Logging(str(log), kind.pause), batched=False, weights=[1.0, 0.1], version=1)
    judges: dict[str, Any] = {
        "judges": {"size": bb.Judge(size, high=2.0)},
        "noise": False,
        "starts": starts,
    }
    objectives = [
        bb.Objective(scorer, space=SPACE, name="logged", **judges, **dear),
        bb.Objective(smooth, space=SPACE, name="smooth", **judges),
    ]
    names = [*ROWS, "gradient_ascent"]
    return bb.compare(objectives, names, kind.budget, kind.seeds, jobs=kind.jobs, store=folder)


def bits(trace: Trace) -> tuple[Any, ...]:
    """All that has to be the same in the end."""
    assert trace.path is not None
    arrays = [getattr(trace, name) for name in COLUMNS]
    arrays += [*trace.criteria.values(), trace.path.rows, *trace.path.judged.values()]
    cell = (trace.objective, trace.strategy, trace.seed, str(trace.status), trace.used)
    return (*cell, *(np.asarray(array).tobytes() for array in arrays))


@dataclass
class Tally:
    """What the studies of one kind have shown."""

    kills: Counter[str] = field(default_factory=Counter)
    studies: int = 0
    rows: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    beyond: int = 0
    other_frames: int = 0
    left_alive: int = 0
    untidy: int = 0


class Campaign:
    """The studies of one kind, one after the other."""

    def __init__(self, name: str, seed: int, here: Path) -> None:
        """Carry it out once without a kill, to compare with."""
        self.name, self.kind, self.here = name, KINDS[name], here
        self.rng, self.tally = Random(f"{seed} {name}"), Tally()
        self.mark = uuid.uuid4().hex
        whole = carried_out(here / "whole", here / "whole.log", self.kind)
        self.wanted = {bits(trace) for trace in whole.traces}
        self.points = Counter(
            z.tobytes() for trace in whole.traces if trace.objective == "logged" for z in trace.z
        )

    def run(self, kills: int) -> Tally:
        """Kill studies until there were so many kills, and the last one has ended."""
        while sum(self.tally.kills.values()) < kills:
            self._study(kills)
        return self.tally

    def _study(self, kills: int) -> None:
        nth = self.tally.studies = self.tally.studies + 1
        folder, log = self.here / str(nth), self.here / f"{nth}.log"
        wasted = 0
        while True:
            before = self.tally.kills.copy()
            ended = self._session(folder, log, kills)
            now = self._paid(log) - self._held(folder)
            done = self.tally.kills - before
            lost, wasted = now - wasted, now
            self.tally.in_flight += lost
            self.tally.most_in_flight = max(self.tally.most_in_flight, lost)
            self.tally.beyond += max(0, lost - self.kind.in_flight * max(done.total(), 0))
            if ended:
                break
        self.tally.rows += self._paid(log)
        study = bb.load(folder)
        self.tally.other_frames += len(self.wanted ^ {bits(trace) for trace in study.traces})
        left = [one for one in (folder / "runs").rglob("*") if one.suffix not in (".run", ".json")]
        self.tally.untidy += len([one for one in left if one.is_file()])

    def _session(self, folder: Path, log: Path, kills: int) -> bool:
        """Carry a study on until it ends, or its parent is killed; whether it has ended."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.campaigns.kills"]
        command += ["--carry-out", self.name, str(folder), str(log)]
        paid = self._paid(log)
        parent = subprocess.Popen(command, env=os.environ | {MARK: self.mark})
        early = self.rng.random() < 0.2
        # Otherwise most kills would hit the start of processes, where nothing is at stake.
        while not early and parent.poll() is None and self._paid(log) == paid:
            time.sleep(0.005)
        while sum(self.tally.kills.values()) < kills:
            try:
                parent.wait(self.rng.uniform(0, 5.0 if early else self.kind.soon))
                break
            except subprocess.TimeoutExpired:
                pass
            workers = [pid for pid in self._alive() if pid != parent.pid]
            if workers and self.rng.random() < 0.5:
                _kill(self.rng.choice(workers))
                self.tally.kills["worker"] += 1
                continue
            parent.kill()
            self.tally.kills["parent"] += 1
            break
        ended = parent.wait() == 0
        limit = time.monotonic() + 3
        while self._alive() and time.monotonic() < limit:
            time.sleep(0.01)
        self.tally.left_alive += len(self._alive())
        for pid in self._alive():
            _kill(pid)
        return ended

    def _alive(self) -> list[int]:
        """Python processes of this campaign: by a mark in their environment."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                marked = f"{MARK}={self.mark}".encode() in (place / "environ").read_bytes()
                if marked and b"python" in (place / "cmdline").read_bytes().split(b"\0")[0]:
                    found.append(int(place.name))
            except OSError:
                continue
        return found

    def _paid(self, log: Path) -> int:
        """Rows of runs for which the scorer was called; what the probe called is none."""
        content = log.read_bytes() if log.exists() else b""
        size = 8 * SPACE.dim
        rows = (content[first : first + size] for first in range(0, len(content), size))
        return sum(row in self.points for row in rows)

    def _held(self, folder: Path) -> int:
        """Rows that the folder holds, in finished runs and in journals."""
        store = Store(folder)
        rows = {
            key: sum(len(answer) for _, answer, _ in record.exchanges())
            for key, record in store.journals.records().items()
            if record.about["objective"] == "logged"
        }
        finished = store.keys()
        for key in finished:
            trace = store.load(key)
            if trace.objective == "logged":
                rows[key] = len(trace)
        return sum(rows.values())


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


HEAD = (
    "kind",
    *("kills (parent + worker)", "studies", "rows paid", "in flight, lost", "most at a kill"),
    *("paid twice beyond", "runs unlike the unkilled", "processes left", "files left"),
)


def campaign(names: list[str], kills: int, seed: int) -> dict[str, Tally]:
    """So many kills of each kind."""
    tallies = {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix="kills-") as here:
            tallies[name] = Campaign(name, seed, Path(here)).run(kills)
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """As Markdown."""
    lines: list[Sequence[str]] = [HEAD, ["---", *["--:"] * (len(HEAD) - 1)]]
    for name, tally in tallies.items():
        killed = f"{tally.kills.total()} ({tally.kills['parent']} + {tally.kills['worker']})"
        numbers: tuple[int, ...] = (
            tally.studies,
            tally.rows,
            tally.in_flight,
            tally.most_in_flight,
            tally.beyond,
        )
        numbers += (tally.other_frames, tally.left_alive, tally.untidy)
        lines.append([name, killed, *map(str, numbers)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--table", type=Path)
    parser.add_argument("--carry-out", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.carry_out:
        name, folder, log = given.carry_out
        carried_out(Path(folder), Path(log), KINDS[name])
        return
    clock = time.monotonic()
    text = table(campaign(given.kinds, given.kills // len(given.kinds), given.seed))
    print(text)
    if given.table:
        command = f"python -m tests.campaigns.kills --kills {given.kills} --seed {given.seed}"
        head = f"# Studies that were killed\n\n`{command}`, {time.monotonic() - clock:.0f} s.\n\n"
        given.table.write_text(head + text)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
