"""The thing that was found: the best points as a frame and as files, and the points of all rows."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox.results.view import View
from blackbox.results.writing.best_files import best_files
from blackbox.trace import JudgedPath, Status
from tests.conftest import make_trace
from tests.results.studies import RECIPE, comparison, difficult, make_study


def test_the_best_of_a_study_can_be_handed_to_its_objective_again() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        return -(x**2).sum(-1)

    objective = bb.Objective(score, space=bb.Space.normal(3))
    study = bb.compare(objective, ["random_search", "gradient_ascent"], 12, seeds=2)
    for row in study.best().to_dict("records"):
        again = score(torch.tensor(row["z"])).item()
        assert again == pytest.approx(row["score"], rel=1e-6)
        assert row["score"] == study.runs.query("strategy == @row['strategy']").best.max()
        np.testing.assert_allclose(row["x"], row["z"], rtol=1e-6)


def test_each_run_has_a_row_where_each_is_run() -> None:
    study = comparison(make_study())
    by_run, by_cell = study.best(each="run"), study.best()
    assert by_run.score.tolist() == study.runs.best.tolist()
    assert by_cell.groupby("strategy").score.max().to_dict() == {"climb": 7, "random_search": 3}
    assert len(by_run) == 12
    assert len(by_cell) == 4
    with pytest.raises(ValueError, match="each is 'strategy', 'run' or 'objective', not 'seed'"):
        study.best(each="seed")


def test_a_best_that_nobody_found_is_a_row_of_nan() -> None:
    nothing = [make_trace([np.nan, np.nan], seed=seed) for seed in (3, 4)]
    (row,) = View([*nothing, make_trace([], seed=5)], RECIPE).best().to_dict("records")
    assert row["seed"] == 3
    assert np.isnan([row["score"], row["cost"], row["row"], row["true"], *row["z"]]).all()
    assert row["x"] is None
    some = View([*nothing, make_trace([1.0], seed=5, status=Status.FAILED)], RECIPE).best()
    assert some[["seed", "score", "status"]].to_numpy().tolist() == [[5, 1.0, "failed"]]
    assert len(View([], RECIPE).best()) == 0


def test_the_best_has_its_judges_its_truth_and_its_criteria() -> None:
    path = JudgedPath(
        np.array([0, 2]),
        {"real": np.array([1.0, 2.0])},
        np.array(["a", "b"]),
        truth="real",
        true=np.array([10.0, 20.0]),
    )
    criteria = {"far": np.array([1.0, 2, 3]), "z": np.array([4.0, 5, 6])}
    trace = make_trace([0, 1, 2], path=path, criteria=criteria, x={2: np.array([7.0])})
    (row,) = View([trace], RECIPE).best().to_dict("records")
    assert (row["judge_real"], row["true"], row["truth"], row["x"]) == (2.0, 20.0, "real", "b")
    assert (row["far"], row["criterion_z"]) == (3.0, 6.0)
    # At a price at which another row is the best, judges have seen nothing of it.
    dear = View([make_trace([0, 1, 2], gradients=[0, 0, 1], path=path)], RECIPE, price=9.0)
    (cut,) = dear.best().to_dict("records")
    assert (cut["score"], cut["x"], cut["status"]) == (1.0, None, "spent")
    assert np.isnan([cut["judge_real"], cut["true"]]).all()


def test_points_are_the_evaluations_with_their_coordinates() -> None:
    view = View([*make_study(["bowl"]), make_trace([1.0], dim=1, z=np.array([[5.0]]))], RECIPE)
    points = view.points()
    pd.testing.assert_frame_equal(points.drop(columns=["z_0", "z_1"]), view.evaluations)
    assert points[["z_0", "z_1"]].iloc[3].tolist() == [6.0, 7.0]
    assert np.isnan(points["z_1"].iloc[-1])


def test_files_of_the_bests_say_the_same_and_lead_to_the_objects() -> None:
    best = View(difficult(), RECIPE).best()
    files = best_files(best, 6)
    table = pd.read_csv(io.BytesIO(files["best.csv"]))
    rows = json.loads(files["best.json"])
    arrays = np.load(io.BytesIO(files["best.npz"]))
    assert table.key.is_unique
    for row, line, entry in zip(
        best.to_dict("records"), table.to_dict("records"), rows, strict=True
    ):
        np.testing.assert_array_equal(arrays[f"{line['key']}.z"], row["z"])
        assert entry["key"] == line["key"]
        if np.isnan(row["score"]):
            assert entry["score"] is None
            assert f"{line['key']}.x" not in arrays
        else:
            assert entry["score"] == row["score"]
            assert [line["z_0"], line["z_1"]] == row["z"].tolist() == entry["z"]
    assert files == best_files(best, 6)


def test_texts_are_in_every_file_and_long_points_only_in_one() -> None:
    path = JudgedPath(np.array([0]), {}, np.ones((1, 99)), np.array(["=ink"]))
    trace = make_trace([1.0], dim=70, z=np.zeros((1, 70)), path=path)
    files = best_files(View([trace], RECIPE).best(), 6)
    table = pd.read_csv(io.BytesIO(files["best.csv"]))
    assert table.shown.tolist() == ["'=ink"]
    assert "z_0" not in table
    (row,) = json.loads(files["best.json"])
    assert (row["z"], row["x"], row["shown"]) == (None, None, "=ink")
    arrays = np.load(io.BytesIO(files["best.npz"]))
    assert {name: value.shape for name, value in arrays.items()} == {
        "bowl-climb.z": (70,),
        "bowl-climb.x": (99,),
        "bowl-climb.shown": (),
    }


def test_a_text_that_was_found_stands_beside_its_picture() -> None:
    path = JudgedPath(np.array([0]), {}, np.array(["CCO"]), np.zeros((1, 2, 2)))
    files = best_files(View([make_trace([1.0], path=path)], RECIPE).best(), 6)
    table = pd.read_csv(io.BytesIO(files["best.csv"]))
    assert table.x.tolist() == ["CCO"]
    assert "shown" not in table


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_every_report_holds_the_bests(tmp_path: Path) -> None:
    folder = comparison(make_study(["bowl"])).report(tmp_path / "report")
    assert {"best.csv", "best.json", "best.npz"} <= {file.name for file in folder.iterdir()}
