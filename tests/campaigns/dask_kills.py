"""SIGKILLs of Dask's workers at random moments: the numbers are those of one process, bit for bit.

    python -m tests.campaigns.dask_kills [--kills 10] [--seed 0] [--kinds KIND ...] [--table FILE]

A study goes to the workers of a Dask cluster on this machine (a scheduler and worker processes that
speak TCP on its loopback, each watched by a nanny that starts another in its place), and at a
random moment one of the workers is killed. Where workers see the study's folder, each answer is
there as it arrives, and what was paid for is counted: `again` are calls for objects that had been
called for, which may be as many as were in flight. Where they do not, runs that a killed worker had
begun are made again, and only the numbers must be the same.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import numpy as np

import blackbox as bb
from blackbox.optional import require

SPACE = bb.Space.normal(3)
NAMES = ("random_search(batch=4)", "hill_climb", "cma_es(popsize=6)")
BUDGET, SEEDS, WORKERS = 60, 6, 2
# Seconds after the first call until a worker is killed, at most, and until it has begun again.
SOON, START = 6.0, 60.0
# What a worker imports first, where it is not to see the study's folder.
BLIND = "from blackbox.distribute import FolderElsewhere\nFolderElsewhere.is_seen = False\n"
HEADING = "# Studies whose Dask workers were killed\n\n"
NOTE = """
`calls made again`: calls for points of runs beyond those that the finished runs hold. At a kill the
message that was being answered is lost: one row where scores are dear, and a message of 6 rows at
most of each run of a part where they are cheap. `given up`: runs during which four workers in
succession were killed, and guarded ones after them; the same call again went on with them.
"""


@dataclass(frozen=True)
class Kind:
    """How a study is carried out: seconds of a score, and whether workers see its folder."""

    pause: float
    is_seen: bool


KINDS = {
    "20 ms, a shared folder": Kind(0.02, True),
    "20 ms, no shared folder": Kind(0.02, False),
    "fast, a shared folder": Kind(0.0, True),
}


@dataclass(frozen=True)
class Logging:
    """Scores one object, and says so in a file."""

    log: str
    pause: float

    def __call__(self, x: Any) -> float:
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, np.asarray(x, float).tobytes())
        os.close(file)
        time.sleep(self.pause)
        return -float(np.square(x - 0.5).sum())


def starts(rng: np.random.Generator, m: int) -> Any:
    """Others than the points that a probe draws, so that its calls can be told from a run's."""
    return 0.9 * rng.standard_normal((m, SPACE.dim))


def compared(log: Path, kind: Kind, **how: Any) -> bb.Comparison:
    """The study, here or elsewhere."""
    dear: dict[str, Any] = {"seconds": 1.0} if kind.pause else {}
    scorer = bb.Scorer(Logging(str(log), kind.pause), batched=False, version=1)
    objective = bb.Objective(scorer, space=SPACE, name="logged", noise=False, starts=starts, **dear)
    return bb.compare(objective, NAMES, BUDGET, SEEDS, **how)


@dataclass
class Killer:
    """Kills a worker of a cluster in each study."""

    client: Any
    random: Random
    kills: int = 0

    @contextmanager
    def at_work(self, log: Path) -> Iterator[None]:
        """While a study is carried out, from its first call on."""
        ended = Event()
        thread = Thread(target=self._kill, args=(log, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _kill(self, log: Path, ended: Event) -> None:
        while not ended.wait(0.05):
            if not log.exists():
                continue
            if ended.wait(self.random.uniform(0.2, SOON)):
                return
            pids = sorted(self.client.run(os.getpid).values())
            with suppress(ProcessLookupError, IndexError):
                os.kill(self.random.choice(pids), signal.SIGKILL)
                self.kills += 1
            self._wait()
            return

    def _wait(self) -> None:
        """Until the nanny has started another one, or long enough."""
        with suppress(TimeoutError):
            self.client.wait_for_workers(WORKERS, timeout=START)


@dataclass
class Tally:
    """What came of the studies of one kind."""

    studies: int = 0
    kills: int = 0
    unlike: int = 0
    again: int = 0
    missing: int = 0


def paid(log: Path, study: bb.Comparison) -> int:
    """Calls for points of runs beyond those that the runs hold."""
    runs = Counter(z.tobytes() for trace in study.traces for z in trace.z)
    content, size = log.read_bytes(), 8 * SPACE.dim
    calls = Counter(content[at : at + size] for at in range(0, len(content), size))
    return sum(calls[point] - times for point, times in runs.items())


def one_study(killer: Killer, kind: Kind, tally: Tally) -> None:
    """Carry it out while workers are killed, and hold it against that of one process."""
    with tempfile.TemporaryDirectory(prefix="blackbox-") as place:
        folder = Path(place)
        alone = compared(folder / "alone", kind, progress=False)
        log, store, before = folder / "log", folder / "study", killer.kills
        executor = killer.client.get_executor()
        with killer.at_work(log):
            study = compared(log, kind, executor=executor, store=store, progress=False)
            while not study.is_complete:
                tally.missing += len(study.missing)
                study = compared(log, kind, executor=executor, store=store, progress=False)
        pairs = zip(alone.traces, study.traces, strict=True)
        tally.unlike += sum(here.digest() != there.digest() for here, there in pairs)
        tally.again += paid(log, study) if kind.is_seen else 0
        tally.studies, tally.kills = tally.studies + 1, tally.kills + killer.kills - before


def campaign(names: Sequence[str], kills: int, seed: int) -> dict[str, Tally]:
    """So many kills of each kind, at least."""
    distributed = require("distributed", "cluster")
    tallies = {name: Tally() for name in names}
    for name, tally in tallies.items():
        with tempfile.TemporaryDirectory(prefix="blackbox-") as place:
            preload = Path(place) / "worker.py"
            preload.write_text("" if KINDS[name].is_seen else BLIND)
            how = {"threads_per_worker": 1, "dashboard_address": None, "preload": str(preload)}
            with (
                distributed.LocalCluster(n_workers=WORKERS, **how) as cluster,
                distributed.Client(cluster) as client,
            ):
                killer = Killer(client, Random(seed))
                while tally.kills < kills:
                    one_study(killer, KINDS[name], tally)
    return tallies


HEAD = ("kind", "studies", "workers killed", "runs", "calls made again", "runs unlike", "given up")


def table(tallies: dict[str, Tally]) -> str:
    """As Markdown."""
    lines: list[Sequence[str]] = [HEAD, ["---", *["--:"] * (len(HEAD) - 1)]]
    for name, tally in tallies.items():
        again = str(tally.again) if KINDS[name].is_seen else "not counted"
        runs = tally.studies * len(NAMES) * SEEDS
        numbers = (tally.studies, tally.kills, runs, again, tally.unlike, tally.missing)
        lines.append([name, *map(str, numbers)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    clock = time.monotonic()
    text = table(campaign(given.kinds, given.kills, given.seed))
    print(text)
    if given.table:
        command = f"python -m tests.campaigns.dask_kills --kills {given.kills} --seed {given.seed}"
        seconds = time.monotonic() - clock
        given.table.write_text(f"{HEADING}`{command}`, {seconds:.0f} s.\n\n{text}{NOTE}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
