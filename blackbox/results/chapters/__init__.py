"""The chapters of a report, in their order: each is a function that makes a section, or None.

A new chapter is one function and one entry here. It takes the whole `Findings` of a study, or a
`Reading` of them at one price of a gradient; the page shows the latter while that price is chosen.
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
    scores,
)
from blackbox.results.chapters.findings import Findings, Reading
from blackbox.results.writing.document import Section

OF_A_PRICE: tuple[Callable[[Reading], Section | None], ...] = (
    scores.summary,
    evidence.evidence,
)
OF_THE_STUDY: tuple[Callable[[Findings], Section | None], ...] = (
    gradients.prices,
    criteria.hypervolume,
    judged.judged,
    pictures.found,
    pictures.ways,
    account.skipped,
    account.failures,
    account.invalid_points,
    account.audit,
)
