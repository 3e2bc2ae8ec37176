"""Climbs that fool their scorers, and what is chosen of each without the truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.objectives import airfoils, digits, mnist, molecules, tables, text
from blackbox.objectives.airfoils.networks import forces
from blackbox.objectives.airfoils.shape import AirFlow
from blackbox.objectives.molecules.judges import foretold
from blackbox.objectives.tables import models
from blackbox.pages import mean
from blackbox.pages.frames import Table
from blackbox.pages.making import Given
from blackbox.results.judging import verified
from blackbox.trace import Trace

CLIMB = "gradient_ascent(patience=100000, after='stop')"
FREE = {"climb": CLIMB, "cma_es": "cma_es"}
GUARDS = {
    f"climb, guard {name}": f"guarded(strategy={CLIMB!r}, guard={name!r})"
    for name in ("sphere", "trust")
}
BUDGET, SEEDS, MEASURED = 200, 30, 16  # points of a path that the truth measures, and the choices
BY_SCORE, SHELL, TRUST = "best by score", "shell, 5 %", "trust"
SECOND, DISAGREEMENT = "trust, second scorer", "disagreement alone"
CALLS, CALLED = 5, "five truth calls"


@dataclass(frozen=True)
class Case:
    """An objective, other scorers that its maker would have, and its truth, if it names none."""

    objective: Callable[[], bb.Objective]
    scorers: Callable[[], list[Callable[[Any], Any]]] = list
    truth: str = ""
    seeds: int = SEEDS
    strategies: Mapping[str, str] = field(default_factory=lambda: FREE)


def head(family: Any, read: Callable[[Any, torch.Tensor], torch.Tensor]) -> list[Any]:
    """The head on the code, of pictures."""
    return [lambda x: read(family.heads("vae"), family.encode("vae", x.float()))]


def bold(family: Any) -> list[Any]:
    """The head on the code that reads thickness, of pictures."""
    return head(family, lambda heads, z: heads.thickness(z))


def ruler(family: Any) -> list[Any]:
    """The network that reads thickness off a picture."""
    return [family.thickness_reader()]


def two(family: Any) -> list[Any]:
    """The classifier of pictures, asked for a two."""
    return [lambda x: torch.log_softmax(family.reader()(x.float()), 1)[:, 2]]


def wings(x: torch.Tensor) -> torch.Tensor:
    """Lift over drag by another network of the same makers."""
    air = forces(x.double(), AirFlow(5.0, 1e6), "small")
    return air.lift / air.drag


def table(name: str, second: str) -> Case:
    """A network on a table, and a model of another kind that learned from the same rows."""
    return Case(
        lambda: tables.regressor(name, "network", space="normal"),
        lambda: [lambda x: models.trained(name, second, "model").predict(np.asarray(x, float))],
        strategies=FREE | GUARDS,
    )


CASES: Mapping[str, Case] = {
    "thickness by the head, 28 px": Case(
        lambda: mnist.thickness(source="any"), lambda: ruler(mnist.FAMILY)
    ),
    "thickness by a network, 28 px": Case(
        lambda: mnist.thickness(reads="picture", source="any"), lambda: bold(mnist.FAMILY)
    ),
    "thickness by the head, 8 px": Case(
        lambda: digits.thickness(source="any"), lambda: ruler(digits.FAMILY)
    ),
    "thickness by a network, 8 px": Case(
        lambda: digits.thickness(reads="picture", source="any"), lambda: bold(digits.FAMILY)
    ),
    "a two, by the head": Case(lambda: mnist.digit(source=7), lambda: two(mnist.FAMILY)),
    "a two, by a network": Case(
        lambda: mnist.digit(source=7, reads="picture"),
        lambda: head(mnist.FAMILY, lambda heads, z: heads.digit_log_probability(z)[:, 2]),
    ),
    "realism": Case(digits.realism, truth="manifold", strategies=FREE | GUARDS),
    "a caption": Case(mnist.text, strategies=FREE | GUARDS),
    "diabetes": table("diabetes", "forest"),
    "cancer": table("cancer", "boosting"),
    "molecules": Case(lambda: molecules.property("qed"), lambda: [partial(foretold, {"qed": 1.0})]),
    "verse": Case(text.eloquence),
    "wings": Case(airfoils.lift_to_drag, lambda: [wings], seeds=10),
}


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: a row per objective and choice, one per guarded climb, settings."""
    cases = dict(list(CASES.items())[6:9]) if given.small else CASES
    runs = pd.concat(graded(name, case, given) for name, case in cases.items())
    settings = {"budget": BUDGET, "seeds": SEEDS, "measured": MEASURED, "calls": CALLS}
    return tables_of(runs) | {"settings": settings | {"level": bb.Trust().level}}


def tables_of(runs: pd.DataFrame) -> dict[str, Table]:
    """Shares of the most that lay on a path; and what a climb gains that asks for trust."""
    free = runs[runs["strategy"].isin([*FREE])]
    none = (free["gain"] >= 0).astype(float)  # where nothing could be gained, nothing is lost
    free = free.assign(share=(free["gain"] / free["most"]).where(free["most"] > 0, none))
    free = free.assign(worse=free["gain"] < -1e-9)
    each = free.groupby(["objective", "choice"], sort=False)
    numbers = {"share": ("share", "median"), "worse": ("worse", "sum"), "n": ("seed", "size")}
    best = runs[runs["choice"] == BY_SCORE]
    gains = best.pivot_table("gain", ["objective", "seed"], "strategy", sort=False)
    gains = gains.dropna() if len(gains.columns) > len(FREE) else gains.iloc[:0]
    more = gains.get("climb, guard trust", gains["climb"]) - gains["climb"]
    pairs = more.groupby("objective", sort=False)
    of_free = gains["climb"].groupby("objective", sort=False).mean()
    rows = [
        {"objective": name, "free": alone, **mean(pair).columns("more")}
        for (name, pair), alone in zip(pairs, of_free, strict=True)
    ]
    return {"choices": each.agg(**numbers).reset_index(), "guards": pd.DataFrame(rows)}


def graded(name: str, case: Case, given: Given) -> pd.DataFrame:
    """What each choice has truly gained, and the most that lay on the same path."""
    objective = case.objective()
    judges, objective.judges = objective.judges, {}
    objective.trust = bb.Trust()
    seeds = 2 if given.small else case.seeds
    study = given.compare(objective, list(case.strategies.values()), BUDGET, seeds, store=name)
    scorers = case.scorers()
    trusts = {SHELL: bb.Trust(measures=["shell"], level=0.05), TRUST: bb.Trust()}
    if scorers:
        trusts[SECOND] = bb.Trust(scorers)
        trusts[DISAGREEMENT] = bb.Trust(scorers, measures=["disagreement"])
    chosen = {
        how: study.trusted(trust)["row"].fillna(0).astype(int) for how, trust in trusts.items()
    }
    verifier = Graded(objective, judges, case.truth)
    by_calls = [verified.choice(trace, verifier, CALLS).row or 0 for trace in study.traces]
    chosen[CALLED] = pd.Series(by_calls)
    labels = dict(zip(study.recipe["strategies"], case.strategies, strict=True))
    rows = []
    for nth, trace in enumerate(study.traces):
        best = trace.best_row()
        mine = {BY_SCORE: 0 if best is None else best} | {h: int(r[nth]) for h, r in chosen.items()}
        gains = true_gains(trace, [*mine.values()], verifier)
        ours = {"objective": name, "strategy": labels[trace.strategy], "seed": trace.seed}
        most = max(gains.values())
        for how, row in mine.items():
            promised = float(trace.score[row] - trace.score[0])
            rows.append(ours | {"choice": how, "gain": gains[row], "most": most, "says": promised})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Graded:
    """Says what is true of points of an objective whose judges were taken away."""

    objective: bb.Objective
    judges: Mapping[str, Any]
    truth: str

    def verified(self, name: str, z: Any, start: Any) -> Any:
        """Scores by the truth `[n]`."""
        x, first = self.objective.decode(z), self.objective.decode(start)
        judge = self.truth or next(name for name, judge in self.judges.items() if judge.truth)
        verdicts = self.judges[judge].verdict(x, judge, z, start=first)
        return -verdicts if self.truth else self.objective.scorer.from_truth(verdicts)


def true_gains(trace: Trace, chosen: list[int], verifier: Graded) -> dict[int, float]:
    """By row of a path what it has truly gained; what the truth refuses has gained nothing."""
    rises = np.append(
        0, np.flatnonzero(np.diff(np.nan_to_num(trace.best_so_far(), nan=-1e9)) > 0) + 1
    )
    spread = np.linspace(0, 1, MEASURED) ** 1.7 * (len(rises) - 1)  # denser where it begins
    rows = np.unique([0, *chosen, *rises[spread.round().astype(int)]])
    true = verifier.verified(trace.objective, trace.z[rows], trace.z[:1])
    return dict(zip(rows.tolist(), np.nan_to_num(true - true[0]).tolist(), strict=True))
