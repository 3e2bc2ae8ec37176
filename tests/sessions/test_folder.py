"""A session's folder: opened again after any end, by anybody, and said where it is damaged."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.errors import ReplayDiverged, SessionError, StoreError
from blackbox.notices import StudyWarning
from blackbox.protocol import Ask, Brief, Search
from tests import warm
from tests.sessions.laboratory import BOX, FROM_START, PARAMETERS, begun, tried, worked


def journals(folder: Path) -> list[Path]:
    return sorted((folder / "journals").glob("*.journal"))


def test_a_session_is_opened_again_by_its_folder_or_by_the_same_call(tmp_path: Path) -> None:
    whole = worked(begun(space=PARAMETERS, seed=3))
    session = begun(tmp_path / "lab", space=PARAMETERS, seed=3)
    for nth in range(20):
        table = session.ask()
        session.tell(tried(table)[: 1 + nth % 3])
        session = (
            bb.session(folder=tmp_path / "lab")
            if nth % 2
            else begun(tmp_path / "lab", space=PARAMETERS, seed=3)
        )
        assert session.remaining == 14 - len(session.history)
    assert session.history.equals(whole.history)
    assert not len(session.ask())


def test_all_settings_are_there_again(tmp_path: Path) -> None:
    past = pd.DataFrame(
        {"heat": [50.0], "stages": 2, "solvent": "water", "score": 3.0, "waste": 1.0}
    )
    settings: dict[str, Any] = {
        "space": PARAMETERS,
        "strategy": "bayes_opt",
        "constraints": {"waste": bb.AtMost(0.5)},
        "maximize": False,
        "noise": 0.25,
        "known": past,
    }
    first = begun(tmp_path, **settings)
    assert bb.session(folder=tmp_path).ask().equals(first.ask())
    assert begun(tmp_path, **settings).ask().equals(first.ask())
    for space in (bb.Space.normal((2, 2)), bb.Space.sphere(3), bb.Space.box([0, 1, 2], [1, 1, 3])):
        folder = tmp_path / str(space)
        asked = begun(folder, space=space).ask()
        assert bb.session(folder=folder).ask().equals(asked)


def test_another_session_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    for settings, reason in (
        ({"strategy": "bayes_opt"}, r"strategy was \"cma_es\(start='first'\)\", is 'bayes_opt'"),
        ({"seed": 1}, "seed was 0, is 1"),
        ({"space": bb.Space.box(-2, 3, 2)}, "space was"),
        ({"budget": 5}, "budget was 14, is 5"),
        ({"maximize": False}, "maximize was True, is False"),
    ):
        with pytest.raises(SessionError, match=reason):
            begun(tmp_path, **settings)
    bb.compare("synthetic.sphere(d=2)", "random_search", 2, seeds=1, store=tmp_path / "study")
    with pytest.raises(StoreError, match="holds something else"):
        begun(tmp_path / "study")
    with pytest.raises(SessionError, match="there is none in"):
        bb.session(folder=tmp_path / "empty")


def test_the_budget_may_grow_unless_the_search_has_planned_by_it(tmp_path: Path) -> None:
    worked(begun(tmp_path / "a", budget=5))
    longer = worked(begun(tmp_path / "a", budget=9))
    assert longer.history.equals(worked(begun(budget=9)).history)
    assert bb.session(folder=tmp_path / "a").remaining == 0
    begun(tmp_path / "b", strategy="bayes_opt", budget=5)
    with pytest.raises(SessionError, match="has planned by its budget of 5"):
        begun(tmp_path / "b", strategy="bayes_opt", budget=9)


def test_two_who_work_on_one_folder_see_what_the_other_has_told(tmp_path: Path) -> None:
    one, other = begun(tmp_path), bb.session(folder=tmp_path)
    one.tell(1, -1.0)
    assert other.ask()["id"].tolist() == [2, 3, 4, 5, 6, 7]
    assert other.tell(dict.fromkeys(range(2, 8), -2.0)) == 6
    with pytest.raises(SessionError, match="id 3 was told"):
        one.tell(3, -9.0)
    assert one.ask().equals(other.ask())


KILLED = """
import os, signal, sys
import blackbox as bb
from tests import warm
from tests.sessions.laboratory import tried
lab = bb.session(folder=sys.argv[1])
table = lab.ask()
lab.tell(tried(table)[:int(sys.argv[2])])
print(lab.ask().to_csv(index=False), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_a_process_killed_between_ask_and_tell_loses_nothing(tmp_path: Path) -> None:
    begun(tmp_path, space=PARAMETERS)
    for told in (1, 2):
        command = [sys.executable, "-c", KILLED, str(tmp_path), str(told)]
        done = warm.run(command, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        printed = tmp_path / "asked.csv"
        printed.write_text(done.stdout)
        session = bb.session(folder=tmp_path)
        asked = pd.read_csv(printed)
        assert session.ask()["id"].tolist() == asked["id"].tolist()
        assert np.allclose(session.ask()["heat"], asked["heat"])
        assert len(session.history) == (1 if told == 1 else 3)


def test_a_word_cut_short_is_left_out_and_asked_again(tmp_path: Path) -> None:
    session = worked(begun(tmp_path), 1)
    session.tell(2, -1.0)
    (journal,) = journals(tmp_path)
    os.truncate(journal, journal.stat().st_size - 3)
    with pytest.warns(StudyWarning, match="cut short, is left out"):
        again = bb.session(folder=tmp_path)
    assert again.history["id"].tolist() == [1]
    assert again.ask()["id"].tolist() == [2, 3, 4, 5, 6, 7]


def test_a_damaged_journal_is_set_aside_and_what_precedes_the_damage_stays(tmp_path: Path) -> None:
    session = worked(begun(tmp_path), 1)
    before = journals(tmp_path)[0].stat().st_size
    session.ask()
    session.tell({2: -1.0, 3: -2.0})
    (journal,) = journals(tmp_path)
    content = bytearray(journal.read_bytes())
    content[before + 40] ^= 0xFF
    journal.write_bytes(content)
    with pytest.warns(StudyWarning, match="is to be told again"):
        again = bb.session(folder=tmp_path)
    assert again.history["id"].tolist() == [1]
    assert [path.name for path in (tmp_path / "journals").glob("*.damaged")]
    worked(again)
    assert again.history.equals(worked(begun()).history)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"strategy": "cma_es"}'])
def test_a_damaged_table_is_said(tmp_path: Path, content: str) -> None:
    worked(begun(tmp_path), 2)
    (tmp_path / "session.json").write_text(content)
    with pytest.raises(StoreError, match=r"cannot read .*session\.json"):
        bb.session(folder=tmp_path)
    (tmp_path / "session.json").unlink()
    with pytest.raises(StoreError, match="put that file back"):
        begun(tmp_path)


class Shifted:
    """A strategy of one's own, whose code may be edited."""

    name = "shifted"
    shift = 0.0

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        yield Ask(brief.start[:1])
        while True:
            yield Ask(brief.space.clip(brief.space.sample(rng, 2) + self.shift))


def test_other_code_that_asks_otherwise_is_said_with_what_has_changed(tmp_path: Path) -> None:
    strategy = Shifted()
    session = worked(begun(tmp_path, strategy=strategy), 1)
    session.ask()
    with pytest.raises(SessionError, match="cannot be made by its name"):
        bb.session(folder=tmp_path)
    assert len(bb.session(Shifted(), folder=tmp_path).history) == 1
    strategy.shift = 0.5
    with (
        pytest.warns(StudyWarning, match="shifted is other code than when this session began"),
        pytest.raises(ReplayDiverged, match=r"as trial 2, where it had asked .*shift"),
    ):
        bb.session(strategy, folder=tmp_path)


def test_a_strategy_that_fails_says_so_and_its_history_stays(tmp_path: Path) -> None:
    class Fails(Shifted):
        name = "fails"

        def search(self, brief: Brief, rng: np.random.Generator) -> Search:
            yield Ask(brief.start[:1])
            raise ZeroDivisionError("no more ideas")

    session = begun(tmp_path, strategy=Fails())
    session.tell(1, 2.0)
    for again in (session, bb.session(Fails(), folder=tmp_path)):
        assert again.history["score"].tolist() == [2.0]
        with pytest.raises(
            SessionError, match=r"(?s)fails failed, and asks no more: .*no more ideas"
        ):
            again.ask()


def test_the_table_says_what_the_session_is(tmp_path: Path) -> None:
    begun(tmp_path, space=PARAMETERS)
    table = json.loads((tmp_path / "session.json").read_text())
    assert table["strategy"] == FROM_START
    assert table["parameters"]["heat"]["unit"] == "degC"
    assert "blackbox" in table["versions"]
    assert BOX.dim == 2


@pytest.mark.slow
def test_only_what_where_allows_is_asked_and_it_is_given_again(tmp_path: Path) -> None:
    def mild(row: Any) -> Any:
        return row.heat + 10 * row.stages <= 80

    session = begun(tmp_path, strategy="bayes_opt", space=PARAMETERS, where=mild)
    worked(session, 8)
    asked = session.ask()
    for table in (session.history, asked):
        assert len(table)
        assert (table["heat"] + 10 * table["stages"] <= 80).all()
    with pytest.raises(SessionError, match=r"where=`mild` allows.*give it again"):
        bb.session(folder=tmp_path)
    assert bb.session(folder=tmp_path, where=mild).ask().equals(asked)
    with pytest.raises(SessionError, match="where was '`mild`', is None"):
        begun(tmp_path, strategy="bayes_opt", space=PARAMETERS)
