"""
A pipeline in the manner of diffusers
=====================================

An object with a `vae` that works in half precision and wraps what it returns; nothing is
downloaded. With the real one, `pipe.vae.decode(z / pipe.vae.config.scaling_factor).sample`.
"""

from types import SimpleNamespace

import torch
from torch import nn

import blackbox as bb

torch.manual_seed(0)
network = nn.ConvTranspose2d(4, 3, 4, stride=4).to(torch.bfloat16).eval()
vae = SimpleNamespace(
    config=SimpleNamespace(scaling_factor=0.18),
    decode=lambda z: SimpleNamespace(sample=torch.tanh(network(z))),
)
pipe = SimpleNamespace(vae=vae)


def decode(z: torch.Tensor) -> torch.Tensor:
    """Pictures `[n, 3, 32, 32]` of latents `[n, 4, 8, 8]`."""
    pictures: torch.Tensor = pipe.vae.decode(z / pipe.vae.config.scaling_factor).sample
    return pictures


red = bb.Objective(
    lambda x: (x[:, 0] - x[:, 1:].mean(1)).float().mean((1, 2)),
    decode,
    bb.Space.normal((4, 8, 8)),
    judges={"noise": bb.noise_judge(4 * 8 * 8)},
    name="red",
)
study = bb.compare(red, ["gradient_ascent", "sep_cma_es", "random_search"], budget=60, seeds=3)
print(study.summary()[["strategy", "best_mean", "judge_noise"]])
figure = study.plot("objects")
