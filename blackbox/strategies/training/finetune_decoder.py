"""Fine-tune a copy of the decoder, so that what it makes of prior draws scores high.

By gradients: K. Clark, P. Vicol, K. Swersky, D. J. Fleet: Directly fine-tuning diffusion models on
differentiable rewards (DRaFT), 2023, arXiv 2309.17400. From scores alone: J. Peters, S. Schaal,
Reinforcement learning by reward-weighted regression for operational space control, 2007, doi
10.1145/1273496.1273590, with all weight on the best of some tries as in H. Dong et al., RAFT, 2023,
arXiv 2304.06767.
"""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.training.networks import Learner, at_work

LEARNING = ("gradient", "reward")
# Of the running mean size of the slopes, to which the pull is relative.
MEMORY = 0.9
DRAWS = 64  # of the prior, that tell how far objects lie apart
WINDOW = 32  # objects that "reward" learns from: the last ones


@dataclass(frozen=True)
class FinetuneDecoder:
    """Sample, score, and train a copy of the decoder, again and again (Clark et al. 2023).

    `learning="gradient"` follows the scorer's gradient at the copy's objects; `"reward"` needs
    scores only, and teaches the copy to make at a point the best of what it makes around it. Both
    are held to the original's objects. The user's own decoder is never changed.
    """

    learning: str = "gradient"
    # Objects per round, and Adam's rate: measured on a picture's log-probability with 200 and 1000
    # units, 4 beats 8, and 2e-3 beats 3e-4 and 1e-3.
    batch: int = 4
    learning_rate: float = 2e-3  # of Adam, measured with `batch`
    pull: float = 0.1  # to the original: 1 lets objects go about as far as they lie apart
    # For "reward": objects per point, how far around it (prior sd), steps of training per round.
    # Measured there: 4 tries beat 2 and 8, and 1 sd beats 0.5.
    tries: int = 4
    explore: float = 1.0  # prior sd around a point, for "reward"; measured with `tries`
    epochs: int = 10  # steps of training per round, for "reward"

    def __post_init__(self) -> None:
        """Refuse settings that train nothing."""
        if self.learning not in LEARNING:
            raise ValueError(f"learning {self.learning!r} is none of {', '.join(LEARNING)}")
        if min(self.batch, self.epochs) < 1 or self.tries < 2 or not self.learning_rate > 0:
            raise ValueError(f"batch, epochs and learning_rate must be > 0, tries >= 2: {self}")
        if not (self.pull >= 0 and self.explore > 0):
            raise ValueError(f"pull must be >= 0 and explore > 0: {self}")

    @property
    def needs(self) -> frozenset[Capability]:
        """The decoder, a scorer of objects, and for "gradient" its gradient."""
        also = {Capability.DATA_GRADIENT} if self.learning == "gradient" else set()
        return frozenset({Capability.DECODER, Capability.DATA, *also})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score the start, then whatever the copy makes of draws of the prior."""
        yield Ask(brief.start[:1])
        tuned = Copy(brief.decoder, self.learning_rate, self.pull)
        if self.learning == "gradient":
            yield from self._follow(tuned, brief, rng)
        else:
            yield from self._imitate(tuned, brief, rng)

    def _follow(self, tuned: Copy, brief: Brief, rng: np.random.Generator) -> Search:
        """Push the objects of each round along the scorer's gradient at them."""
        size, spread = 0.0, tuned.spread(brief.space.sample(rng, DRAWS))
        while True:
            z = brief.space.sample(rng, self.batch)
            with at_work():
                x = tuned.made(z)
            slope = (yield Ask(x.numpy(force=True), 1, at="data")).grad
            now = float(np.linalg.norm(slope.reshape(len(slope), -1), axis=1).mean())
            size = MEMORY * size + (1 - MEMORY) * now if size > 0 else now
            with at_work():
                along = tuned.tensor(spread * slope / (size or 1.0))
                tuned.learn(-(along * x).sum() / len(x), z, x)

    def _imitate(self, tuned: Copy, brief: Brief, rng: np.random.Generator) -> Search:
        """Teach the copy to make at each point the best of what it makes around it."""
        archive: deque[tuple[Array, Array]] = deque(maxlen=WINDOW)
        while True:
            points = brief.space.sample(rng, max(1, self.batch // self.tries))
            around = np.repeat(points, self.tries, axis=0)
            around = around + self.explore * brief.space.scale * rng.standard_normal(around.shape)
            with at_work():
                x = tuned.made(brief.space.clip(around)).numpy(force=True)
            answer = yield Ask(x, at="data")
            score = np.where(answer.valid, answer.score, -np.inf).reshape(len(points), -1)
            best = score.argmax(axis=1) + np.arange(len(points)) * self.tries
            archive += [(z, x[i]) for z, i in zip(points, best, strict=True) if answer.valid[i]]
            if archive:
                seen, shown = (np.array(column) for column in zip(*archive, strict=True))
                tuned.imitate(seen, shown, self.epochs)


class Copy:
    """A copy of the user's decoder that learns, held to the original by `pull`."""

    def __init__(self, decoder: object, learning_rate: float, pull: float) -> None:
        """Copy it. Raises ValueError where there is nothing to tune."""
        if not isinstance(decoder, nn.Module) or not [*decoder.parameters()]:
            raise ValueError(f"finetune_decoder needs a decoder with parameters, not {decoder!r}")
        self._original, self._pull = copy.deepcopy(decoder).eval(), pull
        self._first = next(decoder.parameters())
        tuned = copy.deepcopy(decoder).eval().requires_grad_(True)
        self._learner = Learner(tuned, learning_rate)

    def tensor(self, array: Array) -> Tensor:
        """The array in the decoder's own dtype, on its device."""
        return torch.tensor(array, dtype=self._first.dtype, device=self._first.device)

    def made(self, z: Array) -> Tensor:
        """The copy's objects of `z [n, d]`."""
        x: Tensor = self._learner.network(self.tensor(z))
        return x

    def spread(self, z: Array) -> float:
        """How far the original's objects lie from their mean."""
        with at_work(), torch.no_grad():
            x = self._original(self.tensor(z)).flatten(1)
            return float((x - x.mean(dim=0)).norm(dim=1).mean())

    def imitate(self, z: Array, x: Array, epochs: int) -> None:
        """Learn to make the objects `x` of `z [n, d]`."""
        with at_work():
            target = self.tensor(x)
            for _ in range(epochs):
                again = self.made(z)
                self.learn((again - target).flatten(1).square().sum(dim=1).mean() / 2, z, again)

    def learn(self, loss: Tensor, z: Array, x: Tensor) -> None:
        """One step down the loss and the pull, which is half the square of how far x has gone."""
        with torch.no_grad():
            usual = self._original(self.tensor(z))
        gone = (x - usual).flatten(1).square().sum(dim=1).mean()
        self._learner.learn(loss + self._pull / 2 * gone)
