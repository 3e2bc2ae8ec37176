"""Losses of points `y [n, d]` in torch, 0 at the best, which lies at 0 of most."""

from __future__ import annotations

import math

import torch

Tensor = torch.Tensor


def sphere(y: Tensor) -> Tensor:
    return (y**2).sum(1)


def ellipsoid(y: Tensor) -> Tensor:
    return (10 ** torch.linspace(0, 5, y.shape[1], dtype=y.dtype) * y**2).sum(1)


def rosenbrock(y: Tensor) -> Tensor:
    w = y + 1
    return (100 * (w[:, 1:] - w[:, :-1] ** 2) ** 2 + (1 - w[:, :-1]) ** 2).sum(1)


def rastrigin(y: Tensor) -> Tensor:
    return (y**2 + 10 * (1 - torch.cos(2 * math.pi * y))).sum(1)


def alpine(y: Tensor) -> Tensor:
    """Waves whose height grows with the distance, with edges between them."""
    return (y * torch.sin(y) + 0.1 * y).abs().sum(1)


def ackley(y: Tensor) -> Tensor:
    radius = torch.sqrt((y**2).mean(1) + 1e-30)
    ripple = torch.cos(2 * math.pi * y).mean(1)
    return 20 - 20 * torch.exp(-0.2 * radius) + math.e - torch.exp(ripple)


def griewank(y: Tensor) -> Tensor:
    roots = torch.arange(1, y.shape[1] + 1, dtype=y.dtype).sqrt()
    return ((20 * y) ** 2).sum(1) / 4000 - torch.cos(20 * y / roots).prod(1) + 1


def absolute(y: Tensor) -> Tensor:
    """Sharp ridges: no slope at the optimum."""
    return y.abs().sum(1) + 3 * y.sum(1).abs()


def plateau(y: Tensor) -> Tensor:
    """Flat, with a gradient of zero, but for a broad hill."""
    wide = 6.5 * max(0.3, 1 - 1.2 * math.sqrt(2 / y.shape[1]))
    return -torch.relu(1 - (y**2).mean(1) / wide)


def styblinski(y: Tensor) -> Tensor:
    """Two valleys along each axis, one of them deeper: 2^d optima."""
    return (y**4 - 16 * y**2 + 5 * y).sum(1) / 2 + 39.16617 * y.shape[1]


def shells(y: Tensor) -> Tensor:
    """Rings around the optimum, each lower than the one around it."""
    radius = torch.sqrt((y**2).sum(1) + 1e-30)
    return 1 - torch.cos(2 * math.pi * radius) + radius


def bent(y: Tensor) -> Tensor:
    """A long curved valley with an edge along its bottom."""
    return (y[:, 1:] - y[:, :-1] ** 2 / 2).abs().sum(1) + 0.1 * (y[:, :1] - 1).abs().sum(1)


def schwefel(y: Tensor) -> Tensor:
    """Wells that are the deeper the further out, and the deepest at an end of the box."""
    x = 100 * (y + 4.2)
    return (418.9829 - x * torch.sin(torch.sqrt(x.abs() + 1e-12))).sum(1)


def powers(y: Tensor) -> Tensor:
    """A bowl with another power of each coordinate, from 2 to 6: flat where it ends."""
    return (y.abs() ** torch.linspace(2, 6, y.shape[1], dtype=y.dtype)).sum(1)


def trigonometric(y: Tensor) -> Tensor:
    """Squares of sums of waves (More, Garbow and Hillstrom 1981, doi:10.1145/355934.355936)."""
    d, numbers = y.shape[1], torch.arange(1, y.shape[1] + 1, dtype=y.dtype)
    wave = (1 - torch.cos(y)).sum(1, keepdim=True)
    return ((wave + numbers * (1 - torch.cos(y)) - torch.sin(y)) ** 2).sum(1) / d
