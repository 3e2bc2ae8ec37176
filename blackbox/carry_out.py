"""What users call: compare strategies on objectives, or carry out a study."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from blackbox.again import Again, again_of
from blackbox.comparison import Comparison
from blackbox.errors import StudyError
from blackbox.live import Display, Lines, screen
from blackbox.part import WHOLE, StudyPart
from blackbox.plain import is_whole
from blackbox.protocol import Strategy
from blackbox.runtime.holder import LEASE
from blackbox.runtime.store import Store
from blackbox.scoring.objective import Objective
from blackbox.stopping import stopped_by_signals
from blackbox.study import CONFIRM, AskedPrice, Study, Tuned, number
from blackbox.study_file import as_list, as_rule, as_seeds
from blackbox.study_work import AtEnd, Progress, StudyWork
from blackbox.until_settled import UntilSettled
from blackbox.workforce import Workforce

# Seconds: signs of life are given some times in these, and a busy machine is late.
SHORTEST = 1.0


def compare(
    objectives: str | Objective | Sequence[str | Objective],
    strategies: str | Strategy | Sequence[str | Strategy],
    budget: float,
    seeds: int | Sequence[int] | str | UntilSettled = 10,
    *,
    prices: AskedPrice | Sequence[AskedPrice] = (1,),
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | bool | None = None,
    measured: Mapping[str, Any] | None = None,
    name: str = "study",
    stop_at: float | None = None,
    run_seconds: float | None = None,
    seconds: float | None = None,
    confirm: int = CONFIRM,
    again: Again | Sequence[Again] = (),
    charge_retries: bool = False,
    tuned: Tuned | None = None,
    executor: Executor | None = None,
    known: Any = None,
    truth_calls: int = 0,
) -> Comparison:
    """Run every strategy on every objective, from the same starts, under one hard budget.

    Objectives and strategies are names in call form, `package.module:attribute`, or objects. The
    budget is in units of one score; `prices` are what a gradient costs on top, "measured" what it
    costs here. A run ends early, and well, at a score (or a loss) of `stop_at`, or after
    `run_seconds`; after `seconds` the study stops, and can be continued. A further try of a point
    that exceeds a limit (`bb.Scorer(timeout=, memory=, retries=)`) is free, or with
    `charge_retries` a row that the budget pays for. `jobs` processes share the work, with the same
    results: runs, and where an object is dear, calls of a run (of `batch_size` objects each), which
    are made by whoever is free. Objectives and strategies travel to them by cloudpickle, or by name
    (each loads them itself, weights on a GPU too). Calls that had begun when a run reached its goal
    come to nothing; `run_seconds` counts those of all calls, as if one followed the other.
    `measured` is `study.measured` of an earlier study: what was timed then is not timed
    again, so that the same calls are made.

    `seeds="until settled"`, or a rule `bb.UntilSettled(at_most=40, within=0.5)`, adds seeds in
    rounds and stops as soon as the best is separated from all others, those that are left are
    level, or no further seed could tell; a strategy that cannot be the best gets no further ones.
    That is decided at the first price, by the score and by the truth where there is one, by bets
    that may be looked at after every seed (`study.racing()`). What is not settled goes on with a
    larger `at_most`, or with a number of seeds.

    Where a scorer is noisy (found out, or declared by `noise=True`), the best of each run is scored
    `confirm` times again, outside the budget, and the mean is its `best` in all tables; the score
    that was seen, which is high by luck, too, is `best_seen`. The best run of each strategy is
    confirmed once more. 0: bests are as they were seen.

    With a folder as `store`, each answer is kept there as it arrives, and nothing that was paid for
    is paid again: the same folder takes more seeds, strategies, objectives, prices, and a larger
    budget, which continues its runs. Runs that failed, or were left unfinished, go on. Where the
    code of an objective or strategy has changed, the folder is refused, unless `again` names what
    is to be made anew: "edited" the runs of what changed, "judges" only what judges say, "invalid"
    runs most of whose points had no score, "all" everything.

    With `tuned`, what `bb.tune` returned, each strategy that was tuned stands beside its best
    setting, and `study.tuning()` tells what the tuning was worth.

    Several processes may carry out one study in one folder at once, on one machine or on several
    that share it: each run is made by one of them, and where one ends, others go on with its runs.
    `executor` is any of `concurrent.futures`, Dask's `client.get_executor()` among them: its
    workers make the runs in place of processes of this one, with the same numbers. Functions travel
    to them by cloudpickle: those of a script or notebook as they are, those of modules by name.

    `known` data warm strategies up at no cost: a frame with a column for each parameter (or `z_0`,
    `z_1`, ...), what the scorer returned as `score`, and one for each constraint and criterion; a
    csv or parquet file of such; `(points, scores)`; an earlier study or its folder; of several
    objectives one for each by its name. Models have it for observations, other searches begin at
    the best of it; none of it is an evaluation. All strategies are told, as `warm:NAME` in tables,
    unless some are named so: `["bayes_opt", "warm:bayes_opt"]` sets cold beside warm.

    A search that asks for the truth, as `guarded(guard="truth")`, is told what is true of at most
    `truth_calls` points of each run, by the objective's `bb.Judge(truth=True)`: out of the budget,
    in columns of their own, and never more.

    What takes longer than two seconds is shown while it runs, if somebody looks: as a table on a
    terminal (on standard error) or in a notebook. With `progress=True` it is shown elsewhere too,
    as a line every few seconds, and with False nowhere. `progress(units, whole)`, a function of
    yours, hears instead how many units of the budget were spent since it last heard, and how many
    the whole study has.

    Interrupted without a folder, it returns what there is (`study.is_complete` is False). Raises
    StudyError, NameProblem, ObjectiveError or StoreError before anything is paid for.

    >>> study = compare("synthetic.sphere(d=9)", ["random_search", "gradient_ascent"], 60, seeds=2)
    >>> study.summary().strategy.tolist()
    ['gradient_ascent', 'random_search']
    """
    if tuned is not None and known is not None:
        raise StudyError("give tuned= or known=, not both: a table would not say what helped")
    listed, rule = as_list(strategies), as_rule(seeds)
    asked_seeds = as_seeds(seeds if rule is None else rule)
    study = Study(
        objectives=tuple(as_list(objectives)),
        strategies=tuple(listed if tuned is None else tuned.beside(listed, asked_seeds)),
        budget=budget,
        seeds=asked_seeds,
        prices=tuple(as_list(prices)),
        name=name,
        stop_at=stop_at,
        run_seconds=run_seconds,
        until_settled=rule,
        confirm=confirm,
        charge_retries=charge_retries,
        tuned={} if tuned is None else tuned.record,
        known=known,
        truth_calls=truth_calls,
    )
    return run(
        study,
        jobs=jobs,
        store=store,
        progress=progress,
        measured=measured,
        seconds=seconds,
        again=again,
        executor=executor,
    )


def run(
    study: Study,
    *,
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | bool | None = None,
    measured: Mapping[str, Any] | None = None,
    seconds: float | None = None,
    again: Again | Sequence[Again] = (),
    executor: Executor | None = None,
    part: StudyPart = WHOLE,
    lease: float = LEASE,
    at_end: AtEnd | None = None,
) -> Comparison:
    """Carry out a study; what its store already holds is left out. See `compare`.

    `part`: only those runs of the study, `StudyPart.parse("2/4")`, the same in every process.
    A process that has given no sign of life for `lease` seconds counts as gone, and others make its
    runs; one whose calls hold Python's lock for longer needs more. `at_end` gets what there is,
    where no other process works on the folder any more.
    """
    if not is_whole(jobs) or jobs < 1:
        raise StudyError(f"jobs must be a whole number >= 1, not {jobs!r}")
    if seconds is not None and not (number(seconds) or 0) > 0:
        raise StudyError(f"seconds must be a number > 0, not {seconds!r}")
    if not (number(lease) or 0) >= SHORTEST:
        raise StudyError(f"lease must be a number of seconds >= {SHORTEST:g}, not {lease!r}")
    if part != WHOLE and study.until_settled is not None:
        raise StudyError(
            "a study whose seeds are added until it is settled has no parts: which runs it asks "
            "for follows from all of them; run it several times on one folder, without --shard"
        )
    deadline = None if seconds is None else time.time() + seconds
    force = Workforce(int(jobs), executor, deadline, float(lease))
    with ExitStack() as stack:
        stack.enter_context(stopped_by_signals())
        display = _display(study.name, progress)
        if display is not None:
            stack.callback(display.close)
        hears = progress if callable(progress) else None
        at = None if store is None else Store(store)
        work = StudyWork(force, at, part, hears, display)
        return work.carry_out(study, measured or {}, again_of(again), at_end)


def _display(name: str, progress: Progress | bool | None) -> Display | None:
    """Where the study is shown while it runs, if anywhere. See `compare`."""
    if progress is True:
        return Display(name, screen() or Lines())
    looking = screen() if progress is None else None
    return None if looking is None else Display(name, looking)
