"""Samples of the campaigns that damage files and kill studies; their tables lie in campaigns/."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns import damage, kills

pytestmark = pytest.mark.slow


def test_nothing_that_is_damaged_is_believed_or_overwritten() -> None:
    made = damage.campaign(120, seed=1)
    assert made.wrong == []
    assert made.ends.total() > 120


@pytest.mark.processes
@pytest.mark.parametrize("kind", ["20 ms scorers, jobs 2"])
def test_a_study_that_is_killed_pays_for_nothing_twice(kind: str, tmp_path: Path) -> None:
    tally = kills.Campaign(kind, 5, tmp_path).run(2)
    assert tally.kills.total() == 2
    assert (tally.beyond, tally.other_frames, tally.left_alive, tally.untidy) == (0, 0, 0, 0)
