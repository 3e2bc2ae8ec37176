"""One finished run as the content of a file: its trace, and what it takes to replay it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.price import Price
from blackbox.runtime import packed
from blackbox.runtime.conversation import PARTS, exchanges
from blackbox.runtime.exchange import Exchange
from blackbox.trace import (
    Confirmations,
    JudgedPath,
    KnownBefore,
    LateSample,
    Status,
    Trace,
    VerifiedPoints,
)

# Fields of a trace by how they are stored: one value per row, and plain values.
COLUMNS = (
    "z",
    "score",
    "valid",
    "clipped",
    "n_scores",
    "n_gradients",
    "n_decodes",
    "seconds",
    "z_norm",
    "log_prior",
)
PLAIN = (
    "objective",
    "strategy",
    "seed",
    "dim",
    "budget",
    "error",
    "used",
    "thinking_seconds",
    "optimum",
    "prior",
    "peak_memory_mb",
    "n_called",
    "noise",
)
TABLES = ("versions", "directions", "machine", "scoring")
VERIFIED = ("z", "true", "after")
CONFIRMED = ("row", "score", "is_last")


@dataclass(frozen=True)
class StoredRun:
    """A run as a file holds it."""

    trace: Trace
    header: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)

    @property
    def is_replayable(self) -> bool:
        """Whether its messages and answers were kept."""
        return "said_kinds" in self.arrays

    @property
    def reads(self) -> frozenset[str]:
        """What of its brief the strategy had looked at: "budget", "price"."""
        return frozenset(self.header.get("reads", ()))

    @property
    def conversation(self) -> dict[str, NDArray[np.generic]]:
        """The arrays of its conversation, as they were kept."""
        return {name: self.arrays[name] for name in PARTS if name in self.arrays}

    def exchanges(self) -> Iterator[Exchange]:
        """Its messages and answers, for `Run.replay`."""
        return exchanges(self.trace, self.arrays)


def encode(
    trace: Trace,
    conversation: Mapping[str, NDArray[np.generic]] | None = None,
    about: Mapping[str, Any] | None = None,
) -> bytes:
    """The content of a run's file, with the arrays of its conversation.

    `about` holds plain values for its header.
    """
    path = trace.path
    header: dict[str, Any] = {name: getattr(trace, name) for name in PLAIN}
    header |= {name: dict(getattr(trace, name)) for name in TABLES}
    header |= {
        "status": str(trace.status),
        "price": dataclasses.asdict(trace.price),
        "unknown": trace.unknown,
        "sign": trace.sign,
        "criteria": list(trace.criteria),
        "constraints": list(trace.constraints),
        "judges": list(path.judged) if path else [],
        "truth": path.truth if path else "",
        "limits": dict(path.limits) if path else {},
        "is_noisy": trace.is_noisy,
        **({"known": dataclasses.asdict(trace.known)} if trace.known.n else {}),
        **(about or {}),
    }
    arrays: dict[str, NDArray[np.generic]] = {name: getattr(trace, name) for name in COLUMNS}
    arrays |= {f"criterion_{nth}": column for nth, column in enumerate(trace.criteria.values())}
    arrays |= {f"constraint_{nth}": one for nth, one in enumerate(trace.constraints.values())}
    if trace.grad_valid is not None:
        arrays["grad_valid"] = trace.grad_valid
    if trace.incumbent is not None:
        arrays["incumbent"] = trace.incumbent
    if trace.x:
        arrays |= {"x_rows": np.array(list(trace.x)), "x": np.stack(list(trace.x.values()))}
    if path is not None:
        arrays["path_rows"] = path.rows
        arrays |= {f"judged_{nth}": numbers for nth, numbers in enumerate(path.judged.values())}
        seen = {name: getattr(path, name) for name in ("objects", "drawn", "true")}
        arrays |= {name: array for name, array in seen.items() if array is not None}
    if len(again := trace.confirmations):
        arrays |= {f"confirmed_{name}": getattr(again, name) for name in CONFIRMED}
        unknown = np.full(len(again), np.nan)
        columns = enumerate(again.criteria.get(name, unknown) for name in trace.criteria)
        arrays |= {f"confirmed_criterion_{nth}": column for nth, column in columns}
    arrays |= _verified_arrays(trace.verified)
    if trace.late is not None:
        arrays |= _late_arrays(trace.late)
    return packed.pack(header, arrays | dict(conversation or {}))


def decode(content: bytes) -> StoredRun:
    """The run that a file holds. Raises StoreError where it is not as it was written."""
    header, arrays = packed.unpack(content)
    columns: dict[str, Any] = {name: arrays[name] for name in COLUMNS}
    columns |= {name: header[name] for name in (*PLAIN, *TABLES)}
    trace = Trace(
        **columns,
        status=Status(header["status"]),
        price=Price(**header["price"]),
        unknown=tuple(header["unknown"]),
        sign=header.get("sign", 1),
        criteria={
            name: np.asarray(arrays[f"criterion_{nth}"], float)
            for nth, name in enumerate(header["criteria"])
        },
        constraints={
            name: np.asarray(arrays[f"constraint_{nth}"], float)
            for nth, name in enumerate(header.get("constraints", ()))
        },
        grad_valid=arrays.get("grad_valid"),  # type: ignore[arg-type]
        incumbent=arrays.get("incumbent"),  # type: ignore[arg-type]
        x=_data_points(arrays),
        path=_path(header, arrays),
        # Runs that were kept before bests were confirmed do not say whether noise was declared.
        is_noisy=header.get("is_noisy", header["noise"] > 0),
        confirmations=_confirmations(header, arrays),
        late=_late(header, arrays),
        known=KnownBefore(**header.get("known", {})),
        verified=_verified(arrays),
    )
    return StoredRun(trace, header, arrays)


def _data_points(arrays: Mapping[str, Any]) -> dict[int, NDArray[np.generic]]:
    if "x" not in arrays:
        return {}
    return dict(zip(arrays["x_rows"].tolist(), arrays["x"], strict=True))


def _confirmations(header: Mapping[str, Any], arrays: Mapping[str, Any]) -> Confirmations:
    if "confirmed_score" not in arrays:
        return Confirmations()
    names = enumerate(header["criteria"])
    criteria = {name: arrays[f"confirmed_criterion_{nth}"] for nth, name in names}
    columns: dict[str, Any] = {name: arrays[f"confirmed_{name}"] for name in CONFIRMED}
    return Confirmations(**columns, criteria=criteria)


def _verified_arrays(asked: VerifiedPoints) -> dict[str, NDArray[np.generic]]:
    return {f"verified_{name}": getattr(asked, name) for name in VERIFIED if len(asked)}


def _verified(arrays: Mapping[str, Any]) -> VerifiedPoints:
    if "verified_true" not in arrays:
        return VerifiedPoints()
    return VerifiedPoints(**{name: arrays[f"verified_{name}"] for name in VERIFIED})


def _path(header: Mapping[str, Any], arrays: Mapping[str, Any]) -> JudgedPath | None:
    if "path_rows" not in arrays:
        return None
    return JudgedPath(
        arrays["path_rows"],
        {name: arrays[f"judged_{nth}"] for nth, name in enumerate(header["judges"])},
        objects=arrays.get("objects"),
        drawn=arrays.get("drawn"),
        true=arrays.get("true"),
        truth=header["truth"],
        limits={name: (low, high) for name, (low, high) in header["limits"].items()},
    )


def _late_arrays(late: LateSample) -> dict[str, NDArray[np.generic]]:
    """The arrays of a late sample; its judges are those of the path."""
    arrays: dict[str, NDArray[np.generic]] = {"late_rows": late.rows}
    arrays |= {f"late_judged_{nth}": numbers for nth, numbers in enumerate(late.judged.values())}
    seen = {"late_true": late.true, "late_apart": late.apart}
    return arrays | {name: array for name, array in seen.items() if array is not None}


def _late(header: Mapping[str, Any], arrays: Mapping[str, Any]) -> LateSample | None:
    """The late sample; None of a run that was kept before there were any."""
    if "late_rows" not in arrays:
        return None
    judges = enumerate(header["judges"])
    return LateSample(
        arrays["late_rows"],
        {name: arrays[f"late_judged_{nth}"] for nth, name in judges},
        true=arrays.get("late_true"),
        apart=arrays.get("late_apart"),
    )
