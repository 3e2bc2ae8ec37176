"""The answer of the study, in words that follow the numbers."""

from __future__ import annotations

import pandas as pd

from blackbox.scoring.typicality import LIMIT
from reports.blog.measure import EARLY, END, is_latent
from reports.blog.sevens import GUARDS, READS


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """The searches behind a decoder with a guard, where they end."""
    latent = table["space"].map(is_latent) & (table["guard"] != GUARDS["none"])
    return table[latent & (table["stop"] == END)]


def best_guarded(table: pd.DataFrame) -> pd.Series:
    """The guarded search whose twos pass the harsh judge most often; of equals from most starts."""
    return guarded(table).sort_values(["harsh", "digit", "n", "variety"]).iloc[-1]


def named(row: pd.Series) -> str:
    """A search in words."""
    guard = "" if row["guard"] == GUARDS["none"] else f", guard {row['guard']}"
    return f"{row['space']}, {row['reads']}{guard}"


def answer(table: pd.DataFrame, twos: pd.DataFrame) -> str:
    """What came out, in words."""
    early, end = (table[table["stop"] == stop] for stop in (EARLY, END))
    pixels = early[~early["space"].map(is_latent)]
    plain = early[early["space"].map(is_latent) & (early["guard"] == GUARDS["none"])]
    real = twos.iloc[0]
    verdict = "the verdict less" if _pixels(end)["harsh"].max() > 0.05 else "not the verdict"
    others = "hardly anybody else" if pixels["digit"].max() < 0.25 else "not everybody else"
    lines = [
        f"**In data space the classifier is convinced and {others} is.** Stopped at a predicted "
        f"P(2) of 0.99, most of three independent judges see a two in "
        f"{_range(pixels['digit'])} of the pictures, and none of the searches gets more than "
        f"{pixels['harsh'].max():.2f} past the harsh judge, which lets "
        f"{real['harsh']:.2f} of real twos pass. Going on changes the votes "
        f"({_range(_pixels(end)['digit'])}), {verdict}: harsh "
        f"{_range(_pixels(end)['harsh'])}.",
        f"**A decoder makes most of the difference.** Without any guard and stopped as early, the "
        f"judged share is {_each(plain)}.",
    ]
    if len(guarded(table)):
        best = best_guarded(table)
        lines.append(
            f"**Patience and a guard make the rest.** The best guarded search ({named(best)}) ends "
            f"with {best['digit']:.3f} judged and {best['harsh']:.3f} harsh at a predicted "
            f"{best['predicted']:.3f}, its |z| {best['shell']:+.1f} sd from the shell of the "
            f"prior. Stopped at 0.99 the same search has {_other(table, best, EARLY, '')} harsh, "
            f"without the guard it ends with {_other(table, best, END, GUARDS['none'])}. "
            f"{_level(table, best)}{_collapse(table)}"
        )
        lines += [_readers(end), _noise(end)]
    return "\n\n".join(lines)


def _level(table: pd.DataFrame, best: pd.Series) -> str:
    """Who is as good as the best, in words."""
    rows = guarded(table).drop(index=best.name)
    rows = rows[(rows["harsh"] == best["harsh"]) & (rows["digit"] == best["digit"])]
    if not len(rows):
        return ""
    named_so = "; ".join(
        f"{named(row)}, {row['n']} starts, variety {row['variety']:.2f} instead of "
        f"{best['variety']:.2f}"
        for _, row in rows.iterrows()
    )
    return f"As good: {named_so}. "


def _other(table: pd.DataFrame, row: pd.Series, stop: str, guard: str) -> str:
    """The harsh share of the same search at another stop, or with another guard, and its shell."""
    wanted = {"space": row["space"], "reads": row["reads"], "guard": guard or row["guard"]}
    same = table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1) & (table["stop"] == stop)]
    if not len(same):
        return "an unknown share"
    return f"{same.iloc[0]['harsh']:.3f} (shell {same.iloc[0]['shell']:+.1f})"


def _readers(end: pd.DataFrame) -> str:
    """Which of the two readers leads to better twos behind the VAE, in words."""
    vae = end[end["space"] == "VAE"].set_index(["reads", "guard"])
    head, picture = READS["code"], READS["picture"]
    searched = set(vae.index)
    both = [g for g in GUARDS.values() if {(head, g), (picture, g)} <= searched]
    harsh = vae["harsh"].to_dict()
    pairs = [(guard, harsh[head, guard], harsh[picture, guard]) for guard in both]
    if not pairs:
        return ""
    gaps = [float(h - p) for _, h, p in pairs]
    wins, losses = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    outcome = "further" if wins > losses else "less far" if losses > wins else "as far"
    by_guard = "; ".join(f"{guard}: {h:.2f} against {p:.2f}" for guard, h, p in pairs)
    return (
        f"**The {head} or the {picture}?** Behind the VAE the head leads {outcome} in the end, by "
        f"the harsh judge ({by_guard})."
    )


def _noise(end: pd.DataFrame) -> str:
    """What norms do not tell of long latents, in words."""
    long = end.dropna(subset=["noise"])
    if not len(long):
        return ""
    ends = "; ".join(
        f"{named(row)}: {row['shell']:+.1f} sd and {row['noise']:.1f} nats"
        for _, row in long.iterrows()
    )
    return (
        f"**A norm does not tell all of a long latent.** How far the ends lie from the shell, and "
        f"how unlikely they are as noise, of which 95 % lies below {LIMIT} nats: {ends}."
    )


def _pixels(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["space"].map(is_latent)]


def _collapse(table: pd.DataFrame) -> str:
    flat = guarded(table)
    flat = flat[flat["variety"] < 0.5]
    if not len(flat):
        return "All guards leave at least half of the variety of real twos."
    names = "; ".join(f"{named(row)}: {row['variety']:.2f}" for _, row in flat.iterrows())
    return (
        "A reward for staying at the middle of the prior is no substitute: it draws all sevens to "
        f"nearly the same two (variety, 1 is that of real twos: {names}), which then passes or "
        "fails all at once."
    )


def _each(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{row['digit']:.2f} ({row['space']}, {row['reads']})" for _, row in rows.iterrows()
    )


def _range(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} to {high:.2f}"
