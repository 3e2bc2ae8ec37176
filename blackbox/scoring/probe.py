"""What an objective can do, found out once by trying it on a few draws of its prior."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from blackbox.scoring.door import FIXED, MOST, Chunks, home, keeps_bits, one_thread, to_numpy
from blackbox.scoring.scorer import ObjectiveError, Scorer, name_of
from blackbox.space import Space

Kind = Literal["torch", "numpy"]
# Two objects tell a batch from one object; four are tried one by one where a scorer raises.
ROWS, TRIES = 2, 4


@dataclass(frozen=True)
class Facts:
    """What the probe found: how the scorer likes its objects, and what has a gradient."""

    kind: Kind
    dtype: torch.dtype
    device: torch.device
    scorer_differentiable: bool
    decoder_differentiable: bool
    decodes_arrays: bool
    chunks: Chunks
    # Of the probe's draws: they tell an edited scorer from the old one. None if it is noisy.
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Parts:
    """What is probed: an objective's functions, its space, and what the user fixed."""

    scorer: Scorer
    decoder: Callable[[torch.Tensor], Any] | None
    reads: Literal["data", "latent"]
    space: Space
    dtype: torch.dtype | None = None
    device: torch.device | str | None = None

    def decoded(self, z: torch.Tensor) -> Any:
        """The objects of `z [n, d]`. Raises ObjectiveError where the first axis is lost."""
        if self.decoder is None:
            return z
        x = self.decoder(z)
        shape = list(getattr(x, "shape", [len(x)]))
        if not shape or shape[0] != len(z):
            found = f"shape {shape}" if not shape else f"{shape[0]} objects"
            raise ObjectiveError(
                f"decoder {name_of(self.decoder)} returned {found} for {len(z)} points; "
                "a decoder must keep the first axis"
            )
        return x


def probe(parts: Parts) -> Facts:
    """Try the parts on prior draws. Raises ObjectiveError where nothing works, with the reason."""
    draws = parts.space.sample(np.random.default_rng(0), MOST)
    own_dtype, own_device = home(parts.decoder)
    device = torch.device(parts.device or own_device or "cpu")
    # Networks are float32 by habit; a function without a decoder deserves double precision.
    either = [torch.float64, torch.float32]
    habit = own_dtype or (either[1] if parts.decoder is not None else either[0])
    candidates = [parts.dtype] if parts.dtype else [habit, *(t for t in either if t != habit)]
    errors: list[Exception] = []
    with one_thread():
        for dtype in candidates:
            z = torch.tensor(draws, dtype=dtype, device=device)
            try:
                return _facts(parts, z)
            except Exception as error:
                errors.append(error)
    # A complaint about shapes tells more than the type mismatch that a second dtype ran into.
    raise _complaint(errors) or errors[0]


def _facts(parts: Parts, z: torch.Tensor) -> Facts:
    inputs = z[:TRIES].clone().requires_grad_(True)
    try:
        x = parts.decoded(inputs)
    except ObjectiveError:
        raise
    except Exception as error:
        raise ObjectiveError(
            f"decoder {name_of(parts.decoder)} raised on {TRIES} prior draws "
            f"[{TRIES}, {parts.space.dim}] of {z.dtype}: {type(error).__name__}: {error}"
        ) from error
    differentiable = isinstance(x, torch.Tensor) and x.requires_grad
    seen = inputs if parts.reads == "latent" else x
    kind, scorer_differentiable, scores = _kind(parts.scorer, seen)
    return Facts(
        kind=kind,
        dtype=z.dtype,
        device=z.device,
        scorer_differentiable=scorer_differentiable,
        decoder_differentiable=differentiable,
        decodes_arrays=isinstance(x, torch.Tensor | np.ndarray) and x.dtype != object,
        chunks=_chunks(
            parts, z, kind, scorer_differentiable and (differentiable or seen is inputs)
        ),
        scores=scores,
    )


def _kind(scorer: Scorer, x: Any) -> tuple[Kind, bool, tuple[float, ...]]:
    """How to call the scorer: tensors if it returns tensors, else numpy arrays."""
    errors: list[Exception] = []
    for kind, objects in _offers(x):
        if len(objects) == 1 and (told := _complaint(errors)):
            raise told
        try:
            with torch.set_grad_enabled(kind == "gradient"):
                raw = scorer.raw(objects)
                scores = to_numpy(scorer.combined(raw))
        except Exception as error:
            errors.append(error)
            continue
        if kind == "gradient" and not isinstance(raw, torch.Tensor):
            continue
        differentiable = isinstance(raw, torch.Tensor) and raw.requires_grad
        how: Kind = "numpy" if kind == "numpy" else "torch"
        with torch.no_grad():
            again = to_numpy(scorer.combined(scorer.raw(objects)))
        same = np.array_equal(scores, again, equal_nan=True)
        return how, differentiable, tuple(scores.tolist()) if same else ()
    if told := _complaint(errors):
        raise told
    raise ObjectiveError(
        f"scorer {scorer.name} raised on every one of {TRIES} prior draws: "
        f"{type(errors[-1]).__name__}: {errors[-1]}; return nan for an object that has no score"
    ) from errors[-1]


def _complaint(errors: list[Exception]) -> ObjectiveError | None:
    """The first error that says what is wrong with a part, rather than that it raised."""
    return next((error for error in errors if isinstance(error, ObjectiveError)), None)


def _offers(x: Any) -> Iterator[tuple[str, Any]]:
    """The objects in each form that a scorer may like, as a batch of two and then one by one."""
    for rows in (slice(0, ROWS), *(slice(i, i + 1) for i in range(TRIES))):
        if not isinstance(x, torch.Tensor):
            yield "numpy", x[rows]
            continue
        part = x[rows].detach()
        if part.is_floating_point():
            yield "gradient", part.clone().requires_grad_(True)
        yield "numpy", part.cpu().numpy()
        yield "torch", part


def _chunks(parts: Parts, z: torch.Tensor, kind: Kind, differentiable: bool) -> Chunks:
    """Multiples of 8 rows if a row keeps its bits in them, otherwise chunks of one size."""
    if parts.decoder is None and kind == "numpy":
        return Chunks()

    def columns(rows: torch.Tensor) -> list[torch.Tensor]:
        inputs = rows.clone().requires_grad_(differentiable)
        with torch.set_grad_enabled(differentiable):
            x = inputs if parts.reads == "latent" else parts.decoded(inputs)
            if kind == "numpy" or not parts.scorer.batched:
                return [x.detach()] if isinstance(x, torch.Tensor) else []
            score = parts.scorer.combined(parts.scorer.raw(x))
            grad = torch.autograd.grad(score.sum(), inputs) if differentiable else ()
        return [score.detach(), *grad]

    try:
        return Chunks() if keeps_bits(columns, z) else Chunks(fixed=FIXED)
    except ObjectiveError:
        raise
    except Exception:
        # Some of these draws cannot be scored: nothing is known, so take the careful way.
        return Chunks(fixed=FIXED)
