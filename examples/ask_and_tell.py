"""
Ask and tell
============

A search that a person answers, with a folder that keeps every word.
"""

import blackbox as bb

parameters = bb.Parameters(
    temperature=bb.Real(20, 95, unit="degC"),
    hours=bb.Integer(1, 12),
    solvent=bb.Choice("water", "ethanol"),
)
lab = bb.session("bayes_opt", parameters, budget=15, folder="lab", score="yield")
while lab.remaining:
    sheet = lab.ask()  # a frame, to print or to write to a csv
    sheet["yield"] = [  # what you would measure
        -((row.temperature - 60) ** 2) / 100 + row.hours - (row.hours > 8) * 5
        for row in sheet.itertuples()
    ]
    lab.tell(sheet)
print(lab.best())
print(bb.session(folder="lab").history.tail(3))  # opened again, in another process or in a month
