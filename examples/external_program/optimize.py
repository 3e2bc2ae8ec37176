"""Six parameters of an external program, one of its outputs limited: the best as JSON."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import blackbox as bb

PROGRAM = [sys.executable, str(Path(__file__).with_name("reactor.py"))]

parameters = bb.Parameters(
    temperature=bb.Real(20, 95, unit="degC"),
    flow=bb.Real(1, 20, unit="L/min"),
    volume=bb.Real(50, 2000, unit="L", default=500),
    dose=bb.Real(1e-4, 1, log=True, unit="mol/L"),
    tanks=bb.Integer(1, 6),
    catalyst=bb.Choice("acid", "base", "enzyme"),
)


def outputs(**values: object) -> dict[str, float]:
    """What the program prints of these values: its profit, and its waste in mol/min."""
    line = json.dumps(values)
    done = subprocess.run(PROGRAM, input=line, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


plant = bb.Objective(
    outputs, space=parameters, constraints={"waste": bb.AtMost(0.25)}, noise=False, name="plant"
)

if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--budget", type=int, default=60)
    study = bb.compare(plant, "auto", asked.parse_args().budget, seeds=1)
    best = study.best()[["score", *(f"param_{name}" for name in parameters)]]
    best.columns = best.columns.str.removeprefix("param_")
    print(best.to_json(orient="records", lines=True), end="")
