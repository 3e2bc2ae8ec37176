"""What a folder holds of a run's answers: it is replayed from them, and pays for none again."""

from __future__ import annotations

from collections.abc import Iterator

from blackbox.plan import RunSpec
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.store import Store


def earlier_answers(spec: RunSpec, store: Store) -> Iterator[Exchange]:
    """What is known of a run's answers: from a journal, or from the same run with less money."""
    yield from max((list(store.journals.exchanges(spec.key)), *_with_less(spec, store)), key=len)


def _with_less(spec: RunSpec, store: Store) -> Iterator[list[Exchange]]:
    """Records of the same search under a smaller budget or at a higher price of a gradient.

    A run that had looked at its budget or price may have planned by them: it is made anew.
    """
    for run in store.begun_with_less(spec.search):
        trace = run.trace
        is_same = {"budget": trace.budget == spec.budget, "price": trace.price == spec.price}
        if trace.budget > spec.budget or trace.price.gradient < spec.price.gradient:
            continue
        is_same["retries"] = run.header.get("charge_retries", False) == spec.limits.charge_retries
        if all(is_same[name] for name in {"retries", *run.reads}):
            yield list(run.exchanges())
