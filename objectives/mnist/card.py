"""The model card as Markdown: tables of figures, and what one must know to read them."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from blackbox.objectives.mnist import artifacts, evaluation
from blackbox.objectives.mnist.networks import MADE_BY, SHIPPED, judge_features
from blackbox.objectives.mnist.training_data import TrainingData
from blackbox.objectives.pictures.family import KINDS, Coded
from blackbox.objectives.training.figures import (
    Figures,
    milliseconds,
    moments,
    pieces,
    table,
    turned,
)

WHAT = {
    "vae": "variational autoencoder, code of 16, digit head and thickness head",
    "autoencoder": "the plain twin: the same layers and heads, no noise, a standardised code",
    "flow": "flow matching from noise to the VAE's codes, 10 Euler steps",
    "pixel_flow": "flow matching from noise to pixels, 784 numbers, 10 Euler steps",
    "gan": "generator, noise of 32; it started from the VAE's decoder",
    "discriminator": "the generator's other half, which learned on when it was done",
    "reader": "classifier on the picture, to be searched",
    "thickness_reader": "thickness on the picture, to be searched",
    "pooling_judge": "judge: pooled convolutions, second half of the training digits",
    "dense_judge": "judge: no convolutions, first half",
    "averaging_judge": "judge: strided convolutions, mean over places, every other digit",
    "judge_autoencoder": "judge: a dense autoencoder, second half",
    "image_text": "pictures and captions in one space, to be searched",
    "image_text_judge": "the same from other layers and other digits, to judge",
    "codes": f"codes of {artifacts.TRAIN_CODES} training and {artifacts.TEST_CODES} test digits",
    "features": "the pooling judge's features of 200 training digits of each class",
    "calibration": "95th and 99.5th percentiles of the detectors on the test digits",
}


ABOUT = f"""Written by `{MADE_BY}` from the weights as shipped (rounded to float16).
Data: MNIST (LeCun, Cortes and Burges, 1998), CC BY-SA 3.0, scaled to [0, 1]; 60 000 training digits
teach, 10 000 test digits are held out and teach nothing. The data is not shipped: weights, codes
and features are, and objectives need nothing else. Readers and judges were trained longer after a
look at their test accuracy; the recipes of GAN and flows were changed after a look at what the
judges say of prior draws.

The true thickness (`objectives/morphology.py`) is known of the first 24 000 training digits: the
first half of them teaches what is searched, the second half the judge of captions. R2 is measured
on the first 2000 test digits."""


def written(training_data: TrainingData) -> str:
    """The card, from the weights as shipped."""
    x, classes = torch.tensor(training_data.test.images), torch.tensor(training_data.test.classes)
    thickness = training_data.thickness["test"]
    real = moments(pieces(judge_features, x))
    draws: dict[str, Figures] = {kind: evaluation.on_prior_draws(kind, real) for kind in KINDS}
    draws["real test digits"] = evaluation.judged(x[: evaluation.PRIOR_DRAWS], real)
    coded: tuple[Coded, ...] = ("vae", "autoencoder")
    return _in_words(
        {kind: evaluation.on_autoencoder(kind, x, classes, thickness) for kind in coded},
        evaluation.on_readers(x, classes, thickness) | evaluation.on_judges(x, classes),
        {
            held_out: evaluation.on_captions(
                held_out=held_out, test=training_data.test, thickness=thickness
            )
            for held_out in (False, True)
        },
        draws,
        evaluation.on_discriminator(x),
        {kind: milliseconds(*SHIPPED.decoder(kind)) for kind in KINDS},
    )


def _in_words(
    autoencoders: Mapping[str, Figures],
    readers: Figures,
    captions: Mapping[bool, Figures],
    draws: Mapping[str, Figures],
    real_or_not: Figures,
    clock: Mapping[str, Figures],
) -> str:
    """The figures as the card tells them."""
    return f"""# MNIST: decoders, who is searched on them, who judges

{ABOUT}

{_files()}

## On test digits

{table("code: the encoder's mean", autoencoders, "{:.4f}")}

{table("on the picture", {"figure": readers}, "{:.4f}")}

{table("captions", {"searched": captions[False], "judge": captions[True]}, "{:.4f}")}

A word such as *bold* or *thin* fits the quarter of digits with the highest or lowest measure
(thickness; slant without its sign; width once the slant is taken out).

## On 1000 draws from the prior of each decoder

{table("decoder", turned(draws), "{:.3f}")}

*Pass all judges*: all three name the digit that most of them name, and the error of the judge's
autoencoder and the distance to the three nearest training digits of that class are below the 95th
percentile of real test digits; the last row says how many real digits pass. The Frechet distance,
squared, is between the features of these pictures and those of all test digits; the real digits,
which are among the latter, show what 1000 pictures cost. `none` is white noise from the box.

{_discriminator(real_or_not)}

## Time

{table("milliseconds, one thread", clock, "{:.1f}")}

Measured once, on a shared machine: the ratios are worth more than the figures.
"""


def _files() -> str:
    lines = ["| file | what | kB |", "|---|---|---|"]
    for name, what in WHAT.items():
        lines.append(f"| `{name}.npz` | {what} | {SHIPPED.kilobytes(name):.0f} |")
    total = sum(map(SHIPPED.kilobytes, WHAT))
    return "\n".join([*lines, f"| | all | {total:.0f} |"])


def _discriminator(real_or_not: Figures) -> str:
    return f"""{table("discriminator", {"AUROC": real_or_not}, "{:.3f}")}

How often it finds a test digit more real than a prior draw of that decoder (0.5 is blind), and the
mean probability that it gives to test digits. At the end of a GAN's training the discriminator
knows nothing: this one learned on, against what VAE, autoencoder and GAN draw on their priors and
beyond, noise, blots and spoilt digits. That the GAN's are shown more often was decided after a look
at these figures."""
