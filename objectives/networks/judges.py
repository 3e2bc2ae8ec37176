"""Dense networks that judge pictures: with kinks, where those that are searched are smooth."""

from __future__ import annotations

from torch import nn

from blackbox.objectives.networks.autoencoder import perceptron


def dense_judge(side: int, *hidden: int, dropout: float) -> nn.Sequential:
    """A classifier of pictures `[n, side, side]` without convolutions, to logits `[n, 10]`."""

    def between(width: int) -> tuple[nn.Module, ...]:
        return nn.BatchNorm1d(width), nn.LeakyReLU(0.1), nn.Dropout(dropout)

    return nn.Sequential(nn.Flatten(), *perceptron(side**2, *hidden, 10, between=between))


def judge_autoencoder(side: int, wide: int, code: int) -> nn.Sequential:
    """An autoencoder of pictures `[n, side, side]`, whose error tells what is no digit."""

    def kink(_: int) -> list[nn.Module]:
        return [nn.ReLU()]

    return nn.Sequential(
        nn.Flatten(),
        *perceptron(side**2, wide, code, between=kink),
        *perceptron(code, wide, side**2, between=kink),
        nn.Unflatten(1, (side, side)),
        nn.Sigmoid(),
    )
