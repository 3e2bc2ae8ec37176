"""Engineers' classic designs: named parameters with units, constraints, and published optima.

Each is minimised. The constraints are margins that are met where they are 0 or more; literature
knows most of the problems in several variants, so each says which one it is.
"""

from blackbox.objectives.classics.cantilever import cantilever
from blackbox.objectives.classics.gear_train import gear_train
from blackbox.objectives.classics.pressure_vessel import pressure_vessel
from blackbox.objectives.classics.speed_reducer import speed_reducer
from blackbox.objectives.classics.spring import spring
from blackbox.objectives.classics.three_bar_truss import three_bar_truss
from blackbox.objectives.classics.welded_beam import welded_beam

__all__ = [
    "cantilever",
    "gear_train",
    "pressure_vessel",
    "speed_reducer",
    "spring",
    "three_bar_truss",
    "welded_beam",
]
