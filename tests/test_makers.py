"""What a name may call: no command runs because a study file says so."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import blackbox as bb
from blackbox import registry
from blackbox.makers import may_make
from blackbox.objectives import TABLE as OBJECTIVES
from blackbox.objectives.synthetic import sphere
from blackbox.places import at
from blackbox.strategies import TABLE as STRATEGIES
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.study_file import from_table
from tests.conftest import bowl

if TYPE_CHECKING:
    import blackbox as for_checkers

SPACE = bb.Space.normal(3)
HERE = __name__
calls: list[str] = []


@pytest.fixture(autouse=True)
def nothing_is_called() -> Iterator[None]:
    calls.clear()
    yield
    calls.clear()


def unannotated(command="x"):  # type: ignore[no-untyped-def]
    calls.append(command)
    return sphere(3)


def annotated(d: int = 3) -> bb.Objective:
    return bb.Objective(bowl, space=bb.Space.normal(d), name=f"annotated({d})")


def of_a_checker(d: int = 3) -> for_checkers.Objective:
    return annotated(d)


def of_two_kinds(large: bool = False) -> CmaEs | bb.Strategy:
    return CmaEs(popsize=40 if large else None)


def elsewhere() -> dict[str, bb.Objective]:
    calls.append("dict")
    return {"mine": annotated()}


marked = bb.maker(functools.partial(unannotated, "marked"))
cached = functools.cache(annotated)
NOT_ONE = [1, 2]


class Plant(bb.Objective):
    @classmethod
    def of(cls, d: int) -> bb.Objective:
        return annotated(d)


class Mine:
    def search(self, brief, rng):  # type: ignore[no-untyped-def]
        while True:
            yield bb.Ask(brief.start[:1])


class Mailbox:
    """Like imaplib.IMAP4_stream: it has a `search`, and its making runs a command."""

    def __init__(self, command: str = "") -> None:
        calls.append(command)

    def search(self, charset: str, *criteria: str) -> list[str]:
        return []


class Client:
    def __init__(self, host: str = "") -> None:
        calls.append(host)

    def search(self, query: str, limit: int) -> list[str]:
        return []


@bb.maker
class Wrapped:
    def search(self, *given: Any) -> Any:
        return Mine().search(*given)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("kind", ["objectives", "strategies"])
@pytest.mark.parametrize(
    "name",
    [
        "os:system(command='touch {}')",
        "subprocess:Popen(args=['touch', '{}'])",
        "subprocess:run(args=['touch', '{}'])",
        "imaplib:IMAP4_stream(command='touch {}')",
        'builtins:exec(source=\'open("{}", "w")\')',
        "builtins:open(file='{}', mode='w')",
        "pathlib:Path.touch(self='{}')",
        "shutil:rmtree(path='{}')",
        "unittest.mock:call(path='{}')",
        "restarts(strategy='os:system(command=\\'touch {}\\')')",
        "chain(strategies=['cma_es', 'os:system(command=\\'touch {}\\')'])",
        "auto(members=['os:system(command=\\'touch {}\\')'])",
    ],
)
def test_a_study_file_runs_no_command(kind: str, name: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    table = {"objectives": ["synthetic.sphere"], "strategies": ["cma_es"], "budget": 5}
    study = from_table({**table, kind: [name.format(mark)]})
    with pytest.raises(bb.NameProblem):
        study.plan()
    assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("os:system(command='x')", "the function posix.system, which is not known to make"),
        (f"{HERE}:unannotated", "annotate it `-> bb.Objective`, or mark it with @bb.maker"),
        (f"{HERE}:elsewhere", "not known to make an objective"),
        (f"{HERE}:NOT_ONE", r"leads to \[1, 2\], which is not an objective and cannot be called"),
        (f"{HERE}:Mailbox(command='x')", "the class .*Mailbox, which is no bb.Objective"),
        (f"{HERE}:Mine", "which is no bb.Objective, so it is not called"),
        (f"{HERE}:of_two_kinds", "not known to make an objective"),
        (f"{HERE}:instance(d=3)", "which has no settings"),
    ],
)
def test_what_is_no_maker_is_refused_before_it_is_called(name: str, error: str) -> None:
    with pytest.raises(bb.NameProblem, match=error):
        bb.compare([name], ["random_search"], 5, seeds=1)
    assert calls == []


@pytest.mark.parametrize("name", ["Mailbox(command='x')", "Client", "unannotated", "annotated"])
def test_a_method_called_search_makes_no_strategy(name: str) -> None:
    with pytest.raises(bb.NameProblem, match=r"annotated? (it )?`-> bb\.Strategy`"):
        bb.strategy(f"{HERE}:{name}")
    assert calls == []


instance = annotated()


@pytest.mark.parametrize(
    "name",
    ["annotated(d=4)", "of_a_checker(d=4)", "marked", "cached(d=4)", "Plant.of(d=4)", "instance"],
)
def test_an_objective_is_made_by_what_is_known_to_make_one(name: str) -> None:
    assert isinstance(registry.objective(f"{HERE}:{name}"), bb.Objective)


@pytest.mark.parametrize("name", ["Mine", "Wrapped", "of_two_kinds(large=True)"])
def test_a_strategy_is_made_by_what_is_known_to_make_one(name: str) -> None:
    assert isinstance(registry.strategy(f"{HERE}:{name}"), bb.Strategy)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_shipped_objective_may_be_made(name: str) -> None:
    assert may_make(at(OBJECTIVES[name]), "objective")


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_shipped_strategy_may_be_made(name: str) -> None:
    assert may_make(at(STRATEGIES[name]), "strategy")


def test_what_cannot_be_marked_is_told() -> None:
    with pytest.raises(TypeError, match="write a function that calls it"):
        bb.maker(os.getcwd)


def test_an_annotation_is_looked_up_and_not_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sly_annotation.py").write_text(
        "import blackbox as bb\nran = []\n"
        "def make() -> 'ran.append(1) or bb.Objective': ran.append(2)\n"
        "def odd() -> '((((': ran.append(2)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("make", "odd"):
        with pytest.raises(bb.NameProblem, match="annotate it"):
            bb.objective(f"sly_annotation:{name}")
    assert sys.modules["sly_annotation"].ran == []
