"""optuna's trials, our own frames, COCO's and IOHprofiler's folders: whole, changed, and cut."""

from __future__ import annotations

import io
import shutil
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.errors import LogError
from blackbox.trace import Status
from tests.conftest import make_trace
from tests.results.studies import comparison, make_study

TRIALS = """\
number,value,datetime_start,params_x,params_y,state
0,3.5,2026-01-01 10:00:00,0.1,a,COMPLETE
1,,2026-01-01 10:00:01,0.2,a,FAIL
2,0.5,2026-01-01 10:00:02,0.3,b,PRUNED
3,1.25,2026-01-01 10:00:03,0.4,b,COMPLETE
4,,2026-01-01 10:00:04,0.5,b,RUNNING
"""
# What the frames only count, or what rows cannot tell.
NOT_IN_ROWS = ["n_duplicate", "n_clipped", "n_grad_invalid"]


def read(*given: Any, **asked: Any) -> bb.Comparison:
    with warnings.catch_warnings(action="ignore", category=bb.StudyWarning):
        return bb.read_log(*given, **asked)


def test_optuna_s_trials_are_a_run(tmp_path: Path) -> None:
    path = tmp_path / "tuned.csv"
    path.write_text(TRIALS)
    study = read(path, "optuna", maximize=False)
    run = study.runs.iloc[0]
    assert run[["objective", "strategy", "seed", "dim"]].tolist() == ["tuned", "optuna", 0, 2]
    assert (run["n_scores"], run["best"], run["n_invalid"]) == (4, 1.25, 2)
    assert study.evaluations["status"].tolist() == ["ok", "invalid", "invalid", "ok"]
    assert "1 trials of" in study.recipe["notices"][0]
    frame = pd.read_csv(path)
    fixed = {"objective": "o", "strategy": "tpe", "dim": 7}
    again = read(frame, "optuna", maximize=False, fixed=fixed).runs.iloc[0]
    assert again[["objective", "strategy", "dim", "best"]].tolist() == ["o", "tpe", 7, 1.25]


def test_optuna_s_own_frame_is_read() -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(lambda t: (t.suggest_float("x", -1, 1) - t.suggest_int("k", 0, 3)) ** 2, 9)
    for several in (False, True):
        frame = study.trials_dataframe(multi_index=several)
        run = read(frame, "optuna", maximize=False).runs.iloc[0]
        assert (run["best"], run["n_scores"], run["dim"]) == (study.best_value, 9, 2)


def test_several_of_optuna_s_studies_are_told_apart() -> None:
    frame = pd.read_csv(io.StringIO(TRIALS))
    both = pd.concat([frame.assign(rep=0), frame.assign(rep=1)])
    runs = read(both, "optuna", maximize=False, columns={"seed": "rep"}).runs
    assert runs["n_scores"].tolist() == [4, 4]
    with pytest.raises(LogError, match="each trial has a number of its own"):
        read(both, "optuna", maximize=False)
    with pytest.raises(LogError, match="say which one is the score"):
        read(frame.rename(columns={"value": "values_0"}), "optuna", maximize=False)
    with pytest.raises(LogError, match="column 'state': a trial is one of"):
        read(frame.replace("FAIL", "FAILED"), "optuna", maximize=False)


def our_study() -> bb.Comparison:
    """Losses and scores, gradients, invalid and infeasible points, criteria, an empty run."""
    traces = [replace(trace, budget=9.0, used=float(trace.cost()[-1])) for trace in make_study()]
    loss: dict[str, Any] = {"objective": "a loss, 'x'", "strategy": "=hyper", "sign": -1}
    constraints = {"stress": np.array([1.0, -1.0, 2.0])}
    criteria = {"mass": np.array([1.0, 2.0, 0.1])}
    traces.append(make_trace([-3, -1, -2], constraints=constraints, criteria=criteria, **loss))
    traces.append(make_trace([-3, np.nan], seed=4, error="bad", status=Status.RETURNED, **loss))
    traces.append(make_trace([], seed=5, error="a\nb", status=Status.FAILED, **loss))
    return comparison(traces)


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_our_own_frames_are_read_back_equal(tmp_path: Path, format: str) -> None:
    study = our_study()
    folder = study.export(tmp_path / "out", format)
    back = read(folder, format)
    assert "notices" not in back.recipe
    kept = [name for name in back.runs if name not in NOT_IN_ROWS]
    pd.testing.assert_frame_equal(back.evaluations, study.evaluations)
    pd.testing.assert_frame_equal(back.runs[kept], study.runs[kept])
    assert back.runs[NOT_IN_ROWS].isna().all(axis=None)
    assert back.at().losses == study.at().losses
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"deep/{file.name}")
    packed = read(tmp_path / "out.zip", format)
    pd.testing.assert_frame_equal(packed.runs, back.runs)
    if format == "parquet":
        one = read(folder / "evaluations.parquet", format)
        pd.testing.assert_frame_equal(one.runs, back.runs)


def test_what_both_frames_say_must_be_the_same(tmp_path: Path) -> None:
    out = our_study().export(tmp_path / "out", "csv")
    for file, old, new, told in (
        ("runs.csv", ",spent,", ",spend,", "column 'status': this must be one of"),
        ("evaluations.csv", ",infeasible,", ",ok,", "column 'status'.*'infeasible'"),
        ("evaluations.csv", "2,5.0,", "2,4.0,", "column 'best': the best score so far is 4.0"),
        ("evaluations.csv", "search,2,0,0,2.0", "search,2,0,0,3",
         "column 'cost': at 1 for a score and 1 for a gradient"),
    ):  # fmt: skip
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(out, copy)
        text = (copy / file).read_text()
        assert old in text
        (copy / file).write_text(text.replace(old, new, 1))
        with pytest.raises(LogError, match=f"{file}, line .*{told}"):
            read(copy, "csv")
    lines = (out / "runs.csv").read_text().splitlines(keepends=True)
    (out / "runs.csv").write_text("".join(lines[:1] + lines[2:]))
    with pytest.raises(LogError, match="lacks run 0 of random_search on bowl"):
        read(out, "csv")


def test_our_long_csv_knows_which_end_is_better(tmp_path: Path) -> None:
    study = comparison(make_study())
    out = study.export(tmp_path / "out", "csv") / "evaluations.csv"
    assert read(out, maximize=True).runs["best"].tolist() == study.runs["best"].tolist()
    with pytest.raises(LogError, match="maximize= is the other way"):
        read(out, maximize=False)


def exported(tmp_path: Path, format: str) -> Path:
    traces = [make_trace([1, 3, 2, 4], gradients=[0, 1, 0, 1], seed=s, budget=9.0) for s in (0, 7)]
    return comparison(traces).export(tmp_path / format, format)


def changed(folder: Path, suffix: str, old: str, new: str) -> Path:
    copy = folder.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    file = sorted(copy.rglob(f"*{suffix}"))[0]
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return copy


@pytest.mark.parametrize(
    ("suffix", "old", "new", "told"),
    [
        (".dat", "\n2 1 ", "\n2 1 x", "column 'best difference'.*must be a number"),
        (".dat", "\n2 1 ", "\n0 1 ", "line 3, column 'f evaluations'.*from 1"),
        (".dat", "\n2 1 ", "\n5 1 ", "column 'f evaluations': a counter cannot"),
        (".tdat", "\n3 1 ", "\n3 0 ", "column 'g evaluations': a counter cannot fall"),
        (".dat", "\n2 1 +1.0", "\n2 1 +9.0", "is not what lies between the best value"),
        (".dat", "% f eval", "# f eval", "before the line of names"),
        (".info", "DIM = 2", "DIM = x", "no line with funcId and DIM"),
        (".info", "2:4|", "2:|", "is no run as instance:evaluations"),
        (".info", ", 2:4|", ", 2:3|", "go on to evaluation 4"),
        (".info", '"seeds"', '"sheds"', "comment in JSON lacks 'seeds'"),
        (".info", '"seeds": [0, ', '"seeds": [0 ', "a comment in JSON is damaged"),
        (".info", "data_f1001/", "data_f1002/", "which is not there"),
        (".info", ", data_f1001/", ", ../../data_f1001/", ""),
    ][:-1],
)
def test_a_changed_log_of_coco_s_is_refused(
    tmp_path: Path, suffix: str, old: str, new: str, told: str
) -> None:
    folder = exported(tmp_path, "coco")
    with pytest.raises(LogError, match=told):
        read(changed(folder, suffix, old, new), "coco")


def test_a_log_of_coco_s_without_an_instance_is_refused(tmp_path: Path) -> None:
    folder = exported(tmp_path, "coco")
    file = next(folder.rglob("*.tdat"))
    runs = file.read_text().split("% ")
    file.write_text("% " + runs[1])
    with pytest.raises(LogError, match=r"lists 2 runs, but .*tdat holds 1: an instance is missing"):
        read(folder, "coco")
    file.unlink()
    assert "has no runs in" in read(folder, "coco").recipe["notices"][0]


def test_folders_are_read_from_an_archive_too(tmp_path: Path) -> None:
    for format in ("coco", "ioh"):
        folder = exported(tmp_path, format)
        packed = shutil.make_archive(str(tmp_path / f"{format}-data"), "gztar", folder)
        pd.testing.assert_frame_equal(read(packed, format).runs, read(folder, format).runs)


@pytest.mark.parametrize(
    ("suffix", "old", "new", "told"),
    [
        (".dat", "\n2 3 ", "\n2 good ", "line 3, column 'raw_y'.*must be a number"),
        (".dat", "\n2 3 ", "\n1 3 ", "column 'evaluations': a counter cannot stand still"),
        (".dat", "\n2 3 ", "\n2 ", "line 3: 3 numbers, not 4"),
        (".dat", "grad_evals", "grad_eval", "no column 'grad_evals', which the JSON"),
        (".json", '"maximization": true', '"maximization": "max"', "'maximization' must be"),
        (".json", '"evals": 4', '"evals": 3', "go on to evaluation 4"),
        (".json", '"evals": 4', '"evals": 1e99', "must be a whole number"),
        (".json", '"seed": 0', '"seed": -1', "seed or instance.*not -1"),
        (".json", '"path": "data', '"path": "../data', "which is not there"),
        (".json", "[", "", "is no JSON"),
        (".json", '"scenarios": [', '"scenarios": [[],', "a scenario needs a path and runs"),
    ],
)
def test_a_changed_log_of_iohprofiler_s_is_refused(
    tmp_path: Path, suffix: str, old: str, new: str, told: str
) -> None:
    folder = exported(tmp_path, "ioh")
    with pytest.raises(LogError, match=told):
        read(changed(folder, suffix, old, new), "ioh")


def test_a_best_that_its_rows_do_not_have_is_told(tmp_path: Path) -> None:
    folder = exported(tmp_path, "ioh")
    study = read(changed(folder, ".dat", "\n4 4 ", "\n4 2.5 "), "ioh")
    assert "its best is 4, but that of its rows is 3" in study.recipe["notices"][0]
    other = comparison([make_trace([1], objective="other")]).export(tmp_path / "other", "ioh")
    shutil.copy(next(other.rglob("*.dat")), folder / "stray.dat")
    assert "stray.dat is named in no JSON file" in read(folder, "ioh").recipe["notices"][0]


@pytest.mark.parametrize("price", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("format", ["parquet", "csv", "nevergrad", "ioh"])
def test_the_price_of_a_gradient_is_read_back(tmp_path: Path, format: str, price: float) -> None:
    from blackbox.price import Price

    common: dict[str, Any] = {"price": Price(gradient=price), "budget": 12.0}
    traces = [make_trace([1, 3, 2], gradients=[1, 0, 1], used=3 + 2 * price, **common)]
    traces.append(make_trace([1, 3, 2], seed=1, used=3.0, **common))
    study = comparison(traces)
    out = study.export(tmp_path / "out", format)
    back = read(out / "nevergrad.csv" if format == "nevergrad" else out, format)
    names = ["used", "best", "n_gradients"]
    assert back.runs[names].to_numpy(float).tolist() == study.runs[names].to_numpy(float).tolist()
