"""What an objective can do, found out once by trying it on a few draws of its prior.

At most 32 objects are called where they are dear. The same draws are asked in several batches, such
as {a, b, c}, {b, a} and {b}: that tells a function of one object from one of a batch, what depends
on company, and what is noisy. Everything that the calls changed is undone.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.constraints import Constraints
from blackbox.errors import ObjectiveError, UnusableObjective
from blackbox.scoring.arrays import REAL
from blackbox.scoring.batching import MOST, draws_of_a_probe, one_thread
from blackbox.scoring.columns import is_out_of_memory, mentions_dtype
from blackbox.scoring.company import Closeness
from blackbox.scoring.decoding import Decoding
from blackbox.scoring.environment import told_as_unavailable
from blackbox.scoring.facts import FREE, Facts
from blackbox.scoring.forms import Caller, find
from blackbox.scoring.isolation import home, left_as_found
from blackbox.scoring.outputs import ConstraintsSeen
from blackbox.scoring.pipeline import Pipeline, functions_of, object_shape
from blackbox.scoring.probed import ProbedScorer
from blackbox.scoring.shapes import batching_of
from blackbox.scoring.slopes import sloped
from blackbox.scoring.steadiness import noise_of, refuse_company

# Scores of the first draws that tell an edited scorer from the old one.
REMEMBERED = 2
# Draws that tell the sizes of scores and violations, where these cost next to nothing.
TELLING = 64
# Rows of a call that are tried where the memory does not hold the probe's few.
SMALL_CALLS = (2, 1)


def probe(pipeline: Pipeline, noise: bool | None = None) -> Facts:
    """Try the functions on prior draws; `noise` declares that a score may differ every time.

    Raises ObjectiveError where nothing works, and where a score depends on its company; Unavailable
    where the surroundings of a function fail for longer, which says nothing about it.
    """
    try:
        return _probe(pipeline, noise)
    except ConstraintsSeen as seen:
        pipeline.scorer.constraints = seen.names
        return _probe(pipeline, noise)


def _probe(pipeline: Pipeline, noise: bool | None) -> Facts:
    functions = functions_of(pipeline).values()
    own_dtype, own_device = home(pipeline.decoder or pipeline.scorer.function)
    device = torch.device(pipeline.device or own_device or "cpu")
    # Networks are float32 by habit; a function without a decoder deserves double precision.
    either = (torch.float64, torch.float32)
    habit = own_dtype or either[pipeline.decoder is not None]
    dtypes = [pipeline.dtype] if pipeline.dtype else [habit, *(t for t in either if t != habit)]
    rows = draws_of_a_probe(pipeline.space.dim)
    draws = pipeline.space.sample(np.random.default_rng(0), rows)
    errors: list[Exception] = []
    with told_as_unavailable(), one_thread(), left_as_found(*functions):
        for dtype in dtypes:
            points = torch.tensor(draws, dtype=dtype, device=device)
            try:
                return _fitting(pipeline, points, noise)
            except UnusableObjective:
                raise
            except Exception as error:
                errors.append(error)
                if not mentions_dtype(error):
                    break  # points of another type would not help
    # A complaint about shapes tells more than the type mismatch that a second dtype ran into.
    complaints = [error for error in errors if isinstance(error, ObjectiveError)]
    raise (complaints or errors)[0]


def _fitting(pipeline: Pipeline, points: torch.Tensor, noise: bool | None) -> Facts:
    """What a pass finds out, in calls that fit into memory."""
    for most in SMALL_CALLS:
        try:
            return _pass(pipeline, points, noise)
        except Exception as error:
            cause = error.__cause__ or error
            if not is_out_of_memory(cause) or (pipeline.batch_size or MOST) <= most:
                raise
        pipeline = replace(pipeline, batch_size=most)
    return _pass(pipeline, points, noise)


def _pass(pipeline: Pipeline, draws: torch.Tensor, declared_noise: bool | None) -> Facts:
    """What one pass over the functions finds out, with points of one dtype."""
    decode, score = Decoding(pipeline, draws), Caller(pipeline.scorer)
    drawn = decode.drawn()
    working = find(score, pipeline.seen(drawn.points, drawn.objects), decode.most)
    closeness = Closeness(pipeline, drawn.points, drawn.objects, working.values)
    probed = ProbedScorer(pipeline, draws, decode, score, drawn, working, closeness)
    values = probed.as_usual()
    noise, source = noise_of(probed, values, declared_noise)
    refuse_company(probed, values, noise if source else None)
    slopes = sloped(probed)
    probed.warm_up()
    facts = Facts(
        kind=working.form.kind,
        batched=working.form.batched,
        dtype=drawn.points.dtype,
        device=drawn.points.device,
        cast=working.form.cast,
        changes_objects=score.changes_objects,
        with_gradients=decode.with_gradients or score.with_gradients,
        decoder_differentiable=drawn.differentiable,
        decodes_arrays=_are_numbers(drawn.plain),
        object_numbers=math.prod(object_shape(drawn.plain)) if _are_numbers(drawn.plain) else 0,
        noise=noise,
        noise_from=source,
        scores=() if source else tuple(probed.combined(values)[:REMEMBERED].tolist()),
        seconds=probed.seconds,
        dear=probed.seconds > FREE,
        constraints=_constraints(probed, values),
        **slopes,
    )
    batching, multiple = batching_of(pipeline, facts, draws)
    called = max(decode.called, score.called)
    return replace(facts, batching=batching, scorer_multiple=multiple, probed=called)


def _constraints(probed: ProbedScorer, values: NDArray[np.float64]) -> Constraints | None:
    """The constraints, and what sizes scores and violations have on prior draws."""
    scorer = probed.pipeline.scorer
    if not scorer.constraints:
        return None
    if probed.is_free(TELLING):
        with suppress(Exception):  # one of these draws has no score: the few must do
            values = probed.anew(probed.draws[:TELLING])
    margins, scores = scorer.constraints_of(values), probed.combined(values)
    usable = np.isfinite(scores) & np.isfinite(margins).all(axis=1)
    scores, margins = scores[usable], margins[usable]
    spread = float(np.subtract(*np.quantile(scores, (0.75, 0.25)))) if len(scores) else 0.0
    spread = spread if spread > 0 else 1.0
    sizes = [_size(column) for column in margins.T]
    low = float(scores.min()) - spread if len(scores) else 0.0
    return Constraints(scorer.constraints, tuple(sizes), spread, low)


def _size(margins: NDArray[np.float64]) -> float:
    """How far a draw is beyond a constraint, the median; from it, where none is beyond; or 1."""
    broken = -margins[margins < 0]
    sizes = broken if len(broken) else np.abs(margins[margins != 0])
    return float(np.median(sizes)) if len(sizes) else 1.0


def _are_numbers(objects: Any) -> bool:
    if isinstance(objects, torch.Tensor):
        return objects.is_floating_point()
    return isinstance(objects, np.ndarray) and objects.dtype.kind in REAL
