"""The guard that asks how far points are to be believed: worth for scores, and an end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import blackbox as bb

CLIMB = "gradient_ascent(patience=1000, after='stop')"
GUARDED = f"guarded(strategy={CLIMB!r}, guard='trust', patience=5)"
CMA = "guarded(strategy='cma_es', guard='trust')"


def half(x: torch.Tensor) -> np.ndarray:
    return np.asarray(x)[:, 0] / 2


def slope(trust: bb.Trust | None = None, **settings: object) -> bb.Objective:
    trust = trust or bb.Trust([half], n=200, level=0.01)
    return bb.Objective(
        lambda x: x[:, 0] + 0.1 * torch.tanh(x[:, 1]),
        space=bb.Space.normal(4),
        name="slope",
        trust=trust,
        **settings,  # type: ignore[arg-type]
    )


def test_a_climb_ends_where_trust_does_and_evolution_stays_inside() -> None:
    study = bb.compare(slope(), [CLIMB, GUARDED, CMA, "cma_es"], 120, seeds=3)
    by_name = {
        name: [t for t in study.traces if t.strategy.startswith(name)]
        for name in (CLIMB, "guarded")
    }
    believer = slope().trust.of(slope())  # type: ignore[union-attr]
    for trace in by_name["guarded"]:
        trusted = believer(trace.z, trace.score) > believer.level
        if "gradient" in trace.strategy:
            assert str(trace.status) == "returned"
            assert not trusted[-5:].any()  # its patience
            assert trusted[-6]
        else:
            assert len(trace) == 120
            assert trusted[-40:].mean() > 0.5
    wild = next(t for t in study.traces if t.strategy == "cma_es")
    assert (believer(wild.z, wild.score) > believer.level)[-40:].mean() < 0.1
    assert by_name[CLIMB][0].score.max() > max(t.score.max() for t in by_name["guarded"])


def test_it_is_told_what_points_are_worth() -> None:
    heard: list[float] = []

    class Listens:
        def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
            z = np.zeros((2, 4))
            z[1, 0] = 1.0
            answer = yield bb.Ask(z)
            heard.extend(answer.score)

    from blackbox.strategies.composed.guarded import Guarded

    bb.compare(
        slope(starts=lambda rng, m: np.zeros((m, 4))), Guarded(Listens(), "trust"), 5, seeds=1
    )
    assert heard == [0.0, 0.5]  # the other scorer says half


def test_it_goes_on_from_a_folder_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole = bb.compare(slope(), CMA, 60, seeds=1).traces[0]
    bb.compare(slope(), CMA, 31, seeds=1, store=tmp_path)
    continued = bb.compare(slope(), CMA, 60, seeds=1, store=tmp_path).traces[0]
    np.testing.assert_array_equal(whole.z, continued.z)
    np.testing.assert_array_equal(whole.score, continued.score)


def test_another_trust_makes_its_runs_anew_and_leaves_those_that_do_not_ask(
    tmp_path: Path,
) -> None:
    both = [CMA, "cma_es"]
    first = bb.compare(slope(), both, 40, seeds=1, store=tmp_path)
    files = {path.name for path in (tmp_path / "runs").glob("*.run")}
    lax = bb.Trust([half], n=200, level=0.2)
    with pytest.raises(bb.StoreError, match=r"told of objective slope: was trust \w+, is trust"):
        bb.compare(slope(lax), both, 40, seeds=1, store=tmp_path)
    again = bb.compare(slope(lax), both, 40, seeds=1, store=tmp_path, again="edited")
    digests = [[trace.digest() for trace in study.traces] for study in (first, again)]
    assert digests[0][0] != digests[1][0]
    assert digests[0][1] == digests[1][1]
    assert len({path.name for path in (tmp_path / "runs").glob("*.run")} - files) == 1
    assert bb.load(tmp_path).traces[0].digest() == digests[1][0]
    back = bb.compare(slope(), both, 40, seeds=1, store=tmp_path, again="edited")
    assert [trace.digest() for trace in back.traces] == digests[0]  # nothing is paid again


def test_a_search_inside_hears_what_known_points_are_worth() -> None:
    heard: list[bb.Brief] = []

    class Listens:
        def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
            heard.append(brief)
            yield bb.Ask(brief.start[:1])

    from blackbox.strategies.composed.guarded import Guarded

    z = np.zeros((2, 4))
    z[:, 0] = 1.0, 50.0
    bb.compare(slope(), Guarded(Listens(), "trust"), 5, seeds=1, known=(z, np.array([1.0, 50.0])))
    assert heard[0].known is not None
    points, answer = heard[0].known
    assert points[:2, 0].tolist() == [1.0, 50.0]
    assert answer.score[0] == 0.5  # the other scorer says half
    assert answer.valid[:2].tolist() == [True, False]  # no real point scores 50
    assert answer.score[1] < answer.score[0]


def test_without_a_trust_it_is_skipped_with_what_to_do() -> None:
    plain = bb.Objective(lambda x: x.sum(1), space=bb.Space.normal(2), name="plain")
    study = bb.compare(plain, [CMA, "cma_es"], 5, seeds=1)
    assert "was given no trust" in study.skipped.reason.item()
    assert "give it trust=bb.Trust()" in study.skipped.reason.item()
    with pytest.raises(bb.ObjectiveError, match="given no trust="):
        plain.evaluate(bb.Believe(np.zeros((1, 2)), np.zeros(1)))
