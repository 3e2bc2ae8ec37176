"""From a question about pictures to the objective that asks it of one family, and its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec

from torch import nn

from blackbox.objectives.call_forms import named
from blackbox.objectives.pictures.family import Family, Heads, Kind
from blackbox.objectives.pictures.starts import Source, starts
from blackbox.scoring.objective import Objective

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
    with_name = named(f"{family.name}.{question.__name__}", spelled_out=True, defaults=defaults)

    def make(name: str, /, *given: Settings.args, **settings: Settings.kwargs) -> Objective:
        return question(family, name, *given, **settings)

    update_wrapper(make, question)
    del make.__wrapped__  # type: ignore[attr-defined]  # whose signature has the family
    signature = inspect.signature(question)
    make.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=list(signature.parameters.values())[1:]
    )
    return with_name(make)


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
    decoder, space = family.decoder(family.checked(kind))
    codes = family.codes(kind, "train").z if kind == "vae" or kind == "autoencoder" else None
    usual = {
        "space": space,
        "starts": starts(family, kind, source, real=real),
        "codes": codes,
        "seconds": family.seconds.get(kind, SECONDS[kind]),
    }
    return Objective(scorer, decoder, name=name, **{**usual, **settings})


def coded(family: Family, kind: Kind) -> tuple[nn.Module, Heads]:
    """The way from points to codes, and the heads that read codes.

    Raises ValueError where the decoder makes no code.
    """
    family.checked(kind)
    if kind == "vae" or kind == "autoencoder":
        return nn.Identity(), family.heads(kind)
    if kind in family.coding:
        return family.coding[kind](), family.heads("vae")
    raise ValueError(
        f"the decoder {kind!r} makes no code that a head could read; ask with reads='picture'"
    )
