"""Logs in IOHprofiler's JSON format, version 2."""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.cells import MOST_DIMENSIONS, Ints
from blackbox.imports.numbered import DataRows, agree, runs_of_lines, whole
from blackbox.imports.records import Record
from blackbox.imports.sources import Files
from blackbox.imports.texts import lines_of, text_of

NEEDED: Mapping[str, type] = {
    "function_name": str,
    "maximization": bool,
    "algorithm": dict,
    "attributes": list,
    "scenarios": list,
}
FIRST, VALUE, GRADIENTS, COST = "evaluations", "raw_y", "grad_evals", "cost"
COST_DIGITS = 9  # of a price, which is a quotient of costs
DIGITS = 12  # to which the best of a run, which the JSON file repeats, is the best of its rows


@dataclass(frozen=True, eq=False)
class IohReader:
    """Reads the runs of a log of IOHprofiler's; `notices` gets what does not fit together."""

    files: Files
    notices: list[str]
    named: set[str] = field(default_factory=set)  # data files that a JSON file names

    def records(self) -> Iterator[Record]:
        """Each run; the instance is the seed, unless a run says its own."""
        is_log = False
        for file in self.files.ending(".json"):
            metadata = self._metadata(file)
            if metadata is None:
                continue
            is_log = True
            for scenario in metadata["scenarios"]:
                yield from self._scenario(file, metadata, scenario)
        if not is_log:
            raise LogError(f"there is no JSON file of IOHprofiler in {self.files.source}")
        orphans = [one for one in self.files.ending(".dat") if one not in self.named]
        if orphans:
            place = self.files.place(orphans[0])
            self.notices.append(f"{place} is named in no JSON file, so it was not read")

    def _metadata(self, file: str) -> dict[str, Any] | None:
        """What a JSON file says; None for somebody else's."""
        place = self.files.place(file)
        try:
            described = json.loads(text_of(self.files.content(file), place, self.notices))
        except (ValueError, RecursionError) as error:
            if isinstance(error, LogError):
                raise
            raise LogError(f"{place} is no JSON: {error}; was it cut or changed?") from error
        present = [key for key in NEEDED if isinstance(described, dict) and key in described]
        if len(present) <= 1 and not posixpath.basename(file).startswith("IOHprofiler"):
            return None
        for key, kind in NEEDED.items():
            if not isinstance(described, dict) or not isinstance(described.get(key), kind):
                value = described.get(key) if isinstance(described, dict) else described
                raise LogError(
                    f"{place}: {key!r} must be a JSON {kind.__name__}, not {str(value)[:60]!r}"
                )
        return dict(described)

    def _scenario(self, file: str, metadata: Mapping[str, Any], scenario: Any) -> Iterator[Record]:
        place = self.files.place(file)
        data, described = self._rows(file, scenario)
        dim = whole(scenario.get("dimension"), f"{place}, dimension", 1, MOST_DIMENSIONS)
        algorithm = metadata["algorithm"].get("name")
        if not isinstance(algorithm, str):
            raise LogError(f"{place}: the algorithm's name cannot be {algorithm!r}")
        for nth, (rows, run) in enumerate(zip(data, described, strict=True), start=1):
            where = f"{place}, {dim} dimensions, run {nth}"
            if not isinstance(run, dict):
                raise LogError(f"{where}: must be a JSON dict, not {str(run)[:60]!r}")
            yield self._record(metadata, rows, run, dim, where)

    def _rows(self, file: str, scenario: Any) -> tuple[list[DataRows], list[Any]]:
        """The runs of a scenario's data file, and what the JSON file says of each."""
        place = self.files.place(file)
        fields = scenario if isinstance(scenario, dict) else {}
        path, described = fields.get("path"), fields.get("runs")
        if not isinstance(path, str) or not isinstance(described, list):
            raise LogError(f"{place}: a scenario needs a path and runs, not {str(scenario)[:60]!r}")
        joined = posixpath.join(posixpath.dirname(file), path.replace("\\", "/"))
        member = posixpath.normpath(joined)
        if member not in self.files.members:
            raise LogError(f"{place} names {path!r}, which is not there")
        self.named.add(member)
        lines = lines_of(self.files.content(member), self.files.place(member), self.notices)
        runs = runs_of_lines(lines, self.files.place(member), _names, "#")
        if len(runs) != len(described):
            raise LogError(
                f"{self.files.place(member)} holds {len(runs)} runs, but its JSON file lists "
                f"{len(described)}: an instance is missing in one of them, or a file was cut"
            )
        return runs, described

    def _record(
        self, metadata: Mapping[str, Any], rows: DataRows, run: Mapping[str, Any], dim: int, at: str
    ) -> Record:
        if not {FIRST, VALUE} <= set(rows.names) or len(set(rows.names)) < len(rows.names):
            raise LogError(
                f"{rows.place}, line {rows.line}: the columns evaluations and raw_y must be there, "
                f"once each; it has {list(rows.names)}"
            )
        if lacking := [one for one in metadata["attributes"] if one not in rows.names]:
            raise LogError(
                f"{rows.place}, line {rows.line}: no column {lacking[0]!r}, which the JSON file "
                f"says is there; it has {list(rows.names)}"
            )
        if not rows.cells:
            raise LogError(f"{rows.place}, line {rows.line}: a run without a row; was it cut?")
        column = {name: nth for nth, name in enumerate(rows.names)}
        evaluations = rows.counts(column[FIRST], 1)
        gradients = rows.counts(column[GRADIENTS], 0) if GRADIENTS in column else None
        spent = whole(run.get("evals"), f"{at}, evals", 1)
        if evaluations[-1] > spent:
            raise LogError(
                f"{at}: its data go on to evaluation {evaluations[-1]}, but it says that there are "
                f"{spent}; one of them was changed"
            )
        sign = 1 if metadata["maximization"] else -1
        score = sign * rows.column(column[VALUE]).numbers()
        self._compare(run, score, sign, at)
        seed = whole(run.get("seed", run.get("instance")), f"{at}, seed or instance", 0)
        return Record(
            objective=_objective(metadata, dim),
            strategy=metadata["algorithm"]["name"],
            seed=seed,
            dim=dim,
            evaluations=evaluations,
            score=score,
            gradients=gradients,
            spent=spent,
            sign=sign,
            gradient_price=_price(rows, column, evaluations, gradients),
        )

    def _compare(self, run: Mapping[str, Any], score: Any, sign: int, at: str) -> None:
        """Tell where the best of the rows is not what the JSON file says."""
        described = run.get("best")
        best = described.get("y") if isinstance(described, dict) else None
        if isinstance(best, int | float) and not isinstance(best, bool):
            finite = score[np.isfinite(score)]
            highest = float(finite.max()) if len(finite) else -math.inf
            if not agree(sign * float(best), highest, DIGITS):
                self.notices.append(
                    f"{at}: its best is {best:g}, but that of its rows is {sign * highest:g}; one "
                    "of them was changed"
                )


def read(files: Files, notices: list[str]) -> Iterator[Record]:
    """Each run; the instance is the seed, unless a run says its own."""
    return IohReader(files, notices).records()


def _names(line: str) -> Sequence[str] | None:
    cells = line.replace('"', " ").split()
    return cells if cells[:1] == [FIRST] else None


def _price(
    rows: DataRows, column: Mapping[str, int], evaluations: Ints, gradients: Ints | None
) -> float | None:
    """What a gradient cost, in our own export: by the cost at the end of the run."""
    if gradients is None or COST not in column or not gradients[-1]:
        return None
    cost = rows.column(column[COST]).numbers()
    price = float((cost[-1] - evaluations[-1]) / gradients[-1])
    if not (0 <= price < math.inf):
        raise LogError(f"{rows.at(len(cost) - 1, column[COST])}: no cost of scores and gradients")
    return float(f"{price:.{COST_DIGITS}g}")


def _objective(metadata: Mapping[str, Any], dim: int) -> str:
    """The name of a function, with its dimension where it was run in several."""
    name, setting = str(metadata["function_name"]), f"d={dim}"
    if len(metadata["scenarios"]) == 1:
        return name
    return f"{name[:-1]}, {setting})" if name.endswith(")") else f"{name}({setting})"
