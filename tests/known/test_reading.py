"""Known data in every form that people have, and what is refused of them, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.errors import StudyError
from blackbox.known.sources import known_by_objective
from tests.conftest import bowl
from tests.known.plant import PARAMETERS, cost, gain, measured, plant, read

BOX = bb.Objective(bowl, space=bb.Space.box(-2, 2, 2), name="box")
POINTS = np.array([[0.0, 1.0], [1.0, 1.0], [-2.0, 2.0]])
SCORES = [-1.0, -2.0, -8.0]


def test_points_and_scores_a_frame_and_a_csv_say_the_same(tmp_path: Path) -> None:
    table = pd.DataFrame(POINTS, columns=["z_0", "z_1"]).assign(score=SCORES, operator="kim")
    table.to_csv(tmp_path / "past.csv")  # with pandas' own index
    table.to_parquet(tmp_path / "past.parquet")
    forms = [(POINTS, SCORES), table, tmp_path / "past.csv", str(tmp_path / "past.parquet")]
    texts = {read(form, BOX).text for form in forms}
    assert len(texts) == 1, texts
    data = read(table, BOX)
    assert np.array_equal(data.z, POINTS)
    assert data.answer.score.tolist() == SCORES
    assert (data.best, len(data)) == (-1.0, 3)


def test_named_values_come_back_from_a_csv(tmp_path: Path) -> None:
    table = measured()
    table.to_csv(tmp_path / "past.csv", index=False)
    data = read(tmp_path / "past.csv")
    rows = PARAMETERS.rows(data.z)
    assert [row["stages"] for row in rows] == table["stages"].tolist()
    assert [row["solvent"] for row in rows] == table["solvent"].tolist()
    assert np.allclose([row["heat"] for row in rows], table["heat"])
    assert np.allclose(data.answer.score, table["score"])
    assert read((table[list(PARAMETERS)], table["score"])).text == read(table).text
    assert (
        read((table[list(PARAMETERS)].to_dict("records"), table["score"])).text == read(table).text
    )


@pytest.mark.parametrize("name", ["heat", "param_heat", "heat [degC]", "heat (degC)"])
def test_a_column_may_have_the_unit_of_its_parameter(name: str) -> None:
    assert read(measured().rename(columns={"heat": name})).text == read(measured()).text


def test_optunas_frame_of_trials_is_read_with_its_failures() -> None:
    table = measured(4).rename(columns=lambda n: "value" if n == "score" else f"params_{n}")
    table = table.assign(number=range(4), state=["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"])
    data = read(table)
    assert data.answer.valid.tolist() == [True, False, True, True]
    assert np.isnan(data.answer.score[1])


def test_losses_are_given_as_the_scorer_returns_them() -> None:
    objective = bb.Objective(cost, space=PARAMETERS, maximize=False, name="plant")
    table = measured().assign(score=lambda t: -t["score"])
    assert np.array_equal(read(table, objective).answer.score, read(measured()).answer.score)


def test_an_output_that_is_bounded_or_its_constraint_may_be_told() -> None:
    def outputs(heat: float, stages: int, solvent: str) -> dict[str, float]:
        return {"gain": gain(heat, stages, solvent), "heat_used": heat}

    bounds = {"heat_used": bb.AtMost(50)}
    objective = bb.Objective(outputs, space=PARAMETERS, constraints=bounds, name="plant")
    table = measured().assign(heat_used=lambda t: t["heat"])
    data = read(table, objective)
    assert np.allclose(data.answer.constraints[:, 0], 50 - table["heat"])
    feasible = table.loc[table["heat"] <= 50, "score"]
    assert data.best == pytest.approx(feasible.max())
    as_margins = table.drop(columns="heat_used").assign(constraint_heat_used=50 - table["heat"])
    assert np.allclose(read(as_margins, objective).answer.constraints, data.answer.constraints)
    with pytest.raises(StudyError, match=r"'heat_used' \(the output that a constraint bounds\)"):
        read(measured(), objective)


def test_criteria_are_weighed_as_the_scorer_weighs_them() -> None:
    def outputs(heat: float, stages: int, solvent: str) -> dict[str, float]:
        return {"gain": gain(heat, stages, solvent), "stages_used": stages}

    weights = {"gain": 1.0, "stages_used": -0.5}
    objective = bb.Objective(outputs, space=PARAMETERS, weights=weights, name="plant")
    table = measured().assign(stages_used=lambda t: t["stages"]).rename(columns={"score": "gain"})
    data = read(table, objective)
    assert np.allclose(data.answer.score, table["gain"] - 0.5 * table["stages"])
    assert data.answer.criteria is not None
    assert np.allclose(data.answer.criteria[:, 1], table["stages"])
    with pytest.raises(StudyError, match="no column of the criterion 'gain'"):
        read(measured(), objective)


def test_a_study_and_its_folder_are_known_data(tmp_path: Path) -> None:
    study = bb.compare(plant(), "random_search", 9, seeds=2, store=tmp_path)
    data = read(study)
    assert read(tmp_path).text == data.text
    assert len(data) == len({z.tobytes() for trace in study.traces for z in trace.z})
    assert data.best == study.runs["best"].max()
    assert read(study.points()).text == data.text


def test_a_study_of_other_bounds_is_read_by_its_values() -> None:
    study = bb.compare(plant(), "random_search", 9, seeds=1)
    wider = bb.Parameters(**{**PARAMETERS, "heat": bb.Real(0, 120)})
    rows = wider.rows(read(study, bb.Objective(gain, space=wider, name="plant")).z)
    before = PARAMETERS.rows(read(study).z)
    assert np.allclose([row["heat"] for row in rows], [row["heat"] for row in before])
    narrow = bb.Parameters(**{**PARAMETERS, "heat": bb.Real(20, 21)})
    with pytest.raises(StudyError, match=r"does not lie from 20\.0 to 21\.0"):
        read(study, bb.Objective(gain, space=narrow, name="plant"))


def test_a_point_that_stands_twice_counts_once_and_two_scores_of_it_are_refused() -> None:
    twice = pd.concat([measured(), measured()], ignore_index=True)
    assert read(twice).text == read(measured()).text
    twice["score"] += np.arange(len(twice)) == 13
    with pytest.raises(StudyError, match="rows 1 and 13 are one point with two values of score"):
        read(twice)
    noisy = read(twice, plant(noise=True))
    assert len(noisy) == len(twice)


def test_rows_of_several_objectives_are_told_apart() -> None:
    both = pd.concat([measured().assign(objective="plant"), measured(3).assign(objective="other")])
    assert read(both).text == read(measured()).text
    with pytest.raises(StudyError, match="its rows are of 'other', 'third', none of plant"):
        read(both.assign(objective=["other"] * 12 + ["third"] * 3))


def wrong(**columns: Any) -> pd.DataFrame:
    return measured(3).assign(**columns)


REFUSED: dict[str, tuple[Any, str]] = {
    "no rows": (measured(0), "there are no rows"),
    "a column that lacks": (measured().drop(columns="stages"), "there is no column 'stages'"),
    "a misspelt column": (measured().rename(columns={"heat": "heta"}), "did you mean 'heta'"),
    "no score": (measured().drop(columns="score"), "there is no column `score`"),
    "a score of nan": (wrong(score=[1.0, np.nan, 2.0]), "score, row 1: nan is no finite number"),
    "a score in words": (wrong(score=["1,5", "2,5", "3"]), "score, row 0: '1,5' is no finite"),
    "an infinite score": (wrong(score=[1.0, 2.0, np.inf]), "row 2: inf is no finite"),
    "outside the bounds": (wrong(heat=[25.0, 95.0, 30.0]), "heat, row 1: 95.0 does not lie from"),
    "no whole number": (wrong(stages=[1, 2, 2.5]), "stages, row 2: 2.5 is no whole number"),
    "no such option": (wrong(solvent="acetone"), "'acetone' is none of the options"),
    "nan for a value": (wrong(heat=[25.0, np.nan, 30.0]), "heat, row 1"),
    "another unit": (measured().rename(columns={"heat": "heat [K]"}), "is in 'K', and the param"),
    "a number": (3, "known data are a frame"),
    "three things": ((1, 2, 3), "known data are a frame"),
    "a file that is not there": ("nowhere.csv", "is not there"),
    "scores of other length": ((measured(3)[list(PARAMETERS)], [1.0]), "3 points and 1 scores"),
    "a log without points": (None, "does not tell the points"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    given, reason = REFUSED[case]
    if case == "a log without points":
        log = tmp_path / "log.csv"
        log.write_text("neval,fval,fname,algname,dim,run\n1,2.0,plant,x,3,0\n")
        given = bb.read_log(log, maximize=True)
    with pytest.raises(StudyError) as raised:
        read(given)
    assert reason in str(raised.value), raised.value


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((np.zeros((2, 3)), [1.0, 2.0]), "latents of box(2, -2..2) are [n, 2], not [2, 3]"),
        ((np.zeros(2), [1.0, 2.0]), "points are [n, 2], not [2]"),
        ((np.array([[0.0, 0.0], [0.0, 2.5]]), [1.0, 2.0]), "row 1 lies outside of box"),
        (pd.DataFrame({"z_0": [1.0], "score": 1.0}), "are columns z_0 to z_1; there are 'z_0'"),
        (
            pd.DataFrame({"z_0": [1.0], "z_1": [1.0], "z_2": [1.0], "score": 1.0}),
            "are columns z_0 to z_1",
        ),
        (bb.compare("synthetic.sphere(d=3)", "random_search", 3, seeds=1), "z_0 to z_1"),
    ],
)
def test_points_of_another_space_are_refused(given: Any, reason: str) -> None:
    with pytest.raises(StudyError) as raised:
        read(given, BOX)
    assert reason in str(raised.value), raised.value


def test_what_the_user_forbids_is_refused() -> None:
    objective = plant(where=lambda p: p.heat <= 80)
    with pytest.raises(StudyError, match="breaks where="):
        read(wrong(heat=[25.0, 85.0, 30.0]), objective)


def test_of_several_objectives_each_has_its_own_data() -> None:
    objectives = [BOX, plant()]
    both = known_by_objective({"box": (POINTS, SCORES), "plant": measured()}, objectives)
    assert {name: len(data) for name, data in both.items()} == {"box": 3, "plant": 12}
    study = bb.compare(BOX, "random_search", 4, seeds=1)
    assert list(known_by_objective(study, objectives)) == ["box"]
    with pytest.raises(StudyError, match="say of which one the data are"):
        known_by_objective(measured(), objectives)
    with pytest.raises(StudyError, match="'pump', which is no objective of the study"):
        known_by_objective({"pump": measured()}, objectives)
