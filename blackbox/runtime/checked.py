"""What a strategy may say: a message that is of the language, declared, and inside the space."""

from __future__ import annotations

import numpy as np

from blackbox.errors import ProtocolError
from blackbox.protocol import Array, Ask, Brief, Decode, Message, PullBack, needed


def checked(message: object, brief: Brief, declared: frozenset[object]) -> Message:
    """The message with float64, read-only arrays. Raises ProtocolError for what may not be said."""
    if not isinstance(message, Ask | Decode | PullBack):
        raise ProtocolError(f"a strategy yields Ask, Decode or PullBack, not {message!r}")
    need = needed(message)
    if need is not None and need not in declared:
        raise ProtocolError(f"the strategy asks for {need.value} but does not declare {need}")
    points = _frozen(message.points)
    at = message.at if isinstance(message, Ask) else "latent"
    if len(points.shape) == 0 or len(points) == 0:
        raise ProtocolError(f"a message needs at least one point, not {message!r}")
    if at == "latent" and (points.ndim != 2 or points.shape[1] != brief.space.dim):
        raise ProtocolError(f"points must be [n, {brief.space.dim}], not {list(points.shape)}")
    if not np.isfinite(points).all():
        raise ProtocolError("a point is not finite")
    if at == "latent" and not brief.space.contains(points).all():
        bad = points[~brief.space.contains(points)][0]
        raise ProtocolError(f"the point {bad} lies outside {brief.space}; use space.clip")
    moved = np.zeros(len(points), bool)
    if at == "latent":
        proposed = brief.space.canonical(points)
        repaired = brief.space.repaired(proposed)
        points, moved = _frozen(repaired), (repaired != proposed).any(axis=1)
    if isinstance(message, Ask):
        if message.order not in (0, 1) or at not in ("latent", "data"):
            raise ProtocolError(f"an ask has order 0 or 1, at latent or data, not {message!r}")
        clipped = None if message.clipped is None else np.asarray(message.clipped, bool)
        if clipped is not None and clipped.shape != (len(points),):
            raise ProtocolError(f"clipped must be [{len(points)}], not {list(clipped.shape)}")
        if moved.any():
            clipped = moved if clipped is None else clipped | moved
        return Ask(points, message.order, at, clipped, _incumbent(message, brief))
    if isinstance(message, Decode):
        return Decode(points)
    return PullBack(points, _frozen(message.vectors))


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
    view.flags.writeable = False
    return view
