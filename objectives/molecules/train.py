"""Train the networks of molecules.

    python -m blackbox.objectives.molecules.train --data FILE [vae flow committee reference card]

FILE holds SMILES, one a line, and may be packed by gzip; a random part of it teaches. Writes the
files of weights, `reference.npz` and the card `README.md` beside this file; without names, all of
them. The same machine gives the same bytes: one thread, seeded generators.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from blackbox.objectives import weights
from blackbox.objectives.molecules import card, shipped, training
from blackbox.objectives.molecules.data import Learned, learned_from
from blackbox.objectives.molecules.decoders import codes_of

# How many molecules are shipped, with their codes: held-out ones and some that taught.
HELD_OUT, TAUGHT = 1_000, 2_000


def main(words: Sequence[str] | None = None) -> None:
    """Train the parts that are named, in their order, then write the card."""
    parser = argparse.ArgumentParser(prog=shipped.MADE_BY, description="Train the networks.")
    parser.add_argument("parts", nargs="*", help=f"some of: {', '.join(PARTS)}; none: all")
    parser.add_argument("--data", type=Path, required=True, help="a file of SMILES, one a line")
    options = parser.parse_args(words)
    if strangers := set(options.parts) - set(PARTS):
        parser.error(f"unknown {', '.join(sorted(strangers))}; known: {', '.join(PARTS)}")
    torch.set_num_threads(1)
    molecules = learned_from(options.data)
    print(f"{len(molecules.taught.smiles)} molecules teach", flush=True)
    for part in [name for name in PARTS if name in options.parts or not options.parts]:
        started = time.process_time()
        PARTS[part](molecules)
        shipped.forget()
        print(f"{part}: {time.process_time() - started:.0f} s of a core", flush=True)


def _vae(molecules: Learned) -> None:
    network = training.train_autoencoder(molecules.taught, molecules.searched)
    weights.save(network, shipped.path("vae"))


def _flow(molecules: Learned) -> None:
    weights.save(training.train_latent_flow(molecules.taught), shipped.path("flow"))


def _committee(molecules: Learned) -> None:
    weights.save(training.train_committee(molecules.judged), shipped.path("committee"))


def _reference(molecules: Learned) -> None:
    held_out, taught = molecules.held_out.smiles[:HELD_OUT], molecules.taught.smiles[:TAUGHT]
    np.savez_compressed(
        shipped.REFERENCE,
        held_out=np.array(held_out),
        held_out_codes=codes_of(held_out).astype(np.float16),
        taught=np.array(taught),
        taught_codes=codes_of(taught).astype(np.float16),
        marks=np.sort(shipped.marks(molecules.taught.smiles)),
    )


def _card(molecules: Learned) -> None:
    card.CARD.write_text(card.written(molecules), encoding="utf-8")


PARTS: dict[str, Callable[[Learned], None]] = {
    "vae": _vae,
    "flow": _flow,
    "committee": _committee,
    "reference": _reference,
    "card": _card,
}

if __name__ == "__main__":
    main()
