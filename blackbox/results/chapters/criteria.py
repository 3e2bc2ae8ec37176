"""Several criteria at once: how much of what is possible the strategies' fronts command."""

from __future__ import annotations

from blackbox.errors import MissingPackage
from blackbox.results.view import View
from blackbox.results.writing.document import Section, Table

VOLUME = (
    "The hypervolume between a reference point and what a run found, in the product of the "
    "criteria's units: the mean over seeds with its 95 % interval. together: of all runs "
    "at once; n_front: the points on their common Pareto front."
)


def hypervolume(view: View) -> Section | None:
    """The hypervolume of each strategy, where an objective has criteria; or what is missing."""
    if not (view.directions["direction"] != 0).any():
        return None
    try:
        table = view.hypervolume()
    except MissingPackage as error:
        return Section("Several criteria", (f"No hypervolumes: {error}",))
    return Section("Several criteria", (VOLUME, Table(table))) if len(table) else None
