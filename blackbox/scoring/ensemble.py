"""Several scorers from the same data: where they part, none of them knows.

Lakshminarayanan, Pritzel and Blundell, Deep ensembles, 2017 (arXiv 1612.01474); rows drawn anew for
each, so that every row is held out by some: Breiman, Bagging predictors, 1996,
doi 10.1007/BF00058655.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.late import stats
from blackbox.scoring.arrays import taken, to_numpy

Floats = NDArray[np.float64]
Scorer = Callable[[Any], Any]
CHANCE = 1e-3  # below it, what is right about held-out rows is no luck


@dataclass(frozen=True, eq=False)
class Ensemble(Sequence[Scorer]):
    """Scorers `x -> [n]`, and what they foretold of rows that they had not seen.

    `foretold [m]` and `labels [m]` belong together; both are empty where no data were given.
    """

    scorers: tuple[Scorer, ...]
    foretold: Floats
    labels: Floats

    def __len__(self) -> int:
        """How many there are."""
        return len(self.scorers)

    def __getitem__(self, nth: Any) -> Any:
        """One of them, or some."""
        return self.scorers[nth]

    def __iter__(self) -> Iterator[Scorer]:
        """One after the other."""
        return iter(self.scorers)

    @property
    def is_skilled(self) -> bool:
        """Whether they order held-out rows better than chance does; True where none were given.

        By the one-sided test of Spearman's rank correlation.
        """
        if len(self.labels) < 3:
            return True
        if np.ptp(self.foretold) == 0 or np.ptp(self.labels) == 0:
            return False
        test = stats.spearmanr(self.foretold, self.labels, alternative="greater")
        return bool(test.pvalue < CHANCE)


def ensemble(
    train: Callable[..., Scorer],
    n: int = 5,
    data: tuple[Any, Any] | None = None,
    seed: int = 0,
) -> Ensemble:
    """`n` scorers made by one recipe: `train(rng)`, or `train(x, y, rng)` of `data = (x, y)`.

    With data, each is trained on rows drawn from them with replacement, and asked about the rows
    that it has not seen; without, give each generator another start or other rows. Raises
    ObjectiveError for fewer than two, and for data whose parts do not belong together.

    >>> def train(x, y, rng):
    ...     slope = (x * y).sum() / (x * x).sum()
    ...     return lambda x: slope * x
    >>> x = np.arange(1.0, 30)
    >>> five = ensemble(train, 5, (x, 2 * x))
    >>> len(five), five.is_skilled
    (5, True)
    """
    if n < 2:
        raise ObjectiveError(f"an ensemble has two scorers or more, not {n!r}")
    each = [np.random.default_rng([seed, nth]) for nth in range(n)]
    if data is None:
        return Ensemble(tuple(train(rng) for rng in each), np.empty(0), np.empty(0))
    x, labels = data[0], to_numpy(data[1])
    if len(x) != len(labels) or len(x) < 2:
        raise ObjectiveError(f"data are (x, y) of the same rows, not {len(x)} and {len(labels)}")
    total, times, scorers = np.zeros(len(x)), np.zeros(len(x)), []
    for rng in each:
        rows = rng.integers(len(x), size=len(x))
        unseen = np.setdiff1d(np.arange(len(x)), rows)
        scorer = train(taken(x, rows.tolist()), labels[rows], rng)
        if len(unseen):
            total[unseen] += to_numpy(scorer(taken(x, unseen.tolist()))).reshape(len(unseen))
            times[unseen] += 1
        scorers.append(scorer)
    seen = times > 0
    return Ensemble(tuple(scorers), total[seen] / times[seen], labels[seen])
