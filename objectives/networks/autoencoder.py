"""An autoencoder, plain or variational, with heads that read digit and thickness from its code.

Kingma and Welling, Auto-Encoding Variational Bayes, 2013 (arXiv 1312.6114); heads on the code that
are trained jointly with it as in Gomez-Bombarelli et al., 2018 (doi 10.1021/acscentsci.7b00572).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


class MultiHeadAutoencoder(nn.Module):
    """An encoder and a decoder of pictures, and two heads on the code `z` between them.

    The activations should be smooth (SiLU), so that the landscape over `z` has no kinks.
    """

    thickness_mean: Tensor
    thickness_scale: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Sequential,
        latent: int,
        *,
        variational: bool,
        head: int,
    ) -> None:
        """Join `encoder` `[n, h, w] -> [n, latent or 2 latent]` and `decoder`, its way back."""
        super().__init__()
        self.variational = variational
        # A plain code has any place and size; standardised, N(0, I) is a fair prior for it too.
        self.encoder = (
            encoder if variational else nn.Sequential(encoder, nn.BatchNorm1d(latent, affine=False))
        )
        self.decoder = decoder
        self.digit_head = perceptron(latent, head, 10)
        self.thickness_head = perceptron(latent, head, 1)
        # The head works in standard deviations of the training data; these take it to pixels.
        self.register_buffer("thickness_mean", torch.zeros(()))
        self.register_buffer("thickness_scale", torch.ones(()))

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance `[n, latent]` of the codes of the pictures `x` `[n, h, w]`.

        The plain autoencoder is sure of its code: its log-variance is minus infinity.
        """
        code: Tensor = self.encoder(x)
        if not self.variational:
            return code, torch.full_like(code, -torch.inf)
        mean, log_variance = code.chunk(2, dim=1)
        return mean, log_variance

    def encode(self, x: Tensor) -> Tensor:
        """The code `[n, latent]` of the pictures `x` `[n, h, w]`; where variational, its mean."""
        return self.posterior(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        """The pictures `[n, h, w]` in `[0, 1]` of the codes `z` `[n, latent]`."""
        x: Tensor = self.decoder(z)
        return x

    def digit_log_probability(self, z: Tensor) -> Tensor:
        """The log-probability `[n, 10]` of each digit at `z` `[n, latent]`."""
        return functional.log_softmax(self.digit_head(z), dim=1)

    def thickness(self, z: Tensor) -> Tensor:
        """The predicted stroke thickness `[n]` in pixels at `z` `[n, latent]`."""
        deviation: Tensor = self.thickness_head(z)[:, 0]
        return self.thickness_mean + self.thickness_scale * deviation


def perceptron(
    *widths: int, between: Callable[[int], Iterable[nn.Module]] = lambda _: [nn.SiLU()]
) -> nn.Sequential:
    """Linear layers of these widths, with what `between` makes of each inner width between them."""
    layers: list[nn.Module] = [nn.Linear(widths[0], widths[1])]
    for inputs, outputs in pairwise(widths[1:]):
        layers += [*between(inputs), nn.Linear(inputs, outputs)]
    return nn.Sequential(*layers)
