"""Tables of logs: read where one reading is certain, refused with the place where two are."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.errors import LogError

HEAD = "neval,fval,fname,algname,dim,run\n"
LOG = f"{HEAD}1,3.5,F,a,4,0\n2,2.25,F,a,4,0\n1,9.5,F,a,4,1\n2,1.125,F,a,4,1\n"
BESTS = {0: 2.25, 1: 1.125}


def written(folder: Path, content: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def bests(source: Path | pd.DataFrame, *notices: str, **asked: Any) -> dict[int, float]:
    """The best of each run, and exactly these notices."""
    with warnings.catch_warnings(action="ignore", category=bb.StudyWarning):
        study = bb.read_log(source, **{"maximize": False, **asked})
    told = study.recipe.get("notices", [])
    assert len(told) == len(notices), told
    for notice, one in zip(notices, told, strict=True):
        assert notice in one
    return dict(zip(study.runs["seed"], study.runs["best"], strict=True))


CERTAIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "semicolons": (LOG.replace(",", ";"), ()),
    "tabs": (LOG.replace(",", "\t"), ()),
    "bars": (LOG.replace(",", "|"), ()),
    "blanks": (LOG.replace(",", "  "), ()),
    "blanks after commas": (LOG.replace(",", ", "), ()),
    "decimal commas": (LOG.replace(",", ";").replace(".", ","), ("read as decimal ones",)),
    "quoted decimal commas": (LOG.replace("3.5", '"3,5"').replace("2.25", '"2,25"')
                              .replace("9.5", '"9,5"').replace("1.125", '"1,125"'),
                              ("read as decimal ones",)),
    "a comma at the end of each row": (LOG.replace("\n", ",\n").replace("run,", "run"),
                                       ("a separator at the end of each row",)),
    "commas at all ends": (LOG.replace("\n", ",\n"), ()),
    "pandas' numbers of rows": (pd.read_csv(__import__("io").StringIO(LOG)).to_csv(), ()),
    "Excel's statement of the separator": ("sep=;\r\n" + LOG.replace(",", ";"), ()),
    "the same in quotes": ('"sep=\t"\n' + LOG.replace(",", "\t"), ()),
    "plain names": (
        LOG.replace(HEAD, "evaluation,score,objective,strategy,dim,seed\n"), ()),
    "plain names and semicolons": (
        LOG.replace(HEAD, "evaluation,score,objective,strategy,dim,seed\n").replace(",", ";"), ()),
    "some plain names": (LOG.replace("neval", "evaluation").replace("fval", "score"), ()),
    "row names of R": (
        "".join(f"{n} {line}" if n else line
                for n, line in enumerate(LOG.replace(",", " ").splitlines(keepends=True))),
        ("row names without a header",),
    ),
    "comments and blank lines": (f"# by me\n\n{LOG}\n% the end\n", ()),
    "a header twice": (LOG.replace("1,9.5", f"{HEAD}1,9.5"), ("repeats its header in line 4",)),
    "rows in disorder": (HEAD + "".join(reversed(LOG.splitlines(keepends=True)[1:])),
                         ("rows in disorder",)),
    "counted from 0": (LOG.replace("\n1,", "\n0,").replace("\n2,", "\n1,"),
                       ("counts evaluations from 0",)),
    "line ends of Windows": (LOG.replace("\n", "\r\n"), ()),
    "line ends of old": (LOG.replace("\n", "\r"), ()),
    "no end of the last line": (LOG[:-1], ("without the end of a line",)),
}  # fmt: skip


@pytest.mark.parametrize("case", CERTAIN)
def test_what_can_be_read_in_one_way_is_read(tmp_path: Path, case: str) -> None:
    text, notices = CERTAIN[case]
    expected = BESTS
    if case == "rows in disorder":
        assert sorted(bests(written(tmp_path, text), *notices).items()) == sorted(expected.items())
    else:
        assert bests(written(tmp_path, text), *notices) == expected


REFUSED: dict[str, tuple[str, str]] = {
    "a decimal comma between commas": (LOG.replace("9.5", "9,5"), "line 4: 7 cells.*decimal comma"),
    "thousands or decimals": (
        LOG.replace(",", ";").replace("3.5", "3,500").replace("2.25", "2").replace("9.5", "4"),
        r"line 2, column 'fval'.*'3,500'",
    ),
    "only thousands or decimals": (
        "neval;fval;fname;algname;dim\n1;1,234;F;a;4\n",
        "line 2, column 'fval'.*decimal one or part thousands.*pandas.read_csv",
    ),
    "a comma at the end of some rows": (LOG.replace("a,4,1\n2", "a,4,1,\n2"), "line 4: 7 cells"),
    "numbers of rows without a name": (
        "".join(f"{n},{line}" if n else line for n, line in enumerate(LOG.splitlines(True))),
        "number of the row in front, or a decimal comma",
    ),
    "a row that is cut": (LOG[:-5], "line 5: 4 cells.*cut there; take the line away"),
    "an open quote": (LOG.replace("F,a,4,1", '"F,a,4,1', 1), "is a quote not closed"),
    "a comment that may be a name": (
        "fname,fval,algname,dim\nF,1,a,4\n#F,2,a,4\n",
        "line 3.*may be a comment, or a row",
    ),
    "an empty seed": (LOG.replace("9.5,F,a,4,1", "9.5,F,a,4,"), "line 4, column 'run'.*which run"),
    "a seed that is no number": (LOG.replace("a,4,1\n2", "a,4,x\n2"), "line 4.*numbers from 0"),
    "an empty name": (LOG.replace("9.5,F,a", "9.5,F,"), "line 4, column 'algname'.*a name, not ''"),
    "evaluation 1.9": (LOG.replace("2,1.125", "1.9,1.125"), "line 5, column 'neval'.*whole"),
    "evaluation -1": (LOG.replace("2,1.125", "-1,1.125"), "line 5, column 'neval'.*whole"),
    "a counter from 0 among others": (LOG.replace("1,9.5", "0,9.5"), "line 4.*from 1, as in other"),
    "no evaluation": (LOG.replace("2,1.125", ",1.125"), "line 5, column 'neval'.*whole"),
    "a word for a number": (LOG.replace("1.125", "good"), "line 5, column 'fval'.*not 'good'"),
    "an underscore": (LOG.replace("1.125", "1_000"), "line 5, column 'fval'.*not '1_000'"),
    "too large": (LOG.replace("1.125", "1e999"), "line 5.*that a float can hold"),
    "no dimension": (LOG.replace("F,a,4", "F,a,0"), "line 2, column 'dim'.*from 1"),
    "too many dimensions": (LOG.replace("F,a,4", "F,a,99999999"), "from 1 to 1000000"),
    "a separator that parts nothing": (f"sep=:\n{LOG}", "line 1 says that ':' parts.*commas"),
    "a column twice": (LOG.replace("algname", "fval"), "several columns 'fval'"),
    "a slip in a name": (LOG.replace("neval", "nevals"), "no column .*did you mean 'nevals'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_be_read_in_two_ways_or_none_is_refused(tmp_path: Path, case: str) -> None:
    text, told = REFUSED[case]
    with pytest.raises(LogError, match=f"(?s)log.csv.*{told}|{told}"):
        bests(written(tmp_path, text))


def test_evaluations_that_fall_without_a_seed_may_be_two_runs(tmp_path: Path) -> None:
    text = "neval,fval,fname,algname,dim\n1,5,F,a,2\n3,4,F,a,2\n2,3,F,a,2\n"
    with pytest.raises(LogError, match=r"line 4.*fall from 3 to 2.*the one that means seed"):
        bests(written(tmp_path, text))


def test_gradients_are_whole_and_do_not_fall(tmp_path: Path) -> None:
    head = HEAD.replace("run", "run,n_gradients")
    for last, told in (
        ("0", "cannot fall from 1"),
        ("1.5", "whole"),
        ("", "whole"),
        ("-1", "whole"),
    ):
        text = f"{head}1,5,F,a,2,0,1\n2,4,F,a,2,0,{last}\n"
        with pytest.raises(LogError, match=f"line 3, column 'n_gradients': .*{told}"):
            bests(written(tmp_path, text))


@pytest.mark.parametrize("budget", [-5, "nan", "inf", 0, "many"])
def test_a_budget_is_above_0(tmp_path: Path, budget: Any) -> None:
    with pytest.raises(LogError, match="budget"):
        bests(written(tmp_path, LOG), fixed={"budget": budget})


@pytest.mark.parametrize("maximize", ["min", 1, "True", None])
def test_maximize_is_true_or_false(tmp_path: Path, maximize: Any) -> None:
    with pytest.raises(LogError, match="maximize"):
        bests(written(tmp_path, LOG), maximize=maximize)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "log.csv.gz": gzip.compress,
    "log.csv.bz2": bz2.compress,
    "log.csv.xz": lzma.compress,
}


@pytest.mark.parametrize("name", PACKED)
def test_what_is_compressed_is_read_and_what_is_cut_is_told(tmp_path: Path, name: str) -> None:
    packed = PACKED[name](LOG.encode())
    assert bests(written(tmp_path, packed, name)) == BESTS
    assert bests(written(tmp_path, packed, "any.name")) == BESTS
    with pytest.raises(LogError, match="cut short or damaged"):
        bests(written(tmp_path, packed[:-9], name))


def test_an_archive_holds_one_table(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/log.csv", LOG)
        archive.writestr("__MACOSX/a/._log.csv", "x")
    assert bests(path) == BESTS
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other.csv", LOG)
    with pytest.raises(LogError, match=r"holds 2 tables, not one: a/log.csv, other.csv"):
        bests(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.csv", gzip.compress(LOG.encode()))
    assert bests(path) == BESTS
    inner = path.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.csv", inner)
    with pytest.raises(LogError, match="an archive in an archive"):
        bests(path)
    with tarfile.open(tmp_path / "logs.tgz", "w:gz") as tar:
        tar.add(written(tmp_path, LOG), "./log.csv")
    assert bests(tmp_path / "logs.tgz") == BESTS


def test_a_bomb_is_not_unfolded(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(65 * 2**20), 1)
    with pytest.raises(LogError, match="more than 200 times its size"):
        bests(written(tmp_path, bomb, "log.csv.gz"))


@pytest.mark.parametrize(
    ("encoding", "notices"),
    [("utf-8-sig", ()), ("utf-16", ()), ("utf-32", ()), ("utf-16-le", ("UTF-16-LE",))],
)
def test_an_encoding_says_what_it_is(
    tmp_path: Path, encoding: str, notices: tuple[str, ...]
) -> None:
    path = written(tmp_path, LOG.encode(encoding))
    assert bests(path, *notices) == BESTS


def test_a_western_encoding_is_read_with_a_notice(tmp_path: Path) -> None:
    path = written(tmp_path, LOG.replace("F", "Füße").encode("latin-1"))
    assert bests(path, "byte 0xFC in line 2") == BESTS
    with pytest.raises(LogError, match="neither UTF-8 nor Windows-1252"):
        bests(written(tmp_path, LOG.replace("F", "\x81").encode("latin-1")))


def test_a_frame_and_its_parquet_are_read_like_its_csv(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path, LOG))
    assert bests(frame) == BESTS
    assert bests(frame.set_index(pd.Index([7, 7, 8, 9]))) == BESTS
    frame.to_parquet(tmp_path / "log.parquet")
    assert bests(tmp_path / "log.parquet") == BESTS
    frame.loc[2, "neval"] = np.nan
    with pytest.raises(LogError, match="the frame, row 2, column 'neval'"):
        bests(frame)
    with pytest.raises(LogError, match=r"the frame, row 0, column 'fval'.*must be a number"):
        bests(frame.assign(fval=True))
    with pytest.raises(LogError, match="is a folder, not a frame"):
        bb.read_log(frame, "coco")


def test_scores_that_are_none_are_invalid_and_told(tmp_path: Path) -> None:
    for cell in ("", "nan", "inf", "-inf", "NULL"):
        path = written(tmp_path, LOG.replace("1.125", cell))
        assert bests(path, "1 of 4 scores") == {0: 2.25, 1: 9.5}


def test_what_looks_lost_is_told(tmp_path: Path) -> None:
    rows = [f"{n},{10 - n},F,{a},4,{s}\n" for a in "ab" for s in (0, 1) for n in (1, 2, 3, 4)]
    text = HEAD + "".join(rows)
    assert len(bests(written(tmp_path, text))) == 2
    for lost, told in (
        ([12, 13, 14, 15], "b has 1 runs on F"),
        ([5], "run 1 of a on F (d=4) lacks 1 evaluations, 2 the first"),
        ([4], "run 1 of a on F (d=4) begins with evaluation 2"),
        ([14, 15], "run 1 of b on F (d=4) ends with evaluation 2, where all others end with 4"),
    ):
        left = HEAD + "".join(row for n, row in enumerate(rows) if n not in lost)
        bests(written(tmp_path, left), told)


def test_a_nevergrad_csv_with_numbers_of_rows_has_the_same_objectives(tmp_path: Path) -> None:
    head = "optimizer_name,budget,loss,dimension,name,seed\n"
    text = head + "".join(f"{a},5,{n},2,F,{n}\n" for a in "ab" for n in range(3))
    frame = pd.read_csv(written(tmp_path, text))
    for source, notices in ((frame, ()), (frame.reset_index(), ("numbers of rows",))):
        with warnings.catch_warnings(action="ignore", category=bb.StudyWarning):
            study = bb.read_log(source, "nevergrad")
        assert study.recipe["objectives"] == ["F"]
        assert [n in str(study.recipe.get("notices")) for n in notices] == [True] * len(notices)
    with pytest.raises(LogError, match="'line' has another value in each row"):
        bb.read_log(frame.assign(line=range(6)), "nevergrad")
    for column, value, told in (
        ("budget", -5, "a budget is a number above 0"),
        ("budget", np.nan, "a budget is a number above 0"),
        ("optimizer_name", None, "a name"),
        ("seed", 1.5, "a seed is a whole number"),
        ("dimension", 0, "from 1"),
    ):
        changed = frame.astype({column: object})
        changed.loc[1, column] = value
        with pytest.raises(LogError, match=f"row 1, column '{column}': .*{told}"):
            bb.read_log(changed, "nevergrad")
