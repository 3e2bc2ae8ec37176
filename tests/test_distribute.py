"""Runs in the workers of any executor: the same numbers, whatever becomes of the workers."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox import machine, sent
from blackbox.distribute import FolderElsewhere, parts_of
from blackbox.runtime.store import Store
from blackbox.study import Study
from blackbox.version import __version__

NAMES = ("random_search", "cma_es")
OBJECTIVE = "synthetic.sphere(d=3)"


class Here(Executor):
    """Makes each call at once, in this process; some are met by a misfortune first."""

    def __init__(self, *misfortunes: Exception | None) -> None:
        self.misfortunes, self.calls = [*misfortunes], 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls += 1
        misfortune = self.misfortunes.pop(0) if self.misfortunes else None
        if misfortune is not None:
            future.set_exception(misfortune)
        else:
            future.set_result(fn(*args, **kwargs))
        return future


class Shut(Executor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise RuntimeError("cannot schedule new futures after shutdown")


class Counting:
    """Counts how often it was called for each object."""

    def __init__(self) -> None:
        self.calls: Counter[bytes] = Counter()

    def __call__(self, x: Any) -> Any:
        for row in np.asarray(x, float):
            self.calls[row.tobytes()] += 1
        return -np.square(x).sum(-1)

    def __reduce__(self) -> tuple[Any, ...]:
        return _counting, (id(self),)  # the same one: it is sent to this very process


def _counting(place: int) -> Counting:
    return COUNTED[place]


COUNTED: dict[int, Counting] = {}


def counted() -> tuple[Counting, bb.Objective]:
    scorer = Counting()
    COUNTED[id(scorer)] = scorer
    return scorer, bb.Objective(scorer, space=bb.Space.normal(3), name="counted", noise=False)


def compared(objective: str | bb.Objective = OBJECTIVE, seeds: int = 3, **how: Any) -> Any:
    return bb.compare(objective, NAMES, 30, seeds, **how)


def digests(study: bb.Comparison) -> list[str]:
    return [trace.digest() for trace in study.traces]


@pytest.fixture(scope="module")
def alone() -> list[str]:
    return digests(compared())


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that do not see the folder."""
    monkeypatch.setattr(FolderElsewhere, "is_seen", False)


@pytest.mark.parametrize("with_folder", [False, True])
def test_an_executor_gives_the_numbers_of_one_process(
    alone: list[str], tmp_path: Path, *, with_folder: bool
) -> None:
    executor = Here()
    study = compared(executor=executor, store=tmp_path if with_folder else None)
    assert digests(study) == alone
    assert executor.calls == 3  # fused: all strategies of a seed go together


def test_one_thread_is_as_good_as_none(alone: list[str]) -> None:
    with ThreadPoolExecutor(1) as executor:
        assert digests(compared(executor=executor)) == alone


@pytest.mark.usefixtures("blind")
def test_workers_that_do_not_see_the_folder_are_sent_what_it_holds(
    alone: list[str], tmp_path: Path
) -> None:
    _, objective = counted()
    scorer, objective = counted()
    less = compared(objective, store=tmp_path, executor=Here())
    assert less.is_complete
    before = scorer.calls.copy()
    more = bb.compare(objective, NAMES, 60, 3, store=tmp_path, executor=Here())
    assert more.is_complete
    other, same = counted()
    straight = bb.compare(same, NAMES, 60, 3)
    assert digests(more) == digests(straight)
    # What was paid for with less is not paid for again.
    paid = scorer.calls - before
    assert paid.total() < other.calls.total() - 3 * 2 * 25
    assert not list((tmp_path / "runs" / "journals").glob("*.journal"))
    assert bb.load(tmp_path).is_complete


@pytest.mark.usefixtures("blind")
def test_what_blind_workers_could_not_finish_is_kept(tmp_path: Path) -> None:
    _, objective = counted()
    left = compared(objective, store=tmp_path, executor=Here(), seconds=1e-9)
    assert len(left.missing) == 6
    study = compared(objective, store=tmp_path, executor=Here())
    assert digests(study) == digests(compared(counted()[1]))


def test_a_worker_that_died_is_followed_by_another(alone: list[str], tmp_path: Path) -> None:
    executor = Here(BrokenProcessPool("killed"), None, ConnectionError("gone"))
    study = compared(executor=executor, store=tmp_path)
    assert digests(study) == alone
    assert executor.calls == 5


def test_runs_during_which_all_workers_die_are_told(tmp_path: Path) -> None:
    executor = Here(*[BrokenProcessPool("killed")] * 12)
    study = compared(executor=executor, store=tmp_path)
    assert len(study.missing) == 6
    assert set(study.missing.reason) == {"the process that made it ended: killed"}
    # A part of three seeds: at first all, then all behind a guard, then run by run.
    assert executor.calls == 3 * (1 + 1 + 2)


def test_an_executor_that_takes_nothing_is_told(tmp_path: Path) -> None:
    study = compared(executor=Shut(), store=tmp_path)
    assert set(study.missing.reason) == {
        "the executor takes no more work: cannot schedule new futures after shutdown"
    }


def test_another_version_is_refused_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = sent.Parcel.of(partial(print, "never"))
    for name, versions in (
        ("blackbox", ("9.9.9", parcel.versions[1])),
        ("Python", (__version__, "3.99")),
    ):
        monkeypatch.setattr(sent, "versions", lambda versions=versions: versions)
        with pytest.raises(bb.StudyError) as caught:
            sent.received(sent.opened(*parcel.arguments()))
        mine, theirs = (f"{name} {one[name == 'Python']}" for one in (parcel.versions, versions))
        assert f"carried out with {mine}," in str(caught.value)
        assert f"has {theirs}:" in str(caught.value)


def test_workers_without_this_package_are_told() -> None:
    for error in (ModuleNotFoundError("No module named 'blackbox'"), AttributeError("opened")):
        with pytest.raises(bb.StudyError, match=f"install blackbox {__version__} there"):
            compared(executor=Here(error))


def test_a_module_that_a_worker_lacks_is_named() -> None:
    parcel = sent.Parcel.of(partial(print))
    content = parcel.content.replace(b"builtins", b"buildins")
    assert content != parcel.content
    with pytest.raises(bb.StudyError, match="No module named 'buildins'; make the module known"):
        sent.received(sent.opened(content, *parcel.arguments()[1:]))


def test_other_packages_there_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class There(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            with monkeypatch.context() as there:
                numpy = machine.versions() | {"numpy": "1.2.3"}
                there.setattr(machine, "versions", lambda: numpy)
                return super().submit(fn, *args, **kwargs)

    with pytest.warns(bb.StudyWarning, match=r"numpy is .* here, and 1\.2\.3 where") as caught:
        compared(executor=There())
    assert len(caught) == 1


def test_threads_of_one_process_are_refused() -> None:
    with (
        ThreadPoolExecutor(2) as executor,
        pytest.raises(bb.StudyError, match="an executor of 2 threads"),
    ):
        compared(executor=executor)
    with sent._busy, pytest.raises(bb.StudyError, match="two calls at once, in threads"):
        compared(executor=Here())


def test_what_is_no_executor_is_refused() -> None:
    with pytest.raises(bb.StudyError, match=r"executor is a concurrent\.futures\.Executor"):
        compared(executor="tcp://localhost:8786")
    with pytest.raises(bb.StudyError, match="jobs= or executor=, not both"):
        compared(executor=Here(), jobs=2)


def test_what_cannot_travel_is_named() -> None:
    lock = threading.Lock()

    def score(x: Any) -> Any:
        with lock:
            return -np.square(x).sum(-1)

    objective = bb.Objective(score, space=bb.Space.normal(2), name="locked")
    with pytest.raises(bb.StudyError, match="scorer of objective locked cannot be sent"):
        compared(objective, executor=Here())


def test_dear_runs_go_one_by_one_and_cheap_ones_by_seed() -> None:
    def score(x: Any) -> Any:
        return -np.square(x).sum(-1)

    plans = [
        Study(
            (bb.Objective(score, space=bb.Space.normal(2), name="one", seconds=seconds),),
            NAMES,
            budget=9,
            seeds=(0, 1, 2),
        ).plan()
        for seconds in (1e-5, 1.0)
    ]
    cheap, dear = (parts_of(plan.specs, None) for plan in plans)
    assert [sorted({spec.seed for spec in part}) for part in cheap] == [[0], [1], [2]]
    assert [len(part) for part in dear] == [1] * 6
    assert [len(part) for part in parts_of(plans[0].specs, 2)] == [2, 2, 2]
    assert [len(part) for part in parts_of(plans[0].specs, 4)] == [1] * 6


@pytest.mark.processes
def test_a_pool_of_processes_gives_the_numbers_of_one(alone: list[str], tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        assert digests(compared(executor=executor, store=tmp_path)) == alone
    with pytest.raises(RuntimeError):
        executor.submit(os.getpid)


PRELOAD = "import blackbox.version\nblackbox.version.__version__ = '0.0.1'\n"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_dask_workers_give_the_numbers_of_one_process(
    alone: list[str], tmp_path: Path, cluster: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    distributed = sys.modules["distributed"]

    def score(x: Any) -> Any:  # sent by value
        return -np.square(x - 0.5).sum(-1)

    mine = bb.Objective(score, space=bb.Space.normal(3), name="mine")
    with distributed.Client(cluster) as client:
        executor = client.get_executor()
        assert digests(compared(executor=executor)) == alone
        assert digests(compared(mine, executor=executor, store=tmp_path)) == digests(compared(mine))
    assert bb.load(tmp_path).is_complete
    text = f'objectives = "{OBJECTIVE}"\nstrategies = ["random_search", "cma_es"]\nbudget = 30\n'
    (tmp_path / "study.toml").write_text(f'name = "far"\nseeds = 3\n{text}')
    (tmp_path / "runs").rename(tmp_path / "other")
    from blackbox import cli

    where = cluster.scheduler_address
    assert cli.main(["run", str(tmp_path / "study.toml"), "--scheduler", where]) == 0
    assert digests(bb.load(tmp_path)) == alone
    assert Store(tmp_path).keys()
    capsys.readouterr()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.processes
def test_a_dask_worker_of_another_version_is_refused(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    (tmp_path / "older.py").write_text(PRELOAD)
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            preload=str(tmp_path / "older.py"),
        ) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(bb.StudyError, match=rf"blackbox {__version__}, .* has blackbox 0\.0\.1:"),
    ):
        compared(executor=client.get_executor())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.processes
def test_dask_workers_of_several_threads_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    from blackbox import cli, cluster

    text = f'objectives = "{OBJECTIVE}"\nstrategies = "random_search"\nbudget = 3\n'
    (tmp_path / "study.toml").write_text(text)
    run = ["run", str(tmp_path / "study.toml"), "--scheduler"]
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", dashboard_address=None
    ) as threads:
        assert cli.main([*run, threads.scheduler_address]) == 2
        assert "1 of 1 workers" in capsys.readouterr().err
    monkeypatch.setattr(cluster, "PATIENCE", "1s")
    assert cli.main([*run, "tcp://127.0.0.1:9"]) == 2
    assert "there is no Dask scheduler at 'tcp://127.0.0.1:9'" in capsys.readouterr().err
