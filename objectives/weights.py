"""How trained weights are shipped: float16 arrays in an npz file, without pickle."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def save(network: nn.Module, path: Path) -> None:
    """Write the weights of `network` as float16 arrays; what only training needs is left out."""
    arrays = {
        name: value.numpy().astype(np.float16)
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load(network: nn.Module, path: Path, *, made_by: str) -> None:
    """Fill `network` with the weights that `save` wrote; `made_by` is the command that trains them.

    Raises FileNotFoundError where they have not been trained yet.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no weights at {path}; train them with: {made_by}")
    weights = network.state_dict()
    with np.load(path, allow_pickle=False) as arrays:
        weights.update(
            {name: torch.tensor(value.astype(np.float32)) for name, value in arrays.items()}
        )
    network.load_state_dict(weights)


def frozen(network: Network, path: Path, *, made_by: str) -> Network:
    """`network` with its shipped weights, as it is searched: no dropout, no gradient of weights."""
    load(network, path, made_by=made_by)
    return network.eval().requires_grad_(False)
