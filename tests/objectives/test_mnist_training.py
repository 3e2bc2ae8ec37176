"""How the networks of MNIST learn: each kind on made pictures, and the script that does all."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from blackbox.objectives.mnist import (
    architectures,
    classifiers,
    data,
    evaluation,
    networks,
    recipes,
    train,
)
from blackbox.objectives.mnist.data import Digits
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.networks.flow import Flow, PerceptronVelocity, waves
from blackbox.objectives.networks.text import DIGITS
from blackbox.objectives.training import (
    autoencoder,
    classifier,
    contrastive,
    figures,
    flow,
    gan,
    learning,
)
from blackbox.objectives.training.learning import Recipe

pytestmark = pytest.mark.slow

N = 40
SHORT = Recipe(seed=5, epochs=1, batch=16)


def strokes(n: int = N) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Bars at ten places and of two widths, what place they show, and how wide they are."""
    classes, width = torch.arange(n) % 10, 2 + torch.arange(n) // 10 % 2
    x = torch.zeros(n, 28, 28)
    for i in range(n):
        x[i, 4:24, 2 + 2 * int(classes[i]) :][:, : int(width[i])] = 1
    return x, classes, width.float()


X, CLASSES, WIDTH = strokes()
WORDS = contrastive.fitting_words(
    CLASSES, contrastive.measures(X, WIDTH), contrastive.quarters(contrastive.measures(X, WIDTH))
)


def vae(recipe: Recipe) -> torch.nn.Module:
    known = WIDTH.clone()
    known[0] = torch.nan
    make: Any = networks.MAKERS["vae"]
    return autoencoder.train_autoencoder(make, X, CLASSES, known, recipe)


def plain(recipe: Recipe) -> torch.nn.Module:
    make: Any = networks.MAKERS["autoencoder"]
    return autoencoder.train_autoencoder(make, X, CLASSES, WIDTH, recipe)


KINDS: dict[str, Callable[[Recipe], torch.nn.Module]] = {
    "vae": vae,
    "autoencoder": plain,
    "reader": lambda r: classifier.train_classifier(
        classifiers.reader, X, CLASSES, r, vary=classifier.A_PIXEL_AWAY
    ),
    "thickness": lambda r: classifier.train_regressor(
        classifiers.thickness_reader, X, WIDTH, r, shift=2
    ),
    "copier": lambda r: classifier.train_copier(classifiers.judge_autoencoder, X, r),
    "flow": lambda r: flow.train_flow(architectures.latent_flow, X.flatten(1)[:, 100:116], r),
    "pixel flow": lambda r: flow.train_flow(architectures.pixel_flow, X.flatten(1), r),
    "captions": lambda r: contrastive.train_image_text(classifiers.image_text, X, WORDS, r),
    "gan": lambda r: torch.nn.ModuleList(
        gan.train_gan(lambda: (architectures.generator(), architectures.discriminator()), X, 32, r)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_training_twice_gives_the_same_network(kind: str) -> None:
    before = torch.get_rng_state()
    first, second = (KINDS[kind](SHORT).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert all(value.isfinite().all() for value in first.values())
    # The world's own chance is left as it was.
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_trained_is_in_eval_mode_and_plain(kind: str) -> None:
    network = KINDS[kind](SHORT)
    parts = [part for part in network.modules() if not isinstance(part, torch.nn.ModuleList)]
    assert not any(part.training for part in parts)
    assert not any("parametrizations" in name for name in network.state_dict())


def losses(kind: str, recipe: Recipe) -> float:
    network: Any = KINDS[kind](recipe)
    with learning.own_chance(0), torch.no_grad():
        if kind in ("vae", "autoencoder"):
            return float(autoencoder.joint_loss(network, X, CLASSES, WIDTH))
        if kind == "reader":
            return float(torch.nn.functional.cross_entropy(network(X), CLASSES))
        if kind == "thickness":
            return float((network(X) - WIDTH).square().mean())
        if kind == "copier":
            return float((network(X) - X).square().mean())
        if kind == "captions":
            return float(contrastive.fitting_loss(network, X, WORDS))
        return float(flow.matching_loss(network, X.flatten(1)[:, 100:116]))


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("gan", "pixel flow")])
def test_training_lowers_the_loss(kind: str) -> None:
    short, long = (Recipe(seed=5, epochs=e, batch=20) for e in (1, 25))
    assert losses(kind, long) < 0.9 * losses(kind, short)


def test_a_gan_learns_the_mean_brightness() -> None:
    generator, _ = gan.train_gan(
        lambda: (architectures.generator(), architectures.discriminator()),
        X,
        32,
        Recipe(seed=5, epochs=20, batch=20),
    )
    with torch.no_grad():
        before = architectures.generator().eval()(torch.randn(20, 32)).mean()
        after = generator(torch.randn(20, 32)).mean()
    assert abs(after - X.mean()) < 0.5 * abs(before - X.mean())


def test_a_generator_that_starts_from_a_decoder_draws_what_it_draws() -> None:
    decoder: Any = SHIPPED.decoder("vae")[0]
    z = torch.linspace(-1, 1, 128).view(4, 32)
    generator = architectures.generator()
    gan.start_from(generator, decoder)
    torch.testing.assert_close(generator(z), decoder(z[:, :16]))


def test_the_steepness_of_a_slope_is_the_square_of_its_gradient() -> None:
    linear = torch.nn.Linear(784, 1)
    ramp = torch.nn.Sequential(torch.nn.Flatten(), linear, torch.nn.Flatten(0))
    steep = gan.steepness(ramp, X)
    torch.testing.assert_close(steep, linear.weight.square().sum())


def test_each_epoch_sees_each_row_once() -> None:
    with learning.own_chance(0):
        seen = learning.batches(10, 5)
        epochs = [torch.cat([next(seen), next(seen)]).tolist() for _ in range(2)]
        ends = [next(learning.batches(3, 5)), *islice(learning.batches(10, 4, rest=True), 3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert [len(rows) for rows in ends] == [3, 4, 4, 2]
    assert Recipe(seed=0, epochs=2, batch=4).steps(10) == 5


def test_noise_and_data_are_paired_by_the_shortest_lines() -> None:
    with learning.own_chance(0):
        noise, x = torch.randn(5, 3), torch.randn(5, 3)
    paired = flow.paired(noise, x)
    assert sorted(paired.tolist()) == sorted(noise.tolist())
    lengths = cdist(noise, x) ** 2
    best = min(
        sum(lengths[row, column] for column, row in enumerate(rows))
        for rows in product(range(5), repeat=5)
        if len(set(rows)) == 5
    )
    assert float((paired - x).square().sum()) == pytest.approx(best, rel=1e-5)


class Constant(torch.nn.Module):
    """The velocity of a drift that is the same everywhere: Euler steps are exact."""

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return torch.ones_like(x)


def test_a_constant_velocity_is_followed_exactly_both_ways() -> None:
    straight, z = Flow(Constant()), torch.zeros(2, 3)
    torch.testing.assert_close(straight(z), torch.ones(2, 3))
    torch.testing.assert_close(straight.inverse(torch.ones(2, 3)), z)


def test_a_bent_velocity_is_undone() -> None:
    with learning.own_chance(0):
        bent, z = Flow(PerceptronVelocity(4, 16)).double(), torch.randn(8, 4).double()
        torch.testing.assert_close(bent.inverse(bent(z)), z, rtol=1e-9, atol=1e-9)


def test_times_are_told_apart() -> None:
    t = torch.linspace(0, 1, 21)
    distances = torch.cdist(waves(t), waves(t)) + torch.eye(21)
    assert distances.min() > 0.05


def test_measures_of_a_bar_are_those_of_geometry() -> None:
    x = torch.zeros(2, 28, 28)
    x[0, 4:24, 10:14] = 1
    for row in range(20):  # one pixel to the right for each row upwards: 45 degrees
        x[1, 4 + row, 23 - row] = 1
    found = contrastive.measures(x, torch.tensor([4.0, 1.0]))
    assert found["slant"].tolist() == pytest.approx([0, math.pi / 4], abs=1e-6)
    # A uniform distribution over 4 pixels has variance (4^2 - 1) / 12.
    assert found["width"][0] == pytest.approx(math.sqrt(15 / 12))
    assert found["width"][1] == pytest.approx(0, abs=1e-3)
    assert found["thickness"].tolist() == [4, 1]


def test_words_fit_the_outer_quarters() -> None:
    measured = {name: torch.arange(8.0) for name in ("thickness", "slant", "width")}
    measured["thickness"][7] = torch.nan
    words = contrastive.fitting_words(torch.arange(8), measured, contrastive.quarters(measured))
    assert torch.equal(words[:, : len(DIGITS)], torch.eye(10)[:8])
    assert words[:, len(DIGITS) :].sum(dim=0).tolist() == [2] * 6
    assert words[7, len(DIGITS) :].tolist() == [0, 0, 0, 1, 0, 1]  # its thickness is not known


def test_drawn_captions_hold_words_that_fit_and_never_none() -> None:
    words = torch.cat([torch.eye(10).repeat(50, 1), torch.ones(500, 6)], dim=1)
    with learning.own_chance(0):
        bags = contrastive.drawn_captions(words)
    assert ((bags == 0) | (words == 1)).all()
    assert (bags.sum(dim=1) > 0).all()
    assert bags[:, :10].sum(dim=1).mean() == pytest.approx(contrastive.NAMES_DIGIT, abs=0.08)


def test_figures_are_those_of_their_definitions() -> None:
    rng = np.random.default_rng(0)
    some = torch.tensor(rng.standard_normal((4000, 3)))
    other = 2 * some + torch.tensor([1.0, 0, 0])
    # Between N(0, I) and N(a, 4 I): |a|^2 + d (2 - 1)^2.
    assert figures.frechet(figures.moments(some), figures.moments(other)) == pytest.approx(
        4, abs=0.2
    )
    assert figures.frechet(figures.moments(some), figures.moments(some)) == pytest.approx(
        0, abs=1e-6
    )
    assert figures.auroc(torch.tensor([1.0, 2, 3, 3]), torch.tensor([0, 1, 0, 1])) == 0.625
    assert figures.share(torch.tensor([[1, 2], [1, 3]]), torch.tensor([1, 2])) == 0.5
    true = np.array([1.0, 2.0, np.nan])
    assert figures.r_squared(true, torch.tensor([1.0, 2.0, 9.0, 9.0])) == 1
    assert figures.r_squared(true, torch.tensor([1.5, 1.5, 9.0])) == 0


def test_the_script_names_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train.main(["vqvae"])
    assert "unknown vqvae; known: vae, autoencoder" in capsys.readouterr().err


def test_the_script_writes_weights_artifacts_and_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = Digits(X.numpy(), CLASSES.numpy())
    monkeypatch.setattr(data, "train", lambda folder: digits)
    monkeypatch.setattr(data, "test", lambda folder: digits)
    monkeypatch.setattr(data, "thickness", lambda d, selected: WIDTH.numpy().astype(float))
    for name in networks.MAKERS:
        shipped = SHIPPED.path(name)
        (tmp_path / "weights").mkdir(exist_ok=True)
        (tmp_path / "weights" / shipped.name).write_bytes(shipped.read_bytes())
    old = (tmp_path / "weights" / "reader.npz").read_bytes()
    monkeypatch.setattr(SHIPPED, "folder", tmp_path / "weights")
    monkeypatch.setattr(networks, "CARD", tmp_path / "README.md")
    monkeypatch.setattr(evaluation, "PRIOR_DRAWS", 16)
    monkeypatch.setattr(evaluation, "RULED", 2)
    monkeypatch.setattr(figures, "PATIENCE", 1)
    monkeypatch.setattr(figures, "BATCHES", (1, 2))
    train.forget()
    try:
        train.main(["reader"])
    finally:
        train.forget()
    assert (tmp_path / "weights" / "reader.npz").read_bytes() != old
    made = {path.stem for path in (tmp_path / "weights").iterdir()}
    assert made == {*networks.MAKERS, "codes", "features", "calibration"}
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}.npz`" in text for name in made)
    assert "| pixel_flow | " in text
    assert "the figures stand in" in capsys.readouterr().out


def test_every_network_has_a_recipe() -> None:
    assert set(networks.MAKERS) - set(recipes.PARTS) == {
        *SHIPPED.judges,
        "judge_autoencoder",
        "image_text_judge",
    }
