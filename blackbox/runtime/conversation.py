"""What a run's columns leave out of its messages and answers: with it, a run can be replayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Message, PullBack
from blackbox.runtime.exchange import ASKS, PULL_BACK, Exchange, code, message
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


@dataclass
class Conversation:
    """The messages that were paid for, in order; their points and scores stand in the trace."""

    kinds: list[int] = field(default_factory=list)  # of each message, see exchange.py
    rows: list[int] = field(default_factory=list)  # of each message
    called: list[float] = field(default_factory=list)  # objects called for each message
    grads: list[Array] = field(default_factory=list)  # of each ask of order 1
    constraint_grads: list[Array] = field(default_factory=list)  # likewise
    pulled: list[tuple[Array, Array, Array]] = field(default_factory=list)  # z, vectors, J^T v
    exceeded: list[NDArray[np.bool_]] = field(default_factory=list)  # of each ask

    def append(self, asked: Message, answer: Answer) -> None:
        """Note one answered message."""
        self.kinds.append(code(asked))
        self.rows.append(len(answer))
        self.called.append(answer.called)
        if isinstance(asked, Ask):
            self.exceeded.append(answer.exceeded)
            if asked.order == 1:
                self.grads.append(answer.grad)
                if "constraint_grads" in answer:
                    self.constraint_grads.append(answer.constraint_grads)
        if isinstance(asked, PullBack):
            self.pulled.append((asked.points, np.array(asked.vectors), answer.pulled))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The conversation as arrays: what a file keeps."""
        arrays: dict[str, NDArray[np.generic]] = {
            "said_kinds": np.array(self.kinds, np.int8),
            "said_rows": np.array(self.rows, np.int32),
            "said_called": np.array(self.called),
        }
        if self.grads:
            arrays["said_grads"] = _flat(self.grads)
        if self.constraint_grads:
            arrays["said_constraint_grads"] = _flat(self.constraint_grads)
        if any(rows.any() for rows in self.exceeded):
            arrays["exceeded"] = np.concatenate(self.exceeded)
        if self.pulled:
            columns = zip(*self.pulled, strict=True)
            for name, column in zip(("z", "vectors", "result"), columns, strict=True):
                arrays[f"pulled_{name}"] = np.concatenate(column)
        return arrays


def exchanges(trace: Trace, arrays: Arrays) -> Iterator[Exchange]:
    """The messages and answers of a stored run, in order: what `Run.replay` takes.

    Of the notes on invalid points only the first is kept, as the run's error tells it.
    """
    row = place = pulled = 0
    grads = np.asarray(arrays.get("said_grads", np.empty(0)), float)
    slopes = np.asarray(arrays.get("said_constraint_grads", np.empty(0)), float)
    named = {"criteria": trace.criteria, "constraints": trace.constraints}
    several = {name: np.stack(list(c.values()), 1) for name, c in named.items() if c}
    m = len(trace.constraints)
    messages = (arrays[f"said_{name}"].tolist() for name in ("kinds", "rows", "called"))
    for kind, rows, called in zip(*messages, strict=True):
        columns: dict[str, NDArray[np.generic]] = {"called": np.full(rows, called / rows)}
        if kind == PULL_BACK:
            here = slice(pulled, pulled + rows)
            pulled += rows
            columns["pulled"] = np.array(arrays["pulled_result"][here])
            asked = message(kind, _at(arrays, "z", here), _at(arrays, "vectors", here))
            yield asked, Answer(**columns), 0.0
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


def _at(arrays: Arrays, name: str, rows: slice) -> Array:
    return np.asarray(arrays[f"pulled_{name}"][rows], float)


def _flat(parts: Sequence[Array]) -> Array:
    return np.concatenate([part.ravel() for part in parts])
