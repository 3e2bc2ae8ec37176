"""One way to call a scorer, and what to say where none works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import copied
from blackbox.scoring.facts import Kind
from blackbox.scoring.pipeline import handed
from blackbox.scoring.scorer import Scorer


@dataclass(frozen=True)
class Form:
    """One way to call a scorer."""

    offer: Literal["gradient", "numpy", "torch"]
    batched: bool
    cast: str

    @property
    def kind(self) -> Kind:
        """What it is handed."""
        return "numpy" if self.offer == "numpy" else "torch"

    def in_words(self) -> str:
        """What it is called with."""
        things = ("arrays", "an array") if self.kind == "numpy" else ("tensors", "a tensor")
        return f"a batch of {things[0]}" if self.batched else f"{things[1]} of one object"

    def prepared(self, objects: Any) -> Any:
        """Objects as this form hands them over, cut from the graph that made them."""
        given = copied(handed(objects, self.kind, self.cast))
        if not isinstance(given, torch.Tensor):
            return given
        if self.offer != "gradient":
            return given.detach()
        return given.detach().requires_grad_(True).clone()  # a leaf may not be written into


# What each form that does not work ran into last.
Failures: TypeAlias = dict[Form, Exception]


def refusal(scorer: Scorer, failures: Failures, objects: Any, tried: int) -> ObjectiveError:
    """One error of many: a complaint about what was returned tells more than what was raised."""
    complaint = next((e for e in failures.values() if isinstance(e, ObjectiveError)), None)
    raised = {
        form: f"{type(error).__name__}: {error}"
        for form, error in failures.items()
        if not isinstance(error, ObjectiveError) and form.offer != "gradient"
    }
    if complaint is not None:
        text, alone = (
            str(complaint),
            [message for form, message in raised.items() if not form.batched],
        )
        if scorer.batched is None and alone:
            text += f" (called with one object it raised {alone[-1]})"
        return ObjectiveError(text)
    by_error: dict[str, str] = {}
    for form, message in raised.items():
        by_error.setdefault(message, form.in_words())
    attempts = "; ".join(f"called with {form}, {text}" for text, form in by_error.items())
    return ObjectiveError(
        f"scorer {scorer.name} raised on every one of {tried} prior draws: "
        f"{attempts}; {_advice(objects, attempts)}"
    )


def _advice(objects: Any, errors: str) -> str:
    dtype = str(getattr(objects, "dtype", "")).removeprefix("torch.")
    if dtype and not dtype.startswith(("float", "bfloat")):
        change = ".real, .abs()" if dtype.startswith("complex") else ".float()"
        return f"the decoder's objects are {dtype}: should it end in {change}?"
    if "dtype" in errors:
        return f"the decoder's objects are {dtype}: write x.float() or x.double() in the scorer"
    return "return nan for an object that has no score"
