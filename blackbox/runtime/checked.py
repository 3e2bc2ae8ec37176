"""What a strategy may say: a message that is of the language, declared, and inside the space."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ProtocolError
from blackbox.protocol import (
    Array,
    Ask,
    Believe,
    Brief,
    Decode,
    Message,
    PullBack,
    Verify,
    needed,
)


def checked(message: object, brief: Brief, declared: frozenset[object]) -> Message:
    """The message with float64, read-only arrays. Raises ProtocolError for what may not be said."""
    if not isinstance(message, Message):
        kinds = "Ask, Decode, PullBack, Believe or Verify"
        raise ProtocolError(f"a strategy yields {kinds}, not {message!r}")
    need = needed(message)
    if need is not None and need not in declared:
        raise ProtocolError(f"the strategy asks for {need.value} but does not declare {need}")
    points = _frozen(message.points)
    is_latent = not isinstance(message, Ask) or message.at == "latent"
    if points.ndim == 0 or len(points) == 0:
        raise ProtocolError(f"a message needs at least one point, not {message!r}")
    if is_latent and (points.ndim != 2 or points.shape[1] != brief.space.dim):
        raise ProtocolError(f"points must be [n, {brief.space.dim}], not {list(points.shape)}")
    if not _are_finite(points):
        raise ProtocolError("a point is not finite")
    moved: NDArray[np.bool_] | None = None
    if is_latent:
        _refuse_outside(points, brief)
        proposed = brief.space.canonical(points)
        repaired = brief.space.repaired(proposed)
        if repaired is not proposed:
            moved = (repaired != proposed).any(axis=1)
        points = points if repaired is points else _frozen(repaired)
    if isinstance(message, Ask):
        return _checked_ask(message, points, moved, brief)
    if isinstance(message, Decode):
        return Decode(points)
    if isinstance(message, Believe):
        return Believe(points, _frozen(message.scores))
    if isinstance(message, Verify):
        return Verify(points, brief.start[:1])
    return PullBack(points, _frozen(message.vectors))


def _checked_ask(ask: Ask, points: Array, moved: NDArray[np.bool_] | None, brief: Brief) -> Ask:
    if ask.order not in (0, 1) or ask.at not in ("latent", "data"):
        raise ProtocolError(f"an ask has order 0 or 1, at latent or data, not {ask!r}")
    clipped = ask.clipped
    if clipped is not None:
        clipped = np.asarray(clipped, bool)
        if clipped.shape != (len(points),):
            raise ProtocolError(f"clipped must be [{len(points)}], not {list(clipped.shape)}")
    if moved is not None and moved.any():
        clipped = moved if clipped is None else clipped | moved
    return Ask(points, ask.order, ask.at, clipped, _incumbent(ask, brief))


def _are_finite(points: Array) -> bool:
    """Whether all numbers are finite: their squares have a finite sum, or they are looked at."""
    flat = points.ravel()
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(points).all())


def _refuse_outside(points: Array, brief: Brief) -> None:
    if brief.space.prior == "normal" and math.isinf(brief.space.limit):
        return  # there is no outside
    inside = brief.space.contains(points)
    if not inside.all():
        raise ProtocolError(
            f"the point {points[~inside][0]} lies outside {brief.space}; use space.clip"
        )


def _incumbent(ask: Ask, brief: Brief) -> Array | None:
    if ask.incumbent is None:
        return None
    point = _frozen(ask.incumbent)
    if point.shape != (brief.space.dim,):
        raise ProtocolError(f"an incumbent must be [{brief.space.dim}], not {list(point.shape)}")
    return point


def _frozen(array: Array) -> Array:
    """A read-only float64 view; the strategy's own array stays writeable."""
    view = np.asarray(array, float).view()
    view.setflags(write=False)
    return view
