"""How real does a discriminator find a picture? A network that is searched, so it can be fooled."""

from __future__ import annotations

from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind
from blackbox.objectives.pictures.judges import judges
from blackbox.scoring.objective import Objective


def realism(
    family: Family, name: str, /, *, decoder: Kind = "gan", differentiable: bool = True
) -> Objective:
    """The log-odds by which a GAN's discriminator finds the decoded picture real, to be maximised.

    It learned on when the GAN was done, against noise, spoilt digits and what decoders draw (see
    `blackbox.objectives.training.discriminator`); how well it tells held-out digits from these
    stands in the cards of the families.

    Nothing says the same in the same units, so no judge is the truth: whether the picture is real
    is told by distances to real digits, and by judges that agree on what it shows. The search
    starts at draws of the prior. `differentiable=False` hides the gradient.

    Goodfellow et al., Generative Adversarial Networks, 2014 (arXiv 1406.2661). Raises ValueError
    where the family has no such decoder or discriminator.
    """
    scorer = family.part(family.discriminator, "discriminator")()
    judged = judges(family, decoder, target="own")
    return posed(family, name, scorer, decoder, judges=judged, differentiable=differentiable)
