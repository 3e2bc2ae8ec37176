"""
Known data
==========

Rows that somebody has measured already warm searches up, at no cost.
"""

import numpy as np
import pandas as pd

import blackbox as bb

parameters = bb.Parameters(heat=bb.Real(20, 90, unit="degC"), dose=bb.Real(1e-4, 1, log=True))


def gain(heat: float, dose: float) -> float:
    """What a batch earns."""
    return float(-((heat - 65) ** 2) / 100 - (np.log10(dose) + 2) ** 2)


heats, doses = np.meshgrid([30, 50, 70, 85], [1e-3, 1e-2, 1e-1])
past = pd.DataFrame({"heat": heats.ravel(), "dose": doses.ravel()})
past["score"] = [gain(*row) for row in past.to_numpy()]

plant = bb.Objective(gain, space=parameters, name="plant")
study = bb.compare(plant, ["bayes_opt", "warm:bayes_opt"], budget=12, seeds=5, known=past)
print(study.summary()[["strategy", "best_mean", "best_low", "best_high"]])
figure = study.plot("curves")
