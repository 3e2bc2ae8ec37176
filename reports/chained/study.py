"""What is climbed, and by whom: decoders of a chosen Jacobian, and digits behind a shipped one."""

import numpy as np
import torch

import blackbox as bb

# A step of each of the first four costs 4 units: four scores, or three and a pull-back.
CLIMBERS = {
    "zeroth_order(samples=2)": "direct",
    "chained_zeroth_order(directions='isotropic')": "isotropic",
    "chained_zeroth_order": "tangent",
    "hybrid_zeroth_order": "hybrid",
    "zeroth_order": "direct, one pair",
}
OTHER_RATES = [0.01, 0.03, 0.3, 1.0]  # prior sd per step of Adam; the default is 0.1
AWAY = 12.0  # prior draws lie about that far apart, or half as far
POWERS = {"flat": 0.0, "falling": -0.5, "steep": -1.5}  # of the nth singular value


def subjects() -> dict[str, str]:
    """Objectives by the labels that tables have."""
    made = {f"linear, 60 to {data}": f"latent=60, data={data}" for data in (3, 12, 30, 100)}
    made["linear, 60 to 100, out of reach"] = f"latent=60, data=100, away={AWAY}"
    for spectrum in ("falling", "steep"):
        settings = f"latent=16, data=100, spectrum={spectrum!r}"
        made[f"linear, 16 to 100, {spectrum}"] = settings
        made[f"linear, 16 to 100, {spectrum}, out of reach"] = f"{settings}, away={AWAY}"
    made["tanh, 16 to 100, falling"] = "latent=16, data=100, spectrum='falling', bent=True"
    named = {label: f"reports.chained.study:linear({given})" for label, given in made.items()}
    return named | {
        "VAE of digits, an 8": "digits.digit(target=8, reads='picture')",
        "VAE of digits, an 8 from a 1": "digits.digit(target=8, source=1, reads='picture')",
    }


def linear(
    latent: int, data: int, spectrum: str = "flat", away: float = 0.0, bent: bool = False
) -> bb.Objective:
    """Minus the squared distance of `J z` (or of `J tanh z`) to a target; 0 is the best score.

    `J [data, latent]` has a mean square of singular values of 1, between random bases; the target
    is a decode, moved straight away from all that the decoder makes.
    """
    rng, rank = np.random.default_rng(0), min(latent, data)
    sizes = np.arange(1.0, rank + 1) ** POWERS[spectrum]
    sizes /= np.sqrt(np.mean(sizes**2))
    left = np.linalg.qr(rng.standard_normal((data, rank + (away > 0))))[0]
    right = np.linalg.qr(rng.standard_normal((latent, rank)))[0]
    jacobian = torch.tensor(left[:, :rank] * sizes @ right.T)

    def decode(z: torch.Tensor) -> torch.Tensor:
        return (torch.tanh(z) if bent else z) @ jacobian.T

    goal = decode(torch.tensor(rng.standard_normal(latent)))
    goal += away * torch.tensor(left[:, -1])
    return bb.Objective(
        lambda x: away**2 - ((x - goal) ** 2).sum(-1),
        decode,
        bb.Space.normal(latent),
        name=f"{'tanh' if bent else 'linear'}-{latent}-{data}-{spectrum}-{away:g}",
        optimum=0.0,
        dtype=torch.float64,
    )
