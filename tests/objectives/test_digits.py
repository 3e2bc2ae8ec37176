"""The digits: the true measure, the shipped networks, their judges, and how they are trained."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
import blackbox.objectives.digits as digits
from blackbox.objectives import morphology
from blackbox.objectives.digits import card, data, judges, train
from blackbox.objectives.digits.data import SmallDigits
from blackbox.objectives.digits.networks import FIRST, LATENT, SHIPPED
from blackbox.objectives.training.autoencoder import joint_loss
from blackbox.objectives.training.figures import r_squared
from blackbox.objectives.training.learning import Recipe
from blackbox.protocol import Array, Ask, Capability

pytestmark = pytest.mark.slow


def bar(top: int, bottom: int, left: int, right: int, ink: float = 1.0) -> np.ndarray:
    image = np.zeros((1, 28, 28))
    image[0, top:bottom, left:right] = ink
    return image


def few(n: int) -> SmallDigits:
    return SmallDigits(data.train().images[:n], data.train().classes[:n])


@pytest.mark.parametrize(("width", "left"), [(2, 13), (2, 0), (2, 26), (3, 13)])
def test_a_bar_measures_its_width_wherever_it_stands(width: int, left: int) -> None:
    measured = morphology.thickness(bar(4, 24, left, left + width))
    # The four-fold picture resolves a quarter of a pixel; the ends of a bar taper within that.
    assert measured == pytest.approx([width], abs=0.05)


def test_a_two_pixel_bar_measures_two() -> None:
    assert morphology.thickness(bar(4, 24, 13, 15)) == pytest.approx([2.0], abs=1e-12)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 28, 28)),  # the plain measure says 63.9 here, and the same for white
        np.ones((1, 28, 28)),
        bar(4, 24, 13, 15, ink=0.01),  # and 2.00 here: it is blind to contrast
        bar(1, 27, 1, 27),  # a blob
        bar(2, 10, 13, 15) + bar(18, 26, 13, 15),  # two pieces
        np.full((1, 28, 28), np.nan),
    ],
    ids=["black", "white", "faint", "blob", "two pieces", "nan"],
)
def test_what_is_no_stroke_is_refused(image: Array) -> None:
    assert np.isnan(morphology.thickness(image)).all()


def test_a_picture_measures_the_same_alone_and_in_company() -> None:
    images = data.test().images[:10]
    alone = [data.true_thickness(images[i : i + 1])[0] for i in range(len(images))]
    np.testing.assert_array_equal(alone, data.true_thickness(images))


def test_a_wrong_shape_is_told() -> None:
    with pytest.raises(ValueError, match=r"images \[n, h, w\].*\(8, 8\)"):
        morphology.thickness(np.zeros((8, 8)))


def test_a_missing_scikit_image_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "skimage.transform", None)
    unlike_others = bar(4, 23, 12, 15)  # as what was enlarged once is not enlarged again
    with pytest.raises(ImportError, match=r"scikit-image.*blackbox\[digits\]"):
        morphology.thickness(unlike_others)


def test_the_split_is_fixed_stratified_and_disjoint() -> None:
    assert len(data.train().images) + len(data.test().images) == 1797
    shares = np.bincount(data.test().classes) / np.bincount(data.everything().classes)
    assert shares == pytest.approx(data.TEST_SHARE, abs=0.01)
    train_rows = {image.tobytes() for image in data.train().images}
    assert not any(image.tobytes() in train_rows for image in data.test().images)
    with pytest.raises(ValueError, match="read-only"):
        data.test().images[0] = 0


def test_the_shipped_heads_and_judge_reach_the_card() -> None:
    vae, held_out = SHIPPED.heads("vae"), data.test()
    x, shown = torch.tensor(held_out.images), torch.tensor(held_out.classes)
    heard = vae.digit_log_probability(vae.encode(x)).argmax(dim=1)
    text = (SHIPPED.folder / "README.md").read_text(encoding="utf-8")
    assert f"digit head, accuracy | {(heard == shown).double().mean():.4f} |" in text
    read = SHIPPED.reader()(x).argmax(dim=1)
    assert f"reader, accuracy | {(read == shown).double().mean():.4f} |" in text
    assert f"judge, accuracy | {(judges.recognised(x) == shown).double().mean():.4f} |" in text
    assert (read == shown).double().mean() > 0.96
    assert (heard == shown).double().mean() > 0.97
    assert (judges.recognised(x) == shown).double().mean() > 0.985


def test_the_shipped_thickness_head_predicts_held_out_digits() -> None:
    images = data.test().images[:60]
    true = data.true_thickness(images)
    vae = SHIPPED.heads("vae")
    # 60 digits: the standard error of R2 is about 0.03 around the card's figure.
    assert r_squared(true, vae.thickness(vae.encode(torch.tensor(images)))) > 0.8


def test_the_card_measures_and_tells_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "PRIOR_DRAWS", 20)
    monkeypatch.setattr(data, "test", lambda: SmallDigits(few(20).images, few(20).classes))
    monkeypatch.setattr(data, "test_thickness", lambda: data.true_thickness(few(20).images))
    held_out, prior = card.on_held_out_digits(), card.on_prior_draws()
    assert f"{prior.confidence:.3f}" in card.written(held_out, prior)
    assert 0 < held_out.distance[0] < held_out.distance[1] < 8


FILES = [SHIPPED.path(name) for name in FIRST]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_weights_are_small_plain_arrays(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    assert sum(shipped.stat().st_size for shipped in FILES) < 450_000


def test_missing_weights_say_how_to_train(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"python -m blackbox\.objectives\.digits\.train$"):
        replace(SHIPPED, folder=tmp_path).heads("vae")


def test_the_judges_tell_digits_from_noise() -> None:
    x, shown = torch.tensor(data.train().images[:20]), data.train().classes[:20]
    noise = torch.rand(20, 8, 8, generator=torch.Generator().manual_seed(0))
    assert digits.digit(int(shown[0])).judge(x)["digit"][0] == 1
    assert digits.digit(int(shown[0] + 1) % 10).judge(x)["digit"][0] == 0
    assert judges.distance_to_data(x).max() < 1.5 < 2.0 < judges.distance_to_data(noise).min()
    assert judges.reconstruction_error(x).max() < judges.reconstruction_error(noise).min()


def test_a_digit_is_kept_where_the_judges_see_that_of_the_start() -> None:
    x, shown = torch.tensor(data.train().images[:20]), data.train().classes[:20]
    kept = digits.thickness().judge(x)["digit"]
    assert kept.tolist() == (shown == shown[0]).astype(float).tolist()


def test_the_judges_refuse_what_is_broken() -> None:
    said = digits.thickness().judge(torch.full((2, 8, 8), torch.nan))
    assert all(np.isnan(numbers).all() for numbers in said.values())


def test_the_limit_of_the_manifold_leaves_out_one_real_digit_in_twenty() -> None:
    x = torch.tensor(data.test().images)
    # Every held-out digit is one of the 1797, and does not count itself.
    assert (judges.distance_to_others(x) > judges.FARTHEST).double().mean() == pytest.approx(
        0.05, abs=0.01
    )
    text = (SHIPPED.folder / "README.md").read_text(encoding="utf-8")
    assert f"50th and 95th percentile | 1.11, {judges.FARTHEST} |" in text


def test_the_truth_of_a_digit_is_what_the_judges_believe() -> None:
    x = torch.tensor(data.train().images[:20])
    said = [digits.digit(target).judge(x)["log_probability"] for target in range(10)]
    # Each digit's is that of who believes in it least: together they make less than one.
    assert (np.exp(said).sum(axis=0) <= 1 + 1e-6).all()
    for made, truth in ((digits.thickness(), "thickness"), (digits.digit(), "log_probability")):
        assert [name for name, judge in made.judges.items() if judge.truth] == [truth]


def test_training_twice_gives_the_same_network() -> None:
    some = few(64)
    thickness = np.linspace(1, 2, 64)
    thickness[0] = np.nan
    recipe = Recipe(seed=5, epochs=4)
    before = torch.get_rng_state()
    makers: tuple[Callable[[], torch.nn.Module], ...] = (
        lambda: train.train_vae(some, thickness, recipe),
        lambda: train.train_reader(some, recipe),
        lambda: train.train_judge(some, recipe),
    )
    for make in makers:
        first, second = make().state_dict(), make().state_dict()
        assert all(torch.equal(first[name], second[name]) for name in first)
        assert all(value.isfinite().all() for value in first.values())
    # The world's own chance is left as it was.
    assert torch.equal(before, torch.get_rng_state())


def test_training_lowers_the_joint_loss() -> None:
    some, thickness = few(64), np.linspace(1, 2, 64)
    x, shown = torch.tensor(some.images), torch.tensor(some.classes)

    def loss(epochs: int) -> float:
        vae = train.train_vae(some, thickness, Recipe(seed=5, epochs=epochs))
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            return float(joint_loss(vae, x, shown, torch.tensor(thickness).float()))

    assert loss(60) < 0.8 * loss(2)


def test_variations_stay_pictures() -> None:
    x = torch.tensor(few(16).images)
    varied = train.vary(x)
    assert varied.shape == x.shape
    assert 0 <= varied.min() <= varied.max() <= 1


def test_the_script_writes_weights_and_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(SHIPPED, "folder", tmp_path)
    for recipe in ("VAE_RECIPE", "READER_RECIPE", "JUDGE_RECIPE"):
        monkeypatch.setattr(train, recipe, Recipe(seed=0, epochs=0))
    monkeypatch.setattr(
        data, "train_thickness", lambda: np.linspace(1, 2, len(data.train().images))
    )
    for measured in ("on_held_out_digits", "on_prior_draws"):
        monkeypatch.setattr(card, measured, lambda: None)
    monkeypatch.setattr(card, "written", lambda *_: "a card")
    train.main()
    made = sorted(p.name for p in tmp_path.iterdir())
    assert made == ["README.md", "judge.npz", "reader.npz", "vae.npz"]
    assert "trained in" in capsys.readouterr().out


@pytest.mark.parametrize("target", [-1, 10, 3.0, "3", True])
def test_what_is_no_digit_is_told(target: Any) -> None:
    with pytest.raises(ValueError, match="target=0 to 9"):
        digits.digit(target)


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(ValueError, match=r"reads must be 'code' or 'picture', not 'pixels'"):
        digits.digit(3, reads="pixels")  # type: ignore[arg-type]


def test_names_are_what_the_user_typed() -> None:
    assert digits.thickness().name == "digits.thickness"
    assert digits.thickness(differentiable=False).name == "digits.thickness(differentiable=False)"
    assert digits.digit().name == "digits.digit(target=3)"
    assert digits.digit(4, differentiable=False).name == (
        "digits.digit(target=4, differentiable=False)"
    )
    assert digits.digit(3, reads="picture").name == "digits.digit(target=3, reads='picture')"


@pytest.mark.parametrize(
    "make", [digits.thickness, digits.digit, partial(digits.digit, reads="picture")]
)
def test_the_twin_hides_the_gradient_only(make: Callable[..., bb.Objective]) -> None:
    gradients = {Capability.GRADIENT, Capability.DATA_GRADIENT}
    assert Capability.GRADIENT in make().capabilities
    assert make(differentiable=False).capabilities == make().capabilities - gradients


def test_a_picture_that_is_read_may_be_asked_for_in_data_space() -> None:
    others = {Capability.CONSTRAINTS, Capability.CRITERIA, Capability.KNOWN, Capability.TRUST}
    assert digits.digit(reads="picture").capabilities == set(Capability) - others
    assert Capability.DATA not in digits.digit().capabilities
    objective, real = digits.digit(target=3, reads="picture"), data.test()
    answer = objective.evaluate(Ask(real.images[:40].astype(float), 1, "data"))
    # e^-0.7 is one half: a real three is read as one, and nothing else is.
    assert ((answer.score > -0.7) == (real.classes[:40] == 3)).mean() > 0.9
    assert answer.grad.shape == (40, 8, 8)


def test_codes_are_where_the_training_digits_lie() -> None:
    objective = digits.thickness()
    assert objective.codes is not None
    assert objective.codes.shape == (len(data.train().images), LATENT)
    again = objective.decode(objective.codes[:50]).numpy()
    error = np.sqrt(((again - data.train().images[:50]) ** 2).mean())
    assert error < 0.15  # the card's root mean square error of a pixel is 0.133


@pytest.mark.parametrize("make", [digits.thickness, digits.digit])
def test_objectives_travel(make: Callable[..., bb.Objective]) -> None:
    objective = pickle.loads(pickle.dumps(make()))
    assert objective.name == make().name
    assert objective.capabilities == make().capabilities


def test_two_objectives_share_one_network() -> None:
    decoder = digits.digit().decoder
    assert digits.thickness().decoder is decoder
    assert isinstance(decoder, torch.nn.Module)
    assert not any(weight.requires_grad for weight in decoder.parameters())
