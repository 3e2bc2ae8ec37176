"""What the page says, each with the numbers that it rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.pages import Figures, PageFrames

# The kappa that decides, by the directions along which the scorer is asked.
KAPPA = {"isotropic": "kappa", "tangent": "tangent kappa"}
LAWS = {"direct": "d"} | KAPPA  # an estimate from q directions has the variance (1 + this) / q
NEAR = 1.25  # kappa within this factor of d is neither above nor below it
EXAMPLE = "linear, 60 to 3"


def duels(frames: PageFrames, estimate: str) -> pd.DataFrame:
    """Climbs of an estimate against direct ones, with kappa / d over the points of each."""
    points, climbs = frames.points, frames.climbs
    points["kappa over d"] = np.log(points[KAPPA.get(estimate, "kappa")] / points["d"])
    ratio = np.exp(points.groupby("objective")["kappa over d"].mean())
    rows = climbs[climbs["estimate"] == estimate]
    return rows.assign(**{"kappa over d": rows["objective"].map(ratio)}).set_index("objective")


def pointwise(frames: PageFrames) -> tuple[int, int]:
    """At how many points the criterion names the estimate of less variance, and of how many."""
    points, right, clear = frames.points, 0, 0
    for estimate, kappa in KAPPA.items():
        away = points[abs(np.log(points[kappa] / points["d"])) > np.log(NEAR)]
        right += int(((away[estimate] < away["direct"]) == (away[kappa] < away["d"])).sum())
        clear += len(away)
    return right, clear


def tally(rows: pd.DataFrame) -> dict[str, int]:
    """How many climbs are better than direct ones, worse, and level with them."""
    won, lost = int((rows["low"] > 0).sum()), int((rows["high"] < 0).sum())
    return {"n": len(rows), "won": won, "lost": lost, "level": len(rows) - won - lost}


def the_rule_holds_at_points_and_not_in_climbs(frames: PageFrames) -> Figures:
    """All points obey the rule; of the climbs to which it promises a gain, few have one."""
    right, clear = pointwise(frames)
    rows = pd.concat([duels(frames, estimate) for estimate in KAPPA])
    counts = tally(rows[rows["kappa over d"] < 1 / NEAR])
    if right == clear and counts["won"] <= counts["lost"]:
        yield {"points": clear} | counts


def variances_are_as_theory_says(frames: PageFrames) -> Figures:
    """The mean of the measured variance over the predicted one is near 1 for each estimate."""
    points = frames.points
    means = {name: (points[name] / (1 + points[law])).mean() for name, law in LAWS.items()}
    if all(0.8 < mean < 1.25 for mean in means.values()):
        yield means


def a_rate_makes_up_for_variance(frames: PageFrames) -> Figures:
    """On the example chained climbs are far ahead at a small rate, and level at the best ones."""
    rates, climbs, both = frames.rates, frames.climbs, list(KAPPA)
    least = float(rates["rate"].min())
    small = rates[(rates["objective"] == EXAMPLE) & (rates["rate"] == least)].set_index("estimate")
    best = climbs[climbs["objective"] == EXAMPLE].set_index("estimate")
    level = (best.loc[both, "low"] < 0).all() and (best.loc[both, "high"] > 0).all()
    if level and (small.loc[both, "low"] > 0).all():
        ends = {f"{one}_best": best.loc[one, "log10 regret"] for one in LAWS}
        yield ends | {one: small.loc[one, "log10 regret"] for one in LAWS} | {"rate": least}


def what_direct_errs_more_is_not_seen(frames: PageFrames) -> Figures:
    """On the example direct estimates vary many times more, and once decoded as much."""
    points = frames.points[frames.points["objective"] == EXAMPLE]
    before = (points["direct"] / points["isotropic"]).mean()
    after = (points["direct, seen"] / points["isotropic, seen"]).mean()
    if before > 10 and 1 / NEAR < after < NEAR:
        yield {"before": before, "after": after}


def as_a_warning_it_serves(frames: PageFrames) -> Figures:
    """Where kappa is well above d chained climbs lose on most objectives, and win on none."""
    rows = pd.concat([duels(frames, estimate) for estimate in KAPPA])
    counts = tally(rows[rows["kappa over d"] > NEAR])
    if counts["won"] == 0 and counts["lost"] > counts["n"] / 2:
        yield counts


def the_others(frames: PageFrames) -> Figures:
    """One pair a step is better on most objectives; secants are on digits, and only there."""
    pair, hybrid = (duels(frames, name) for name in ("direct, one pair", "hybrid"))
    wins = hybrid[hybrid["low"] > 0]
    if tally(pair)["won"] > len(pair) / 2 and all("digits" in name for name in wins.index):
        least = {"digits_low": wins["gain"].min(), "digits_high": wins["gain"].max()}
        yield tally(pair) | least | {"hybrid_lost": tally(hybrid)["lost"]}


def settings(frames: PageFrames) -> Figures:
    """What was set: as many seeds and rates as it says."""
    counted = frames.rates.groupby(["objective", "estimate"])["rate"].nunique()
    seeds, tuning = set(frames.climbs["seeds"]), set(frames.rates["seeds"])
    values = {name: frames.setting(name) for name in ("budget", "seeds", "rates")}
    values |= {"tuning": frames.setting("tuning seeds"), "low": frames.rates["rate"].min()}
    if (seeds, tuning, set(counted)) == tuple({values[n]} for n in ("seeds", "tuning", "rates")):
        yield values | {"high": frames.rates["rate"].max()}
