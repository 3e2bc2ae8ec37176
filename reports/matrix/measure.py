"""From every digit to every digit: the searches, and their ends as judges see them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import networks
from blackbox.pages.frames import Table
from blackbox.pages.making import Given
from reports.unjudged import CLASSIFIERS, distinct, judged, start

EACH = 20  # starts of each digit
ENOUGH = 0.99  # in data space a climb ends where the classifier is so sure
STEPS = 100
CLIMB = f"gradient_ascent(patience={STEPS + 1})"
SPHERE = f"guarded(strategy={CLIMB!r}, guard='sphere')"
PIXELS = (
    f"gradient_ascent(step='normalised', learning_rate=0.5, patience={STEPS + 1}, "
    f"target={float(np.log(ENOUGH))!r}, after='stop')"
)


@dataclass(frozen=True)
class Search:
    """A search that is sent from every digit to every digit."""

    name: str
    reads: str
    decoder: str
    strategy: str

    def objective(self, target: int) -> str:
        """The objective by its name."""
        rest = f"reads={self.reads!r}, decoder={self.decoder!r}"
        return f"reports.unjudged:digit(target={target}, source='any', {rest})"


SEARCHES = (
    Search("data space", "picture", "none", PIXELS),
    Search("VAE, sphere, classifier on the picture", "picture", "vae", SPHERE),
    Search("VAE, sphere, head on z", "code", "vae", SPHERE),
)


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: `ways`, and the `settings` that it names."""
    starts, targets = sources(1 if given.small else EACH), (2,) if given.small else range(10)
    ends = [reached(search, target, starts, given) for search in SEARCHES for target in targets]
    ways = pd.concat(ends).groupby(["search", "source", "target"], sort=False)
    counted = ways.agg(
        n=("predicted", "size"),
        evaluations=("evaluations", "median"),
        predicted=("predicted", "mean"),
        **{judge: (judge, "mean") for judge in CLASSIFIERS},
    )
    settings = {"steps": STEPS, "starts of a digit": EACH, "sure enough": ENOUGH}
    table = counted.rename(columns={"digit": "judged"}).reset_index()
    return {"ways": table, "settings": settings}


def sources(each: int) -> dict[int, int]:
    """Seed -> the digit at which it starts: the first seeds with starts of their own, `each` many.

    A gradient search makes no use of chance: from the same start it would count twice.
    """
    codes = networks.codes("vae", "test")
    digit = {z.tobytes(): int(shown) for z, shown in zip(codes.z, codes.classes, strict=True)}
    objective = mnist.digit(source="any")
    seeds = distinct(objective, 100 * each)
    shown = pd.Series([digit[start(objective, seed).tobytes()] for seed in seeds], seeds)
    first = shown.groupby(shown).head(each)
    return dict(zip(first.index.tolist(), first.tolist(), strict=True))


def reached(search: Search, target: int, starts: dict[int, int], given: Given) -> pd.DataFrame:
    """A row per run of one search to one target; a step costs a score and its gradient."""
    name, budget = search.objective(target), 2 * STEPS + 2
    asked = ({target: name}, search.strategy, budget, [*starts])
    traces = given.traces(*asked, store=SEARCHES.index(search))[target]
    columns = {
        "search": search.name,
        "source": [starts[trace.seed] for trace in traces],
        "target": target,
        "evaluations": [len(trace) for trace in traces],
        "predicted": np.exp([trace.score[-1] for trace in traces]),
    }
    x = bb.objective(name).decode(np.stack([trace.z[-1] for trace in traces]))
    return pd.DataFrame(columns).join(judged(x, mnist.digit(target=target)))
