"""Six parameters of an external program, one of its outputs limited: the best as JSON."""

import argparse
import sys
from pathlib import Path

import blackbox as bb

parameters = bb.Parameters(
    temperature=bb.Real(20, 95, unit="degC"),
    flow=bb.Real(1, 20, unit="L/min"),
    volume=bb.Real(50, 2000, unit="L", default=500),
    dose=bb.Real(1e-4, 1, log=True, unit="mol/L"),
    tanks=bb.Integer(1, 6),
    catalyst=bb.Choice("acid", "base", "enzyme"),
)
# It reads the values as one line of JSON, and prints its profit, and its waste in mol/min.
reactor = bb.command([sys.executable, Path(__file__).with_name("reactor.py")], timeout=60)
plant = bb.Objective(
    reactor, space=parameters, constraints={"waste": bb.AtMost(0.25)}, noise=False, name="plant"
)

if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--budget", type=int, default=60)
    asked.add_argument("--jobs", type=int, default=1, help="programs that run side by side")
    given = asked.parse_args()
    study = bb.compare(plant, "auto", given.budget, seeds=1, jobs=given.jobs)
    best = study.best()[["score", *(f"param_{name}" for name in parameters)]]
    best.columns = best.columns.str.removeprefix("param_")
    print(best.to_json(orient="records", lines=True), end="")
