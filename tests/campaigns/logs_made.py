"""Logs of every kind that is read, written by hand or exported, whose bests are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.campaigns import log_mutators as mutators
from tests.conftest import make_trace
from tests.results.studies import comparison

CELLS = [(f, a, s) for f in ("F1", "F2") for a in ("alpha", "beta") for s in range(3)]
ROWS, DIM = 12, 4
Losses = Mapping[tuple[str, str, int], Any]


@dataclass(frozen=True, eq=False)
class Log:
    """A log, what it is read with, and the bests of its runs in their order of size."""

    kind: str
    path: Path
    format: str
    bests: list[float]
    asked: Mapping[str, Any] = field(default_factory=dict)
    keeping: Mapping[str, mutators.Text] = field(default_factory=dict)
    suffixes: tuple[str, ...] = (".csv",)
    is_dense: bool = True  # has a row for each evaluation, or says how many there were
    is_text: bool = True


def losses() -> Losses:
    """Losses of each run, `[ROWS]`, of six digits."""
    rng = np.random.default_rng(5)
    return {cell: np.round(rng.exponential(3, ROWS) + 0.0123, 6) for cell in CELLS}


def made_logs(here: Path) -> list[Log]:
    """One log of each kind, in a folder of its own."""
    runs = losses()
    lowest = sorted(float(values.min()) for values in runs.values())
    made = [
        _long(here, runs, lowest),
        _improvements(here, runs, lowest),
        _nevergrad(here, runs, lowest),
        _optuna(here, runs),
        _coco(here, runs, lowest),
        _ioh(here, runs, lowest),
    ]
    return [*made, *_exported(here, runs)]


def _file(here: Path, kind: str, text: str) -> Path:
    folder = here / kind.replace(" ", "_")
    folder.mkdir(parents=True)
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _long(here: Path, runs: Losses, lowest: list[float]) -> Log:
    rows = ["neval,fval,fname,algname,dim,run,n_gradients"]
    for (f, a, s), values in runs.items():
        rows += [f"{n},{v!r},{f},{a},{DIM},{s},{n // 2}" for n, v in enumerate(values.tolist(), 1)]
    path = _file(here, "long csv", "\n".join([*rows, ""]))
    keeping = {**mutators.OF_TABLES, **mutators.OF_LONG_TABLES}
    return Log("long csv", path, "csv", lowest, {"maximize": False}, keeping)


def _improvements(here: Path, runs: Losses, lowest: list[float]) -> Log:
    rows = ["neval,fval,fname,algname,dim,run"]
    for (f, a, s), values in runs.items():
        best = np.minimum.accumulate(values)
        steps = [n for n in range(ROWS) if n in (0, ROWS - 1) or best[n] < best[n - 1]]
        rows += [f"{n + 1},{best[n].item()!r},{f},{a},{DIM},{s}" for n in steps]
    path = _file(here, "csv of improvements", "\n".join([*rows, ""]))
    keeping = {**mutators.OF_TABLES, **mutators.OF_LONG_TABLES}
    asked = {"maximize": False}
    return Log("csv of improvements", path, "csv", lowest, asked, keeping, is_dense=False)


def _nevergrad(here: Path, runs: Losses, lowest: list[float]) -> Log:
    rows = ["loss,elapsed_budget,elapsed_time,seed,name,rotation,dimension,budget,optimizer_name"]
    for (f, a, s), values in runs.items():
        rows.append(f"{values.min().item()!r},{ROWS},0.25,{s},{f},False,{DIM},{ROWS},{a}")
    path = _file(here, "nevergrad", "\n".join([*rows, ""]))
    return Log("nevergrad", path, "nevergrad", lowest, keeping=mutators.OF_TABLES)


def _optuna(here: Path, runs: Losses) -> Log:
    values = np.concatenate(list(runs.values()))
    rows = ["number,value,datetime_start,duration,params_a,params_b,state"]
    for n, value in enumerate(values.tolist()):
        state = "FAIL" if n == 3 else "PRUNED" if n == 7 else "COMPLETE"
        cell = "" if state == "FAIL" else repr(value)
        rows.append(f"{n},{cell},2026-01-01 10:00:0{n % 10},0 days,0.5,{n / 4},{state}")
    counted = np.delete(values, [3, 7])
    path = _file(here, "optuna", "\n".join([*rows, ""]))
    # A date holds a blank, and its own marks.
    keeping = {
        name: change
        for name, change in mutators.OF_TABLES.items()
        if name not in ("semicolons and decimal commas",)
    }
    return Log("optuna", path, "optuna", [float(counted.min())], {"maximize": False}, keeping)


def _coco(here: Path, runs: Losses, lowest: list[float]) -> Log:
    """As COCO's own logger writes it: differences to the optimum, which is 0 here."""
    root = here / "coco"
    header = "% f evaluations | g evaluations | best noise-free fitness - Fopt (0.0e+00) + sum g_i+"
    for algorithm in ("alpha", "beta"):
        for number in (1, 2):
            data = root / algorithm / f"data_f{number}"
            data.mkdir(parents=True)
            texts = {".dat": "", ".tdat": ""}
            entries = [f"data_f{number}/bbobexp_f{number}_DIM{DIM}.dat"]
            for instance in range(3):
                best = np.minimum.accumulate(runs[f"F{number}", algorithm, instance])
                entries.append(f"{instance + 1}:{ROWS}|{best[-1]:.1e}")
                for ending in texts:
                    texts[ending] += f"{header} | measured | best | x1\n"
                    improves = np.append(True, np.diff(best) < 0)
                    improves[-1] = True
                    chosen = improves if ending == ".dat" else np.ones(ROWS, bool)
                    for n in np.flatnonzero(chosen):
                        texts[ending] += (
                            f"{n + 1} 0 {best[n]:+10.9e} {best[n]:+10.9e} {best[n]:+10.9e}\n"
                        )
            for ending, text in texts.items():
                (data / f"bbobexp_f{number}_DIM{DIM}{ending}").write_text(text)
            info = f"suite = 'bbob', funcId = {number}, DIM = {DIM}, Precision = 1.000e-08\n%\n"
            index = root / algorithm / f"bbobexp_f{number}.info"
            index.write_text(f"{info}{', '.join(entries)}\n")
    endings = (".info", ".dat", ".tdat")
    return Log("coco", root, "coco", lowest, {}, mutators.OF_COCO, endings)


def _ioh(here: Path, runs: Losses, lowest: list[float]) -> Log:
    """As IOHexperimenter writes it, without what our export adds."""
    root = here / "ioh"
    for algorithm in ("alpha", "beta"):
        for number in (1, 2):
            data = f"data_f{number}_F{number}/IOHprofiler_f{number}_DIM{DIM}.dat"
            (root / algorithm / data).parent.mkdir(parents=True)
            rows, listed = "", []
            for instance in range(3):
                values = runs[f"F{number}", algorithm, instance].tolist()
                rows += "evaluations raw_y\n"
                rows += "".join(f"{n} {value:.10f}\n" for n, value in enumerate(values, 1))
                best = {"evals": int(np.argmin(values)) + 1, "y": min(values), "x": []}
                listed.append({"instance": instance + 1, "evals": ROWS, "best": best})
            (root / algorithm / data).write_text(rows)
            described = {
                "version": "0.3.22",
                "suite": "unknown_suite",
                "function_id": number,
                "function_name": f"F{number}",
                "maximization": False,
                "algorithm": {"name": algorithm, "info": "algorithm_info"},
                "attributes": ["evaluations", "raw_y"],
                "scenarios": [{"dimension": DIM, "path": data, "runs": listed}],
            }
            file = root / algorithm / f"IOHprofiler_f{number}_F{number}.json"
            file.write_text(json.dumps(described, indent=1))
    return Log("ioh", root, "ioh", lowest, suffixes=(".json", ".dat"))


def _exported(here: Path, runs: Losses) -> list[Log]:
    """The same runs as a study of ours, exported in each format."""
    traces = []
    for (objective, strategy, seed), values in runs.items():
        changes: dict[str, Any] = {"objective": objective, "budget": 20.0, "seed": seed}
        gradients = np.arange(ROWS) % 3 == 0
        score = np.where(np.arange(ROWS) == 2, np.nan, -values)
        traces.append(make_trace(score, gradients=gradients, strategy=strategy, **changes))
    study = comparison(traces)
    ends = sorted(study.runs["best"].tolist())
    logs = []
    for format in ("csv", "parquet", "coco", "ioh", "nevergrad"):
        folder = study.export(here / f"our_{format}", format)
        suffixes = {"coco": (".info", ".dat", ".tdat"), "ioh": (".json", ".dat")}
        keeping = {"csv": mutators.OF_TABLES, "coco": mutators.OF_COCO}.get(format, {})
        path = folder / "nevergrad.csv" if format == "nevergrad" else folder
        logs.append(
            Log(
                f"our {format}",
                path,
                format,
                ends,
                keeping=dict(keeping),
                suffixes=suffixes.get(format, (".csv", ".parquet")),
                is_text=format != "parquet",
            )
        )
    return logs
