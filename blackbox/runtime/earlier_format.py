"""Runs as an earlier version kept them: a parquet file each, with arrays in its metadata."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from blackbox.errors import StoreError
from blackbox.late import Late
from blackbox.price import Price
from blackbox.trace import JudgedPath, Status, Trace

# Only folders of that version need them.
pa, pq = Late("pyarrow"), Late("pyarrow.parquet")
# One value per row; `z` is a fixed-size list and the rest travels in the file's metadata.
COLUMNS = (
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
HEADER = (
    "objective",
    "strategy",
    "seed",
    "dim",
    "budget",
    "error",
    "used",
    "thinking_seconds",
    "optimum",
)
FORMAT = 2


def read(path: Path) -> Trace:
    """The run of a file of format 2. Raises StoreError where it cannot be read."""
    try:
        with pq.ParquetFile(path) as file:  # read_table takes twice as long: it looks for more
            table = file.read(use_threads=False)
        metadata = table.schema.metadata
        header = json.loads(metadata[b"blackbox"])
        arrays = dict(np.load(io.BytesIO(metadata[b"arrays"]), allow_pickle=False))
    except (OSError, KeyError, ValueError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"cannot read the run {path}: {error}; remove the file to make it again"
        ) from error
    if header.pop("format") != FORMAT:
        raise StoreError(
            f"{path} was written by another version of blackbox; remove it, or use that one"
        )
    column = {name: table[name].to_numpy() for name in table.column_names if name != "z"}
    z = table["z"].combine_chunks().flatten().to_numpy().reshape(-1, header["dim"])
    # Runs that were kept by an earlier version hold a floor where a point is invalid.
    column["score"] = np.where(column["valid"], column["score"], np.nan)
    return Trace(
        **{name: header[name] for name in HEADER},
        **{name: column[name] for name in COLUMNS},
        grad_valid=column.get("grad_valid"),
        price=Price(**header["price"]),
        status=Status(header["status"]),
        versions=header["versions"],
        # Runs that were kept before these were recorded do not know them.
        prior=header.get("prior", ""),
        directions=header.get("directions", {}),
        machine=header.get("machine", {}),
        peak_memory_mb=header.get("peak_memory_mb", np.nan),
        unknown=tuple(header.get("unknown", ())),
        n_called=header.get("n_called", np.nan),
        noise=header.get("noise", np.nan),
        is_noisy=header.get("noise", np.nan) > 0,
        scoring=header.get("scoring", {}),
        z=z,
        criteria={n[10:]: values for n, values in column.items() if n.startswith("criterion:")},
        x=dict(zip(arrays["x_rows"].tolist(), arrays["x"], strict=True)) if "x" in arrays else {},
        path=_path(header, arrays),
    )


def _path(header: Mapping[str, Any], arrays: Mapping[str, Any]) -> JudgedPath | None:
    if "path_rows" not in arrays:
        return None
    return JudgedPath(
        arrays["path_rows"],
        {name[7:]: values for name, values in arrays.items() if name.startswith("judged:")},
        **{name: arrays.get(name) for name in ("objects", "drawn", "true")},
        truth=header.get("truth", ""),
        limits={name: (low, high) for name, (low, high) in header.get("limits", {}).items()},
    )
