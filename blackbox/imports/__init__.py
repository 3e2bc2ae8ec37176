"""Logs of other tools as traces, so that their results stand in the same tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blackbox.errors import LogError
from blackbox.formats import LOGS
from blackbox.imports import coco, ioh, tables
from blackbox.imports.records import as_traces
from blackbox.spelling import suggestion
from blackbox.trace import Trace


def read(
    path: Path,
    format: str = "csv",
    maximize: bool | None = None,
    columns: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> list[Trace]:
    """The runs of a log. Raises LogError for what is missing or cannot be understood."""
    if format not in LOGS:
        raise LogError(f"unknown format {format!r}{suggestion(format, LOGS)}")
    if not path.exists():
        raise LogError(f"there is no log {path}")
    if format == "csv":
        if maximize is None:
            raise LogError(
                "a csv does not say which end is better: maximize=True or False (on the command "
                "line, --maximize or --minimize)"
            )
        traces = as_traces(tables.read_long(path, maximize, columns or {}, fixed or {}))
    elif maximize is not None or columns or fixed:
        raise LogError(
            f"maximize, columns and fixed are for csv: a log of {format} has columns of its own, "
            "and its own sign of what is better"
        )
    else:
        readers = {"nevergrad": tables.read_nevergrad, "coco": coco.read, "ioh": ioh.read}
        traces = as_traces(readers[format](path))
    if not traces:
        raise LogError(f"{path} holds no runs")
    return traces
