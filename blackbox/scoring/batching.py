"""How a batch is cut into calls, so that the value of a row never depends on its company.

A float32 network gives a row other last bits in a batch of another size, and a search then takes
another path. For a fixed batch shape a row does not depend on its neighbours, and on most machines
every multiple of 8 rows gives the same bits. Where padding is next to free, batches of many runs
are fused and padded to such shapes, and cut at 128 rows, above which convolutions get slower. Where
an object is dear, nothing is padded: a call then holds points of one run only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from threadpoolctl import ThreadpoolController

MULTIPLE, MOST, FIXED = 8, 128, 32
# Rows of one call where objects are dear and the user says nothing.
DEAR_BATCH = 32
# Numbers that the latents of one call hold at most where the user says nothing: 64 MB of float64.
WIDE = 2**23
# Draws of a probe, however long a latent is: twice the rows of the largest call that is tried.
FEWEST_DRAWS = 24
_pools: list[ThreadpoolController] = []


@dataclass(frozen=True)
class Batching:
    """Calls of at most `step` rows, padded to a `multiple`; `fused`: of several runs at once.

    >>> [size for _, size in Batching(step=16, multiple=8).pieces(21)]
    [16, 8]
    """

    step: int = MOST
    multiple: int = MULTIPLE
    fused: bool = True

    def pieces(self, rows: int) -> Iterator[tuple[slice, int]]:
        """The rows of each call, and the number of rows that it is padded to."""
        for first in range(0, rows, self.step):
            last = min(first + self.step, rows)
            yield slice(first, last), self.padded(last - first)

    def padded(self, rows: int) -> int:
        """How many rows a call with so many is padded to."""
        return -(-rows // self.multiple) * self.multiple

    def limited(self, step: int) -> Batching:
        """The same with at most `step` rows in a call, its padding included."""
        multiple = min(self.multiple, step)
        return Batching(min(self.step, step // multiple * multiple), multiple, self.fused)


def rows_of_a_call(dim: int) -> int:
    """How many latents of so many numbers a call holds at most: fewer of very long ones.

    >>> rows_of_a_call(512), rows_of_a_call(1_000_000)
    (128, 8)
    """
    return min(MOST, max(1, WIDE // dim))


def draws_of_a_probe(dim: int) -> int:
    """How many prior draws there are to try functions on.

    >>> draws_of_a_probe(512), draws_of_a_probe(1_000_000)
    (128, 24)
    """
    return max(FEWEST_DRAWS, rows_of_a_call(dim))


EXACT = Batching(multiple=1)
SHAPES = Batching()
ONE_SHAPE = Batching(step=FIXED, multiple=FIXED)
DEAR = Batching(step=DEAR_BATCH, multiple=1, fused=False)


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold torch and BLAS to one thread: studies run in parallel by processes, and the last bits
    of a sum must not depend on how many cores shared it."""
    threads = torch.get_num_threads()
    if not _pools:
        _pools.append(ThreadpoolController())
    torch.set_num_threads(1)
    try:
        with _pools[0].limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)
