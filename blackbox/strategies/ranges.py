"""Where to look for better settings: what `bb.tune` tries of a strategy where it is told nothing.

Ranges hold what papers and libraries vary, about a decade to either side of the default. The radius
of an estimate and the settings of a fit are left out: they decide what is estimated, not how fast
one climbs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

# The lowest and the highest number, or a list of choices.
Range: TypeAlias = tuple[float, float] | Sequence[Any]

_RATE = {"learning_rate": (0.01, 1.0)}
_ESTIMATE = {"samples": (1, 16), **_RATE, "step": ["adam", "plain", "normalised"]}
_POPULATION = {"sigma0": (0.1, 2.0), "popsize": (4, 40)}
RANGES: Mapping[str, Mapping[str, Range]] = {
    "gradient_ascent": {**_RATE, "step": ["adaptive", "adam", "plain", "normalised"]},
    "multi_start": {**_RATE, "climbs": (1, 8), "share": (0.1, 0.6)},
    "lbfgs": {"memory": (3, 40), "draws": (1, 30), "first_step": (0.1, 3.0)},
    "zeroth_order": {
        **_ESTIMATE,
        "step": ["adaptive", "adam", "plain"],
        "estimator": ["gaussian", "spsa", "orthogonal", "aligned"],
    },
    "chained_zeroth_order": _ESTIMATE,
    "hybrid_zeroth_order": _ESTIMATE,
    "guided_es": {**_ESTIMATE, "alpha": (0.1, 0.95)},
    "cma_es": _POPULATION,
    "sep_cma_es": _POPULATION,
    "snes": _POPULATION,
    "sphere_cma_es": {"popsize": (4, 40), "rate": (0.5, 5.0)},
    "basin_cma": {**_RATE, "sigma0": (0.1, 2.0), "steps": (1, 10)},
    "differential_evolution": {"popsize": (5, 40), "crossover": (0.1, 0.95), "f1": (0.3, 1.2)},
    "particle_swarm": {"popsize": (5, 40), "inertia": (0.4, 0.9)},
    "sequence_ga": {"popsize": (5, 60), "mutations": (1, 8)},
    "one_plus_one": {"sigma0": (0.05, 2.0)},
    "nelder_mead": {"size": (0.1, 3.0)},
    "hill_climb": {"step": (0.1, 2.0), "schedule": ["exponential", "constant", "cosine"]},
    "pcn": {"step": (0.05, 0.9)},
    "bayes_opt": {
        "kernel": ["rbf", "matern"],
        "outcome": ["auto", "standardise", "log", "rank"],
        "initial": (3, 30),
    },
    "turbo": {"kernel": ["rbf", "matern"], "acquisition": ["ei", "ts"], "initial": (3, 30)},
    "linear_bo": {"most": (64, 512), "initial": (5, 30)},
    "baxus": {"more": (1, 7), "initial": (5, 30), "kernel": ["rbf", "matern"]},
    "generator_network": {"learning_rate": (0.001, 0.1), "batch": (2, 16), "diversity": (0.02, 2)},
    "conditional_generator": {"learning_rate": (3e-4, 0.03), "steps": (5, 100), "beyond": (0, 0.5)},
    "finetune_decoder": {"learning_rate": (2e-4, 0.02), "batch": (2, 16), "pull": (0.01, 1.0)},
}
