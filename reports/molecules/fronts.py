"""What a front of effect and side effect promises, and what its molecules are when measured."""

from typing import Any

import moocore
import numpy as np
import pandas as pd
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives.molecules import chemistry
from blackbox.pages.making import Given

WANTED = np.array([1.0, -1.0])  # QED high, logP low
# What a point must beat to count: no QED, and the highest logP of Lipinski's rule of five (1997,
# doi 10.1016/S0169-409X(96)00423-1).
REFERENCE = np.array([0.0, 5.0])


def fronts(one: dict[str, Any], seeds: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per search and seed: its front by the heads, of all weights that share its budget."""
    rows = []
    for search, (name, strategy) in one["searches"].items():
        weights = one["side_effects"] if "{weight}" in name else [None]
        names = [name.replace("{weight}", str(weight)) for weight in weights]
        objective, each = bb.objective(names[0]), budget // len(names)
        study = given.compare(names, [strategy], each, seeds, store=f"front, {search}")
        for seed in range(seeds):
            traces = [trace for trace in study.traces if trace.seed == seed]
            z = np.concatenate([trace.z for trace in traces])
            columns = [np.stack([*trace.criteria.values()], axis=1) for trace in traces]
            promised = np.concatenate(columns)
            on_front = moocore.is_nondominated(promised * WANTED, maximise=True)
            smiles = objective.decode(z[on_front])
            true = np.stack([chemistry.values(value, smiles) for value in ("qed", "logp")], axis=1)
            row = {"search": search, "seed": seed, "points": len(smiles)}
            row |= {"molecules": int(np.isfinite(true).all(axis=1).sum())}
            rows.append(row | {"promised": volume(promised[on_front]), "measured": volume(true)})
    return pd.DataFrame(rows)


def volume(points: NDArray[np.float64]) -> float:
    """What points `[n, 2]` of QED and logP command before the reference; NaN commands nothing."""
    gains, edge = points * WANTED, REFERENCE * WANTED
    inside = gains[(gains > edge).all(axis=1)]
    return float(moocore.hypervolume(inside, ref=edge, maximise=True)) if len(inside) else 0.0
