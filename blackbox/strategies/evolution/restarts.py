"""What follows when an evolution has stopped: the same again, twice as many, or both in turn.

A. Auger, N. Hansen: A restart CMA evolution strategy with increasing population size, CEC 2005,
doi:10.1109/CEC.2005.1554902. N. Hansen: Benchmarking a BI-population CMA-ES on the BBOB-2009
function testbed, GECCO 2009, doi:10.1145/1570256.1570333.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import numpy as np


@dataclass(frozen=True)
class Regime:
    """How the next run is made."""

    popsize: int
    sigma0: float
    most: float = np.inf  # scores after which it is stopped


# Yields a regime, and is sent how many scores its run took.
Schedule: TypeAlias = Generator[Regime, int, None]


def same(popsize: int, sigma0: float, rng: np.random.Generator) -> Schedule:
    """Every run like the first."""
    while True:
        yield Regime(popsize, sigma0)


def ipop(popsize: int, sigma0: float, rng: np.random.Generator) -> Schedule:
    """Each population twice the one before (Auger and Hansen 2005)."""
    for nth in count():
        yield Regime(popsize * 2**nth, sigma0)


def bipop(popsize: int, sigma0: float, rng: np.random.Generator) -> Schedule:
    """Doubled populations, and smaller ones with smaller steps for as many scores (Hansen 2009)."""
    yield Regime(popsize, sigma0)
    large, spent_large, spent_small, last = popsize, 0, 0, 0
    while True:
        if spent_small < spent_large:
            # Sect. 2 of the paper: between the usual size and half the large one, mostly small.
            shrink = (0.5 * large / popsize) ** (rng.random() ** 2)
            narrow = sigma0 * 10 ** (-2 * rng.random())
            spent_small += yield Regime(int(popsize * shrink), narrow, most=last / 2)
        else:
            large *= 2
            last = yield Regime(large, sigma0)
            spent_large += last


RESTARTS: dict[str, Callable[[int, float, np.random.Generator], Schedule]] = {
    "none": same,
    "ipop": ipop,
    "bipop": bipop,
}
