"""What rdkit says of a molecule: computed once for each canonical SMILES.

QED is that of G. R. Bickerton et al., 2012, doi 10.1038/nchem.1243; logP that of S. A. Wildman and
G. M. Crippen, 1999, doi 10.1021/ci990307l; synthetic accessibility that of P. Ertl and A.
Schuffenhauer, 2009, doi 10.1186/1758-2946-1-8, as rdkit's package brings it; fingerprints those of
D. Rogers and M. Hahn, 2010, doi 10.1021/ci100050t.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.optional import require

REMEMBERED = 200_000  # molecules whose values are held
RADIUS, BITS = 2, 2048  # of fingerprints
PARTS = 512  # sorts of parts that are counted: few, so that small networks read them
# Means and deviations over ZINC of logP, minus accessibility and minus the excess of the largest
# ring, by which the field adds these up (J. You et al., 2018, arXiv 1806.02473).
LOGP, ACCESSIBILITY, RING = (2.4571, 1.4343), (-3.0526, 0.8335), (-0.0486, 0.2860)
USUAL_RING = 6  # atoms


def chem() -> Any:
    """rdkit's `Chem`, quiet. Raises MissingPackage with the words to install it."""
    package = require("rdkit.Chem", "molecules", "rdkit")
    require("rdkit.RDLogger", "molecules", "rdkit").DisableLog("rdApp.*")
    return package


@lru_cache(REMEMBERED)
def molecule(smiles: str) -> Any:
    """rdkit's molecule; None where there is none, or no atom."""
    made = chem().MolFromSmiles(smiles)
    return made if made is not None and made.GetNumAtoms() else None


@lru_cache(REMEMBERED)
def canonical(smiles: str) -> str:
    """The one way in which a molecule without its stereochemistry is written; "" for none."""
    made = molecule(smiles)
    if made is None:
        return ""
    flat = chem().Mol(made)
    chem().RemoveStereochemistry(flat)
    return str(chem().MolToSmiles(flat))


def values(name: str, smiles: Sequence[str]) -> NDArray[np.float64]:
    """A property `[n]` of molecules, in any writing; NaN where there is no molecule."""
    return np.array([value(name, canonical(one)) for one in smiles], float)


@lru_cache(REMEMBERED)
def value(name: str, smiles: str) -> float:
    """A property of a molecule in canonical writing."""
    made = molecule(smiles) if smiles else None
    return math.nan if made is None else float(MEASURES[name](made))


def qed(made: Any) -> float:
    """The quantitative estimate of drug-likeness: 0 to 1."""
    return float(require("rdkit.Chem.QED", "molecules", "rdkit").qed(made))


def logp(made: Any) -> float:
    """The logarithm of how much better it dissolves in octanol than in water."""
    return float(require("rdkit.Chem.Crippen", "molecules", "rdkit").MolLogP(made))


def accessibility(made: Any) -> float:
    """How hard it is to make: 1 (easy) to 10."""
    return float(_scorer().calculateScore(made))


@cache
def _scorer() -> Any:
    folder = require("rdkit.RDConfig", "molecules", "rdkit").RDContribDir
    path = Path(folder) / "SA_Score" / "sascorer.py"
    spec = importlib.util.spec_from_file_location("sascorer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def largest_ring(made: Any) -> int:
    """Atoms of its largest ring; 0 where it has none."""
    return max(map(len, made.GetRingInfo().AtomRings()), default=0)


def penalised_logp(made: Any) -> float:
    """LogP less what is hard to make and what is a large ring, each in deviations of ZINC."""
    excess = max(0, largest_ring(made) - USUAL_RING)
    terms = ((logp(made), LOGP), (-accessibility(made), ACCESSIBILITY), (-excess, RING))
    return sum((term - mean) / deviation for term, (mean, deviation) in terms)


MEASURES: dict[str, Callable[[Any], float]] = {
    "qed": qed,
    "logp": logp,
    "accessibility": accessibility,
    "penalised_logp": penalised_logp,
}


@lru_cache(REMEMBERED)
def fingerprint(smiles: str) -> Any:
    """The bits of a molecule in canonical writing."""
    return _fingerprints().GetFingerprint(molecule(smiles))


@cache
def _fingerprints(bits: int = BITS) -> Any:
    package = require("rdkit.Chem.rdFingerprintGenerator", "molecules", "rdkit")
    return package.GetMorganGenerator(radius=RADIUS, fpSize=bits)


def parts(smiles: Sequence[str]) -> NDArray[np.float64]:
    """The logarithms of one more than how often each sort of part stands in molecules `[n, 512]`.

    NaN where there is no molecule.
    """
    rows = np.full((len(smiles), PARTS), np.nan)
    for row, one in zip(rows, smiles, strict=True):
        if (made := molecule(canonical(one))) is not None:
            row[:] = np.log1p(_fingerprints(PARTS).GetCountFingerprintAsNumPy(made))
    return rows


def similarities(smiles: str, others: Sequence[str]) -> NDArray[np.float64]:
    """Tanimoto's share `[m]` of the bits of one and another that are those of both."""
    package = require("rdkit.DataStructs", "molecules", "rdkit")
    prints = [fingerprint(one) for one in others]
    return np.array(package.BulkTanimotoSimilarity(fingerprint(smiles), prints))


def likeness(target: str, smiles: Sequence[str]) -> NDArray[np.float64]:
    """The likeness `[n]` of molecules to one in canonical writing; NaN where there is none."""
    ones = [canonical(one) for one in smiles]
    return np.array([similarities(target, [one])[0] if one else np.nan for one in ones], float)
