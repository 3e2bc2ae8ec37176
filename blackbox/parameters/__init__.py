"""Named parameters with units, whole numbers and choices: a decoder from the unit cube to rows.

Every parameter is one axis of a unit cube, so that all searches can look there; what it stands for
is decoded: a real number, straight or on a log scale, a whole number, one of several choices. Of
the last two many points of an axis are the same object; `canonical` is the one in the middle.
"""

from blackbox.parameters.kinds import Choice, Integer, Parameter, Real
from blackbox.parameters.named import NamedRow, NamedSpace, Parameters

__all__ = ["Choice", "Integer", "NamedRow", "NamedSpace", "Parameter", "Parameters", "Real"]
