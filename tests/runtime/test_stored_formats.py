"""Folders that earlier versions wrote can be read for ever, and give the numbers of their day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import blackbox as bb
from blackbox.runtime.store import Store

STORED = Path(__file__).parents[1] / "expected" / "stored"


@pytest.mark.parametrize("stored_format", ["format_2", "format_3"])
def test_a_folder_of_any_format_gives_the_numbers_of_its_day(stored_format: str) -> None:
    folder = STORED / stored_format
    numbers = bb.load(folder).evaluations
    expected = pd.read_csv(folder / "evaluations.csv")
    for name in expected:
        if pd.api.types.is_numeric_dtype(expected[name]):
            pd.testing.assert_series_equal(
                numbers[name], expected[name], check_exact=True, check_dtype=False
            )
        else:
            assert numbers[name].astype(str).tolist() == expected[name].astype(str).tolist()


def test_an_unfinished_run_of_format_3_is_in_its_journal() -> None:
    study = bb.load(STORED / "format_3")
    states = study.missing.groupby("state").size()
    assert states["unfinished"] == len(study.missing)
    store = Store(STORED / "format_3")
    paces, finished = store.journals.paces(), store.keys()
    begun = [pace.used for key, pace in paces.items() if key not in finished]
    assert study.missing.used.sum() == sum(begun) > 10


def test_what_an_earlier_version_made_is_read_and_not_continued() -> None:
    with pytest.raises(bb.StoreError, match="earlier version"):
        bb.compare("synthetic.sphere(d=2)", "random_search", 3, 1, store=STORED / "format_2")
    assert not (STORED / "format_2" / "runs" / "code.json").exists()
