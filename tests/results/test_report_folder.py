"""The folder of a report: whole or not at all, and nobody else's files."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest

import blackbox as bb
from blackbox.errors import ExportError, StoreError
from blackbox.results.report_folder import MANIFEST, renew
from blackbox.results.writing.csv_text import to_csv
from tests.conftest import make_trace
from tests.results.studies import comparison

FILES = {"README.md": b"one", "figures/a.svg": b"a", "figures/b.svg": b"b"}


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(f.relative_to(folder)): f.read_bytes() for f in files if f.name != MANIFEST}


def test_what_a_report_wrote_is_renewed_and_its_old_figures_go(tmp_path: Path) -> None:
    renew(tmp_path, FILES)
    assert content(tmp_path) == FILES
    again = {"README.md": b"two", "figures/a.svg": b"a"}
    renew(tmp_path, again)
    assert content(tmp_path) == again
    listed = json.loads((tmp_path / MANIFEST).read_text())["files"]
    assert listed.keys() == again.keys()
    assert all(len(hashes) == 1 for hashes in listed.values())


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("before", [True, False])
def test_a_file_that_no_report_wrote_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, before: bool
) -> None:
    if before:  # it was changed after a report had written it
        renew(tmp_path, dict.fromkeys(FILES, b"old"))
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    there = content(tmp_path)
    with pytest.raises(StoreError, match=f"{name}; name another folder, or remove them"):
        renew(tmp_path, FILES)
    assert content(tmp_path) == there


def test_a_folder_or_a_link_in_the_place_of_a_file_is_somebodys(tmp_path: Path) -> None:
    (tmp_path / "README.md").mkdir()
    with pytest.raises(StoreError, match=r"README\.md"):
        renew(tmp_path, FILES)
    (tmp_path / "README.md").rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"one")
    (tmp_path / "README.md").symlink_to(elsewhere)
    with pytest.raises(StoreError, match=r"README\.md"):
        renew(tmp_path, FILES)


def test_the_same_content_is_no_reason_to_refuse(tmp_path: Path) -> None:
    renew(tmp_path, FILES)
    (tmp_path / MANIFEST).write_text("{torn")
    renew(tmp_path, FILES)
    with pytest.raises(StoreError, match=r"figures/a\.svg"):
        (tmp_path / MANIFEST).write_text('["what"]')
        renew(tmp_path, FILES | {"figures/a.svg": b"new"})


def test_a_manifest_can_take_away_figures_only(tmp_path: Path) -> None:
    renew(tmp_path / "report", FILES)
    (tmp_path / "mine.md").write_bytes(b"one")
    (tmp_path / "report" / "figures" / "x.txt").write_bytes(b"one")
    path = tmp_path / "report" / MANIFEST
    listed = json.loads(path.read_text())["files"]
    hashes = listed["README.md"]
    names = ("../mine.md", "figures/x.txt", "figures/../README.md")
    path.write_text(json.dumps({"files": listed | dict.fromkeys(names, hashes)}))
    renew(tmp_path / "report", FILES)
    assert (tmp_path / "mine.md").exists()
    assert (tmp_path / "report" / "figures" / "x.txt").exists()


def full(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A disk on which so many files have room."""
    write, written = Path.write_bytes, []

    def write_bytes(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) > after:
            write(path, data[:1])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    renew(tmp_path, FILES)
    full(monkeypatch, after)
    with pytest.raises(StoreError, match=r"cannot be written to .*: No space left on device"):
        renew(tmp_path, dict.fromkeys(FILES, b"new"))
    assert content(tmp_path) == FILES
    monkeypatch.undo()
    renew(tmp_path, dict.fromkeys(FILES, b"new"))  # and the next one finds its own files


def test_a_stop_between_two_files_does_not_make_them_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew(tmp_path, FILES)
    replace, moved = os.replace, []

    def stopped(source: Path, target: Path) -> None:
        moved.append(target)
        if len(moved) == 3:  # the manifest, a file, and no more
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        renew(tmp_path, dict.fromkeys(FILES, b"new"))
    monkeypatch.undo()
    assert set(content(tmp_path)) == set(FILES)
    renew(tmp_path, dict.fromkeys(FILES, b"newer"))
    assert set(content(tmp_path).values()) == {b"newer"}


def test_a_path_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match=r"the report cannot be written to .*file"):
            renew(place, FILES)
        with pytest.raises(ExportError, match=r"in use|cannot be exported to .*file"):
            comparison([make_trace([1, 2])]).export(place, "csv")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        renew(tmp_path, FILES)


# names in a csv


def test_no_name_is_a_formula_and_no_number_is_touched() -> None:
    names = ["=1+1", "+a", "-a", "@a", "\ta", "\ra", "a=b", ""]
    table = pd.DataFrame({"name": names, "n": [-1.0] * 8, "=column": 1, "yes": True})
    table["kind"] = pd.Categorical(names)
    lines = to_csv(table).split("\n")
    assert lines[0] == "name,n,'=column,yes,kind"
    assert lines[1] == "'=1+1,-1.0,1,True,'=1+1"
    assert lines[7] == "a=b,-1.0,1,True,a=b"
    assert to_csv(table.iloc[:0]) == "name,n,'=column,yes,kind\n"
    assert to_csv(pd.DataFrame({"x": [1 / 3]}), digits=3) == "x\n0.333\n"


def test_an_export_defuses_names(tmp_path: Path) -> None:
    study = comparison([make_trace([-1, 2], strategy="=cmd|' /C calc'!A0", error="-x")])
    folder = study.export(tmp_path / "csv", "csv")
    for name in ("runs.csv", "evaluations.csv"):
        assert "'=cmd|' /C calc'!A0" in (folder / name).read_text()
        assert pd.read_csv(folder / name).shape[0] == (1 if name == "runs.csv" else 2)
    assert (pd.read_csv(folder / "evaluations.csv")["fval"] == [-1, 2]).all()
    assert bb.read_log(folder / "evaluations.csv", maximize=True).traces
