"""The studies' pages: made from their frames, and refused when a number of these is another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from blackbox.errors import PageError
from blackbox.objectives.mnist import data
from blackbox.pages import Page, PageFrames
from blackbox.pages.making import make
from blackbox.results.claims.claim import Claim

REPORTS = Path(__file__).parents[2] / "reports"
STUDIES = sorted(path.parent.name for path in REPORTS.glob("*/measure.py"))
PackageClaim = Claim[PageFrames, Mapping[str, Any]]
MOST_ROWS = 100  # of a column that are altered
MOST_LINES = 2_796  # of all studies together


@pytest.mark.parametrize("study", STUDIES)
def test_a_page_is_made_from_its_frames(study: str) -> None:
    Page(f"reports.{study}").check()


@pytest.mark.parametrize("study", STUDIES)
def test_each_sentence_is_refused_where_one_number_is_another(study: str) -> None:
    page = Page(f"reports.{study}")
    frames = page.frames
    assert page.claims
    for name, claim in page.claims.items():
        altered = next((one for one in altered_frames(frames) if not holds(claim, one)), None)
        assert altered is not None, f"{name} is true whatever a number of its frames is"
        with pytest.raises(PageError, match=rf"page\.md, line \d+: {name} "):
            page.render(altered)


def altered_frames(frames: PageFrames) -> Iterator[PageFrames]:
    """The frames with one number replaced: by none, by nothing, and by far more or less.

    Columns take turns, so that a small frame is soon altered, too.
    """
    rng = np.random.default_rng(0)
    orders = {
        (name, column): rng.permutation(len(table))
        for name, table in frames.items()
        for column in table.select_dtypes("number").columns
    }
    for turn in range(max(map(len, orders.values()))):
        for (name, column), order in orders.items():
            if turn >= min(len(order), MOST_ROWS):
                continue
            table = frames[name].astype({column: float})
            largest = float(np.nanmax(np.abs(table[column].to_numpy()), initial=1.0))
            for other in (1000 * largest, -1000 * largest, 0.0, np.nan):
                table.loc[table.index[order[turn]], column] = other
                yield PageFrames({**frames, name: table.copy()})


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
