"""Trust without truth: exact turning points, random labels, and what each measure sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import blackbox as bb

Floats = NDArray[np.float64]
DIM, REACH = 5, 2.5  # the truth turns so many deviations from the centre


def truth(z: Floats) -> Floats:
    """Quadratic: it rises along the first axis up to `REACH`, and falls to all sides."""
    return np.asarray(z[:, 0] - (z**2).sum(axis=1) / (2 * REACH), np.float64)


def features(z: Floats) -> Floats:
    return np.column_stack([np.ones(len(z)), z, z**2])


def least_squares(of: Callable[[Floats], Floats], x: Floats, y: Floats) -> Callable[[Any], Floats]:
    weights = np.linalg.lstsq(of(x), y, rcond=None)[0]
    return lambda x: of(np.asarray(x, float)) @ weights


def quadratic(x: Floats, y: Floats, rng: np.random.Generator) -> Callable[[Any], Floats]:
    return least_squares(features, x, y)


@dataclass(frozen=True)
class Line:
    """Goes straight up a linear scorer, in steps of a twentieth of a deviation."""

    direction: tuple[float, ...]

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        """To the end of the budget."""
        for step in range(1000):
            yield bb.Ask(brief.start[:1] + 0.05 * step * np.array(self.direction))


def line_study(labels: Callable[[Floats], Floats]) -> tuple[bb.Comparison, bb.Trust, Floats]:
    """A linear scorer of a sample, climbed; five quadratic ones of the same; its slope."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((400, DIM))
    y = labels(x) + 0.2 * rng.standard_normal(len(x))
    slope = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0][:DIM]
    way = slope / np.linalg.norm(slope)
    objective = bb.Objective(
        lambda z: z @ torch.tensor(slope, dtype=z.dtype),
        space=bb.Space.normal(DIM),
        name="line",
        judges={"truth": bb.Judge(lambda z: truth(z.numpy()), truth=True)},
        starts=lambda rng, m: 0.3 * rng.standard_normal((m, DIM)),
    )
    trust = bb.Trust(bb.ensemble(quadratic, 5, (x, y)), measures=["shell"])
    study = bb.compare(objective, Line(tuple(way)), 120, seeds=6)
    return study, trust, np.asarray(slope, np.float64)


def test_the_choice_lies_at_the_exact_turning_point_of_a_quadratic_truth() -> None:
    study, trust, slope = line_study(truth)
    way = slope / np.linalg.norm(slope)
    for row in study.best(each="run", trust=trust).to_dict("records"):
        start = next(t.z[0] for t in study.traces if t.seed == row["seed"])
        # Along start + s way the truth is a parabola in s, whose top is where its slope is 0.
        top = REACH * way[0] - start @ way
        gone = (row["z"] - start) @ way
        assert abs(gone - top) < 0.2 * top
        assert row["best_score"] > row["score"] + 1  # the scorer promises more all the way


@pytest.mark.parametrize("seed", range(3))
def test_the_start_is_returned_where_labels_were_random(seed: int) -> None:
    study, trust, _ = line_study(lambda x: np.random.default_rng([seed, 1]).standard_normal(len(x)))
    table = study.best(each="run", trust=trust)
    assert table["row"].tolist() == [0] * 6
    assert table["trust"].tolist() == [0] * 6
    assert not trust.is_skilled


def test_a_second_scorer_that_shares_the_blindness_sees_nothing() -> None:
    """It promises the same: only what looks elsewhere can end this."""
    study, _, slope = line_study(truth)
    blind = bb.Trust([lambda x: x @ torch.tensor(slope, dtype=x.dtype)], measures=["disagreement"])
    fooled = study.best(each="run", trust=blind)
    assert (fooled["score"] == fooled["best_score"]).all()
    sighted = study.best(each="run", trust=bb.Trust(measures=["shell"]))
    assert (sighted["score"] < fooled["score"]).all()


def test_a_gain_that_scorers_differ_by_anywhere_is_none() -> None:
    """They agree but for a wave: the start is chosen until more is promised than its height."""
    objective = bb.Objective(lambda x: x[:, 0], space=bb.Space.normal(2), name="wavy")
    high = 0.5
    wave = [lambda x: 3.0 + x[:, 0] + high * torch.sin(50 * x[:, 1])]
    margin = bb.Trust(wave).of(objective).margin
    assert abs(margin - high / np.sqrt(2)) < 0.1 * high  # of 500 points; the constant is no doubt
    assert bb.Trust([lambda x: 3.0 + x[:, 0]]).of(objective).margin < 1e-6
    for budget in (4, 40):  # both promise less than the margin, and more
        study = bb.compare(objective, Line((1.0, 0.0)), budget, seeds=3)
        for row in study.trusted(bb.Trust(wave)).to_dict("records"):
            is_more = row["best_score"] - row["start"] > margin
            assert (row["row"] > 0) == is_more == (budget == 40)
            assert row["worth"] == pytest.approx(row["score"])


def squares(z: torch.Tensor) -> torch.Tensor:
    return z.reshape(len(z), 2, -1) ** 2


@pytest.fixture(scope="module")
def hill() -> bb.Objective:
    return bb.Objective(lambda x: x.sum((1, 2)), squares, bb.Space.normal(6), name="hill")


MEASURES = ["appearance", "shell", "codes", "cycle", "extrapolation", "sharpness"]


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_believes_draws_and_not_what_lies_far(
    hill: bb.Objective, measure: str
) -> None:
    encoder = lambda x: 0.9 * x.reshape(len(x), -1).sqrt()  # noqa: E731
    trust = bb.Trust(encoder=encoder, measures=[measure], n=400).of(hill)
    draws = hill.space.sample(np.random.default_rng(5), 300)
    scores = hill.evaluate(bb.Ask(draws)).score
    p = trust(draws, scores)
    # A share of 0.1 has 0.1 or less, but for the chance of 300 draws and of 200 real ones.
    assert abs((p <= 0.1).mean() - 0.1) < 4 * np.sqrt(0.09 / 300 + 0.09 / 200)
    far = np.full((1, 6), -4.0)
    (at_far,) = trust(far, hill.evaluate(bb.Ask(far)).score)
    assert at_far == 1 / 201
    assert not at_far > trust.level


def test_ones_own_detector_counts(hill: bb.Objective) -> None:
    own = bb.Trust(detectors={"corner": lambda x: x[:, 0, 0]}, measures=[]).of(hill)
    assert own(np.array([[5.0, 0, 0, 0, 0, 0], [0.0, 5, 5, 5, 5, 5]])).round(2).tolist() == [0, 1]
    at = bb.Judge(lambda z: z[:, 1], reads="latent")
    assert set(bb.Trust(detectors={"side": at}).of(hill).real) == {
        *("appearance", "extrapolation", "side")
    }


def test_objects_may_be_texts_or_nothing_that_has_a_distance() -> None:
    words = ["abcabc", "abcabd", "abdabd", "zzzzzz"]

    class Thing:
        def __init__(self, row: torch.Tensor) -> None:
            self.row = row

    def written(z: torch.Tensor) -> list[str]:
        return [words[min(3, int(abs(float(row[0]))))] for row in z]

    def things(z: torch.Tensor) -> list[Thing]:
        return [Thing(row) for row in z]

    texts = bb.Objective(lambda x: [float(len(one)) for one in x], written, bb.Space.normal(2))
    trust = bb.Trust(measures=["appearance"], n=100).of(texts)
    assert trust(np.array([[0.1, 0.0]])) > trust(np.array([[9.0, 0.0]]))
    others = bb.Objective(lambda x: [float(o.row[0]) for o in x], things, bb.Space.normal(2))
    trust = bb.Trust(measures=["appearance"], n=100).of(others)
    assert trust(np.array([[0.1, 0.0]])) > trust(np.array([[9.0, 0.0]]))


def test_a_dear_scorer_is_not_asked_about_real_points() -> None:
    asked: list[int] = []

    def scorer(x: torch.Tensor) -> torch.Tensor:
        asked.append(len(x))
        return x.sum(1)

    objective = bb.Objective(scorer, space=bb.Space.normal(3), seconds=1.0, name="dear")
    objective.facts  # noqa: B018 - the probe asks a few
    asked.clear()
    trust = bb.Trust(n=50).of(objective)
    assert not asked
    assert set(trust.real) == {"appearance"}


def test_trust_says_what_it_lacks(hill: bb.Objective) -> None:
    with pytest.raises(bb.ObjectiveError, match="no measure 'apearance'; known: appearance"):
        bb.Trust(measures=["apearance"])
    with pytest.raises(bb.ObjectiveError, match=r"level lies in \(0, 1\)"):
        bb.Trust(level=5)
    with pytest.raises(bb.ObjectiveError, match="'cycle' needs an encoder="):
        bb.Trust(measures=["cycle"]).of(hill)
    with pytest.raises(bb.ObjectiveError, match="'disagreement' needs other scorers="):
        bb.Trust(measures=["disagreement"]).of(hill)
    with pytest.raises(bb.ObjectiveError, match=r"latents \[n, 6\] with n >= 40, not \[3, 6\]"):
        bb.Trust(real=np.zeros((3, 6))).of(hill)
    with pytest.raises(bb.ObjectiveError, match="two scorers or more, not 1"):
        bb.ensemble(lambda rng: abs, 1)
    with pytest.raises(bb.ObjectiveError, match="same rows, not 2 and 3"):
        bb.ensemble(lambda x, y, rng: abs, 2, ([1, 2], [1, 2, 3]))


def test_an_ensemble_without_data_hands_out_generators() -> None:
    drawn: list[float] = []

    def train(rng: np.random.Generator) -> Callable[[Any], Any]:
        drawn.append(rng.random())
        return abs

    several = bb.ensemble(train, 3)
    assert len(set(drawn)) == 3
    assert several.is_skilled
    assert len(several[:2]) == 2
