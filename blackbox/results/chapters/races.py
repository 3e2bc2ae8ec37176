"""The race of a study whose seeds were added until it was settled."""

from __future__ import annotations

from blackbox.results.judging.racing import last_looks
from blackbox.results.view import View
from blackbox.results.writing.document import Section, Table
from blackbox.results.writing.race import race

RACED = (
    "Seeds were added in rounds until the best was separated from all others, or those left were "
    "level. Evidence is what a bet of 1 that a strategy is not the best has grown to. It may be "
    "looked at in every round: against the best it ever reaches what is needed with a probability "
    "of 2.5 %, over all objectives. Who had that much against it, and a lower mean than somebody "
    "left, was dropped. How far it lies behind the leader is a median over the seeds of both, with "
    "a confidence sequence, which is right in all rounds at once. Intervals of means in tables of "
    "one objective are confidence sequences too, for normal bests; ranks, curves and what is "
    "pooled over objectives have intervals of a fixed number of seeds."
)


def races(view: View) -> Section | None:
    """How each strategy stands, or after how many seeds it was dropped."""
    table = last_looks(view.racing())
    return Section("The race", (RACED, Table(race(table)))) if len(table) else None
