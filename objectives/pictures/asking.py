"""From a question about pictures to the objective that asks it of one family, and its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from torch import nn

from blackbox.plain import plain
from blackbox.scoring.objective import Objective
from objectives.pictures.family import Family, Heads, Kind
from objectives.pictures.starts import Source, starts

# What a picture costs, decoded and scored, on any machine: declared, so that no clock decides how
# it is called.
SECONDS: dict[Kind, float] = {
    "none": 1e-4,
    "vae": 1e-4,
    "autoencoder": 1e-4,
    "gan": 1e-4,
    "flow": 1e-3,
    "pixel_flow": 1e-2,
}

Settings = ParamSpec("Settings")


def of(
    family: Family,
    question: Callable[Concatenate[Family, str, Settings], Objective],
    **defaults: object,
) -> Callable[Settings, Objective]:
    """`question` asked of one family: it takes the question's settings, with other `defaults`.

    The objective is named in call form, so that its name leads back to it: settings that may be
    given without their name are always said, the others where they differ from the default.
    """
    signature = inspect.signature(question)
    own = signature.replace(
        parameters=[
            one.replace(default=defaults.get(name, one.default))
            for name, one in list(signature.parameters.items())[2:]
        ]
    )

    @wraps(question)
    def asked(*given: Settings.args, **settings: Settings.kwargs) -> Objective:
        bound = own.bind(*given, **settings)
        bound.apply_defaults()
        bound.arguments = plain(bound.arguments)
        said = ", ".join(
            f"{name}={value!r}"
            for name, value in bound.arguments.items()
            if (one := own.parameters[name]).kind is not one.KEYWORD_ONLY or value != one.default
        )
        name = f"{family.name}.{question.__name__}"
        return question(family, f"{name}({said})" if said else name, *bound.args, **bound.kwargs)

    del asked.__wrapped__  # whose signature has the family
    asked.__signature__ = own  # type: ignore[attr-defined]
    return asked


def posed(
    family: Family,
    name: str,
    scorer: Callable[..., Any],
    kind: Kind,
    *,
    source: Source = None,
    real: bool = False,
    **settings: Any,
) -> Objective:
    """The objective `name` of `scorer` behind the decoder `kind`, from starts of `source`.

    Codes of real digits come with the kinds that are made of them.
    """
    decoder, space = family.decoder(family.known(kind))
    own = family.codes(kind, "train").z if kind == "vae" or kind == "autoencoder" else None
    found = {
        "space": space,
        "starts": starts(family, kind, source, real=real),
        "codes": own,
        "seconds": family.seconds.get(kind, SECONDS[kind]),
    }
    return Objective(scorer, decoder, name=name, **{**found, **settings})


def coded(family: Family, kind: Kind) -> tuple[nn.Module, Heads]:
    """The way from points to codes, and the heads that read codes.

    Raises ValueError where the decoder makes no code.
    """
    family.known(kind)
    if kind == "vae" or kind == "autoencoder":
        return nn.Identity(), family.heads(kind)
    if kind in family.coding:
        return family.coding[kind](), family.heads("vae")
    raise ValueError(f"the decoder {kind!r} makes no code that a head could read; reads='picture'")
