"""The trained networks of a family of pictures: decoders and encoders, who is searched, who judges.

All are frozen, and each is read once in a process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from blackbox.objectives import weights
from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder
from blackbox.objectives.networks.flow import REPEATS, Developed, Flow
from blackbox.objectives.networks.text import ImageText
from blackbox.objectives.pictures.family import KINDS, Coded, Kind
from blackbox.objectives.weights import Network
from blackbox.space import Space


@dataclass(eq=False)
class Pretrained:
    """What is read from `folder`, for pictures `[n, side, side]` in `[0, 1]`.

    Each network is a file by the name of its maker. There are makers of each kind of decoder but
    "none", of "reader", "image_text", "image_text_judge" and the `judges`, and of what else a
    family has. Where a file is missing, a FileNotFoundError says what makes it.

    >>> from blackbox.objectives.mnist.networks import SHIPPED
    >>> decode, space = SHIPPED.decoder("none")
    >>> space.dim, decode(torch.zeros(2, 784)).shape
    (784, torch.Size([2, 28, 28]))
    """

    title: str
    makers: Mapping[str, Callable[[], nn.Module]]
    folder: Path
    # The command that trains a network.
    made_by: Callable[[str], str]
    side: int
    # How many numbers make a code, and how many the GAN's noise.
    latent: int
    noise: int
    judges: tuple[str, ...]
    # How often each step of the flow on pixels is undone, and which part of the way at once.
    repeats: int = REPEATS
    pace: float = 1.0

    def path(self, name: str) -> Path:
        """Where `name` is kept."""
        return self.folder / f"{name}.npz"

    def kilobytes(self, name: str) -> float:
        """How much of the disk it takes."""
        return self.path(name).stat().st_size / 1000

    @cache  # noqa: B019 - a family lives as long as its process
    def network(self, name: str) -> nn.Module:
        """The trained network of the maker `name`; one for all objectives of a process."""
        return weights.frozen(self.makers[name](), self.path(name), made_by=self.made_by(name))

    @cache  # noqa: B019
    def decoder(self, kind: Kind) -> tuple[nn.Module, Space]:
        """The module from points `[n, d]` to pictures, and the space of its points.

        Raises ValueError where there is no such kind.
        """
        self._check("decoder", kind, KINDS)
        if kind == "vae" or kind == "autoencoder":
            return self.heads(kind).decoder, Space.normal(self.latent)
        if kind == "flow":
            chain = nn.Sequential(self.network("flow"), self.heads("vae").decoder)
            return chain.eval(), Space.normal(self.latent)
        if kind == "gan":
            return self.network("gan"), Space.normal(self.noise)
        pixels = self.side**2
        if kind == "pixel_flow":
            chain = nn.Sequential(self.network("pixel_flow"), Developed())
            return chain.eval(), Space.normal(pixels)
        paper = nn.Unflatten(1, (self.side, self.side))
        return paper.eval(), Space.box(np.zeros(pixels), np.ones(pixels))

    @torch.no_grad()
    def encode(self, kind: Kind, x: Tensor) -> Tensor:
        """The points `[n, d]` whose decodes come closest to the pictures `x`, as `kind` knows.

        Raises ValueError for the GAN, which has no encoder, and where there is no such kind.
        """
        self._check("decoder", kind, KINDS)
        if kind == "vae" or kind == "autoencoder":
            return self.heads(kind).encode(x)
        if kind == "flow":
            return self._as(Flow, "flow").inverse(self.heads("vae").encode(x))
        if kind == "gan":
            others = "vae, autoencoder, flow, pixel_flow"
            raise ValueError(f"the GAN has no encoder; take one of: {others}")
        rows = x.flatten(1)
        if kind == "pixel_flow":
            return self._as(Flow, "pixel_flow").inverse(2 * rows - 1, self.repeats, self.pace)
        return rows

    def heads(self, kind: Coded) -> MultiHeadAutoencoder:
        """The autoencoder whose heads read digit and thickness from its code."""
        return self._as(MultiHeadAutoencoder, kind)

    def reader(self) -> nn.Sequential:
        """The classifier of pictures that is searched, to logits `[n, 10]`."""
        return self._as(nn.Sequential, "reader")

    def image_text(self, held_out: bool) -> ImageText:
        """The joint encoder of pictures and captions that is searched, or the judge of them."""
        return self._as(ImageText, "image_text_judge" if held_out else "image_text")

    def judge(self, name: str) -> nn.Sequential:
        """One of `judges`: a classifier to logits `[n, 10]` that shares nothing with the searched.

        Raises ValueError for another name.
        """
        self._check("judge", name, self.judges)
        return self._as(nn.Sequential, name)

    def classifiers(self) -> list[nn.Sequential]:
        """All of `judges`, in their order."""
        return [self.judge(name) for name in self.judges]

    def forget(self) -> None:
        """Read the networks anew: they were just written."""
        self.network.cache_clear()
        self.decoder.cache_clear()

    def _as(self, kind: type[Network], name: str) -> Network:
        network = self.network(name)
        assert isinstance(network, kind)
        return network

    def _check(self, what: str, name: str, available: tuple[str, ...]) -> None:
        if name not in available:
            raise ValueError(f"no {what} {name!r} of {self.title}; known: {', '.join(available)}")
