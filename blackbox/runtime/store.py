"""Finished runs on disk: one parquet file per run, written atomically, named by its content."""

from __future__ import annotations

import dataclasses
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from blackbox.errors import StoreError as StoreError
from blackbox.price import Price
from blackbox.trace import JudgedPath, Status, Trace

# One value per row; `z` is a fixed-size list and the rest travels in the file's metadata.
COLUMNS = (
    "score", "valid", "clipped", "n_scores", "n_gradients", "n_decodes", "seconds",
    "z_norm", "log_prior",
)  # fmt: skip
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


class Store:
    """The folder `runs/` of a study. Any process may save to it; a file is whole or absent."""

    def __init__(self, folder: Path | str) -> None:
        """Name the study's folder; nothing is written yet."""
        self.folder = Path(folder)
        self._runs = self.folder / "runs"

    def open(self, recipe: Mapping[str, Any]) -> None:
        """Make the folder this recipe's. Raises StoreError if it holds the runs of another."""
        path = self._runs / "recipe.json"
        if path.exists():
            held = json.loads(path.read_text())
            different = [key for key in {**held, **recipe} if held.get(key) != recipe.get(key)]
            if different:
                lines = [
                    f"  {k}: there {held.get(k)!r}, asked {recipe.get(k)!r}" for k in different
                ]
                raise StoreError(
                    f"{self._runs} holds the runs of another recipe:\n" + "\n".join(lines) + "\n"
                    "use another folder, or remove that one to start anew"
                )
        else:
            self._write(path, json.dumps(dict(recipe), indent=1).encode())

    def facts(self) -> dict[str, Any]:
        """What the study's probe found out about each objective, as JSON; {} if nothing is kept."""
        path = self._runs / "facts.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def keep_facts(self, facts: Mapping[str, Any]) -> None:
        """Keep what the probe found out, before the first point is paid for."""
        text = json.dumps(dict(facts), indent=1)
        if facts and json.loads(text) != self.facts():
            self._write(self._runs / "facts.json", text.encode())

    def recipe(self) -> dict[str, Any]:
        """The recipe that the folder holds. Raises StoreError if there is none."""
        path = self._runs / "recipe.json"
        if not path.exists():
            raise StoreError(
                f"there are no runs in {self.folder}; make them with `blackbox run STUDY.toml`"
            )
        held: dict[str, Any] = json.loads(path.read_text())
        return held

    def __contains__(self, key: str) -> bool:
        """Whether the run of this key is finished."""
        return self._path(key).exists()

    def save(self, key: str, trace: Trace) -> None:
        """Write a finished run; a reader sees all of it or nothing."""
        columns: dict[str, Any] = {name: getattr(trace, name) for name in COLUMNS}
        flat = pa.array(np.ascontiguousarray(trace.z).ravel())
        columns["z"] = pa.FixedSizeListArray.from_arrays(flat, trace.dim)
        if trace.grad_valid is not None:
            columns["grad_valid"] = trace.grad_valid
        columns |= {f"criterion:{name}": values for name, values in trace.criteria.items()}
        header: dict[str, Any] = {name: getattr(trace, name) for name in HEADER}
        header |= {
            "format": FORMAT,
            "price": dataclasses.asdict(trace.price),
            "status": str(trace.status),
            "versions": dict(trace.versions),
            "directions": dict(trace.directions),
            "machine": dict(trace.machine),
            "peak_memory_mb": trace.peak_memory_mb,
            "unknown": trace.unknown,
            "n_called": trace.n_called,
            "noise": trace.noise,
            "scoring": dict(trace.scoring),
            "prior": trace.prior,
            "truth": trace.path.truth if trace.path else "",
            "limits": dict(trace.path.limits) if trace.path else {},
        }
        metadata = {"blackbox": json.dumps(header), "arrays": _packed(_arrays(trace))}
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns).replace_schema_metadata(metadata), buffer)
        self._write(self._path(key), buffer.getvalue())

    def load(self, key: str) -> Trace:
        """The trace of a finished run. Raises StoreError where the file cannot be read."""
        return _read(self._path(key))

    def traces(self) -> Iterator[Trace]:
        """Every finished run, in the order of its file's name."""
        for path in sorted(self._runs.glob("*.parquet")):
            yield _read(path)

    def _path(self, key: str) -> Path:
        return self._runs / f"{key}.parquet"

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(content)
        os.replace(partial, path)


def _arrays(trace: Trace) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    if trace.x:
        arrays |= {"x_rows": np.array(list(trace.x)), "x": np.stack(list(trace.x.values()))}
    if trace.path is not None:
        arrays |= {"path_rows": trace.path.rows}
        arrays |= {f"judged:{name}": values for name, values in trace.path.judged.items()}
        for name in ("objects", "drawn", "true"):
            if (seen := getattr(trace.path, name)) is not None:
                arrays[name] = seen
    return arrays


def _packed(arrays: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _read(path: Path) -> Trace:
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
