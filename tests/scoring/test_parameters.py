"""Named parameters: what they decode to, how functions are called with them, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.parameters import Choice, Integer, Parameter, Parameters, Real
from blackbox.strategies import TABLE
from blackbox.strategies.peers.optuna import axes_of

PLANT = Parameters(
    temperature=Real(20, 90, unit="degC", default=40.0),
    rate=Real(1e-5, 1e-1, log=True),
    stages=Integer(1, 8),
    cells=Integer(1, 1000, log=True),
    solvent=Choice("water", "ethanol", "none"),
    stirred=Choice(False, True),
)


def plant(row: Any) -> float:
    heat, pace = (row.temperature - 50) / 30, np.log10(row.rate) + 3
    return float(-(heat**2) - pace**2 - (row.stages - 4) ** 2 - (row.solvent == "water"))


@given(st.integers(0, 2**32 - 1))
def test_what_is_encoded_is_decoded_again(seed: int) -> None:
    z = PLANT.space.sample(np.random.default_rng(seed), 5)
    rows = PLANT.rows(z)
    assert PLANT.rows(PLANT.points(rows)) == [
        {name: pytest.approx(value) for name, value in row.items()} for row in rows
    ]
    middle = PLANT.canonical(z)
    assert PLANT.rows(middle) == rows
    np.testing.assert_array_equal(PLANT.canonical(middle), middle)
    np.testing.assert_array_equal(middle[:, :2], z[:, :2])


def test_each_whole_number_and_option_has_its_share_of_the_axis() -> None:
    u = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    for name in ("stages", "solvent", "stirred"):
        _, counts = np.unique(PLANT[name].decoded(u).numpy(), return_counts=True)
        np.testing.assert_allclose(counts / len(u), 1 / len(counts), atol=1e-4)
    cells = PLANT["cells"].decoded(u)
    assert 0.3 < float((cells <= 31).double().mean()) < 0.7  # decades count alike
    assert {float(cells.min()), float(cells.max())} == {1.0, 1000.0}


def test_the_ends_of_the_axes_are_the_bounds() -> None:
    low, high = PLANT.rows(np.array([[0.0] * 6, [1.0] * 6]))
    assert low == {
        "temperature": 20.0,
        "rate": pytest.approx(1e-5),
        "stages": 1,
        "cells": 1,
        "solvent": "water",
        "stirred": False,
    }
    assert high["stages"] == 8
    assert high["solvent"] == "none"
    assert high["stirred"] is True
    assert isinstance(high["stages"], int)


def by_keywords(temperature: float, rate: float, **rest: Any) -> float:
    assert set(rest) == {"stages", "cells", "solvent", "stirred"}
    return plant(bb.parameters.NamedRow(temperature=temperature, rate=rate, **rest))


def of_a_frame(frame: pd.DataFrame) -> Any:
    assert list(frame.columns) == list(PLANT)
    return np.array([plant(row) for row in frame.itertuples()])


@pytest.mark.parametrize(
    "scorer",
    [plant, by_keywords, bb.Scorer(of_a_frame, batched=True)],
    ids=["row", "names", "frame"],
)
def test_a_scorer_is_called_as_it_is_written(scorer: Any) -> None:
    objective = bb.Objective(scorer, space=PLANT, name="plant")
    z = PLANT.space.sample(np.random.default_rng(0), 4)
    expected = [plant(row) for row in PLANT.rows(z)]
    np.testing.assert_allclose(objective.evaluate(bb.Ask(z)).score, expected)


def test_a_batched_scorer_of_torch_s_operations_has_a_gradient() -> None:
    parameters = Parameters(a=Real(-1, 3), b=Real(0.1, 10, log=True), n=Integer(1, 3))

    def score(p: Any) -> Any:
        return -(p["a"] ** 2) - p["b"].log() ** 2 - p["n"]

    objective = bb.Objective(score, space=parameters, batched=True, name="smooth")
    assert objective.facts.scorer_differentiable
    study = bb.compare(objective, "lbfgs", 60, 2)
    assert study.best()["param_a"].abs().max() < 0.05
    assert study.best()["param_n"].tolist() == [1]


def test_duplicates_are_counted_by_the_object() -> None:
    tiny = Parameters(kind=Choice("a", "b", "c"), n=Integer(1, 2))
    objective = bb.Objective(
        lambda row: float(row.n), space=tiny, name="tiny", duplicates="counted"
    )
    trace = bb.compare(objective, "random_search", 30, 1).traces[0]
    assert trace.n_duplicate >= 24
    assert len(np.unique(trace.z, axis=0)) <= 6


@pytest.mark.slow
def test_results_speak_in_the_user_s_names(tmp_path: Path) -> None:
    mixed = [
        bb.Objective(plant, space=PLANT, name="plant"),
        bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.box(-1, 1, 2), name="bowl"),
    ]
    study = bb.compare(mixed, "random_search", 20, 2, store=tmp_path / "study")
    best = bb.load(tmp_path / "study").best().set_index("objective")
    named: Any = best.loc["plant"].to_dict()
    assert named["param_solvent"] in {"water", "ethanol", "none"}
    assert named["shown"].startswith(f"temperature {named['param_temperature']:.4g} degC, ")
    assert best["param_solvent"].isna().tolist() == [False, True]
    points = study.at().points().query("objective == 'plant'")
    assert points["param_stages"].between(1, 8).all()
    assert points.query("row == 0")["param_temperature"].tolist() == pytest.approx([40.0, 40.0])
    study.report(tmp_path / "report")
    assert "param_temperature" in (tmp_path / "report" / "best.csv").read_text()
    joined = bb.merge([tmp_path / "study", bb.compare(mixed[1], "random_search", 20, [5])])
    assert set(joined.recipe["parameters"]) == {"plant"}


def test_starts_and_codes_may_be_named() -> None:
    rows = PLANT.rows(PLANT.space.sample(np.random.default_rng(3), 2))
    objective = bb.Objective(
        plant,
        space=PLANT,
        name="plant",
        starts=lambda rng, m: (rows * m)[:m],
        codes=pd.DataFrame(rows),
    )
    start = objective.starts(np.random.default_rng(0), 1)
    assert PLANT.rows(start)[0]["solvent"] == rows[0]["solvent"]
    assert objective.codes is not None and objective.codes.shape == (2, 6)


def test_the_identity_is_that_of_the_user_s_function_without_its_text() -> None:
    parts = bb.Objective(plant, space=PLANT, name="plant").code.search.parts
    assert any(text.startswith("code ") for part, text in parts.items() if part.endswith(".plant"))
    assert not [part for part in parts if part.endswith(("__doc__", "__annotations__"))]


def test_judges_see_a_frame() -> None:
    judges = {"heat": lambda frame: frame["temperature"].to_numpy()}
    objective = bb.Objective(plant, space=PLANT, name="plant", judges=judges)
    best = bb.compare(objective, "random_search", 10, 1).best()
    assert best["judge_heat"][0] == pytest.approx(best["param_temperature"][0])


def test_they_survive_a_table() -> None:
    again = Parameters.from_json(PLANT.to_json())
    assert repr(again) == repr(PLANT)
    assert again == PLANT
    assert hash(again) == hash(PLANT)


# The same ways through the code, with less work at each step.
CHEAP = {
    "botorch_loop": "botorch_loop(restarts=1, raw_samples=8, steps=2)",
    "conditional_generator": "conditional_generator(steps=5)",
}


@pytest.mark.slow
def test_every_search_looks_there() -> None:
    objective = bb.Objective(plant, space=PLANT, name="plant", noise=False)
    searches = [CHEAP.get(name, name) for name in TABLE if name not in ("ax", "smac")]
    study = bb.compare(objective, searches, 20, 1)
    runs = study.runs.set_index("strategy")
    assert study.is_complete
    assert runs.index[runs["status"] == "failed"].tolist() == []
    assert (runs["used"] == 20).all()
    assert (runs["n_invalid"] == 0).all()
    skipped = dict(zip(study.skipped["strategy"], study.skipped["reason"], strict=True))
    assert {"auto", "cma_es", "bayes_opt", "turbo", "nevergrad:TwoPointsDE"} <= set(runs.index)
    assert "whose values are no space to search in" in skipped["chained_zeroth_order"]


def test_a_frame_of_known_rows_says_what_it_spans() -> None:
    rows = pd.DataFrame({"heat": [20.5, 90.0, 41.0], "stages": [1, 8, 3], "solvent": list("wew")})
    rows["on"] = [True, False, True]
    parameters = Parameters(rows)
    assert parameters["heat"] == Real(20.5, 90.0)
    assert parameters["stages"] == Integer(1, 8)
    assert parameters["solvent"] == Choice("e", "w")
    assert parameters["on"] == Choice(False, True)
    objective = bb.Objective(lambda row: row.heat, space=parameters, name="of rows", codes=rows)
    assert parameters.rows(np.asarray(objective.codes))[1]["stages"] == 8
    with pytest.raises(bb.ParameterError, match=r"heat: the lower bound 1\.0 is not below"):
        Parameters(pd.DataFrame({"heat": [1.0, 1.0]}))


def test_optuna_s_distributions_are_parameters() -> None:
    optuna = pytest.importorskip("optuna").distributions
    parameters = Parameters(
        {
            "rate": optuna.FloatDistribution(1e-5, 1e-1, log=True),
            "share": optuna.FloatDistribution(0.0, 1.0, step=0.25),
            "stages": optuna.IntDistribution(1, 8),
            "even": optuna.IntDistribution(2, 8, step=2),
            "solvent": optuna.CategoricalDistribution(["w", "e"]),
        }
    )
    assert parameters["rate"] == Real(1e-5, 1e-1, log=True)
    assert parameters["share"] == Choice(0.0, 0.25, 0.5, 0.75, 1.0)
    assert parameters["stages"] == Integer(1, 8)
    assert parameters["even"] == Choice(2, 4, 6, 8)
    assert parameters["solvent"] == Choice("w", "e")


def test_optuna_s_samplers_get_parameters_of_their_own() -> None:
    distributions = pytest.importorskip("optuna").distributions
    objective = bb.Objective(plant, space=PLANT, name="plant", noise=False)
    trace = bb.compare(objective, "optuna:TPESampler", 40, 1).traces[0]
    rows = PLANT.rows(trace.z)
    assert {type(row["stages"]) for row in rows} == {int}
    assert trace.n_duplicate == 0
    axes = axes_of(PLANT.space, trace.z[0], distributions)
    assert type(axes["solvent"]).__name__ == "CategoricalDistribution"
    assert axes["rate"].log
    assert (axes["stages"].low, axes["stages"].high) == (1, 8)


def test_a_configspace_is_parameters() -> None:
    spaces = pytest.importorskip("ConfigSpace")
    space = spaces.ConfigurationSpace({"rate": (0.1, 1.0), "stages": (1, 8), "solvent": ["w", "e"]})
    parameters = Parameters(space)
    assert parameters["rate"] == Real(0.1, 1.0)
    assert parameters["stages"] == Integer(1, 8)
    assert parameters["solvent"] == Choice("w", "e")
    constant = spaces.ConfigurationSpace({"rate": (0.1, 1.0), "k": 3})
    with pytest.raises(bb.ParameterError, match="k is a Constant"):
        Parameters(constant)
    space.add(spaces.EqualsCondition(space["stages"], space["solvent"], "w"))
    with pytest.raises(bb.ParameterError, match="with conditions"):
        Parameters(space)


# Called as their types do not allow.
a_real: Any = Real
an_integer: Any = Integer
a_choice: Any = Choice
parameters: Any = Parameters
REFUSED: dict[str, tuple[Any, str]] = {
    "bounds in the wrong order": (
        lambda: a_real(3, 1),
        "lower bound 3.0 is not below the upper one",
    ),
    "no range": (lambda: an_integer(3, 3), "not below"),
    "a log scale with 0": (
        lambda: a_real(0, 1, log=True),
        "a log scale from 0.0 to 1.0 holds 0 or less",
    ),
    "a log scale below 0": (lambda: an_integer(-3, 5, log=True), "holds 0 or less"),
    "an infinite bound": (lambda: a_real(0, np.inf), "the upper bound is inf"),
    "a text as a bound": (lambda: a_real("0", 1), "the lower bound is '0'"),
    "half a step": (lambda: an_integer(1, 2.5), "where a whole number is expected"),
    "a default outside": (lambda: a_real(0, 1, default=2), "2 does not lie from 0.0 to 1.0"),
    "a default between": (lambda: an_integer(0, 9, default=2.5), "2.5 is no whole number"),
    "a default that is no option": (
        lambda: a_choice("a", "b", default="c"),
        "'c' is none of the options",
    ),
    "one option": (lambda: a_choice("water"), "two options or more"),
    "no option": (a_choice, "two options or more"),
    "an option twice": (lambda: a_choice("a", "b", "a"), "the option 'a' is there twice"),
    "a list of options": (
        lambda: a_choice(["a", "b"]),
        r"name the options themselves: Choice\(\*\[",
    ),
    "an option that is none": (lambda: a_choice("a", None), "options are texts, numbers or truth"),
    "thousands of options": (lambda: a_choice(*range(2000)), "2000 options are more than"),
    "nothing": (parameters, "name one parameter or more"),
    "no parameter": (lambda: parameters(a=(0, 1)), r"a is \(0, 1\), where bb.Real"),
    "a name twice": (lambda: parameters({"a": a_real(0, 1)}, a=a_real(0, 1)), "a: named twice"),
    "an empty name": (lambda: parameters({" ": a_real(0, 1)}), "a parameter's name is a text"),
    "a kind that is none": (
        lambda: Parameters.from_json({"a": {"kind": "reel", "lower": 0, "upper": 1}}),
        "a: the kind is one of real, integer, choice, not 'reel'",
    ),
    "a source that is none": (lambda: parameters(3), "parameters are a mapping, a frame"),
    "a setting that is none": (
        lambda: Parameters.from_json({"a": {"kind": "real", "low": 0, "upper": 1}}),
        "a: .*low",
    ),
    "values that are missing": (
        lambda: PLANT.points([{"rate": 1e-3}]),
        "temperature, stages, cells",
    ),
    "a value outside": (
        lambda: parameters(a=a_real(0, 1)).points([{"a": 0.5}, {"a": 7}]),
        "a, row 1: 7.* does not lie from 0.0 to 1.0",
    ),
    "another option": (
        lambda: parameters(a=a_choice("x", "y")).points([{"a": "z"}]),
        "a, row 0: 'z' is none of the options 'x', 'y'",
    ),
    "true for 1": (lambda: parameters(a=a_choice(1, 2)).points([{"a": True}]), "True is none"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(what: str) -> None:
    make, words = REFUSED[what]
    with pytest.raises(bb.ParameterError, match=words):
        make()


def test_a_scorer_that_names_some_is_refused() -> None:
    two: dict[str, Parameter] = {"a": Real(0, 1), "b": Real(0, 1)}
    for scorer, words in (
        (lambda a: a, "does not take b; it takes each of a, b by its name, or one row"),
        (lambda a, b, c: a, "needs c, which is no parameter"),
    ):
        with pytest.raises(bb.ObjectiveError, match=words):
            bb.Objective(scorer, space=Parameters(two))
    with pytest.raises(bb.ObjectiveError, match="parameters are the decoder of their space"):
        bb.Objective(lambda a, b: a, lambda z: z, space=Parameters(two))


def test_many_options_and_names_of_any_kind_are_fine() -> None:
    many = Parameters({"cooling rate": Real(0, 1), "which": Choice(*range(200))})
    objective = bb.Objective(
        lambda row: row["cooling rate"] + row.which, space=many, name="many", noise=False
    )
    best = bb.compare(objective, "random_search", 50, 2).best()
    assert best["param_which"][0] > 150
    assert list(many.rows(many.starts(np.random.default_rng(0), 3))[0]) == ["cooling rate", "which"]
    with pytest.raises(
        AttributeError, match="there is no parameter rate; there are cooling rate, which"
    ):
        _ = many.rows(np.full((1, 2), 0.5))[0].rate
