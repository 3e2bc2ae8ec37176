"""A sample of the campaign against names and study files, and what it has found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import blackbox as bb
from blackbox import registry, study_file
from tests.campaigns.names import campaign

DEEP = 100_000


def test_every_name_and_every_study_file_works_or_ends_in_an_error_of_ours() -> None:
    ends, leaks = campaign(300, 150, seed=2)
    assert leaks == []
    assert ends["name: worked"] > 10
    assert ends["file: worked"] > 10


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a(b=1) + c(d=2)", "is more than one name"),
        ("a(b=1)(c=2)", "is more than one name"),
        ("..:X", "is not of the form"),
        (f"random_search(batch={'-' * DEEP}1)", "cannot read the settings"),
        (f"random_search(batch={'-' * 3000}1)", "cannot read the settings"),
        (f"random_search(batch={'[' * DEEP}{']' * DEEP})", "cannot read the settings"),
        ("random_search(batch={[]: 1})", "cannot read the settings"),
        ("random_search(batch=1, batch=2)", "gives 'batch' twice"),
        ("scipy:cobyla(method='bfgs')", "gives 'method' twice"),
        ("random_search(**{'batch': 1})", "must be named"),
        ("restarts(strategy=cma_es)", "in quotes: 'cma_es', not cma_es"),
        ("restarts(strategy=cma_es(popsize=4))", r"in quotes: 'cma_es\(popsize=4\)', not cma_es"),
        ("chain(strategies=['cma_es', lbfgs])", "in quotes: 'lbfgs', not lbfgs"),
        ("restarts(strategy=nevergrad:CMA)", "a name inside a name is put in quotes"),
        ("math:pi", "3.14.*cannot be called"),
        (f"{__name__}:broken", r"KeyError: 'weights' \(.*test_name_fuzz.py, line \d+\)"),
        (f"{__name__}:DEEP", "cannot be called"),
    ],
)
def test_a_text_that_is_no_name_is_refused_in_words(text: str, error: str) -> None:
    with pytest.raises(bb.NameProblem, match=error) as caught:
        bb.strategy(text)
    assert len(str(caught.value)) < 1000
    with pytest.raises(bb.NameProblem):
        bb.objective(text)


@bb.maker
def broken() -> None:
    raise KeyError("weights")


FILE = 'objectives = "synthetic.sphere(d=2)"\nstrategies = "random_search"\nbudget = 9\n'


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (
            f"{FILE}name = 'Zürich'\n".encode("latin-1"),
            "line 4 holds the byte 0xfc; save it as UTF-8",
        ),
        (FILE.encode("utf-8-sig"), "byte-order mark"),
        (FILE.encode("utf-16"), "byte-order mark"),
        (f"{FILE}seeds = {'[' * DEEP}\n".encode(), "not valid TOML"),
        (f"{FILE}seeds = {'9' * 5000}\n".encode(), "not valid TOML"),
        (f"{FILE}seeds = 1_000_000_000\n".encode(), "at most 100000 seeds"),
        (f"{FILE}seeds = [99999999999999999999]\n".encode(), r"< 2\^63"),
        (f'{FILE}prices = ["x"]\n'.encode(), "prices are finite numbers"),
        (f"{FILE}prices = [{'9' * 400}]\n".encode(), "prices are finite numbers"),
    ],
)
def test_a_study_file_that_is_none_is_refused_in_words(
    tmp_path: Path, content: bytes, error: str
) -> None:
    (tmp_path / "study.toml").write_bytes(content)
    with pytest.raises(bb.StudyError, match=error):
        study_file.read(tmp_path / "study.toml")
    with pytest.raises(bb.StudyError, match="cannot be read"):
        study_file.read(tmp_path)


def test_a_place_that_is_no_folder_holds_no_runs(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(FILE)
    for place in (tmp_path / "study.toml", tmp_path / "absent", Path("a\0b")):
        with pytest.raises(bb.StoreError, match="there are no runs in"):
            bb.load(place)
    with pytest.raises(bb.StudyError, match="cannot be read: embedded null byte"):
        study_file.read(Path("a\0b"))


def test_infinity_and_nan_are_read_as_they_are_written() -> None:
    guarded = bb.strategy("guarded(limit=inf)")
    assert bb.strategy(registry.label(guarded)) == guarded
    assert registry.parse("a(b=[-inf, nan])").settings["b"][0] == float("-inf")


def test_a_table_that_gives_a_setting_twice_is_refused() -> None:
    table = {"objectives": "synthetic.sphere", "budget": 9}
    entry = {"name": "cma_es(popsize=4)", "popsize": 8}
    with pytest.raises(bb.StudyError, match="gives 'popsize' twice"):
        study_file.from_table({**table, "strategies": [entry]})


@pytest.mark.parametrize("objectives", [[5], [f"{__name__}:DEEP"], [None]])
def test_what_is_no_objective_is_refused_before_anything_is_paid(objectives: list[Any]) -> None:
    with pytest.raises(bb.NameProblem, match=r"not an objective|cannot be called"):
        bb.compare(objectives, "random_search", 9)
