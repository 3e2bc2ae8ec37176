"""What an objective offers to strategies, and who is to blame for what it does not."""

from __future__ import annotations

import torch

from blackbox.parameters import NamedSpace
from blackbox.protocol import Capability, Criteria
from blackbox.scoring.facts import Facts
from blackbox.scoring.pipeline import Pipeline
from blackbox.scoring.returned import name_of


def offered(
    pipeline: Pipeline, facts: Facts, *, hidden: bool, codes: bool, trust: bool, truth: bool
) -> frozenset[Capability]:
    """What a strategy may ask for; `hidden`: the gradient of the score is not shown."""
    latent, space = pipeline.reads == "latent", pipeline.space
    capabilities = {Capability.DECODE}
    sloped = facts.scorer_differentiable and not hidden
    if sloped and (facts.decoder_differentiable or latent):
        capabilities.add(Capability.GRADIENT)
    named = isinstance(space, NamedSpace)  # between its values there may be nothing
    if facts.decoder_differentiable and not named:
        capabilities.add(Capability.PULL_BACK)
    # Without a decoder objects are latents, of which fixed coordinates may not be searched.
    searchable = (pipeline.decoder is not None or not space.fixed) and not named
    if facts.decodes_arrays and not latent and searchable:
        capabilities |= {Capability.DATA} | ({Capability.DATA_GRADIENT} if sloped else set())
    if isinstance(pipeline.decoder, torch.nn.Module) and space.is_plain:
        capabilities.add(Capability.DECODER)
    if facts.constraints is not None:
        capabilities.add(Capability.CONSTRAINTS)
    if Criteria.of(pipeline.scorer.directions) is not None:
        capabilities.add(Capability.CRITERIA)
    if codes:
        capabilities.add(Capability.CODES)
    if trust:
        capabilities.add(Capability.TRUST)
    if truth:
        capabilities.add(Capability.TRUTH)
    return frozenset(capabilities)


def instead(need: Capability) -> str:
    """What to do about a strategy that needs what an objective does not offer, in words."""
    if need is Capability.CODES:
        return "give it codes=, the encoded data"
    if need is Capability.TRUST:
        return "give it trust=bb.Trust()"
    if need is Capability.TRUTH:
        return "give it a bb.Judge(truth=True), and the study truth_calls="
    if need is Capability.CRITERIA:
        return "give it weights=, one for each of several outputs of its scorer"
    if need is Capability.KNOWN:
        return "give them to the study as known=, or name the strategy without warm:"
    return "use zeroth_order, or another strategy that asks for scores only"


def lacking(need: Capability, name: str, pipeline: Pipeline, facts: Facts, hidden: bool) -> str:
    """Why the objective of this name does not offer a capability, in words."""
    scorer = f"scorer {pipeline.scorer.name} of objective {name}"
    if need in (Capability.GRADIENT, Capability.DATA_GRADIENT):
        if not facts.scorer_differentiable:
            return f"{scorer} is not differentiable: {facts.why_not}"
        if hidden:
            return f"objective {name} hides the gradient of scorer {pipeline.scorer.name}"
    if need in (Capability.DATA, Capability.DATA_GRADIENT) and pipeline.reads == "latent":
        return f"{scorer} reads z, not decoded objects"
    if need is Capability.CONSTRAINTS:
        return f"{scorer} returns no constraints"
    if need is Capability.CRITERIA:
        return f"{scorer} has {_wanted(pipeline)}"
    if need is Capability.CODES:
        return f"objective {name} was given no codes"
    if need is Capability.TRUST:
        return f"objective {name} was given no trust"
    if need is Capability.TRUTH:
        return f"no run on objective {name} may ask for the truth"
    if need is Capability.KNOWN:
        return f"none are given for objective {name}"
    if isinstance(pipeline.space, NamedSpace):
        return f"objective {name} has named parameters, whose values are no space to search in"
    decoder = "none" if pipeline.decoder is None else name_of(pipeline.decoder)
    why = f": {facts.why_not}" if need is Capability.GRADIENT and facts.why_not else ""
    return f"decoder {decoder} of objective {name} does not offer it{why}"


def _wanted(pipeline: Pipeline) -> str:
    """How many criteria are wanted high or low, in words."""
    signs = pipeline.scorer.directions.values()
    return f"{sum(sign != 0 for sign in signs)} of {len(signs)}" if signs else "one score"
