"""What `pip install blackbox` alone can do: run by the Python of an empty environment.

python bare.py            the package without extras: every family, both shelves, figures
python bare.py optuna     with one extra: what it brings works, the families still run beside it,
                          and the other extras are asked for
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import blackbox as bb
from blackbox.cluster import workers_of
from blackbox.strategies import TABLE

# At least one of each family; all that the dependencies bring of CMA-ES, BoTorch and nevergrad.
STRATEGIES = [
    "random_search",
    "gradient_ascent",
    "lbfgs",
    "zeroth_order",
    "chained_zeroth_order",
    "cma_es",
    "sep_cma_es",
    "differential_evolution",
    "nelder_mead",
    "bayes_opt",
    "turbo",
    "botorch_loop",
    "generator_network",
    "nevergrad:TwoPointsDE",
    "scipy:powell",
    "auto",
]
# Decoded digits have gradients and can be asked in data space: no strategy has to be skipped.
OBJECTIVES = ["digits.digit(target=3, reads='picture')"]
SHELVES = ["digits.thickness", "mnist.thickness", "mnist.text", "tables.regressor", "text.simplify"]
# Who brings a strategy or a number that the bare package has not.
BEYOND = {"optuna": "optuna:TPESampler", "ax": "ax", "smac": "smac", "bobyqa": "py_bobyqa"}
# What an extra may bring of another one.
ALSO = {"cluster": "distributed", "pareto": "moocore"}
SMALL = "synthetic.sphere(d=3)"
BUDGET = 24


def main() -> None:
    """Raise AssertionError at the first thing that does not hold."""
    extras = sys.argv[1:]
    # smac brings Dask, and pymoo the volume of fronts; what is here has to work.
    if extras:
        extras += [name for name, package in ALSO.items() if importlib.util.find_spec(package)]
    place = Path(bb.__file__)
    assert "site-packages" in place.parts, f"this is not an installed package: {place}"
    if extras:  # pictures and weights are those of the bare package
        beside = bb.compare(SMALL, STRATEGIES, budget=8, seeds=1)
        assert ended_well(beside), beside.runs[["strategy", "status", "error"]]
    else:
        with tempfile.TemporaryDirectory() as folder:
            every_family_runs(Path(folder))
        both_shelves_run()
    for extra, strategy in BEYOND.items():
        if extra in extras:
            study = bb.compare(SMALL, [strategy], budget=8, seeds=1)
            assert ended_well(study), study.runs[["strategy", "status", "error"]]
        else:
            is_asked_for(extra, partial(bb.compare, SMALL, [strategy], 8))
    if "pareto" in extras:
        assert pareto()
    else:
        is_asked_for("pareto", pareto)
    if "bbob" in extras:
        assert ended_well(bb.compare("bbob.f8(d=3)", ["random_search"], budget=8, seeds=1))
    else:
        is_asked_for("bbob", partial(bb.objective, "bbob.f8"))
    if "airfoils" in extras:
        if shutil.which("xfoil"):
            study = bb.compare("airfoils.lift_to_drag", ["gradient_ascent"], budget=8, seeds=1)
            assert ended_well(study), study.runs[["strategy", "status", "error"]]
    else:
        is_asked_for("airfoils", partial(bb.objective, "airfoils.lift_to_drag"))
    if "molecules" in extras:
        study = bb.compare("molecules.qed", ["random_search"], budget=8, seeds=1)
        assert ended_well(study), study.runs[["strategy", "status", "error"]]
    else:
        is_asked_for("molecules", partial(bb.objective, "molecules.qed"))
    if "pymoo" in extras:
        study = bb.compare("botorch_functions.ZDT1", ["pymoo:NSGA2"], budget=30, seeds=1)
        assert ended_well(study), study.runs[["strategy", "status", "error"]]
    else:
        is_asked_for("pymoo", partial(bb.strategy, "pymoo:NSGA2"))
    if "cluster" in extras:
        assert cluster(), "two workers of Dask say other things than one process"
    else:
        is_asked_for("cluster", cluster)
    commands_work()
    print(f"{place.parent}: all of it works, with extras {extras}")


def every_family_runs(folder: Path) -> None:
    """One study of all families, its report with curves and pictures of objects, and the page."""
    families = {place.split(".")[2] for place in TABLE.values()}
    missing = families - {TABLE[name.split(":")[0]].split(".")[2] for name in STRATEGIES}
    assert not missing, f"no strategy of the families {missing} is tried"
    study = bb.compare(OBJECTIVES, STRATEGIES, budget=BUDGET, seeds=1)
    assert not len(study.skipped), study.skipped
    assert ended_well(study), study.runs[["strategy", "status", "error"]]
    assert len(study.runs) == len(STRATEGIES)
    study.report(folder)
    figures = [path.read_text() for path in (folder / "figures").glob("*.svg")]
    assert any("image/png" in figure for figure in figures), "no figure has a picture of an object"
    assert any("image/png" not in figure for figure in figures), "no figure is drawn in lines"
    assert (folder / "README.md").exists()
    assert (folder / "report.html").exists()


def both_shelves_run() -> None:
    """Weights, data and judges of the objectives that come along are there."""
    study = bb.compare(SHELVES, ["random_search"], budget=BUDGET, seeds=1)
    assert ended_well(study), study.runs[["objective", "status", "error"]]
    assert study.runs.filter(like="judge_").notna().any(axis=1).all()


def pareto() -> bool:
    """Whether the front of two criteria has a volume."""
    study = bb.compare("digits.bold_digit", ["random_search"], budget=BUDGET, seeds=1)
    return len(study.at().front(study.runs["objective"].iloc[0])) > 0


def cluster() -> bool:
    """Whether workers of Dask make the runs of this process; on its own machine, for a moment."""
    with workers_of("tcp://127.0.0.1:1") if not has_dask() else dask() as executor:
        there = bb.compare(SMALL, ["random_search"], budget=8, seeds=2, executor=executor)
    here = bb.compare(SMALL, ["random_search"], budget=8, seeds=2)
    return [one.digest() for one in there.traces] == [one.digest() for one in here.traces]


def has_dask() -> bool:
    """Whether its package is here."""
    return importlib.util.find_spec("distributed") is not None


@contextmanager
def dask() -> Iterator[Executor]:
    """A scheduler and two workers on this machine."""
    distributed = importlib.import_module("distributed")
    how = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(**how) as local,
        workers_of(local.scheduler_address) as executor,
    ):
        yield executor


def is_asked_for(extra: str, act: Callable[[], object]) -> None:
    """What needs a missing extra says so, with the words to install it."""
    try:
        act()
    except ImportError as error:
        assert f'pip install "blackbox[{extra}]"' in str(error), error
    else:
        raise AssertionError(f"{extra} is here without having been installed")


def commands_work() -> None:
    """The command that the package installs lists both tables."""
    command = Path(sys.executable).with_name("blackbox")
    for what in ("strategies", "objectives"):
        subprocess.run([command, "list", what], check=True, stdout=subprocess.DEVNULL)


def ended_well(study: bb.Comparison) -> bool:
    """Whether no run failed."""
    return not (study.runs["status"] == "failed").any()


if __name__ == "__main__":
    main()
