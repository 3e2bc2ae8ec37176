"""The same experiment as it was measured before this one, on other trainings of such networks."""

from __future__ import annotations

import pandas as pd

from reports.blog.measure import EARLY, END
from reports.blog.sevens import Search

# A search, its stop, and what was measured then: judged, harsh. 200 starts, four judges.
EARLIER = (
    (Search("none", step="normalised"), EARLY, "0.035", "0.000"),
    (Search("none", rate=0.02), EARLY, "0.060", "0.000"),
    (Search("autoencoder", "code"), EARLY, "0.425", "0.18"),
    (Search("autoencoder"), EARLY, "0.825", "0.60"),
    (Search("vae", "code"), EARLY, "0.76 to 0.80", "0.44 to 0.54"),
    (Search("vae"), EARLY, "0.970", "0.81"),
    (Search("vae", guard="sphere"), EARLY, "1.000", "0.865"),
    (Search("vae", guard="sphere"), END, "1.000", "0.995"),
    (Search("vae", "code", "norm"), END, "1.000", "1.000"),
)


def beside(table: pd.DataFrame) -> pd.DataFrame:
    """Each earlier figure beside that of today; searches that were not made here are left out."""
    rows = []
    for search, stop, judged, harsh in EARLIER:
        mine = table[table["stop"] == stop]
        for column, value in search.label.items():
            mine = mine[mine[column] == value]
        if not len(mine):
            continue
        result = mine.iloc[0]
        row = search.label | {
            "stop": stop,
            "judged then": judged,
            "judged": f"{result['digit']:.3f}",
        }
        rows.append(row | {"harsh then": harsh, "harsh": f"{result['harsh']:.3f}"})
    return pd.DataFrame(rows)
