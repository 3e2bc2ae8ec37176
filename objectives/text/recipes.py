"""How the networks learn: the VAE from sentences, the couplings and the head from its codes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from blackbox.objectives.text.network import BLANK, Couplings, SequenceVae, head, lengths
from blackbox.objectives.training.autoencoder import divergence, sampled
from blackbox.objectives.training.learning import Recipe, learn, own_chance

SENTENCES = Recipe(seed=1, epochs=12, batch=128, learning_rate=3e-3, weight_decay=0.01)
PRIOR = Recipe(seed=2, epochs=30, batch=256, learning_rate=1e-3)
HEAD = Recipe(seed=3, epochs=12, batch=256, learning_rate=3e-3, weight_decay=0.1)
LEFT_OUT = 0.3  # the share of words that the writer is not told: so that it listens to the code
BAG = 0.3  # what foretelling the words weighs, against the sentence itself
KL, WARM = 0.3, 0.3  # what a nat of the code costs at last, and the share of steps until it does


def sequence_vae(x: Tensor, tokens: int, recipe: Recipe = SENTENCES) -> SequenceVae:
    """One that has learned sentences `[n, length]`."""
    with own_chance(recipe.seed):
        network, step = SequenceVae(tokens, x.shape[1]), 0
        rising = WARM * recipe.steps(len(x))

        def loss(rows: Tensor) -> Tensor:
            nonlocal step
            step += 1
            return _loss(network, x[rows], KL * min(1.0, step / rising))

        learn(network, loss, len(x), recipe)
    return network


def _loss(network: SequenceVae, x: Tensor, weight: float) -> Tensor:
    steps = lengths(x)
    mean, log_variance = network.posterior(x)
    z = sampled(mean, log_variance)
    before = torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1)
    is_left_out = (torch.rand(before.shape) < LEFT_OUT) & (before > 0)
    # With END, unless the sentence fills all places.
    ends = (steps + 1).clamp(max=x.shape[1])
    scores = network.logits(z, torch.where(is_left_out, BLANK, before), ends)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        x, ends, batch_first=True, enforce_sorted=False
    )
    missed = functional.cross_entropy(scores, packed.data, reduction="sum") / len(x)
    words = functional.log_softmax(network.bag(z), 1).gather(1, x)
    bag = -(words * (x > 0)).sum(1).mean()
    return missed + BAG * bag + weight * divergence(mean, log_variance).mean()


def couplings(codes: Tensor, recipe: Recipe = PRIOR) -> Couplings:
    """A flow that draws such codes `[n, 32]`."""
    with own_chance(recipe.seed):
        network = Couplings()
        network.mean.copy_(codes.mean(0))
        network.factor.copy_(torch.linalg.cholesky(codes.T.cov()))

        def loss(rows: Tensor) -> Tensor:
            z, volume = network.noise(codes[rows])
            return 0.5 * z.square().sum(1).mean() - volume.mean()

        learn(network, loss, len(codes), recipe)
    return network


def verse_head(codes: Tensor, is_verse: Tensor, recipe: Recipe = HEAD) -> torch.nn.Module:
    """The log-odds `[n, 1]` that a sentence with such a code is set as verse."""
    with own_chance(recipe.seed):
        network = head()

        def loss(rows: Tensor) -> Tensor:
            odds = network(codes[rows])[:, 0]
            return functional.binary_cross_entropy_with_logits(odds, is_verse[rows].float())

        learn(network, loss, len(codes), recipe)
    return network
