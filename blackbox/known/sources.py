"""Known data as people have them: arrays, a frame, a csv, runs in a folder, for an objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox.comparison import Comparison, load
from blackbox.errors import BlackboxError, StudyError
from blackbox.known.checks import checked_data
from blackbox.known.data import KnownData, is_warm
from blackbox.known.tables import of_table
from blackbox.parameters import Parameters
from blackbox.protocol import Array, Strategy
from blackbox.scoring.objective import Objective
from blackbox.trace import Trace

FORMS = (
    "known data are a frame (a column for each parameter, or z_0, z_1, ..., and `score`), a csv or "
    "parquet file of such, (points, scores), a study or its folder"
)


def data_for(
    known_data: Any, objectives: Sequence[Objective], strategies: Sequence[Strategy]
) -> dict[str, KnownData]:
    """What is known of each objective, by name; nothing where nobody is to be told. StudyError."""
    if known_data is None or not any(map(is_warm, strategies)):
        return {}
    return known_by_objective(known_data, objectives)


def known_by_objective(given: Any, objectives: Sequence[Objective]) -> dict[str, KnownData]:
    """What is known of each objective, by its name; those of which nothing is are left out.

    `given` is one of the forms, for a single objective, or by the names of several; a study and its
    folder are read for each objective that they have. Raises StudyError for what cannot be read as
    data of the objective.
    """
    names = [objective.name for objective in objectives]
    if isinstance(given, Mapping):
        if unknown := [name for name in given if name not in names]:
            raise StudyError(
                f"known data are given for {unknown[0]!r}, which is no objective of the study; it "
                f"has {', '.join(names)}. {FORMS}"
            )
        by_name = {name: (_opened(one), _source(one)) for name, one in given.items()}
    else:
        read = _opened(given)
        if len(objectives) > 1 and not isinstance(read, Comparison):
            raise StudyError(
                f"the study has {len(objectives)} objectives: say of which one the data are, as "
                f"known={{{names[0]!r}: ...}}"
            )
        by_name = dict.fromkeys(names, (read, _source(given)))
        if isinstance(read, Comparison) and len(objectives) > 1:
            there = {trace.objective for trace in read.traces}
            by_name = {name: pair for name, pair in by_name.items() if name in there}
    return {
        objective.name: _data(*by_name[objective.name], objective)
        for objective in objectives
        if objective.name in by_name
    }


def known_data(given: Any, objective: Objective) -> KnownData:
    """What is known of one objective. Raises StudyError."""
    return _data(_opened(given), _source(given), objective)


def _data(read: Any, source: str, objective: Objective) -> KnownData:
    try:
        if isinstance(read, Comparison):
            return _of_study(read, objective, source)
        if isinstance(read, pd.DataFrame):
            z, columns = of_table(read, objective)
            return checked_data(z, columns, objective, source)
        points, scores = read
        table = _beside(points, scores, objective)
        z, columns = of_table(table, objective)
        return checked_data(z, columns, objective, source)
    except BlackboxError as error:
        raise StudyError(f"known data of {objective.name} ({source}): {error}") from error


def _opened(given: Any) -> Any:
    """A comparison, a frame, or a pair of points and scores. Raises StudyError for another form."""
    if isinstance(given, str | Path):
        return _of_path(Path(given))
    if isinstance(given, Comparison | pd.DataFrame):
        return given
    if isinstance(given, tuple | list) and len(given) == 2:
        return given
    raise StudyError(f"{FORMS}; not {type(given).__name__}")


def _of_path(path: Path) -> Comparison | pd.DataFrame:
    if path.is_dir():
        return load(path)
    readers: dict[str, Callable[[Path], pd.DataFrame]]
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None or not path.exists():
        what = "is neither a csv, a parquet file nor a folder" if path.exists() else "is not there"
        raise StudyError(f"{path} {what}; {FORMS}")
    try:
        return reader(path)
    except Exception as error:  # of pandas and pyarrow, whose errors have no common root
        raise StudyError(f"cannot read {path}: {error}") from error


def _source(given: Any) -> str:
    """Where data come from, in words."""
    if isinstance(given, str | Path):
        return Path(given).name
    if isinstance(given, Comparison):
        return f"study {given.recipe.get('name', 'study')}"
    return "a frame" if isinstance(given, pd.DataFrame) else "arrays"


def _beside(points: Any, scores: Any, objective: Objective) -> pd.DataFrame:
    """Points and scores as a frame. Raises StudyError where they are not as many."""
    if isinstance(points, pd.DataFrame):
        table = points.reset_index(drop=True)
    elif objective.parameters is not None and not isinstance(points, np.ndarray):
        table = pd.DataFrame(list(points))
    else:
        array = np.asarray(points, float)
        if array.ndim < 2 or not array.size:
            raise StudyError(f"points are [n, {objective.space.dim}], not {list(array.shape)}")
        try:
            flat = objective.space.flat(array)
        except ValueError as error:
            raise StudyError(str(error)) from None
        table = _coordinates(flat)
    if isinstance(scores, Mapping | pd.DataFrame):
        outputs = pd.DataFrame(scores).reset_index(drop=True)
    else:
        outputs = pd.DataFrame({"score": np.asarray(scores, float).ravel()})
    if len(outputs) != len(table):
        raise StudyError(f"there are {len(table)} points and {len(outputs)} scores")
    return pd.concat([table, outputs], axis=1)


def _coordinates(z: Array) -> pd.DataFrame:
    return pd.DataFrame(z, columns=[f"z_{nth}" for nth in range(z.shape[1])])


def _of_study(study: Comparison, objective: Objective, source: str) -> KnownData:
    """The latent points of a study's runs on this objective, or on the only one that it has."""
    names = list(dict.fromkeys(trace.objective for trace in study.traces))
    name = objective.name if objective.name in names else names[0] if len(names) == 1 else ""
    traces = [trace for trace in study.traces if trace.objective == name]
    if not traces:
        has = ", ".join(names) or "no objective"
        raise StudyError(f"it has runs of {has}, none of {objective.name}")
    table = pd.concat([_table_of(trace) for trace in traces], ignore_index=True)
    points = table.filter(regex=r"^z_\d+$")
    table = table[points.notna().all(axis=1)]
    if not len(table):
        raise StudyError("it does not tell the points of its evaluations, only their scores")
    if traces[0].sign != objective.scorer.sign:
        ways = {1: "scores, to be maximised", -1: "losses"}
        raise StudyError(
            f"it holds {ways[traces[0].sign]}, and scorer {objective.scorer.name} returns "
            f"{ways[objective.scorer.sign]}"
        )
    described = study.recipe.get("parameters", {}).get(name)
    if (described is None) != (objective.parameters is None):
        raise StudyError("only one of the two has named parameters")
    if described is not None:
        table = _renamed(table, Parameters.from_json(described))
    z, columns = of_table(table, objective)
    return checked_data(z, columns, objective, source)


def _table_of(trace: Trace) -> pd.DataFrame:
    """The evaluations of a run as the scorer had answered them, by their names."""
    return pd.concat(
        [
            _coordinates(trace.z),
            pd.DataFrame(
                {
                    "score": trace.sign * trace.score,
                    "status": np.where(trace.valid, "ok", "invalid"),
                    **trace.criteria,
                    **{f"constraint_{name}": margin for name, margin in trace.constraints.items()},
                }
            ),
        ],
        axis=1,
    )


def _renamed(table: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """The values of what were parameters then: their bounds may have been others."""
    z = table.filter(regex=r"^z_\d+$").to_numpy(float)
    values = pd.DataFrame(parameters.rows(z), index=table.index)
    outputs = table.drop(columns=[name for name in table if str(name).startswith("z_")])
    return pd.concat([values, outputs], axis=1)
