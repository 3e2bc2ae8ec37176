"""The words of the page that do not depend on the numbers."""

from __future__ import annotations

from blackbox.scoring.typicality import LIMIT
from reports.blog.sevens import FEW, RATE, READS, SEARCHES, SOME

DECODED = next(search for search in SEARCHES if search.kind == "vae")
SLOW = next(search for search in SEARCHES if search.kind == "pixel_flow")
GAN_NOTE = (
    "The GAN has no encoder: its starts are draws of the prior that the reader calls a seven."
)
WORDS = f"""\
*steps*: median number of steps. *judged*: two of three independent classifiers see a two.
*unanimous*: all three. *harsh*: all three, and the distance to real twos in a judge's features and
the error of an independent autoencoder lie within the 95th percentiles of real twos. *distance*: of
the pixels, from start to found (the norm). *shell*: of |z| from the prior's mean norm, in standard
deviations. *noise*: of a latent of 784 numbers, how unlikely it is as noise, in nats; 95 % of noise
lies below {LIMIT}. *variety*: mean distance between two of the found pictures; 1 is that of real
twos as the VAE gives them back. In brackets 95 % Wilson intervals over starts. {GAN_NOTE}"""
PICTURES = (
    f"## The digit morph\n\nOf {FEW} starts the one that lies nearest to real sevens.\n\n"
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
not the point of highest score. Behind a decoder a search takes {DECODED.steps} steps, behind the
slow pixel flow {SLOW.steps}, and in data space as many as its step size needs. A step costs 2
units: a score and its gradient.

Starts are held-out sevens, the same for all spaces, each once: these searches use no chance and
would find the same from the same start. They are {DECODED.starts} of those whose codes are
shipped; rows that take long have the first {SOME} of them, and the pixel flow the first
{SLOW.starts}. With `--real` as many pictures of the data set are searched in data space. Guards
are those of `guarded`: clip to 3 sd; 0.1 nats of reward per nat of the prior's log-density ("norm")
or of that of its norm ("typical"); the sphere of radius sqrt(d).

## Limits

One training of each decoder, head and classifier; the judges are three small networks, one
nearest-neighbour and one reconstruction detector. In data space the starts are the VAE's
pictures of the sevens, with `--real` the sevens themselves. Step sizes were not tuned per space;
the sizes named in the table are all that were tried. In data space coarse steps overshoot, so that
the first convincing picture lies further out. Seven to two is one of 90 ways
between digits: see the [matrix](../matrix/README.md)."""
