"""A committee that foretells rdkit's values from the parts of a molecule, not from its code.

B. Lakshminarayanan, A. Pritzel, C. Blundell: Simple and scalable predictive uncertainty estimation
using deep ensembles, 2017 (arXiv 1612.01474): where the members disagree, none is to be believed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.objectives.molecules import chemistry
from blackbox.objectives.molecules.networks import PROPERTIES
from blackbox.objectives.networks.autoencoder import perceptron

MEMBERS, WIDTH = 5, 48


class Committee(nn.Module):
    """Perceptrons of counts of parts `[n, 512]`, each with its own draw of the data."""

    property_mean: Tensor
    property_scale: Tensor

    def __init__(self) -> None:
        """Of five members."""
        super().__init__()
        self.members = nn.ModuleList(
            perceptron(chemistry.PARTS, WIDTH, len(PROPERTIES)) for _ in range(MEMBERS)
        )
        self.register_buffer("property_mean", torch.zeros(len(PROPERTIES)))
        self.register_buffer("property_scale", torch.ones(len(PROPERTIES)))

    def forward(self, counts: Tensor) -> Tensor:
        """What each member foretells `[members, n, 2]`."""
        deviations = torch.stack([member(counts) for member in self.members])
        return self.property_mean + self.property_scale * deviations


def votes(committee: Committee, smiles: Sequence[str]) -> NDArray[np.float64]:
    """What each member says of molecules `[members, n, 2]`; NaN where there is none."""
    counts = torch.tensor(chemistry.parts(smiles))
    with torch.no_grad():
        return np.asarray(committee(counts).numpy())
