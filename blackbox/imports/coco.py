"""Logs in COCO's text format: `bbob`, `bbob-new` and `bbob-new2`, single-objective."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from blackbox.errors import LogError
from blackbox.imports.cells import Floats, Ints
from blackbox.imports.coco_index import DATA, REFERENCES, Block, blocks_of, data_files
from blackbox.imports.numbered import DataRows, agree, runs_of_lines
from blackbox.imports.records import Record
from blackbox.imports.sources import Files
from blackbox.imports.texts import lines_of

NAMES = ("f evaluations", "g evaluations", "best difference")
REFERENCE = re.compile(r"F(?:opt|ref) \(([^)]*)\)")
NOT_A_NUMBER = 1e21  # at or above this, COCO means NaN or infinity
# The index gives two digits; old logs have differences to a target 1e-8 above the optimum there.
DIGITS, ABOVE_OPTIMUM = 2, 1.1e-8
OUR_DIGITS, REFERENCE_DIGITS = 9, 12  # of our own export


@dataclass(frozen=True, eq=False)
class Points:
    """The rows of a run in one of its files, `[n]` each."""

    rows: DataRows
    evaluations: Ints
    gradients: Ints | None
    difference: Floats  # NaN where COCO means that there is none


@dataclass(frozen=True, eq=False)
class CocoReader:
    """Reads the runs of a log of COCO's; `notices` gets what does not fit together."""

    files: Files
    notices: list[str]
    named: set[str] = field(default_factory=set)  # data files that an index names, without ending

    def records(self) -> Iterator[Record]:
        """Each run: its best scores so far, minus COCO's differences to the optimum."""
        indices = self.files.ending(".info")
        if not indices:
            raise LogError(f"there is no .info file in {self.files.source}")
        for index in indices:
            folder = posixpath.dirname(index)
            strategy = posixpath.basename(folder) or self.files.source.stem.partition(".")[0]
            for block in blocks_of(self.files, index, self.notices):
                yield from self._block(block, strategy, folder)
        orphans = [one for one in self.files.ending(*DATA) if _stem(one) not in self.named]
        if orphans:
            place = self.files.place(orphans[0])
            self.notices.append(f"{place} is named in no index, so it was not read")

    def _block(self, block: Block, strategy: str, folder: str) -> Iterator[Record]:
        metadata, files = block.metadata, list(data_files(block, folder))
        n_runs, nth = sum(len(entries) for _, entries in files), 0
        for data, entries in files:
            self.named.add(data)
            both = self._both(block, data, len(entries))
            for place, entry in enumerate(entries):
                of_run = block.of_run(metadata, nth, n_runs)
                parts = [_points(runs[place], of_run) for runs in both]
                yield self._record(block, strategy, entry, _merged(parts), of_run)
                nth += 1

    def _both(self, block: Block, data: str, n_runs: int) -> list[list[DataRows]]:
        """The runs in either data file, as many as the index lists."""
        both = {data + ending: self._rows(data + ending) for ending in DATA}
        if not any(both.values()):
            raise LogError(f"{block.place} names {data}{DATA[0]}, which is not there or empty")
        for member, runs in both.items():
            if not runs:
                self.notices.append(f"{self.files.source} has no runs in {member}")
            elif len(runs) != n_runs:
                raise LogError(
                    f"{block.place} lists {n_runs} runs, but {self.files.place(member)} holds "
                    f"{len(runs)}: an instance is missing in one of them, or a file was cut"
                )
        return [runs for runs in both.values() if runs]

    def _rows(self, member: str) -> list[DataRows]:
        if member not in self.files.members:
            return []
        place = self.files.place(member)
        lines = lines_of(self.files.content(member), place, self.notices)
        return runs_of_lines(lines, place, _names, "%")

    def _record(
        self,
        block: Block,
        strategy: str,
        entry: Sequence[str],
        points: Points,
        of_run: Mapping[str, Any],
    ) -> Record:
        instance, spent, final = int(entry[0]), int(entry[1]), _number(entry[2])
        last, best = int(points.evaluations[-1]), float(points.difference[-1])
        run = f"{block.place}, below line {block.line}, run {instance}:{spent}|{entry[2]}"
        if last > spent:
            raise LogError(f"{run}: its data go on to evaluation {last}; one of them was changed")
        if last < spent:
            self.notices.append(f"{run}: its data end with evaluation {last}")
        if not agree(final, best, DIGITS) and abs(final - best) > ABOVE_OPTIMUM:
            self.notices.append(f"{run}: its data end with a difference of {best:.3g}")
        reference = _reference(of_run)
        suite = block.header["suite"] or "bbob"
        optimum = of_run.get("Fopt") if of_run else 0.0
        return Record(
            objective=of_run.get("objective", f"{suite} f{block.header['function']}"),
            strategy=of_run.get("strategy", strategy),
            seed=of_run.get("seeds", instance),
            dim=int(block.header["dim"]),
            evaluations=points.evaluations,
            score=0.0 - (points.difference + (0.0 if reference is None else reference)),
            gradients=points.gradients,
            spent=spent,
            optimum=None if optimum is None else 0.0 - optimum,
            sign=of_run.get("sign", -1),
        )


def read(files: Files, notices: list[str]) -> Iterator[Record]:
    """Each run: its best scores so far, minus COCO's differences to the optimum.

    The folder that holds an index names the strategy, the instance the seed. What this toolkit
    exported has its own names, seeds, scores and gradients again.
    """
    return CocoReader(files, notices).records()


def _stem(member: str) -> str:
    return member.removesuffix(".gz").rsplit(".", 1)[0]


def _names(line: str) -> Sequence[str] | None:
    return NAMES if line.startswith("%") and "evaluation" in line else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _reference(of_run: Mapping[str, Any]) -> float | None:
    return next((float(of_run[kind]) for kind in REFERENCES if kind in of_run), None)


def _points(rows: DataRows, of_run: Mapping[str, Any]) -> Points:
    """The rows of one file, checked for themselves."""
    if not rows.cells:
        raise LogError(f"{rows.place}, line {rows.line}: a run without a row; was the file cut?")
    difference = rows.column(2).numbers()
    difference = np.where(np.abs(difference) < NOT_A_NUMBER, difference, np.nan)
    reference = _reference(of_run)
    if reference is None:
        return Points(rows, rows.counts(0, 1), None, difference)
    match = REFERENCE.search(rows.header)
    if match is None or not agree(_number(match[1]), reference, REFERENCE_DIGITS):
        raise LogError(
            f"{rows.place}, line {rows.line}: differences are to another reference than the "
            f"{reference!r} that the index says; one of them was changed"
        )
    _refuse_other_values(rows, difference, reference)
    return Points(rows, rows.counts(0, 1), rows.counts(1, 0), difference)


def _refuse_other_values(rows: DataRows, difference: Floats, reference: float) -> None:
    """Refuse rows of our own export whose best value is not the reference and the difference."""
    if len(rows.cells[0]) < 5:
        raise LogError(f"{rows.place}, line {rows.lines[0]}: five columns are ours, not fewer")
    best = rows.column(4).numbers()
    best = np.where(np.abs(best) < NOT_A_NUMBER, best, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        slack = 10.0 ** (1 - OUR_DIGITS) * (np.abs(best) + np.abs(difference) + abs(reference))
        wrong = (np.abs(difference + reference - best) > slack) | (
            np.isnan(best) != np.isnan(difference)
        )
    if wrong.any():
        row = int(np.argmax(wrong))
        raise LogError(
            f"{rows.at(row, 2)}: {difference[row]:g} is not what lies between the best value, "
            f"{best[row]:g}, and the reference, {reference:g}; one of them was changed"
        )


def _merged(parts: Sequence[Points]) -> Points:
    """The rows of both files by their evaluations, where they agree and get no worse."""
    evaluations = np.concatenate([part.evaluations for part in parts])
    order = np.argsort(evaluations, kind="stable")
    difference = np.concatenate([part.difference for part in parts])[order]
    evaluations = evaluations[order]
    places = [(part.rows, row) for part in parts for row in range(len(part.evaluations))]
    before, after = difference[:-1], difference[1:]
    rises = (after > before) | (np.isnan(after) & ~np.isnan(before))
    differs = (np.diff(evaluations) == 0) & ~((before == after) | np.isnan(before + after))
    if (rises | differs).any():
        nth = int(np.argmax(rises | differs))
        rows, row = places[order[nth + 1]]
        raise LogError(
            f"{rows.at(row, 2)}: a best so far cannot get worse, from {before[nth]:g} to "
            f"{after[nth]:g} at evaluation {evaluations[nth + 1]}; one of them was changed"
        )
    counted = [part.gradients for part in parts if part.gradients is not None]
    first = np.flatnonzero(np.append(True, np.diff(evaluations) > 0))
    gradients = np.concatenate(counted)[order][first] if counted else None
    return Points(parts[0].rows, evaluations[first], gradients, difference[first])
