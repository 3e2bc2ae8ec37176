"""Is a score the same when it is asked again, and in other company? What differs is named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError, UnusableObjective
from blackbox.scoring.arrays import taken
from blackbox.scoring.company import cause_of_company, gap, standard_deviation
from blackbox.scoring.forms import telling_sizes
from blackbox.scoring.isolation import Chance, training_parts
from blackbox.scoring.pipeline import functions_of, object_shape
from blackbox.scoring.probed import ProbedScorer

# Of the standard deviation of a noisy score, where objects are dear.
DEGREES_OF_FREEDOM = 12
# Where that costs next to nothing, more of it is asked, more often.
MANY_REPEATS, MANY_ROWS = 8, 64
# A batch that seems to depend on company is asked so often again: is it noise?
DOUBTS = 3
# Differences of two scores of a dozen rows hardly ever reach so many standard deviations.
FAR = 6 * np.sqrt(2)

Values = NDArray[np.float64]


def noise_of(probed: ProbedScorer, values: Values, declared: bool | None) -> tuple[float, str]:
    """The sd of a score that is asked again, and where it comes from; (0, "") for none.

    `values` are those of the same objects asked again. Raises UnusableObjective for noise of
    modules in training mode that was not `declared`, and where it was declared that there is none.
    """
    shows = (
        gap(probed.first, values) > probed.closeness.repetition(probed.first)
        or _shows_in_many(probed)
        or _shows_in_company(probed, values)
    )
    if not shows:
        return 0.0, "declared, but none was seen" if declared else ""
    training = [] if declared else training_parts(functions_of(probed.pipeline))
    if training:
        raise UnusableObjective(
            f"the same object scores differently each time, and {training[0]}: call .eval() on "
            "it, or give noise=True if that is meant"
        )
    if declared is False:
        raise UnusableObjective(
            f"scorer {probed.pipeline.scorer.name} is declared free of noise, but the same batch "
            "scored differently when it was asked again"
        )
    return _deviation(probed, values)


def refuse_company(probed: ProbedScorer, whole: Values, noise: float | None) -> None:
    """Refuse a function of a batch in which the value of a row depends on the others.

    By more than `noise` explains; None: there is none. Raises UnusableObjective.
    """
    scorer, rows = probed.pipeline.scorer, len(whole)
    if not probed.working.form.batched or probed.decode.most == 1 or rows < 2:
        return
    _, fewer = telling_sizes(object_shape(probed.objects), scorer.width, rows)
    allowed = probed.closeness.company(whole)
    if noise is not None:  # of one criterion among several the sd is not known
        allowed += FAR * np.nan_to_num(noise) if scorer.weights is None else np.inf
    for places in ([*range(fewer)][::-1], [1]):
        part = _part(probed, places, whole)
        if gap(whole[places], part) > allowed and (
            noise is None or _stands_apart(probed, places, whole)
        ):
            raise UnusableObjective(_by_company(probed, whole, part, places))


def _part(probed: ProbedScorer, places: list[int], whole: Values) -> Values:
    """Values of some of the objects without the others; NaN where they have none."""
    try:
        return probed.again(taken(probed.objects, places))
    except ObjectiveError:
        raise
    except Exception:
        return np.full((len(places), *whole.shape[1:]), np.nan)


def _stands_apart(probed: ProbedScorer, places: list[int], whole: Values) -> bool:
    """Whether some object's noisy values in company and without it do not even overlap."""
    times = MANY_REPEATS if probed.is_free(MANY_ROWS) else 1
    among = np.stack([whole, *(probed.again(probed.objects) for _ in range(times))])[:, places]
    without = np.stack([_part(probed, places, whole) for _ in range(times + 1)])
    finite = np.isfinite(among).all(axis=0) & np.isfinite(without).all(axis=0)
    above, below = among.min(axis=0) > without.max(axis=0), among.max(axis=0) < without.min(axis=0)
    return bool((finite & (above | below)).any())


def _by_company(probed: ProbedScorer, whole: Values, part: Values, places: list[int]) -> str:
    scorer = probed.pipeline.scorer
    apart = [gap(whole[place][None], row[None]) for place, row in zip(places, part, strict=True)]
    worst = int(np.argmax(apart))
    here, there = (np.array2string(v, precision=6) for v in (part[worst], whole[places[worst]]))
    where = "alone" if len(places) == 1 else f"in a batch of {len(places)}"
    return (
        f"scorer {scorer.name} scores an object by its company, the other objects of its batch: "
        f"the same object has {here} {where} and {there} in a batch of {len(whole)}; "
        f"{cause_of_company({'scorer': scorer.function})}"
    )


def _shows_in_many(probed: ProbedScorer) -> bool:
    """Whether noise that comes now and then shows in a large batch, where that is free."""
    if not probed.is_free(len(probed.draws)):
        return False
    try:
        once = probed.anew(probed.draws)
        repeats = [probed.anew(probed.draws) for _ in range(DOUBTS)]
    except ObjectiveError:
        raise
    except Exception:
        return False  # one of these draws has no score
    return any(gap(once, again) > probed.closeness.repetition(once) for again in repeats)


def _shows_in_company(probed: ProbedScorer, whole: Values) -> bool:
    """Whether what looks like company is noise: the same batch differs from itself too."""
    try:
        refuse_company(probed, whole, None)
    except UnusableObjective:
        repeats = (probed.again(probed.objects) for _ in range(DOUBTS))
        return any(gap(whole, again) > probed.closeness.repetition(whole) for again in repeats)
    return False


def _deviation(probed: ProbedScorer, values: Values) -> tuple[float, str]:
    """The standard deviation of a noisy score, and which generator it comes from."""
    free = probed.is_free(MANY_ROWS)
    points = probed.draws[:MANY_ROWS] if free else probed.points
    chance, twice = Chance.now(), list[Values]()
    for _ in range(2):
        chance.restore()
        twice.append(probed.anew(points))
    still_noisy = gap(*twice) > probed.closeness.repetition(twice[0])
    repeats = [twice[0]] if free else [probed.first, values, twice[0]]
    more = MANY_REPEATS if free else DEGREES_OF_FREEDOM // len(points) - 2
    repeats += [probed.anew(points) for _ in range(more)]
    deviation = standard_deviation([probed.combined(repeat) for repeat in repeats])
    return deviation, f"from {'a generator of its own' if still_noisy else 'the global generators'}"
