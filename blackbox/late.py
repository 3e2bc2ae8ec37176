"""Packages that take long to import and that most calls do without: imported when first needed."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import pandas as pd


class Late:
    """A module that is imported as soon as something of it is asked for.

    >>> Late("math").sqrt(4)
    2.0
    """

    def __init__(self, module: str) -> None:
        """By its name."""
        self._module = module

    def __getattr__(self, name: str) -> Any:
        """What the module holds by this name; copying and printing ask for nothing of it."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self._module), name)


# A second of CPU, of which the first table of a study needs nothing.
stats = Late("scipy.stats")
# Half a second, which a worker of a study does without.
pandas = Late("pandas")


def is_frame(given: object) -> TypeGuard[pd.DataFrame]:
    """Whether it is a frame of pandas, which nobody can have who has not imported that."""
    return "pandas" in sys.modules and isinstance(given, pandas.DataFrame)
