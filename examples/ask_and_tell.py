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
    heat, hours = sheet["temperature"], sheet["hours"]
    sheet["yield"] = -((heat - 60) ** 2) / 100 + hours - 5 * (hours > 8)  # what you would measure
    lab.tell(sheet)
print(lab.best())
print(bb.session(folder="lab").history.tail(3))  # opened again, in another process or in a month
