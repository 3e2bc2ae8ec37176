"""Several workers as an executor; and those that are kept from one study to the next."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

from blackbox.workers.board import Board, Piece, Preparation, WholeCall
from blackbox.workers.child import packed
from blackbox.workers.lending import Answering, get_ready, made
from blackbox.workers.worker import Worker

T = TypeVar("T")
# Seconds that an end by force may take: threads that are left then end with this process.
END, LOOK = 1.0, 0.01


class Workers(Executor):
    """An executor of so many worker processes; the death of one is told by its own future only.

    A function may lend pieces of its work to workers that are free: `lending.py`. What it raises,
    WorkerDied among it, is its future's exception. Processes are started when there is work for
    them.
    """

    def __init__(self, count: int) -> None:
        """Raises ValueError unless there is at least one."""
        self._board = Board()
        self._threads: list[threading.Thread] = []
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self._closed = False
        self.count = 0
        self.resize(count)

    @property
    def is_shut(self) -> bool:
        """Whether they take no more calls."""
        return self._closed

    def resize(self, count: int) -> None:
        """Have so many workers from now on; what is being made is made to its end."""
        if count < 1:
            raise ValueError(f"there must be at least one worker, not {count!r}")
        with self._lock:
            for _ in range(count - self.count):
                worker = Worker()
                thread = threading.Thread(target=self._work, args=(worker,), daemon=True)
                self._workers.append(worker)
                self._threads.append(thread)
                thread.start()
            for _ in range(self.count - count):
                self._board.put(None)
            self.count = count

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call a function in the next worker that is free."""
        future: Future[T] = Future()
        function = partial(fn, **kwargs) if kwargs else fn
        with self._lock:
            if self._closed:
                raise RuntimeError("these workers have been shut down; make new ones")
            self._board.put(WholeCall(future, partial(function, *args)))
        return future

    def shutdown(
        self, wait: bool = True, *, cancel_futures: bool = False, kill: bool = False
    ) -> None:
        """End; by force if `kill`: calls that are being made raise WorkerDied, within a second."""
        with self._lock:
            first, self._closed = not self._closed, True
            if cancel_futures or kill:
                self._cancel()
            if kill:
                self._board.abandon()
            for _ in range(self.count if first else 0):
                self._board.put(None)
            workers, threads = self._workers[:], self._threads[:]
        limit = time.monotonic() + END
        while kill and any(thread.is_alive() for thread in threads) and time.monotonic() < limit:
            for worker in workers:  # again and again: one may be about to start
                worker.kill()
            time.sleep(LOOK)
        for thread in threads if wait and not kill else ():
            thread.join()

    def _cancel(self) -> None:
        """Cancel what nobody has begun; orders to end stay."""
        for call in self._board.cleared():
            call.future.cancel()
            call.future.set_running_or_notify_cancel()

    def _work(self, worker: Worker) -> None:
        ready: list[str] = []  # for pieces of these keys
        unfit: set[str] = set()  # for pieces of those
        while (work := self._board.next(ready, unfit)) is not None:
            match work:
                case WholeCall():
                    if work.future.set_running_or_notify_cancel():
                        self._make_whole(worker, work)
                case Preparation(loan=loan):
                    try:
                        ready = worker.call(get_ready, loan.key, loan.prepare)
                    except BaseException:  # whoever lends them makes them without this one
                        unfit.add(loan.key)
                case Piece():
                    self._board.ended(work, _outcome(worker, work))
            if worker.pid is None:
                ready = []
            del work
        worker.kill()
        with self._lock:
            self._workers.remove(worker)
            self._threads.remove(threading.current_thread())

    def _make_whole(self, worker: Worker, whole: WholeCall) -> None:
        answering = Answering(self._board)
        try:
            result = worker.call(whole.call, answer=answering)
        except BaseException as error:
            whole.future.set_exception(error)
        else:
            whole.future.set_result(result)
        finally:
            answering.close()


def _outcome(worker: Worker, piece: Piece) -> bytes:
    """How a piece ended, as bytes; what is raised here is about its process."""
    try:
        outcome: bytes = worker.call(made, piece.loan.key, piece.content)
    except BaseException as error:
        outcome = packed(("ended", str(error)))
    return outcome


_kept: list[tuple[int, Workers]] = []
# The files that they may have imported, each with some text of its version.
_files: dict[str, object] = {}
_keeping = threading.Lock()


def kept_workers(count: int, files: Mapping[str, object] | None = None) -> Workers:
    """The workers of this Python process: the same ones in every call, as many as are asked now.

    They hold the modules that they have imported. `files` are those of modules, each with its
    version: where one has changed since the workers began, others begin in their place, and they
    end with what they are making. A fork of this process has workers of its own.
    """
    files = files or {}
    with _keeping:
        is_ours = bool(_kept) and _kept[0][0] == os.getpid() and not _kept[0][1].is_shut
        if is_ours and any(files.get(path, was) != was for path, was in _files.items()):
            _kept[0][1].shutdown(wait=False)
            is_ours = False
        if is_ours:
            workers = _kept[0][1]
            workers.resize(count)
        else:
            workers = Workers(count)
            _kept[:] = [(os.getpid(), workers)]
            _files.clear()
        _files.update(files)
    return workers


def _end() -> None:
    if _kept and _kept[0][0] == os.getpid():
        _kept[0][1].shutdown(kill=True)


atexit.register(_end)
