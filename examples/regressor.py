"""
Hit a value of a regressor
==========================

For which patient does a model predict 250, and does another model believe it?
"""

from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

import blackbox as bb

table = load_diabetes(as_frame=True, scaled=False)
half = len(table.data) // 2
model = GradientBoostingRegressor(random_state=0).fit(table.data[:half], table.target[:half])
other = RandomForestRegressor(n_estimators=30, random_state=0)
other.fit(table.data[half:], table.target[half:])

near, far = (
    bb.from_table(model, table.data, goal=250, near=near, judge=other, name=name)
    for name, near in (("near the rows", 1.0), ("anywhere", 0.0))
)
study = bb.compare([near, far], ["random_search", "auto"], budget=60, seeds=3)
columns = ["objective", "strategy", "best", "judge_independent", "judge_distance"]
print(study.runs[columns].groupby(columns[:2]).mean())
figure = study.plot("curves", objective=near.name)
