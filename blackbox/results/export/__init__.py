"""Exports: the frames of a study as the files that other tools read, one format a line here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd

from blackbox.errors import ExportError
from blackbox.results.export import coco, ioh, tidy
from blackbox.spelling import suggestion

FORMATS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, Path, Collection[str]], None]] = {
    "coco": coco.write,
    "csv": tidy.write_csv,
    "ioh": ioh.write,
    "nevergrad": tidy.write_nevergrad,
    "parquet": tidy.write_parquet,
}


def write(
    runs: pd.DataFrame,
    evaluations: pd.DataFrame,
    folder: Path,
    format: str,
    losses: Collection[str] = (),
) -> Path:
    """Write both frames, at one price, into a new folder; the folder, which is whole or absent.

    The levels of `losses`, names of objectives, are minus what their scorer returned in the frames,
    but for csv and parquet, which are written as they are.

    Raises ExportError for an unknown format, a folder that is not empty, an empty study, or what
    the format cannot hold.
    """
    if format not in FORMATS:
        raise ExportError(f"unknown format {format!r}{suggestion(format, FORMATS)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is in use; name a folder that is new or empty")
    if not len(runs):
        raise ExportError("this study has no runs, so there is nothing to export")
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        FORMATS[format](runs, evaluations, partial, losses)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
    except OSError as error:
        what = f"the runs cannot be exported to {folder}: {error.strerror or error}"
        raise ExportError(
            f"{what}; make room there, or name a folder that can be written"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
