"""The process that is forked: it imports, listens, and is never more than one thread."""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import select
import socket
import struct
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

IMPORTED = (
    "torch",
    "pandas",
    "cloudpickle",
    "scipy.stats",
    "matplotlib.figure",
    "blackbox.cli",
    "blackbox.study_work",
    "blackbox.distribute",
    "blackbox.results.report",
)
WATCHER = 'trap "" HUP INT TERM; read _; kill -9 0'  # as that of blackbox.workers.start
LIFELINE, CHANNEL = 3, 4
# Of pyarrow: its allocator starts this thread anew in a fork.
MAY_RUN = {"jemalloc_bg_thd"}


def serve() -> CodeType:
    """Listen for as long as standard input is open; returns in a fork only, with what it runs."""
    path = sys.argv[1]
    for name in IMPORTED:
        importlib.import_module(name)
    for name in (face := importlib.import_module("blackbox")).__all__:
        getattr(face, name)
    threads = {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
    assert len(threads - MAY_RUN) == 1, f"a fork would lack some of {threads}"
    gc.collect()
    gc.freeze()  # so that a collection in a fork copies nothing of this
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.partial")
    listener.listen(64)
    os.rename(f"{path}.partial", path)  # who finds it can connect
    waiting = set[int]()  # for their forks
    sources: list[Any] = [listener, 0]
    while 0 not in select.select(sources, [], [])[0]:
        connection, _ = listener.accept()
        if not (pid := os.fork()):
            listener.close()
            return _forked(connection, path)
        connection.close()
        waiting |= {pid}
        waiting -= {pid for pid in waiting if os.waitpid(pid, os.WNOHANG)[0]}
    os._exit(0)


def _forked(connection: socket.socket, path: str) -> CodeType:
    """Fork again, and say how the fork has ended; what that runs."""
    content, handles, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    request = json.loads(content)
    if pid := os.fork():
        for handle in handles:
            os.close(handle)
        _, status = os.waitpid(pid, 0)
        with suppress(BrokenPipeError):  # who asked for it has ended before it
            connection.sendall(struct.pack("i", status))
        os._exit(0)
    if request["session"]:
        os.setsid()
    connection.sendall(struct.pack("i", os.getpid()))
    connection.close()  # its descriptor may be one of those that a worker expects
    for n, handle in enumerate(handles):
        os.dup2(handle, n)
        os.close(handle)
    os.chdir(request["cwd"])
    sys.path[1:] = _path(os.environ, request["env"])
    os.environ.clear()
    os.environ.update(request["env"])
    if request["watched"]:
        _watch()
    _open_streams()
    # In the tests' package, which the fork has imported too: its workers begin as forks.
    from tests.warm import process

    process.PLACES[os.getpid()] = path
    process.warm_workers()
    return _program(request["python"])


def _path(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Where modules are looked for, but for the first place, where PYTHONPATH is another one."""
    was, wanted = (env.get("PYTHONPATH", "").split(os.pathsep) for env in (before, now))
    rest = [place for place in sys.path[1:] if place not in was]
    return [*filter(None, wanted), *rest]


def _watch() -> None:
    """What the shell of a worker does before it becomes Python."""
    for source, target in ((0, LIFELINE), (1, CHANNEL)):
        os.dup2(source, target)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    if not (child := os.fork()):
        if os.fork():
            os._exit(0)
        os.dup2(LIFELINE, 0)
        for handle in (LIFELINE, CHANNEL):
            os.close(handle)
        os.execl("/bin/sh", "sh", "-c", WATCHER)
    os.waitpid(child, 0)
    os.close(LIFELINE)


def _open_streams() -> None:
    """Those of `sys` stand for descriptors that have become others."""
    encoding, lenient = "utf-8", "backslashreplace"
    reading = io.TextIOWrapper(os.fdopen(0, "rb", closefd=False), encoding)
    printing = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), encoding)
    failing = io.TextIOWrapper(
        os.fdopen(2, "wb", closefd=False), encoding, lenient, line_buffering=True
    )
    sys.stdin, sys.stdout, sys.stderr = reading, printing, failing
    vars(sys).update(__stdin__=reading, __stdout__=printing, __stderr__=failing)


def _program(python: list[str]) -> CodeType:
    """What a command line of Python runs, with `sys.argv` and `sys.path` as it wants them."""
    while python[0] in ("-B", "-W"):
        if python.pop(0) == "-B":
            sys.dont_write_bytecode = True
        else:
            assert python.pop(0) == "ignore"
            warnings.simplefilter("ignore")
    what = python.pop(0)
    names: dict[str, Any] = sys.modules["__main__"].__dict__
    names.pop("serve")
    if what == "-c":
        text, sys.argv, sys.path[0] = python[0], ["-c", *python[1:]], ""
        code = compile(text, "<string>", "exec")
    elif what == "-m":
        text = f"import runpy\nrunpy._run_module_as_main({python[0]!r})"
        sys.argv, sys.path[0] = ["-m", *python[1:]], os.getcwd()
        code = compile(text, "<string>", "exec")
    else:
        file = Path(what).absolute()
        names["__file__"], sys.argv, sys.path[0] = str(file), [what, *python], str(file.parent)
        code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
    return code
