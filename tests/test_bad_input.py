"""Bad input gets an error that says what was asked, what was found, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.protocol import Array
from blackbox.runtime.store import StoreError
from blackbox.scoring.objective import ObjectiveError
from blackbox.study import StudyError
from blackbox.study_file import from_table, read
from tests.conftest import bowl, make_bowl

SPACE = bb.Space.normal(3)


def compare(scorer: Callable[..., Any], **settings: Any) -> bb.Comparison:
    objective = bb.Objective(scorer, space=SPACE, name="mine", **settings)
    return bb.compare(objective, ["random_search", "cma_es"], 20, seeds=2)


def raises_always(x: torch.Tensor) -> None:
    raise KeyError("weights")


# The batches of a probe have few rows, and not as many as an object of three numbers has.
SCORERS = {
    "returned shape [1] for 4 objects": lambda x: bowl(x)[:1],
    "returned shape [4, 1, 1] for 4 objects": lambda x: bowl(x)[:, None, None],
    "give `weights`": lambda x: x,
    "KeyError: 'weights'; return nan": raises_always,
}


@pytest.mark.parametrize("error", SCORERS)
def test_a_scorer_that_cannot_work_is_refused_before_anything_is_paid(error: str) -> None:
    with pytest.raises(ObjectiveError) as caught:
        compare(SCORERS[error])
    assert error in str(caught.value)


def test_what_was_an_error_and_is_found_out_now() -> None:
    """Scorers that return `[n, 1]` are accepted; what is the same for all is of one object."""
    column = bb.Objective(lambda x: bowl(x)[:, None], space=SPACE)
    assert column.evaluate(bb.Ask(np.full((2, 3), 0.5))).score.tolist() == [0, 0]
    constant = bb.Objective(lambda x: 1.0, space=SPACE)
    assert constant.evaluate(bb.Ask(np.zeros((2, 3)))).score.tolist() == [1, 1]
    assert not constant.facts.batched


def test_a_number_for_a_batch_is_refused_where_a_batch_is_declared() -> None:
    with pytest.raises(ObjectiveError, match=r"returned shape \[\] for 4 objects.*batched=False"):
        compare(lambda x: 1.0, batched=True)


DECODERS = {
    "keep the first axis": lambda z: z.sum(0),
    "returned 1 objects (tensor [1, 3] of float32) for 4 points": lambda z: z[:1],
    "decoder `<lambda>` raised on 4 prior draws [4, 3]": lambda z: z @ torch.zeros(2, 2),
}


@pytest.mark.parametrize("error", DECODERS)
def test_a_decoder_that_cannot_work_is_refused(error: str) -> None:
    with pytest.raises(ObjectiveError) as caught:
        compare(bowl, decoder=DECODERS[error])
    assert error in str(caught.value)


def test_a_point_that_raises_is_invalid_and_its_neighbours_are_not() -> None:
    def picky(x: np.ndarray) -> Any:
        if (np.asarray(x)[:, 0] > 0).any():
            raise RuntimeError("too far right")
        return -(np.asarray(x) ** 2).sum(-1)

    study = compare(picky)
    assert (study.runs.status == "spent").all()
    assert (study.runs.used == 20).all()
    assert (study.runs.n_invalid > 0).all()
    assert study.runs.error.str.contains("RuntimeError: too far right").all()
    invalid = study.evaluations.query("status == 'invalid'")
    assert invalid.score.isna().all()
    assert study.runs.best.notna().all()


def test_nan_is_invalid_and_said() -> None:
    study = compare(lambda x: torch.where(x[:, 0] > 0, torch.nan, bowl(x)))
    assert study.runs.error.str.contains("nan or infinity").all()
    assert (study.runs.status == "spent").all()


def test_a_scorer_whose_shape_goes_wrong_later_fails_its_runs_only() -> None:
    paid: list[int] = []

    def later(x: np.ndarray) -> np.ndarray:
        return np.zeros(len(x) + len(paid))

    broken = bb.Objective(lambda x: later(np.asarray(x)), space=SPACE, name="broken")
    broken.rehearse([0], 1)
    paid.append(1)
    study = bb.compare([broken, make_bowl(SPACE)], "random_search", 20, seeds=2)
    assert study.runs.status.tolist() == ["failed", "failed", "spent", "spent"]
    assert "one number per object" in study.runs.error[0]
    assert "random_search" in study.summary().strategy.tolist()


def test_a_judge_that_cannot_work_is_refused_early() -> None:
    with pytest.raises(ObjectiveError, match=r"judge 'real'.*one number per object"):
        compare(bowl, judges={"real": lambda x: 1.0})
    with pytest.raises(ObjectiveError, match=r"judge 'real'.*ZeroDivisionError"):
        compare(bowl, judges={"real": lambda x: 1 / 0})


def test_a_judge_that_fails_later_costs_its_verdict_only() -> None:
    calls = []

    def tires(x: torch.Tensor) -> Array:
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("tired")
        return np.zeros(len(x))

    runs = compare(bowl, judges={"real": tires, "size": lambda x: x.norm(dim=1)}).runs
    assert (runs.status == "spent").all()
    assert runs.judge_real.isna().all()
    assert runs.judge_size.notna().all()
    assert runs.error.str.contains("not judged by 'real': RuntimeError: tired").all()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"decoder": 3}, "decoder must be a function, not 3"),
        ({"weights": "heavy"}, "numbers"),
        ({"weights": []}, "one number per criterion"),
        ({"reads": "pixels"}, "'pixels'"),
        ({"duplicates": "free"}, "'free'"),
    ],
)
def test_parts_that_are_not_what_they_should_be(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(ObjectiveError, match=error):
        bb.Objective(bowl, space=SPACE, **settings)


def test_a_floor_warns_and_has_no_effect() -> None:
    """What an invalid point scores is no setting any more: it has no score."""
    with pytest.warns(DeprecationWarning, match="floor has no effect.*leave it out"):
        objective = bb.Objective(lambda x: x[:, 0] / 0 * 0, space=SPACE, floor=-7.0)
    answer = objective.evaluate(bb.Ask(np.ones((2, 3))))
    assert np.isnan(answer.score).all()
    assert not answer.valid.any()


def test_an_objective_asks_where_to_search() -> None:
    with pytest.raises(ObjectiveError, match=r"None as its space.*space=bb.Space.normal\(16\)"):
        bb.Objective(bowl)
    with pytest.raises(ObjectiveError, match="16 as its space"):
        bb.Objective(bowl, space=16)  # type: ignore[arg-type]


def test_a_scorer_must_be_a_function() -> None:
    with pytest.raises(ObjectiveError, match="a scorer must be a function, not 'bowl'"):
        bb.Objective("bowl")  # type: ignore[arg-type]


def test_a_false_declaration_is_found_out() -> None:
    with pytest.raises(ObjectiveError, match="declared differentiable"):
        compare(lambda x: -(np.asarray(x) ** 2).sum(-1), differentiable=True)


def test_starts_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"starts of mine.*\[n, 3\], not \[8, 2\]"):
        compare(bowl, starts=lambda rng, m: np.zeros((m, 2)))


@pytest.mark.parametrize(
    ("objectives", "strategies", "error"),
    [
        ("synthetic.sphere", "cma_e", "did you mean 'cma_es'"),
        ("synthetic.spher", "cma_es", "did you mean 'synthetic.sphere'"),
        ("synthetic.sphere", "cma_es(sigma=1)", "no setting 'sigma'; did you mean 'sigma0'"),
        ("synthetic.sphere(dim=1)", "cma_es", "no setting 'dim'"),
        ("synthetic.sphere", "cma_es(1)", "must be named"),
        ("synthetic.sphere", "cma_es(sigma0=x)", "plain numbers"),
        ("synthetic.sphere", "cma_es(", "not of the form"),
        ("synthetic.sphere", "nevergrad:TwoPointDE", "did you mean 'TwoPointsDE'"),
        ("synthetic.sphere", "random_search:fast", "takes no name behind a colon"),
        ("synthetic.sphere", "no_such_module:thing", "cannot import 'no_such_module'"),
        ("blackbox.space:Spaec", "cma_es", "has no 'Spaec'; did you mean 'Space'"),
        ("blackbox.space:Space", "cma_es", "Space"),
        ("synthetic.sphere", ["cma_es", "cma_es()"], "strategies repeat: cma_es"),
        (["synthetic.sphere", "synthetic.sphere(d=10)"], "cma_es", "objectives repeat"),
        ("synthetic.sphere(d=0)", "cma_es", "d >= 1"),
        ("digits.digit(target=10)", "cma_es", "10"),
        ("synthetic.sphere", "zeroth_order(estimator='exact')", "gaussian"),
        ("synthetic.sphere", [], "at least one of strategies"),
    ],
)
def test_names_that_lead_nowhere(objectives: Any, strategies: Any, error: str) -> None:
    with pytest.raises((ValueError, ObjectiveError, TypeError)) as caught:
        bb.compare(objectives, strategies, 20, seeds=1)
    assert error in str(caught.value)


def test_a_class_is_not_a_strategy() -> None:
    from blackbox.strategies.evolution.cma_es import CmaEs

    with pytest.raises(ValueError, match="give an instance"):
        bb.compare("synthetic.sphere", CmaEs, 20)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"budget": 0}, "budget is 0"),
        ({"budget": "many"}, "budget must be a number"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"seeds": [1, 2, 1]}, "seeds repeat: 1"),
        ({"seeds": 0}, "at least one seed"),
        ({"seeds": [-1]}, "seeds are whole numbers"),
        ({"seeds": "ten"}, "'ten'"),
        ({"prices": [1, 1]}, "prices repeat"),
        ({"prices": -1}, "prices are finite"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_studies_that_cannot_be_run(settings: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        bb.compare("synthetic.sphere", "random_search", **{"budget": 10, **settings})


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"budgets": 3}, "unknown key 'budgets'; did you mean 'budget'"),
        ({"strategies": [3]}, "call form or a table"),
        ({"budget": None}, "budget must be a number"),
        ({"name": 3}, "name is a text, not 3"),
        ({"name": ["a"]}, "name is a text"),
    ],
)
def test_study_files_with_mistakes(change: dict[str, Any], error: str) -> None:
    table = {"objectives": ["synthetic.sphere"], "strategies": ["cma_es"], "budget": 5}
    with pytest.raises(StudyError, match=error):
        from_table({**table, **change})


def test_study_files_that_are_missing_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="there is no study file"):
        read(tmp_path / "study.toml")
    (tmp_path / "study.toml").write_text("objectives = [")
    with pytest.raises(StudyError, match="not valid TOML"):
        read(tmp_path / "study.toml")
    (tmp_path / "study.toml").write_text("budget = 3")
    with pytest.raises(StudyError, match="lacks the key 'objectives'"):
        read(tmp_path / "study.toml")


def test_saving_over_another_study_is_refused(tmp_path: Path) -> None:
    bb.compare("synthetic.sphere", "random_search", 5, seeds=1, store=tmp_path)
    other = bb.compare("synthetic.sphere", "random_search", 6, seeds=1)
    with pytest.raises(StoreError, match=r"holds the runs of another study"):
        other.save(tmp_path)


def test_a_folder_without_runs_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there are no runs"):
        bb.load(tmp_path)


def test_a_run_file_that_cannot_be_read_is_missing_and_made_again(tmp_path: Path) -> None:
    made = bb.compare("synthetic.sphere", "random_search", 5, seeds=1, store=tmp_path)
    (file,) = (tmp_path / "runs").glob("*.run")
    file.write_bytes(b"half a file")
    (missing,) = bb.load(tmp_path).missing.to_dict("records")
    assert (missing["seed"], missing["reason"]) == (0, "its file is damaged")
    with pytest.warns(UserWarning, match=r"is damaged.*it is now .*run\.damaged"):
        again = bb.compare("synthetic.sphere", "random_search", 5, seeds=1, store=tmp_path)
    assert again.traces[0].digest() == made.traces[0].digest()
    assert file.with_name(f"{file.name}.damaged").read_bytes() == b"half a file"


@pytest.mark.parametrize(
    "make",
    [
        lambda: bb.Space.normal(0),
        lambda: bb.Space.normal(cast(Any, 2.5)),
        lambda: bb.Space.box([0, 2], [1, 1]),
        lambda: bb.Space.box([0, 1], [0, 1]),
        lambda: bb.Space.box(0, np.inf),
        lambda: bb.Space.sphere(3, radius=0),
    ],
)
def test_spaces_without_points_are_refused(make: Callable[..., object]) -> None:
    with pytest.raises(ValueError):
        make()
