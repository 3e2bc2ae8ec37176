"""What an objective is made of, part by part: what decides its runs, and what decides verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from blackbox.identity import Identity, identity
from blackbox.protocol import Array, Capability
from blackbox.scoring.judge import Judge
from blackbox.scoring.pipeline import Pipeline
from blackbox.scoring.render import Renderer
from blackbox.scoring.trust import Trust
from blackbox.scoring.truth import truth_of


@dataclass(frozen=True)
class ObjectiveCode:
    """The code of an objective and what that code reads, taken before its first call.

    `search` decides the points and scores of a run; `verdicts` only what is said of them: the
    judges, the renderer and the known optimum, which can be asked again for nothing. `hints` tell
    what says how far points are to be believed, and what is true of them, by its digest: they
    decide the runs of those searches alone that ask.
    """

    search: Identity
    verdicts: Identity
    hints: Mapping[Capability, str] = field(default_factory=dict)


def of_search(
    pipeline: Pipeline,
    starts: Callable[..., Any] | None,
    version: object,
    duplicates: str,
    differentiable: bool | None,
    noise: bool | None,
    codes: Array | None,
    where: Callable[..., Any] | None,
) -> Identity:
    """The identity of what decides a run: scorer, decoder, first points and choices."""
    scorer = pipeline.scorer
    settings = {
        "maximize": scorer.maximize,
        "batched": scorer.batched,
        "target": scorer.target,
        "weights": scorer.weights,
        "criteria": scorer.criteria,
        "constraints": {name: repr(one) for name, one in scorer.bounds.items()} or None,
        "reads": pipeline.reads,
        "dtype": str(pipeline.dtype),
        "duplicates": duplicates,
        "differentiable": differentiable,
        "noise": noise,
        "codes": codes,
    }
    parts = [
        identity(scorer.function, "scorer", scorer.version),
        identity(pipeline.decoder, "decoder", version) if pipeline.decoder else None,
        identity(starts, "starts", version) if starts else None,
        identity(where, "where", version) if where else None,
        Identity({"space": " ".join(map(str, (pipeline.space, *pipeline.space.fixed)))}),
        *(identity(value, name) for name, value in settings.items() if value is not None),
    ]
    return joined(part for part in parts if part is not None)


def code_of(
    search: Identity,
    judges: Mapping[str, Judge],
    render: Renderer | None,
    optimum: float | None,
    trust: Trust | None,
) -> ObjectiveCode:
    """The code of an objective of which this decides the search."""
    return ObjectiveCode(search, of_verdicts(judges, render, optimum), of_hints(trust, judges))


def of_verdicts(
    judges: Mapping[str, Judge], render: Renderer | None, optimum: float | None
) -> Identity:
    """The identity of what is said of runs that have ended."""
    parts = [identity(render, "render") if render is not None else Identity({})]
    if optimum is not None:
        parts.append(Identity({"optimum": repr(float(optimum))}))
    for name, judge in judges.items():
        of_judge = identity(judge.function, f"judge {name}", judge.version)
        meaning = f"truth={judge.truth}, low={judge.low!r}, high={judge.high!r}, {judge.reads}"
        parts.append(Identity({f"judge {name}: meaning": meaning}))
        parts.append(
            Identity(
                {f"judge {name}: {part}": text for part, text in of_judge.parts.items()},
                of_judge.unhashed,
            )
        )
    return joined(parts)


def of_hints(trust: Trust | None, judges: Mapping[str, Judge]) -> dict[Capability, str]:
    """What a search may be told beside scores, with the digest of what tells it."""
    truth = judges.get(truth_of(judges))
    hints: dict[Capability, str] = {}
    if trust is not None:
        hints[Capability.TRUST] = f"trust {identity(trust, 'trust').digest}"
    if truth is not None:
        hints[Capability.TRUTH] = f"truth {identity(truth.function, 'truth', truth.version).digest}"
    return hints


def joined(parts: Iterable[Identity]) -> Identity:
    """One identity of several."""
    texts: dict[str, str] = {}
    unhashed: list[str] = []
    for part in parts:
        texts |= part.parts
        unhashed += part.unhashed
    return Identity(texts, tuple(dict.fromkeys(unhashed)))
