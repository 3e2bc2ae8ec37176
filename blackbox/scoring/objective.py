"""An objective: everything that happens between a latent point `z` and a number."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Capability, Decode, Message, PullBack
from blackbox.scoring.evaluator import Evaluator, as_rows
from blackbox.scoring.judge import Judge, as_judges, rehearse
from blackbox.scoring.probe import Facts, Parts, probe
from blackbox.scoring.render import Renderer, checked, drawn
from blackbox.scoring.scorer import ObjectiveError, Scorer, name_of
from blackbox.space import Space

__all__ = ["FLOOR", "Judge", "Objective", "ObjectiveError"]

# Prior draws on which judges are tried before anything is paid for.
REHEARSED = 2

# What an invalid point scores unless the objective says otherwise: below any real score, and
# far enough from the largest float that differences and float32 copies of it stay finite.
FLOOR = -1e15


class Objective:
    """`score(decoder(z))`, to be maximised: one door for any decoder and any scorer.

    `decoder`: any callable `Tensor [n, d] -> [n, ...]` (None: the identity). `scorer`: any
    callable on a batch of objects, `[n, ...] -> [n]`, or on one object if not `batched`; one that
    returns tensors is handed tensors, any other numpy arrays. With `reads="latent"` it is called on
    `z` itself, and the decoder only serves judges and pictures. What is differentiable is found
    out by a probe on a few prior draws; `differentiable=False` hides the gradient of the score.

    `maximize=False` negates the scorer's value; `target` scores `-(value - target)^2`, summed where
    the target is a vector; `weights` (a list, or a dict that names them) sums several criteria
    `[n, k]`. `starts(rng, m) -> [m, d]` replaces prior draws as first points. `duplicates` are
    "counted" or "cached" (asked again for free). A point where the scorer raises, or returns a
    number that is not finite, is invalid and scores `floor`. `judges` are functions `x -> [n]` or
    `(x, start) -> [n]`, called outside the budget; NaN says that the judge refuses, and a `Judge`
    also what is the truth and what is real. `render` draws objects that are no pictures: `[n, ...]`
    to pictures `[n, h, w]` or `[n, 3, h, w]`, or to texts `[n]`; names of an object's numbers make
    a text of each. `optimum` is the best possible score, where it is known. `codes [n, d]` are
    latent codes of real data, for searches that stay near them.

    >>> bowl = Objective(lambda x: -(x**2).sum(-1), space=Space.normal(2), name="bowl")
    >>> bowl.evaluate(Ask(np.ones((3, 2)))).score
    array([-2., -2., -2.])
    """

    def __init__(
        self,
        scorer: Callable[..., Any],
        decoder: Callable[[torch.Tensor], Any] | None = None,
        space: Space | None = None,
        *,
        name: str = "",
        reads: Literal["data", "latent"] = "data",
        judges: Mapping[str, Callable[..., Any] | Judge] | None = None,
        render: Renderer | None = None,
        batched: bool = True,
        maximize: bool = True,
        weights: Sequence[float] | Mapping[str, float] | None = None,
        target: float | Sequence[float] | None = None,
        starts: Callable[[np.random.Generator, int], Array] | None = None,
        duplicates: Literal["counted", "cached"] = "counted",
        floor: float | None = None,
        differentiable: bool | None = None,
        optimum: float | None = None,
        codes: Array | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        """Take the parts. Raises ObjectiveError for a part that cannot be what it should be."""
        for part, what in ((decoder, "decoder"), (starts, "starts")):
            if part is not None and not callable(part):
                raise ObjectiveError(f"{what} must be a function, not {part!r}")
        for choice, allowed in ((reads, ("data", "latent")), (duplicates, ("counted", "cached"))):
            if choice not in allowed:
                raise ObjectiveError(f"found {choice!r} where one of {allowed} is expected")
        if floor is not None and not math.isfinite(floor):
            raise ObjectiveError(f"floor must be a finite number, not {floor!r}")
        self.scorer = Scorer(
            scorer, batched=batched, maximize=maximize, weights=weights, target=target
        )
        self.space = space if space is not None else Space.normal(16)
        self.name = name or self.scorer.name.strip("`<>")
        self.judges, self._render = as_judges(judges or {}), checked(render)
        self.duplicates, self.optimum = duplicates, optimum
        self.floor = FLOOR if floor is None else float(floor)
        self.codes = None if codes is None else np.array(codes, float)
        if self.codes is not None and self.codes.shape[1:] != (self.space.dim,):
            raise ObjectiveError(
                f"codes must be [n, {self.space.dim}] in {self.space}, not {list(self.codes.shape)}"
            )
        self._starts, self._declared = starts, differentiable
        self._parts = Parts(self.scorer, decoder, reads, self.space, dtype, device)

    @property
    def decoder(self) -> Callable[[torch.Tensor], Any] | None:
        """The user's decoder; None is the identity."""
        return self._parts.decoder

    @cached_property
    def facts(self) -> Facts:
        """What a probe on a few prior draws found out; made once.

        Raises ObjectiveError where scorer or decoder do not work at all.
        """
        facts = probe(self._parts)
        if self._declared and not facts.scorer_differentiable:
            raise ObjectiveError(
                f"{self.name} is declared differentiable, but scorer {self.scorer.name} returned "
                "numbers without a gradient; keep to torch operations, or leave the declaration out"
            )
        return facts

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What a strategy may ask for."""
        facts, latent = self.facts, self._parts.reads == "latent"
        offered = {Capability.DECODE}
        scorer = facts.scorer_differentiable and self._declared is not False
        if scorer and (facts.decoder_differentiable or latent):
            offered.add(Capability.GRADIENT)
        if facts.decoder_differentiable:
            offered.add(Capability.PULL_BACK)
        if facts.decodes_arrays and not latent:
            offered |= {Capability.DATA} | ({Capability.DATA_GRADIENT} if scorer else set())
        if isinstance(self.decoder, torch.nn.Module):
            offered.add(Capability.DECODER)
        if self.codes is not None:
            offered.add(Capability.CODES)
        return frozenset(offered)

    def lacks(self, need: Capability) -> str:
        """Who is to blame for a capability that is not offered, in words."""
        facts = self.facts
        if need in (Capability.GRADIENT, Capability.DATA_GRADIENT):
            if not facts.scorer_differentiable:
                return f"scorer {self.scorer.name} of objective {self.name} is not differentiable"
            if self._declared is False:
                return f"objective {self.name} hides the gradient of scorer {self.scorer.name}"
        if need in (Capability.DATA, Capability.DATA_GRADIENT) and self._parts.reads == "latent":
            return (
                f"scorer {self.scorer.name} of objective {self.name} reads z, not decoded objects"
            )
        if need is Capability.CODES:
            return f"objective {self.name} was given no codes"
        decoder = "none" if self.decoder is None else name_of(self.decoder)
        return f"decoder {decoder} of objective {self.name} does not offer it"

    def starts(self, rng: np.random.Generator, m: int) -> Array:
        """The first points of a seed `[m, d]`: the objective's own, or draws of the prior."""
        if self._starts is None:
            return self.space.sample(rng, m)
        points = np.asarray(self._starts(rng, m), float)
        if points.shape != (m, self.space.dim) or not self.space.contains(points).all():
            raise ObjectiveError(
                f"starts of {self.name} must return points of {self.space}, shape "
                f"{[m, self.space.dim]}; it returned shape {list(points.shape)}"
            )
        return points

    def evaluate(self, message: Message) -> Answer:
        """Answer any message; row i of the answer depends on row i of the message only."""
        points = np.asarray(message.points, float)
        at_data = isinstance(message, Ask) and message.at == "data"
        if not at_data and (points.ndim != 2 or points.shape[1] != self.space.dim):
            raise ObjectiveError(
                f"{self.name} is searched in {self.space}: points must be [n, {self.space.dim}], "
                f"not {list(points.shape)}"
            )
        match message:
            case Ask(order=order):
                return self._evaluator.answer(points, order, at_data)
            case Decode():
                return Answer(x=as_rows(self.decode(points)))
            case PullBack(vectors=vectors):
                if Capability.PULL_BACK not in self.capabilities:
                    raise ObjectiveError(self.lacks(Capability.PULL_BACK))
                return Answer(pulled=self._evaluator.pull_back(points, vectors))

    def decode(self, z: Array) -> Any:
        """The objects of latent points `[n, d]`: a tensor on the CPU, or what the decoder makes."""
        return self._evaluator.decode(z)

    def see(self, z: Array, x: Mapping[int, Any]) -> Any:
        """The objects of rows `[p]`: decoded from `z [p, d]`, or given in `x` where that is NaN."""
        latent = np.asarray(~np.isnan(z).any(axis=1))
        objects = self.decode(
            np.where(latent[:, None], z, self.space.from_unit(np.full(z.shape, 0.5)))
        )
        if latent.all():
            return objects
        if not isinstance(objects, torch.Tensor):
            return [object_ if latent[i] else x[i] for i, object_ in enumerate(objects)]
        given = [objects[i] if latent[i] else torch.tensor(x[i]).to(objects) for i in range(len(z))]
        return torch.stack(given)

    def rehearse(self, seeds: Sequence[int], m: int) -> None:
        """Try all parts before anything is paid for: the probe, the seeds' starts, the judges.

        Raises ObjectiveError for the first part that does not work, with what to do.
        """
        _ = self.facts
        for seed in seeds:
            self.starts(np.random.default_rng([seed, 0]), m)
        z = self.space.sample(np.random.default_rng(0), REHEARSED)
        rehearse(self.judges, self.decode(z), z, self.name)

    def judge(self, objects: Any, z: Array | None = None) -> dict[str, Array]:
        """What each judge says of some objects `[p]`; the first one is the run's start.

        Judges that read `z [p, d]` refuse where it is not given. Raises ObjectiveError where a
        judge does not return one number per object.
        """
        return {name: judge.verdict(objects, name, z) for name, judge in self.judges.items()}

    def draw(self, objects: Any) -> NDArray[Any] | None:
        """What the renderer makes of objects `[p]`: pictures or texts; None without a renderer."""
        return None if self._render is None else drawn(self._render, objects)

    def fingerprint(self) -> str:
        """A hash of what the objective is and of how it scores the probe's draws."""
        said = [f"{value:.5g}" for value in self.facts.scores]
        parts = self._parts
        own = (self.name, str(self.space), parts.reads, self.floor, self.duplicates, self._declared)
        judged = sorted((name, j.truth, j.low, j.high, j.reads) for name, j in self.judges.items())
        return hashlib.sha256(repr((own, said, judged)).encode()).hexdigest()[:16]

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self._parts, self.facts, self.floor)

    def __repr__(self) -> str:
        """Name and space."""
        return f"Objective({self.name!r}, {self.space})"
