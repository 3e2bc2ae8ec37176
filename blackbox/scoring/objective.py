"""An objective: everything that happens between a latent point `z` and a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from blackbox.constraints import Bound
from blackbox.errors import ObjectiveError
from blackbox.parameters import Parameters
from blackbox.protocol import Answer, Array, Ask, Capability, Decode, Message, PullBack
from blackbox.scoring import settings
from blackbox.scoring.arrays import as_rows, interleaved
from blackbox.scoring.by_name import by_name
from blackbox.scoring.code import ObjectiveCode, code_of, of_search
from blackbox.scoring.evaluator import Evaluator
from blackbox.scoring.facts import Facts, power_of_ten
from blackbox.scoring.identity import still_scores
from blackbox.scoring.judge import Judge, as_judges, rehearse
from blackbox.scoring.offers import lacking, offered
from blackbox.scoring.pipeline import Pipeline
from blackbox.scoring.probe import probe
from blackbox.scoring.render import Renderer, checked, drawn
from blackbox.scoring.scorer import Scorer
from blackbox.scoring.shielded import shielded
from blackbox.scoring.trust import Trust
from blackbox.scoring.truth import hinted, truth_of
from blackbox.space import Space

__all__ = ["Judge", "Objective", "ObjectiveError"]

REHEARSED = 3  # prior draws on which judges are tried before anything is paid for


class Objective:
    """`score(decoder(z))`, to be maximised: one door for any decoder and any scorer.

    `scorer`: a function of a batch of objects, `[n, ...] -> [n]`, or of one object; which of the
    two, and whether it likes tensors or arrays, is found out by a probe on a few prior draws. A
    `bb.Scorer` holds its settings, which may stand here too: `target` scores
    `-(value - target)^2`, `maximize=False`: the value is a loss, `weights` (a list, or a dict that
    names them) sums several criteria `[n, k]`, `constraints` bound named outputs, `batched` says
    what the probe would find out; `timeout`, `memory` and `retries` limit its calls. Proposals that
    break a condition, `where=lambda p: p.a + p.b <= 1`, are moved to where it holds, not paid for.
    `decoder`: any callable `Tensor [n, *shape] -> [n, ...]` (None: the identity), where `shape` is
    that of the `space`. With `reads="latent"` the scorer is called on the latents themselves, and
    the decoder only serves judges and pictures.

    Rows that depend on each other are refused. `noise=True` says that a score differs each time,
    False that it does not, None that it is found out. `differentiable=False` hides the gradient of
    the score. `batch_size`: most objects of one call. Where an object costs some milliseconds
    (`seconds`: declared, not timed), calls hold one run's points, unpadded. A `version` stands for
    the code of decoder and starts, by which a study's folder knows its runs.

    `starts(rng, m) -> [m, d]` replaces prior draws as first points; points `[k, d]`, or rows of
    named values, are your own: a run asks all, and goes on from the best. `duplicates` are
    "counted", "cached" (free), or "once": free unless scores are noisy, as for named parameters. A
    point where the scorer raises, or returns a number that is not finite, is invalid and has no
    score. `judges` are functions `x -> [n]` or `(x, start) -> [n]`, called outside the budget; NaN
    says that the judge refuses, and a `Judge` also what is the truth and what is real. `render`
    draws objects that are no pictures, as pictures `[n, h, w]` or `[n, 3, h, w]` or texts `[n]`;
    names of numbers make a text. The best possible score (or loss) is the `optimum`. `codes [n, d]`
    are latents of real data; a `trust` says whom `study.best(trust=True)` believes.

    >>> bowl = Objective(lambda x: -(x**2).sum(-1), space=Space.normal(2), name="bowl")
    >>> bowl.evaluate(Ask(np.ones((3, 2)))).score
    array([-2., -2., -2.])
    """

    def __init__(
        self,
        scorer: Callable[..., Any] | Scorer,
        decoder: Callable[[torch.Tensor], Any] | None = None,
        space: Space | Parameters | None = None,
        *,
        where: Callable[..., Any] | None = None,
        name: str = "",
        reads: Literal["data", "latent"] = "data",
        judges: Mapping[str, Callable[..., Any] | Judge] | None = None,
        render: Renderer | None = None,
        batched: bool | None = None,
        maximize: bool | None = None,
        weights: Sequence[float] | Mapping[str, float] | None = None,
        target: float | Sequence[float] | None = None,
        constraints: Mapping[str, Bound] | None = None,
        timeout: float | None = None,
        memory: float | None = None,
        retries: int | None = None,
        starts: Any = None,
        duplicates: Literal["counted", "cached", "once"] | None = None,
        floor: float | None = None,
        differentiable: bool | None = None,
        noise: bool | None = None,
        optimum: float | None = None,
        codes: ArrayLike | None = None,
        trust: Trust | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        batch_size: int | None = None,
        seconds: float | None = None,
        version: object = None,
    ) -> None:
        """Take the parts. Raises ObjectiveError for a part that cannot be what it should be."""
        settings.refuse_unfit(decoder, starts, reads, duplicates, floor)
        of_scorer: dict[str, Any] = {"batched": batched, "maximize": maximize, "weights": weights}
        of_scorer |= {"target": target, "constraints": constraints}
        of_scorer |= {"timeout": timeout, "memory": memory, "retries": retries}
        self.scorer = settings.scorer_of(scorer, of_scorer)
        self.name = name or self.scorer.name.strip("`<>")
        self.judges, self._render = as_judges(judges or {}), checked(render)
        self.space = settings.space_of(space, self.scorer, where)
        self.parameters = space if isinstance(space, Parameters) else None
        starts = settings.starts_from(starts, self.parameters, self.space, self.name)
        if self.parameters is not None:
            named = by_name(self.parameters, decoder, self.scorer, self.judges, self._render)
            self.scorer, self.judges, self._render = named
            decoder, dtype = self.parameters.decode, dtype or torch.float64  # as it was named
        self.duplicates = duplicates or ("once" if self.parameters else "counted")
        self.optimum = None if optimum is None else self.scorer.sign * float(optimum)
        self.codes = settings.codes_of(codes, self.space, self.name)
        self._starts, self._where, self._noise, self.trust = starts, where, noise, trust
        self.own_starts = settings.how_many(starts)
        self._declared, self.hides_gradient = differentiable, differentiable is False
        fixed = dtype, device, *settings.calls_of(batch_size, seconds, self.space.dim)
        self._pipeline = Pipeline(self.scorer, decoder, reads, self.space, *fixed)
        self._version, self.ends_process, self._judges_work = version, False, False
        self._evaluator: Evaluator | None = None

    @property
    def decoder(self) -> Callable[[torch.Tensor], Any] | None:
        """The user's decoder; None is the identity."""
        return self._pipeline.decoder

    @property
    def facts(self) -> Facts:
        """What a probe found out, made once. Raises ObjectiveError where nothing works at all."""
        return self._working.facts

    @property
    def _working(self) -> Evaluator:
        if self._evaluator is None:
            facts = shielded(probe, self._pipeline, self._noise, always=self.ends_process)
            facts = replace(facts, ends_process=self.ends_process)
            settings.refuse_undifferentiable(self.name, self._declared, facts)
            self._evaluator = Evaluator(self._pipeline, facts)
        return self._evaluator

    def adopt(self, facts: Facts) -> None:
        """Take what an earlier probe had found out, in place of making one."""
        if self._evaluator is None or self._evaluator.facts != facts:
            self._evaluator = Evaluator(self._pipeline, facts)
        self._judges_work = True

    def agrees_with(self, facts: Facts) -> bool:
        """Whether a draw or two still score as they did when these facts were found out."""
        return shielded(still_scores, self._pipeline, facts, always=facts.ends_process)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What a strategy may ask for."""
        given = {"codes": self.codes is not None, "trust": self.trust is not None}
        given["truth"] = bool(truth_of(self.judges))
        return offered(self._pipeline, self.facts, hidden=self.hides_gradient, **given)

    def lacks(self, need: Capability) -> str:
        """Who is to blame for a capability that is not offered, in words."""
        return lacking(need, self.name, self._pipeline, self.facts, self.hides_gradient)

    def starts(self, rng: np.random.Generator, m: int) -> Array:
        """The first points of a seed `[m, d]`: the objective's own, or draws of the prior."""
        if self._starts is None:
            return self.space.sample(rng, m)
        return settings.starts_of(self._starts(rng, m), m, self.space, self.name)

    def latents(self, z: Array) -> Array:
        """Searched points `[n, d]` as the user's functions see them, `[n, *shape]`."""
        return self.space.shaped(z)

    def evaluate(self, message: Message) -> Answer:
        """Answer any message; row i of the answer depends on row i of the message only."""
        points = np.asarray(message.points, float)
        at_data = isinstance(message, Ask) and message.at == "data"
        if not at_data:
            settings.refuse_misshapen(points, self.space, self.name)
        match message:
            case Ask(order=order):
                return self._working.answer(points, order, at_data)
            case Decode():
                return Answer(x=as_rows(self.decode(points)))
            case PullBack(vectors=vectors):
                if (need := Capability.PULL_BACK) not in self.capabilities:
                    raise ObjectiveError(self.lacks(need))
                return Answer(pulled=self._working.pull_back(points, vectors))
        return hinted(message, self, self.trust, self.judges)

    def decode(self, z: Array) -> Any:
        """The objects of latent points `[n, d]`: a tensor on the CPU, or what the decoder makes."""
        return self._working.decode(z)

    def see(self, z: Array, x: Mapping[int, Any]) -> Any:
        """The objects of rows `[p]`: decoded from `z [p, d]`, or given in `x` where that is NaN."""
        if (latent := np.asarray(~np.isnan(z).any(axis=1))).all():
            return self.decode(z)
        objects = self.decode(z[latent]) if latent.any() else None
        return interleaved(objects, latent, x, self.facts.dtype)

    def rehearse(self, seeds: Sequence[int], m: int) -> None:
        """Try all parts before anything is paid for: the probe, the seeds' starts, the judges.

        Raises ObjectiveError for the first part that does not work, with what to do.
        """
        working = self._working
        for seed in seeds:
            self.starts(np.random.default_rng([seed, 0]), m)
        if self._judges_work or not self.judges:
            return
        z = self.space.sample(np.random.default_rng(0), REHEARSED)
        seconds = rehearse(self.judges, self.decode(z), self.latents(z), self.name)
        rounded = {name: power_of_ten(one) for name, one in seconds.items()}
        working.facts = replace(working.facts, judge_seconds=rounded)
        self._judges_work = True

    def judge(self, objects: Any, z: Array | None = None) -> dict[str, Array]:
        """What each judge says of some objects `[p]`; the first one is the run's start.

        Judges that read `z [p, d]` refuse where it is not given. Raises ObjectiveError where a
        judge does not return one number per object.
        """
        z = None if z is None else self.latents(z)
        return {name: judge.verdict(objects, name, z) for name, judge in self.judges.items()}

    def draw(self, objects: Any) -> NDArray[Any] | None:
        """What the renderer makes of objects `[p]`: pictures or texts; None without a renderer."""
        return None if self._render is None else drawn(self._render, objects)

    @property
    def code(self) -> ObjectiveCode:
        """What it is made of, part by part: what a stored run is known by."""
        choices = (self.duplicates, self._declared, self._noise, self.codes, self._where)
        search = of_search(self._pipeline, self._starts, self._version, *choices)
        return code_of(search, self.judges, self._render, self.optimum, self.trust)

    def __repr__(self) -> str:
        """Name and space."""
        return f"Objective({self.name!r}, {self.space})"
