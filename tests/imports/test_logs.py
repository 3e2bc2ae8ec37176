"""Logs of other tools: read as runs like any other, honest about what they do not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox import cli
from blackbox.imports.records import LogError
from tests.conftest import make_trace
from tests.results.studies import comparison

# What nevergrad 1.0.12 writes of an ArtificialFunction, without columns of settings like these.
NEVERGRAD = """\
loss,elapsed_budget,elapsed_time,pseudotime,num_objectives,error,seed,name,rotation,function_class,\
parametrization,dimension,budget,num_workers,batch_mode,optimizer_name
0.5,20,0.1,20,1,,3,sphere,False,ArtificialFunction,,2,20,1,True,CMA
0.25,20,0.1,20,1,,4,sphere,False,ArtificialFunction,,2,20,1,True,CMA
1.5,20,0.1,20,1,,3,sphere,True,ArtificialFunction,,2,20,1,True,CMA
,,,,,ValueError,9,sphere,True,ArtificialFunction,,2,20,1,True,DE
"""
COCO = """\
suite = 'bbob', funcId = 3, DIM = 2, Precision = 1.000e-08, algId = 'X', data_format = 'bbob-new2'
%
data_f3/a_DIM2.dat, 1:9|1.5e-01, 2:4|2.0e+00
"""
COLUMNS = "% f evaluations | g evaluations | best noise-free fitness - Fopt (79.48) | ...\n"


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(text)
    return path


@pytest.fixture
def long_csv(tmp_path: Path) -> Path:
    rows = [
        f"{neval},{10 * run - neval},F1,{name},4,{run}"
        for name in ("theirs", "other")
        for run in (0, 1)
        for neval in (1, 2, 5)
    ]
    return csv(tmp_path, "\n".join(["neval,fval,fname,algname,dim,run", *rows, ""]))


def test_a_long_csv_is_read_with_the_names_of_its_field(long_csv: Path) -> None:
    study = bb.read_log(long_csv, maximize=False)
    runs = study.runs.set_index(["strategy", "seed"])
    assert runs["best"].to_dict() == {
        ("theirs", 0): -5,
        ("theirs", 1): 5,
        ("other", 0): -5,
        ("other", 1): 5,
    }
    assert set(runs["used"]) == set(runs["granted"]) == {5}
    assert set(runs["status"]) == {"spent"}
    assert bb.read_log(long_csv, maximize=True).runs["best"].tolist() == [-1, 9, -1, 9]


def test_what_a_log_does_not_tell_is_not_made_up(long_csv: Path) -> None:
    study = bb.read_log(long_csv, maximize=False)
    untold = ["n_gradients", "n_duplicate", "n_clipped", "n_invalid", "n_after_best"]
    untold += ["thinking_seconds", "evaluation_seconds", "peak_memory_mb"]
    assert study.runs[untold].isna().all(axis=None)
    assert (
        study.evaluations[["n_gradients", "z_norm", "log_prior", "seconds"]].isna().all(axis=None)
    )
    counted = bb.read_log(long_csv, maximize=False, fixed={"gradients": 0})
    assert (counted.runs["n_gradients"] == 0).all()


def test_unknown_stays_unknown_in_a_folder(long_csv: Path, tmp_path: Path) -> None:
    study = bb.read_log(long_csv, maximize=False)
    back = bb.load(study.save(tmp_path / "kept"))
    order = ["strategy", "seed"]
    pd.testing.assert_frame_equal(
        back.runs.sort_values(order, ignore_index=True),
        study.runs.sort_values(order, ignore_index=True),
    )
    assert back.traces[0].unknown == study.traces[0].unknown


def test_columns_have_other_names_or_one_value_for_all(tmp_path: Path) -> None:
    path = csv(tmp_path, "loss;-\n3,a\n2,b\n".replace(";-", ",note"))
    with pytest.warns(bb.StudyWarning, match="rows were numbered in their order"):
        study = bb.read_log(
            path,
            maximize=False,
            columns={"score": "loss"},
            fixed={"objective": "mine", "strategy": "theirs", "dim": 3, "budget": 10},
            rename={"theirs": "theirs, renamed"},
        )
    run = study.runs.iloc[0]
    assert run[["objective", "strategy", "dim"]].tolist() == ["mine", "theirs, renamed", 3]
    # Rows without numbers are numbered in their order; a run that ends early has returned.
    assert (run["best"], run["best_cost"], run["granted"], run["status"]) == (2, 2, 10, "returned")


def test_runs_that_are_not_numbered_are_numbered_in_their_order(tmp_path: Path) -> None:
    head = "neval,fval,fname,algname,dim,run\n"
    path = csv(tmp_path, head + "1,5,f,a,2,first\n1,6,f,a,2,second\n")
    with pytest.warns(bb.StudyWarning, match="'first' is seed 0"):
        assert bb.read_log(path, maximize=True).runs["seed"].tolist() == [0, 1]


def test_an_objective_in_two_dimensions_is_two_objectives(tmp_path: Path) -> None:
    head = "neval,fval,fname,algname,dim,run\n"
    path = csv(tmp_path, head + "1,5,f,a,2,0\n1,6,f,a,5,0\n")
    names = bb.read_log(path, maximize=True).recipe["objectives"]
    assert names == ["f (d=2)", "f (d=5)"]


@pytest.mark.parametrize(
    ("text", "asked", "told"),
    [
        ("neval,fvals\n1,2\n", {"maximize": True}, r"no column 'fval' for the score.*'fvals'.*has"),
        ("fval,fname\n1,f\n", {"maximize": True}, "no column 'algname' for the strategy"),
        ("fval\n1\n", {}, "which end is better"),
        ("fval\n1\n", {"maximize": True, "columns": {"points": "fval"}}, "not 'points'"),
        (
            "fval,algname,fname,dim\n1,a,f,2\n",
            {"maximize": True, "columns": {"seed": "rep"}},
            "no column 'rep'",
        ),
        ("fval\n1\n", {"format": "cvs"}, "did you mean 'csv'"),
        ("fval\n1\n", {"format": "nevergrad", "maximize": True}, "columns and fixed are for csv"),
        ("fval\n1\n", {"format": "nevergrad"}, "no column 'optimizer_name'"),
        ("", {"maximize": True}, "cannot read"),
        ("fval,algname,fname,dim\nx,a,f,2\n", {"maximize": True}, "must hold numbers"),
        (
            "neval,fval,algname,fname,dim\n1,1,a,f,2\n1,2,a,f,2\n",
            {"maximize": True},
            "each once, .* tells runs apart",
        ),
        ("neval,fval,algname,fname,dim\n0,1,a,f,2\n1,1,b,f,2\n", {"maximize": True}, "from 1"),
        ("neval,fval,algname,fname,dim,run\n", {"maximize": True}, "holds no runs"),
    ],
)
def test_what_is_missing_is_told(
    tmp_path: Path, text: str, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(LogError, match=told):
        bb.read_log(csv(tmp_path, text), **asked)


def test_a_log_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log"):
        bb.read_log(tmp_path / "absent.csv")
    for format, told in (("coco", "no .info file"), ("ioh", "no JSON file")):
        with pytest.raises(LogError, match=told):
            bb.read_log(tmp_path, format)


def test_nevergrad_s_csv_tells_only_how_a_run_ended(tmp_path: Path) -> None:
    with pytest.warns(bb.StudyWarning, match="DE has 0 runs on sphere"):
        study = bb.read_log(csv(tmp_path, NEVERGRAD), "nevergrad")
    runs = study.runs
    assert (
        runs["objective"].tolist()
        == ["sphere (rotation=False)"] * 2 + ["sphere (rotation=True)"] * 2
    )
    assert runs["strategy"].tolist() == ["CMA", "CMA", "CMA", "DE"]
    # Optimizers of one objective have other seeds than each other: numbered, so that they compare.
    assert runs["seed"].tolist() == [0, 1, 0, 0]
    np.testing.assert_equal(runs["best"].to_numpy(), [0.5, 0.25, 1.5, np.nan])
    assert runs["status"].tolist() == ["spent"] * 3 + ["failed"]
    assert runs["error"].iloc[3] == "ValueError"
    assert runs[["start", "n_gradients"]].isna().all(axis=None)
    assert runs["best_cost"].tolist()[:3] == [20, 20, 20]


def test_coco_s_own_logs_are_differences_to_its_optimum(tmp_path: Path) -> None:
    folder = tmp_path / "BFGS"
    (folder / "data_f3").mkdir(parents=True)
    (folder / "bbobexp_f3.info").write_text(COCO)
    rows = f"{COLUMNS}1 0 +3.0e+00 +9 +9\n4 0 +1.5e-01 +9 +9\n{COLUMNS}1 0 +2.0e+00 +9 +9\n"
    (folder / "data_f3" / "a_DIM2.dat").write_text(rows)
    rows = f"{COLUMNS}1 0 +3.0e+00 +9 +9\n9 0 +1.5e-01 +9 +9\n{COLUMNS}4 0 +2.0e+00 +9 +9\n"
    (folder / "data_f3" / "a_DIM2.tdat").write_text(rows)
    study = bb.read_log(tmp_path, "coco")
    run = study.runs.iloc[0]
    assert run[["objective", "strategy", "seed"]].tolist() == ["bbob f3", "BFGS", 1]
    assert (run["best"], run["best_cost"], run["used"], run["optimum"]) == (0.15, 4, 9, 0)
    assert study.runs["status"].tolist() == ["spent", "returned"]
    assert np.isnan(run["n_gradients"])


def test_one_s_own_study_and_a_log_stand_in_one_table(long_csv: Path, tmp_path: Path) -> None:
    own = bb.compare("synthetic.sphere(d=4)", ["random_search", "gradient_ascent"], 8, seeds=2)
    theirs = bb.read_log(long_csv, maximize=False, rename={"F1": "synthetic.sphere(d=4)"})
    both = bb.join([own, theirs])
    table = both.summary()
    assert set(table["strategy"]) == {"random_search", "gradient_ascent", "theirs", "other"}
    assert set(table["n_ok"]) == {"2/2"}
    assert len(both.ranks()) == 4
    kept = bb.load(both.save(tmp_path / "both"))
    pd.testing.assert_frame_equal(kept.summary(), table)
    assert kept.recipe["read_from"] == "log.csv (csv)"


def test_joining_does_not_change_what_it_joins() -> None:
    one = comparison([make_trace([1, 2], objective="a", seed=s) for s in (0, 1)])
    two = comparison([make_trace([3, 4], objective="b", seed=s) for s in (0, 5)])
    both = bb.join([one, two])
    assert both.traces == one.traces + two.traces
    expected = pd.concat([one.runs, two.runs], ignore_index=True)
    pd.testing.assert_frame_equal(both.runs, expected)
    assert both.recipe["seeds"] == [0, 1, 5]


def test_what_cannot_be_compared_is_not_joined() -> None:
    one = comparison([make_trace([1], seed=s) for s in (0, 1, 2)])
    with pytest.raises(LogError, match="is there twice; read one of them with rename"):
        bb.join([one, one])
    more = comparison([make_trace([1], strategy="other", seed=s) for s in (1, 2, 3)])
    assert len(bb.join([one, more]).traces) == 6
    assert bb.join([one, more]).paired("climb")["n_ok"].tolist() == ["2/2"]
    assert len(bb.join([one, more], seeds=[1, 2]).traces) == 4
    with pytest.raises(LogError, match="has a run"):
        bb.join([one, more], seeds=[9])
    wide = comparison([make_trace([1], strategy="wide", dim=3, z=np.ones((1, 3)))])
    with pytest.raises(LogError, match="of 2 and of 3 dimensions"):
        bb.join([one, wide], seeds=[0])


@pytest.mark.slow
def test_the_command_makes_a_folder_that_can_be_reported(
    long_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "read")
    renamed = ["--rename", "F1=f, renamed", "--column", "gradients=missing"]
    asked = ["import", str(long_csv), "--out", out, "--minimize"]
    assert cli.main([*asked, *renamed]) == 2
    assert "no column 'missing'" in capsys.readouterr().err
    assert cli.main([*asked, "--rename", "F1=f, renamed", "--set", "budget=6"]) == 0
    assert cli.main(["report", out]) == 0
    readme = (Path(out) / "report" / "README.md").read_text()
    assert "f, renamed" in readme
    assert "theirs" in readme
    assert "nan" not in readme.split()
