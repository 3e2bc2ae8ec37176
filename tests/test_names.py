"""From names to things: call form, labels, plug-ins, packages that are not installed."""

from __future__ import annotations

import dataclasses
import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import names
from blackbox.protocol import Brief, Search
from blackbox.strategies.tools.optional import MissingPackage

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
    call = names.Call(name, None, settings)
    assert names.parse(str(call)) == call


@dataclasses.dataclass(frozen=True)
class OneOfMine:
    """A strategy from elsewhere."""

    step: float = 0.5
    needs = frozenset()

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Stay."""
        while True:
            yield bb.Ask(brief.start[:1])


class Nothing:
    """Neither a strategy nor an objective."""


class Named(OneOfMine):
    name = "my way"


def test_labels_show_what_is_not_the_default() -> None:
    assert names.label(bb.strategy("cma_es(popsize=8, sigma0=0.5)")) == "cma_es(popsize=8)"
    assert names.label(bb.strategy("nevergrad:OnePlusOne")) == "nevergrad:OnePlusOne"
    assert names.label(OneOfMine()) == "one_of_mine"
    assert names.label(OneOfMine(step=1.0)) == "one_of_mine(step=1.0)"
    assert names.label(Named()) == "my way"


def test_one_s_own_is_found_by_module_and_attribute() -> None:
    assert names.strategy("test_names:OneOfMine(step=2.0)") == OneOfMine(step=2.0)
    with pytest.raises(names.NameProblem, match="did you mean 'OneOfMine'"):
        names.strategy("test_names:OneOfMin")
    with pytest.raises(names.NameProblem, match="no `needs` and `search`"):
        names.strategy("test_names:Nothing")
    with pytest.raises(names.NameProblem, match=r"not a bb\.Objective"):
        names.objective("test_names:Nothing")


def test_entry_points_are_plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("plugged", "test_names:OneOfMine", "blackbox.strategies")
    found = {"blackbox.strategies": [point]}
    monkeypatch.setattr(names, "entry_points", lambda group: found.get(group, []))
    assert names.strategy("plugged(step=3.0)") == OneOfMine(step=3.0)
    row = next(row for row in names.listing("strategies") if row["name"] == "plugged")
    assert row["what it is"] == "A strategy from elsewhere."
    assert names.label(OneOfMine()) == "plugged"


@pytest.mark.parametrize(
    ("package", "reference"), [("cma", "cma_es"), ("nevergrad", "nevergrad:OnePlusOne")]
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
        ("zeroth_order(samples=0)", "samples"),
        ("cma_es(sigma0=-1)", "sigma0 must be > 0"),
        ("bayes_opt(q=0)", "q, initial"),
    ],
)
def test_settings_out_of_range_are_refused_when_they_are_named(reference: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        bb.strategy(reference)


def test_settings_of_the_wrong_type_are_refused_too() -> None:
    with pytest.raises(names.NameProblem, match=r"cma_es\(sigma0='wide'\)"):
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
