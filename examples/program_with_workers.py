"""
An external program, four at a time
===================================

Six parameters; the program sometimes crashes and sometimes hangs, and the study is resumed.
"""

import sys
from pathlib import Path

import blackbox as bb

PROGRAM = """
import json, sys, time
p = json.loads(sys.stdin.readline())
if p["a"] > 0.95:
    sys.exit("the mesh is broken")
if p["b"] > 0.97:
    time.sleep(60)
print(-sum((value - 0.3) ** 2 for name, value in p.items() if name != "kind") - (p["kind"] == "y"))
"""

if __name__ == "__main__":  # workers import this file
    Path("program.py").write_text(PROGRAM)
    parameters = bb.Parameters(
        **{name: bb.Real(0, 1) for name in "abcd"}, n=bb.Integer(0, 3), kind=bb.Choice("x", "y")
    )
    program = bb.command([sys.executable, "program.py"], timeout=5)
    plant = bb.Objective(program, space=parameters, noise=False, name="program")
    for budget in (12, 24):  # the second continues the first: nothing is called twice
        study = bb.compare(plant, "random_search", budget, seeds=2, jobs=4, store="calls")
        print(len(study.evaluations), "calls,", int(study.runs.n_invalid.sum()), "without a score")
    print(study.best().filter(like="param_"))
    figure = study.plot("curves")
