"""Molecules of a file of SMILES, as the networks learn from them: tokens, and rdkit's values."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.objectives.molecules import chemistry, strings
from blackbox.objectives.molecules.networks import PROPERTIES

# How many are held out, which teach nothing, and how many teach: the values of the first of these
# teach what is searched, those of the next teach the models that judge.
HELD_OUT, TAUGHT = 5_000, 55_000
SEARCHED, JUDGED = 14_630, 10_000
FEWEST = 100


class Molecules(NamedTuple):
    """Canonical SMILES `[n]`, their tokens `[n, length]`, and values `[n, 2]` where known."""

    smiles: list[str]
    tokens: NDArray[np.int64]
    values: NDArray[np.float64]

    def part(self, first: int, last: int) -> Molecules:
        """Some of them."""
        rows = slice(first, last)
        return Molecules(self.smiles[rows], self.tokens[rows], self.values[rows])


class Learned(NamedTuple):
    """What teaches, and what is held out."""

    taught: Molecules
    held_out: Molecules

    @property
    def searched(self) -> int:
        """How many of those that teach have values that teach what is searched: half, or fewer."""
        return min(SEARCHED, len(self.taught.smiles) // 2)

    @property
    def judged(self) -> Molecules:
        """Those behind them, whose values teach the models that judge."""
        return self.taught.part(self.searched, self.searched + JUDGED)


def learned_from(path: Path) -> Learned:
    """A random part of a file. Raises ObjectiveError where it holds too few molecules."""
    lines = read(path)
    order = np.random.default_rng(0).permutation(len(lines))
    held_out = min(HELD_OUT, len(lines) // 10)
    wanted = min(held_out + TAUGHT, len(lines))
    smiles, tokens = [], []
    for line in order[:wanted]:
        one = chemistry.canonical(lines[line])
        string = strings.encoded(one) if one else None
        if string is not None:
            smiles.append(one)
            tokens.append(string)
    if len(smiles) < FEWEST:
        raise ObjectiveError(
            f"{path} holds {len(smiles)} molecules of at most {strings.LENGTH} tokens of the "
            f"alphabet, where {FEWEST} are needed at least: it should be SMILES, one a line"
        )
    values = np.full((len(smiles), len(PROPERTIES)), np.nan)
    valued = min(held_out + SEARCHED + JUDGED, len(smiles))
    for column, name in enumerate(PROPERTIES):
        values[:valued, column] = chemistry.values(name, smiles[:valued])
    molecules = Molecules(smiles, strings.padded(tokens), values)
    return Learned(molecules.part(held_out, len(smiles)), molecules.part(0, held_out))


def read(path: Path) -> list[str]:
    """The first word of each line of a text, which may be packed by gzip."""
    open_ = gzip.open if path.suffix == ".gz" else open
    with open_(path, "rt") as file:
        return [line.split()[0] for line in file if line.strip()]
