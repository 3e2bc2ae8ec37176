"""The torch door: between float64 numpy rows and a decoder's tensors, in chunks that keep bits.

A float32 network gives a row other last bits in a batch of another size, and a search then takes
another path. For a fixed batch shape a row does not depend on its neighbours, and on most machines
every multiple of 8 rows gives the same bits: so batches are padded to such multiples, and cut
at 128 rows, above which convolutions get slower. `keeps_bits` tests the property; where it does
not hold, all chunks have one shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

MULTIPLE, MOST, FIXED = 8, 128, 32
_pools: list[ThreadpoolController] = []


@dataclass(frozen=True)
class Chunks:
    """How a batch is cut: multiples of 8 rows up to 128, or chunks of one `fixed` size."""

    fixed: int | None = None

    def pieces(self, rows: int) -> Iterator[tuple[slice, int]]:
        """The rows of each chunk, and the number of rows that it is padded to."""
        step = self.fixed or MOST
        for first in range(0, rows, step):
            last = min(first + step, rows)
            yield slice(first, last), self.fixed or -(-(last - first) // MULTIPLE) * MULTIPLE


def keeps_bits(
    function: Callable[[torch.Tensor], Sequence[torch.Tensor]], rows: torch.Tensor
) -> bool:
    """Whether each row of `function(rows)` has the same bits in batches of 8, 40, 64 and 128."""
    whole = function(rows)
    for first, size in ((0, 8), (24, 40), (64, 64)):
        for part, column in zip(function(rows[first : first + size]), whole, strict=True):
            if not torch.equal(part, column[first : first + size]):
                return False
    return True


def to_numpy(values: object) -> NDArray[np.float64]:
    """Float64 numbers from a tensor of any device, an array or a list."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values, float)


def home(function: object) -> tuple[torch.dtype | None, torch.device | None]:
    """Where the parameters of a torch module, or of a method of one, live; None if it has none."""
    module = getattr(function, "__self__", function)
    if isinstance(module, torch.nn.Module):
        for parameter in module.parameters():
            return parameter.dtype, parameter.device
    return None, None


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
