"""The words of the page that do not depend on the numbers."""

from __future__ import annotations

from sevens import RATE, READS

GAN_NOTE = (
    "The GAN has no encoder: its starts are draws of the prior that the reader calls a seven."
)
WORDS = f"""\
*steps*: median number of steps. *judged*: two of three independent classifiers see a two.
*unanimous*: all three. *harsh*: all three, and the distance to real twos in a judge's features and
the error of an independent autoencoder lie within the 95th percentiles of real twos. *distance*: of
the pixels, from start to found (the norm). *shell*: of |z| from the prior's mean norm, in standard
deviations. *variety*: mean distance between two of the found pictures; 1 is that of real
twos as the VAE gives them back. In brackets 95 % Wilson intervals over starts. {GAN_NOTE}"""
PICTURES = (
    "## The digit morph\n\nOf 16 starts the one that lies nearest to real sevens.\n\n"
    "![a seven on its way to a two, in each space](morph.png)",
    "## The thickness strip\n\n![digits moved along the thickness gradient](strip.png)",
)
HOW = f"""\
## How it was measured

Gradient ascent on log P(2), read by the {READS["code"]} or the {READS["picture"]}; Adam with the
constant step of `gradient_ascent`'s default, {RATE["adam"]} of the prior's sd, and in data space
also normalised steps of {RATE["normalised"]}. A search that stops early is the beginning of one
that does not: both are read off the same run, at the first row whose predicted P(2) is 0.99 (the
last row where there is none), and at the last row. So what is judged is where a search stands,
not the point of highest score. 800 steps on the heads and on the VAE's sphere; fewer where a
step is slow or a row holds 784 numbers: 300 on the classifier of other decodes, 200 for latent
flow and GAN, 100 in data space, 40 for the pixel flow. A step costs 2 units: a score and its
gradient.

Starts are held-out sevens, the same for all spaces, each once: these searches use no chance and
would find the same from the same start. The shipped codes hold 99 of them, of which rows that
only stand beside others take 40, and the slow pixel flow 16; with `--real` 200 pictures of the
data set are searched in data space. Guards are those of `guarded`: clip to 3 sd; 0.1 nats of
reward per nat of the prior's log-density ("norm") or of that of its norm ("typical"); the sphere
of radius sqrt(d).

## Limits

One training of each decoder, head and classifier; the judges are three small networks, one
nearest-neighbour and one reconstruction detector. In data space the starts are the VAE's
pictures of the sevens, with `--real` the sevens themselves. Step sizes were not tuned per space;
the sizes named in the table are all that were tried. In data space the coarser of Adam's steps
overshoots, so that the first convincing picture lies further out. Seven to two is one of 90 ways
between digits: see the [matrix](../matrix/README.md)."""
