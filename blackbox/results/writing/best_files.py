"""The best points of a study as files: numbers as csv and json, points and objects as npz."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.writing.csv_text import to_csv
from blackbox.results.writing.file_names import file_names

MOST = 64  # numbers of a point or an object that csv and json show; all are in the npz
ARRAYS = ("z", "x", "shown")


def best_files(best: pd.DataFrame, digits: int) -> dict[str, bytes]:
    """`best.csv`, `best.json` and `best.npz` of a frame of bests with one row per cell.

    The column `key` leads from the first two to the third: `KEY.z` is the latent point with all its
    digits, `KEY.x` the object or its text, and `KEY.shown` the picture or text made of it, where
    that is another. `z` stands in csv as `z_0`, `z_1`, ... and in json up to 64 numbers; texts that
    are found, or shown, stand in both.
    """
    cells = [f"{row.objective} {row.strategy}" for row in best.itertuples()]
    names = file_names(cells)
    keyed = best.assign(key=[names[cell] for cell in cells])
    return {
        "best.csv": to_csv(_flat(keyed), digits).encode(),
        "best.json": _json(keyed).encode(),
        "best.npz": _npz(keyed),
    }


def _flat(best: pd.DataFrame) -> pd.DataFrame:
    """The frame without arrays: short latent points as columns, texts as they are."""
    short = [z for z in best["z"] if len(z) <= MOST]
    flat = best.drop(columns=list(ARRAYS))
    columns: dict[str, list[Any]] = {
        f"z_{i}": [float(z[i]) if i < len(z) <= MOST else np.nan for z in best["z"]]
        for i in range(max(map(len, short), default=0))
    }
    texts = {name: [_text(one) for one in best[name]] for name in ("x", "shown")}
    if texts["x"] == texts["shown"]:
        del texts["x"]  # a text that is shown as it is
    columns = {name: cells for name, cells in texts.items() if any(cells)} | columns
    return pd.concat([flat, pd.DataFrame(columns, index=best.index)], axis=1)


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else ""


def _json(best: pd.DataFrame) -> str:
    """A list of bests, one object each; what is no number is null, and judges are together."""
    rows = []
    for row in best.to_dict("records"):
        judges = {
            str(name).removeprefix("judge_"): _plain(row[name])
            for name in row
            if str(name).startswith("judge_")
        }
        numbers = {
            name: _plain(value)
            for name, value in row.items()
            if not str(name).startswith("judge_") and name not in ARRAYS
        }
        made = {"z": _plain(row["z"]), "x": _plain(row["x"])}
        text = {"shown": row["shown"]} if isinstance(row["shown"], str) else {}
        rows.append(numbers | {"judges": judges} | made | text)
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """A cell as json has it; an array of many numbers is only in the npz."""
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value.tolist()] if value.size <= MOST else None
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def _npz(best: pd.DataFrame) -> bytes:
    arrays: dict[str, Any] = {}
    for row in best.to_dict("records"):
        for name in ARRAYS:
            value = row[name]
            is_twice = name == "shown" and row["x"] is not None and np.array_equal(value, row["x"])
            if value is not None and not is_twice:
                arrays[f"{row['key']}.{name}"] = np.asarray(value)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()
