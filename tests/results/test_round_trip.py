"""Exports as the field's own tools read them: cocopp and iohinspector, each in its own process.

On import one tries the network and the other loads its plotting libraries; in a process of their
own both can be kept from that, and keep this one's settings as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.results import frame
from blackbox.results.export.coco import FIRST_FUNCTION
from blackbox.results.statistics.targets import fixed_targets
from blackbox.results.writing.file_names import file_names

pytestmark = pytest.mark.slow

SEEDS = 15
DIM = 64
BUDGET = 60

# What the tool is asked, on one line of JSON; what it says, as JSON behind its own chatter.
ASK_COCOPP = """
import json, sys, urllib.request, warnings
def offline(*_, **__): raise OSError("no network in a test")
urllib.request.urlretrieve = offline
with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    import cocopp
folders, weights, said = *json.loads(sys.argv[1]), {}
with warnings.catch_warnings(record=True) as complaints:
    warnings.simplefilter("always")
    for weight in weights:
        cocopp.genericsettings.weight_evaluations_constraints = [1, weight]
        for name, folder in folders.items():
            for ds in cocopp.load(folder):
                targets = [t for t in ds.target if t > 1e-8]
                said[f"{weight} {name} {ds.funcId}"] = [
                    ds.nbRuns(), ds.dim, targets, ds.detERT(targets)
                ]
print("ANSWER" + json.dumps([said, [str(w.message) for w in complaints]]))
"""
ASK_INSPECTOR = """
import importlib.util, json, sys, types, warnings
warnings.simplefilter("ignore")
for name in ("iohinspector", "iohinspector.metrics"):  # the packages without what they load first
    place = importlib.util.find_spec("iohinspector").submodule_search_locations[0]
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = [place + name.removeprefix("iohinspector").replace(".", "/")]
    package.__spec__ = importlib.util.spec_from_loader(name, None, is_package=True)
    package.__spec__.submodule_search_locations = package.__path__
from iohinspector.manager import DataManager
from iohinspector.metrics.fixed_target import aggregate_running_time
folder, (low, high), most, function = json.loads(sys.argv[1])
manager = DataManager()
manager.add_folder(folder)
overview = manager.overview.to_dicts()
rows = manager.select(function_ids=[function]).load(monotonic=True, include_meta_data=True)
table = aggregate_running_time(rows, eval_var="cost", f_min=low, f_max=high, eval_max=most,
                               scale_f_log=False, maximization=True).to_dict("records")
print("ANSWER" + json.dumps([overview, table], default=str))
"""


def ask(script: str, question: Any, home: Path) -> Any:
    home.mkdir()
    told = subprocess.run(
        [sys.executable, "-c", script, json.dumps(question)],
        env={**os.environ, "XDG_CACHE_HOME": str(home), "HOME": str(home), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        cwd=home,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout.partition("ANSWER")[2])


@pytest.fixture(scope="module")
def study() -> bb.Comparison:
    """Two strategies on two objectives; the second asks a gradient with each of its scores."""
    objectives = [f"synthetic.{name}(d={DIM})" for name in ("sphere", "ellipsoid")]
    climbers = ["hill_climb", "gradient_ascent(learning_rate=0.3, start='first')"]
    return bb.compare(objectives, climbers, BUDGET, seeds=SEEDS)


def read_at(study: bb.Comparison, price: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame.runs(study.traces, price), frame.evaluations(study.traces, price)


def test_cocopp_prices_our_gradients_as_we_do(study: bb.Comparison, tmp_path: Path) -> None:
    strategies, objectives = study.recipe["strategies"], study.recipe["objectives"]
    climbing = study.runs[study.runs["strategy"] == strategies[1]]
    assert (climbing["n_gradients"] == climbing["n_scores"]).all()
    out = study.export(tmp_path / "coco", "coco")
    folders = {nth: str(out / name) for nth, name in enumerate(file_names(strategies).values())}
    said, complaints = ask(ASK_COCOPP, [folders, [1, 0]], tmp_path / "home")
    assert not complaints
    assert len(said) == 2 * len(strategies) * len(objectives)
    for key, (n, dim, targets, ert) in said.items():
        weight, strategy, function = map(int, key.split())
        assert (n, dim) == (SEEDS, DIM)
        cell = (objectives[function - FIRST_FUNCTION - 1], strategies[strategy])
        runs, rows = read_at(study, float(weight))
        # The optimum of both is 0, so a target of COCO's is a score that far below it.
        ours = fixed_targets(runs, rows, {cell[0]: [-target for target in targets]})
        own = ours.set_index(["objective", "strategy"]).loc[[cell]].set_index("target")["ert"]
        np.testing.assert_allclose([own[-target] for target in targets], ert, rtol=1e-12)
        spent = runs.set_index(["objective", "strategy"]).loc[[cell]]["used"]
        assert len(set(ert)) >= 3  # easy targets, and some that cost more
        assert max(ert) > spent.max()  # and some that were missed


def test_iohinspector_lists_every_run_and_agrees_on_the_cost(
    study: bb.Comparison, tmp_path: Path
) -> None:
    out = study.export(tmp_path / "ioh", "ioh")
    objective = study.recipe["objectives"][0]
    here = study.runs[study.runs["objective"] == objective]
    ends = [here["start"].min(), here["best"].max()]
    question = [str(out), ends, BUDGET, 1]
    overview, table = ask(ASK_INSPECTOR, question, tmp_path / "home")
    listed = {(r["function_name"], r["algorithm_name"], r["instance"] - 1) for r in overview}
    assert listed == set(map(tuple, study.runs[["objective", "strategy", "seed"]].to_numpy()))
    runs = study.runs.set_index(["objective", "strategy", "seed"])
    for run in overview:
        key: Any = run["function_name"], run["algorithm_name"], run["instance"] - 1
        own = runs.loc[key]
        assert (run["dimension"], run["evals"], run["best_y"]) == (DIM, own.n_scores, own.best)
    # Every run spent the whole budget, so the charge for a failed one is the same for both.
    assert (here["used"] == BUDGET).all()
    targets = sorted({row["raw_y"] for row in table})
    ours = fixed_targets(*read_at(study, 1.0), {objective: targets})
    assert len(targets) == 50
    for row in table:
        own = ours[(ours["strategy"] == row["algorithm_name"]) & (ours["target"] == row["raw_y"])]
        assert own["success_rate"].iloc[0] == row["success_ratio"]
        if row["success_ratio"]:
            np.testing.assert_allclose(own["ert"].iloc[0], row["ERT"], rtol=1e-12)
