"""A sequence VAE: sentences to codes, codes to sentences; and a flow from noise to its codes.

Bowman et al., Generating Sentences from a Continuous Space, 2016 (arXiv 1511.06349). The code also
foretells which words there are, against a decoder that ignores it: Zhao, Zhao and Eskenazi, 2017
(arXiv 1703.10960). Codes of real sentences do not fill N(0, I): affine couplings (Dinh,
Sohl-Dickstein and Bengio, 2017, arXiv 1605.08803) lead from there to them, and exactly back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from blackbox.objectives.networks.autoencoder import perceptron

END, BLANK = 0, 1  # tokens that are no words: where a sentence ends, and a word left out
WORDS = 2  # the first token that is a word or a comma
LATENT, EMBEDDED, READ, WRITTEN = 32, 128, 128, 256
COUPLINGS, COUPLED = 8, 128
HEAD = 32


class SequenceVae(nn.Module):
    """Sentences, tokens `[n, length]` filled up with END, and codes `[n, 32]`."""

    def __init__(self, tokens: int, length: int) -> None:
        """Of so many different tokens; decodes are sentences of `length`."""
        super().__init__()
        self.length = length
        self.embedding = nn.Embedding(tokens, EMBEDDED)
        self.reader = nn.GRU(EMBEDDED, READ, batch_first=True, bidirectional=True)
        self.to_code = nn.Linear(2 * READ, 2 * LATENT)
        self.to_state = nn.Linear(LATENT, WRITTEN)
        self.writer = nn.GRU(EMBEDDED + LATENT, WRITTEN, batch_first=True)
        self.to_word = nn.Linear(WRITTEN, EMBEDDED)
        self.bias = nn.Parameter(torch.zeros(tokens))
        self.to_bag = nn.Sequential(nn.Linear(LATENT, EMBEDDED), nn.Tanh())
        nn.init.normal_(self.embedding.weight, std=0.1)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance `[n, 32]` of the codes of sentences."""
        packed = self._packed(self.embedding(x), lengths(x).clamp(min=1))
        _, state = self.reader(packed)
        mean, log_variance = self.to_code(torch.cat([state[0], state[1]], 1)).chunk(2, 1)
        return mean, log_variance

    def logits(self, z: Tensor, before: Tensor, steps: Tensor) -> Tensor:
        """Of the next token, `[sum of steps, tokens]`, after the tokens `before`, packed."""
        inputs = torch.cat([self.embedding(before), z[:, None].expand(-1, before.shape[1], -1)], 2)
        written, _ = self.writer(self._packed(inputs, steps), self.state(z)[None])
        return self._scores(written.data)

    def state(self, z: Tensor) -> Tensor:
        """The writer's first state `[n, 256]`."""
        return torch.tanh(self.to_state(z))

    def bag(self, z: Tensor) -> Tensor:
        """Logits `[n, tokens]` of which words there are."""
        return functional.linear(self.to_bag(z), self.embedding.weight, self.bias)

    def forward(self, z: Tensor) -> Tensor:
        """Sentences `[n, length]` of codes: at each place the likeliest token, three at least."""
        state, token = self.state(z)[None], torch.full((len(z),), END)
        is_over, places = torch.zeros(len(z), dtype=torch.bool), []
        for place in range(self.length):
            inputs = torch.cat([self.embedding(token), z], 1)[:, None]
            written, state = self.writer(inputs, state)
            scores = self._scores(written[:, 0])
            scores[:, BLANK] = -torch.inf
            if place < 3:
                scores[:, END] = -torch.inf
            token = torch.where(is_over, END, scores.argmax(1))
            is_over = is_over | (token == END)
            places.append(token)
        return torch.stack(places, 1)

    def _scores(self, written: Tensor) -> Tensor:
        return functional.linear(self.to_word(written), self.embedding.weight, self.bias)

    @staticmethod
    def _packed(inputs: Tensor, steps: Tensor) -> nn.utils.rnn.PackedSequence:
        return pack_padded_sequence(inputs, steps, batch_first=True, enforce_sorted=False)


def lengths(x: Tensor) -> Tensor:
    """How many tokens `[n]` stand before END."""
    return (x != END).sum(1)


class Couplings(nn.Module):
    """Noise `[n, 32]` to codes `[n, 32]`, and back: affine couplings of halves."""

    mean: Tensor
    factor: Tensor

    def __init__(self, dim: int = LATENT) -> None:
        """Couplings of `dim` numbers."""
        super().__init__()
        self.width = dim // 2
        networks = [perceptron(self.width, COUPLED, dim) for _ in range(COUPLINGS)]
        self.networks = nn.ModuleList(networks)
        for network in networks:  # it starts as the identity
            last = [layer for layer in network if isinstance(layer, nn.Linear)][-1]
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("factor", torch.eye(dim))

    def forward(self, z: Tensor) -> Tensor:
        """The codes of noise."""
        for network in reversed(self.networks):
            fixed, moved = z[:, self.width :], z[:, : self.width]  # as `noise` left them
            scale, shift = self._by(network, fixed)
            z = torch.cat([fixed, moved * scale.exp() + shift], 1)
        return z @ self.factor.T + self.mean

    def noise(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """The noise `[n, 32]` that leads to codes, and the log-volume `[n]` of the way to it."""
        z = torch.linalg.solve_triangular(self.factor, (codes - self.mean).T, upper=False).T
        volume = -self.factor.diagonal().log().sum().expand(len(codes))
        for network in self.networks:
            fixed, moved = z[:, : self.width], z[:, self.width :]
            scale, shift = self._by(network, fixed)
            z = torch.cat([(moved - shift) * (-scale).exp(), fixed], 1)
            volume = volume - scale.sum(1)
        return z, volume

    @staticmethod
    def _by(network: nn.Module, fixed: Tensor) -> tuple[Tensor, Tensor]:
        scale, shift = network(fixed).chunk(2, 1)
        return torch.tanh(scale), shift


def head() -> nn.Module:
    """Codes `[n, 32]` to log-odds `[n, 1]`."""
    return perceptron(LATENT, HEAD, 1)
