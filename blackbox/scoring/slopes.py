"""Is there a gradient of the score, what does it cost, and where does it get lost?"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode, resolve_name

from blackbox.parameters import NamedSpace
from blackbox.scoring.arrays import taken
from blackbox.scoring.decoding import Decoding, Drawn
from blackbox.scoring.facts import power_of_ten, two_digits
from blackbox.scoring.forms import Caller, WorkingForm
from blackbox.scoring.pipeline import Pipeline, handed
from blackbox.scoring.probed import MOST_CALLED, ProbedScorer
from blackbox.scoring.returned import name_of
from blackbox.scoring.scorer import Scorer

# Objects of which a gradient is tried.
MOST_OBJECTS = 4
# Where they cost next to nothing: as many as twenty runs ask together, so often.
MANY_OBJECTS, TURNS = 32, 5

# Functions of torch that end a gradient, and what people use instead.
ENDS = {
    "detach": "leave .detach() out",
    "numpy": "keep to torch operations instead of .numpy()",
    "__array__": "keep to torch operations instead of numpy's",
    "item": "keep to torch operations instead of .item()",
    "__float__": "keep to torch operations instead of float(...)",
    "tolist": "keep to torch operations instead of .tolist()",
    "argmax": "argmax has no slope; use a soft maximum",
    "argmin": "argmin has no slope; use a soft minimum",
    "round": "rounding has no slope",
    "floor": "floor has no slope",
    "ceil": "ceil has no slope",
    "sign": "sign has no slope",
    "__gt__": "a comparison has no slope",
    "__lt__": "a comparison has no slope",
    "gt": "a comparison has no slope",
    "lt": "a comparison has no slope",
    "ge": "a comparison has no slope",
    "le": "a comparison has no slope",
}


def sloped(probed: ProbedScorer) -> dict[str, Any]:
    """What the facts say of gradients: whether there are some, why not, and their price."""
    pipeline, decode, score = probed.pipeline, probed.decode, probed.score
    drawn, working = probed.drawn, probed.working
    name, latent = f"scorer {pipeline.scorer.name}", pipeline.reads == "latent"
    seen = pipeline.seen(drawn.points, drawn.objects)
    if not (isinstance(working.values, torch.Tensor) and working.values.requires_grad):
        return {"why_not": _why_not(pipeline, score, working, seen, name)}
    through = latent or drawn.differentiable
    at = drawn.points if through else None
    try:
        seconds = pipeline.scorer.patience.call(
            f"the gradient of {name}",
            MOST_OBJECTS,
            partial(_seconds, pipeline, decode, score, working, seen, at),
        )
    except Exception as error:
        return {"why_not": _inner_gradient(error, name)}
    if not through:
        return {"scorer_differentiable": True, "why_not": _why_no_decoder(pipeline, decode, drawn)}
    plain = decode.seconds + score.seconds
    as_usual = not (decode.with_gradients or score.with_gradients)
    if as_usual and probed.is_free(MANY_OBJECTS):
        with suppress(Exception):  # one of these draws has no score: what was seen must do
            plain, seconds = _interleaved(pipeline, working, decode.draws[:MANY_OBJECTS])
    price = two_digits(max(seconds / max(plain, 1e-9) - 1, 0.0))
    return {
        "scorer_differentiable": True,
        "gradient_price": price,
        "gradient_seconds": power_of_ten(seconds),
    }


def _interleaved(
    pipeline: Pipeline, working: WorkingForm, points: torch.Tensor
) -> tuple[float, float]:
    """Seconds of an object without and with its gradient: the fastest of several, by turns."""
    fastest = [np.inf, np.inf]
    for _ in range(TURNS):
        for sloped in (False, True):
            inputs = points.clone().requires_grad_(sloped)
            clock = time.perf_counter()
            with torch.set_grad_enabled(sloped):
                made = pipeline.seen(inputs, pipeline.decoded(inputs))
                given = handed(made, "torch", working.form.cast)
                given = given.clone()
                values = (
                    pipeline.scorer.of_batch(given)
                    if working.form.batched
                    else pipeline.scorer.together([pipeline.scorer.of_one(one) for one in given])
                )
                pipeline.scorer.combined(values).sum()
            if sloped:
                _take_slopes(pipeline.scorer, values, inputs)
            fastest[sloped] = min(fastest[sloped], time.perf_counter() - clock)
    return fastest[0] / len(points), fastest[1] / len(points)


def _seconds(
    pipeline: Pipeline,
    decode: Decoding,
    score: Caller,
    working: WorkingForm,
    seen: Any,
    points: torch.Tensor | None,
) -> float:
    """Seconds of an object with its gradient, at the points or else at the object itself.

    The faster of two tries: the first warms up. Raises what torch raises where there is none.
    """
    rows, seconds = list(working.rows[:MOST_OBJECTS]), np.inf
    for nth in range(2):
        called = max(decode.called, score.called) + len(rows)
        if nth and called > MOST_CALLED:
            break
        clock = time.perf_counter()
        if points is None:
            given = handed(taken(seen, rows).detach().clone(), "torch", working.form.cast)
            inputs = given = given.requires_grad_(True)
        else:
            inputs = points.detach()[rows].clone().requires_grad_(True)
            made = pipeline.seen(inputs, decode(inputs, sloped=True))
            given = handed(made, "torch", working.form.cast)
        if score.changes_objects:
            given = given.clone()
        values = score(given, working.form)
        _take_slopes(pipeline.scorer, values, inputs)
        seconds = min(seconds, (time.perf_counter() - clock) / len(rows))
    return seconds


def _take_slopes(scorer: Scorer, values: Any, inputs: torch.Tensor) -> None:
    """What an ask of order 1 takes: the slopes of the score, and of each constraint."""
    total = scorer.combined(values).sum()
    torch.autograd.grad(total, inputs, retain_graph=bool(scorer.constraints))
    for margins in scorer.constraints_of(values).unbind(-1) if scorer.constraints else ():
        if margins.requires_grad:
            torch.autograd.grad(margins.sum(), inputs, retain_graph=True, allow_unused=True)


def _why_not(pipeline: Pipeline, score: Caller, working: WorkingForm, seen: Any, name: str) -> str:
    if not (isinstance(seen, torch.Tensor) and seen.is_floating_point()):
        what = str(seen.dtype) if isinstance(seen, torch.Tensor) else type(seen).__name__
        return f"the decoder makes {what.removeprefix('torch.')} objects, which have no gradient"
    if isinstance(pipeline.space, NamedSpace) and not working.form.batched:
        return (
            f"{name} is called with plain values; with batched=True it gets tensors by name, and "
            "has a gradient where it keeps to torch operations"
        )
    if score.with_gradients:
        return _inner_gradient(RuntimeError("its result has no graph"), name)
    one = handed(taken(seen, [working.rows[0]]).detach().clone(), "torch", working.form.cast)
    one.requires_grad_(True)
    score.called += 1
    given = one if working.form.batched else one[0]
    patience, function = pipeline.scorer.patience, pipeline.scorer.function
    return _cause(partial(patience.call, name, 1, function), given, working.values, name)


def _why_no_decoder(pipeline: Pipeline, decode: Decoding, drawn: Drawn) -> str:
    one = drawn.points[:1].detach().clone().requires_grad_(True)
    decode.called += 1
    name = f"decoder {name_of(pipeline.decoder)}"
    return _cause(pipeline.decoded, one, drawn.objects, name)


# How torch says that the graph was used up, or never made, by a gradient taken inside.
INNER = ("second time", "does not require grad", "not have been used", "has no graph")


class _Watch(TorchFunctionMode):
    """Notes under which conditions torch's functions were called."""

    def __init__(self) -> None:
        super().__init__()
        self.without_gradients = False
        self.ends: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        wants = any(isinstance(a, torch.Tensor) and a.requires_grad for a in args)
        if wants and not torch.is_grad_enabled():
            self.without_gradients = True
        name = (resolve_name(func) or getattr(func, "__name__", "")).rpartition(".")[2]
        if wants and name in ENDS:
            self.ends.append(name)
        return func(*args, **(kwargs or {}))


def _cause(function: Callable[..., Any], argument: Any, returned: Any, what: str) -> str:
    """Why what `function` returned of a tensor that requires a gradient has none, and a cure.

    `what` names the function in the sentence. It is called once more, under watch.
    """
    if isinstance(returned, torch.Tensor) and returned.is_inference():
        return f"{what} runs under torch.inference_mode(); leave it out"
    watch = _Watch()
    try:
        with torch.enable_grad(), watch:
            function(argument)
    except Exception as error:
        if isinstance(returned, torch.Tensor):
            return f"{what} raised where gradients are on: {type(error).__name__}: {error}"
        return f"{what} works on arrays, not on tensors with a gradient; keep to torch operations"
    if watch.without_gradients:
        return f"{what} runs under torch.no_grad() or inference_mode(); leave it out"
    if watch.ends:
        return f"{what} loses it: {ENDS[watch.ends[-1]]}"
    if isinstance(returned, torch.Tensor):
        if not returned.is_floating_point():
            return f"{what} returned {str(returned.dtype).removeprefix('torch.')}, no floats"
        return (
            f"{what} returned a tensor, or a constraint, that does not depend on its input by "
            "torch operations"
        )
    kind = "a numpy array" if isinstance(returned, np.ndarray) else type(returned).__name__
    return f"{what} returned {kind}, not a tensor with a gradient; keep to torch operations"


def _inner_gradient(error: Exception, what: str) -> str:
    """What to say where the gradient of a score cannot be taken."""
    text = str(error).split("\n")[0]
    if any(mark in text for mark in INNER):
        return (
            f"{what} takes a gradient inside, behind which none is left: write create_graph=True "
            "in its own torch.autograd.grad"
        )
    return f"its gradient raised {type(error).__name__}: {text}"
