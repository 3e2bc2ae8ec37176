"""An objective as a table of a study file: parameters by name, and a scorer by its place."""

from __future__ import annotations

import datetime
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import blackbox as bb
from blackbox import registry
from blackbox.makers import may_be_named
from blackbox.study import StudyError
from blackbox.study_file import from_table, read

if TYPE_CHECKING:
    import blackbox as for_checkers

STUDY = """
strategies = ["random_search", "cma_es"]
budget = 12
seeds = 2

[[objectives]]
name = "plant"
scorer = "tests.test_objective_tables:score"
where = "tests.test_objective_tables:allowed"
maximize = false
constraints = {stress = {at_most = 30}, flow = {at_least = 1e-4}}

[objectives.parameters]
temperature = {kind = "real", lower = 20, upper = 90, unit = "degC", default = 40}
rate = {lower = 1e-5, upper = 1e-1, log = true}
stages = {kind = "integer", lower = 1, upper = 8, prior = {name = "poisson", mu = 3}}
solvent = {options = ["water", "ethanol"], weights = [3, 1]}

[[objectives]]
name = "synthetic.sphere"
d = 2
"""
PLACE = "tests.test_objective_tables"
calls: list[str] = []


def score(temperature: float, rate: float, stages: int, solvent: str) -> dict[str, float]:
    cost = (temperature - 60) ** 2 / 100 + abs(stages - 4) + (solvent == "water")
    return {"cost": cost, "stress": temperature - 30, "flow": rate}


def allowed(p: Any) -> bool:
    return bool(p["temperature"] + p["stages"] <= 95)


def unannotated(command="x"):  # type: ignore[no-untyped-def]
    calls.append(command)
    return 0.0


def of_rows(row: Any) -> for_checkers.Scored:
    return bb.Scored(row.rate, {"stages": row.stages - 2})


class Plant:
    def score(self, row: Any) -> float:
        return float(row.rate)


plant, wrapped, marked = Plant(), bb.Scorer(lambda row: row.rate), bb.maker(lambda row: row.rate)
NOT_ONE = 3


def table(**changes: Any) -> dict[str, Any]:
    """The table of the study file, with its first objective changed; None takes a key out."""
    study = tomllib.loads(STUDY)
    first = {**study["objectives"][0], **changes}
    study["objectives"] = [{key: one for key, one in first.items() if one is not None}]
    return study


def one(**changes: Any) -> bb.Objective:
    (reference,) = from_table(table(**changes)).objectives
    return registry.objective(reference)


def test_a_table_is_the_objective_that_a_program_would_make() -> None:
    by_table = one()
    parameters = bb.Parameters(
        temperature=bb.Real(20, 90, unit="degC", default=40),
        rate=bb.Real(1e-5, 1e-1, log=True),
        stages=bb.Integer(1, 8, prior={"name": "poisson", "mu": 3}),
        solvent=bb.Choice("water", "ethanol", weights=(3, 1)),
    )
    by_hand = bb.Objective(
        score,
        space=parameters,
        where=allowed,
        maximize=False,
        constraints={"stress": bb.AtMost(30), "flow": bb.AtLeast(1e-4)},
        name="plant",
    )
    studies = [
        bb.compare(objective, "random_search", 8, seeds=2) for objective in (by_table, by_hand)
    ]
    first, second = ([trace.digest() for trace in study.traces] for study in studies)
    assert first == second
    assert by_table.code == by_hand.code
    assert studies[0].best()["param_solvent"].isin(["water", "ethanol"]).all()


def test_tables_and_names_stand_in_one_file_and_a_table_in_a_list_too(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    mine, sphere = read(tmp_path / "study.toml").objectives
    assert sphere == "synthetic.sphere(d=2)"
    assert registry.objective(str(registry.parse(str(mine)))) is registry.objective(mine)
    inline = table(parameters={"rate": {"lower": 0.0, "upper": 1}}, scorer=f"{PLACE}:plant.score")
    assert from_table({**inline, "objectives": inline["objectives"][0]}).objectives


@pytest.mark.parametrize("name", ["score", "of_rows", "plant.score", "wrapped", "marked"])
def test_a_scorer_is_what_says_that_it_scores(name: str) -> None:
    changes = {} if name == "score" else {"constraints": None}
    changes |= {"maximize": None} if name == "wrapped" else {}
    made = one(scorer=f"{PLACE}:{name}", **changes)
    answer = made.evaluate(bb.Ask(made.starts(np.random.default_rng(0), 3)))
    assert np.isfinite(answer.score).all()


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("os:system", "os:system' leads to posix.system, which is not known to be one"),
        ("subprocess:run", "subprocess.run, which is not known"),
        ("subprocess:Popen", "subprocess.Popen, which is not known"),
        ("timeit:timeit", "not known"),
        ("builtins:exec", "not known"),
        (f"{PLACE}:unannotated", "annotated `-> float`, `-> dict.str, float.` or `-> bb.Scored`"),
        (f"{PLACE}:allowed", "or mark it with @bb.maker"),
        (f"{PLACE}:Plant", "not known"),
        (f"{PLACE}:NOT_ONE", "leads to 3, which is no function"),
        (f"{PLACE}:scor", "no 'scor'; did you mean 'score'"),
        ("no_such_plant:score", "cannot import 'no_such_plant'"),
    ],
)
def test_no_function_is_called_that_does_not_say_that_it_scores(place: str, error: str) -> None:
    study = table(scorer=place, constraints=None, maximize=None, where=None)
    study["objectives"][0]["parameters"] = {"command": {"options": ["false", "true"]}}
    with pytest.raises(bb.NameProblem, match=error):
        from_table(study).plan()
    assert calls == []


def test_a_function_of_a_package_is_none_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("site-packages", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"in_{folder[:4]}.py").write_text("def f(a) -> 'float': return a\n")
        monkeypatch.syspath_prepend(tmp_path / folder)
    import in_mine  # type: ignore[import-not-found]
    import in_site  # type: ignore[import-not-found]

    assert may_be_named(in_mine.f, "scorer")
    assert not may_be_named(in_site.f, "scorer")
    assert not may_be_named(in_mine.f, "where")
    for name in ("in_mine", "in_site"):
        monkeypatch.delitem(sys.modules, name)


REAL = {"kind": "real", "lower": 0.0, "upper": 1.0}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"paramters": {}}, "objective 'plant' has an unknown key 'paramters'; did you mean 'par"),
        ({"scorer": None}, "lacks the key 'scorer'; it needs name, parameters, and a scorer or a"),
        ({"command": ["./score.sh"]}, "objective 'plant' has both a scorer and a command"),
        ({"scorer": None, "command": "./score.sh"}, "a command is a list, as"),
        ({"scorer": None, "command": ["./score.sh", 3]}, "arguments of a command are texts, not 3"),
        ({"parameters": None}, "lacks the key 'parameters'"),
        ({"name": None}, "objective lacks the key 'name'"),
        ({"name": 3}, "objective: a name is a text, not 3"),
        ({"name": " "}, "a name is a text"),
        ({"scorer": "plant"}, r'scorer = "plant:score", not \'plant\''),
        ({"scorer": 3}, "module:function"),
        ({"scorer": "plant:score(d=3)"}, "module:function"),
        ({"where": "here"}, r'where = "plant:allowed"'),
        ({"parameters": {}}, "name one parameter or more"),
        ({"parameters": ["rate"]}, "parameters are tables by their names"),
        ({"parameters": {"rate": [0, 1]}}, "the parameter rate is a table, as .kind"),
        ({"constraints": {}}, "constraints are bounds by the names"),
        ({"constraints": {"stress": 30}}, "stress is one of .at_most = 30"),
        ({"constraints": {"stress": {"at_mots": 30}}}, "'at_mots'; did you mean 'at_most'"),
        ({"constraints": {"stress": {"at_most": "30"}}}, "on stress: the limit .* not '30'"),
        ({"constraints": {"stress": {"at_most": True}}}, "finite number, not True"),
        ({"constraints": {"stress": {"at_most": float("nan")}}}, "finite number, not nan"),
        ({"maximize": "no"}, "maximize is true or false, not 'no'"),
        ({"target": datetime.date(2020, 1, 1)}, "values are numbers, texts, truth values"),
    ],
)
def test_tables_with_mistakes(changes: dict[str, Any], error: str) -> None:
    with pytest.raises(StudyError, match=error):
        from_table(table(**changes))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"timeout": "x"}, "objective 'plant': timeout must be a number > 0, not 'x'"),
        ({"scorer": f"{PLACE}:wrapped"}, "objective 'plant': maximize, constraints of scorer"),
        (
            {"parameters": {"rate": {"lower": 0, "upper": 1}, "new": {"lower": 0, "upper": 1}}},
            "new",
        ),
    ],
)
def test_what_only_the_scorer_can_tell_is_told_before_anything_is_paid_for(
    changes: dict[str, Any], error: str
) -> None:
    with pytest.raises(bb.ObjectiveError, match=error):
        from_table(table(**changes)).plan()


@pytest.mark.parametrize(
    ("parameter", "error"),
    [
        (REAL | {"kind": "reel"}, "one of real, integer, choice, not 'reel'; did you mean 'real'"),
        (REAL | {"kind": 3}, "not 3"),
        (REAL | {"uper": 2}, "real has no key 'uper'; did you mean 'upper'"),
        (REAL | {"options": [1, 2]}, "no key 'options'"),
        ({"kind": "integer", "lower": 1}, "lacks the key 'upper'; it needs lower, upper"),
        ({"kind": "choice"}, "lacks the key 'options'"),
        (REAL | {"upper": -1.0}, "lower bound 0.0 is not below the upper one, -1.0"),
        (REAL | {"upper": "1"}, "the upper bound is '1'"),
        (REAL | {"log": True}, "a log scale from 0.0 to 1.0 holds 0"),
        (REAL | {"log": "yes"}, "log is true or false, not 'yes'"),
        (REAL | {"unit": 3}, "unit is a text, not 3"),
        (REAL | {"default": 2.0}, "2.0 does not lie from 0.0 to 1.0"),
        (REAL | {"prior": {"name": "beta", "a": "x"}}, "arguments of a prior are numbers"),
        (REAL | {"prior": {"name": "alpah"}}, "'alpah' is no continuous distribution"),
        ({"options": ["water"]}, "a choice needs two options or more"),
        ({"options": "water"}, "options is a list, not 'water'"),
        ({"options": ["a", "a"]}, "'a' is there twice"),
        ({"options": ["a", "b"], "unit": "m"}, "choice has no key 'unit'"),
    ],
)
def test_parameters_with_mistakes(parameter: dict[str, Any], error: str) -> None:
    with pytest.raises(StudyError, match=f"the study: objective 'plant': rate: .*{error}"):
        from_table(table(parameters={"rate": parameter}))


def test_two_objectives_of_one_name_are_refused_and_200_options_are_not() -> None:
    study = table()
    study["objectives"] *= 2
    with pytest.raises(StudyError, match="objectives repeat: plant"):
        from_table(study).plan()
    many = {"level": {"options": list(range(200))}, "rate": REAL}
    made = one(parameters=many, constraints=None, scorer=f"{PLACE}:plant.score", where=None)
    assert len(bb.compare(made, "random_search", 5, seeds=1).evaluations) == 5
