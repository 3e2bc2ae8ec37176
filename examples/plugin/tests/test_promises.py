"""The promises of both, inherited; and that they are found by their names where installed."""

from blackbox_halving import Halving, ridge

import blackbox as bb
from blackbox.testing import ObjectivePromises, StrategyPromises


class TestHalving(StrategyPromises):
    """All that a strategy promises."""

    strategy = Halving()


class TestRidge(ObjectivePromises):
    """All that an objective promises."""

    objective = ridge(d=3)


def test_names_lead_to_them() -> None:
    """By the entry points of this package."""
    study = bb.compare("halving.ridge(d=3)", ["halving(radius=1.0)", "random_search"], 60, seeds=3)
    assert study.runs.strategy.unique().tolist() == ["halving(radius=1.0)", "random_search"]
    assert (study.runs.status == "spent").all()
