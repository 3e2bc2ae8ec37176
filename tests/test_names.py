"""From names to things: call form, labels, plug-ins, packages that are not installed."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import entries, registry
from blackbox.errors import MissingPackage
from blackbox.listing import listing
from blackbox.protocol import Brief, Capability, Search
from blackbox.study import Study

values = st.one_of(
    st.integers(-99, 99),
    st.floats(-10, 10),
    st.booleans(),
    st.none(),
    st.text("ab c'\"(),=", max_size=6),
    st.lists(st.integers(0, 9), max_size=3),
)
settings = st.dictionaries(st.sampled_from(["sigma0", "d", "target", "x_1"]), values, max_size=3)


@given(name=st.sampled_from(["cma_es", "digits.digit"]), settings=settings)
def test_call_form_is_read_as_it_is_written(name: str, settings: dict[str, object]) -> None:
    call = registry.Call(name, None, settings)
    assert registry.parse(str(call)) == call


@dataclasses.dataclass(frozen=True)
class OneOfMine:
    """A strategy from elsewhere."""

    step: float = 0.5
    needs: frozenset[Capability] = frozenset()

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Stay."""
        while True:
            yield bb.Ask(brief.start[:1])


class Nothing:
    """Neither a strategy nor an objective."""


class Named(OneOfMine):
    name = "my way"


def test_labels_show_what_is_not_the_default() -> None:
    assert registry.label(bb.strategy("cma_es(popsize=8, sigma0=0.5)")) == "cma_es(popsize=8)"
    assert registry.label(bb.strategy("nevergrad:OnePlusOne")) == "nevergrad:OnePlusOne"
    assert registry.label(OneOfMine()) == "one_of_mine"
    assert registry.label(OneOfMine(step=1.0)) == "one_of_mine(step=1.0)"
    assert registry.label(Named()) == "my way"


def test_one_s_own_is_found_by_module_and_attribute() -> None:
    assert registry.strategy("tests.test_names:OneOfMine(step=2.0)") == OneOfMine(step=2.0)
    with pytest.raises(registry.NameProblem, match="did you mean 'OneOfMine'"):
        registry.strategy("tests.test_names:OneOfMin")
    with pytest.raises(registry.NameProblem, match="has no `search"):
        registry.strategy("tests.test_names:Nothing")
    with pytest.raises(registry.NameProblem, match=r"is no bb\.Objective"):
        registry.objective("tests.test_names:Nothing")


def test_entry_points_are_plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("plugged", "tests.test_names:OneOfMine", "blackbox.strategies")
    found = {"blackbox.strategies": [point]}
    monkeypatch.setattr(entries, "entry_points", lambda group: found.get(group, []))
    assert registry.strategy("plugged(step=3.0)") == OneOfMine(step=3.0)
    row = next(row for row in listing("strategies") if row["name"] == "plugged")
    assert row["what it is"] == "A strategy from elsewhere."
    assert registry.label(OneOfMine()) == "plugged"


class Unmade:
    """A strategy that ends the process of whoever makes it."""

    def __init__(self) -> None:
        raise SystemExit("no licence")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        yield bb.Ask(brief.start[:1])


def test_a_plug_in_that_cannot_be_imported_costs_its_own_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a_script_that_leaves.py").write_text("raise SystemExit('done')")
    monkeypatch.syspath_prepend(tmp_path)
    points = [
        EntryPoint("gone", "no_such_module:X", "blackbox.strategies"),
        EntryPoint("empty", "tests.test_names:NotThere", "blackbox.strategies"),
        EntryPoint("malformed", "", "blackbox.strategies"),
        EntryPoint("leaves", "a_script_that_leaves:X", "blackbox.strategies"),
        EntryPoint("unmade", "tests.test_names:Unmade", "blackbox.strategies"),
        EntryPoint("plugged", "tests.test_names:OneOfMine", "blackbox.strategies"),
    ]
    monkeypatch.setattr(entries, "entry_points", lambda group: points if "strat" in group else [])
    table = {row["name"]: row for row in listing("strategies")}
    assert table["gone"]["what it is"].startswith("cannot be used: cannot import 'no_such_module'")
    assert "no 'NotThere'" in table["empty"]["what it is"]
    assert table["malformed"]["what it is"].startswith("cannot be used")
    assert "SystemExit: done" in table["leaves"]["what it is"]
    assert "no licence" in table["unmade"]["what it is"]
    for reference in ("a_script_that_leaves:X", "unmade", "tests.test_names:Unmade"):
        with pytest.raises(registry.NameProblem, match=r"done|no licence"):
            bb.check(reference)
    assert table["plugged"]["what it is"] == "A strategy from elsewhere."
    assert table["cma_es"]["source"]


@dataclasses.dataclass(frozen=True)
class Undemanding:
    """A strategy that needs nothing, and does not say so."""

    rule: object = None

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Draw."""
        while True:
            yield bb.Ask(brief.space.sample(rng, 1))


@pytest.mark.parametrize(
    "reference",
    [
        Undemanding(),
        "restarts(strategy='tests.test_names:Undemanding')",
        "chain(strategies=['tests.test_names:Undemanding', 'cma_es'])",
        "guarded(strategy='tests.test_names:Undemanding')",
        "auto(members=['tests.test_names:Undemanding'])",
    ],
)
def test_a_strategy_that_needs_nothing_need_not_say_so(reference: bb.Strategy | str) -> None:
    study = bb.compare("synthetic.sphere(d=2)", reference, 9, seeds=1)
    assert study.runs.status.tolist() == ["spent"]


def made_by(factor: float) -> Undemanding:
    return Undemanding(lambda score: factor * score)


def key_of(strategy: Undemanding) -> str:
    (spec,) = Study(("synthetic.sphere(d=2)",), (strategy,), 9, (0,)).plan().specs
    return spec.key


def test_a_function_in_a_setting_is_called_by_its_name_and_known_by_its_code(
    tmp_path: Path,
) -> None:
    one, again, other = made_by(1.0), made_by(1.0), made_by(2.0)
    assert registry.label(one) == "undemanding(rule='tests.test_names.made_by.<locals>.<lambda>')"
    assert key_of(one) == key_of(again) != key_of(other)
    made = bb.compare("synthetic.sphere(d=2)", one, 9, seeds=1, store=tmp_path)
    resumed = bb.compare("synthetic.sphere(d=2)", again, 9, seeds=1, store=tmp_path)
    assert made.runs.best.tolist() == resumed.runs.best.tolist()
    with pytest.raises(bb.StoreError, match=r"was 1.0, is 2.0"):
        bb.compare("synthetic.sphere(d=2)", other, 9, seeds=1, store=tmp_path)


def test_an_array_in_a_setting_is_labelled_and_known_by_all_its_digits() -> None:
    few, many = np.array([1.0, 2.0]), np.zeros(5000)
    assert registry.label(Undemanding(few)) == "undemanding(rule=[1.0, 2.0])"
    assert registry.label(Undemanding({"w": few})) == "undemanding(rule={'w': [1.0, 2.0]})"
    assert len(registry.label(Undemanding(many))) < 60
    changed = many.copy()
    changed[2500] = 1e-12
    assert key_of(Undemanding(many)) == key_of(Undemanding(np.zeros(5000)))
    assert key_of(Undemanding(many)) != key_of(Undemanding(changed))


@pytest.mark.parametrize(
    ("package", "reference"),
    [("cma", "sep_cma_es"), ("nevergrad", "nevergrad:OnePlusOne"), ("optuna", "optuna:GPSampler")],
)
def test_a_missing_package_is_told_with_the_extra_to_install(
    monkeypatch: pytest.MonkeyPatch, package: str, reference: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=rf'pip install "blackbox\[{package}\]"'):
        bb.compare("synthetic.sphere", reference, 10)


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("random_search(batch=0)", "batch must be >= 1"),
        ("sobol_search(batch=48)", "power of two"),
        ("gradient_ascent(learning_rate=0)", "learning_rate must be > 0"),
        ("gradient_ascent(step='newton')", "step 'newton' is none of adam, plain"),
        ("gradient_ascent(schedule='warm')", "schedule 'warm' is none of constant"),
        ("gradient_ascent(gradient='exakt')", "is none of exact, central"),
        ("gradient_ascent(radius=0)", "radius > 0"),
        ("gradient_ascent(after='sulk')", "'restart' or 'stop'"),
        ("gradient_ascent(patience=0)", "patience must be >= 1"),
        ("multi_start(climbs=9, starts=8)", "between 1 and starts"),
        ("multi_start(share=1.0)", "between 0 and 1"),
        ("lbfgs(memory=0)", "memory and draws must be >= 1"),
        ("lbfgs(first_step=0)", "first_step must be > 0"),
        ("langevin(draws=0)", "draws must be >= 1"),
        ("langevin(beta=-1)", "beta must be >= 0"),
        ("langevin(step=0)", "step must be > 0"),
        ("pcn(step=1.5)", "step in"),
        ("pcn(beta=-1)", "beta must be >= 0"),
        ("hill_climb(step=0)", "step must be > 0"),
        ("hill_climb(schedule='warm')", "is none of constant"),
        ("zeroth_order(samples=0)", "samples"),
        ("zeroth_order(estimator='best')", "is none of central, forward"),
        ("zeroth_order(step='long')", "is none of adam, .*spsa"),
        ("zeroth_order(patience=0)", "patience must be >= 1"),
        ("chained_zeroth_order(directions='up')", "none of tangent, isotropic"),
        ("chained_zeroth_order(samples=0)", "samples, radius and patience"),
        ("hybrid_zeroth_order(radius=0)", "samples, radius and patience"),
        ("hybrid_zeroth_order(step='long')", "is none of adam"),
        ("guided_es(alpha=0)", r"alpha must be in \(0, 1\]"),
        ("guided_es(guides=0)", "guides, samples"),
        ("generator_network(batch=1)", "batch must be >= 2"),
        ("generator_network(training=0)", r"training must be in \(0, 1\]"),
        ("conditional_generator(steps=0)", "first, batch, hidden and steps"),
        ("conditional_generator(beyond=-1)", "beyond >= 0"),
        ("conditional_generator(temperature=0)", "temperature must be > 0"),
        ("conditional_generator(smoothing=1)", r"smoothing must be in \[0, 1\)"),
        ("conditional_generator(score=1e999)", "score must be a finite number"),
        ("conditional_generator(score='high')", "score must be a number"),
        ("conditional_generator(score=True)", "score must be a number"),
        ("finetune_decoder(learning='luck')", "none of gradient, reward"),
        ("finetune_decoder(tries=1)", "tries >= 2"),
        ("finetune_decoder(pull=-1)", "pull must be >= 0"),
        ("cma_es(sigma0=-1)", "sigma0 must be > 0"),
        ("cma_es(restarts='twice')", "one of none, ipop, bipop"),
        ("cma_es(options={'CMA_elitsit': True})", "did you mean 'CMA_elitist'"),
        ("random_search(batch='x')", "batch must be a whole number, not 'x'"),
        ("cma_es(sigma0='a')", "sigma0 must be a number, not 'a'"),
        ("cma_es(sigma0=None)", "sigma0 must be a number, not None"),
        ("cma_es(sigma0=1e999)", "sigma0 must be > 0 and finite"),
        ("sep_cma_es(popsize=1)", "popsize >= 2"),
        ("snes(popsize=1)", "popsize must be >= 2"),
        ("snes(shrunk=1)", "shrunk in"),
        ("sphere_cma_es(popsize=1)", "popsize must be >= 2"),
        ("sphere_cma_es(last=60)", "last <= first"),
        ("sphere_cma_es(radius=0)", "radius must be > 0"),
        ("basin_cma(steps=0)", "steps must be >= 1"),
        ("one_plus_one(sigma0=0)", "sigma0 must be > 0"),
        ("nelder_mead(size=0)", "collapsed < size"),
        ("differential_evolution(popsize=2)", "popsize must be >= 3"),
        ("particle_swarm(inertia=-1)", "inertia, own and swarm >= 0"),
        ("nevergrad:NGopt", "did you mean 'NGOpt'"),
        ("optuna:TPE", "did you mean 'TPESampler'"),
        ("optuna:GridSampler", "no sampler 'GridSampler' that a black box can feed"),
        ("scipy:nelder_maed", "did you mean 'nelder_mead'"),
        ("scipy:trust_exact", "that a black box can feed"),
        ("scipy:cobyla(differences=True)", "takes no differences"),
        ("bayes_opt(q=0)", "q, initial"),
        ("restarts(patience=0)", "patience must be >= 1"),
        ("chain(strategies=['cma_es'], shares=[1, 2])", "a share > 0 for each"),
        ("chain(strategies=[])", "a chain needs strategies"),
        ("guarded(guard='wall')", "guard must be one of none, clip"),
        ("guarded(limit=0)", "limit must be > 0"),
        ("auto(turns=0)", "turns must be >= 1"),
        ("ax(initial=0)", "initial must be >= 1"),
        ("smac(initial=0)", "initial must be >= 1"),
        ("smac(model='trees')", "model must be one of process, forest"),
    ],
)
def test_settings_out_of_range_are_refused_when_they_are_named(reference: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        bb.strategy(reference)


def test_settings_of_the_wrong_type_are_refused_too() -> None:
    with pytest.raises(registry.NameProblem, match=r"cma_es\(sigma0='wide'\)"):
        bb.strategy("cma_es(sigma0='wide')")


def test_sobol_says_where_its_tables_end() -> None:
    study = bb.compare(
        bb.Objective(lambda z: z.sum(-1), space=bb.Space.normal(30_000), name="wide"),
        ["sobol_search", "random_search"],
        3,
        seeds=1,
    )
    assert study.runs.status.tolist() == ["failed", "spent"]
    assert "use random_search" in study.runs.error[0]


OWN_FILES = """
import sys
from pathlib import Path
folder = Path({folder!r})
sys.path.append(str(folder))
from blackbox import cli
for arguments in (["list", "objectives"], ["run", "study.toml"], ["report", "."]):
    if arguments[0] == "report":
        (folder / "mine.py").write_text("raise SystemExit('imported')")
        sys.modules.pop("mine")
    assert cli.main(arguments) == 0, arguments
    assert "objectives" not in sys.modules, "a module of the working folder was imported"
assert "mine" not in sys.modules, "a report ran code of the working folder"
"""


@pytest.mark.slow
def test_files_of_the_working_folder_stand_in_for_no_package(tmp_path: Path) -> None:
    """Files that people name naturally change nothing, and a report runs no code from there."""
    for name in ("objectives", "reports", "space", "matplotlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    (tmp_path / "mine.py").write_text(
        "import blackbox as bb\n"
        "plant = bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.box(-1, 1, 3), name='p')\n"
    )
    (tmp_path / "study.toml").write_text(
        'objectives = ["mine:plant", "synthetic.sphere(d=2)"]\nstrategies = ["random_search"]\n'
        "budget = 9\nseeds = 2\n"
    )
    code = OWN_FILES.format(folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_old_place_of_an_objective_is_told_and_followed() -> None:
    with pytest.warns(DeprecationWarning, match=r"now blackbox\.objectives\.synthetic:sphere"):
        moved = registry.objective("objectives.synthetic:sphere(d=3)")
    assert moved.space.dim == 3
