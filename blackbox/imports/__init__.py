"""Logs of other tools as traces, so that their results stand in the same tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox.errors import LogError
from blackbox.formats import LOGS
from blackbox.imports import coco, exported, ioh, long, nevergrad, optuna
from blackbox.imports.long import Asked, Source
from blackbox.imports.records import as_traces
from blackbox.imports.remarks import remarks
from blackbox.imports.sources import opened
from blackbox.spelling import suggestion
from blackbox.trace import Trace

NOT_SAID = (
    "a csv does not say which end is better: maximize=True or False (on the command line, "
    "--maximize or --minimize)"
)


def read(
    source: Source,
    format: str,
    maximize: bool | None,
    columns: Mapping[str, str],
    fixed: Mapping[str, Any],
    notices: list[str],
) -> list[Trace]:
    """The runs of a log; `notices` gets what was assumed, and what looks as if some were missing.

    Raises LogError for what is missing or cannot be understood.
    """
    if format not in LOGS:
        raise LogError(f"unknown format {format!r}{suggestion(format, LOGS)}")
    if not isinstance(maximize, bool | np.bool_ | None):
        raise LogError(f"maximize is True or False, not {maximize!r}")
    if isinstance(source, Path) and not source.exists():
        raise LogError(f"there is no log {source}")
    is_export = format == "parquet" or (format == "csv" and exported.is_one(source))
    if not is_export and format in ("csv", "optuna"):
        return _of_table(source, format, maximize, columns, fixed, notices)
    if (maximize is not None and not is_export) or columns or fixed:
        raise LogError(
            f"maximize, columns and fixed are for csv: a log of {format} has columns of its own, "
            "and its own sign of what is better"
        )
    if is_export:
        return exported.read(source, maximize, notices)
    if format == "nevergrad":
        records = nevergrad.read_nevergrad(source, notices)
    elif isinstance(source, pd.DataFrame):
        raise LogError(f"a log of {format} is a folder, not a frame")
    else:
        reader = coco.read if format == "coco" else ioh.read
        records = list(reader(opened(source), notices))
    return _traces(records, source, notices)


def _of_table(
    source: Source,
    format: str,
    maximize: bool | None,
    columns: Mapping[str, str],
    fixed: Mapping[str, Any],
    notices: list[str],
) -> list[Trace]:
    if maximize is None:
        raise LogError(NOT_SAID.replace("a csv", f"a log of {format}"))
    if format == "optuna":
        asked = Asked(bool(maximize), columns, fixed, optuna.NAMES)
        return _traces(optuna.read_optuna(source, asked, notices), source, notices)
    asked = Asked(bool(maximize), columns, fixed)
    return _traces(long.read_long(source, asked, notices), source, notices)


def _traces(records: Any, source: Source, notices: list[str]) -> list[Trace]:
    if not records:
        name = "the frame" if isinstance(source, pd.DataFrame) else source
        raise LogError(f"{name} holds no runs")
    notices.extend(remarks(records))
    return as_traces(records)
