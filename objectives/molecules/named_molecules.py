"""Molecules that have a name, to be found again."""

from __future__ import annotations

from blackbox.errors import ObjectiveError
from blackbox.objectives.molecules import chemistry
from blackbox.spelling import suggestion

NAMED = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "celecoxib": "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F",
    "ibuprofen": "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "paracetamol": "CC(=O)Nc1ccc(O)cc1",
    "troglitazone": "Cc1c(C)c2c(c(C)c1O)CCC(C)(COc1ccc(CC3SC(=O)NC3=O)cc1)O2",
}


def smiles_of(target: str) -> str:
    """The canonical SMILES of a name, or of a SMILES. Raises ObjectiveError for neither."""
    if not isinstance(target, str):
        raise ObjectiveError(f"a molecule is a name or a SMILES, not {target!r}")
    smiles = chemistry.canonical(NAMED.get(target, target))
    if not smiles:
        raise ObjectiveError(
            f"no molecule {target!r}: it is no SMILES either{suggestion(target, NAMED)}"
        )
    return smiles
