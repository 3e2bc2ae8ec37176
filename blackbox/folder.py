"""What a study's folder holds of a plan: what is finished, what is stale, what has to be made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from blackbox.errors import StoreError
from blackbox.plan import Plan, RunSpec, StudyCode
from blackbox.runtime.holder import Holder
from blackbox.runtime.run_file import StoredRun
from blackbox.runtime.store import Store
from blackbox.trace import Status, Trace

# The share of points without a score above which `again="invalid"` makes a run anew.
MOSTLY = 0.5
# So many changes are named in an error.
MOST_CHANGES = 8


@dataclass
class Folder:
    """A plan held against the folder in which it is carried out."""

    store: Store
    plan: Plan
    again: frozenset[str] = frozenset()
    done: dict[str, Trace] = field(default_factory=dict)
    todo: list[RunSpec] = field(default_factory=list)
    to_judge: list[tuple[RunSpec, StoredRun]] = field(default_factory=list)

    def open(self, recipe: Mapping[str, Any], others: Sequence[Holder] = ()) -> None:
        """Make the folder this plan's, and sort its runs into finished ones and others.

        Raises StoreError where it holds runs of other code, or where `others` carry out another
        study there, before anything is paid for.
        """
        self._refuse_earlier_version()
        self._refuse_edits(recipe)
        if others:
            self._refuse_another_study(recipe, others)
        else:
            self._begin(recipe)
        for spec in self.plan.specs:
            self._sort(spec)

    def _begin(self, recipe: Mapping[str, Any]) -> None:
        """Make what this process finds, and has to itself, this plan's."""
        self.store.journals.mend()
        held, code = self.store.code(), self.plan.code.to_json()
        merged = {kind: {**held.get(kind, {}), **code.get(kind, {})} for kind in {**held, **code}}
        facts = {name: one.to_json() for name, one in self.plan.facts.items()}
        self.store.keep(code=merged, facts=self.store.facts() | facts, recipe=recipe)
        if "all" in self.again:
            self.store.forget({spec.search for spec in self.plan.specs})

    def _refuse_another_study(self, recipe: Mapping[str, Any], others: Sequence[Holder]) -> None:
        who = " and ".join(map(str, others))
        if self.again:
            raise StoreError(
                f"{who} works on {self.store.runs}, so that nothing is made anew there now: wait "
                "until it has ended, or use another folder"
            )
        theirs, ours = self.store.recipe(), json.loads(json.dumps(recipe))
        unlike = [name for name in {**theirs, **ours} if theirs.get(name) != ours.get(name)]
        if unlike:
            raise StoreError(
                f"{who} carries out another study in {self.store.runs} (other {', '.join(unlike)})"
                ": wait until it has ended, or use another folder"
            )

    def _sort(self, spec: RunSpec) -> None:
        run = self.store.find(spec.key)
        if run is not None and "invalid" in self.again and _is_mostly_invalid(run.trace):
            self.store.forget({spec.search})
            run = None
        if run is None or run.trace.status is Status.FAILED:
            self.todo.append(spec)  # one that failed is replayed: nothing of it is paid again
            return
        prices: Sequence[float] = run.header.get("prices", ())
        if run.header.get("verdicts") != spec.verdicts or not {*spec.prices} <= {*prices}:
            self.to_judge.append((spec, run))
        else:
            self.done[spec.key] = run.trace

    def _refuse_earlier_version(self) -> None:
        if self.store.is_earlier():
            raise StoreError(
                f"{self.store.runs} holds runs of an earlier version of blackbox, which did not "
                "note the code that made them: they can be read (bb.load, blackbox report), not "
                "continued; carry out the study in another folder"
            )

    def _refuse_edits(self, recipe: Mapping[str, Any]) -> None:
        held, now = StudyCode.from_json(self.store.code()), self.plan.code
        edits: list[str] = []
        judged: list[str] = []
        for name, code in now.objectives.items():
            if (earlier := held.objectives.get(name)) is None:
                continue
            changes = code.search.changes(earlier.search)
            edits += [f"objective {name}: {change}" for change in changes]
            verdicts = code.verdicts.changes(earlier.verdicts)
            judged += [f"objective {name}: {change}" for change in verdicts]
            if not changes and self._scores_otherwise(name, recipe):
                edits.append(
                    f"objective {name}: its code is the same, but the first prior draws score "
                    "otherwise: it depends on something outside (a file, a service, a package)"
                )
        for label, identity in now.strategies.items():
            if (before := held.strategies.get(label)) is not None:
                edits += [f"strategy {label}: {change}" for change in identity.changes(before)]
        edits += [
            f"what {label} is told of objective {name}: was {was}, is {content}"
            for label, contents in now.told.items()
            for name, content in contents.items()
            if (was := held.told_of(label, name)) not in ("", content)
        ]
        if edits and not self.again & {"edited", "all"}:
            what = "makes the runs of what changed anew, and keeps the earlier ones"
            raise StoreError(self._refusal(edits, "edited", what))
        if judged and not self.again & {"judges", "edited", "all"}:
            what = "asks the judges again, in place of what they said, and pays for no search"
            raise StoreError(self._refusal(judged, "judges", what))

    def _scores_otherwise(self, name: str, recipe: Mapping[str, Any]) -> bool:
        if not (self.store.runs / "recipe.json").exists():
            return False
        earlier = self.store.recipe()["fingerprints"].get(name)
        return earlier is not None and bool(earlier != recipe["fingerprints"][name])

    def _refusal(self, changes: Sequence[str], again: str, what: str) -> str:
        # What has another value or another code tells more than what is new in its company.
        shown = sorted(changes, key=lambda change: change.endswith((": new", "no longer used")))
        lines = "".join(f"  {change}\n" for change in shown[:MOST_CHANGES])
        if len(shown) > MOST_CHANGES:
            lines += f"  and {len(shown) - MOST_CHANGES} more\n"
        return (
            f"{self.store.runs} holds runs that were made otherwise:\n{lines}"
            f"again={again!r} (on the command line --again {again}) {what}. Or undo the change, or "
            "use another folder"
        )


def _is_mostly_invalid(trace: Trace) -> bool:
    return len(trace) > 0 and bool(np.mean(~trace.valid) > MOSTLY)
