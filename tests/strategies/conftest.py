"""Which promises of the dearest strategies are held by every run, and which before a release."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

# Of these a step takes a tenth of a second and more, whatever is asked, or they go the way of
# another entry with a dear model or a dear start.
DEAR = (
    "ax(",
    "smac(",
    "botorch_loop(",
    "nevergrad:NGOpt",
    "nevergrad:Cobyla",
    "parego",
    "turbo(acquisition='ts', q=3)",
    "bayes_opt(gradients=True)",
)
# Together they pass all of a strategy's lines; and the one by which runs are pairs.
ALWAYS = {
    "test_spends_all_of_the_budget_and_never_more",
    "test_survives_invalid_points",
    "test_begins_with_the_start_of_its_seed",
    "test_same_seed_same_trace_and_other_seed_other_trace",
}
# What importing these takes is paid for by two promises; a release holds them to all.
DEAREST = ("ax(", "smac(")
ALWAYS_OF_DEAREST = {
    "test_spends_all_of_the_budget_and_never_more",
    "test_begins_with_the_start_of_its_seed",
}
# Of a promise of the above that takes runs of its own, what searches are told.
TOLD = "test_invalid_points_are_told_as_worse_than_all_that_the_run_has_seen"


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark the other promises of these strategies as dear."""
    for item in items:
        if isinstance(item, pytest.Function) and "[" in item.name:
            promise, _, reference = item.name.partition("[")
            is_promise = item.cls is not None and item.cls.__name__ == "TestEveryStrategy"
            always = ALWAYS_OF_DEAREST if reference.startswith(DEAREST) else ALWAYS
            if is_promise and reference.startswith(DEAR) and promise not in always:
                item.add_marker(pytest.mark.dear)
            if promise == TOLD and reference.startswith(DEAREST):
                item.add_marker(pytest.mark.dear)
