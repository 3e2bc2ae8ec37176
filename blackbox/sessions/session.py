"""A session of ask and tell: one search whose points are tried elsewhere, at any pace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from blackbox import registry
from blackbox.errors import ReplayDiverged, SessionError
from blackbox.plain import is_whole
from blackbox.protocol import Answer
from blackbox.sessions.record import SessionRecord
from blackbox.sessions.results import ID, Results, are_same, id_of
from blackbox.sessions.setup import Setup
from blackbox.sessions.trials import Trials


class Session:
    """One search whose points are tried elsewhere: `ask` for points, `tell` what came of them.

    `bb.session` makes one. With a folder each word is on the disk before it counts.
    """

    def __init__(
        self, setup: Setup, record: SessionRecord | None = None, changes: str = ""
    ) -> None:
        """Take up what the record holds; `changes`: what is other code now, in words.

        Raises ReplayDiverged where the search goes another way than it went.
        """
        self._setup, self._record, self._changes = setup, record, changes
        self._results = Results(setup)
        self._take_up()

    def __repr__(self) -> str:
        """What it is, and how far."""
        label, budget = registry.label(self._setup.strategy), self._setup.budget
        where = "" if self._record is None else f", in {self._record.folder}"
        n = len(self._trials.answers)
        return f"Session({label} on {self._setup.objective.space}, {n} of {budget} told{where})"

    def ask(self, n: int | None = None) -> pd.DataFrame:
        """The points to be tried next, at most `n`: a row each, with its `id` and its values.

        The same ones until they are told. Some strategies ask for several at once, which may be
        told in any order; nothing new is asked before all of them are. Empty once the budget is
        spent. A frame may go through a csv.
        """
        if n is not None and (not is_whole(n) or n < 1):
            raise SessionError(f"ask(n) gives at most n points, 1 or more, not {n!r}")
        with self._word():
            if self._trials.failure:
                label = registry.label(self._setup.strategy)
                raise SessionError(f"{label} failed, and asks no more: {self._trials.failure}")
            trials = self._trials.waiting[:n]
            new = {t: self._trials.points[t] for t in trials if t not in self._handed_out}
            if self._record is not None and new:
                self._record.note_asked(new)
            self._handed_out |= new.keys()
            return self._values(trials)

    def tell(self, results: Any, value: Any = None) -> int:
        """Take results, and return how many of them are new.

        `tell(id, value)` tells one, `tell({id: value})` several: a number, the named outputs as a
        dict, a `bb.Scored`, or None (or "failed") for a trial that has no result. `tell(frame)`
        takes what `ask` gave with a column for each result: an empty cell is not measured yet, and
        "failed" has none. The same result may be told twice. Raises SessionError, and takes nothing
        of what is told then, for an id that was not asked, another result than before, and for
        what is no result.
        """
        with self._word():
            answers = self._read(results, value)
            new = {t: one for t, one in answers.items() if self._is_new(t, one)}
            if self._record is not None and new:
                points = self._trials.points
                self._record.note_told({t: (points[t], one) for t, one in new.items()})
            self._trials.hear(new)
            return len(new)

    @property
    def remaining(self) -> int:
        """How many results the budget still holds."""
        return self._trials.remaining

    @property
    def history(self) -> pd.DataFrame:
        """A row for each result, by id: the values, the score as it was told, and its status.

        "ok", "infeasible" where it breaks a constraint (met where its column is >= 0), or "invalid"
        where the trial had no result. It may be the `known=` of another session or study.
        """
        trials = sorted(self._trials.answers)
        shown = [self._results.shown(self._trials.answers[trial]) for trial in trials]
        columns = list(self._results.shown(self._results.of_one(0, None)))
        outputs = pd.DataFrame(shown, columns=columns)
        return pd.concat([self._values(trials), outputs], axis=1)

    def best(self) -> pd.DataFrame:
        """The row of the history with the best score that meets all constraints; empty without.

        Where results are noisy, it is high by luck, too: try it again.
        """
        table = self.history
        table = table[table["status"] == "ok"]
        sign = self._setup.scorer.sign
        order = (sign * table[self._setup.score]).sort_values(ascending=False, kind="stable")
        return table.loc[order.index[:1]].reset_index(drop=True)

    @property
    def reads_budget(self) -> bool:
        """Whether the strategy has planned by its budget, which then cannot grow."""
        return self._trials.reads_budget

    @contextmanager
    def _word(self) -> Iterator[None]:
        """While one word is taken: what other processes have noted meanwhile is taken up first."""
        if self._record is None:
            yield
            return
        with self._record.held():
            if self._record.has_news():
                self._take_up()
            yield

    def _take_up(self) -> None:
        asked, answers = ({}, {}) if self._record is None else self._record.words()
        self._handed_out = set(asked)
        try:
            self._trials = Trials(self._setup, asked, answers)
        except ReplayDiverged as error:
            why = self._changes or "its code and its packages are the same: something else decides"
            raise ReplayDiverged(
                f"{error}; {why}. Go back to what it was, or begin another session with what was "
                "told as known="
            ) from error

    def _read(self, results: Any, value: Any) -> dict[int, Answer]:
        """The answers in what is told, by id."""
        if isinstance(results, pd.DataFrame):
            return self._results.of_frame(results, self._trials.points)
        by_id = results if isinstance(results, Mapping) else {results: value}
        return {
            t: self._results.of_one(t, one)
            for t, one in zip(map(id_of, by_id), by_id.values(), strict=True)
        }

    def _is_new(self, trial: int, answer: Answer) -> bool:
        """Whether this is a result that is not there yet. Raises SessionError for another one."""
        if trial not in self._trials.points:
            waiting = ", ".join(map(str, self._trials.waiting)) or "none"
            raise SessionError(f"id {trial} was not asked; those that wait for a result: {waiting}")
        before = self._trials.answers.get(trial)
        if before is None:
            return True
        if not are_same(before, answer):
            then, now = self._results.shown(before), self._results.shown(answer)
            raise SessionError(
                f"id {trial} was told {then} before, and is told {now} now; which of the two is "
                "right cannot be changed here: what followed was asked because of the first"
            )
        return False

    def _values(self, trials: Sequence[int]) -> pd.DataFrame:
        parameters = self._setup.objective.parameters
        points = [self._trials.points[trial] for trial in trials]
        if parameters is None:
            names = [f"z_{nth}" for nth in range(self._setup.objective.space.dim)]
            table = pd.DataFrame(points, columns=names)
        else:
            rows = [parameters.rows(point[None])[0] for point in points]
            table = pd.DataFrame(rows, columns=list(parameters))
        table.insert(0, ID, pd.Series(trials, dtype="int64"))
        return table
