"""
A noisy scorer
==============

The highest of many noisy scores is high by luck: bests are scored again before they count.
"""

import numpy as np

import blackbox as bb

chance = np.random.default_rng(0)


def measured(x: np.ndarray) -> float:
    """A bowl, measured with an error of sd 1."""
    return float(-(x**2).sum() + chance.normal())


lab = bb.Objective(measured, space=bb.Space.normal(5), noise=True, name="lab")
study = bb.compare(lab, ["random_search", "cma_es", "bayes_opt"], budget=60, seeds=6, confirm=20)
print(study.summary()[["strategy", "best_mean", "best_seen", "best_se"]].round(2))
figure = study.plot("curves")
