"""The same study before and after, and a study whose runs lie in several folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox import cli
from blackbox.errors import StoreError, StudyError
from blackbox.results.statistics.changes import COLUMNS
from blackbox.trace import Status, Trace
from tests.conftest import make_trace
from tests.results.studies import comparison

SEEDS = range(8)
BEFORE = [0.5, 1.5, 2.5, 3.0, 4.5, 5.5, 6.5, 8.0]


def study(bests: Sequence[float], **changes: object) -> list[Trace]:
    return [
        make_trace([-99, best], seed=seed, **changes)  # type: ignore[arg-type]
        for seed, best in enumerate(bests)
    ]


def verdict(after: Sequence[float]) -> str:
    table = bb.diff(comparison(study(BEFORE)), comparison(study(after)))
    assert tuple(table.columns) == COLUMNS
    return str(table["verdict"].item())


def test_what_got_worse_or_better_in_every_pair_is_found() -> None:
    falls = np.linspace(0.1, 0.8, 8)
    assert verdict(BEFORE - falls) == "worse"  # type: ignore[arg-type]
    assert verdict(BEFORE + falls) == "better"  # type: ignore[arg-type]
    assert verdict([best - 1 for best in BEFORE]) == "worse"  # by the same in each: no chance
    table = bb.diff(comparison(study(BEFORE)), comparison(study([b - 1 for b in BEFORE])))
    assert table[["n", "change", "low", "high"]].to_numpy().tolist() == [[8, -1, -1, -1]]
    assert table["p_holm"].item() == 2 / 2**8


def test_chance_is_no_difference_and_what_is_the_same_says_so() -> None:
    mixed = [best + (-1) ** seed * (seed + 1) for seed, best in enumerate(BEFORE)]
    assert verdict(mixed) == "no difference found"
    assert verdict(BEFORE) == "identical"
    other_way = comparison([make_trace([0.1, best], seed=s) for s, best in enumerate(BEFORE)])
    table = bb.diff(comparison(study(BEFORE)), other_way)
    assert table[["change", "verdict"]].to_numpy().tolist() == [[0, "same"]]
    few = bb.diff(comparison(study(BEFORE[:3])), comparison(study([-9, -9, -9])))
    assert few["verdict"].tolist() == ["no difference found"]


def test_pairs_are_the_seeds_that_both_have_and_cells_of_one_are_told() -> None:
    before = comparison([*study(BEFORE), *study([1, 2], strategy="old")])
    after = comparison([*study(BEFORE[:6]), *study([1, 2], strategy="young")])
    table = bb.diff(before, after).set_index("strategy")
    assert table["n"].to_dict() == {"climb": 6, "old": 0, "young": 0}
    assert table["verdict"].to_dict() == {"climb": "identical", "old": "gone", "young": "new"}


def test_a_run_that_fails_now_counts_as_the_worst_of_both() -> None:
    after = [replace(trace, status=Status.FAILED, error="no") for trace in study(BEFORE)]
    table = bb.diff(comparison(study(BEFORE)), comparison(after))
    assert table["after"].item() == 0.5
    assert table["verdict"].item() == "worse"
    nothing = comparison([make_trace([np.nan], seed=seed) for seed in SEEDS])
    assert bb.diff(nothing, nothing)["verdict"].tolist() == ["identical"]


def test_tests_are_corrected_for_all_rows() -> None:
    cells = [(f"s{n}", BEFORE[:6]) for n in range(4)]
    before = [t for name, bests in cells for t in study(bests, strategy=name)]
    after = [t for name, bests in cells for t in study([b - 1 for b in bests], strategy=name)]
    table = bb.diff(comparison(before), comparison(after))
    assert (table["p"] < 0.05).all()
    assert set(table["verdict"]) == {"no difference found"}


def test_two_studies_are_not_compared() -> None:
    one = comparison(study(BEFORE))
    with pytest.raises(StudyError, match=r"budget: before 4\.0, after 5"):
        bb.diff(one, bb.Comparison(one.recipe | {"budget": 5}, one.traces))
    with pytest.raises(StudyError, match=r"objectives: before \['bowl'\], after \['o'\]"):
        bb.diff(one, comparison(study(BEFORE, objective="o")))
    with pytest.raises(StudyError, match="dimensions of bowl: before 2, after 3"):
        bb.diff(one, comparison(study(BEFORE, dim=3, z=np.ones((2, 3)))))
    with pytest.raises(StudyError, match="no run is in both"):
        bb.diff(one, comparison(study(BEFORE, strategy="other")))


def test_the_command_ends_with_what_ci_must_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = str(comparison(study(BEFORE)).save(tmp_path / "before"))
    after = str(comparison(study([b - 1 for b in BEFORE])).save(tmp_path / "after"))
    other = str(comparison(study(BEFORE, objective="o")).save(tmp_path / "other"))
    assert cli.main(["diff", before, before]) == 0
    assert "nothing got worse" in capsys.readouterr().out
    assert cli.main(["diff", before, after]) == 1
    assert "worse: climb on bowl" in capsys.readouterr().out
    assert cli.main(["diff", after, before]) == 0
    assert cli.main(["diff", before, other]) == 2
    assert "objectives: before" in capsys.readouterr().err
    assert cli.main(["diff", before, str(tmp_path / "nothing")]) == 2


# several folders


def test_the_parts_of_a_study_are_merged_into_it(tmp_path: Path) -> None:
    whole = bb.compare("synthetic.sphere(d=2)", ["hill_climb", "random_search"], 8, seeds=4)
    halves = [
        bb.compare("synthetic.sphere(d=2)", ["hill_climb", "random_search"], 8, seeds=seeds)
        for seeds in ([0, 2, 3], [1, 2])
    ]
    folders = [half.save(tmp_path / str(nth)) for nth, half in enumerate(halves)]
    merged = bb.merge(folders)
    clocks = ["thinking_seconds", "evaluation_seconds", "peak_memory_mb", "n_called"]
    ours, theirs = (one.runs.drop(columns=clocks) for one in (merged, whole))
    pd.testing.assert_frame_equal(ours, theirs)
    assert merged.recipe["seeds"] == [0, 1, 2, 3]
    assert merged.missing.empty
    again = bb.load(merged.save(tmp_path / "merged"))
    pd.testing.assert_frame_equal(again.runs, merged.runs)


def test_what_contradicts_is_not_merged() -> None:
    one = comparison(study(BEFORE))
    message = r"climb on bowl, seed 0 \(part 1 and part 2\).*; and|seed 4 .* and 3 more; they are"
    with pytest.raises(StoreError, match=message):
        bb.merge([one, comparison(study([9] * 8))])
    with pytest.raises(StoreError, match=r"budget is 4\.0 there and 5 here"):
        bb.merge([one, bb.Comparison(one.recipe | {"budget": 5}, one.traces)])
    edited = bb.Comparison(one.recipe | {"fingerprints": {"bowl": "x"}}, one.traces)
    with pytest.raises(StoreError, match="fingerprints of bowl is '' there and 'x' here"):
        bb.merge([one, edited])
    with pytest.raises(StoreError, match="nothing to merge"):
        bb.merge([])


def test_what_no_part_has_made_is_missing() -> None:
    parts = [comparison(study(BEFORE)), comparison(study([1, 2], strategy="other"))]
    merged = bb.merge(parts)
    assert merged.missing["strategy"].tolist() == ["other"] * 6
    assert "6 of 16 runs are not made yet: other on bowl (seeds 2 to 7)." in merged.to_markdown()
