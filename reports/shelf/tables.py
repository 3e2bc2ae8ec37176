"""The tables of the page: ranks, who is level with the first, and how far orders agree."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pandas as pd

from blackbox.pages import Estimate, PageFrames
from blackbox.pages.estimate import digits
from blackbox.pages.making import asked
from reports.shelf.claims import BUDGETS, OFFERS, among, level

SHELF = asked(__file__)
NAMES = 4  # of a cell; of more, how many more there are
NEEDS_DECODER = ("finetune_decoder", "chained_zeroth_order", "conditional_generator", "chain")


def hidden(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks where no gradient is offered."""
    return _wide(frames, 0, "new", "tuned")


def shown(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks where gradients are."""
    return _wide(frames, 1, "new", "tuned")


def decoder(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks on the one objective whose decoder can be searched through."""
    return _wide(frames, 1, "decoder")


def _wide(frames: PageFrames, gradients: int, *groups: str) -> pd.DataFrame:
    """A row per strategy, a column per group and budget; the best over all columns first."""
    columns, shares = {}, {}
    for problems, budget in product(groups, BUDGETS):
        rows = among(frames, problems, gradients, budget)
        cells = {name: digits(Estimate(r.rank, r.low, r.high), 1) for name, r in rows.items()}
        columns[problems, budget] = cells
        shares[problems, budget] = {name: row.rank / len(rows) for name, row in rows.items()}
    order = pd.DataFrame(shares).mean(axis=1).sort_values().index
    table = {
        f"{problems}, {budget} (of {len(cells)})": [
            cells.get(name) or reason(name, problems, gradients, budget) for name in order
        ]
        for (problems, budget), cells in columns.items()
    }
    return pd.DataFrame({"strategy": order, **table})


def reason(strategy: str, problems: str, gradients: int, budget: int) -> str:
    """Why a cell is empty, as a letter: t, d, n; see the page."""
    most = {_plain(name): least for name, least in SHELF["most"].items()}
    group = "tuned" if problems == "decoder" else problems
    sent = [*SHELF["others"][group], *(SHELF["climbers"][group] if gradients else ())]
    if _plain(strategy) not in map(_plain, sent):
        return "n"
    return "t" if budget > most.get(_plain(strategy), budget) else "d"


def _plain(strategy: str) -> str:
    return strategy.lower().replace("-", "_")


def choose(frames: PageFrames) -> pd.DataFrame:
    """For what is offered and each family, who is first or level with the first, by budget."""
    rows = []
    for gradients, family in product(OFFERS, _families(frames)):
        sets = {budget: level(frames, gradients, family, budget) for budget in BUDGETS}
        cells = {f"{budget} units": _listed(names) for budget, names in sets.items()}
        rows.append({"offered": OFFERS[gradients], "on": family, **cells})
    return pd.DataFrame(rows)


def no_better_than_drawing(frames: PageFrames) -> pd.DataFrame:
    """Who has the higher mean rank than random search, and clearly, in each family."""
    behind = frames.families.query("over_random_low > 0")
    rows = [
        {"offered": OFFERS[gradients], "on": family}
        | {f"{budget} units": _listed(_of(behind, gradients, family, budget)) for budget in BUDGETS}
        for gradients, family in product(OFFERS, _families(frames))
    ]
    return pd.DataFrame(rows)


def by_family(frames: PageFrames) -> pd.DataFrame:
    """Mean ranks by family, at each budget after the other, where gradients are offered."""
    table, columns = frames.families.query("gradients == 1"), {}
    for family, rows in table.groupby("family", sort=False):
        wide = rows.pivot_table(index="strategy", columns="budget", values="rank")
        wide = wide.reindex(columns=list(BUDGETS)).map("{:.1f}".format).replace("nan", "-")
        columns[str(family)] = wide.agg(" / ".join, axis=1)
    order = table.groupby("strategy")["rank"].mean().sort_values().index
    return pd.DataFrame(columns).loc[order].fillna("").rename_axis("strategy").reset_index()


def taus(frames: PageFrames) -> pd.DataFrame:
    """Kendall's tau of two families, by budget and offer."""
    rows = []
    for (one, other), pairs in frames.agreement.groupby(["one", "other"], sort=False):
        cells = dict(_tau(row) for row in pairs.itertuples())
        name = f"{one}, halves" if one == other else f"{one}, {other}"
        rows.append({"families": name, **cells})
    return pd.DataFrame(rows).fillna("")


def by_truth(frames: PageFrames) -> pd.DataFrame:
    """Kendall's tau of the orders by score and by truth, by objective, budget and offer."""
    rows = []
    for objective, pairs in frames.by_truth.groupby("objective"):
        cells = dict(_tau(row) for row in pairs.itertuples())
        rows.append({"objective": objective, **cells})
    return pd.DataFrame(rows).fillna("")


def settings(frames: PageFrames) -> pd.DataFrame:
    """A row per family and budget: how often another setting finds more than the default."""
    return pd.DataFrame(
        [
            {
                "family": row["family"],
                "units": row["budget"],
                "chosen on the problem": digits(Estimate.of(row, "here"), 2),
                "chosen on the others": digits(Estimate.of(row, "elsewhere"), 2),
                "best over all": f"`{row['best']}`",
                "its mean rank": f"{row['best_rank']:.1f}",
                "the default's": f"{row['rank']:.1f}",
            }
            for _, row in frames.defaults.iterrows()
        ]
    )


def _tau(row: Any) -> tuple[str, str]:
    """Where a tau stands, and how it is written."""
    tau = digits(Estimate(row.tau, row.tau_low, row.tau_high), 2)
    return f"{OFFERS[row.gradients]}, {row.budget}", tau


def _families(frames: PageFrames) -> list[str]:
    return frames.families["family"].unique().tolist()


def _of(rows: pd.DataFrame, gradients: int, family: str, budget: int) -> list[str]:
    here = "gradients == @gradients and family == @family and budget == @budget"
    return rows.query(here).sort_values("rank")["strategy"].tolist()


def _listed(names: list[str]) -> str:
    return ", ".join(_some(names))


def _some(names: list[str]) -> Iterator[str]:
    yield from names[:NAMES]
    if len(names) > NAMES:
        yield f"{len(names) - NAMES} more"
