"""The external program: one line of JSON in, one line of JSON out; it knows nothing of blackbox.

A stirred tank in which a substance reacts: a toy, with the laws of Arrhenius and of first order.
"""

import json
import math
import sys

given = json.loads(sys.stdin.readline())
strength = {"acid": 1.0, "base": 0.7, "enzyme": 1.6}[given["catalyst"]]
kelvin = given["temperature"] + 273.15
per_minute = strength * given["dose"] ** 0.5 * 4e6 * math.exp(-45_000 / (8.314 * kelvin))
if given["catalyst"] == "enzyme" and given["temperature"] > 60:
    per_minute *= 0.1  # it coagulates
minutes = given["volume"] / given["flow"] / given["tanks"]
conversion = 1 - (1 + per_minute * minutes) ** -given["tanks"]
profit = conversion * given["flow"] * 10 - 4 * given["tanks"] - given["volume"] / 50
profit -= 30 * given["dose"] + 0.02 * (given["temperature"] - 20) * given["flow"]
print(json.dumps({"profit": profit, "waste": (1 - conversion) * given["flow"]}))
