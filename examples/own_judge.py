"""
A judge of one's own
====================

What the scorer promises, set against what is true, and the limits of what is real.
"""

import torch

import blackbox as bb

recipes = bb.Objective(
    name="recipes",
    scorer=lambda x: x.sum(-1),  # a model of the taste, right for small amounts ...
    judges={
        "tasted": bb.Judge(lambda x: (2 * torch.tanh(x / 2)).sum(-1), truth=True),  # ... the taste
        "size": bb.Judge(lambda x: x.norm(dim=-1), high=4.0),  # real recipes stay below
    },
    render=["salt", "pepper", "lemon"],
    space=bb.Space.normal(3),
)
searches = ["random_search", "cma_es", "guarded(strategy='cma_es', guard='sphere')"]
study = bb.compare(recipes, searches, budget=80, seeds=6)
columns = ["strategy", "predicted_gain", "true_gain", "rho", "off_manifold"]
print(study.exploitation()[columns].round(2))
figure = study.plot("curves")
