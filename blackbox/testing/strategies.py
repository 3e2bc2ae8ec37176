"""The promises of a strategy: one test each, whose docstring says how to keep it."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox import registry
from blackbox.price import Price
from blackbox.protocol import Ask, Strategy, needed, needs, wishes
from blackbox.runtime.engine import advance
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.replay import replay
from blackbox.runtime.run import Run
from blackbox.scoring.objective import Objective
from blackbox.space import Space
from blackbox.testing.runs import SPACES, Score, bowl, bowl_for, finished, rows, started
from blackbox.testing.shared_runs import (
    WarmBowl,
    all_invalid,
    flat,
    half_invalid,
    outcome,
    steady,
    stepped,
    to_32_numbers,
)
from blackbox.testing.surroundings import clocks_that_run_fast, unusual_state
from blackbox.trace import Status


def how(run: Run) -> str:
    """How a run has ended, where it should have spent its budget."""
    return run.error or f"it returned after {run.meter.spent:g} units: restart it, or go on"


def in_a_line(error: Exception) -> str:
    """What an error says first; of a traceback, which is how a run has failed, the last line."""
    lines = str(error).strip().split("\n") if str(error).strip() else [type(error).__name__]
    where, is_traceback, _ = lines[0].partition("Traceback (most recent call last)")
    return f"{where}{lines[-1]}" if is_traceback else lines[0]


class StrategyPromises:
    """What every strategy promises; set `strategy` to an instance, or to its name.

    `improves_within`: units in which it finds more than the start has, on a bowl.
    """

    strategy: Any
    improves_within: int = 100

    @property
    def given(self) -> Strategy:
        """The strategy that is held to its promises."""
        return registry.strategy(self.strategy)

    def on(self, space: Space, score: Score = bowl) -> Objective:
        """The bowl on a space, or another score; with criteria where the strategy needs them."""
        return bowl_for(self.given, space, score)

    def spent(self, budget: int, seed: int = 0) -> NDArray[np.float64]:
        """The scores of a run on a bowl, which has spent its budget to the last unit."""
        ended = outcome(self.strategy, budget, seed)
        assert ended.status is not Status.RETURNED, (
            f"it returned after {ended.spent:g} of {budget} units: restart it, or go on"
        )
        assert ended.status is Status.SPENT, ended.error
        assert ended.spent == budget
        assert ended.n_scores <= budget
        return ended.scores

    def test_spends_all_of_the_budget_and_never_more(self) -> None:
        """A strategy that has converged goes on, from another start; it does not just return."""
        for budget in (1, 7, 100):
            self.spent(budget)

    def test_asks_only_points_of_its_space(self) -> None:
        """Use `brief.space.clip` on what a step proposes."""
        for name, space in SPACES.items():
            run = finished(self.given, self.on(space))
            assert run.status is Status.SPENT, f"{name}: {how(run)}"
            z = run.recorder.filled()["z"]
            latent = ~np.isnan(z).all(axis=1)  # an object asked in data space has no z, no bounds
            assert latent[0], f"{name}: its first point is no latent"
            assert space.contains(z[latent]).all(), f"{name}: it asked a point outside"

    def test_begins_with_the_start_of_its_seed(self) -> None:
        """Pairs are pairs because all strategies of a seed begin at the same point."""
        run = started(self.given, self.on(SPACES["normal"]))
        assert run.pending is not None, how(run)
        assert np.array_equal(run.pending.points[0], run.brief.start[0]), (
            "its first point is not brief.start[0]"
        )

    def test_same_seed_same_trace_and_other_seed_other_trace(self) -> None:
        """All chance comes from the `rng` that `search` is handed."""
        again = rows(finished(self.given, self.on(SPACES["normal"])))
        first = steady(self.strategy).rows
        assert again == first, "the same seed gave another trace: some chance is not `rng`'s"
        assert again != steady(self.strategy, 1).rows, "another seed gave the same trace"

    def test_no_clock_decides(self) -> None:
        """A trace must not depend on how fast the machine is."""
        objective, strategy = self.on(SPACES["normal"]), self.given
        usual = steady(self.strategy).rows
        with clocks_that_run_fast(type(strategy).__module__):
            hurried = rows(finished(strategy, objective))
        assert hurried == usual, "with a clock that runs fast it made another trace"

    def test_alone_equals_in_company(self) -> None:
        """Nothing is shared between runs: no attribute of the class, no global."""
        objective = bowl_for(self.given, SPACES["normal"], decoder=to_32_numbers)
        alone = rows(finished(self.given, objective, seed=1))
        company = [started(self.given, objective, seed=seed) for seed in (0, 1, 2)]
        company.append(started(registry.strategy("random_search(batch=13)"), objective))
        advance(company, objective.evaluate)
        assert rows(company[1]) == alone, "in company it made another trace: what do runs share?"

    def test_vectorised_form_asks_what_the_generator_asks(self) -> None:
        """`together`, where there is one: not a bit depends on who else is in company."""
        if not hasattr(self.given, "together"):
            return
        for name, score in (("normal", bowl), ("box", bowl), ("sphere", half_invalid)):
            objective = self.on(SPACES[name], score)
            alone = [rows(finished(self.given, objective, 150, seed)) for seed in range(4)]
            for seeds in ((2, 0, 3, 1), (1, 3)):
                company = [started(self.given, objective, 150, seed) for seed in seeds]
                advance(company, objective.evaluate)
                assert [rows(run) for run in company] == [alone[seed] for seed in seeds], (
                    f"{name}: together, runs went other ways than each alone"
                )

    def test_straight_through_equals_replayed_and_continued(self) -> None:
        """A run that was cut off is answered from its record, and goes on."""
        objective = self.on(SPACES["normal"])
        whole = steady(self.strategy)
        for cut in (1, len(whole.journal) // 2):
            again = started(self.given, objective)
            replay(again, whole.journal[:cut], objective.evaluate)
            advance([again], objective.evaluate)
            assert rows(again) == whole.rows, "replayed and continued, it made another trace"

    def test_keeps_its_promises_where_data_are_known(self) -> None:
        """`brief.known` holds points and answers, and `brief.start[0]` is the best of them."""
        bowl, budget = WarmBowl.for_(self.given), 12
        journal: list[Exchange] = []
        warm: dict[str, Any] = {"budget": budget, "data": bowl.data}
        run = finished(self.given, bowl.objective, journal=journal, **warm)
        assert (run.status, run.meter.spent) == (Status.SPENT, budget), how(run)
        first = started(self.given, bowl.objective, **warm).pending
        assert first is not None
        assert np.array_equal(first.points, run.brief.start[:1]), "its first row is another start"
        asked = {
            point.tobytes()
            for message, _, _ in journal
            if isinstance(message, Ask) and message.order == 0 and message.at == "latent"
            for point in message.points
        }
        assert not asked & {point.tobytes() for point in bowl.data.z}, "a known point was paid for"
        again = started(self.given, bowl.objective, **warm)
        replay(again, journal[: len(journal) // 2], bowl.objective.evaluate)
        advance([again], bowl.objective.evaluate)
        assert rows(again) == rows(run), "told of known data, it made another trace"

    def test_continued_at_a_larger_budget_equals_the_run_of_that_budget(self) -> None:
        """What reads `brief.budget` or `brief.price` is made anew; hand it on by `brief.having`."""
        objective = self.on(SPACES["normal"])
        for gradient in (1.0, 0.0):
            price, journal = Price(gradient=gradient), list[Exchange]()
            begun = finished(self.given, objective, price=price, journal=journal)
            if not begun.brief.reads:
                again = started(self.given, objective, 60, price=price)
                replay(again, journal, objective.evaluate)
                advance([again], objective.evaluate)
                whole = rows(finished(self.given, objective, budget=60, price=price))
                assert rows(again) == whole, (
                    "continued, it made another trace: it looked at the budget without "
                    "`brief.budget`, or runs share something"
                )

    def test_survives_flat_and_stepped_objectives(self) -> None:
        """No division by a spread of zero."""
        for score in (flat, stepped):
            run = finished(self.given, self.on(SPACES["normal"], score), budget=50)
            assert (run.status, run.meter.spent) == (Status.SPENT, 50), how(run)

    def test_survives_invalid_points(self) -> None:
        """Points without a score are told a value below all others, and `answer.valid` says so."""
        for score in (half_invalid, all_invalid):
            run = finished(self.given, self.on(SPACES["normal"], score), budget=50)
            assert (run.status, run.meter.spent) == (Status.SPENT, 50), how(run)
            columns = run.recorder.filled()
            assert np.array_equal(np.isfinite(columns["score"]), columns["valid"]), (
                "it changed what it was answered"
            )

    def test_asks_for_nothing_that_it_did_not_declare(self) -> None:
        """`needs` and `uses` name what it asks for."""
        objective, strategy, capabilities = self.on(SPACES["normal"]), self.given, set()
        run = started(strategy, objective, budget=40)
        while run.pending is not None:
            capabilities.add(needed(run.pending))
            advance([run], objective.evaluate, rounds=1)
        assert run.status is Status.SPENT, how(run)
        undeclared = capabilities - {None} - needs(strategy) - wishes(strategy)
        assert not undeclared, f"it asked for {undeclared}, which it does not declare"

    def test_leaves_no_thread_and_no_changed_chance(self) -> None:
        """Closed at any ask, it leaves the global generators and the threads as they were."""
        objective, strategy = self.on(SPACES["normal"]), self.given
        finished(strategy, objective, budget=2)  # what is imported by then is imported
        threads = threading.active_count()
        with unusual_state() as state:
            for asks in (0, 1, 5, 12):
                run = started(strategy, objective)
                advance([run], objective.evaluate, rounds=asks)
                run.close()
                assert "ignored GeneratorExit" not in run.error, "it went on when it was closed"
        assert threading.active_count() == threads, "it left a thread behind"
        assert state.threads_are_kept, "it changed the number of torch's threads"
        assert state.is_kept, (
            "it drew from a global generator, or seeded it: draw from the `rng` that search is "
            "handed"
        )

    def test_settings_pickle_compare_and_print(self) -> None:
        """A worker gets the strategy by pickle, and tables print its settings."""
        again = pickle.loads(pickle.dumps(self.given))
        assert again == self.given, "a pickled copy is not equal: make it a frozen dataclass"
        assert type(self.given).__name__ in repr(self.given)

    def test_improves_on_its_start_on_a_bowl(self) -> None:
        """In 100 units (`improves_within`), from three starts."""
        for seed in range(3):
            scores = self.spent(self.improves_within, seed)
            assert scores.max() > scores[0], f"in {len(scores)} scores it found nothing better"
