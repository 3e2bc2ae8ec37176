"""A row of a decoder on a GPU, as large as StyleGAN's: rows in one message against one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise

import numpy as np
import torch
from torch import nn

import blackbox as bb
from blackbox.protocol import Ask
from tests.benchmarks.field.rows import Row, Size, Way

LATENT = 512
ROWS = (1, 8, 64, 256)
# Channels from 4 x 4 up to 256 x 256 pixels: StyleGAN2's generator without its noise and weights'
# modulation (Karras et al. 2020, arXiv 1912.04958), 24 million parameters.
CHANNELS = (512, 512, 512, 512, 256, 128, 64)


def card() -> str:
    """The name of the GPU; "" where there is none."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


class Generator(nn.Module):
    """`z [n, latent]` to pictures `[n, 3, s, s]`: eight layers of mapping, then convolutions."""

    def __init__(self, latent: int = LATENT, channels: tuple[int, ...] = CHANNELS) -> None:
        """Untrained: what it costs does not depend on what it has learned."""
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(8):
            layers += [nn.Linear(latent, latent), nn.LeakyReLU(0.2)]
        self.mapping, self.first = nn.Sequential(*layers), nn.Linear(latent, channels[0] * 16)
        blocks: list[nn.Module] = []
        for inside, outside in pairwise(channels):
            blocks += [nn.Upsample(scale_factor=2), nn.Conv2d(inside, outside, 3, padding=1)]
            blocks += [nn.LeakyReLU(0.2), nn.Conv2d(outside, outside, 3, padding=1)]
            blocks += [nn.LeakyReLU(0.2)]
        self.blocks, self.last = nn.Sequential(*blocks), nn.Conv2d(channels[-1], 3, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """The pictures of latents."""
        x = self.first(self.mapping(z)).reshape(len(z), -1, 4, 4)
        pictures: torch.Tensor = self.last(self.blocks(x))
        return pictures


def brightness(x: torch.Tensor) -> torch.Tensor:
    """A scorer that costs nothing."""
    return x.mean(dim=(1, 2, 3))


@cache
def objective(device: str) -> bb.Objective:
    """Its brightness, on a device."""
    torch.manual_seed(0)
    return bb.Objective(
        brightness, Generator().to(device), bb.Space.normal(LATENT), device=device, name="pictures"
    )


def per_row(rows: int, of_a_message: int, turn: int) -> float:
    """Milliseconds of wall for each of so many points, by messages of so many."""
    pictures, rng = objective("cuda"), np.random.default_rng(turn)
    z = rng.standard_normal((rows, LATENT))
    pictures.evaluate(Ask(z[:of_a_message]))  # first calls choose their kernels
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for first in range(0, rows, of_a_message):
        pictures.evaluate(Ask(z[first : first + of_a_message]))
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / rows * 1e3


def rows(size: Size) -> list[Row]:
    """A row for each number of points."""

    def ways(n: int) -> tuple[Way, ...]:
        asked: dict[str, Callable[[int], float]] = {
            f"blackbox, one message of {n}": partial(per_row, n, n),
            f"blackbox, {n} messages of one": partial(per_row, n, 1),
        }
        return tuple(Way(name, measure) for name, measure in asked.items())

    missing = "" if card() else "there is no GPU here"
    return [
        Row(f"pictures of 256 x 256, {n} points on a GPU", "ms", ways(n), 3, False, missing)
        for n in ROWS
        if n > 1
    ]
