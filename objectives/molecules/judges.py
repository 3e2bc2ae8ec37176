"""Judges of molecules: are they any, new, of a usual size, easy to make, and near to what is real?

Each has the limits of real molecules that taught nothing; these stand in README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.objectives.molecules import chemistry, shipped
from blackbox.objectives.molecules.committee import votes
from blackbox.objectives.molecules.networks import PROPERTIES
from blackbox.scoring.objective import Judge

# Of held-out molecules: the 1st and 99th percentiles of heavy atoms, the largest ring of 99 in 100,
# the 95th percentile of accessibility, the 5th of the likeness to the nearest that taught, and the
# 95th of the committee's disagreement on QED less a tenth of logP.
ATOMS, RING, HARDEST, NEAREST, DISAGREEMENT = (12, 32), 7, 4.47, 0.247, 0.0517

Floats = NDArray[np.float64]


def usual_judges() -> dict[str, Judge]:
    """Those of every objective."""
    return {
        "valid": Judge(valid, low=0.5),
        "novel": Judge(novel),
        "atoms": Judge(partial(measured, atoms), low=ATOMS[0] - 0.5, high=ATOMS[1] + 0.5),
        "ring": Judge(partial(measured, chemistry.largest_ring), high=RING + 0.5),
        "accessibility": Judge(partial(chemistry.values, "accessibility"), high=HARDEST),
        "nearest": Judge(nearest, low=NEAREST),
    }


def valid(smiles: Sequence[str]) -> Floats:
    """Whether there is a molecule at all `[n]`: 1 or 0."""
    return np.array([float(chemistry.molecule(one) is not None) for one in smiles])


def novel(smiles: Sequence[str]) -> Floats:
    """Whether none of those that taught is the same `[n]`: 1 or 0."""
    is_taught = np.isin(shipped.marks(smiles), shipped.reference().marks)
    return np.where(valid(smiles) > 0, 1.0 - is_taught, np.nan)


def measured(measure: Callable[[Any], float], smiles: Sequence[str]) -> Floats:
    """A measure of rdkit's molecules `[n]`; NaN where there is none."""
    made = map(chemistry.molecule, smiles)
    return np.array([np.nan if one is None else measure(one) for one in made], float)


def atoms(made: Any) -> float:
    """How many there are but for hydrogens."""
    return float(made.GetNumHeavyAtoms())


def nearest(smiles: Sequence[str]) -> Floats:
    """The likeness `[n]` (Tanimoto) to the nearest of a sample of those that taught."""
    taught = shipped.reference().taught
    return np.array(
        [chemistry.similarities(one, taught).max() if one else np.nan for one in smiles]
    )


def sane(smiles: Sequence[str]) -> NDArray[np.bool_]:
    """Which are molecules of a usual size without a large ring `[n]`."""
    size, ring = measured(atoms, smiles), measured(chemistry.largest_ring, smiles)
    return np.asarray((size >= ATOMS[0]) & (size <= ATOMS[1]) & (ring <= RING))


def weighed(weights: Mapping[str, float], smiles: Sequence[str]) -> Floats:
    """The weighted sum `[n]` of rdkit's values."""
    columns = [weight * chemistry.values(name, smiles) for name, weight in weights.items()]
    return np.asarray(np.sum(columns, axis=0))


def foretold(weights: Mapping[str, float], smiles: Sequence[str]) -> Floats:
    """The weighted sum `[n]` of what the committee says in the mean."""
    return np.asarray(_sums(weights, smiles).mean(axis=0))


def disagreement(weights: Mapping[str, float], smiles: Sequence[str]) -> Floats:
    """How far the committee's members are apart `[n]`: the deviation of their weighted sums."""
    return np.asarray(_sums(weights, smiles).std(axis=0))


def _sums(weights: Mapping[str, float], smiles: Sequence[str]) -> Floats:
    columns = [weights.get(name, 0.0) for name in PROPERTIES]
    return np.asarray(votes(shipped.committee(), smiles) @ np.array(columns))
