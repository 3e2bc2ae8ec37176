"""The velocity of a picture: a small U-net that also sees the time.

Ronneberger, Fischer and Brox, U-Net, 2015 (arXiv 1505.04597). Four pixels make one place, which is
four times less work than a network on pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.networks.flow import OCTAVES, waves


class PictureVelocity(nn.Module):
    """The velocity of pictures as rows of pixels, on a half and a quarter of their resolution."""

    def __init__(self, side: int, wide: int = 24, deep: int = 48) -> None:
        """Use `wide` channels at half of the `side` (a multiple of 4), and `deep` at a quarter."""
        super().__init__()
        self.side = side
        self.enter = nn.Conv2d(4, wide, 3, padding=1)
        self.fine = TimedBlock(wide)
        self.down = nn.Conv2d(wide, deep, 3, stride=2, padding=1)
        self.coarse = nn.ModuleList([TimedBlock(deep), TimedBlock(deep)])
        self.up = nn.ConvTranspose2d(deep, wide, 2, stride=2)
        self.join = nn.Conv2d(2 * wide, wide, 1)
        self.last = TimedBlock(wide)
        self.leave = nn.Conv2d(wide, 4, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The velocity `[n, d]` at pictures as rows `x` `[n, d]` and times `t` `[n]`."""
        time = waves(t)
        places = functional.pixel_unshuffle(x.view(-1, 1, self.side, self.side), 2)
        fine = self.fine(self.enter(places), time)
        deep = self.down(fine)
        for block in self.coarse:
            deep = block(deep, time)
        joined = self.join(torch.cat([fine, self.up(deep)], dim=1))
        v: Tensor = functional.pixel_shuffle(self.leave(self.last(joined, time)), 2)
        return v.flatten(1)


class TimedBlock(nn.Module):
    """Two convolutions around the time, added to what came in."""

    def __init__(self, channels: int) -> None:
        """Keep the number of `channels`."""
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.time = nn.Linear(2 * OCTAVES, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """The channels `[n, c, h, w]`, changed by `x` and the waves `time` `[n, 8]`."""
        inner = self.first(functional.silu(x)) + self.time(time)[:, :, None, None]
        changed: Tensor = self.second(functional.silu(inner))
        return x + changed
