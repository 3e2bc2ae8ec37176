"""What do searches find that are paid for the truth of a picture? They should find real digits.

    python -m tests.campaigns.truths tests/campaigns/truths.md

Every strategy is paid for the true thickness itself, on each
decoder: where the truth were wrong anywhere within its reach, this would find it. And a search in
the pixels is paid for a network's belief in a two, and then asked for its truth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.objectives import digits, mnist
from blackbox.objectives.pictures import judges
from blackbox.objectives.pictures.family import Family
from blackbox.results.writing.markdown import to_markdown

FAMILIES = {"digits": digits, "mnist": mnist}
DECODERS = ("vae", "gan", "flow")
STRATEGIES = ("cma_es", "nevergrad:TwoPointsDE", "particle_swarm")
BUDGET, SEEDS = 200, 2
FOOLED = "gradient_ascent"


def paid_for_truth(
    family: str, decoders: tuple[str, ...], strategies: tuple[str, ...], budget: int, seeds: int
) -> pd.DataFrame:
    """One row per decoder: of the bests of all strategies, how thick, and what judges make of it.

    `near` is the share that the detectors find no farther than 95 % of real digits, `seen` where
    one classifier at least gives some digit more than a half, `agreed` where all name the same.
    """
    rows = []
    for decoder in decoders:
        asked = f"{family}.thickness(reads='truth', decoder='{decoder}')"
        best = bb.compare(asked, list(strategies), budget, seeds).best(each="run")
        x = torch.tensor(np.stack(best["x"].tolist())).float()
        rows.append({"family": family, "decoder": decoder, **_seen(FAMILIES[family].FAMILY, x)})
        rows[-1] |= {"thickest": best["score"].max(), "median": best["score"].median()}
    return pd.DataFrame(rows)


def _seen(family: Family, x: torch.Tensor) -> dict[str, float]:
    believed = judges.beliefs(family, x)
    named, shown = believed.argmax(dim=2), judges.seen(family, x)
    near = torch.ones(len(x), dtype=torch.bool)
    for detector in family.detectors("none").values():
        near &= detector.measure(x, shown) <= detector.high
    return {
        "bests": float(len(x)),
        "near": float(near.double().mean()),
        "seen": float((believed.exp().amax(dim=(0, 2)) > 0.5).double().mean()),
        "agreed": float((named == named[0]).all(dim=0).double().mean()),
    }


def fooled(family: str, budget: int, seeds: int) -> pd.DataFrame:
    """One row: sevens whose pixels were made twos of, by the scorer, the judges and the truth."""
    asked = f"{family}.digit(target=2, source=7, reads='picture', decoder='none')"
    row = bb.compare(asked, [FOOLED], budget, seeds).exploitation().iloc[0]
    names = ["judge_digit", "judge_unanimous", "judge_harsh", "true_refused", "rho"]
    return pd.DataFrame([{"family": family, "score": row["score_best"], **row[names]}])


def page() -> str:
    """Both tables, in Markdown."""
    thick = [paid_for_truth(name, DECODERS, STRATEGIES, BUDGET, SEEDS) for name in FAMILIES]
    twos = [fooled(name, BUDGET, 5 * SEEDS) for name in FAMILIES]
    small, large = digits.STROKES.thickness, mnist.STROKES.thickness
    return f"""# Truths, searched

Written by `python -m tests.campaigns.truths tests/campaigns/truths.md`.

## Paid for the true thickness

Each of {", ".join(STRATEGIES)} had {BUDGET} evaluations and {SEEDS} seeds. In pixels, real
training digits have {small[0]} to {small[1]} (8 x 8) and {large[0]} to {large[1]} (MNIST). *Near*:
no detector finds it farther than 95 % of real digits. *Seen*: some classifier gives a digit more
than a half. *Agreed*: all classifiers name the same one.

{to_markdown(pd.concat(thick).round(2))}
## Paid for a classifier's belief, in pixels

`{FOOLED}` made twos of {5 * SEEDS} sevens, {BUDGET} units each. The majority of the classifiers is
`judge_digit`.

{to_markdown(pd.concat(twos).round(2))}"""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
