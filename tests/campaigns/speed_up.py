"""What 2 and 4 workers are worth, within one run and over runs; and a kill in the middle of it.

    python -m tests.campaigns.speed_up [waits] [waits_long] [computes] [kills]

Prints the page, of the parts that are named, or of all. Workers have been started and have loaded
the objective before a time is taken; the median of several studies counts. A scorer that waits
takes no core, so that even a busy machine shows what is lost by handing calls around; one that
computes needs as many free cores as there are workers. Traces of all of them are compared bit by
bit. Half a minute for the waits, as much for what computes, a minute for the kills.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import blackbox as bb
from blackbox.trace import Trace

WAIT = 0.05  # seconds of an object
BUDGET = 800  # of the run that is killed: its helpers have to begin first
STUDIES = 3  # timed, of which the median counts
SPACE = bb.Space.box(-1, 1, 10)
KILLED = """
from pathlib import Path
from tests.campaigns.speed_up import killed_study
killed_study(Path({folder!r}), {jobs})
"""


def bowl(x: Any) -> float:
    """Minus the squared length of an object."""
    return -float((np.asarray(x) ** 2).sum())


def waits(x: Any) -> float:
    """A score that somebody else makes: a licence server, an instrument, another program."""
    time.sleep(WAIT)
    return bowl(x)


def waits_long(x: Any) -> float:
    """The same of a slower one."""
    time.sleep(4 * WAIT)
    return bowl(x)


def computes(x: Any) -> float:
    """A score that takes some 50 ms of a core."""
    total = 0.0
    for nth in range(600_000):
        total += nth % 7
    return bowl(x) + 0.0 * total


def objective(score: Callable[[Any], float]) -> bb.Objective:
    """Dear objects, one a call; declared, so that no clock has a say in how they are called."""
    settings: dict[str, Any] = {"batched": False, "seconds": 0.1, "differentiable": False}
    return bb.Objective(score, space=SPACE, noise=False, name=score.__name__, **settings)


class Case(NamedTuple):
    """A study whose calls are shared."""

    what: str
    strategy: str
    budget: int
    seeds: int


CASES = (
    Case("one run that asks 16 points a message", "cma_es(popsize=16)", 96, 1),
    Case("one run of Bayesian optimization that asks 4", "bayes_opt(q=4, initial=8)", 32, 1),
    Case("8 runs that ask one point a message", "one_plus_one", 16, 8),
    Case("5 runs, more than workers by one, 16 points", "cma_es(popsize=16)", 32, 5),
)


def timed(case: Case, made: bb.Objective, jobs: int) -> tuple[float, list[str]]:
    """The median seconds of a study, and the digests of its traces."""
    seconds, digests = [], list[str]()
    for nth in range(STUDIES + 2):
        clock = time.perf_counter()
        study = bb.compare(made, case.strategy, case.budget, seeds=case.seeds, jobs=jobs)
        if nth >= 2:  # those before have started the workers, and had them load the objective
            seconds.append(time.perf_counter() - clock)
        digests = [trace.digest() for trace in study.traces]
    return statistics.median(seconds), digests


def table(score: Callable[[Any], float], jobs: Sequence[int], cases: Sequence[Case]) -> None:
    """Print how much faster each study is with more workers."""
    made = objective(score)
    _ = made.facts
    names = "".join(f" {n} workers |" for n in jobs[1:])
    print(f"| `{score.__name__}` | one process |{names} same bits |")
    print("|---|---|" + "---|" * (len(jobs)))
    for case in cases:
        results = [timed(case, made, n) for n in jobs]
        alone, same = results[0][0], all(one[1] == results[0][1] for one in results)
        faster = "".join(f" {alone / seconds:.2f}x |" for seconds, _ in results[1:])
        print(f"| {case.what} | {alone:.2f} s |{faster} {'yes' if same else 'NO'} |", flush=True)
    print()


def noted(folder: Path) -> bb.Objective:
    """A scorer that notes each object that it was called with, before and after."""

    def score(x: Any) -> float:
        with (folder / f"begun-{os.getpid()}").open("ab") as file:
            file.write(np.asarray(x, float).tobytes())
        value = waits(x)
        with (folder / f"done-{os.getpid()}").open("ab") as file:
            file.write(np.asarray(x, float).tobytes())
        return value

    settings: dict[str, Any] = {"batched": False, "seconds": 0.1, "differentiable": False}
    return bb.Objective(score, space=SPACE, noise=False, name="noted", version=1, **settings)


def killed_study(folder: Path, jobs: int) -> None:
    """Make a study of one run in a folder."""
    (folder / "calls").mkdir(exist_ok=True)
    settings: dict[str, Any] = {"seeds": 1, "jobs": jobs, "store": folder / "study"}
    bb.compare(noted(folder / "calls"), "cma_es(popsize=16)", BUDGET, **settings)


def process_of(folder: Path, jobs: int) -> subprocess.Popen[bytes]:
    """A process that makes the study."""
    return subprocess.Popen([sys.executable, "-c", KILLED.format(folder=str(folder), jobs=jobs)])


def made_in(folder: Path, jobs: int) -> Trace:
    """The trace of the study, made to its end."""
    assert process_of(folder, jobs).wait() == 0
    return bb.load(folder / "study").traces[0]


def calls(folder: Path, what: str) -> Counter[bytes]:
    """How often each object was called."""
    size = 8 * SPACE.dim
    contents = [path.read_bytes() for path in (folder / "calls").glob(f"{what}-*")]
    return Counter(c[i : i + size] for c in contents for i in range(0, len(c) - size + 1, size))


def killed_at_work(folder: Path, jobs: int) -> bool:
    """Kill a study once others help with its calls; False where it had ended before that."""

    def noting() -> set[Path]:
        return set((folder / "calls").glob("done-*"))

    before, goal = noting(), calls(folder, "done").total() + 20
    process = process_of(folder, jobs)
    while len(noting() - before) < 2 or calls(folder, "done").total() < goal:
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(2.0)  # its workers end with it
    return True


def kills(times: int) -> None:
    """Kill a study's process outright, several times, and go on with it; print what was paid."""
    with tempfile.TemporaryDirectory() as place:
        folder, alone = Path(place), Path(place) / "alone"
        alone.mkdir()
        reference = made_in(alone, 1).digest()
        killed = sum(killed_at_work(folder, 4) for _ in range(times))
        cut_off = calls(folder, "begun").total() - calls(folder, "done").total()
        trace, first = made_in(folder, 4), calls(alone, "done")
        done = calls(folder, "done")
        again = sum((done - first).values())
        same = "the same bits as without a kill" if trace.digest() == reference else "OTHER bits"
        print(f"Killed {killed} times while others helped, the run ended with {len(trace)} ")
        print(
            f"evaluations and {same}. {cut_off} calls were cut off, and made again; of those that "
        )
        print(
            f"had ended, {again} were made again (an answer may be lost on its way to the disk).\n"
        )


def main(parts: Sequence[str]) -> None:
    """Print the page."""
    chosen = parts or ("waits", "waits_long", "computes", "kills")
    print("# What workers are worth\n")
    print(f"Made by `python -m tests.campaigns.speed_up {' '.join(parts)}`".strip(), end="")
    print(f" on {os.cpu_count()} cores, at a load of {os.getloadavg()[0]:.1f} by others.\n")
    if "waits" in chosen:
        print(f"## A scorer that waits {WAIT * 1000:g} ms\n")
        table(waits, (1, 2, 4), CASES)
    if "waits_long" in chosen:
        print(f"## A scorer that waits {4 * WAIT * 1000:g} ms\n")
        table(waits_long, (1, 2, 4), CASES[:1])
    if "computes" in chosen:
        print("## A scorer that computes about as long\n")
        table(computes, (1, 2), (CASES[0], CASES[2]))
    if "kills" in chosen:
        print("## Killed in the middle, with 4 workers at one run\n")
        kills(3)


if __name__ == "__main__":
    main(sys.argv[1:])
