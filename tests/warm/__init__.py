"""Processes that begin in milliseconds: forks of one that has imported torch, pandas and blackbox.

A test of what becomes of a study, not of how a process starts, need not wait for imports. `Popen`
and `run` take what those of `subprocess` take, as far as tests use it, for a command of Python's:
`python [-W ignore] -c code | -m module | file`. The fork is a process of its own, with its own
folder, environment, standard streams and exit status, and it ends as Python ends. What differs: its
modules are there already, and in `/proc` it has the command and the environment of its origin.

Worker processes begin so too, those of the tests and those of forks: `warm_workers`. Tests in
several processes share one origin, which the first of these starts: `share`. Where the
environment has TESTS_COLD, and where a system is not Linux, all processes begin as usual.
"""

from tests.warm.process import Popen, run, share, warm_workers

__all__ = ["Popen", "run", "share", "warm_workers"]
