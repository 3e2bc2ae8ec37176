"""The bests of a study's runs asked again, by one of the processes that make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from blackbox.cell import cell_of, cell_of_spec
from blackbox.confirmation import Unanswered, best_of_several, unconfirmed
from blackbox.execute import confirmed
from blackbox.notices import warn
from blackbox.plan import RunSpec
from blackbox.runtime.store import Store
from blackbox.sharing import Sharing
from blackbox.trace import Trace

# The claim of whoever asks bests again.
CONFIRMING = "confirming"


@dataclass
class BestsAgain:
    """Has bests of the runs that are `made` asked again, and puts what is said into their place."""

    made: list[Trace]
    sharing: Sharing | None
    deadline: float | None
    unconfirmed: set[str] = field(default_factory=set)  # keys of those that wait for it

    def confirm(self, specs: Sequence[RunSpec], *, is_last: bool) -> None:
        """Have bests asked again: of noisy runs that were left so, or, last, of the best run."""
        wanted = self._unconfirmed(specs, is_last=is_last)
        if not wanted or self.sharing is None:
            self._confirm(wanted, None)
            return
        with self.sharing.turn(CONFIRMING, self.deadline) as is_mine:
            if is_mine:  # another process may have asked some of them meanwhile
                self._take_anew([one.spec for one in wanted])
                wanted = self._unconfirmed(specs, is_last=is_last)
                self._confirm(wanted, self.sharing.store)

    def _unconfirmed(self, specs: Sequence[RunSpec], *, is_last: bool) -> list[Unanswered]:
        """What is to be asked again.

        The best run of a strategy is asked once more, where all its runs are there.
        """
        finished = {cell_of(trace): trace for trace in self.made if trace.is_noisy}
        cells: dict[tuple[str, str], list[tuple[Trace | None, RunSpec]]] = {}
        for spec in specs:
            cell = cell_of_spec(spec)
            cells.setdefault(cell[:2], []).append((finished.get(cell), spec))
        wanted: list[Unanswered] = []
        for runs in cells.values():
            made = [(trace, spec) for trace, spec in runs if trace is not None]
            short = [one for run in made if (one := unconfirmed(*run)).rows]
            if not is_last:
                wanted += short
            elif len(made) == len(runs) and not short:
                wanted += best_of_several(made)
        return wanted

    def _confirm(self, wanted: Sequence[Unanswered], store: Store | None) -> None:
        self.unconfirmed |= {one.spec.key for one in wanted}
        again = confirmed(wanted, store, deadline=self.deadline, tell=warn)
        for spec, trace in again:
            self.unconfirmed.discard(spec.key)
            self._replace(trace)

    def _take_anew(self, specs: Sequence[RunSpec]) -> None:
        for spec in specs:
            if self.sharing is not None and (run := self.sharing.store.find(spec.key)) is not None:
                self._replace(run.trace)

    def _replace(self, trace: Trace) -> None:
        nth = next(nth for nth, one in enumerate(self.made) if cell_of(one) == cell_of(trace))
        self.made[nth] = trace
