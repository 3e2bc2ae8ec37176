"""Regressors on tables: columns as coordinates, nearness, goals, judges, and one's own model."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import blackbox as bb
from blackbox.objectives.tables import data, from_table, models, regressor
from blackbox.objectives.tables.columns import Columns
from blackbox.objectives.tables.goals import Wish
from blackbox.objectives.tables.nearness import Nearness
from blackbox.protocol import Capability
from blackbox.scoring.objective import ObjectiveError

CARS = pd.DataFrame(
    {
        "length": [3.6, 4.1, 4.6, 4.3, 3.9, 4.8],
        "doors": [2, 4, 4, 5, 2, 5],
        "electric": [True, False, False, True, True, False],
        "colour": ["red", "blue", "red", "green", "blue", "blue"],
        "size": pd.Categorical(
            ["S", "M", "L", "M", "S", "L"], categories=["S", "M", "L", "XL"], ordered=True
        ),
        "wheels": [4, 4, 4, 4, 4, 4],
    }
)
NUMBERS = CARS[["length", "doors", "wheels"]]


def scores(objective: bb.Objective, z: np.ndarray) -> np.ndarray:
    return objective.evaluate(bb.Ask(z)).score


def at(objective: bb.Objective, frame: pd.DataFrame) -> np.ndarray:
    return Columns.of(frame).points(frame)


# Columns


def test_a_frame_comes_back_from_its_points_with_its_types() -> None:
    columns = Columns.of(CARS)
    x = columns.decode(torch.tensor(columns.points(CARS))).numpy()
    again = columns.frame(x)
    # The mean is subtracted and added again: the last bit of a float may change.
    pd.testing.assert_frame_equal(again, CARS, check_exact=False)


@pytest.mark.slow
@given(seed=st.integers(0, 999), prior=st.sampled_from(["box", "normal"]))
def test_every_point_is_a_row_that_the_columns_allow(
    seed: int, prior: Literal["box", "normal"]
) -> None:
    columns = Columns.of(CARS)
    z = torch.tensor(columns.space(prior).sample(np.random.default_rng(seed), 20))
    frame = columns.frame(columns.decode(z).numpy())
    assert frame["doors"].between(2, 5).all()
    assert (frame["wheels"] == 4).all()
    assert frame["colour"].isin(["red", "blue", "green"]).all()
    assert frame["size"].isin(["S", "M", "L"]).all()  # no car of the table is XL
    assert (frame.dtypes == CARS.dtypes).all()


def test_whole_numbers_have_equal_shares_of_a_box() -> None:
    columns = Columns.of(NUMBERS)
    z = torch.tensor(columns.space("box").sample(np.random.default_rng(0), 4000))
    counts = np.unique(columns.decode(z)[:, 1].numpy(), return_counts=True)[1]
    # Four values: 1000 each with a standard deviation of 27.
    assert len(counts) == 4
    assert (np.abs(counts - 1000) < 5 * 27).all()


def test_a_real_row_lies_in_the_box_and_no_column_of_it_outside() -> None:
    columns = Columns.of(CARS)
    z = columns.points(CARS)
    assert columns.space("box").contains(z).all()
    assert (columns.outside(columns.decode(torch.tensor(z))) == 0).all()
    far = columns.decode(torch.full((1, 6), 9.0, dtype=torch.float64))
    assert columns.outside(far) == pytest.approx(1 / 6)  # whole numbers never leave their range


def test_a_row_is_shown_with_names_and_levels() -> None:
    columns = Columns.of(CARS)
    (text,) = columns.texts(columns.decode(torch.tensor(columns.points(CARS)[:1])))
    assert text == "length 3.6, doors 2, electric True, colour red, size S, wheels 4"


NONE: Any = None


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (CARS.iloc[:0], "rows"),
        (CARS.assign(doors=[2, 4, np.nan, 5, 2, NONE]), "'doors' has 2 missing values among 6"),
        (
            CARS.assign(colour=["red", NONE, "red", "red", "blue", "red"]),
            "'colour' has 1 missing",
        ),
        (CARS.assign(length=[1, 2, 3, 4, 5, np.inf]), "'length' has 1 missing"),
        (CARS.assign(sold=pd.Timestamp("2020-01-01")), "'sold' holds datetime64"),
        (pd.concat([CARS, CARS], axis=1), "different names"),
        (NUMBERS.iloc[:3], "more than 3 different rows"),
        (NUMBERS.iloc[[0, 1, 2, 0, 1, 2]], "more than 3 different rows"),
    ],
)
def test_a_table_that_cannot_be_searched_is_told(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(ObjectiveError, match=said):
        from_table(lambda x: x[:, 0], frame)


# Nearness


@given(seed=st.integers(0, 99))
def test_nearness_agrees_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, asked = rng.standard_normal((40, 4)), rng.standard_normal((7, 4))
    search = NearestNeighbors(n_neighbors=3).fit(rows)
    own = search.kneighbors()[0].mean(axis=1)  # without the row itself
    unit = np.sort(own)[(len(own) - 1) // 2]
    found = Nearness(rows).distance(torch.tensor(asked)).numpy()
    assert found == pytest.approx(search.kneighbors(asked)[0].mean(axis=1) / unit)


def test_the_unit_of_nearness_is_that_of_the_rows() -> None:
    rows = np.random.default_rng(0).standard_normal((50, 3))
    near, wide = Nearness(rows), Nearness(7 * rows)
    assert wide.unit == pytest.approx(7 * near.unit)
    assert wide.far == pytest.approx(near.far)
    assert (near.beyond(torch.tensor(rows)) == 0).all()


# Goals


@pytest.mark.parametrize("goal", ["max", "min", 4.0])
def test_a_distance_costs_nothing_near_the_rows_and_something_beyond(goal: float | str) -> None:
    def model(x: np.ndarray) -> np.ndarray:
        return x[:, 0]

    free, kept = (from_table(model, NUMBERS, goal=goal, near=n, space="normal") for n in (0, 2.0))
    z = at(free, NUMBERS)
    assert scores(kept, z) == pytest.approx(scores(free, z))
    z[:, 0] += 20.0
    assert (scores(kept, z) < scores(free, z) - 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("goal", ["max", "min", 4.0])
@pytest.mark.parametrize("near", [0.0, 1.5])
def test_a_judge_that_is_the_model_itself_finds_no_gap(goal: float | str, near: float) -> None:
    model = LinearRegression().fit(NUMBERS, CARS["electric"] + CARS["length"])
    objective = from_table(model, NUMBERS, goal=goal, near=near, judge=model, space="normal")
    z = 4 * objective.space.sample(np.random.default_rng(0), 20)
    (truth,) = [name for name, judge in objective.judges.items() if judge.truth]
    said = objective.scorer.from_truth(objective.judge(objective.decode(z))[truth])
    assert said == pytest.approx(scores(objective, z))


@pytest.mark.parametrize("goal", ["most", None, True, float("nan"), [1.0]])
def test_what_is_no_goal_is_refused(goal: Any) -> None:
    with pytest.raises(ObjectiveError, match="'max', 'min' or a finite number"):
        Wish(goal)


def test_what_cannot_be_wished_for_is_refused() -> None:
    with pytest.raises(ObjectiveError, match="near must be"):
        from_table(lambda x: x[:, 0], NUMBERS, near=-1.0)
    with pytest.raises(ObjectiveError, match="'box' or 'normal'"):
        from_table(lambda x: x[:, 0], NUMBERS, space="sphere")  # type: ignore[arg-type]
    with pytest.raises(ObjectiveError, match="starts lack the columns \\['doors'\\]"):
        from_table(lambda x: x[:, 0], NUMBERS, starts=NUMBERS.drop(columns="doors"))
    with pytest.raises(ObjectiveError, match="DataFrame, not ndarray"):
        from_table(lambda x: x[:, 0], NUMBERS.to_numpy())  # type: ignore[arg-type]
    with pytest.raises(ObjectiveError, match="has `predict` or is a function"):
        from_table("model.pkl", NUMBERS)


# One's own model


def test_a_pipeline_of_texts_and_numbers_is_given_frames_as_it_was_trained() -> None:
    encoder = make_column_transformer(
        (OneHotEncoder(), ["colour", "size"]), remainder="passthrough"
    )
    pipeline = make_pipeline(encoder, RandomForestRegressor(5, random_state=0))
    pipeline.fit(CARS, CARS["length"])
    objective = from_table(pipeline, CARS, goal=4.2)
    expected = -((pipeline.predict(CARS) - 4.2) ** 2)
    assert scores(objective, at(objective, CARS)) == pytest.approx(expected)
    assert Capability.GRADIENT not in objective.capabilities
    study = bb.compare(objective, "random_search", 20, seeds=1)
    assert (study.runs.status == "spent").all()


def test_a_model_of_numbers_is_given_numbers() -> None:
    model = LinearRegression().fit(NUMBERS.to_numpy(float), CARS["length"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # scikit-learn warns of names that it does not know
        objective = from_table(model, NUMBERS)
        z = objective.space.sample(np.random.default_rng(0), 3)
        assert scores(objective, z) == pytest.approx(model.predict(objective.decode(z).numpy()))


def test_a_torch_module_has_a_gradient_except_along_whole_numbers() -> None:
    linear = torch.nn.Linear(3, 1)
    network = torch.nn.Sequential(linear, torch.nn.Dropout(0.5))  # [n, 1], training
    objective = from_table(network, NUMBERS)
    z = objective.space.sample(np.random.default_rng(0), 4)
    grad = objective.evaluate(bb.Ask(z, 1)).grad
    assert (grad[:, 0] != 0).all()
    assert (grad[:, 1:] == 0).all()
    assert network.training, "the user's own module is left as it is"
    before = scores(objective, z)
    torch.nn.init.zeros_(linear.weight)
    assert (scores(objective, z) == before).all()
    hidden = from_table(network, NUMBERS, differentiable=False)
    assert Capability.GRADIENT not in hidden.capabilities


def test_starts_are_rows_and_codes_those_that_the_model_knows() -> None:
    objective = from_table(lambda x: x[:, 0], NUMBERS[:4], starts=NUMBERS[4:])
    first = objective.starts(np.random.default_rng(0), 2)
    lengths = objective.decode(first)[:, 0].tolist()
    assert sorted(lengths) == pytest.approx([3.9, 4.8])
    assert len(objective.starts(np.random.default_rng(0), 5)) == 5
    assert objective.codes is not None
    known = objective.decode(objective.codes)[:, 0].tolist()
    assert known == pytest.approx([3.6, 4.1, 4.6, 4.3])


# The tables that come along


@pytest.mark.parametrize("name", data.TABLES)
def test_the_parts_of_a_table_share_no_row_and_leave_none_out(name: str) -> None:
    table = data.table(name)
    parts = [part.inputs.index for part in (table.model, table.judge, table.held_out)]
    everything = np.concatenate(parts)
    assert sorted(everything) == list(range(len(everything)))
    assert [len(part) / len(everything) for part in parts] == pytest.approx(
        [0.4, 0.4, 0.2], abs=0.5 / len(everything) * 2
    )


@pytest.mark.slow
@pytest.mark.parametrize("half", ["model", "judge"])
@pytest.mark.parametrize("kind", models.KINDS)
def test_models_explain_rows_that_they_have_not_seen(
    kind: str, half: Literal["model", "judge"]
) -> None:
    # What the docstring of `regressor` says, less about two standard errors on the held-out rows.
    assert models.explained("diabetes", kind, half) > 0.25
    assert models.explained("cancer", kind, half) > 0.9


def test_a_forest_is_the_mean_of_scikit_learns_trees() -> None:
    part = data.table("diabetes").model
    x = part.inputs.to_numpy(float)
    own = RandomForestRegressor(models.TREES, min_samples_leaf=models.LEAF, random_state=0)
    expected = own.fit(x, part.output).predict(x)
    assert models.trained("diabetes", "forest", "model").predict(x) == pytest.approx(expected)


def test_training_gives_the_same_bits_whatever_the_number_of_threads() -> None:
    found, before = [], torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            network = models.trained.__wrapped__("cancer", "network", "model")
            found.append(torch.cat([weight.flatten() for weight in network.parameters()]))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*found)


def test_training_draws_nothing_from_the_callers_chance() -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    models.trained.__wrapped__("diabetes", "network", "judge")
    assert torch.rand(1) == expected


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("tables.regressor(data='wine')", "no table 'wine'; known: diabetes, cancer"),
        ("tables.regressor(model='svm')", "no model 'svm'; known: network, forest, boosting"),
        ("tables.regressor(goal='most')", "'max', 'min' or a finite number"),
    ],
)
def test_what_is_not_there_is_told(reference: str, said: str) -> None:
    with pytest.raises(ObjectiveError, match=said):
        bb.objective(reference)


def test_judges_hold_real_rows_for_real_and_draws_of_the_box_for_far() -> None:
    for name in data.TABLES:
        objective = regressor(name)
        far = objective.judges["distance"].high
        real = objective.starts(np.random.default_rng(0), 80)
        drawn = objective.space.sample(np.random.default_rng(0), 80)
        near = objective.judge(objective.decode(real))["distance"] <= far
        # 5 % of known rows lie beyond; of 80 held-out ones at most 14 % (three standard errors).
        assert near.mean() > 0.86
        lost = objective.judge(objective.decode(drawn))["distance"] > far
        assert lost.mean() > 0.9


@pytest.mark.slow
def test_a_value_is_hit_and_a_price_on_the_distance_keeps_it_near() -> None:
    objectives = ["tables.regressor(goal=270)", "tables.regressor(goal=270, near=3.0)"]
    study = bb.compare(objectives, "lbfgs", 120, seeds=3)
    free, kept = (study.runs[study.runs.objective == name] for name in objectives)
    assert (free.best > -1e-6).all()
    assert kept.judge_distance.mean() < free.judge_distance.mean()
    assert {"judge_independent", "judge_miss", "judge_disagreement"} <= set(free.columns)


def test_the_guard_that_stays_near_the_data_takes_the_rows_as_codes() -> None:
    guarded = "guarded(strategy='lbfgs', guard='data', weight=1000.0)"
    study = bb.compare("tables.regressor(goal=270)", ["lbfgs", guarded], 80, seeds=3)
    distance = study.runs.groupby("strategy").judge_distance.mean()
    assert distance[guarded] < distance["lbfgs"]
