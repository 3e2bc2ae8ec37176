"""The page of the study: its answer, its goals, its tables, in words that follow the numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from earlier import beside
from measure import CELL, EARLY, END, is_latent
from pages import Goal, goals, with_interval
from sevens import GUARDS, READS
from words import HOW, PICTURES, WORDS

from blackbox.results.writing.markdown import to_markdown

FOOLED, PREDICTED = 0.06, 0.99  # the goals of data space: judged at most, predicted at least
HARSH = 0.995  # and of the best guarded latent search, judged 1


def page(folder: Path) -> list[str]:
    """The parts of the page, from the tables of its folder."""
    twos = pd.read_csv(folder / "twos.csv")
    searches, real = _read(folder / "searches.csv"), _read(folder / "real.csv")
    main = searches if len(searches) else real
    return [
        "# From 7 to 2: who finds a two, and who only fools the classifier",
        answer(main, twos),
        "## Goals",
        goals(reached(searches, "") + reached(real, "real sevens: ")),
        "Beside what the same experiment gave before, on other trainings of such networks, with "
        "four judges and 200 starts (harsh for real twos then: 0.91):",
        to_markdown(beside(main)),
        "## Stopped as soon as the predicted P(2) is 0.99",
        to_markdown(readable(main, EARLY, twos)),
        "## After all steps",
        to_markdown(readable(main, END, twos)),
        WORDS,
        *PICTURES,
        *(real_part(real, twos) if len(real) and len(searches) else []),
        bolder(folder / "strip.csv"),
        HOW,
    ]


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """The searches behind a decoder with a guard, where they end."""
    latent = table["space"].map(is_latent) & (table["guard"] != GUARDS["none"])
    return table[latent & (table["stop"] == END)]


def best_guarded(table: pd.DataFrame) -> pd.Series:
    """The guarded search whose twos pass the harsh judge most often; of equals from most starts."""
    return guarded(table).sort_values(["harsh", "digit", "n", "variety"]).iloc[-1]


def reached(table: pd.DataFrame, begin: str) -> list[Goal]:
    """The goals, and what was reached."""
    if not len(table):
        return []
    early = table[~table["space"].map(is_latent) & (table["stop"] == EARLY)]
    found = [
        Goal(
            f"{begin}{named(row)}: judged at most {FOOLED} at predicted >= {PREDICTED}",
            f"judged {row['digit']:.3f}, predicted {row['predicted']:.3f}",
            bool(row["digit"] <= FOOLED and row["predicted"] >= PREDICTED),
        )
        for _, row in early.iterrows()
    ]
    if not len(guarded(table)):
        return found
    best = best_guarded(table)
    said = f"judged {best['digit']:.3f}, harsh {best['harsh']:.3f} ({named(best)})"
    well = bool(best["digit"] == 1 and best["harsh"] >= HARSH)
    goal = f"{begin}best guarded latent search: judged 1.000, harsh at least {HARSH}"
    return [*found, Goal(goal, said, well)]


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
    others = "hardly anybody else" if pixels["digit"].max() < 0.25 else "not everybody else"
    lines = [
        f"**In data space the classifier is convinced and {others} is.** Stopped at a predicted "
        f"P(2) of 0.99, most of three independent judges see a two in "
        f"{_range(pixels['digit'])} of the pictures, and none of the searches gets more than "
        f"{pixels['harsh'].max():.2f} past the harsh judge, which lets "
        f"{real['harsh']:.2f} of real twos pass. Going on changes the votes "
        f"({_range(_pixels(end)['digit'])}), not the verdict: harsh "
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
        lines.append(_readers(end))
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
    known = set(vae.index)
    both = [g for g in GUARDS.values() if {(head, g), (picture, g)} <= known]
    pairs = [(guard, vae.loc[(head, guard)], vae.loc[(picture, guard)]) for guard in both]
    if not pairs:
        return ""
    gaps = [float(h["harsh"] - p["harsh"]) for _, h, p in pairs]
    wins, losses = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    said = "further" if wins > losses else "less far" if losses > wins else "as far"
    told = "; ".join(f"{guard}: {h['harsh']:.2f} against {p['harsh']:.2f}" for guard, h, p in pairs)
    return (
        f"**The {head} or the {picture}?** Behind the VAE the head leads {said} in the end, by the "
        f"harsh judge ({told})."
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


def readable(table: pd.DataFrame, stop: str, twos: pd.DataFrame) -> pd.DataFrame:
    """The table of one stop as strings, real twos beneath."""
    cell = table[table["stop"] == stop]
    rows = [_told(row) for _, row in cell.iterrows()]
    rows += [_told(row) for _, row in twos.iterrows()]
    return pd.DataFrame(rows).fillna("")


def _told(row: pd.Series) -> dict[str, object]:
    searched = "stop" in row.index
    said: dict[str, object] = {
        name: row[name] if searched or name == "space" else "" for name in CELL[:3]
    } | {"starts": int(row["n"])}
    if searched:
        said["predicted P"] = f"{row['predicted']:.3f}"
        said["steps"] = f"{row['steps_median']:.0f}"
    said["judged"] = _share(row, "digit")
    said["unanimous"] = _share(row, "unanimous")
    said["harsh"] = _share(row, "harsh")
    if searched:
        said["distance"] = f"{row['distance']:.1f}"
        said["shell"] = "" if pd.isna(row["shell"]) else f"{row['shell']:+.1f}"
        said["noise"] = "" if pd.isna(row["noise"]) else f"{row['noise']:.1f}"
    return said | {"variety": f"{row['variety']:.2f}"}


def _share(row: pd.Series, name: str) -> str:
    return with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def real_part(real: pd.DataFrame, twos: pd.DataFrame) -> list[str]:
    """The same from real sevens."""
    return [
        "## In data space, from 200 real sevens",
        "Starts are held-out sevens of the data set as they are. Made with `--real`, where the "
        "data set is at hand; stopped at 0.99, then after all steps:",
        to_markdown(readable(real, EARLY, twos)),
        to_markdown(readable(real, END, twos)),
    ]


def bolder(kept: Path) -> str:
    """What the strip of thickness says, in numbers."""
    if not kept.is_file():
        return ""
    means = pd.read_csv(kept).drop(columns="digit").mean()
    late = [name for name in means.index if not name.endswith(", 10 steps")]
    return (
        f"Over the ten rows, 10 steps promise {means['predicted gain, 10 steps']:+.1f} pixels and "
        f"bring {means['true gain, 10 steps']:+.1f}, with the digit kept in "
        f"{means['kept, 10 steps']:.1f} of the rows; {late[0].rpartition(', ')[2]} promise "
        f"{means[late[0]]:+.1f}, bring {means[late[1]]:+.1f} and keep {means[late[2]]:.1f}."
    )
