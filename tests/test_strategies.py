"""Conformance: every strategy of the table keeps every promise of the house."""

from __future__ import annotations

import inspect
import json
import os
import pickle
import random
import re
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import bowl, finished, flat, make_bowl, rows, started

import blackbox as bb
from blackbox import names
from blackbox.protocol import Brief, Capability, Search, Strategy, wishes
from blackbox.runtime.engine import advance
from blackbox.strategies import TABLE
from blackbox.trace import Status

# An entry that is slow at its defaults (a second an iteration) is held to the same promises, in
# settings that go the same way through the code with less work at each step. Its larger design
# leaves 6 models to a budget of 30, and 76 to one of 100.
CHEAP = {
    "conditional_generator": "conditional_generator(steps=5)",
    "ax": "ax(initial=90)",
    "smac": "smac(model='forest', initial=98)",
    "botorch_loop": "botorch_loop(initial=24, restarts=1, raw_samples=8, steps=2)",
}
# Entries at their defaults, and settings that take another way through the code.
REFERENCES = [
    *(CHEAP.get(name, name) for name in TABLE),
    *(f"zeroth_order(estimator={e!r})" for e in ("central", "forward", "spsa", "orthogonal")),
    "zeroth_order(estimator='aligned', samples=3, step='sign', learning_rate=0.05)",
    "zeroth_order(estimator='spsa', step='spsa')",
    "chained_zeroth_order(directions='isotropic')",
    "guided_es(alpha=0.5, guides=1, samples=2)",
    "gradient_ascent(patience=2)",
    "gradient_ascent(step='normalised', schedule='linear1cycledrop', patience=2)",
    "gradient_ascent(gradient='spsa', step='sign', learning_rate=0.05, schedule='cosine')",
    "multi_start(starts=5, climbs=3, patience=2)",
    "lbfgs(memory=2, draws=1, tolerance=0.1)",
    "langevin(beta=2.0, step=0.3, adapt=False)",
    "pcn(beta=2.0, adapt=False)",
    "hill_climb(schedule='constant')",
    "generator_network(batch=2, diversity=1.0, margin=0.0, prior=0.5, training=0.5)",
    "finetune_decoder(learning='reward', epochs=2)",
    "cma_es(popsize=4, sigma0=1.0)",
    "cma_es(restarts='bipop', options={'CMA_elitist': True})",
    "sep_cma_es(restarts='ipop')",
    "sphere_cma_es(radius=1.5, popsize=4)",
    "basin_cma(steps=1, popsize=4, final=0.2)",
    "bayes_opt(q=3)",
    "bayes_opt(gradients=True)",
    "turbo(acquisition='ts', q=3)",
    "restarts(strategy='gradient_ascent', patience=5)",
    "chain(strategies=['random_search', 'gradient_ascent', 'zeroth_order'], shares=[1, 2, 1])",
    "guarded(strategy='gradient_ascent', guard='typical')",
    "auto(members=['gradient_ascent', 'turbo', 'sobol_search'], turns=9)",
    "nevergrad:OnePlusOne",
    "nevergrad:CMA",
    "nevergrad:Cobyla",
    "nevergrad:NGOpt",
    "differential_evolution(popsize=6, crossover=0.9)",
    "particle_swarm(popsize=5)",
    "optuna:CmaEsSampler",
    *(f"scipy:{method}" for method in ("nelder_mead", "cobyla", "trust_constr", "basinhopping")),
    *(f"scipy:{method}" for method in ("cobyqa", "direct", "dual_annealing")),
    "scipy:bfgs(differences=True)",
]
SPACES = {
    "normal": bb.Space.normal(4),
    "box": bb.Space.box([-1, 0, -3, 0.2], [1, 2, 3, 0.9]),
    "sphere": bb.Space.sphere(4),
    "line": bb.Space.normal(1),
    "shaped": bb.Space.normal((2, 2)),
    "fixed": bb.Space.box([-1, 0, 0.5, -3, 0.2], [1, 2, 0.5, 3, 0.9]),  # four of five are free
}


@pytest.fixture(params=REFERENCES)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return names.strategy(request.param)


@pytest.mark.parametrize("budget", [1, 7, 100])
def test_spends_all_of_the_budget_and_never_more(strategy: Strategy, budget: int) -> None:
    run = finished(strategy, make_bowl(SPACES["normal"]), budget=budget)
    assert run.status is Status.SPENT, run.error
    assert run.meter.spent == budget
    assert run.recorder.filled()["n_scores"][-1] <= budget


@pytest.mark.parametrize("space", SPACES)
def test_asks_only_points_of_its_space(strategy: Strategy, space: str) -> None:
    decoder = None if SPACES[space].is_plain else flat
    run = finished(strategy, make_bowl(SPACES[space], decoder=decoder), budget=40)
    assert run.status is Status.SPENT, run.error
    z = run.recorder.filled()["z"]
    latent = ~np.isnan(z).all(axis=1)  # an object asked in data space has no z, and no bounds
    assert latent[0]
    assert SPACES[space].contains(z[latent]).all()


def test_begins_with_the_start_of_its_seed(strategy: Strategy) -> None:
    run = started(strategy, make_bowl(SPACES["normal"]))
    assert np.array_equal(run.pending.points[0], run.brief.start[0])


def test_same_seed_same_trace_and_other_seed_other_trace(strategy: Strategy) -> None:
    objective = make_bowl(SPACES["normal"])
    again = [rows(finished(strategy, objective, seed=seed)) for seed in (3, 3, 4)]
    assert again[0] == again[1]
    assert again[0] != again[2]


def test_alone_equals_in_company(strategy: Strategy) -> None:
    w = torch.randn(32, 4, generator=torch.Generator().manual_seed(0))
    objective = make_bowl(SPACES["normal"], decoder=lambda z: torch.tanh(z @ w.T))
    alone = rows(finished(strategy, objective, seed=1))
    company = [started(strategy, objective, seed=seed) for seed in (0, 1, 2)]
    company.append(started(names.strategy("random_search(batch=13)"), objective))
    advance(company, objective.evaluate)
    assert rows(company[1]) == alone


def test_straight_through_equals_replayed_and_continued(strategy: Strategy) -> None:
    objective = make_bowl(SPACES["normal"])
    journal: list = []
    whole = finished(strategy, objective, journal=journal)
    for cut in (1, len(journal) // 2):
        again = started(strategy, objective)
        again.replay(journal[:cut])
        advance([again], objective.evaluate)
        assert rows(again) == rows(whole)


def test_survives_a_flat_objective(strategy: Strategy) -> None:
    flat = make_bowl(SPACES["normal"], lambda x: 0 * x.sum(-1))
    run = finished(strategy, flat, budget=50)
    assert (run.status, run.meter.spent) == (Status.SPENT, 50), run.error


def test_survives_ties(strategy: Strategy) -> None:
    steps = make_bowl(SPACES["normal"], lambda x: torch.round(bowl(x) / 4) + 0 * x.sum(-1))
    run = finished(strategy, steps, budget=50)
    assert run.status is Status.SPENT, run.error


@dataclass(frozen=True)
class Heard:
    """A strategy of which every answer is kept that it is sent."""

    strategy: Strategy
    answers: list[bb.Answer]

    @property
    def needs(self) -> frozenset[Capability]:
        return self.strategy.needs

    @property
    def uses(self) -> frozenset[Capability]:
        return wishes(self.strategy)

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        with closing(self.strategy.search(brief, rng)) as search:
            message = next(search)
            while True:
                answer = yield message
                self.answers.append(answer)
                message = search.send(answer)


@pytest.mark.parametrize("share", ["half", "all"])
def test_survives_invalid_points(strategy: Strategy, share: str) -> None:
    """They are recorded as NaN, and told as worse than all that the run has seen."""

    def broken(x: torch.Tensor) -> torch.Tensor:
        holes = x[:, 0] > 0 if share == "half" else x[:, 0] > -torch.inf
        return torch.where(holes, torch.nan, bowl(x))

    heard: list[bb.Answer] = []
    run = finished(Heard(strategy, heard), make_bowl(SPACES["normal"], broken), budget=50)
    assert (run.status, run.meter.spent) == (Status.SPENT, 50), run.error
    recorded = run.recorder.filled()
    assert np.array_equal(np.isfinite(recorded["score"]), recorded["valid"])
    told = [answer for answer in heard if "score" in answer]
    assert all(np.isfinite(answer.score).all() for answer in told)
    worst = np.inf
    for answer in told:
        worst = min([worst, *answer.score[answer.valid]])
        assert (answer.score[~answer.valid] < worst).all()


def test_asks_for_nothing_that_it_did_not_declare(strategy: Strategy) -> None:
    run = started(strategy, make_bowl(SPACES["normal"]), budget=40)
    asked = set()
    while run.pending is not None:
        asked.add(bb.protocol.needed(run.pending))
        advance([run], make_bowl(SPACES["normal"]).evaluate, rounds=1)
    assert asked - {None} <= strategy.needs | wishes(strategy)


def test_closing_at_any_ask_leaves_no_thread_and_no_changed_chance(strategy: Strategy) -> None:
    objective, before = make_bowl(SPACES["normal"]), threading.active_count()
    state, python = np.random.get_state()[1].copy(), random.getstate()
    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    for asks in (0, 1, 5, 12):
        run = started(strategy, objective)
        advance([run], objective.evaluate, rounds=asks)
        run.close()
    assert threading.active_count() == before
    assert np.array_equal(np.random.get_state()[1], state)
    assert random.getstate() == python
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert torch.get_num_threads() == threads


def test_settings_pickle_compare_and_print(strategy: Strategy) -> None:
    again = pickle.loads(pickle.dumps(strategy))
    assert again == strategy
    assert hash(again) == hash(strategy)
    assert type(strategy).__name__ in repr(strategy)
    assert names.strategy(names.label(strategy)) == strategy


@pytest.mark.parametrize("seed", range(3))
def test_improves_on_its_start_on_a_bowl(strategy: Strategy, seed: int) -> None:
    run = finished(strategy, make_bowl(SPACES["normal"]), budget=100, seed=seed)
    scores = run.recorder.filled()["score"]
    assert scores.max() > scores[0]


@pytest.mark.parametrize("name", TABLE)
def test_docstring_names_its_source(name: str) -> None:
    owner = type(names.strategy(name))
    assert re.search(r"\b(19|20)\d\d\b", owner.__doc__), "the class names no year"
    module = inspect.getmodule(owner).__doc__
    assert re.search(r"arXiv|doi|JMLR|https://", module), "the module names no paper"
    row = next(row for row in names.listing("strategies") if row["name"] == name)
    assert row["source"], "the first line of the class does not end in its source: what (who, when)"


# Runs the whole table in one fresh interpreter: strings hash differently there.
FRESH = """
import json, sys
sys.path.insert(0, sys.argv[1])
from conftest import finished, make_bowl, rows
import hashlib, blackbox as bb
from blackbox import names
digests = {}
for reference in json.loads(sys.argv[2]):
    run = finished(names.strategy(reference), make_bowl(bb.Space.normal(4)))
    digests[reference] = hashlib.sha256(b"".join(rows(run))).hexdigest()
print(json.dumps(digests))
"""


def digests_in_a_fresh_process(hash_seed: str) -> dict[str, str]:
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FRESH, here, json.dumps(REFERENCES)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_same_trace_in_processes_with_other_hash_seeds() -> None:
    assert digests_in_a_fresh_process("1") == digests_in_a_fresh_process("2")
