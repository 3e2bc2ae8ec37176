"""The chapters of a report, in their order: each is a function that makes a section, or None.

A new chapter is one function and one entry here. It takes a view of the study: at each price in
turn, and the page shows it while that price is chosen; or once, at the price that was granted.
"""

from __future__ import annotations

from collections.abc import Callable

from blackbox.results.chapters import (
    account,
    criteria,
    evidence,
    gradients,
    judged,
    pictures,
    races,
    scores,
)
from blackbox.results.view import View
from blackbox.results.writing.document import Section

OF_A_PRICE: tuple[Callable[[View], Section | None], ...] = (
    scores.summary,
    evidence.evidence,
)
OF_THE_STUDY: tuple[Callable[[View], Section | None], ...] = (
    account.leaders,
    races.races,
    gradients.prices,
    criteria.hypervolume,
    judged.judged,
    pictures.starts_and_bests,
    pictures.ways,
    account.skipped,
    account.failures,
    account.constraints,
    account.invalid_points,
    account.audit,
)
