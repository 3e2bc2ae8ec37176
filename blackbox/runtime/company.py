"""Runs of one strategy that its vectorised form advances in one step, until they part or end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, AskEach, SearchOfMany
from blackbox.runtime.asking import Asking
from blackbox.runtime.budget import SCORE
from blackbox.runtime.recorder import Recorder
from blackbox.runtime.run import Run
from blackbox.trace import Status

PLAIN = frozenset(
    {"score", "valid", "called"}
)  # an answer of other columns says what a company cannot hear
MOST_HELD = 1 << 22  # numbers of latents that are not written down yet
OTHERS = "its vectorised form asked other points than its generator: {}, where that asks {}"
Counts = NDArray[np.int64]


class AnsweredAsk(NamedTuple):
    """A message that was answered and is not written down yet, with the rows of each member."""

    ask: Ask
    answer: Answer
    rows: Counts
    seconds: float


class Company:
    """Asks for its members as one run would; what they have recorded and spent is settled later.

    Where one meets what the vectorised form does not know (a point without a score, an error, a
    point outside), they part: each is told by its own generator, from the beginning, what was
    answered so far, and goes on alone.
    """

    journal: None = None  # nobody who listens to each answer is in a company

    def __init__(self, members: Sequence[Run], search: SearchOfMany) -> None:
        """Of runs that were not answered yet."""
        self.members, self._search = list(members), search
        self._space, meter = members[0].brief.space, members[0].meter
        self._first = [(run.pending, run.meter.n_scores) for run in members]
        most = int(meter.price.affordable(meter.budget, SCORE))
        self._left: Counts = np.full(len(members), most)
        self._held: list[AnsweredAsk] = []
        self._thinking, self._n_held = 0.0, 0
        self.pending: Ask | None = None
        for run in members:
            run.company, run.talk.chance = self, None  # nobody joins twice
        self._think(None)

    def receive(self, answer: Answer, seconds: float = 0.0) -> None:
        """Take the answer to what is pending."""
        assert self.pending is not None
        if not PLAIN.issuperset(answer.columns) or not answer.valid.all():
            self._settle()
            parts = [answer[mine] for mine in self._owned(self._rows[None])]
            self._part(parts, seconds / len(answer))
            return
        self._held.append(AnsweredAsk(self.pending, answer, self._rows, seconds))
        self._n_held += self.pending.points.size
        self._left = self._left - self._rows
        score = answer.score
        if not isinstance(self._paid, slice):
            score = np.zeros(len(self._paid))  # what a run has no unit left for does not matter
            score[self._paid] = answer.score
        if not self._left.all():
            self._end_spent()
        elif self._n_held > MOST_HELD:
            self._settle()
        if any(run.company is self for run in self.members):
            self._think(score)

    def fail(self, error: str) -> None:
        """Part: whose point it was turns out where each asks alone."""
        self.part()

    def stop(self, reason: str) -> None:
        """Leave all unfinished, for a reason that may go away."""
        mine = [run for run in self.members if run.company is self]
        self.part()
        for run in mine:
            run.stop(reason)

    def part(self) -> None:
        """Leave each run as if it had been alone so far."""
        self._settle()
        self._part([None] * len(self.members))

    def settle(self) -> None:
        """Write down what was answered, so that each run is seen as it stands."""
        self._settle()
        if self.pending is None:
            return
        numbers = self._owned(self._rows[None])
        for run, mine in zip(self.members, numbers, strict=True):
            if run.company is self:
                run.pending = self.pending.some(mine)
                run.meter.n_scores = run.recorder.size + len(mine)

    def _think(self, score: Array | None) -> None:
        """Hear what the search asks next; without a score, what it asks first."""
        clock = time.perf_counter()
        try:
            asked = next(self._search) if score is None else self._search.send(score)
            self._make_pending(asked)
        except Exception:  # StopIteration too; of an error a run's own generator tells
            self.part()
        self._thinking += time.perf_counter() - clock

    def _make_pending(self, asked: AskEach) -> None:
        """Make pending what can be paid for. Raises ValueError for what no run may ask."""
        points, rows = np.asarray(asked.points, float), asked.rows
        if len(points) != rows.sum() or not self._space.contains(points).all():
            raise ValueError("not the points of so many rows, inside the space")
        self._rows = np.minimum(rows, self._left)
        self._paid: slice | NDArray[np.bool_] = slice(None)
        if (self._rows < rows).any():
            nth = np.arange(len(points)) - np.repeat(np.cumsum(rows) - rows, rows)
            self._paid = nth < np.repeat(self._left, rows)
        points = points[self._paid]
        points.setflags(write=False)
        clipped = None if asked.clipped is None else asked.clipped[self._paid]
        self.pending = Ask(points, clipped=clipped)

    def _end_spent(self) -> None:
        """End the members that have spent their budget."""
        self._settle()
        for run, left in zip(self.members, self._left, strict=True):
            if not left and run.company is self:
                run.company = run.pending = None
                run.end(Status.SPENT)
        if not self._left.any():
            self.pending = None
            self._search.close()

    def _settle(self) -> None:
        """Give each run its rows of what was answered since last time."""
        if not self._held:
            return
        held, self._held, self._n_held = self._held, [], 0
        points = np.concatenate([one.ask.points for one in held])
        clipped = np.concatenate([one.ask.moved for one in held])
        whole = Answer.joined([one.answer for one in held])
        seconds_per_row = sum(one.seconds for one in held) / len(points)
        numbers = self._owned(np.stack([one.rows for one in held]))
        for run, mine in zip(self.members, numbers, strict=True):
            if len(mine):
                seconds = seconds_per_row * len(mine)
                ask = Ask(points[mine], clipped=clipped[mine])
                run.recorder.append(ask, whole[mine], (run.recorder.size, 0, 0), seconds)
                run.meter.n_scores = run.answered = run.recorder.size
                run.seconds += seconds
            run.thinking_seconds += self._thinking / len(self.members)
        self._thinking = 0.0

    def _owned(self, rows: Counts) -> list[NDArray[np.intp]]:
        """The numbers of each member's points, where messages had `rows [k, g]`."""
        owners = np.repeat(np.tile(np.arange(rows.shape[1]), len(rows)), rows.ravel())
        return np.split(np.argsort(owners, kind="stable"), np.cumsum(rows.sum(axis=0))[:-1])

    def _part(self, last: Sequence[Answer | None], seconds_per_row: float = 0.0) -> None:
        """Let each generator hear what was written down, and then its `last` answer."""
        self._search.close()
        self.pending = None
        for run, (first, granted), answer in zip(self.members, self._first, last, strict=True):
            if run.company is not self:
                continue
            run.company, before = None, run.recorder
            run.pending, run.meter.n_scores = first, granted
            run.recorder, run.answered, run.seconds = Recorder(run.brief.space.dim), 0, 0.0
            _hear(run, before.filled())
            run.recorder.called = before.called
            if answer and run.pending is not None:
                run.receive(answer, seconds_per_row * len(answer))


def _hear(run: Run, recorded: dict[str, NDArray[np.generic]]) -> None:
    """Answer a run that has just begun from what a company recorded of it."""
    at, (z, score, seconds) = 0, (recorded[name] for name in ("z", "score", "seconds"))
    while at < len(score) and run.pending is not None:
        here = slice(at, min(at + len(run.pending.points), len(score)))
        asked = run.pending.points[: here.stop - at]
        if not np.array_equal(asked, z[here]):
            run.fail(f"ProtocolError: {OTHERS.format(z[here][0], asked[0])}")
            return
        run.receive(Answer(score=np.array(score[here], float)), float(seconds[here].sum()))
        at = here.stop


def gather(runs: Iterable[Run]) -> None:
    """Bring those that can be advanced together into companies."""
    groups: list[list[Run]] = []
    for run in filter(_can_join, runs):
        group = next((one for one in groups if _is_like(run, one[0])), None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    for group in groups:
        if len(group) > 1:
            search = group[0].talk.together([run.talk for run in group])
            if search is not None:
                Company(group, search)


def asking(runs: Iterable[Run]) -> list[Asking]:
    """Who asks: runs that want to know something, or the companies that ask for them."""
    waiting: dict[Asking, None] = {}
    for run in runs:
        if run.pending is not None:
            waiting[run.company or run] = None
    return list(waiting)


def settle(runs: Iterable[Run]) -> None:
    """Let each run be seen as it stands."""
    for company in dict.fromkeys(run.company for run in runs if run.company is not None):
        company.settle()


def _can_join(run: Run) -> bool:
    brief = run.brief
    return (
        run.is_fresh
        and run.talk.chance is not None
        and isinstance(run.pending, Ask)
        and run.pending.at == "latent"
        and run.pending.order == 0
        and brief.space.canonical(run.pending.points) is run.pending.points  # for any point
        and brief.space.where is None
        and all(one is None for one in (brief.noise, brief.constraints, brief.criteria))
        and brief.known is None
    )


def _is_like(run: Run, other: Run) -> bool:
    return (
        run.brief.space == other.brief.space
        and (run.meter.budget, run.meter.price) == (other.meter.budget, other.meter.price)
        and run.talk.strategy == other.talk.strategy
    )
