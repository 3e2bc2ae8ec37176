"""Is an objective or a strategy fit for a study? What can be found out before budget is spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from blackbox import registry
from blackbox.errors import ObjectiveError
from blackbox.protocol import Answer, Array, Ask, Capability, Strategy
from blackbox.scoring.arrays import as_rows
from blackbox.scoring.objective import Objective
from blackbox.testing.strategies import StrategyPromises, in_a_line
from blackbox.travel import unable_to_travel

COLUMNS = ["tried", "found", "what to do", "verdict"]
FINE, LOOK, MEND = "fine", "look at it", "must be mended"
# Draws on which statements about shares rest, and where an object is dear.
DRAWS, FEW_DRAWS = 64, 8
# Coordinates along which a gradient is compared, and points at which.
AXES, POINTS = 8, 3
# A gradient disagrees where it is off by more than this share of the largest slope: finite
# differences of a float32 network are good to about a hundredth.
DISAGREES = 0.05
# A share of flat gradients or of equal objects from which on a search has little to go by.
MUCH = 0.5
# Norms of N(0, I) in d dimensions lie within this many of their sd (about 0.71) of sqrt(d).
TYPICAL_SD, NORM_SD = 4, 0.71

Row: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Draws:
    """Some prior draws, and what was answered of them."""

    z: Array
    answer: Answer


def check(part: str | Objective | Strategy) -> pd.DataFrame:
    """What was tried on an objective or a strategy, what was found, and what to do, a row each.

    Columns `tried`, `found`, `what to do`, `verdict`: "fine", "look at it" or "must be mended".
    Of an objective the probe's objects and some 100 draws more are called, 30 where they are dear;
    a strategy is held to every promise of `blackbox.testing`. A part that cannot work is a row,
    not an error; only a name that leads to neither raises NameProblem.

    >>> table = check("synthetic.sphere(d=4)")
    >>> (table.verdict == "must be mended").any()
    np.False_
    """
    strategy = _strategy(part)
    if strategy is not None:
        return pd.DataFrame(_promises(strategy), columns=COLUMNS)
    assert isinstance(part, str | Objective)  # what is neither was refused
    chosen = registry.objective(part)
    rows = list(_parts(chosen, chosen is part))
    if all(verdict != MEND for *_, verdict in rows):
        rows += _draws(chosen)
    return pd.DataFrame(rows, columns=COLUMNS)


def _strategy(part: str | Objective | Strategy) -> Strategy | None:
    """The strategy that is meant, if one is."""
    if isinstance(part, Objective):
        return None
    try:
        return registry.strategy(part)
    except registry.NameProblem:
        if registry.is_search(part):
            raise  # it cannot be made
    return None


def _promises(strategy: Strategy) -> Iterator[Row]:
    """Each promise of `blackbox.testing`: kept or not, and how to keep it."""

    class Held(StrategyPromises):
        """The strategy's own tests."""

    Held.strategy = strategy
    for name in [name for name in dir(Held) if name.startswith("test_")]:
        test = getattr(Held(), name)
        promise = name.removeprefix("test_").replace("_", " ")
        try:
            test()
        except Exception as error:
            yield (promise, in_a_line(error), str(test.__doc__), MEND)
        else:
            yield (promise, "kept", "", FINE)


def _parts(objective: Objective, by_object: bool) -> Iterator[Row]:
    """The probe, the starts, the judges."""
    try:
        facts = objective.facts
    except ObjectiveError as error:
        yield ("call scorer and decoder on prior draws", str(error), "see what was found", MEND)
        return
    for name, text in facts.in_words(hidden=objective.hides_gradient).items():
        yield (name, text, "", FINE)
    yield _noise(objective)
    if by_object and (reason := unable_to_travel([objective])):
        yield ("send it to a worker process", reason, "with jobs=1 it works", LOOK)
    if Capability.GRADIENT not in objective.capabilities:
        why = objective.lacks(Capability.GRADIENT)
        yield ("climb by a gradient", why, "or search without one", LOOK)
    for what, work in (
        ("starts of a seed", lambda: objective.starts(np.random.default_rng([0, 0]), 8)),
        ("judges on prior draws", lambda: objective.rehearse([0], 8)),
    ):
        try:
            work()
        except ObjectiveError as error:
            yield (what, str(error), "see what was found", MEND)
        else:
            yield (what, "work", "", FINE)


def _noise(objective: Objective) -> Row:
    facts, tried = objective.facts, "score the same batch twice"
    if not facts.noise_from:
        return (tried, "the same scores", "", FINE)
    finding = f"scores differ, with a standard deviation of {facts.noise:.3g}, {facts.noise_from}"
    advice = "the best of many draws is the luckiest: score it again before you trust it"
    return (tried, finding, advice, LOOK)


def _draws(objective: Objective) -> Iterator[Row]:
    """What draws of the prior tell: invalid points, slopes, equal objects, typical starts."""
    n = FEW_DRAWS if objective.facts.dear else DRAWS
    z = objective.space.sample(np.random.default_rng(1), n)
    sloped = Capability.GRADIENT in objective.capabilities
    draws = _Draws(z, objective.evaluate(Ask(z, 1 if sloped else 0)))
    yield _invalid(draws)
    if objective.facts.constraints is not None:
        yield _constraints(draws, objective.facts.constraints.names)
    if sloped:
        yield _flat(draws)
        yield _against_differences(objective, draws)
    yield _duplicates(objective, draws)
    yield _typical(objective)


def _invalid(draws: _Draws) -> Row:
    invalid, scores = ~draws.answer.valid, draws.answer.score
    tried, share = f"score {len(invalid)} prior draws", invalid.mean()
    if not invalid.any():
        return (tried, f"all valid, from {scores.min():.6g} to {scores.max():.6g}", "", FINE)
    notes = draws.answer.notes
    first = next(note for note in notes if note) if notes is not None else ""
    finding = f"{share:.0%} have no score, the first because {first}"
    if invalid.all():
        advice = "a search needs somewhere to begin: mend the scorer, or give starts"
        return (tried, finding, advice, MEND)
    return (tried, finding, "each costs like any point", LOOK)


def _constraints(draws: _Draws, names: tuple[str, ...]) -> Row:
    tried = f"constraints at {len(draws.answer)} prior draws"
    met = (draws.answer.constraints >= 0).mean(axis=0)
    shares = [f"{name} met by {share:.0%}" for name, share in zip(names, met, strict=True)]
    finding = f"{', '.join(shares)}; all by {draws.answer.feasible.mean():.0%}"
    if draws.answer.feasible.any():
        return (tried, finding, "", FINE)
    return (tried, finding, "is each the right way round? A margin is met where it is >= 0", LOOK)


def _flat(draws: _Draws) -> Row:
    answer = draws.answer
    flat = (answer.grad == 0).reshape(len(answer), -1).all(axis=1) & answer.valid
    broken = int((~answer.grad_valid).sum())
    tried = f"gradients at {len(answer)} prior draws"
    if broken:
        finding = f"{broken} are no finite numbers: a strategy is told zero there"
        return (tried, finding, "look for log(0), sqrt(0), a norm at the origin, a division", MEND)
    if flat.mean() >= MUCH:
        finding = f"{flat.mean():.0%} are zero everywhere"
        advice = "a climb cannot leave a plateau: score log-probabilities instead of probabilities"
        return (tried, f"{finding}, so that most draws lie on a plateau", advice, LOOK)
    return (tried, f"finite; {flat.mean():.0%} are zero", "", FINE)


def _against_differences(objective: Objective, draws: _Draws) -> Row:
    """Gradients against central differences along some coordinates, at some valid points."""
    tried = "gradients against finite differences"
    places = np.flatnonzero(draws.answer.valid & draws.answer.grad_valid)[:POINTS]
    if not len(places) or objective.facts.noise:
        reason = "scores are noisy" if objective.facts.noise else "no valid draw"
        return (tried, f"not compared: {reason}", "", LOOK)
    axes = np.random.default_rng(2).permutation(objective.space.dim)[:AXES]
    scale, z, grad = objective.space.scale, draws.z[places], draws.answer.grad[places]
    # Truncation and rounding are balanced at eps^(1/3) of the dtype.
    step = (
        float(np.finfo(str(objective.facts.dtype).removeprefix("torch.")).eps) ** (1 / 3)
        if "bfloat" not in str(objective.facts.dtype)
        else 0.2
    )
    worst = 0.0
    for axis in axes:
        shift = np.zeros(objective.space.dim)
        shift[axis] = step * scale[axis]
        up, down = (objective.evaluate(Ask(point)).score for point in (z + shift, z - shift))
        slope = (up - down) / (2 * step)
        worst = np.nanmax([worst, *np.abs(slope - grad[:, axis] * scale[axis])])
    largest = float(np.abs(grad * scale).max())
    share = worst / largest if largest else (0.0 if worst == 0 else np.inf)
    finding = f"off by at most {share:.2g} of the largest slope, at {len(places)} points"
    if share <= DISAGREES:
        return (tried, finding, "", FINE)
    advice = "the score is stepped or rough here, or a gradient was cut: is something detached?"
    return (tried, finding, advice, MEND if share > 0.5 else LOOK)


def _duplicates(objective: Objective, draws: _Draws) -> Row:
    """How many draws are decoded to an object that another was decoded to."""
    rows = as_rows(objective.decode(draws.z))
    objects = {row.tobytes() if isinstance(row, np.ndarray) else repr(row) for row in rows}
    share = 1 - len(objects) / len(rows)
    tried = f"objects of {len(rows)} prior draws"
    if share >= MUCH:
        advice = 'many points are one object: duplicates="cached" asks each point once'
        return (tried, f"{share:.0%} are duplicates of others", advice, LOOK)
    return (tried, f"{share:.0%} are duplicates of others", "", FINE)


def _typical(objective: Objective) -> Row:
    """Whether starts and codes have the norms that draws of a normal prior have."""
    tried, space = "typical latents", objective.space
    if space.prior != "normal":
        return (tried, f"the prior is a {space.prior}: all its points are alike", "", FINE)
    points = [objective.starts(np.random.default_rng([seed, 0]), 8) for seed in range(3)]
    if objective.codes is not None:
        points.append(objective.codes)
    norms = np.linalg.norm(np.concatenate(points), axis=1)
    middle, width = np.sqrt(space.dim), TYPICAL_SD * NORM_SD
    low, high = max(middle - width, 0.0), middle + width
    off = ((norms < low) | (norms > high)).mean()
    finding = f"norms of starts and codes from {norms.min():.3g} to {norms.max():.3g}"
    expected = f"those of the prior lie between {low:.3g} and {high:.3g}"
    if off > 0.1:
        advice = "the decoder was trained on other latents: standardise them, or give another space"
        return (tried, f"{finding}; {expected}", advice, LOOK)
    return (tried, f"{finding}; {expected}", "", FINE)
