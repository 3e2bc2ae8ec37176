"""An external program as a scorer: what it is told, what it may answer, and what may go wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox.constraints import Scored
from blackbox.identity import identity
from blackbox.objective_table import call_of, made
from tests import warm

Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    """Makes the script `score.sh` of the folder in which the test stands."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        path = tmp_path / "score.sh"
        path.write_text(f"#!/bin/sh\n{textwrap.dedent(text)}")
        path.chmod(0o755)
        return path

    return write


def test_values_travel_as_what_they_are(written: Written) -> None:
    written('read line; echo "$line" > /dev/stderr; echo "chatter"; echo 1.5')
    called = bb.command(["./score.sh"], logs="logs")
    assert called(rate=np.float64(0.5), tanks=np.int64(3), kind="a b") == 1.5
    (log,) = Path("logs").glob("score.sh-*.log")
    line = log.read_text().splitlines()[1]
    assert json.loads(line) == {"rate": 0.5, "tanks": 3, "kind": "a b"}
    called(np.array([1.0, 2.0]))
    assert '{"x": [1.0, 2.0]}' in log.read_text()


def test_files_stand_for_the_input_and_the_output(written: Written) -> None:
    written('pwd > where; cat where "$1" >&2; cp "$1" copy; echo \'{"score": 2}\' > "$2"; echo no')
    called = bb.command(["./score.sh", "{input}", "{output}"], logs="logs")
    assert called(a=1) == 2.0
    (log,) = Path("logs").iterdir()
    place, given = log.read_text().splitlines()[1:3]
    assert json.loads(given) == {"a": 1}
    assert not Path(place).exists()  # its own folder, gone with the call
    assert not Path("copy").exists()


ANSWERS: dict[str, Any] = {
    "3": 3.0,
    '{"score": -1.5}': -1.5,
    '{"profit": 3, "waste": 0.5}': {"profit": 3.0, "waste": 0.5},
    "[1, 2.5]": [1.0, 2.5],
}


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_numbers_by_name_or_without(written: Written, text: str) -> None:
    written(f"echo '{text}'")
    answer = bb.command(["./score.sh"])(a=1)
    assert (answer.tolist() if isinstance(answer, np.ndarray) else answer) == ANSWERS[text]


def test_constraints_may_come_with_the_score(written: Written) -> None:
    written("""echo '{"score": 1, "constraints": {"stress": -2}}'""")
    answer = bb.command(["./score.sh"])(a=1)
    assert isinstance(answer, Scored)
    assert (answer.score, answer.constraints) == (1.0, {"stress": -2.0})


FAILURES = {
    "echo; echo": "ended well and printed nothing",
    "echo 1.5 m": "'1.5 m', which is no JSON; a program answers with one line",
    "echo NaN": "answered nan for its score: an object without a score",
    "echo null": "answered null for its score",
    "echo '{\"a\": Infinity}'": "answered inf for a",
    'echo \'{"a": "x"}\'': "answered 'x' for a",
    "echo true": "answered 'True' for its score",
    "echo no licence >&2; exit 3": "ended with exit code 3; its last words: no licence",
    "kill -SEGV $$": "score.sh killed by SIGSEGV",
    "yes": "printed more than 1 MB and was killed",
}


@pytest.mark.parametrize("script", FAILURES)
def test_what_is_no_answer_is_told(written: Written, script: str) -> None:
    written(script)
    with pytest.raises(bb.ProgramFailed, match=re.escape(FAILURES[script])):
        bb.command(["./score.sh"])(a=1)


def test_an_output_that_is_not_written_is_told(written: Written) -> None:
    written("echo 1")
    with pytest.raises(bb.ProgramFailed, match=r"ended well and wrote no \{output\}"):
        bb.command(["./score.sh", "{output}"])(a=1)


def test_what_is_no_program_is_refused_at_once(written: Written) -> None:
    path = written("echo 1")
    for given, words in (
        ("./score.sh", "a command is a list of arguments"),
        ([], "a command is a list of arguments"),
        (["./score.sh", 3], "arguments of a command are texts, not 3"),
        (["./other.sh"], "there is no program ./other.sh .looked for /"),
        (["score.sh"], "no program 'score.sh' on the PATH; for the file in this folder write ./s"),
    ):
        with pytest.raises(bb.ObjectiveError, match=words):
            bb.command(given)  # type: ignore[arg-type]
    path.chmod(0o644)
    with pytest.raises(bb.ObjectiveError, match=r"not executable: run `chmod \+x ./score.sh`"):
        bb.command(["./score.sh"])


def test_a_program_that_goes_or_is_none_is_told_when_it_is_called(written: Written) -> None:
    path = written("echo 1")
    called = bb.command(["./score.sh"])
    path.write_text("no first line")
    with pytest.raises(bb.ObjectiveError, match=r"no first line like #!/bin/sh"):
        called(a=1)
    path.unlink()
    with pytest.raises(bb.TryAgain, match="cannot be run"):
        called(a=1)


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    limit = time.monotonic() + seconds
    while not holds() and time.monotonic() < limit:
        time.sleep(0.02)
    return holds()


TREE = "(sleep 1000 & echo $! > {0}/inner; wait) & sleep 1000"


def test_after_its_time_a_program_is_killed_with_all_that_it_started(
    written: Written, tmp_path: Path
) -> None:
    written(TREE.format(tmp_path))
    with pytest.raises(bb.CallTimedOut, match=r"took longer than 0\.5 s; it was killed, with all"):
        bb.command(["./score.sh"], timeout=0.5)(a=1)
    pid = int((tmp_path / "inner").read_text())
    assert until(lambda: is_gone(pid))


def test_what_a_program_leaves_running_ends_with_its_call(written: Written, tmp_path: Path) -> None:
    written(f"sleep 1000 & echo $! > {tmp_path}/left; echo 1")
    assert bb.command(["./score.sh"])(a=1) == 1.0
    pid = int((tmp_path / "left").read_text())
    assert until(lambda: is_gone(pid))


def test_no_program_outlives_the_process_that_calls_it(written: Written, tmp_path: Path) -> None:
    written(TREE.format(tmp_path))
    code = "import blackbox as bb; bb.command(['./score.sh'])(a=1)"
    process = warm.Popen([sys.executable, "-c", code], cwd=tmp_path)
    inner = tmp_path / "inner"
    assert until(lambda: inner.exists() and bool(inner.read_text().strip()), 60)
    time.sleep(0.5)  # it is noted by now, busy as this machine may be
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert until(lambda: is_gone(int(inner.read_text())))


def test_a_program_and_its_files_count_by_their_content(written: Written) -> None:
    path, data = written("echo 1"), Path("data.txt")
    data.write_text("1")

    def digest(**changed: Any) -> str:
        return identity(bb.command(["./score.sh", "data.txt", "fast"], **changed)).digest

    before = digest()
    assert digest(timeout=3, logs="elsewhere") == before
    data.write_text("2")
    edited = digest()
    assert edited != before
    path.write_text(path.read_text() + "# edited\n")
    assert digest() not in (before, edited)


PLANT = {
    "name": "plant",
    "command": ["./score.sh"],
    "parameters": {
        "a": {"kind": "real", "lower": 0, "upper": 1, "unit": "mm"},
        "b": {"kind": "choice", "options": ["u", "v"]},
    },
    "constraints": {"waste": {"at_most": 0.5}},
    "noise": False,
    "timeout": 60.0,
}
SCRIPT = """
read line
case "$line" in *'"b": "u"'*) p=2;; *) p=1;; esac
case "$BLACKBOX_PARAMETERS" in *mm*) ;; *) exit 1;; esac
echo "saw $line" >&2
echo "{\\"profit\\": $p, \\"waste\\": 0.1}"
"""


def test_a_study_file_names_a_program_of_its_folder(written: Written, tmp_path: Path) -> None:
    written(SCRIPT)
    study = bb.compare(
        call_of(PLANT, "study.toml"), "random_search", 8, seeds=[1], store=tmp_path / "out"
    )
    trace = study.traces[0]
    assert trace.valid.all()
    assert set(trace.score) == {1.0, 2.0}
    assert (trace.constraints["waste"] == 0.4).all()
    (log,) = (tmp_path / "out/runs/logs").iterdir()
    assert log.read_text().count("saw {") == 8


@pytest.mark.parametrize("first", ["cat", "/bin/cat", "../score.sh", "./sub/../../score.sh"])
def test_a_study_file_runs_no_program_that_lies_elsewhere(written: Written, first: str) -> None:
    written(SCRIPT)
    Path("sub").mkdir()
    os.chdir("sub")
    with pytest.raises(bb.NameProblem, match="is no program of this folder"):
        made("plant", PLANT["parameters"], command=[first])  # type: ignore[arg-type]
