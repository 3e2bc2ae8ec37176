"""A laboratory that is asked and tells by a csv: run it again whenever results are filled in.

The first run writes `next.csv`: a row for each trial, with an empty column for each result. Fill in
what you measured ("failed": a trial gave nothing; empty: not there yet), and run it again, after a
crash or in a month. The folder `lab/` keeps every word, `told-N.csv` are the sheets that were told.
"""

import argparse
from pathlib import Path

import pandas as pd

import blackbox as bb

RESULTS = ["yield", "impurity"]
parameters = bb.Parameters(
    temperature=bb.Real(20, 95, unit="degC"),
    dose=bb.Real(1e-4, 1e-1, log=True, unit="mol/L"),
    hours=bb.Integer(1, 12),
    solvent=bb.Choice("water", "ethanol", "toluene"),
)

if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path, nargs="?", default=Path())
    folder = asked.parse_args().folder
    pure, place = {"impurity": bb.AtMost(0.05)}, folder / "lab"
    session = bb.session(
        "bayes_opt", parameters, 30, place, score="yield", constraints=pure, noise=True
    )
    sheet = folder / "next.csv"
    if sheet.exists() and (n := session.tell(pd.read_csv(sheet))):
        print(f"{n} new results, {session.remaining} to go")
        sheet.rename(folder / f"told-{len(session.history)}.csv")
    if not sheet.exists():
        session.ask().assign(**dict.fromkeys(RESULTS)).to_csv(sheet, index=False)
    print(session.best().to_string(index=False))
