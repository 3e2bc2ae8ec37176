"""Runs on BBOB's functions are exported as data of COCO's suite, which cocopp reads as such."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import blackbox as bb
from blackbox.results.export.suite_problem import suite_problem
from blackbox.results.statistics.targets import fixed_targets
from tests.conftest import make_trace
from tests.results.studies import comparison
from tests.results.test_round_trip import ask, read_at

pytestmark = pytest.mark.slow

ASK = """
import json, sys, urllib.request, warnings
def offline(*_, **__): raise OSError("no network in a test")
urllib.request.urlretrieve = offline
with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    import cocopp
answers = []
with warnings.catch_warnings(record=True) as complaints:
    warnings.simplefilter("always")
    for ds in cocopp.load(json.loads(sys.argv[1])):
        targets = [t for t in ds.target if t > 1e-8]
        answers.append({
            "suite": ds.suite_name, "function": ds.funcId, "dim": ds.dim, "algorithm": ds.algId,
            "instances": [int(one) for one in ds.instancenumbers], "targets": targets,
            "final": ds.finalfunvals.tolist(), "ert": list(ds.detERT(targets)),
        })
print("ANSWER" + json.dumps([answers, [str(w.message) for w in complaints]]))
"""
SPHERES = ["bbob.f1(d=2)", "bbob.f1(d=2, instance=2)", "bbob.f1(d=2, instance=3)"]
VALLEY = "bbob.f8(d=5, instance=4)"


@pytest.fixture(scope="module")
def study() -> bb.Comparison:
    return bb.compare([*SPHERES, VALLEY], ["random_search", "one_plus_one"], 60, seeds=5)


def test_cocopp_reads_genuine_bbob_data(study: bb.Comparison, tmp_path: Path) -> None:
    """Suite, function, dimension, instances, differences to f_opt, and ERT over all instances."""
    out = study.export(tmp_path / "coco", "coco")
    answers, complaints = ask(ASK, str(out / "one_plus_one"), tmp_path / "home")
    assert not complaints
    assert [(one["suite"], one["function"], one["dim"]) for one in answers] == [
        ("bbob", 1, 2),
        ("bbob", 8, 5),
    ]
    spheres, valley = answers
    assert spheres["instances"] == [1] * 5 + [2] * 5 + [3] * 5
    assert valley["instances"] == [4] * 5
    of_scores, rows = read_at(study, 1.0)
    runs = of_scores[of_scores["strategy"] == "one_plus_one"].set_index("objective")
    for answer, objectives in ((spheres, SPHERES), (valley, [VALLEY])):
        of_all = runs.loc[objectives]
        difference = of_all["optimum"] - of_all["best"]
        np.testing.assert_allclose(answer["final"], difference, rtol=1e-8)
    optimum = runs.loc[[VALLEY], "optimum"].iloc[0]
    targets = [optimum - target for target in valley["targets"]]
    ours = fixed_targets(of_scores, rows, {VALLEY: targets})
    ert = ours[ours["strategy"] == "one_plus_one"].set_index("target")["ert"]
    np.testing.assert_allclose([ert[target] for target in targets], valley["ert"], rtol=1e-12)
    assert len(set(valley["ert"])) >= 3


def test_it_is_read_back_as_it_was(study: bb.Comparison, tmp_path: Path) -> None:
    back = bb.read_log(study.export(tmp_path / "coco", "coco"), "coco")
    key = ["objective", "strategy", "seed"]
    ours = study.runs.sort_values(key)[[*key, "dim", "n_scores", "best", "optimum"]]
    theirs = back.runs.sort_values(key)[ours.columns]
    np.testing.assert_array_equal(ours[key].astype(str), theirs[key].astype(str))
    rest = ["dim", "n_scores", "best", "optimum"]
    np.testing.assert_allclose(ours[rest].to_numpy(float), theirs[rest].to_numpy(float), rtol=1e-9)


def test_iohprofiler_s_json_says_so_too(study: bb.Comparison, tmp_path: Path) -> None:
    out = study.export(tmp_path / "ioh", "ioh") / "one_plus_one"
    described = [json.loads(file.read_text()) for file in sorted(out.glob("*.json"))]
    answers = {
        (one["suite"], one["function_id"], scenario["dimension"], run["instance"])
        for one in described
        for scenario in one["scenarios"]
        for run in scenario["runs"]
    }
    assert answers == {("BBOB", 1, 2, 1), ("BBOB", 1, 2, 2), ("BBOB", 1, 2, 3), ("BBOB", 8, 5, 4)}
    back = bb.read_log(tmp_path / "ioh", "ioh").runs
    assert set(back["objective"]) == {*SPHERES, VALLEY}
    assert set(back["seed"]) == set(study.runs["seed"])


def test_what_is_of_no_suite_lies_beside_it(tmp_path: Path) -> None:
    both = comparison(
        [make_trace([-3, -2], objective=name, optimum=0.0, dim=2) for name in ("bbob.f3(d=2)", "x")]
    )
    out = both.export(tmp_path / "out", "coco")
    assert sorted(path.name for path in out.iterdir()) == ["bbob", "other"]
    genuine = (out / "bbob" / "climb" / "bbobexp_f3.info").read_text()
    assert genuine.startswith("suite = 'bbob', funcId = 3, DIM = 2,")
    assert (out / "other" / "climb" / "bbobexp_f1002.info").exists()
    assert "NAMES = {}" in (out / "bbob" / "with_cocopp.py").read_text()
    assert set(bb.read_log(out, "coco").runs["objective"]) == {"bbob.f3(d=2)", "x"}


@pytest.mark.parametrize(
    ("name", "dim"),
    [
        ("bbob.f1(d=7)", 7),
        ("bbob.f1", 11),
        ("bbob.f25", 10),
        ("mine.bbob.f1", 10),
        ("bbob.f1(noise=1)", 10),
    ],
)
def test_only_what_is_of_the_suite_is_said_to_be(name: str, dim: int) -> None:
    assert suite_problem(name, dim) is None
