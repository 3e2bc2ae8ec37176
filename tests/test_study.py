"""A study from end to end: pairs, prices, the store, processes, reports."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox.protocol import Brief, Capability, Search
from blackbox.runtime.store import Store, StoreError
from blackbox.scoring import objective as objective_room
from blackbox.scoring.batching import ONE_SHAPE
from blackbox.study import Study
from tests.conftest import bowl, make_bowl, objects_of, path_of

pytestmark = pytest.mark.slow

FAMILIES = ["random_search", "gradient_ascent", "zeroth_order", "cma_es", "bayes_opt"]


@pytest.fixture(scope="module")
def study() -> bb.Comparison:
    """The example of the mission, word for word."""
    W = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))
    mine = bb.Objective(
        name="mine",
        decoder=lambda z: torch.tanh(z @ W.T),
        scorer=lambda x: -((x - 0.3) ** 2).sum(-1),
        space=bb.Space.normal(8),
    )
    hidden = bb.Objective(
        name="hidden",
        decoder=lambda z: torch.tanh(z @ W.T),
        scorer=lambda x: -((np.asarray(x) - 0.3) ** 2).sum(-1),
        space=bb.Space.normal(8),
    )
    return bb.compare([mine, hidden, "digits.thickness"], FAMILIES, budget=60, seeds=3)


def test_every_run_spends_its_budget_and_no_row_lies_beyond_it(study: bb.Comparison) -> None:
    assert len(study.runs) == 14 * 3
    assert (study.runs.query("status == 'spent'").used == 60).all()
    assert (study.runs.status == "spent").all()
    assert (study.evaluations.cost <= 60).all()


def test_a_cell_that_cannot_be_compared_is_skipped_with_a_reason(study: bb.Comparison) -> None:
    (skip,) = study.skipped.to_dict("records")
    assert (skip["objective"], skip["strategy"]) == ("hidden", "gradient_ascent")
    assert "scorer `<lambda>` of objective hidden is not differentiable" in skip["reason"]
    assert "use zeroth_order" in skip["reason"]


def test_the_first_row_is_the_seed_s_start_for_every_strategy(study: bb.Comparison) -> None:
    first = study.evaluations.query("row == 0").groupby(["objective", "seed"], observed=True)
    assert (first.score.min() == first.score.max()).all()
    assert (first.size() >= 4).all()
    firsts = {(t.objective, t.seed, t.z[0].tobytes()) for t in study.traces}
    assert len(firsts) == 9


def test_a_gradient_costs_one_score_and_one_gradient(study: bb.Comparison) -> None:
    rows = study.evaluations.query("strategy == 'gradient_ascent' and objective == 'mine'")
    # A fifth of the budget, in scores, says where to begin; the rest are scores with gradients.
    assert (rows.n_gradients == (rows.n_scores - 12).clip(lower=0)).all()
    assert (rows.cost == rows.n_scores + rows.n_gradients).all()
    assert rows.groupby("seed").n_gradients.max().tolist() == [24, 24, 24]


def test_frames_have_the_columns_of_the_design(study: bb.Comparison) -> None:
    evaluations = (
        "objective strategy seed row n_scores n_gradients cost score best status z_norm log_prior"
    )
    assert list(study.evaluations.columns)[:13] == [*evaluations.split(), "seconds"]
    runs = "objective strategy seed status granted used wasted best best_cost"
    assert list(study.runs.columns)[:9] == runs.split()
    for name in ("digit", "thickness", "manifold"):
        assert {f"judge_{name}", f"judge_{name}_start"} <= set(study.runs.columns)
    rest = "thinking_seconds evaluation_seconds n_invalid n_duplicate error versions"
    assert set(rest.split()) <= set(study.runs.columns)


def test_summary_has_one_row_per_cell(study: bb.Comparison) -> None:
    summary = study.summary()
    assert len(summary) == 14
    assert (summary.n_ok == "3/3").all()
    random = summary.query("strategy == 'random_search'")
    assert random.score.abs().max() < 1e-9


def test_prices_cut_the_same_runs(normal_bowl: bb.Objective) -> None:
    climb = "gradient_ascent(start='first')"
    study = bb.compare(normal_bowl, ["random_search", climb], 24, seeds=2, prices=[2, 1, 5])
    tables = {p: study.at(p).summary().set_index("strategy") for p in (1, 2, 5)}
    rows = {p: table.loc[climb] for p, table in tables.items()}
    # Runs are granted at the cheapest price, 1: 12 gradients. At 2 it pays for 8, at 5 for 4.
    assert study.evaluations.query("strategy == @climb").groupby("seed").size().max() == 12
    assert [rows[p].used for p in (1, 2, 5)] == [24, 24, 24]
    assert rows[1].best_mean >= rows[2].best_mean >= rows[5].best_mean
    random = {p: table.loc["random_search"].best_mean for p, table in tables.items()}
    assert random[5] == random[1]


def same_traces(one: bb.Comparison, other: bb.Comparison) -> bool:
    return [t.digest() for t in one.traces] == [t.digest() for t in other.traces]


@functools.cache
def small(**settings: Any) -> bb.Comparison:
    return bb.compare(*SMALL, **settings)


SMALL = (
    ("synthetic.sphere(d=3)", "synthetic.rastrigin(d=2)"),
    ("random_search", "gradient_ascent", "cma_es"),
    15,
    3,
)


def test_processes_give_the_same_traces_and_lambdas_travel() -> None:
    w = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    mine = make_bowl(bb.Space.normal(3), decoder=lambda z: torch.tanh(z @ w.T))
    objectives: list[bb.Objective | str] = [mine, SMALL[0][0]]
    here = bb.compare(objectives, SMALL[1], 15, 3)
    assert same_traces(bb.compare(objectives, SMALL[1], 15, 3, jobs=2), here)


def test_a_stored_study_is_the_study(tmp_path: Path) -> None:
    study = small(store=str(tmp_path))
    again = bb.load(tmp_path)
    assert same_traces(again, study)
    clock = ["seconds"]
    pd.testing.assert_frame_equal(
        again.evaluations.drop(columns=clock), study.evaluations.drop(columns=clock)
    )
    pd.testing.assert_frame_equal(again.runs, study.runs)
    pd.testing.assert_frame_equal(again.summary(), study.summary())
    assert not list((tmp_path / "runs").glob("*.partial"))


def test_a_loaded_study_keeps_the_order_of_its_plan(tmp_path: Path) -> None:
    """Names that differ from their references, and objects whose names are no call form."""
    mine = bb.Objective(bowl, space=bb.Space.normal(2), name="my own, bold one")
    objectives: list[bb.Objective | str] = [
        "synthetic.sphere(d=10)",
        mine,
        "synthetic.ackley(d=10)",
    ]
    study = bb.compare(objectives, ["sobol_search", "cma_es"], 6, seeds=[4, 2], store=tmp_path)
    names = [t.objective for t in study.traces[::4]]
    assert names == ["synthetic.sphere", "my own, bold one", "synthetic.ackley"]
    assert same_traces(bb.load(tmp_path), study)


def test_finished_runs_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = small(store=str(tmp_path))
    files = sorted((tmp_path / "runs").glob("*.run"))
    assert len(files) == 18
    for lost in files[:5]:
        lost.unlink()
    saved: list[str] = []
    save = Store.save

    def noted(self: Store, key: str, *run: Any) -> None:
        saved.append(key)
        save(self, key, *run)

    monkeypatch.setattr(Store, "save", noted)
    heard: list[float] = []
    again = bb.compare(*SMALL, store=tmp_path, progress=lambda units, whole: heard.append(units))
    assert same_traces(again, study)
    assert sorted(saved) == [file.stem for file in files[:5]]
    assert sum(heard) == 18 * 15


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        if stop and len(stop) < 2:
            stop.append(1)
            raise KeyboardInterrupt
        return bowl(x)

    stop: list[int] = []
    objective = make_bowl(bb.Space.normal(3), score)
    objective.rehearse([0], 1)
    objectives: list[bb.Objective | str] = ["synthetic.sphere(d=2)", objective]
    stop.append(1)
    with pytest.raises(KeyboardInterrupt):
        bb.compare(objectives, ["random_search"], 10, 2, store=tmp_path)
    assert len(list((tmp_path / "runs").glob("*.run"))) == 2
    study = bb.compare(objectives, ["random_search"], 10, 2, store=tmp_path)
    assert (study.runs.used == 10).all()


def test_an_edited_scorer_is_another_objective(tmp_path: Path) -> None:
    specs = [
        Study((make_bowl(bb.Space.normal(2), score),), ("random_search",), 5, (0,)).plan().specs[0]
        for score in (lambda x: bowl(x), lambda x: bowl(x), lambda x: bowl(x) * 2)
    ]
    assert specs[0].key == specs[1].key != specs[2].key


def test_a_folder_with_the_runs_of_an_edited_scorer_is_refused(tmp_path: Path) -> None:
    bb.compare(make_bowl(bb.Space.normal(2)), "random_search", 5, seeds=1, store=tmp_path)
    edited = make_bowl(bb.Space.normal(2), lambda x: bowl(x) * 2)
    with pytest.raises(StoreError, match=r"scorer.*its code has changed|scorer.*was .*, is"):
        bb.compare(edited, "random_search", 5, seeds=1, store=tmp_path)


def test_a_noisy_scorer_and_a_plain_class_can_be_resumed(tmp_path: Path) -> None:
    class Plain:
        """A strategy whose repr is its place in memory."""

        needs: frozenset[Capability] = frozenset()

        def __init__(self, step: float) -> None:
            self.step = step

        def search(self, brief: Brief, rng: np.random.Generator) -> Search:
            while True:
                yield bb.Ask(brief.start[:1] + self.step * rng.standard_normal((1, 2)))

    rng = np.random.default_rng(0)
    for _ in range(2):
        noisy = make_bowl(bb.Space.normal(2), lambda x: bowl(x) + rng.standard_normal(len(x)))
        bb.compare(noisy, Plain(0.5), 5, seeds=2, store=tmp_path)
    assert len(list((tmp_path / "runs").glob("*.run"))) == 2
    assert len(bb.load(tmp_path).runs) == 2


def test_data_space_criteria_and_objects_survive_the_store(tmp_path: Path) -> None:
    class InDataSpace:
        """Asks decoded objects, moved a little."""

        needs = frozenset({bb.Capability.DECODE, bb.Capability.DATA})

        def search(self, brief: Brief, rng: np.random.Generator) -> Search:
            yield bb.Ask(brief.start[:1])
            x = (yield bb.Decode(brief.start[:2])).x
            while True:
                yield bb.Ask(x + 0.1 * rng.standard_normal(x.shape), at="data")

    objective = bb.Objective(
        lambda x: torch.stack([x.mean((1, 2)), -x.std((1, 2))], 1),
        decoder=lambda z: torch.sigmoid(z).reshape(-1, 2, 3),
        space=bb.Space.normal(6),
        weights={"bright": 1.0, "even": 0.5},
        judges={
            "sum": lambda x: x.sum((1, 2)),
            "moved": lambda x, start: (x - start).abs().sum((1, 2)),
        },
        name="tiny",
    )
    study = bb.compare(objective, [InDataSpace()], 12, seeds=1, store=tmp_path)
    (trace,) = study.traces
    (again,) = bb.load(tmp_path).traces
    assert trace.status == "spent", trace.error
    assert list(trace.x) == list(range(1, 12))
    best = trace.best_row()
    assert best is not None
    at = list(path_of(trace).rows).index(best)
    assert objects_of(trace)[at] == pytest.approx(trace.x[best], abs=1e-6)
    assert path_of(trace).judged["sum"][at] == pytest.approx(trace.x[best].sum(), abs=1e-5)
    assert path_of(trace).judged["moved"][0] == 0
    assert np.array_equal(objects_of(again), objects_of(trace))
    assert np.array_equal(again.x[best], trace.x[best])
    weighed = trace.criteria["bright"] + 0.5 * trace.criteria["even"]
    assert weighed == pytest.approx(trace.score, abs=1e-6)
    assert {"bright", "even"} <= {c.removeprefix("criterion_") for c in study.evaluations.columns}


def test_a_target_is_hit_and_a_loss_is_minimised() -> None:
    value: dict[str, Any] = {"space": bb.Space.normal(2), "name": "norm"}
    hit = bb.Objective(lambda z: z.norm(dim=-1), target=3.0, **value)
    study = bb.compare(hit, "cma_es", 150, seeds=1)
    assert study.runs.best[0] > -1e-3
    assert np.linalg.norm(study.traces[0].z[study.traces[0].best_row()]) == pytest.approx(
        3, abs=0.05
    )
    least = bb.Objective(lambda z: z.norm(dim=-1), maximize=False, **value)
    assert 0 <= bb.compare(least, "cma_es", 150, seeds=1).runs.best[0] < 0.1


def test_a_scorer_of_one_object_and_a_decoder_of_texts() -> None:
    def text(z: torch.Tensor) -> list[str]:
        return ["".join("ab"[int(v > 0)] for v in row) for row in z]

    objective = bb.Objective(
        lambda word: word.count("a"), text, bb.Space.normal(5), batched=False, name="words"
    )
    study = bb.compare(objective, ["random_search", "cma_es"], 40, seeds=2)
    assert (study.runs.best >= 3).all()
    words = objects_of(study.traces[0])
    assert set("".join(words.tolist())) <= {"a", "b"}


def test_a_module_offers_its_dtype_and_itself() -> None:
    decoder = torch.nn.Linear(3, 4).double()
    objective = bb.Objective(lambda x: x.sum(-1), decoder, bb.Space.normal(3), name="linear")
    assert objective.facts.dtype == torch.float64
    assert bb.Capability.DECODER in objective.capabilities


def test_values_keep_their_bits_where_the_batch_size_changes_them() -> None:
    """A decoder whose rows depend on the batch size is called with batches of one size."""

    def fickle(z: torch.Tensor) -> torch.Tensor:
        return z * (1 + len(z) * 1e-7)

    objective = make_bowl(bb.Space.normal(3), decoder=fickle)
    assert objective.facts.batching == ONE_SHAPE
    z = np.random.default_rng(0).standard_normal((70, 3))
    whole = objective.evaluate(bb.Ask(z)).score
    parts = [objective.evaluate(bb.Ask(part)).score for part in (z[:1], z[1:40], z[40:])]
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_slow_scorer_never_sees_a_padded_row() -> None:
    seen = []

    def slow(x: np.ndarray) -> Any:
        seen.append(len(np.asarray(x)))
        return -(np.asarray(x) ** 2).sum(-1)

    objective = bb.Objective(slow, lambda z: torch.tanh(z), bb.Space.normal(3), name="slow")
    objective.rehearse([0], 8)
    seen.clear()
    bb.compare(objective, "random_search", 11, seeds=1)
    assert sum(seen) == 11


@pytest.mark.usefixtures("undrawn")
def test_reports_are_written_and_the_recipe_is_kept(tmp_path: Path) -> None:
    small(store=str(tmp_path)).report(tmp_path)
    assert (tmp_path / "README.md").exists()
    for name in ("evaluations.parquet", "runs.parquet"):
        assert len(pd.read_parquet(tmp_path / name))
    recipe = json.loads((tmp_path / "runs" / "recipe.json").read_text())
    assert recipe["budget"] == 15
    assert recipe["seeds"] == [0, 1, 2]


def test_the_objective_room_says_what_it_offers() -> None:
    assert objective_room.Objective is bb.Objective
    assert repr(make_bowl(bb.Space.sphere(3))) == "Objective('bowl', sphere(3, 1.73205))"
