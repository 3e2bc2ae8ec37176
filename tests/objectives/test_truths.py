"""Truths of pictures hold where real digits lie, and say nothing elsewhere; judges are judges."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.objectives import TABLE, digits, mnist, morphology
from blackbox.objectives.digits import data as small
from blackbox.objectives.mnist import data
from blackbox.objectives.pictures import judges
from blackbox.objectives.pictures.family import Family
from blackbox.objectives.stroke_limits import StrokeLimits, limits_of
from blackbox.objectives.training.discriminator import spoilt
from blackbox.objectives.training.figures import on_discriminator, prior_draws

pytestmark = pytest.mark.slow

FAMILIES = [digits.FAMILY, mnist.FAMILY]
WITH_DATA = pytest.mark.skipif(
    "BLACKBOX_DATA" not in os.environ, reason="set BLACKBOX_DATA to MNIST's folder"
)
HOLD = ("harsh", "unanimous")


def side(family: Family) -> int:
    return 8 if family is digits.FAMILY else 28


def disc(family: Family, share: float = 0.35) -> np.ndarray:
    """A disc that covers this share of the picture, dark in the middle and smooth at its rim."""
    n = side(family)
    down, right = np.mgrid[:n, :n] - (n - 1) / 2
    edge = n * np.sqrt(share / np.pi) - np.hypot(down, right)
    return np.asarray((0.5 + edge).clip(0, 1)[None])


def bar(family: Family) -> np.ndarray:
    """A one: two pixels wide and of full height in the small family, three in the other."""
    n = side(family)
    rows = slice(0, 8) if n == 8 else slice(4, 24)
    picture = np.zeros((1, n, n))
    picture[0, rows, n // 2 - 1 : n // 2 - 1 + max(2, n // 9)] = 0.9
    return picture


# ------------------------------------------------------------------------------------ thickness


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.65])
def test_a_disc_has_no_true_thickness(family: Family, share: float) -> None:
    x = disc(family, share)
    assert np.isnan(family.true_thickness(x)).all()
    assert np.isfinite(morphology.thickness(x)).all()  # which is what the limits are for


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_stroke_has_one(family: Family) -> None:
    n = side(family)
    assert family.true_thickness(bar(family)) == pytest.approx(max(2, n // 9), abs=0.6)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_limits_are_those_that_the_card_shows(family: Family) -> None:
    card = (Path(digits.__file__).parents[1] / family.name / "JUDGES.md").read_text("utf-8")
    _, table = card.split("| strokes | lowest | highest |")
    for name in morphology.MEASURES:
        low, high = getattr(family.stroke_limits, name)
        assert f"| {name} | {low:.3g} | {high:.3g} |" in table


def test_limits_are_percentiles_of_what_can_be_measured() -> None:
    measures = np.tile(np.linspace(0, 2, 2001)[:, None], 5)
    limits = limits_of(np.concatenate([measures, np.full((7, 5), np.nan)]))
    both = (0.002, 2.0)
    assert limits == StrokeLimits(both, (0.002, 1.0), both, (1.0, 2.0), both)
    assert not limits.hold(measures[:2]).any() and limits.hold(np.ones((1, 5))).all()


def test_of_held_out_digits_hardly_one_is_refused() -> None:
    x = small.test().images[::4]
    plain = small.true_thickness(x)
    within = digits.FAMILY.true_thickness(x.astype(float))
    assert np.isfinite(within).sum() >= 0.95 * np.isfinite(plain).sum()
    assert (within[np.isfinite(within)] == plain[np.isfinite(within)]).all()


@WITH_DATA
def test_of_mnist_s_too() -> None:
    x = data.test().images[::100]
    plain, within = morphology.thickness(x), mnist.FAMILY.true_thickness(x.astype(float))
    assert np.isfinite(within).sum() >= 0.95 * np.isfinite(plain).sum()


def test_a_search_that_is_paid_for_true_thickness_finds_no_disc() -> None:
    study = bb.compare("mnist.thickness(reads='truth')", ["cma_es"], 40, seeds=1)
    assert study.runs["best"].max() <= mnist.STROKES.thickness[1]
    x = np.stack(study.best(each="run")["x"].tolist())
    assert mnist.STROKES.hold(morphology.strokes(x)).all()


# ------------------------------------------------------------------------------ what is like real


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_noise_and_blots_are_not_like_real_digits(family: Family) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        noise, blots, noisy, *_ = spoilt(torch.rand(4, side(family), side(family)))
        for source in (noise, noisy):
            assert not judges.is_like_real(family, source(20)).any()
        assert judges.is_like_real(family, blots(50)).float().mean() <= 0.2


def test_held_out_digits_are() -> None:
    assert (
        judges.is_like_real(digits.FAMILY, torch.tensor(small.test().images)).float().mean() >= 0.98
    )
    assert not judges.is_like_real(digits.FAMILY, torch.full((1, 8, 8), torch.nan)).any()


@pytest.mark.parametrize("family", ["digits", "mnist"])
def test_pixels_that_fool_the_classifiers_have_no_truth_and_pass_no_harsh_judge(
    family: str,
) -> None:
    asked = f"{family}.digit(target=2, source=7, reads='picture', decoder='none')"
    row = bb.compare(asked, ["gradient_ascent"], 200, seeds=4).exploitation().iloc[0]
    assert row["score_best"] > -0.1
    assert (row["true_refused"], row["rho_high"], row["judge_harsh"]) == (1, 0, 0)
    assert row["judge_digit"] >= 0.5  # the majority is fooled, and has no say


@pytest.mark.parametrize("caption", ["a bold seven", "a thin one"])
def test_the_truth_of_a_caption_is_silent_on_noise(caption: str) -> None:
    objective = bb.objective(f"mnist.text(caption='{caption}')")
    told = objective.judge(torch.rand(4, 28, 28, generator=torch.Generator().manual_seed(0)))
    assert np.isnan(told["caption"]).all() and np.isnan(told["log_probability"]).all()


# ------------------------------------------------------------------------------ the order of judges


@pytest.mark.parametrize("name", [n for n in TABLE if n.startswith(("digits.", "mnist."))])
def test_the_judges_that_hold_stand_first_and_the_majority_last(name: str) -> None:
    judged = bb.objective(name).judges
    assert (*judged,)[:2] == HOLD and (*judged,)[-1] == "digit"
    # Where no digit is asked for and none is to be kept, another digit is no fault.
    free = name.endswith("thickness")
    assert all((judged[each].low == 1) != free for each in HOLD)


def test_the_digit_of_a_source_is_to_be_kept() -> None:
    judged = bb.objective("digits.thickness(source=7)").judges
    assert all(judged[each].low == 1 for each in HOLD)


def test_the_truth_of_a_digit_is_that_of_who_believes_least() -> None:
    objective = bb.objective("digits.digit(target=3)")
    x = torch.tensor(small.test().images[:50])
    least = judges.beliefs(digits.FAMILY, x)[:, :, 3].amin(dim=0)
    told = objective.judge(x)["log_probability"]
    like_real = np.isfinite(told)
    assert told[like_real] == pytest.approx(least.numpy()[like_real], rel=1e-5)
    assert like_real.mean() >= 0.95


# ---------------------------------------------------------------------------------- discriminators

# How often a real digit that taught nothing is found more real, at least: noise, then draws.
FLOORS = {"none": 0.99, "vae": 0.85, "autoencoder": 0.9}


def drawn(family: Family, n: int = 500) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        return {
            kind: decode(prior_draws(space, n))
            for kind in ("none", "vae", "autoencoder", "gan")
            for decode, space in [family.decoder(kind)]
        }


@pytest.mark.parametrize(
    ("family", "of_the_gan"),
    [(digits.FAMILY, 0.9), pytest.param(mnist.FAMILY, 0.7, marks=WITH_DATA)],
    ids=["digits", "mnist"],
)
def test_the_discriminator_knows_real_digits(family: Family, of_the_gan: float) -> None:
    assert family.discriminator is not None and family.real is not None
    real = family.real()[0]
    figures = on_discriminator(
        family.discriminator(), real[:: max(1, len(real) // 500)], drawn(family)
    )
    assert 0.6 < figures["real"] < 0.95
    for name, floor in {**FLOORS, "gan": of_the_gan}.items():
        assert figures[name] >= floor, name


def test_the_discriminator_of_mnist_knows_noise_from_what_the_gan_draws() -> None:
    odds = {k: mnist.FAMILY.discriminator()(x) for k, x in drawn(mnist.FAMILY).items()}  # type: ignore[misc]
    assert odds["gan"].min() > odds["none"].max()
