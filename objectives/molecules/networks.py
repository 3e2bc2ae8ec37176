"""A variational autoencoder of SELFIES: strings of up to 56 tokens to a code and back, two heads.

Gomez-Bombarelli et al., Automatic chemical design using a data-driven continuous representation of
molecules, 2018 (arXiv 1610.02415): the heads are trained with the code. Convolutions read; a
recurrent network (Cho et al. 2014, arXiv 1406.1078) writes, one token after the other, of which it
takes the likeliest, so that a point is one string.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.molecules.strings import END, LENGTH, TOKENS
from blackbox.objectives.networks.autoencoder import perceptron

LATENT = 32
BEGIN = TOKENS  # what stands before the first token
EMBEDDED, HIDDEN, CHANNELS = 32, 256, 96
PROPERTIES = ("qed", "logp")  # what the heads foretell


class SelfiesAutoencoder(nn.Module):
    """Tokens `[n, length]` to codes `[n, latent]` and back."""

    property_mean: Tensor
    property_scale: Tensor

    def __init__(self) -> None:
        """Of all tokens, the end included."""
        super().__init__()
        # One more than there are tokens: what stands before the first one.
        self.embedding = nn.Embedding(TOKENS + 1, EMBEDDED)
        self.reader = nn.Sequential(
            nn.Conv1d(EMBEDDED, CHANNELS, 5, padding=2),
            nn.SiLU(),
            nn.Conv1d(CHANNELS, CHANNELS, 5, stride=2, padding=2),
            nn.SiLU(),
            nn.Conv1d(CHANNELS, CHANNELS, 5, stride=2, padding=2),
            nn.SiLU(),
            nn.Flatten(),
            *perceptron(CHANNELS * LENGTH // 4, HIDDEN, 2 * LATENT),
        )
        self.first_state = nn.Linear(LATENT, HIDDEN)
        self.writer = nn.GRU(EMBEDDED + LATENT, HIDDEN, batch_first=True)
        self.choice = nn.Linear(HIDDEN, TOKENS)
        self.head = perceptron(LATENT, 128, 64, len(PROPERTIES))
        # The heads work in standard deviations of the training data.
        self.register_buffer("property_mean", torch.zeros(len(PROPERTIES)))
        self.register_buffer("property_scale", torch.ones(len(PROPERTIES)))

    def posterior(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance `[n, latent]` of the codes of strings `[n, length]`."""
        padded = functional.pad(tokens, (0, LENGTH - tokens.shape[1]), value=END)
        code: Tensor = self.reader(self.embedding(padded).transpose(1, 2))
        mean, log_variance = code.chunk(2, dim=1)
        return mean, log_variance

    def logits(self, z: Tensor, before: Tensor) -> Tensor:
        """Of each token `[n, m, tokens]`, by the codes and what stands `before` it `[n, m]`."""
        inputs = torch.cat(
            [self.embedding(before), z[:, None, :].expand(-1, before.shape[1], -1)], dim=2
        )
        states, _ = self.writer(inputs, self.first_state(z).tanh()[None])
        logits: Tensor = self.choice(states)
        return logits

    def written(self, z: Tensor) -> Tensor:
        """The likeliest tokens `[n, length]` of codes, each after those before it.

        The same network as that of `logits`, a token at a time: what the code adds to the gates is
        computed once, and a string that has ended is left alone.
        """
        of_input, of_own, input_bias, own_bias = self.writer.all_weights[0]
        of_token, of_code = of_input[:, :EMBEDDED], of_input[:, EMBEDDED:]
        table = functional.linear(self.embedding.weight, of_token, input_bias)
        by_code, state = functional.linear(z, of_code), self.first_state(z).tanh()
        string = torch.full((len(z), LENGTH), END)
        open_rows, token = torch.arange(len(z)), torch.full((len(z),), BEGIN)
        for place in range(LENGTH):
            gates = by_code + table[token]
            of_state = functional.linear(state, of_own, own_bias)
            reset, update = (gates + of_state)[:, : 2 * HIDDEN].sigmoid().chunk(2, dim=1)
            fresh = (gates[:, 2 * HIDDEN :] + reset * of_state[:, 2 * HIDDEN :]).tanh()
            state = fresh + update * (state - fresh)
            token = self.choice(state).argmax(dim=1)
            string[open_rows, place] = token
            goes_on = token != END
            if not goes_on.all():
                open_rows, token = open_rows[goes_on], token[goes_on]
                by_code, state = by_code[goes_on], state[goes_on]
        return string

    def properties(self, z: Tensor) -> Tensor:
        """What the heads foretell `[n, 2]` at codes."""
        deviation: Tensor = self.head(z)
        return self.property_mean + self.property_scale * deviation
