"""Molecules: strings without slopes, behind a code that has some; rdkit says what they are worth.

What stands for a drug's effect and for its side effect are stand-ins, both rdkit's: QED, the
likeness to drugs, for the effect, and logP for the side effect, since what dissolves in fat clings
to proteins that it should not meet (Leeson and Springthorpe 2007, doi 10.1038/nrd2445).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn

from blackbox.errors import ObjectiveError
from blackbox.objectives.call_forms import named
from blackbox.objectives.molecules import chemistry, shipped
from blackbox.objectives.molecules.decoders import (
    Domain,
    Kind,
    MoleculeStarts,
    Source,
    coding,
    decoder_of,
)
from blackbox.objectives.molecules.judges import (
    DISAGREEMENT,
    disagreement,
    foretold,
    usual_judges,
    weighed,
)
from blackbox.objectives.molecules.named_molecules import smiles_of
from blackbox.objectives.molecules.networks import PROPERTIES
from blackbox.objectives.molecules.pictures import pictures
from blackbox.scoring.objective import Judge, Objective
from blackbox.spelling import suggestion

__all__ = ["bounded_logp", "logp", "property", "qed", "similarity", "two_sided"]

# What a molecule costs, written and measured, and how many are at once: declared, so that no clock
# decides how it is called.
SECONDS, MOST = 2e-3, 32
EFFECT, SIDE_EFFECT = "qed", "logp"
CRITERIA = {"effect": EFFECT, "side_effect": SIDE_EFFECT}


@dataclass(frozen=True)
class Posed:
    """How a question is asked: which decoder, where it is searched, and where one begins."""

    decoder: Kind
    domain: Domain
    source: Source

    def objective(self, name: str, scorer: Callable[..., Any], **settings: Any) -> Objective:
        """The objective. Raises MissingPackage, or ObjectiveError for a setting that is not."""
        chemistry.chem()  # what is missing is told before a search
        decoder = decoder_of(self.decoder)
        space = decoder.space(self.domain)
        if self.source not in ("prior", "held_out"):
            raise ObjectiveError(f"source is 'prior' or 'held_out', not {self.source!r}")
        usual: dict[str, Any] = {
            "starts": MoleculeStarts(decoder, self.domain, self.source),
            "codes": shipped.reference().taught_codes if self.decoder == "vae" else None,
            "judges": usual_judges(),
            "render": pictures,
            "batched": True,
            "noise": False,
            "seconds": SECONDS,
            "batch_size": MOST,
        }
        if self.domain == "sphere":
            usual["codes"] = None  # they do not lie on it
        settings = usual | settings | {"judges": usual["judges"] | settings.get("judges", {})}
        return Objective(scorer, decoder, space, name=name, **settings)


@named("molecules.qed")
def qed(
    name: str, *, decoder: Kind = "vae", domain: Domain = "normal", source: Source = "prior"
) -> Objective:
    """The quantitative estimate of drug-likeness, 0 to 1, by rdkit (Bickerton et al. 2012).

    `decoder`: "vae" writes a molecule for each point of a code of 32, "flow" goes to such a code
    first, "tokens" reads 56 coordinates as tokens, which makes it a search among strings. Searched
    is the `domain`, with the decoder's prior on it, or the "sphere" of its radius. The `source` of
    a seed's starts is the prior, or "held_out" molecules, which the networks have not seen.

    Raises MissingPackage without rdkit and selfies, ObjectiveError for settings that are not there.
    """
    posed = Posed(decoder, domain, source)
    return posed.objective(name, partial(chemistry.values, "qed"))


@named("molecules.logp")
def logp(
    name: str, *, decoder: Kind = "vae", domain: Domain = "normal", source: Source = "prior"
) -> Objective:
    """Penalised logP, as the field maximises it: without bound, so that long chains of carbon win.

    LogP less accessibility and less the excess of the largest ring over six, each in deviations of
    ZINC (You et al. 2018, arXiv 1806.02473). The settings are those of `qed`.
    """
    posed = Posed(decoder, domain, source)
    return posed.objective(name, partial(chemistry.values, "penalised_logp"))


@named("molecules.bounded_logp")
def bounded_logp(
    name: str,
    target: float = 4.0,
    *,
    decoder: Kind = "vae",
    domain: Domain = "normal",
    source: Source = "prior",
) -> Objective:
    """Penalised logP near to a `target`: minus the squared distance, 0 at best.

    By default near to what the best of ZINC have. The settings are those of `qed`.
    """
    posed = Posed(decoder, domain, source)
    scorer = partial(chemistry.values, "penalised_logp")
    return posed.objective(name, scorer, target=target, optimum=0.0)


@named("molecules.similarity")
def similarity(
    name: str,
    target: str = "aspirin",
    *,
    decoder: Kind = "vae",
    domain: Domain = "normal",
    source: Source = "prior",
) -> Objective:
    """Tanimoto's likeness of fingerprints (radius 2, 2048 bits) to a `target`; 1 is the same.

    The target is a name, such as "aspirin" or "celecoxib", or any SMILES; stereochemistry does not
    count. The settings are those of `qed`. Raises ObjectiveError for a molecule that is none.
    """
    posed = Posed(decoder, domain, source)
    chemistry.chem()
    return posed.objective(name, partial(chemistry.likeness, smiles_of(target)), optimum=1.0)


@named("molecules.property")
def property(
    name: str,
    value: str = "logp",
    *,
    target: float | None = None,
    decoder: Kind = "vae",
    domain: Domain = "normal",
    source: Source = "prior",
    differentiable: bool = True,
) -> Objective:
    """A `value`, "qed" or "logp", as a head foretells it that was trained with the code.

    The scorer reads the code and has a slope; the judge `measured` is rdkit's value of the molecule
    that is written, the truth. With a `target` the score is `-(value - target)^2`. The other
    settings are those of `qed`; tokens have no code. Raises ObjectiveError for another value.
    """
    if value not in PROPERTIES:
        raise ObjectiveError(f"no head foretells {value!r}{suggestion(value, PROPERTIES)}")
    return Posed(decoder, domain, source).objective(
        name,
        partial(_heads, coding(decoder), (value,)),
        reads="latent",
        target=target,
        optimum=None if target is None else 0.0,
        judges={"measured": Judge(partial(chemistry.values, value), truth=True)},
        differentiable=differentiable,
    )


@named("molecules.two_sided")
def two_sided(
    name: str,
    *,
    weights: Mapping[str, float] = {"effect": 1.0, "side_effect": -0.1},
    decoder: Kind = "vae",
    domain: Domain = "normal",
    source: Source = "prior",
    differentiable: bool = True,
) -> Objective:
    """An effect that is wanted and a side effect that is not, by two heads on the code.

    Stand-ins: the effect is QED, the side effect logP. Each is a column of the results, so that a
    study over `weights` gives a front. The truth is the same sum of rdkit's values; the judge
    `committee` is that of five networks on the molecule's parts, which learned from others than
    the heads, and `disagreement` how far apart these are. The other settings are those of
    `property`. Raises ObjectiveError for weights of other criteria.
    """
    if not isinstance(weights, Mapping) or set(weights) != set(CRITERIA):
        raise ObjectiveError(f"weights must be a number for each of {list(CRITERIA)}: {weights!r}")
    of_values = {CRITERIA[criterion]: weight for criterion, weight in weights.items()}
    return Posed(decoder, domain, source).objective(
        name,
        partial(_heads, coding(decoder), tuple(of_values)),
        reads="latent",
        weights=weights,
        judges={
            "measured": Judge(partial(weighed, of_values), truth=True),
            "committee": Judge(partial(foretold, of_values)),
            "disagreement": Judge(partial(disagreement, of_values), high=DISAGREEMENT),
        },
        differentiable=differentiable,
    )


def _heads(code: nn.Module, names: tuple[str, ...], z: Tensor) -> Tensor:
    """What the heads foretell `[n]`, or `[n, k]` of several values."""
    columns = [PROPERTIES.index(name) for name in names]
    values = shipped.autoencoder().properties(code(z.double()))[:, columns]
    return values[:, 0] if len(names) == 1 else values
