"""Miscounted rings: where a ring closes is a number of atoms, in which a short training errs.

A string whose rings have more than seven atoms is mended: each such closure goes to the nearest
number that makes a ring of five to seven, and is left out where there is none nearby.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blackbox.objectives.molecules import chemistry
from blackbox.objectives.molecules.strings import selfies

# SELFIES' digits, from 0; a closure is followed by as many as its name says.
DIGITS = (
    *("[C]", "[Ring1]", "[Ring2]", "[Branch1]", "[=Branch1]", "[#Branch1]", "[Branch2]"),
    *("[=Branch2]", "[#Branch2]", "[O]", "[N]", "[=N]", "[=C]", "[#C]", "[S]", "[P]"),
)
CLOSURES = {"[Ring1]": 1, "[=Ring1]": 1, "[Ring2]": 2, "[=Ring2]": 2}
SMALLEST, LARGEST = 5, 7  # atoms of a ring that is mended; 7 is the most of 99 molecules in 100
NEAR = 6  # atoms by which a count may be off


def mended(names: Sequence[str]) -> list[str]:
    """The tokens of a string whose rings have at most seven atoms, but for what few closures do.

    >>> ring = ["[C]"] * 9 + ["[Ring1]", "[Branch2]"]  # closes at eight atoms
    >>> mended(ring)[-2:]  # at seven
    ['[Ring1]', '[#Branch1]']
    """
    written = list(names)
    if max(_rings(written), default=0) <= LARGEST:
        return written
    place = 0
    while place < len(written):
        n = CLOSURES.get(written[place], 0)
        if n and max(_rings(written[: place + 1 + n]), default=0) > LARGEST:
            closure = written[place : place + 1 + n]
            for other in _others(closure):
                if _fits([*written[:place], *other]):
                    written[place : place + 1 + n] = other
                    break
        place += 1 + n
    return written


def _others(closure: Sequence[str]) -> Iterator[list[str]]:
    """The closure with counts nearby, and none."""
    kind = "[=Ring{}]" if closure[0].startswith("[=") else "[Ring{}]"
    count = 0
    for digit in closure[1:]:
        count = 16 * count + (DIGITS.index(digit) if digit in DIGITS else 0)
    for off in range(1, NEAR + 1):
        for near in (count - off, count + off):
            if 0 <= near < 16:
                yield [kind.format(1), DIGITS[near]]
            elif near >= 16:
                yield [kind.format(2), DIGITS[near // 16 % 16], DIGITS[near % 16]]
    yield []


def _fits(names: Sequence[str]) -> bool:
    """Whether no ring is too large, and the last one not too small."""
    sizes = _rings(names)
    return not sizes or (max(sizes) <= LARGEST and min(sizes) >= SMALLEST)


def _rings(names: Sequence[str]) -> list[int]:
    """How many atoms the rings of a string have."""
    chem = chemistry.chem()
    made = chem.MolFromSmiles(str(selfies().decoder("".join(names))), sanitize=False)
    return [] if made is None else [len(ring) for ring in chem.GetSymmSSSR(made)]
