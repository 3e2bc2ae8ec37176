"""What a probe found out about an objective: plain values, kept with a study and sent to workers.

Nothing that decides a number may read a clock. What was timed is rounded here, once, and travels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import torch

from blackbox.constraints import Constraints
from blackbox.scoring.batching import SHAPES, Batching

Kind = Literal["torch", "numpy"]
# Seconds of an object, rounded to a power of ten, up to which padding is next to free.
FREE = 1e-3


@dataclass(frozen=True)
class Facts:
    """How the scorer likes its objects, what has a gradient, what is noisy, and what it costs."""

    kind: Kind = "torch"
    batched: bool = True  # a batch of objects a call; otherwise one object
    dtype: torch.dtype = torch.float64  # of the points that the decoder is handed
    device: torch.device = torch.device("cpu")  # noqa: RUF009 - it is frozen too
    cast: str = ""  # objects are made this dtype before they are scored
    changes_objects: bool = False  # whether it writes into what it is handed: it gets copies
    with_gradients: bool = False  # whether functions must be called with gradients enabled always
    scorer_differentiable: bool = False
    decoder_differentiable: bool = False
    why_not: str = ""  # why there is no gradient of the score, in words
    decodes_arrays: bool = False  # objects are real numbers of one shape
    object_numbers: int = 0  # how many numbers an object holds; 0 where it is none of numbers
    batching: Batching = SHAPES
    # Rows of a call that were once too many for the memory, by what was asked: "score", ...
    too_large: Mapping[str, int] = field(default_factory=dict)
    scorer_multiple: int = 1  # rows of objects are padded to this multiple where they are scored
    seconds: float = FREE  # of one object, decoded and scored; a power of ten
    dear: bool = False  # whether padding is not next to free
    judge_seconds: Mapping[str, float] = field(default_factory=dict)  # of one object; likewise
    gradient_seconds: float | None = None  # of one object with its gradient; a power of ten
    gradient_price: float | None = None  # measured, in scores; two digits. None: no gradient
    noise: float = 0.0  # standard deviation of a score that is asked again
    noise_from: str = ""  # where it comes from, in words
    # Of the probe's first draws: they tell an edited scorer from the old one. () if it is noisy.
    scores: tuple[float, ...] = ()
    probed: int = 0  # objects that the probe called
    ends_process: bool = False  # whether a call has ended its process: it gets one of its own
    remarks: tuple[str, ...] = ()
    constraints: Constraints | None = None  # their names, and the sizes of violations

    @property
    def is_noisy(self) -> bool:
        """Whether the same object scores differently when it is asked again: seen, or declared."""
        return bool(self.noise_from)

    @property
    def rows_of_a_call(self) -> int | None:
        """Most rows that one run has answered in one call; None where calls serve several runs.

        One where objects are dear and scored one by one: each is kept before the next is asked.
        """
        if self.batching.fused:
            return None
        return 1 if self.dear and not self.batched else self.batching.step

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self) | {"dtype": short_name(self.dtype), "device": str(self.device)}

    @staticmethod
    def from_json(table: Mapping[str, Any]) -> Facts:
        """Facts as `to_json` wrote them."""
        plain = dict(table)
        plain |= {"batching": Batching(**table["batching"])}
        plain |= {"dtype": getattr(torch, table["dtype"]), "device": torch.device(table["device"])}
        plain |= {name: tuple(table[name]) for name in ("scores", "remarks")}
        if held := plain.get("constraints"):
            lists = {name: tuple(held[name]) for name in ("names", "sizes")}
            plain["constraints"] = Constraints(**{**held, **lists})
        return Facts(**plain)

    def in_words(self, *, hidden: bool = False) -> dict[str, str]:
        """What tables and reports say of it; `hidden`: the objective does not show its gradient."""
        gradient = self.why_not or ("hidden: differentiable=False" if hidden else "yes")
        cut = f"up to {self.batching.step} objects a call"
        if self.batching.multiple > 1:
            cut += f", padded to multiples of {self.batching.multiple}"
        if not self.batching.fused:
            cut += ", of one run only"
        if self.too_large:
            cut += f", fewer than {min(self.too_large.values())} since memory was out"
        price = "none" if self.gradient_price is None else f"{self.gradient_price:g} scores"
        slope = "none" if self.gradient_seconds is None else roughly(self.gradient_seconds)
        noise = "none seen" if not self.noise_from else f"sd {self.noise:.2g}, {self.noise_from}"
        return {
            "scorer is called with": "a batch of objects" if self.batched else "one object",
            "objects are handed over as": f"{self.kind} {self.cast}".strip(),
            "points": f"{short_name(self.dtype)} on {self.device}",
            "gradient of the score": gradient,
            "noise": noise,
            "calls": cut,
            "seconds of a score": roughly(self.seconds),
            "seconds of a score with its gradient": slope,
            "measured price of a gradient": price,
            "objects called by the probe": str(self.probed),
            **({"constraints": ", ".join(self.constraints.names)} if self.constraints else {}),
            **({"remarks": "; ".join(self.remarks)} if self.remarks else {}),
        }


def roughly(seconds: float) -> str:
    """What a clock said once.

    >>> roughly(2.1e-5), roughly(12.34)
    ('about 2e-05', 'about 12')
    """
    return f"about {seconds:.0e}" if seconds < 0.1 else f"about {seconds:.2g}"


def short_name(dtype: torch.dtype) -> str:
    """What a dtype is called without its package.

    >>> short_name(torch.float32)
    'float32'
    """
    return str(dtype).removeprefix("torch.")


def power_of_ten(seconds: float) -> float:
    """Seconds rounded to a power of ten, so that a second measurement gives the same.

    >>> power_of_ten(0.02), power_of_ten(0.0)
    (0.01, 1e-09)
    """
    return float(f"1e{round(math.log10(max(seconds, 1e-9)))}")


def two_digits(value: float) -> float:
    """A number rounded to two significant digits.

    >>> two_digits(1.2345), two_digits(0.0)
    (1.2, 0.0)
    """
    return float(f"{value:.1e}")
