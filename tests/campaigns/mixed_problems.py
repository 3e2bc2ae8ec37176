"""Small problems of real parameters on straight and log scales, whole numbers and choices."""

from __future__ import annotations

import math
from typing import Any

import blackbox as bb


def plant() -> bb.Objective:
    """A separable bowl in six parameters of all kinds; 0 at its best."""
    parameters = bb.Parameters(
        temperature=bb.Real(20, 90, unit="degC"),
        rate=bb.Real(1e-5, 1e-1, log=True),
        stages=bb.Integer(1, 8),
        cells=bb.Integer(1, 1000, log=True),
        solvent=bb.Choice("water", "ethanol", "none"),
        stirred=bb.Choice(False, True),
    )

    def loss(row: Any) -> float:
        heat, pace = (row.temperature - 50) / 30, math.log10(row.rate) + 3
        size, wrong = math.log10(row.cells) - 2, (row.solvent != "ethanol") + (not row.stirred)
        return float(heat**2 + pace**2 + ((row.stages - 4) / 2) ** 2 + size**2 + wrong)

    return bb.Objective(lambda row: -loss(row), space=parameters, name="plant", noise=False)


def network() -> bb.Objective:
    """Settings of a training run, whose best values depend on each other."""
    parameters = bb.Parameters(
        rate=bb.Real(1e-5, 1, log=True),
        decay=bb.Real(1e-6, 1e-1, log=True),
        layers=bb.Integer(1, 6),
        width=bb.Integer(8, 512, log=True),
        activation=bb.Choice("relu", "tanh", "gelu", "elu"),
        optimizer=bb.Choice("sgd", "adam", "rmsprop"),
        dropout=bb.Real(0, 0.8),
    )
    rates = {"sgd": -1.0, "adam": -3.0, "rmsprop": -3.5}
    losses = {"relu": 0.3, "tanh": 0.6, "gelu": 0.0, "elu": 0.2}

    def loss(row: Any) -> float:
        depth = row.layers - 3
        pace = math.log10(row.rate) - rates[row.optimizer] + 0.2 * depth
        size = abs(math.log2(row.width) - 6 - 0.5 * depth)
        rest = (row.dropout - 0.2 * row.layers / 3) ** 2 + 0.1 * abs(row.layers - 4)
        options = losses[row.activation] + 0.3 * (row.optimizer != "adam")
        decay = (math.log10(row.decay) + 4) ** 2
        return float(pace**2 + 0.3 * size + 0.2 * decay + rest + options)

    space = parameters
    return bb.Objective(lambda row: -loss(row), space=space, name="network", noise=False)


def options() -> bb.Objective:
    """Six choices of five options each, each with one that is right, and two whole numbers."""
    names = [f"choice{nth}" for nth in range(6)]
    parameters = bb.Parameters(
        {name: bb.Choice(*"abcde") for name in names}, a=bb.Integer(0, 100), b=bb.Integer(-5, 5)
    )

    def loss(row: Any) -> float:
        wrong = sum(row[name] != "adbec"[nth % 5] for nth, name in enumerate(names))
        twins = 0.5 * (row.choice0 == row.choice1)
        return float(wrong + twins + ((row.a - 37) / 20) ** 2 + ((row.b - 2) / 3) ** 2)

    return bb.Objective(lambda row: -loss(row), space=parameters, name="options", noise=False)
