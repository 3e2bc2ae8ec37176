"""The networks that are shipped, and what was taken from the data with them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from blackbox.objectives import weights
from blackbox.objectives.molecules.committee import Committee
from blackbox.objectives.molecules.networks import LATENT, SelfiesAutoencoder
from blackbox.objectives.networks.flow import Flow, PerceptronVelocity

FOLDER = Path(__file__).parent
MADE_BY = "python -m blackbox.objectives.molecules.train"
REFERENCE = FOLDER / "reference.npz"


def latent_flow() -> Flow:
    """From noise to codes, by the velocity of a perceptron."""
    return Flow(PerceptronVelocity(LATENT, 256, 256))


def path(name: str) -> Path:
    """Where the weights of a network lie."""
    return FOLDER / f"{name}.npz"


@cache
def autoencoder() -> SelfiesAutoencoder:
    """The autoencoder, in double precision: no rounding may turn one token into another."""
    return weights.frozen(SelfiesAutoencoder(), path("vae"), made_by=MADE_BY).double()


@cache
def flow() -> Flow:
    """The flow to its codes."""
    return weights.frozen(latent_flow(), path("flow"), made_by=MADE_BY).double()


@cache
def committee() -> Committee:
    """The models that judge effect and side effect."""
    return weights.frozen(Committee(), path("committee"), made_by=MADE_BY).double()


class Reference(NamedTuple):
    """What was taken from the data.

    Held-out molecules and their codes, molecules that taught and theirs, and marks of all that did.
    """

    held_out: tuple[str, ...]
    held_out_codes: NDArray[np.float64]
    taught: tuple[str, ...]
    taught_codes: NDArray[np.float64]
    marks: NDArray[np.uint32]


@cache
def reference() -> Reference:
    """Read from the file that `train.py` wrote."""
    if not REFERENCE.is_file():
        raise FileNotFoundError(f"no molecules at {REFERENCE}; take them with: {MADE_BY}")
    with np.load(REFERENCE, allow_pickle=False) as arrays:
        return Reference(
            tuple(map(str, arrays["held_out"])),
            arrays["held_out_codes"].astype(float),
            tuple(map(str, arrays["taught"])),
            arrays["taught_codes"].astype(float),
            arrays["marks"],
        )


def marks(smiles: Sequence[str]) -> NDArray[np.uint32]:
    """Four bytes by which a canonical SMILES is known: one in 70 000 strangers has those of one."""
    digests = [hashlib.blake2b(one.encode(), digest_size=4).digest() for one in smiles]
    return np.frombuffer(b"".join(digests), "<u4")


def forget() -> None:
    """Read all anew: it was just written."""
    for cached in (autoencoder, flow, committee, reference):
        cached.cache_clear()
