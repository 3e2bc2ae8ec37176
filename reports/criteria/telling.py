"""The answer of the study in words, chosen by the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.results.writing.cells import ABSENT
from reports.criteria.sweep import MAIN, RIVALS, SETTINGS, Setting
from reports.criteria.worst import TARGET
from reports.pages import with_interval

SURE, UNSURE = 0.95, 0.5  # shares of starts: still sevens, and most of them lost
TITLES = {
    setting.name: (
        f"from {'any digit' if setting.source == 'any' else 'a seven'}, reads the {setting.reads}"
    )
    for setting in SETTINGS
}
CODE = Setting(TARGET, "code")


def boldest(volumes: pd.DataFrame) -> str:
    """The search whose sevens are boldest by the harsh judge."""
    return str(mine(volumes, MAIN)["bold_harsh"].idxmax())


def answer(
    points: pd.DataFrame, volumes: pd.DataFrame, dents: pd.DataFrame, best: str
) -> list[str]:
    """What came out."""
    swept = sweep_of(points, MAIN, best)
    lines = [
        weights_said(swept),
        searches_said(volumes),
        gradients_said(volumes),
        truth_said(volumes),
        code_said(sweep_of(points, CODE, best), volumes),
        dents_said(dents),
    ]
    return [cost_said(swept, best), "\n".join(f"- {line}" for line in lines)]


def cost_said(swept: pd.DataFrame, best: str) -> str:
    """How much boldness costs along the best search's sweep."""
    where = f"The search that makes the boldest sevens ({best}, {TITLES[MAIN.name]})"
    held, lost = swept[swept["kept"] >= SURE], swept[swept["kept"] < UNSURE]
    if not len(held):
        return (
            f"**Boldness costs the seven with every weight.** {where} keeps {SURE:.0%} with none."
        )
    free = held.iloc[int(held["true_gain"].argmax())]
    end = "and no weight that was tried loses it.**"
    if len(lost):
        cliff = lost.iloc[int(lost["true_gain"].argmin())]
        end = f"at {cliff['true_gain']:.1f} px it is lost from {1 - cliff['kept']:.0%} of starts.**"
    real = swept[swept["harsh"] >= SURE]["true_gain"]
    return (
        f"**The first {free['true_gain']:.1f} px cost little of the seven; {end} {where} "
        f"gains {interval(free, 'true_gain')} true px with a share of {free['share']:g} for "
        f"thickness, still a seven to most judges from {interval(free, 'kept')} of starts, and to "
        f"the harsh one from {interval(free, 'harsh')}. "
        + (
            f"The harsh judge goes along up to {real.max():.1f} px."
            if len(real)
            else f"The harsh judge goes along with {SURE:.0%} of starts nowhere."
        )
    )


def weights_said(swept: pd.DataFrame) -> str:
    """Which weights keep the seven, which trade it, which drop it."""
    kinds = {
        "keep it": swept["kept"] >= SURE,
        "trade it": swept["kept"].between(1 - SURE, SURE, inclusive="neither"),
        "drop it": swept["kept"] <= 1 - SURE,
    }
    ranges = [
        f"{listed(rows['share'])} {what_to_do}: {_span(rows['true_gain'], 1)} px, a seven from "
        f"{_span(rows['kept'], 2)} of starts, harsh {_span(rows['harsh'], 2)}"
        for what_to_do, rows in ((what_to_do, swept[which]) for what_to_do, which in kinds.items())
        if len(rows)
    ]
    return (
        "Which weights: a share s for thickness pays s / (1 - s) nats for a pixel. Shares of "
        f"{'; '.join(ranges)}."
    )


def searches_said(volumes: pd.DataFrame) -> str:
    """Who finds the boldest sevens, by the promise, by the judges, by the harsh judge."""
    gains = [
        f"{name} {row['bold_harsh']:.1f} px ({row['bold_kept']:.1f} by most judges)"
        for name, row in mine(volumes, MAIN).iterrows()
    ]
    first = {
        name: mine(volumes, MAIN)[name].idxmax() for name in ("promised", "true", "bold_harsh")
    }
    return (
        "Which search: the boldest seven of a start that the harsh judge lets pass gains, from a "
        f"seven, with {', '.join(gains)}. First by the promised hypervolume: {first['promised']}; "
        f"by the true one: {first['true']}; by the harsh judge: {first['bold_harsh']}."
    )


def gradients_said(volumes: pd.DataFrame) -> str:
    """With a gradient and without, at equal cost and held in the same way."""
    duels_in_words = []
    for name, other in RIVALS.items():
        duels = [
            f"{interval(of(volumes, setting, name), 'rival')} {TITLES[setting.name]}"
            for setting in SETTINGS
        ]
        duels_in_words.append(f"{name} less {other}, {'; '.join(duels)}")
    return (
        "With a gradient or without, at equal cost, by the true hypervolume (in px times nats, "
        f"above a seven as likely as not): {'; and '.join(duels_in_words)}."
    )


def truth_said(volumes: pd.DataFrame) -> str:
    """Whether the true front follows the promised one, by who reads and whether it is held."""
    answers = []
    for reads in dict.fromkeys(setting.reads for setting in SETTINGS):
        for name in RIVALS:
            rows = [of(volumes, setting, name) for setting in SETTINGS if setting.reads == reads]
            ratios = [row["true"] / row["promised"] for row in rows if row["promised"] > 0]
            if ratios:
                follows = min(ratios) >= 0.5 and max(ratios) <= 2
                both = " and ".join(f"{ratio:.2f}" for ratio in ratios)
                answers.append(
                    f"{'yes' if follows else 'no'} for {name} that reads the {reads}, {both}"
                )
    return (
        "Does the true front follow the promised one, within a factor of two? By the true "
        "hypervolume over the promised, "
        f"{'; '.join(answers)} (more than 1: it is better than was promised)."
    )


def code_said(swept: pd.DataFrame, volumes: pd.DataFrame) -> str:
    """Whether heads on the code know what a bold seven is, held and free."""
    free = of(volumes, CODE, "free climb")
    fooled = swept[(np.exp(swept["promised"]) >= 0.9) & (swept["kept"] < UNSURE)]
    begin = (
        "Heads on the code are fooled by a free climb"
        if free["true"] < 0.5 * free["promised"]
        else "Heads on the code are not fooled, even by a free climb"
    )
    if not len(fooled):
        return f"{begin}; held, they promise no seven that most judges do not see."
    row = fooled.iloc[0]
    return (
        f"{begin}, and held they misprice the seven: with a share of {row['share']:g} "
        f"{row['search']} is promised a P(7) of {np.exp(row['promised']):.2f}, and most judges see "
        f"one from {row['kept']:.0%} of starts."
    )


def dents_said(dents: pd.DataFrame) -> str:
    """Whether sums miss part of the front; the last two rows are a short and a long sweep."""
    short, same, later = dents.iloc[:-2], dents.iloc[-2], dents.iloc[-1]
    inside, less, more = short["promised_dent"].mean(), _behind(short), _behind(short, more=True)
    verdict = "hardly"
    if inside >= 1 - SURE:
        verdict = "yes" if more > less else "yes, though little is lost by it"
    return (
        f"Do weighted sums miss a part? {verdict.capitalize()}: {inside:.0%} of what the worse of "
        f"two criteria finds lies in dents, as promised ({short['true_dent'].mean():.0%} in truth; "
        f"means over searches), and it leaves {short['between_worst'].mean():.1f} undominated "
        f"compromises a seed where sums leave {short['between_sums'].mean():.1f}. The promised "
        f"hypervolume of its sweep is smaller than that of the sums for {less} of {len(short)} "
        f"searches, and larger for {more}. With {later['units']} units a weight instead of "
        f"{same['units']}, from the same starts, {later['search']} has "
        f"{later['promised_dent']:.0%} in dents (before: {same['promised_dent']:.0%}), and "
        f"the hypervolume differs by {interval(later, 'promised_ahead')} "
        f"(before: {interval(same, 'promised_ahead')}): "
        + (
            "it is not for want of search that these points lie under the line."
            if later["promised_dent"] >= same["promised_dent"]
            else "part of the dents were unfinished climbs."
        )
    )


def _behind(dents: pd.DataFrame, more: bool = False) -> int:
    """For how many searches the worse of two commands surely less than the sums, or more."""
    surely = dents["promised_ahead_low"] > 0 if more else dents["promised_ahead_high"] < 0
    return int(surely.sum())


def sweep_of(points: pd.DataFrame, setting: Setting, search: str) -> pd.DataFrame:
    """The sweep of one search."""
    return points[(points["setting"] == setting.name) & (points["search"] == search)]


def mine(volumes: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """The searches of one setting, by name."""
    return volumes[volumes["setting"] == setting.name].set_index("search")


def of(volumes: pd.DataFrame, setting: Setting, search: str) -> pd.Series:
    """One search of one setting."""
    return mine(volumes, setting).T[search]


def interval(row: pd.Series, name: str) -> str:
    """A number with its interval."""
    return with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def listed(shares: pd.Series | tuple[float, ...]) -> str:
    """Shares in a row."""
    return ", ".join(f"{share:g}" for share in shares) or ABSENT


def _span(values: pd.Series, digits: int) -> str:
    low, high = f"{values.min():.{digits}f}", f"{values.max():.{digits}f}"
    return low if low == high else f"{low} to {high}"
