"""Several criteria at once: how much of what is possible the strategies' fronts command."""

from __future__ import annotations

from blackbox.results import frame
from blackbox.results.chapters.findings import Findings
from blackbox.results.statistics import fronts
from blackbox.results.writing.document import Section, Table

VOLUME = (
    "The hypervolume between a reference point and what a run found, in the product of the "
    "criteria's units: the mean over seeds with its 95 % bootstrap interval. together: of all runs "
    "at once; n_front: the points on their common Pareto front."
)


def hypervolume(findings: Findings) -> Section | None:
    """The hypervolume of each strategy, where an objective has criteria; or what is missing."""
    directions = frame.directions(findings.traces)
    if not (directions["direction"] != 0).any():
        return None
    rows = frame.evaluations(findings.traces)
    try:
        table = fronts.hypervolumes(findings.runs, rows, directions)
    except fronts.MissingFrontsError as error:
        return Section("Several criteria", (f"No hypervolumes: {error}",))
    return Section("Several criteria", (VOLUME, Table(table))) if len(table) else None
