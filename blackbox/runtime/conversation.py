"""What a run's columns leave out of its messages and answers: with it, a run can be replayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Message, PullBack
from blackbox.runtime.exchange import ASKS, PULL_BACK, VERIFY, Exchange, code, message
from blackbox.runtime.growing import Growing, Kind
from blackbox.trace import Trace

# The arrays of a conversation; see `Conversation.arrays`.
PARTS = (
    "said_kinds",
    "said_rows",
    "said_called",
    "said_grads",
    "said_constraint_grads",
    "pulled_z",
    "pulled_vectors",
    "pulled_result",
    "exceeded",
)
Arrays = Mapping[str, NDArray[np.generic]]


# What is noted of each message: its kind, see exchange.py, its rows, and the objects called for it.
MESSAGES = {"kinds": Kind(np.int8), "rows": Kind(np.int32), "called": Kind(float)}


def _numbers() -> Growing:
    """Numbers in a row, of messages one behind the other."""
    return Growing({"numbers": Kind(float)})


@dataclass
class Conversation:
    """The messages that were paid for, in order; their points and scores stand in the trace."""

    messages: Growing = field(default_factory=lambda: Growing(MESSAGES))
    grads: Growing = field(default_factory=_numbers)  # of each ask of order 1
    constraint_grads: Growing = field(default_factory=_numbers)  # likewise
    pulled: list[tuple[Array, Array, Array]] = field(default_factory=list)  # z, vectors, J^T v
    exceeded: Growing = field(default_factory=lambda: Growing({"is_it": Kind(bool)}))  # of asks

    def append(self, asked: Message, answer: Answer) -> None:
        """Note one answered message."""
        here, note = self.messages.more(1), self.messages
        note["kinds"][here] = code(asked)
        note["rows"][here] = len(answer)
        note["called"][here] = answer.called
        if isinstance(asked, Ask):
            rows = self.exceeded.more(len(answer))
            if "exceeded" in answer:
                self.exceeded["is_it"][rows] = answer.exceeded
            if asked.order == 1:
                _add(self.grads, answer.grad)
                if "constraint_grads" in answer:
                    _add(self.constraint_grads, answer.constraint_grads)
        if isinstance(asked, PullBack):
            self.pulled.append((asked.points, np.array(asked.vectors), answer.pulled))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The conversation as arrays: what a file keeps."""
        arrays = {f"said_{name}": self.messages.filled(name) for name in MESSAGES}
        if self.grads.size:
            arrays["said_grads"] = self.grads.filled("numbers")
        if self.constraint_grads.size:
            arrays["said_constraint_grads"] = self.constraint_grads.filled("numbers")
        exceeded = self.exceeded.filled("is_it")
        if exceeded.any():
            arrays["exceeded"] = exceeded
        if self.pulled:
            columns = zip(*self.pulled, strict=True)
            for name, column in zip(("z", "vectors", "result"), columns, strict=True):
                arrays[f"pulled_{name}"] = np.concatenate(column)
        return arrays


def _add(column: Growing, values: Array) -> None:
    here = column.more(values.size)
    column["numbers"][here] = values.ravel()


def exchanges(trace: Trace, arrays: Arrays) -> Iterator[Exchange]:
    """The messages and answers of a stored run, in order: what `Run.replay` takes.

    Of the notes on invalid points only the first is kept, as the run's error tells it.
    """
    row = place = 0
    others = {PULL_BACK: _pulled(arrays), VERIFY: _verified(trace, arrays)}
    grads = np.asarray(arrays.get("said_grads", np.empty(0)), float)
    slopes = np.asarray(arrays.get("said_constraint_grads", np.empty(0)), float)
    named = {"criteria": trace.criteria, "constraints": trace.constraints}
    several = {name: np.stack(list(c.values()), 1) for name, c in named.items() if c}
    m = len(trace.constraints)
    messages = (arrays[f"said_{name}"].tolist() for name in ("kinds", "rows", "called"))
    for kind, rows, called in zip(*messages, strict=True):
        columns: dict[str, NDArray[np.generic]] = {"called": np.full(rows, called / rows)}
        if kind in others:
            yield next(others[kind])
            continue
        here = slice(row, row + rows)
        place_asked, order = ASKS[kind]
        points = (
            trace.z[here]
            if place_asked == "latent"
            else np.stack([trace.x[nth] for nth in range(row, row + rows)])
        )
        columns |= {"score": trace.score[here].copy(), "valid": trace.valid[here].copy()}
        columns |= {name: values[here] for name, values in several.items()}
        if "exceeded" in arrays:
            columns["exceeded"] = np.array(arrays["exceeded"][here])
        if order:
            columns["grad"] = grads[place : place + points.size].reshape(points.shape)
            if m:
                both = slopes[m * place : m * (place + points.size)]
                columns["constraint_grads"] = both.reshape(rows, m, *points.shape[1:])
            place += points.size
            if trace.grad_valid is not None:
                columns["grad_valid"] = trace.grad_valid[here].copy()
        seconds = float(trace.seconds[here].sum())
        yield message(kind, np.asarray(points, float), None), Answer(**columns), seconds
        row += rows


def _pulled(arrays: Arrays) -> Iterator[Exchange]:
    """What was pulled back, message after message."""
    place, kinds = 0, np.asarray(arrays["said_kinds"])
    messages = (arrays[f"said_{name}"][kinds == PULL_BACK].tolist() for name in ("rows", "called"))
    for n, called in zip(*messages, strict=True):
        here = slice(place, place + n)
        pulled = np.array(arrays["pulled_result"][here])
        asked = message(PULL_BACK, _at(arrays, "z", here), _at(arrays, "vectors", here))
        yield asked, Answer(called=np.full(n, called / n), pulled=pulled), 0.0
        place += n


def _verified(trace: Trace, arrays: Arrays) -> Iterator[Exchange]:
    """What was asked of the truth, message after message."""
    place, kinds = 0, np.asarray(arrays["said_kinds"])
    for n in arrays["said_rows"][kinds == VERIFY].tolist():
        here = slice(place, place + n)
        true = trace.verified.true[here].copy()
        yield message(VERIFY, trace.verified.z[here]), Answer(true=true), 0.0
        place += n


def _at(arrays: Arrays, name: str, rows: slice) -> Array:
    return np.asarray(arrays[f"pulled_{name}"][rows], float)
