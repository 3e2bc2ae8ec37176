"""The values of named parameters beside the points that stand for them, a column `param_` each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def with_parameters(
    table: pd.DataFrame, z: Sequence[NDArray[np.float64]], recipe: Mapping[str, Any]
) -> pd.DataFrame:
    """The table with a column `param_<name>` for each parameter of its objectives, before `z`.

    `z` holds the point `[d]` of each row, NaN where there is none. A value is None on an objective
    that lacks the parameter, and where there is no point.
    """
    named: Mapping[str, Any] = recipe.get("parameters", {})
    if not named or not len(table):
        return table
    from blackbox.parameters import Parameters  # it brings torch, which few tables need

    columns: dict[str, list[Any]] = {}
    for objective, described in named.items():
        parameters = Parameters.from_json(described)
        for place in np.flatnonzero((table["objective"] == objective).to_numpy()).tolist():
            point = z[place][: len(parameters)]
            if np.isnan(point).any():
                continue
            for name, value in parameters.rows(point[None])[0].items():
                columns.setdefault(f"param_{name}", [None] * len(table))[place] = value
    first = (nth for nth, name in enumerate(table.columns) if re.fullmatch(r"z(_\d+)?", str(name)))
    at = next(first, table.shape[1])
    made = pd.DataFrame(columns, index=table.index)
    return pd.concat([table.iloc[:, :at], made, table.iloc[:, at:]], axis=1)
