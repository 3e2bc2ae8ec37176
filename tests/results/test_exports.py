"""Exports: what a log says is what the run did, whatever its names, its failures and its points."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import blackbox as bb
from blackbox import cli
from blackbox.protocol import Price
from blackbox.results import export
from blackbox.results.export import FORMATS
from blackbox.results.export.logs import ExportError, function_names
from blackbox.results.writing.file_names import file_names
from blackbox.trace import Status
from tests.conftest import make_trace
from tests.results.studies import comparison

pytestmark = pytest.mark.slow

HOSTILE = [
    *("../../etc/passwd", "..", "", "a/b", "a\\b", "a:b?*", "C:\\x", "con", "NUL", "x" * 300),
    *(
        "CMA",
        "cma",
        "Cma ",
        "line\nbreak",
        "quote'\", x = 1",
        "100 % | <b>",
        "日本",
        "\x00",
        "=1+1",
    ),
]
ROOT_OF = {"coco": "", "ioh": "", "csv": "evaluations.csv", "nevergrad": "nevergrad.csv"}


def read_back(folder: Path, format: str) -> bb.Comparison:
    return bb.read_log(folder / ROOT_OF[format], format, maximize=True if format == "csv" else None)


@st.composite
def studies(draw: st.DrawFn, scores: st.SearchStrategy[float]) -> bb.Comparison:
    """Runs of any scores, invalid points and gradients, on an objective with or without optimum."""
    points = st.one_of(scores, st.just(np.nan))
    optimum = draw(st.one_of(st.none(), st.just(1e6)))
    traces = []
    for strategy, seed in [("a", 0), ("a", 7), ("b", 0), ("b", 7)]:
        score = draw(st.lists(points, min_size=1, max_size=30))
        gradients = draw(st.lists(st.integers(0, 1), min_size=len(score), max_size=len(score)))
        run: dict[str, Any] = {
            "strategy": strategy,
            "seed": seed,
            "optimum": optimum,
            "budget": 100.0,
        }
        traces.append(make_trace(score, gradients=gradients, **run))
    return comparison(traces)


def curves(study: bb.Comparison) -> pd.DataFrame:
    """What each run had spent and found at each improvement: all that every format must keep."""
    rows = study.evaluations[["objective", "strategy", "seed", "n_scores", "n_gradients", "best"]]
    cells = ["objective", "strategy", "seed"]
    found = rows.dropna(subset="best").drop_duplicates([*cells, "best"])
    return found.astype({"objective": str, "strategy": str}).reset_index(drop=True)


def assert_same_curves(study: bb.Comparison, back: bb.Comparison, **slack: Any) -> None:
    ours, theirs = curves(study), curves(back)
    pd.testing.assert_frame_equal(ours, theirs, check_exact=False, check_dtype=False, **slack)
    spent = ["used", "n_scores", "n_gradients", "dim"]
    pd.testing.assert_frame_equal(study.runs[spent], back.runs[spent], check_dtype=False)
    np.testing.assert_allclose(study.runs["best"], back.runs["best"], **slack)


# A study whose last run is short looks like a log that was cut off, and one is told so.
@pytest.mark.filterwarnings("ignore::blackbox.notices.StudyWarning")
@pytest.mark.parametrize("format", ["csv", "ioh"])
@given(study=studies(st.floats(-1e6, 1e6)))
@settings(max_examples=15)
def test_what_was_exported_is_read_back(
    format: str, study: bb.Comparison, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = study.export(tmp_path_factory.mktemp("out") / format, format)
    assert_same_curves(study, read_back(folder, format), rtol=1e-15, atol=0)


@pytest.mark.filterwarnings("ignore::blackbox.notices.StudyWarning")
@given(study=studies(st.integers(-(10**6), 10**6).map(float)))
@settings(max_examples=15)
def test_coco_s_ten_digits_are_read_back(
    study: bb.Comparison, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = study.export(tmp_path_factory.mktemp("out") / "coco", "coco")
    # Its digits are those of a difference to the reference, which is 2e6 at most and a bit.
    assert_same_curves(study, read_back(folder, "coco"), rtol=0, atol=2.1e6 * 5e-10)


def test_parquet_holds_the_frames_themselves(tmp_path: Path) -> None:
    study = comparison([make_trace([1, np.nan, 3], gradients=[0, 1, 0])])
    out = study.export(tmp_path / "out", "parquet")
    for name in ("evaluations", "runs"):
        frame = getattr(study, name)
        pd.testing.assert_frame_equal(
            pd.read_parquet(out / f"{name}.parquet"), frame, check_categorical=False
        )


def test_nevergrad_s_csv_is_a_minimised_row_per_run(tmp_path: Path) -> None:
    spent = make_trace([1, 3, 2], gradients=[0, 1, 0], seed=4)
    broken = make_trace([np.nan], seed=5, status=Status.FAILED, error="Traceback\nboom")
    out = comparison([spent, broken]).export(tmp_path / "out", "nevergrad")
    table = pd.read_csv(out / "nevergrad.csv")
    row = table.iloc[0]
    assert (row["optimizer_name"], row["name"], row["loss"]) == ("climb", "bowl", -3)
    assert (row["budget"], row["elapsed_budget"], row["seed"], row["dimension"]) == (4, 3, 4, 2)
    assert (row["info/n_gradients"], row["info/used"], row["num_workers"]) == (1, 4, 1)
    assert table["loss"].isna().tolist() == [False, True]
    assert table["error"].isna().tolist() == [True, False]


def test_coco_s_lines_are_those_of_its_logger(tmp_path: Path) -> None:
    trace = make_trace([1, np.nan, 3, 2], gradients=[1, 0, 1, 0], budget=6.0, optimum=4.0)
    out = comparison([trace]).export(tmp_path / "out", "coco") / "climb"
    header, comment, entry = (out / "bbobexp_f1001.info").read_text().splitlines()
    assert re.fullmatch(r"suite = 'bbob-largescale', funcId = 1001, DIM = 2, .*-new2'", header)
    assert json.loads(comment[1:])["Fopt"] == -4
    assert entry == "data_f1001/bbobexp_f1001_DIM2.dat, 1:4|1.0e+00"
    dat = (out / "data_f1001" / "bbobexp_f1001_DIM2.dat").read_text().splitlines()
    assert dat[0].startswith(
        "% f evaluations | g evaluations | best noise-free fitness - Fopt (-4.0"
    )
    assert dat[1:] == [
        "1 1 +3.000000000e+00 -1.000000000e+00 -1.000000000e+00",
        "3 2 +1.000000000e+00 -3.000000000e+00 -3.000000000e+00",
        "4 2 +1.000000000e+00 -2.000000000e+00 -3.000000000e+00",
    ]
    tdat = (out / "data_f1001" / "bbobexp_f1001_DIM2.tdat").read_text().splitlines()
    assert [line.split()[0] for line in tdat[1:]] == ["1", "2", "3", "4"]
    assert tdat[2].split()[3] == "+2.000000000e+21"  # how COCO writes a value that is none


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8), st.booleans())
def test_no_difference_to_coco_s_reference_is_negative(scores: list[float], known: bool) -> None:
    from blackbox.results.export.coco import _reference

    optimum = max(scores) if known else np.nan
    runs = pd.DataFrame({"best": scores, "optimum": optimum})
    kind, reference = _reference(runs)
    assert kind == ("Fopt" if known else "Fref")
    assert (-runs["best"] - reference >= 0).all()
    # Above the reference there is room for a better score, unless all runs found the same.
    assert known or max(scores) == np.median(scores) or -max(scores) > reference


@pytest.mark.parametrize("format", FORMATS)
def test_any_name_can_be_exported_and_stays_inside(format: str, tmp_path: Path) -> None:
    traces = [make_trace([1, 2], strategy=name, objective=name) for name in HOSTILE]
    out = comparison(traces).export(tmp_path / "here" / "out", format)
    assert [path.name for path in tmp_path.rglob("*") if path.parent == tmp_path] == ["here"]
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["out"]
    if format in ("coco", "ioh"):
        assert len([path for path in out.iterdir() if path.is_dir()]) == len(HOSTILE)
        back = read_back(out, format)
        assert set(back.recipe["strategies"]) == set(back.recipe["objectives"]) == set(HOSTILE)


@given(st.lists(st.text(), unique=True, max_size=8))
def test_file_names_are_safe_and_all_different(names: list[str]) -> None:
    files = file_names(names)
    assert list(files) == names
    assert len({file.lower() for file in files.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,90}", file) for file in files.values())


@pytest.mark.parametrize("format", FORMATS)
def test_runs_that_found_nothing_are_exported_too(format: str, tmp_path: Path) -> None:
    whole = make_trace([1, 2, 3, 4], seed=0)
    failed = make_trace([], seed=1, status=Status.FAILED, error="boom")
    nothing = make_trace([np.nan, np.nan], seed=2)
    out = comparison([whole, failed, nothing]).export(tmp_path / "out", format)
    if format == "parquet":
        assert len(pd.read_parquet(out / "runs.parquet")) == 3
        return
    # What ended early may have been cut, and nevergrad's csv does not say why a loss is missing.
    noticed = {"csv": "was the log cut off", "nevergrad": "1 of 3 losses of .* without an error"}
    is_noticed = format in noticed
    with pytest.warns(bb.StudyWarning, match=noticed[format]) if is_noticed else nullcontext():
        back = read_back(out, format).runs.set_index("seed")
    # A long csv has no room for a run without a row; its runs.csv does.
    assert back.index.tolist() == ([0, 2] if format == "csv" else [0, 1, 2])
    assert back["best"].fillna(-1).loc[[0, 2]].tolist() == [4, -1]
    if format == "csv":
        assert pd.read_csv(out / "runs.csv")["seed"].tolist() == [0, 1, 2]


def test_at_a_price_the_rows_that_it_cuts_off_are_left_out(tmp_path: Path) -> None:
    study = comparison([make_trace([1, 2, 3, 4], gradients=[1, 1, 1, 1], price=Price(gradient=0))])
    whole = study.export(tmp_path / "whole", "csv")
    cut = study.at(1).export(tmp_path / "cut", "csv")
    assert [len(pd.read_csv(out / "evaluations.csv")) for out in (whole, cut)] == [4, 2]


@pytest.mark.parametrize("format", ["coco", "ioh"])
def test_the_order_of_rows_changes_nothing(format: str, tmp_path: Path) -> None:
    study = comparison([make_trace([1, 3, 2, 4], seed=seed) for seed in (0, 1)])
    shuffled = study.evaluations.sample(frac=1, random_state=0)
    export.write(study.runs, shuffled, tmp_path / "shuffled", format)
    study.export(tmp_path / "sorted", format)
    files = [path for path in (tmp_path / "sorted").rglob("*") if path.is_file()]
    for path in files:
        twin = tmp_path / "shuffled" / path.relative_to(tmp_path / "sorted")
        assert twin.read_bytes() == path.read_bytes()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    study = comparison([make_trace([1])])
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="in use"):
        study.export(tmp_path, "csv")
    with pytest.raises(ExportError, match="in use"):
        study.export(tmp_path / "mine.txt", "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert (study.export(tmp_path / "empty", "csv") / "runs.csv").exists()


def test_an_export_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    study = comparison([make_trace([1], strategy="a"), make_trace([1], dim=65_536, strategy="b")])
    with pytest.raises(ExportError, match="65535 dimensions, but objective 'bowl' has 65536"):
        study.export(tmp_path / "out", "ioh")
    assert not list(tmp_path.iterdir())
    assert study.export(tmp_path / "out", "coco").exists()


def test_mistakes_are_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = comparison([make_trace([1])])
    with pytest.raises(ExportError, match="did you mean 'coco'"):
        study.export(tmp_path / "out", "cocoo")
    with pytest.raises(ExportError, match="has no runs"):
        comparison([]).export(tmp_path / "out", "csv")
    study.save(tmp_path / "study")
    command = ["export", str(tmp_path / "study"), "--format", "ioh", "--out", str(tmp_path)]
    assert cli.main(command) == 2
    assert "in use" in capsys.readouterr().err


def test_the_command_exports_a_folder_of_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison([make_trace([1, 2])]).save(tmp_path / "study")
    out = tmp_path / "out"
    command = ["export", str(tmp_path / "study"), "--format", "coco", "--out", str(out)]
    assert cli.main([*command, "--price", "1"]) == 0
    assert (out / "climb" / "bbobexp_f1001.info").exists()
    assert f"coco: {out}" in capsys.readouterr().out


def test_one_function_over_its_dimensions_is_one_function() -> None:
    names = ["synthetic.sphere(d=2)", "synthetic.sphere", "m:f(d=3, k=1)", "a(d=2)", "a(d=3)"]
    dims = [2, 10, 3, 5, 5]  # the last two would be thrown together
    runs = pd.DataFrame({"objective": names, "dim": dims})
    made = function_names(runs)
    assert [*made.values()] == ["synthetic.sphere", "synthetic.sphere", "m:f(k=1)", *names[3:]]
