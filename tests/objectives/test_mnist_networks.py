"""The shipped networks of MNIST: what they give, how they are stored, and what their card says."""

from __future__ import annotations

import copy
import os
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from blackbox.objectives import weights
from blackbox.objectives.mnist import data, detectors, evaluation, networks
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.networks.flow import Flow
from blackbox.objectives.networks.text import VOCABULARY, bag
from blackbox.objectives.pictures.family import KINDS, Kind, Part
from blackbox.objectives.training import figures

FILES = sorted(SHIPPED.folder.glob("*.npz"))
ENCODED = [kind for kind in KINDS if kind != "gan"]
WITH_DATA = pytest.mark.skipif(
    "BLACKBOX_DATA" not in os.environ, reason="set BLACKBOX_DATA to MNIST's folder"
)


def draws(kind: Kind, n: int, seed: int = 0) -> torch.Tensor:
    _, space = SHIPPED.decoder(kind)
    return torch.tensor(space.sample(np.random.default_rng(seed), n)).float()


def pictures(n: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Test digits as the VAE draws them again, and what they show."""
    known = networks.codes("vae", "test")
    decode, _ = SHIPPED.decoder("vae")
    return decode(torch.tensor(known.z[:n]).float()), torch.tensor(known.classes[:n])


@pytest.mark.parametrize("kind", KINDS)
def test_a_decoder_gives_pictures_the_same_twice(kind: Kind) -> None:
    decode, space = SHIPPED.decoder(kind)
    z = draws(kind, 8)
    x = decode(z)
    assert x.shape == (8, 28, 28)
    assert 0 <= x.min() < x.max() <= 1
    assert z.shape[1] == space.dim
    assert torch.equal(x, decode(z))
    assert not decode.training
    assert not any(weight.requires_grad for weight in decode.parameters())
    assert SHIPPED.decoder(kind)[0] is decode


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_depends_on_its_own_point_only(kind: Kind) -> None:
    decode, _ = SHIPPED.decoder(kind)
    z = draws(kind, 16)
    # A batch of one shape gives a row the same bits, whatever stands beside it.
    again = decode(torch.cat([z[8:], z[:8]]))
    assert torch.equal(decode(z), torch.cat([again[8:], again[:8]]))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_flow_to_the_point(kind: Kind) -> None:
    decode, _ = SHIPPED.decoder(kind)
    z = draws(kind, 4).requires_grad_(True)
    decode(z).sum().backward()
    assert z.grad is not None
    assert z.grad.isfinite().all()
    assert (z.grad.abs().amax(dim=1) > 0).all()


@pytest.mark.parametrize("kind", ["vae", "flow"])
def test_a_decoders_gradient_is_that_of_finite_differences(kind: Kind) -> None:
    decode = copy.deepcopy(SHIPPED.decoder(kind)[0]).double()
    z = draws(kind, 1).double()
    assert torch.autograd.gradcheck(lambda point: decode(point).mean(), z.requires_grad_(True))


@pytest.mark.parametrize("kind", KINDS)
def test_decoders_travel(kind: Kind) -> None:
    decode, _ = SHIPPED.decoder(kind)
    z = draws(kind, 2)
    assert torch.equal(pickle.loads(pickle.dumps(decode))(z), decode(z))


def test_what_is_not_known_is_told() -> None:
    with pytest.raises(ValueError, match=r"no decoder 'vqvae' of MNIST; known: vae, autoencoder"):
        SHIPPED.decoder("vqvae")
    with pytest.raises(ValueError, match="no decoder 'vqvae'"):
        SHIPPED.encode("vqvae", torch.zeros(1, 28, 28))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the GAN has no encoder"):
        SHIPPED.encode("gan", torch.zeros(1, 28, 28))
    with pytest.raises(ValueError, match=r"no judge 'reader' of MNIST; known: pooling_judge"):
        SHIPPED.judge("reader")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ENCODED)
def test_an_encoded_picture_decodes_to_nearly_itself(kind: Kind) -> None:
    x, _ = pictures(20)
    decode, space = SHIPPED.decoder(kind)
    z = SHIPPED.encode(kind, x)
    assert z.shape == (20, space.dim)
    # The card's error of a pixel on real digits is 0.09; these were drawn by the VAE.
    assert (decode(z) - x).square().mean().sqrt() < 0.1


def test_a_flow_integrated_back_and_forth_ends_where_it_began() -> None:
    flow = SHIPPED.network("flow")
    assert isinstance(flow, Flow)
    noise = draws("flow", 100)
    missed = (flow.inverse(flow(noise)) - noise).norm(dim=1)
    # Fixed-point iterations close in by a factor each; a few noises in folds are slower.
    assert missed.median() < 1e-4
    assert missed.max() < 0.1


def test_real_digits_become_typical_noise_of_the_flow() -> None:
    norm = SHIPPED.encode("flow", pictures()[0]).norm(dim=1)
    # 99 of 100 draws of N(0, I) in 16 dimensions lie between these norms.
    low, high = np.sqrt(chi2(16).ppf([0.005, 0.995]))
    assert ((low < norm) & (norm < high)).double().mean() > 0.95


def test_codes_are_those_of_digits() -> None:
    for kind in ("vae", "autoencoder"):
        network = SHIPPED.heads(kind)
        parts: dict[Part, int] = {"train": 3000, "test": 2000}
        for part, count in parts.items():
            known = networks.codes(kind, part)
            assert known.z.shape == (count, 16)
            true = networks.thickness(part)
            assert known.classes.shape == true.shape == (count,)
            z = torch.tensor(known.z).float()
            heard = network.digit_log_probability(z).argmax(dim=1).numpy()
            assert (heard == known.classes).mean() > 0.97
            assert figures.r_squared(true, network.thickness(z)) > 0.95
    with pytest.raises(ValueError, match="read-only"):
        networks.codes().classes[0] = 0


def test_readers_and_judges_see_what_the_digits_show() -> None:
    x, shown = pictures()
    named = detectors.believed(x).argmax(dim=2)
    # The VAE draws a little blurred, which the third judge likes least.
    assert (SHIPPED.reader()(x).argmax(dim=1) == shown).double().mean() > 0.95
    assert ((named == shown).double().mean(dim=1) > 0.9).all()
    true = networks.thickness("test")[:200]
    assert figures.r_squared(true, SHIPPED.network("thickness_reader")(x)) > 0.85
    assert SHIPPED.network("discriminator")(x).shape == (200,)


def test_detectors_tell_digits_from_noise() -> None:
    x, shown = pictures()
    noise = torch.rand(200, 28, 28, generator=torch.Generator().manual_seed(0))
    near, far = (detectors.neighbour_distance(some, shown) for some in (x, noise))
    assert figures.auroc(torch.cat([near, far]), torch.arange(400) >= 200) > 0.95
    assert detectors.reconstruction_error(x).max() < detectors.reconstruction_error(noise).min()
    assert detectors.passes_all(noise, shown).sum() == 0
    assert detectors.passes_all(x, shown).mean() > 0.6
    assert detectors.passes_all(x, (shown + 1) % 10).mean() < 0.05


def test_a_detector_has_a_limit_for_each_class() -> None:
    classes = torch.tensor([3, 1, 3])
    limits = detectors.limits("neighbour", classes)
    assert limits[0] == limits[2] != limits[1]
    assert limits[1] == pytest.approx(networks.calibration()["neighbour_1"])


def test_a_cycle_ends_near_where_it_began() -> None:
    z = torch.tensor(networks.codes("vae", "test").z[:100]).float()
    within = detectors.cycle_error("vae", z) <= networks.calibration()["cycle_vae"]
    assert within.double().mean() > 0.85  # the 95th percentile of all test digits


def test_low_resolution_is_the_mean_of_four_by_four() -> None:
    x = torch.zeros(1, 28, 28)
    x[0, 4:8, 8:12] = torch.eye(4)
    assert detectors.low_resolution(x).nonzero().tolist() == [[0, 1, 2]]
    assert detectors.low_resolution(x).max() == 0.25


@pytest.mark.parametrize("held_out", [False, True])
def test_captions_find_their_pictures(held_out: bool) -> None:
    network = SHIPPED.image_text(held_out)
    x, shown = pictures()
    of_sevens = network.score(x, "a seven")
    assert (of_sevens <= 0).all()
    assert figures.auroc(of_sevens, shown == 7) > 0.97
    thickness = torch.tensor(networks.thickness("test")[:200])
    assert figures.auroc(network.cosine(x, "bold"), thickness > 3.1) > 0.85
    assert network.text(["a bold seven", "a thin one"]).norm(dim=1).tolist() == pytest.approx(
        [1, 1]
    )
    assert torch.equal(network.text(["a bold seven"]), network.text(["Seven bold"]))


@pytest.mark.parametrize("caption", ["a beautiful seven", "", "the digit"])
def test_what_is_no_caption_is_told(caption: str) -> None:
    with pytest.raises(ValueError, match=rf"not {caption!r}; known words: zero"):
        bag(caption)


def test_the_vocabulary_is_a_word_each() -> None:
    assert torch.equal(torch.stack([bag(word) for word in VOCABULARY]), torch.eye(16))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_weights_are_plain_arrays(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert all(array.dtype.kind in "fu" for array in arrays.values())
        assert all(np.isfinite(v).all() for k, v in arrays.items() if "thickness" not in k)


def test_all_weights_are_there_and_small() -> None:
    artifacts = {"codes", "features", "calibration"}
    assert {path.stem for path in FILES} == {*networks.MAKERS, *artifacts}
    assert sum(path.stat().st_size for path in FILES) < 5_000_000


def test_missing_weights_say_how_to_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SHIPPED, "folder", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"python -m blackbox\.objectives\.mnist\.train"):
        replace(SHIPPED, folder=tmp_path).network("vae")
    with pytest.raises(FileNotFoundError, match=r"codes.npz; make it with: python -m"):
        networks.codes.__wrapped__("vae")


def test_weights_survive_the_disk(tmp_path: Path) -> None:
    torch.manual_seed(0)
    written, read = networks.MAKERS["averaging_judge"](), networks.MAKERS["averaging_judge"]()
    weights.save(written, tmp_path / "some.npz")
    weights.load(read, tmp_path / "some.npz", made_by="nobody")
    for name, before in written.state_dict().items():
        # float16 keeps 11 bits.
        torch.testing.assert_close(read.state_dict()[name], before, rtol=2.0**-11, atol=1e-7)


@pytest.mark.slow
def test_the_card_says_what_judges_say_of_prior_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "RULED", 2)  # the ruler is slow, and its figure is not compared
    text = networks.CARD.read_text(encoding="utf-8")
    known = figures.moments(networks.reference_features()[0])
    for kind in ("vae", "autoencoder", "flow", "gan"):
        judged = evaluation.on_prior_draws(kind, known)
        row = next(line for line in text.splitlines() if line.startswith(f"| {kind} | 0."))
        said = [float(cell) for cell in re.findall(r"\d+\.\d+", row)]
        # Another machine may round a picture to the other side of a judge's border.
        for name, figure in zip(list(judged)[:4], said, strict=False):
            assert figure == pytest.approx(judged[name], abs=0.003), (kind, name)


@WITH_DATA
def test_the_shipped_networks_reach_the_card_on_test_digits() -> None:
    test = data.test()
    x, classes = torch.tensor(test.images), torch.tensor(test.classes)
    heard = SHIPPED.heads("vae")
    named = figures.pieces(lambda part: heard.digit_log_probability(heard.encode(part)), x)
    assert figures.share(named.argmax(dim=1), classes) >= 0.98
    assert all(
        accuracy >= 0.985 for name, accuracy in list(evaluation.on_judges(x, classes).items())[:3]
    )
