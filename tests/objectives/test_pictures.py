"""Questions about pictures: what is asked, where it begins, and who judges what was found."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.morphology import medial_axis

import blackbox as bb
from blackbox.objectives import TABLE, digits, mnist, morphology, skeleton
from blackbox.objectives.mnist import detectors, networks
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.pictures import judges
from blackbox.objectives.pictures.family import Family
from blackbox.objectives.pictures.inversion import total_variation
from blackbox.objectives.pictures.starts import decoded
from blackbox.registry import NameProblem

pytestmark = pytest.mark.slow

CODES = networks.codes("autoencoder", "test").z


def pictures(n: int = 20) -> torch.Tensor:
    return decoded(mnist.FAMILY, "vae", networks.codes("vae", "test").z[:n])


QUESTIONS = [name for name in TABLE if name.startswith(("mnist.", "digits."))]


def starts(name: str, m: int = 8, seed: int = 0) -> tuple[bb.Objective, np.ndarray]:
    objective = bb.objective(name)
    return objective, objective.starts(np.random.default_rng(seed), m)


# ------------------------------------------------------------------------------------ the measure


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 1.0))
def test_the_skeleton_is_that_of_scikit_image(seed: int, h: int, w: int, share: float) -> None:
    ink = np.random.default_rng(seed).random((h, w)) < share
    ours = skeleton.medial_axis(ink, seed=seed)
    theirs = medial_axis(ink, return_distance=True, rng=seed)
    assert all(np.array_equal(own, other) for own, other in zip(ours, theirs, strict=True))


def test_the_skeleton_of_digits_is_that_of_scikit_image() -> None:
    for image in pictures(10).double().numpy():
        ink = np.kron(image > 0.5, np.ones((4, 4))) > 0
        ours = skeleton.medial_axis(ink, seed=42)
        theirs = medial_axis(ink, return_distance=True, rng=42)
        assert all(np.array_equal(own, other) for own, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("lean", [-1, 0, 1])
def test_slant_width_and_height_of_a_bar_are_what_was_drawn(lean: int) -> None:
    bar = np.zeros((1, 28, 28))
    for row in range(4, 24):
        middle = 13 + lean * (14 - row) // 4  # a quarter to the right for each row upwards
        bar[0, row, middle : middle + 3] = 1
    slant, width, height = morphology.shape(bar)[0]
    assert slant == pytest.approx(np.arctan(lean / 4), abs=0.03)
    # Rows step by whole pixels: half a pixel, and a quarter that the enlarged picture resolves.
    assert width == pytest.approx(3, abs=0.75)
    # 1 % of the ink is left out at each end, and a quarter of a pixel there.
    assert height == pytest.approx(20, abs=0.4 + 0.5)


def test_a_blank_has_no_shape() -> None:
    assert np.isnan(morphology.shape(np.zeros((2, 28, 28)))).all()


# ------------------------------------------------------------------------------- where it begins


@pytest.mark.parametrize("decoder", ["vae", "autoencoder", "flow", "none"])
def test_searches_start_at_the_source_digit(decoder: str) -> None:
    objective, z = starts(f"mnist.digit(source=7, reads='picture', decoder='{decoder}')", m=20)
    seen = judges.seen(mnist.FAMILY, objective.decode(z))
    # Judges doubt some decodes of real sevens; of random digits one in ten would be a seven.
    assert (seen == 7).float().mean() >= 0.8


def test_the_gan_starts_at_draws_of_which_the_reader_is_sure() -> None:
    objective, z = starts("mnist.digit(source=7, reads='picture', decoder='gan')", m=20)
    belief = SHIPPED.reader()(objective.decode(z)).softmax(dim=1)[:, 7]
    assert len(np.unique(z, axis=0)) == 20 and belief.min() > 0.89  # 0.9, in another batch


def test_each_seed_starts_elsewhere_and_always_at_the_same_place() -> None:
    objective, z = starts("mnist.thickness(source='any')")
    assert (objective.starts(np.random.default_rng(0), 8) == z).all()
    assert not (objective.starts(np.random.default_rng(1), 8) == z).all(axis=1).any()
    assert len(np.unique(z, axis=0)) == 8


def test_without_a_source_searches_start_at_draws_of_the_prior() -> None:
    objective, z = starts("mnist.digit")
    assert (z == objective.space.sample(np.random.default_rng(0), 8)).all()


# --------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("mnist.digit", "mnist.digit(target=2)"),
        ("mnist.digit(decoder='vae',source=7,target=2)", "mnist.digit(target=2, source=7)"),
        ("mnist.thickness(reads='code')", "mnist.thickness"),
        ("mnist.perceptual(hidden='decoded')", "mnist.perceptual(instance=0)"),
    ],
)
def test_a_name_says_what_differs_from_the_defaults(asked: str, name: str) -> None:
    assert bb.objective(asked).name == name


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("mnist.digit(target=10)", "target=0 to 9"),
        ("mnist.digit(decoder='vea')", "no decoder 'vea'; known: 'vae', 'autoencoder'"),
        ("mnist.digit(decoder='gan')", "'gan' makes no code .*reads='picture'"),
        ("mnist.digit(reads='truth')", "reads must be 'code' or 'picture', not 'truth'"),
        ("mnist.digit(source='seven')", "source=0 to 9"),
        ("mnist.digit(real=True)", "name them, source=0 to 9 or 'any'"),
        ("mnist.super_resolution(instance=2000)", "has 2000 held-out digits"),
        ("mnist.super_resolution(instance=-1)", "whole number from 0, not -1"),
        ("mnist.super_resolution(decoder='none', domain='sphere')", "needs a normal prior"),
        ("mnist.inversion(layer=4)", "layer must be a whole number from 1 to 3, not 4"),
        (
            "mnist.activation(unit=-1)",
            "unit must be a whole number from 0 to [0-9]+ in layer 3, not -1",
        ),
        ("mnist.bold_digit(weights={'thickness': 1})", r"for each of \('thickness', 'digit'\)"),
        ("mnist.text(caption='a rich seven')", "known words: zero"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(asked: str, told: str) -> None:
    with pytest.raises(NameProblem, match=told):
        bb.objective(asked)


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_travel_to_other_processes(question: str) -> None:
    objective = bb.objective(question)
    z = objective.space.sample(np.random.default_rng(0), 2)
    again = pickle.loads(pickle.dumps(objective))
    assert again.code.search.digest == objective.code.search.digest
    said, told = (one.judge(one.decode(z)) for one in (again, objective))
    assert all(np.array_equal(said[name], told[name], equal_nan=True) for name in told)


def test_the_thickness_that_is_measured_is_the_truth() -> None:
    objective, z = starts("mnist.thickness(reads='truth', source='any')")
    x = objective.decode(z)
    measured = objective.judge(x)["thickness"]
    # Not of all that the ruler can be laid to, but what it says there.
    ruled = morphology.thickness(x.double().numpy())
    assert np.array_equal(np.where(np.isnan(measured), np.nan, ruled), measured, equal_nan=True)
    answer = objective.evaluate(bb.Ask(z))
    known = np.isfinite(measured)
    assert (answer.score[known] == measured[known]).all()
    assert np.array_equal(answer.valid, known)
    assert np.isnan(answer.score[~known]).all()


def test_a_target_is_hit_where_the_head_says_so() -> None:
    _, z = starts("mnist.thickness")
    predicted = bb.objective("mnist.thickness").evaluate(bb.Ask(z)).score
    score = bb.objective("mnist.thickness(target=4.5)").evaluate(bb.Ask(z)).score
    assert score == pytest.approx(-((predicted - 4.5) ** 2), rel=1e-5)


def test_two_criteria_are_the_weighted_sum_of_the_single_ones() -> None:
    both, z = starts("mnist.bold_digit(target=7, weights={'digit': 0.3, 'thickness': 2})")
    bold, seven = bb.objective("mnist.thickness"), bb.objective("mnist.digit(target=7)")
    single = {"thickness": bold.evaluate(bb.Ask(z)).score, "digit": seven.evaluate(bb.Ask(z)).score}
    answer = both.evaluate(bb.Ask(z))
    assert answer.score == pytest.approx(2 * single["thickness"] + 0.3 * single["digit"], rel=1e-5)
    assert answer.criteria == pytest.approx(np.stack([single["digit"], single["thickness"]], 1))
    told = both.judge(both.decode(z))
    expected = 2 * told["thickness"] + 0.3 * seven.judge(both.decode(z))["log_probability"]
    assert told["weighted"] == pytest.approx(expected, rel=1e-5, nan_ok=True)


@pytest.mark.parametrize("question", ["super_resolution", "perceptual"])
def test_the_hidden_picture_solves_its_own_question(question: str) -> None:
    objective = bb.objective(f"mnist.{question}(instance=3, decoder='autoencoder')")
    z = CODES[[3, 4]]
    score = objective.evaluate(bb.Ask(z)).score
    told = objective.judge(objective.decode(z))
    # The hidden picture is rounded to four decimals.
    assert score[0] == pytest.approx(0, abs=1e-4) and score[1] < -1e-3
    assert told["digit"][0] == 1
    if question == "super_resolution":
        assert told["feasible"].tolist() == [1, 0]
        assert told["psnr"][0] > 60 > told["psnr"][1]


def test_inverted_features_of_the_picture_itself_cost_only_the_regularisers() -> None:
    objective = bb.objective("mnist.inversion(instance=3, decoder='autoencoder')")
    criteria = objective.evaluate(bb.Ask(CODES[3:4])).criteria
    assert criteria is not None
    errors, variation, bulk = criteria[0]
    assert errors == pytest.approx(0, abs=1e-6)
    x = objective.decode(CODES[3:4])[0].double().numpy()
    steps = (np.diff(x, axis=0) ** 2).sum() + (np.diff(x, axis=1) ** 2).sum()
    assert variation == pytest.approx(steps / x.size, rel=1e-5)
    assert bulk == pytest.approx((x**6).mean(), rel=1e-5)


def test_total_variation_counts_each_edge_once() -> None:
    square = torch.zeros(1, 4, 4)
    square[0, 1:3, 1:3] = 1
    assert total_variation(square).tolist() == [8 / 16]  # two pixels on each of four sides


@pytest.mark.parametrize(("layer", "end", "places"), [(1, 3, (1, 2)), (3, 8, ())])
def test_a_unit_is_as_excited_as_the_reader_says(
    layer: int, end: int, places: tuple[int, ...]
) -> None:
    x = pictures(3)
    objective = bb.objective(f"mnist.activation(unit=5, layer={layer}, decoder='none')")
    found = objective.evaluate(bb.Ask(x.flatten(1).double().numpy())).score
    with torch.no_grad():
        seen = mnist.FAMILY.reader()[:end](x)[:, 5].numpy()
    np.testing.assert_allclose(found, seen.mean(axis=places) if places else seen, rtol=1e-5)


@pytest.mark.parametrize("family", ["mnist", "digits"])
def test_a_caption_is_judged_by_the_digit_that_it_names(family: str) -> None:
    objective, z = starts(f"{family}.text(caption='a thin two')", m=30)
    x = objective.decode(z)
    expected = bb.objective(f"{family}.digit(target=2)").judge(x)["digit"]
    assert 0 < expected.sum() < 30
    assert (objective.judge(x)["digit"] == expected).all()


# ------------------------------------------------------------------------------------ who judges


def test_a_broken_picture_gets_no_verdict() -> None:
    x = pictures(3)
    x[1, 0, 0] = torch.nan
    told = bb.objective("mnist.digit").judge(x)
    assert all(np.isnan(verdict[1]) and not np.isnan(verdict[0]) for verdict in told.values())


def test_harsh_is_what_all_judges_and_detectors_pass() -> None:
    x = pictures(60)
    harsh = bb.objective("mnist.digit(target=7)").judge(x)["harsh"]
    assert (harsh == detectors.passes_all(x, torch.full((60,), 7)).numpy()).all()
    assert 0 < harsh.mean() < 1


def test_the_start_has_its_own_digit_and_style() -> None:
    x = pictures(10)
    told = bb.objective("mnist.thickness").judge(x)
    assert told["digit"][0] == 1 and told["style"][0] == 0
    moved = bb.objective("mnist.thickness").judge(torch.stack([x[0], x[0].roll(2, dims=1)]))
    assert moved["style"][1] == pytest.approx(0, abs=1e-6)  # a place is no style


@pytest.mark.parametrize("family", [mnist.FAMILY, digits.FAMILY])
def test_the_card_of_the_judges_holds_their_limits_and_units(family: Family) -> None:
    card = (Path(mnist.__file__).parents[1] / family.name / "JUDGES.md").read_text()
    slant, width, height = (f"{scale:.3g}" for scale in family.shape_scale)
    assert f"slant in radians {slant}, width in pixels {width}, height in pixels {height}" in card
    assert f"error of {family.low_resolution_error():.3g} (epsilon)" in card
    for name, detector in family.detectors("none").items():
        limits = (detector.high, *detector.by_class)
        assert f"| {name} | {' | '.join(f'{limit:.3g}' for limit in limits)} |" in card


def test_the_judges_share_no_weights_with_what_is_searched() -> None:
    searched = {id(p) for module in (SHIPPED.reader(), SHIPPED.network("vae")) for p in
                module.parameters()}  # fmt: skip
    assert not searched & {
        id(p) for judge in mnist.FAMILY.classifiers() for p in judge.parameters()
    }
