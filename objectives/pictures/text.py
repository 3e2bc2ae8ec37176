"""A picture for a caption: how well it fits, by a joint encoder of pictures and words."""

from __future__ import annotations

from functools import partial

from blackbox.objectives.networks.text import DIGITS, bag
from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind
from blackbox.objectives.pictures.judges import fitting, judges
from blackbox.scoring.objective import Judge, Objective


def text(
    family: Family,
    name: str,
    /,
    caption: str = "a bold seven",
    *,
    decoder: Kind = "vae",
    differentiable: bool = True,
) -> Objective:
    """The log-probability that the `caption` fits the decoded picture, to be maximised.

    By a joint encoder after Radford et al., CLIP, 2021 (arXiv 2103.00020); one that was trained
    apart is the truth. Captions hold a digit as a word, thin or bold, upright or slanted, narrow or
    wide. The judge `digit` sees the digit that the caption names (where it names none, that of the
    start), `thickness` is measured. The search starts at draws of the prior.

    Raises ValueError for a word that is not known, and where the family has no such encoder.
    """
    bag(caption)
    captions = family.part(family.captions, "encoder of captions")
    searched, apart = captions(False), captions(True)
    fits = Judge(partial(fitting, family, apart, caption), truth=True)
    return posed(
        family,
        name,
        partial(searched.score, caption=caption),
        decoder,
        judges=judges(
            family, decoder, target=_named(caption), keeps_digit=False, also={"caption": fits}
        ),
        # The best log-probability is 0, approached and never reached.
        optimum=0.0,
        differentiable=differentiable,
    )


def _named(caption: str) -> int | None:
    """The digit that the caption names, if it names one."""
    words = caption.lower().split()
    named = [digit for digit, word in enumerate(DIGITS) if word in words]
    return named[0] if len(named) == 1 else None
