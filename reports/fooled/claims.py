"""What the page says: sentences, each with the numbers that it rests on, and a table."""

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, estimates, share
from reports.fooled.measure import BY_SCORE, CALLED, DISAGREEMENT, FREE, SECOND, SHELL, TRUST

TITLES = {
    BY_SCORE: "the best by score",
    SHELL: "norm of `z`, 5 %",
    TRUST: "trust",
    SECOND: "trust, a second scorer",
    DISAGREEMENT: "disagreement alone",
    CALLED: "five truth calls",
}

LATER = ("molecules", "verse")  # not among those that measures and level were chosen on


def medians(frames: PageFrames) -> pd.DataFrame:
    """The median share of each objective, by choice; without a second scorer, trust alone."""
    table = frames.choices.pivot_table("share", "objective", "choice", sort=False)
    return table.assign(**{SECOND: table[SECOND].fillna(table[TRUST])})


def it_can_be_told(frames: PageFrames) -> Figures:
    """In the mean trust takes far more than the best by score, and of no objective nothing."""
    table = medians(frames)
    score, trust, second = (table[name] for name in (BY_SCORE, TRUST, SECOND))
    by_mean = {"score_mean": score.mean(), "second_mean": second.mean()}
    is_more = second.mean() > score.mean() + 0.1 and trust.mean() > score.mean()
    if is_more and score.min() < 0.1 < second.min() and second.median() > 0.8:
        runs = frames.choices.query("choice == @TRUST")["n"].sum()
        figures: dict[str, float] = {"n": len(table), "runs": int(runs)}
        figures |= {"trust": trust.median(), "second": second.median(), "least": second.min()}
        yield figures | by_mean | {"nothing": int((score < 0.1).sum())}


def most_is_kept_and_little_lost(frames: PageFrames) -> Figures:
    """The median is below nine tenths, near that by score; few choices are worse than starts."""
    table = medians(frames)
    alone, chosen = (worse_than_start(frames, *names) for names in ((TRUST,), (SECOND, TRUST)))
    second, score = table[SECOND].median(), table[BY_SCORE].median()
    if score < second < min(0.9, score + 0.05) and chosen.value < 0.05 < alone.value:
        yield {"second": second, "score": score, "worse": chosen, "alone": alone}


def worse_than_start(frames: PageFrames, *choices: str) -> Estimate:
    """The share of runs whose choice is; of each objective the first of these that it has."""
    rows = pd.concat([frames.choices.query("choice == @name") for name in choices])
    rows = rows.drop_duplicates("objective")
    n, bad = int(rows["n"].sum()), int(rows["worse"].sum())
    return share([1.0] * bad + [0.0] * (n - bad))


def fresh_domains_are_harder(frames: PageFrames) -> Figures:
    """On those that came later trust keeps least; another scorer spares molecules most harm."""
    table, rows = medians(frames), frames.choices.set_index(["choice", "objective"])["worse"]
    later = table.loc[[*LATER], TRUST]
    molecules, verse = LATER
    alone, second = rows[TRUST, molecules], rows[SECOND, molecules]
    if later.max() < table[TRUST].drop([*LATER]).min() and second < 0.3 * alone:
        ends = {"molecules": later[molecules], "verse": later[verse]}
        kept = {"by_second": table.loc[molecules, SECOND], "by_score": table.loc[verse, BY_SCORE]}
        numbers = {"alone": int(alone), "second": int(second), "in_verse": int(rows[TRUST, verse])}
        yield ends | kept | numbers | {"runs": int(frames.choices["n"].max())}


def a_few_truths_do(frames: PageFrames) -> Figures:
    """With a few truth calls a run more is kept than with trust, and no run loses by it."""
    called, trust = (medians(frames)[name] for name in (CALLED, TRUST))
    runs = frames.choices.query("choice == @CALLED")
    if called.median() > max(0.9, trust.median()) and not runs["worse"].any():
        figures = {"calls": frames.setting("calls"), "called": called.median()}
        yield figures | {"least": called.min(), "runs": int(runs["n"].sum())}


def shared_blindness_sees_nothing(frames: PageFrames) -> Figures:
    """Where both scorers are fooled by the same pictures, their disagreement ends nothing."""
    blind = medians(frames)[DISAGREEMENT]
    name = "thickness by a network, 28 px"
    if blind[name] < 0.05:
        yield {"name": name, "share": blind[name], "trust": medians(frames).loc[name, TRUST]}


def the_norm_is_too_strict(frames: PageFrames) -> Figures:
    """In the mean of objectives, and on more of those that differ, the norm alone takes less."""
    shell, trust = (medians(frames)[name] for name in (SHELL, TRUST))
    less, more = int((shell < trust - 0.01).sum()), int((shell > trust + 0.01).sum())
    if shell.mean() < trust.mean() - 0.05 and less > more:
        yield {"shell": shell.mean(), "trust": trust.mean(), "less": less, "more": more}


def a_guard_may_pay(frames: PageFrames) -> Figures:
    """On realism a climb that asks for trust gains more than the free one; nowhere much less."""
    table = frames.guards.set_index("objective")
    realism = estimates(table.loc[["realism"]].iloc[0])
    if realism["more"].low > 0 and (table["more"] > -0.02 * table["free"]).all():
        yield realism | {"n": len(table)}


def settings(frames: PageFrames) -> Figures:
    """What was set."""
    shown = {name: frames.setting(name) for name in ("budget", "seeds", "measured", "level")}
    if frames.choices["n"].max() == len(FREE) * shown["seeds"] and 0 < shown["level"] < 0.05:
        yield shown


def objectives(frames: PageFrames) -> pd.DataFrame:
    """A row per objective, the median share by choice; the share of runs worse than their start."""
    table = medians(frames).rename(columns=TITLES)[list(TITLES.values())]
    sums = frames.choices.groupby("choice")[["worse", "n"]].sum()
    table.loc["worse than the start, of all runs"] = (sums["worse"] / sums["n"]).rename(TITLES)
    return table.map("{:.2f}".format).replace("nan", "").reset_index()
