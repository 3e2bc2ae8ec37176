"""The promises of strategies and objectives as test classes to inherit; for plug-ins too.

    class TestHillClimb(StrategyPromises):
        strategy = HillClimb()

    class TestPlant(ObjectivePromises):
        objective = plant

Collected by pytest. `blackbox check package.module:HillClimb` tries the same and says it in words.
"""

from blackbox.testing.objectives import ObjectivePromises
from blackbox.testing.strategies import StrategyPromises

__all__ = ["ObjectivePromises", "StrategyPromises"]
