"""
Stop before the scorer is fooled
================================

Where the truth stops rising while the score goes on: asked for less, a search is believed more.
"""

import blackbox as bb

objectives = ["digits.thickness(source=3)", "digits.thickness(source=3, target=3.0)"]
searches = ["gradient_ascent", "guarded(strategy='gradient_ascent', guard='sphere')"]
study = bb.compare(objectives, searches, budget=100, seeds=6)
columns = ["objective", "strategy", "predicted_gain", "true_gain", "rho"]
print(study.exploitation()[columns].round(2).to_string())
curve = study.over_optimisation()
for measure, rows in curve[curve.objective == objectives[0]].groupby("measure"):
    mean = rows.groupby("cost")["mean"].mean()
    print(measure, mean.iloc[:: len(mean) // 4].round(2).to_dict())
figure = study.plot("curves", objective=objectives[0])
