"""Figures for papers, by their kind: `study.plot("curves").savefig("curves.pdf")`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from blackbox.results import frame
from blackbox.results.costs.break_even import price_curve
from blackbox.results.drawing import figures
from blackbox.results.drawing.fronts import front
from blackbox.results.drawing.sheets import sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawable(Protocol):
    """What is asked of a view."""

    @property
    def traces(self) -> frame.Traces:
        """Its runs."""
        ...

    @property
    def price(self) -> float | None:
        """What a gradient costs."""
        ...

    @property
    def asks_gradients(self) -> bool:
        """Whether any run asked for one."""
        ...

    @property
    def strategies(self) -> list[str]:
        """Those that ran."""
        ...

    @property
    def budgets(self) -> dict[str, float]:
        """The units of each run, by objective."""
        ...

    @property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Best-so-far over cost, by objective."""
        ...

    @property
    def curves_over_seconds(self) -> dict[str, pd.DataFrame]:
        """The same over seconds."""
        ...

    @property
    def steps(self) -> pd.DataFrame:
        """What runs would have found at each price."""
        ...

    @property
    def losses(self) -> frozenset[str]:
        """The objectives whose scorer returns a loss."""
        ...

    @property
    def scores(self) -> Drawable:
        """The same with losses as scores."""
        ...

    @property
    def directions(self) -> pd.DataFrame:
        """Which way each criterion is wanted."""
        ...

    def ecdf(
        self,
        scores: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
        by: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The share of runs and targets reached over cost."""
        ...

    def front(self, objective: str) -> pd.DataFrame:
        """The Pareto front of each strategy."""
        ...


def plot(
    view: Drawable,
    kind: str = "curves",
    strategies: Sequence[str] | None = None,
    objective: str | None = None,
) -> Figure:
    """A figure of a kind: curves, seconds, ecdf, pareto, prices or objects.

    Of one objective, which must be named where there are several, or for `ecdf` of all together.
    Raises ValueError for a kind, strategy or objective that is not there, and where there is
    nothing of the kind to draw; MissingPackage without matplotlib.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no plot {kind!r}; there are {', '.join(KINDS)}")
    wanted = list(view.strategies if strategies is None else strategies)
    _refuse_others("strategy", wanted, view.strategies)
    objectives = list(view.budgets)
    if objective is None and len(objectives) == 1:
        (objective,) = objectives
    if objective is None and kind != "ecdf":
        raise ValueError(
            f"name one objective of {', '.join(objectives)}: plot({kind!r}, objective=...)"
        )
    if objective is not None:
        _refuse_others("objective", [objective], objectives)
    return KINDS[kind](view, wanted, objective)


def _refuse_others(what: str, names: Sequence[str], there: Sequence[str]) -> None:
    if others := [name for name in names if name not in there]:
        raise ValueError(f"there is no {what} {others[0]!r}; there are {', '.join(there)}")


def cost_label(view: Drawable) -> str:
    """What an axis of cost is called; no word of gradients where nothing asks for one."""
    return figures.COST if view.asks_gradients else figures.SCORES


def _curves(view: Drawable, wanted: Sequence[str], objective: Any) -> Figure:
    curve = _of(view.scores.curves[objective], wanted)
    budget, cost, is_loss = view.budgets[objective], cost_label(view), objective in view.losses
    return figures.convergence(curve, budget, view.strategies, cost, is_loss=is_loss)


def _seconds(view: Drawable, wanted: Sequence[str], objective: Any) -> Figure:
    if objective not in view.curves_over_seconds:
        raise ValueError(f"no times are known of the runs on {objective}")
    curve = _of(view.scores.curves_over_seconds[objective], wanted)
    end, is_loss = float(curve["seconds"].max()), objective in view.losses
    return figures.convergence(curve, end, view.strategies, is_loss=is_loss)


def _ecdf(view: Drawable, wanted: Sequence[str], objective: Any) -> Figure:
    curve = view.ecdf(by=["strategy"] if objective is None else ["objective", "strategy"])
    if objective is not None:
        curve = curve[curve["objective"] == objective]
    budget = max(view.budgets.values()) if objective is None else view.budgets[objective]
    cost = cost_label(view)
    return figures.runtime_distribution(_of(curve, wanted), budget, view.strategies, cost)


def _pareto(view: Drawable, wanted: Sequence[str], objective: Any) -> Figure:
    ways = view.directions
    ways = ways[(ways["objective"] == objective) & (ways["direction"] != 0)]
    return front(_of(view.front(objective), wanted), ways, view.strategies)


def _prices(view: Drawable, wanted: Sequence[str], objective: Any) -> Figure:
    if not view.asks_gradients:
        raise ValueError("no run asked for a gradient, so no price of one changes anything")
    steps = view.scores.steps
    curve = price_curve(steps[steps["objective"] == objective])
    return figures.price_ranks(_of(curve, wanted), view.strategies)


def _objects(view: Drawable, wanted: Sequence[str], objective: Any) -> Figure:
    shown = frame.pictures([t for t in view.traces if t.objective == objective], view.price)
    figure = sheet(_of(shown, wanted))
    if figure is None:
        raise ValueError(f"the objects of {objective} are no pictures, or none was kept")
    return figure


def _of(table: pd.DataFrame, strategies: Sequence[str]) -> pd.DataFrame:
    """The rows of these strategies, in their order."""
    place = {name: nth for nth, name in enumerate(strategies)}
    rows = table[table["strategy"].isin(place)]
    order = rows["strategy"].astype(str).map(place).argsort(kind="stable")
    return rows.iloc[order]


KINDS: dict[str, Callable[[Drawable, Sequence[str], Any], Figure]] = {
    "curves": _curves,
    "seconds": _seconds,
    "ecdf": _ecdf,
    "pareto": _pareto,
    "prices": _prices,
    "objects": _objects,
}
