"""From runs that have ended to their traces: the columns, and what judges saw along the paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox import machine
from blackbox.late_sample import sample_rows, with_sample
from blackbox.runtime.run import Run
from blackbox.scoring.judging import Judged, Judging, PathPoints
from blackbox.scoring.objective import Objective
from blackbox.trace import JudgedPath, KnownBefore, Status, Trace

# Points of a path that judges see between its start and its best.
BETWEEN = 6
# A run that was stopped may have been granted more than was answered.
STOPPED = (Status.RUNNING, Status.REACHED, Status.OUT_OF_TIME)
# Objects of more values than this are not kept beside the numbers: a colour picture of 256 x 256.
MOST_VALUES = 3 * 256 * 256
BLOCK = 4096  # rows that are looked at together


@dataclass(frozen=True)
class Ended:
    """A run that has ended, its strategy's name and its seed.

    `unseen` are parts of its objective and strategy whose change nobody would notice.
    """

    run: Run
    strategy: str
    seed: int
    unseen: Sequence[str] = ()
    known: KnownBefore = field(default_factory=KnownBefore)


class Recording:
    """Makes traces of the runs of one objective, and has their paths judged."""

    def __init__(self, objective: Objective) -> None:
        """No run has ended yet."""
        self._objective, self._judging = objective, Judging(objective)

    def unjudged(self, ended: Ended) -> Trace:
        """The trace of a run as it stands."""
        return _unjudged(ended, self._objective)

    def judged(self, traces: Sequence[Trace], prices: Sequence[Sequence[float]]) -> list[Trace]:
        """The same traces with what judges see of their paths, up to the best at each price.

        And of what they made in their end, at each price: see `late_sample`. A judge that raises
        costs its verdict, never a run.
        """
        shown = [
            (trace, _path_rows(trace, mine), sample_rows(trace, mine))
            for trace, mine in zip(traces, prices, strict=True)
            if len(trace)
        ]
        both = [np.union1d(path, late) for _, path, late in shown]
        points = [
            PathPoints(trace.z[rows], trace.asked_as_data(rows))
            for (trace, _, _), rows in zip(shown, both, strict=True)
        ]
        places = [
            np.searchsorted(rows, path) for rows, (_, path, _) in zip(both, shown, strict=True)
        ]
        judged = self._judging.of(points, [mine.tolist() for mine in places])
        made = iter(
            with_sample(
                _with_path(trace, path, seen.at(at_path), self._objective),
                late,
                seen.at(np.searchsorted(rows, late)),
                self._objective,
            )
            for (trace, path, late), rows, at_path, seen in zip(
                shown, both, places, judged, strict=True
            )
        )
        return [next(made) if len(trace) else trace for trace in traces]


def _unjudged(ended: Ended, objective: Objective) -> Trace:
    run, facts = ended.run, objective.facts
    columns: dict[str, Any] = run.recorder.filled()
    if (columns["incumbent"] < 0).all():
        columns["incumbent"] = None  # it never said, as nearly all searches
    z_norm, log_prior = _sizes(columns["z"], objective)
    return Trace(
        objective=objective.name,
        strategy=ended.strategy,
        seed=ended.seed,
        dim=objective.space.dim,
        budget=run.meter.budget,
        price=run.meter.price,
        status=run.status,
        error=run.error or run.recorder.complaint,
        **columns,
        z_norm=z_norm,
        log_prior=log_prior,
        used=run.paid if run.status in STOPPED else run.meter.spent,
        thinking_seconds=run.thinking_seconds,
        criteria=dict(zip(objective.scorer.criteria, run.recorder.criteria.T, strict=False)),
        constraints=dict(
            zip(objective.scorer.constraints, run.recorder.constraints.T, strict=False)
        ),
        directions=objective.scorer.directions,
        x=dict(run.recorder.x),
        prior=objective.space.prior,
        optimum=objective.optimum,
        sign=objective.scorer.sign,
        versions=machine.versions(),
        machine=machine.facts(),
        peak_memory_mb=machine.peak_memory_mb(),
        n_called=run.recorder.called,
        noise=facts.noise,
        known=ended.known,
        verified=run.recorder.verified,
        is_noisy=facts.is_noisy,
        scoring=facts.in_words(hidden=objective.hides_gradient)
        | ({"a change goes unnoticed in": ", ".join(ended.unseen)} if ended.unseen else {}),
    )


def _sizes(z: NDArray[np.float64], objective: Objective) -> tuple[Any, Any]:
    """The norm and the log-density of each point, `[n]` each; NaN of what is no latent.

    By blocks of rows: what lies between the points and these numbers is as large as the points.
    """
    z_norm, log_prior = np.empty(len(z)), np.empty(len(z))
    for first in range(0, len(z), BLOCK):
        here = slice(first, first + BLOCK)
        z_norm[here] = np.linalg.norm(z[here], axis=1)
        density = objective.space.log_prior(z[here])
        log_prior[here] = np.where(np.isnan(z_norm[here]), np.nan, density)
    return z_norm, log_prior


def _with_path(
    trace: Trace, rows: NDArray[np.int64], judged: Judged, objective: Objective
) -> Trace:
    """The trace with what was seen of its path. What raised is told beside the run's own error."""
    complaints = [trace.error, *judged.complaints]
    truth = next((name for name, judge in objective.judges.items() if judge.truth), "")
    path = JudgedPath(
        rows,
        judged.verdicts,
        _kept(judged.objects),
        judged.drawn,
        truth=truth,
        true=objective.scorer.from_truth(judged.verdicts[truth]) if truth else None,
        limits={name: (judge.low, judge.high) for name, judge in objective.judges.items()},
    )
    return replace(trace, path=path, error="; ".join(filter(None, complaints)))


def _path_rows(trace: Trace, prices: Sequence[float]) -> NDArray[np.int64]:
    """The start, some improvements evenly spread over their sequence, the best at each price.

    Of those whose points were kept; where the best at a price is none, the last improvement before.
    """
    best = trace.best_so_far()
    improved = np.flatnonzero(best[1:] > np.where(np.isnan(best[:-1]), -np.inf, best[:-1])) + 1
    ends = [row for price in prices if (row := trace.best_row(price)) is not None]
    if trace.x:  # pictures, of which only some may have been kept
        improved = improved[trace.has_point(improved)]
        ends = [_at_or_before(row, trace, improved) for row in ends]
    if len(improved) > BETWEEN:
        improved = improved[np.linspace(0, len(improved) - 1, BETWEEN).round().astype(int)]
    return np.unique(np.array([0, *improved, *ends], np.int64))


def _at_or_before(row: int, trace: Trace, improved: NDArray[np.int64]) -> int:
    """A row if its point was kept, else the last of these before it, or the start."""
    if trace.has_point(np.array([row])).all():
        return row
    return int(max(improved[improved <= row], default=0))


def _kept(objects: Any) -> NDArray[np.generic] | None:
    """The objects as an array small enough to keep: float32 numbers, or texts.

    None for what is no array of either: objects of unlike shapes, complex numbers, anything else.
    """
    if objects is None or (isinstance(objects, list) and not _are_alike(objects)):
        return None
    array = np.asarray(objects)
    if array.dtype.kind in "fiub":
        return array.astype(np.float32) if array[0].size <= MOST_VALUES else None
    return array if array.dtype.kind == "U" else None


def _are_alike(objects: list[Any]) -> bool:
    return len({(isinstance(one, str), np.shape(one)) for one in objects}) == 1
