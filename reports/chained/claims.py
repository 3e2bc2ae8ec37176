"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames
from blackbox.pages.estimate import digits, signed

# The kappa that decides, by the directions along which the scorer is asked.
KAPPA = {"isotropic": "kappa", "tangent": "tangent kappa"}
LAWS = {"direct": "d"} | KAPPA  # an estimate from q directions has the variance (1 + this) / q
NEAR = 1.25  # kappa within this factor of d is neither above nor below it
EXAMPLE = "linear, 60 to 3"


def geometric(points: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Geometric means over the points of each objective."""
    logs = points.set_index("objective")[[*columns]].astype(float).transform(np.log)
    return logs.groupby("objective", sort=False).mean().transform(np.exp)


def duels(frames: PageFrames, *estimates: str) -> pd.DataFrame:
    """Climbs of estimates against direct ones, with kappa / d over the points of each."""
    means = geometric(frames.points, LAWS.values())
    kappas = {one: means[KAPPA.get(one, "kappa")] / means["d"] for one in estimates}
    over_d = pd.concat(kappas, names=["estimate"]).rename("kappa over d")
    climbs = frames.climbs.join(over_d, on=["estimate", "objective"], how="inner")
    return climbs.set_index("objective")


def tally(rows: pd.DataFrame) -> dict[str, int]:
    """How many climbs are better than direct ones, worse, and level with them."""
    won, lost = int((rows["gain_low"] > 0).sum()), int((rows["gain_high"] < 0).sum())
    return {"n": len(rows), "won": won, "lost": lost, "level": len(rows) - won - lost}


def the_rule_holds_at_points_and_not_in_climbs(frames: PageFrames) -> Figures:
    """All points obey the rule; of the climbs to which it promises a gain, few have one."""
    points, rows = frames.points, duels(frames, *KAPPA)
    theory = pd.concat([points[kappa] / points["d"] for kappa in KAPPA.values()])
    measured = pd.concat([points[estimate] / points["direct"] for estimate in KAPPA])
    clear = abs(np.log(theory)) > np.log(NEAR)
    counts = tally(rows[rows["kappa over d"] < 1 / NEAR])
    obeyed = (theory < 1) == (measured < 1)
    if obeyed[clear].all() and counts["won"] <= counts["lost"]:
        yield {"points": clear.sum()} | counts


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
    level = (best.loc[both, "gain_low"] < 0).all() and (best.loc[both, "gain_high"] > 0).all()
    if level and (small.loc[both, "gain_low"] > 0).all():
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
    rows = duels(frames, *KAPPA)
    counts = tally(rows[rows["kappa over d"] > NEAR])
    if counts["won"] == 0 and counts["lost"] > counts["n"] / 2:
        yield counts


def the_others(frames: PageFrames) -> Figures:
    """One pair a step is better on most objectives; secants are on digits, and only there."""
    pair, hybrid = (duels(frames, name) for name in ("direct, one pair", "hybrid"))
    wins = hybrid[hybrid["gain_low"] > 0]
    if tally(pair)["won"] > len(pair) / 2 and all("digits" in name for name in wins.index):
        least = {"digits_low": wins["gain"].min(), "digits_high": wins["gain"].max()}
        yield tally(pair) | least | {"hybrid_lost": tally(hybrid)["lost"]}


def settings(frames: PageFrames) -> Figures:
    """What was set: as many seeds and rates as it says."""
    rates = frames.rates
    counted = {
        "seeds": frames.climbs["seeds"],
        "tuning seeds": rates["seeds"],
        "rates": rates.groupby(["objective", "estimate"])["rate"].nunique(),
    }
    if all((number == frames.setting(name)).all() for name, number in counted.items()):
        it = {name: frames.setting(name) for name in ("budget", "seeds", "rates")}
        it |= {"low": rates["rate"].min(), "high": rates["rate"].max()}
        yield it | {"tuning": frames.setting("tuning seeds")}


def law(frames: PageFrames) -> pd.DataFrame:
    """Geometric means over the points of each objective: kappa, and variances over the law's."""
    points = frames.points
    for estimate, kappa in LAWS.items():
        points[f"{estimate} / law"] = points[estimate] / (1 + points[kappa])
    shown = [*LAWS.values(), *(f"{one} / law" for one in LAWS), *(f"{one}, seen" for one in LAWS)]
    return geometric(points, shown).map(digits).reset_index()


def climbs(frames: PageFrames) -> pd.DataFrame:
    """A row per objective: the decades that each climb wins over the direct one, and its rate."""
    table = frames.climbs
    won = pd.Series([signed(Estimate.of(row, "gain"), 2) for _, row in table.iterrows()])
    direct = table["log10 regret"].map("{:.2f}".format)
    table["won"] = won.mask(table["estimate"] == "direct", direct)
    table["won"] += table["rate"].map(" at {:g}".format)
    wide = table.pivot_table("won", "objective", "estimate", aggfunc="first", sort=False)
    return wide.rename(columns={"direct": "direct: log10 regret"}).reset_index()
