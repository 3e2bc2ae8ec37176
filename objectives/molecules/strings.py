"""Molecules as SELFIES: strings of which each one is a molecule, as numbers of their tokens.

M. Krenn et al.: Self-referencing embedded strings (SELFIES), 2020, doi 10.1088/2632-2153/aba947.
Stereochemistry is left out: what is scored here does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.optional import require

LENGTH = 56  # tokens of a string at most
# The tokens of at least one molecule in 5000 of ZINC's; what has others is not learned from.
ALPHABET = (
    *("[#Branch1]", "[#Branch2]", "[#C]", "[#N]", "[=Branch1]", "[=Branch2]", "[=C]", "[=N+1]"),
    *("[=N-1]", "[=N]", "[=NH1+1]", "[=NH2+1]", "[=O]", "[=Ring1]", "[=Ring2]", "[=S]", "[Br]"),
    *("[Branch1]", "[Branch2]", "[C]", "[Cl]", "[F]", "[I]", "[N+1]", "[N-1]", "[NH1+1]"),
    *("[NH1]", "[NH2+1]", "[NH3+1]", "[N]", "[O-1]", "[O]", "[P]", "[Ring1]", "[Ring2]"),
    *("[S-1]", "[S]"),
)
END = 0  # the token after the last one, and all after it; that of ALPHABET[k] is k + 1
TOKENS = len(ALPHABET) + 1


def selfies() -> Any:
    """The package. Raises MissingPackage with the words to install it."""
    return require("selfies", "molecules")


def encoded(smiles: str) -> list[int] | None:
    """The tokens of a molecule; None where it is too long, or has one that is not learned."""
    package = selfies()
    try:
        names = list(package.split_selfies(package.encoder(smiles)))
    except package.EncoderError:
        return None
    if len(names) > LENGTH or not set(names) <= set(ALPHABET):
        return None
    return [ALPHABET.index(name) + 1 for name in names]


def padded(strings: Iterable[Sequence[int]]) -> NDArray[np.int64]:
    """Strings of tokens as rows `[n, length]`, filled up with the end."""
    rows = list(strings)
    table = np.full((len(rows), LENGTH), END)
    for row, string in zip(table, rows, strict=True):
        row[: len(string)] = string
    return table


def numbered(named_strings: Iterable[Sequence[str]]) -> NDArray[np.int64]:
    """Strings of tokens by name as rows `[n, length]`; what is longer is cut."""
    return padded([ALPHABET.index(name) + 1 for name in one[:LENGTH]] for one in named_strings)


def named(tokens: NDArray[np.int64]) -> list[list[str]]:
    """The tokens of rows `[n, m]` by name; ends stand for none."""
    return [[ALPHABET[token - 1] for token in row if token != END] for row in tokens]


def decoded(named_strings: Iterable[Sequence[str]]) -> list[str]:
    """SMILES of strings of tokens; "" where none is left."""
    decoder = selfies().decoder
    return [str(decoder("".join(string))) for string in named_strings]
