"""Bayesian optimization against its peers: the cost of a step, whole runs, agreement, quality.

    pip install -c constraints.txt -e ".[all]" optuna==5.0.0 ax-platform==1.3.1
    python -m tests.benchmarks.bayes_opt steps        # (a) milliseconds an iteration, all peers
    python -m tests.benchmarks.bayes_opt whole        # (b) 200 evaluations, 20 seeds, d = 20
    python -m tests.benchmarks.bayes_opt agreement    # (c) the same loss, the same maximum
    python -m tests.benchmarks.bayes_opt quality      # (d) 20 paired seeds; can be interrupted
    python -m tests.benchmarks.bayes_opt table        # README.md of the parts that are there

Not a test: it takes an hour or more, and its figures depend on the machine. Each part writes
`<part>.csv`, and what it ran under to `conditions.csv`. Run `steps` and `whole` on an idle machine.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import logging
import os
import platform
import shlex
import sys
import warnings
from pathlib import Path

import pandas as pd

from tests.benchmarks import agreement, cost, quality, tables

FOLDER = Path(__file__).resolve().parents[2] / "reports" / "speed"
PACKAGES = (
    *("numpy", "scipy", "torch", "botorch", "gpytorch", "linear_operator"),
    *("optuna", "ax-platform"),
)


def main() -> None:
    """Run one part, and write what it found."""
    warnings.simplefilter("ignore")  # peers warn of their own business, and Ax logs each step
    logging.disable(logging.WARNING)
    given = _parser().parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.part == "table":
        (given.folder / "README.md").write_text(tables.readme(given.folder))
        return
    before = os.getloadavg()[0]
    match given.part:
        case "steps":
            frame = cost.steps(given.sizes, given.landscapes, given.points)
        case "whole":
            frame = cost.whole(given.seeds, given.budget, given.plain_seeds, given.plain_budget)
        case "agreement":
            frame = agreement.run()
        case "quality":
            if not given.only_collect:
                quality.run(
                    given.folder, given.objectives, given.strategies,
                    given.budget, given.seeds, given.jobs,
                )  # fmt: skip
            frame = quality.collect(given.folder)
    frame.to_csv(given.folder / f"{given.part}.csv", index=False, float_format="%.15g")
    _note(given.folder / "conditions.csv", given.part, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: reports/speed")
    parts = parser.add_subparsers(dest="part", required=True)
    steps = parts.add_parser("steps", help="(a) milliseconds an iteration")
    steps.add_argument("--sizes", type=int, nargs="+", default=[20, 50, 100, 200, 400])
    steps.add_argument("--landscapes", nargs="+", default=list(cost.LANDSCAPES))
    steps.add_argument("--points", nargs="+", choices=cost.POINTS, default=list(cost.POINTS))
    whole = parts.add_parser("whole", help="(b) whole runs")
    whole.add_argument("--seeds", type=int, default=20)
    whole.add_argument("--budget", type=int, default=200)
    whole.add_argument("--plain-seeds", type=int, default=2, help="of the loop run up to n = 45")
    whole.add_argument("--plain-budget", type=int, default=45)
    parts.add_parser("agreement", help="(c) MAP losses and maxima of LogEI")
    paired = parts.add_parser("quality", help="(d) paired seeds")
    paired.add_argument("--objectives", nargs="+", default=list(quality.OBJECTIVES))
    everyone = [*quality.OURS, quality.PEER]
    paired.add_argument("--strategies", nargs="+", default=everyone, help="others keep their rows")
    paired.add_argument("--budget", type=int, default=100)
    paired.add_argument("--seeds", type=int, default=20)
    paired.add_argument("--jobs", type=int, default=2)
    paired.add_argument("--only-collect", action="store_true", help="of an interrupted run")
    parts.add_parser("table", help="write README.md from the csv files")
    return parser


def _note(path: Path, part: str, load_before: float) -> None:
    """Write beside the results what they were run with; one row per command."""
    said = sys.argv[1:] if "--folder" not in sys.argv else sys.argv[3:]  # no paths of a machine
    command = shlex.join(["python", "-m", "tests.benchmarks.bayes_opt", *said])
    row = {
        "part": part,
        "command": command,
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()}",
        "versions": ", ".join(_versions()),
    }
    others = pd.read_csv(path).query("command != @command") if path.exists() else pd.DataFrame()
    pd.concat([others, pd.DataFrame([row])]).to_csv(path, index=False)


def _processor() -> str:
    named = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return named[0] if named else platform.machine()


def _versions() -> list[str]:
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return found


if __name__ == "__main__":
    main()
