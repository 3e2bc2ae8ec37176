"""The studies' pages: made from their frames, and refused when a number of these is another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from blackbox.errors import PageError
from blackbox.objectives.mnist import data
from blackbox.pages import Page, PageFrames, made_with
from blackbox.pages.making import make
from blackbox.results.claims.claim import Claim

REPORTS = Path(__file__).parents[2] / "reports"
STUDIES = sorted(path.parent.name for path in REPORTS.glob("*/measure.py"))
PackageClaim = Claim[PageFrames, Mapping[str, Any]]
MOST_ROWS = 100  # of a column that are altered
FAR = 1000.0  # times the largest of a column
MOST_LINES = 5_260  # of all studies together


@pytest.mark.slow  # `make check` holds all pages to their frames beside the tests
@pytest.mark.parametrize("study", STUDIES)
def test_a_page_is_made_from_its_frames(study: str) -> None:
    Page(f"reports.{study}").check()


@pytest.mark.parametrize("study", STUDIES)
def test_a_page_ends_with_the_versions_that_made_it(study: str) -> None:
    last = (REPORTS / study / "README.md").read_text().splitlines()[-1]
    assert last == made_with.sentence(REPORTS / study / "frames") != ""


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_each_sentence_is_refused_where_one_number_is_another(study: str) -> None:
    page = Page(f"reports.{study}")
    frames = page.frames
    assert page.claims
    first = next(iter(page.claims))
    for name, claim in page.claims.items():
        cells = chain(cells_that_matter(claim, frames), all_cells(frames))
        tries = (one for cell in cells for one in altered_frames(frames, cell))
        altered = next((one for one in tries if not holds(claim, one)), None)
        assert altered is not None, f"{name} is true whatever a number of its frames is"
        if (
            name == first
        ):  # that a page says which of its claims are false is tested where it is built
            with pytest.raises(PageError, match=rf"page\.md, line \d+: {name} "):
                page.render(altered)


@dataclass(frozen=True)
class Block:
    """Cells of a frame: these rows of these columns."""

    frame: str
    columns: tuple[str, ...]
    rows: tuple[int, ...]

    def halves(self) -> Iterator[Block]:
        """The columns in two parts; of a single column the rows."""
        if len(self.columns) > 1:
            middle = len(self.columns) // 2
            for columns in (self.columns[:middle], self.columns[middle:]):
                yield replace(self, columns=columns)
        else:
            middle = len(self.rows) // 2
            for rows in (self.rows[:middle], self.rows[middle:]):
                yield replace(self, rows=rows)

    def ever_more_rows(self) -> Iterator[Block]:
        """All rows, in parts each as large as those before: most claims read most of a column."""
        begin, end = 0, 1
        while begin < len(self.rows):
            yield replace(self, rows=self.rows[begin:end])
            begin, end = end, 2 * end

    def put(self, frames: PageFrames, *times: float) -> PageFrames:
        """The frames with so many times the largest of a column in its cells; rows take turns."""
        table = frames[self.frame].copy(deep=False)
        for column in self.columns:
            values = table[column].to_numpy(float, copy=True)
            largest = float(np.nanmax(np.abs(values), initial=1.0))
            for turn, factor in enumerate(times):
                values[list(self.rows[turn :: len(times)])] = factor * largest
            table[column] = values
        return PageFrames({**frames, self.frame: table})


def blocks(frames: PageFrames) -> Iterator[Block]:
    """All numbers of each frame; the rows in any order."""
    rng = np.random.default_rng(0)
    for name, table in frames.items():
        numbers = tuple(table.select_dtypes("number").columns)
        rows = tuple(rng.permutation(len(table)).tolist())
        if numbers and rows:
            yield Block(name, numbers, rows)


def cells_that_matter(claim: PackageClaim, frames: PageFrames) -> Iterator[Block]:
    """Single cells, without which the claim's figures would be others; columns take turns.

    Found by halving: where a block may hold nothing, or anything, the claim does not read it.
    """
    figures = outcome(claim, frames)

    def is_read(block: Block) -> bool:
        tries = ((np.nan, FAR),) if len(block.rows) > 1 else ((np.nan,), (FAR,))
        return any(outcome(claim, block.put(frames, *one)) != figures for one in tries)

    def parts(block: Block) -> Iterator[Block]:
        first, second = block.halves()
        if is_read(first):
            yield first
            if is_read(second):
                yield second
        else:  # what is read is in there, if halves do not make up for each other
            yield second

    def single_columns(block: Block) -> Iterator[Block]:
        if len(block.columns) == 1:
            yield block
        else:
            for part in parts(block):
                yield from single_columns(part)

    def cells(column: Block) -> Iterator[Block]:
        if len(column.rows) == 1:
            yield column
        else:
            for part in parts(column):
                yield from cells(part)

    def cells_of(column: Block) -> Iterator[Block]:
        for few in column.ever_more_rows():
            if is_read(few):
                yield from cells(few)

    opened = frames_opened(claim, frames)
    whole = (block for block in blocks(frames) if block.frame in opened and is_read(block))
    yield from in_turns(cells_of(one) for block in whole for one in single_columns(block))


class Opened(PageFrames):
    """Frames that remember which of them somebody has looked at."""

    def __init__(self, frames: PageFrames) -> None:
        super().__init__(frames)
        self.names = set[str]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        self.names.add(name)
        return super().__getitem__(name)


def frames_opened(claim: PackageClaim, frames: PageFrames) -> set[str]:
    """The names of the frames that a claim looks at where it is true."""
    opened = Opened(frames)
    outcome(claim, opened)
    return opened.names


def all_cells(frames: PageFrames) -> Iterator[Block]:
    """Every cell, up to so many of a column; columns take turns."""

    def cells(frame: str, column: str, rows: tuple[int, ...]) -> Iterator[Block]:
        yield from (Block(frame, (column,), (row,)) for row in rows[:MOST_ROWS])

    yield from in_turns(
        cells(block.frame, column, block.rows)
        for block in blocks(frames)
        for column in block.columns
    )


def in_turns(columns: Iterable[Iterator[Block]]) -> Iterator[Block]:
    """One of each after the other, until none has any left; a column is looked for when it is due.

    To find a column that is read costs more than to try a cell of the first.
    """
    columns, left = iter(columns), list[Iterator[Block]]()
    while (another := next(columns, None)) or left:
        left += [another] if another else []
        for one in tuple(left):
            cell = next(one, None)
            if cell is None:
                left.remove(one)
            else:
                yield cell


def altered_frames(frames: PageFrames, cell: Block) -> Iterator[PageFrames]:
    """The frames with one number replaced: by none, by nothing, and by far more or less."""
    for times in (FAR, -FAR, 0.0, np.nan):
        yield cell.put(frames, times)


def outcome(claim: PackageClaim, frames: PageFrames) -> str:
    """The figures of a claim, or that it cannot be told."""
    try:
        return repr(list(claim.of(frames)))
    except Exception as error:  # a claim may meet anything in altered frames
        return f"cannot be told: {type(error).__name__}"


def holds(claim: PackageClaim, frames: PageFrames) -> bool:
    """Whether a claim is true of frames."""
    try:
        return len(list(claim.of(frames))) == 1
    except Exception:  # a claim may meet anything in altered frames: it cannot be told
        return False


def test_studies_are_short() -> None:
    files = [*REPORTS.glob("*.py"), *REPORTS.glob("*/*.py")]
    assert sum(len(file.read_text().splitlines()) for file in files) <= MOST_LINES


@pytest.mark.slow
@pytest.mark.dear
@pytest.mark.parametrize("study", STUDIES)
def test_a_small_study_makes_the_frames_of_its_page(study: str, tmp_path: Path) -> None:
    whole = Page(f"reports.{study}").frames
    try:
        small = PageFrames.read(make(f"reports.{study}", folder=tmp_path, small=True))
    except data.NoData as missing:
        pytest.skip(str(missing))
    assert set(small) == set(whole)
    for name, table in small.items():
        assert list(table.columns) == list(whole[name].columns)
        assert isinstance(table, pd.DataFrame)
        assert len(table)
