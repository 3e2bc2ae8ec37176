"""The model card as Markdown: what decoders, heads and judges are worth on molecules held out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from textwrap import fill

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.objectives.molecules import chemistry, judges, shipped, strings
from blackbox.objectives.molecules.committee import MEMBERS, votes
from blackbox.objectives.molecules.data import JUDGED, SEARCHED, Learned
from blackbox.objectives.molecules.decoders import Kind, MoleculeDecoder, codes_of
from blackbox.objectives.molecules.networks import LATENT, PROPERTIES
from blackbox.objectives.training.figures import Figures, r_squared, table, turned
from blackbox.scoring.objective import Judge

CARD = shipped.FOLDER / "README.md"
DRAWN = 1_000  # prior draws, and held-out molecules that are looked at
WHAT = {
    "vae": f"autoencoder of SELFIES, code of {LATENT}, heads for {' and '.join(PROPERTIES)}",
    "flow": "flow matching from noise to its codes, 10 Euler steps",
    "committee": f"{MEMBERS} judges of both values, from counts of a molecule's parts",
    "reference": "SMILES and codes of some molecules, and marks of all that taught",
}
Floats = NDArray[np.float64]


def written(molecules: Learned) -> str:
    """The card, from the weights as shipped."""
    real = molecules.held_out.smiles[:DRAWN]
    groups = {"held out": real, "vae": draws("vae"), "flow": draws("flow")}
    parts = [
        "# Molecules: a code for strings, and who judges them",
        fill(_about(molecules), 100),
        _files(),
        "## Decoders, and what real molecules are like",
        table(
            "molecules", turned({name: _group(group) for name, group in groups.items()}), "{:.3f}"
        ),
        fill(
            f"{DRAWN} of each: held-out molecules, and draws of each decoder's prior. *Sane*: of a "
            "usual number of heavy atoms and without a large ring; *novel*: none of those that "
            "taught; the last five columns say which part is within the limits of the judges, "
            "which stand below. Penalised logP is that of the best of them.",
            100,
        ),
        fill(_mending(), 100),
        "## Judges",
        fill(_limits(real), 100),
        "## Models of a value",
        table("R2", _models(molecules), "{:.3f}"),
        fill(_reading(molecules), 100),
        "## Time",
        fill(_time(), 100),
    ]
    return "\n\n".join(parts) + "\n"


def draws(kind: Kind, n: int = DRAWN) -> list[str]:
    """What a decoder makes of draws of its prior."""
    z = np.random.default_rng(7).standard_normal((n, LATENT))
    return MoleculeDecoder(kind)(torch.tensor(z))


def _about(molecules: Learned) -> str:
    return (
        f"Written by `{shipped.MADE_BY} --data FILE` from the weights as shipped. FILE was the "
        "subset of ZINC that Gomez-Bombarelli et al. used (2018, arXiv 1610.02415), 250 000 "
        f"drug-like molecules, of which {len(molecules.taught.smiles)} drawn at random teach and "
        f"{len(molecules.held_out.smiles)} others are held out; it is not shipped. Stereochemistry "
        f"is left out. The values of {SEARCHED} teach the heads on the code, those of {JUDGED} "
        "others the committee."
    )


def _files() -> str:
    lines = ["| file | what | kB |", "|---|---|---|"]
    for name, what in WHAT.items():
        lines.append(f"| `{name}.npz` | {what} | {shipped.path(name).stat().st_size / 1e3:.0f} |")
    return "\n".join(lines)


def _group(smiles: Sequence[str]) -> Figures:
    """Shares of the whole group."""
    n, there = len(smiles), [one for one in smiles if one]
    limits = {name: judge for name, judge in judges.usual_judges().items() if name != "novel"}
    return {
        "valid and not empty": len(there) / n,
        "sane": float(judges.sane(smiles).sum() / n),
        "distinct": len(set(there)) / n,
        "novel": float(np.nansum(judges.novel(smiles)) / n),
        **{
            f"mean {name}": float(np.nanmean(chemistry.values(name, smiles))) for name in PROPERTIES
        },
        "best qed": float(np.nanmax(chemistry.values("qed", smiles))),
        "best penalised logp": float(np.nanmax(chemistry.values("penalised_logp", smiles))),
        **{f"within: {name}": _within(judge, smiles) for name, judge in limits.items()},
    }


def _mending() -> str:
    """What the autoencoder writes before its rings are mended."""
    z = torch.tensor(np.random.default_rng(7).standard_normal((DRAWN, LATENT)))
    named = strings.named(MoleculeDecoder("vae").tokens(z))
    share = judges.sane([chemistry.canonical(one) for one in strings.decoded(named)]).mean()
    return (
        f"Rings are mended: as the autoencoder writes them, {share:.3f} of its prior draws are "
        "sane. A ring closes at a number of atoms, in which it errs; closures that make a ring of "
        "more than seven go to the nearest number that makes one of five to seven, or are left out "
        "(`rings.py`)."
    )


def _within(judge: Judge, smiles: Sequence[str]) -> float:
    verdicts = judge.function(smiles)
    return float(np.mean((verdicts >= judge.low) & (verdicts <= judge.high)))


def _limits(real: Sequence[str]) -> str:
    """The percentiles of held-out molecules that the judges' limits are."""
    size = judges.measured(judges.atoms, real)
    rings = judges.measured(chemistry.largest_ring, real)
    low, high = np.quantile(size, [0.01, 0.99], method="nearest")
    hardest = np.quantile(chemistry.values("accessibility", real), 0.95)
    nearest = np.quantile(judges.nearest(real), 0.05)
    apart = np.quantile(judges.disagreement({"qed": 1.0, "logp": -0.1}, real), 0.95)
    return (
        f"Limits, from held-out molecules: {low:.0f} to {high:.0f} heavy atoms (1st and 99th "
        f"percentile); a largest ring of {np.quantile(rings, 0.99, method='nearest'):.0f} atoms "
        f"(99th); accessibility {hardest:.2f} (95th), 1 is easy to make and 10 hard; likeness "
        f"{nearest:.2f} to the nearest of {len(shipped.reference().taught)} that taught (5th); "
        f"disagreement of the committee {apart:.3f} on QED less a tenth of logP (95th)."
    )


def _models(molecules: Learned) -> dict[str, Figures]:
    """How much of rdkit's values they explain on held-out molecules, and on what they decode to."""
    held_out = molecules.held_out
    codes = torch.tensor(codes_of(held_out.smiles))
    with torch.no_grad():
        heads = shipped.autoencoder().properties(codes)
        again = MoleculeDecoder("vae")(codes)
        drawn = torch.tensor(np.random.default_rng(7).standard_normal((DRAWN, LATENT)))
        of_draws = shipped.autoencoder().properties(drawn)
    members = torch.tensor(votes(shipped.committee(), held_out.smiles).mean(axis=0))
    of_prior = draws("vae")
    columns: dict[str, Figures] = {}
    for column, name in enumerate(PROPERTIES):
        true = held_out.values[:, column]
        columns[name] = {
            "heads, of the molecule that was read": r_squared(true, heads[:, column]),
            "heads, of the one that is written": r_squared(
                chemistry.values(name, again), heads[:, column]
            ),
            "heads, of prior draws": r_squared(
                chemistry.values(name, of_prior), of_draws[:, column]
            ),
            "committee, held out": r_squared(true, members[:, column]),
        }
    return columns


def _reading(molecules: Learned) -> str:
    """How much of a molecule the code holds."""
    smiles = molecules.held_out.smiles[:DRAWN]
    again = MoleculeDecoder("vae")(torch.tensor(codes_of(smiles)))
    pairs = list(zip(smiles, again, strict=True))
    likeness = [chemistry.likeness(one, [other])[0] for one, other in pairs]
    same = np.mean([one == other for one, other in pairs])
    return (
        f"Read and written again, {same:.3f} of {DRAWN} held-out molecules are the same; the "
        f"likeness to what was read is {np.nanmean(likeness):.2f} in the mean."
    )


def _time() -> str:
    """Milliseconds of a molecule, in batches of 64 and alone, on one thread."""
    z = torch.tensor(np.random.default_rng(8).standard_normal((64, LATENT)))
    decode = MoleculeDecoder("vae")
    clocked = []
    for points in (z, z[:1]):
        started = time.perf_counter()
        decode.tokens(points)
        clocked.append(1e3 * (time.perf_counter() - started) / len(points))
    return (
        f"Milliseconds of a molecule on one thread: {clocked[0]:.1f} written in batches of 64, "
        f"{clocked[1]:.0f} alone. Measured once, on a shared machine."
    )
