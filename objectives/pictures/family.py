"""The parts that a family of pictures brings: decoders, networks that are searched, and judges."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.objectives.stroke_limits import StrokeLimits
from blackbox.plain import is_whole
from blackbox.space import Space

Kind = Literal["vae", "autoencoder", "gan", "flow", "pixel_flow", "none"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Coded = Literal["vae", "autoencoder"]
Part = Literal["train", "test"]
Anything = TypeVar("Anything")
DIGITS = 10


class Heads(Protocol):
    """What an autoencoder reads from its codes `z` `[n, d]`."""

    def digit_log_probability(self, z: Tensor) -> Tensor:
        """The log-probability `[n, 10]` of each digit."""
        ...

    def thickness(self, z: Tensor) -> Tensor:
        """The stroke thickness `[n]` in pixels."""
        ...


@dataclass(frozen=True)
class Codes:
    """Codes `z` `[n, d]` of real digits and what they show, `classes` `[n]`; both read-only."""

    z: NDArray[np.float64]
    classes: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Hold both fast: one for all objectives of a process."""
        self.z.flags.writeable = self.classes.flags.writeable = False


class Captions(Protocol):
    """A joint encoder of pictures and captions."""

    def score(self, x: Tensor, caption: str) -> Tensor:
        """The log-probability `[n]` that `caption` fits the pictures `x`."""
        ...


@dataclass(frozen=True)
class Detector:
    """Tells what lies far from real digits: the higher, the farther.

    `measure(x, classes)` is `[n]` for pictures `x` that are meant to show the digits `classes`
    `[n]`; `high` is its 95th percentile on held-out real digits, `by_class` `[10]` of each digit.
    Beyond `extreme`, the 99.5th of all, hardly one of them lies: there no truth has a say.
    """

    measure: Callable[[Tensor, Tensor], Tensor]
    high: float
    by_class: tuple[float, ...]
    extreme: float


@dataclass(frozen=True, eq=False)
class Family:
    """Pictures `[n, h, w]` in `[0, 1]` of digits, and what was trained on them.

    Parts are functions, so that nothing is loaded before it is used; a part that is None is not
    there, and a question that needs it says so.
    """

    name: str
    kinds: tuple[Kind, ...]
    # The module from points [n, d] to pictures and its space; the points of pictures.
    decoder: Callable[[Kind], tuple[nn.Module, Space]]
    encode: Callable[[Kind, Tensor], Tensor]
    heads: Callable[[Coded], Heads]
    codes: Callable[[Coded, Part], Codes]
    # Searched: a classifier to logits [n, 10], of layers in a row.
    reader: Callable[[], nn.Sequential]
    # Judges: the measured thickness [n] in pixels, NaN beyond the limits of real strokes; slant,
    # width and height [n, 3]; and classifiers.
    true_thickness: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    true_shape: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    # Between which the strokes of real digits lie.
    stroke_limits: StrokeLimits
    classifiers: Callable[[], Sequence[nn.Module]]
    # By name: those that know no decoder ("none"), and of other kinds also their own.
    detectors: Callable[[Kind], Mapping[str, Detector]]
    # The standard deviation of slant, width and height within a class.
    shape_scale: tuple[float, float, float]
    # The mean squared error up to which a picture shrunk by `factor` is still the same.
    factor: int
    low_resolution_error: Callable[[], float]
    # The points of codes, where a kind makes a code on its way: flow.
    coding: Mapping[Kind, Callable[[], nn.Module]] = field(default_factory=dict)
    thickness_reader: Callable[[], nn.Module] | None = None
    discriminator: Callable[[], nn.Module] | None = None
    captions: Callable[[bool], Captions] | None = None
    judge_features: Callable[[Tensor], Tensor] | None = None
    # What a picture costs in seconds, where that is not the usual.
    seconds: Mapping[Kind, float] = field(default_factory=dict)
    # Real held-out pictures and what they show, where the data set is at hand.
    real: Callable[[], tuple[Tensor, NDArray[np.int64]]] | None = None

    # The measures of the strokes of training digits [n, 5], from which their limits were taken.
    real_strokes: Callable[[], NDArray[np.float64]] | None = None

    def __reduce__(self) -> tuple[Callable[[str], Family], tuple[str]]:
        """Travel by name: the family `mnist` is `blackbox.objectives.mnist.FAMILY` anywhere."""
        return family_of, (self.name,)

    def checked(self, kind: Kind) -> Kind:
        """The kind of a decoder. Raises ValueError where this family has none of that kind."""
        if kind in self.kinds:
            return kind
        available = ", ".join(map(repr, self.kinds))
        raise ValueError(f"{self.name} has no decoder {kind!r}; known: {available}")

    def part(self, part: Anything | None, what: str) -> Anything:
        """A part. Raises ValueError where the family does not have it."""
        if part is None:
            raise ValueError(f"{self.name} has no {what}; ask this of another family of pictures")
        return part


def family_of(name: str) -> Family:
    """The family that lives in `blackbox.objectives.<name>`."""
    family = importlib.import_module(f"blackbox.objectives.{name}").FAMILY
    assert isinstance(family, Family)
    return family


def one_of(setting: str, value: str, choices: object) -> None:
    """Raise ValueError unless `value` is one of a Literal's choices."""
    if value not in get_args(choices):
        available = " or ".join(map(repr, get_args(choices)))
        raise ValueError(f"{setting} must be {available}, not {value!r}")


def as_digit(setting: str, value: object) -> int:
    """A digit. Raises ValueError where it is none."""
    if not is_whole(value) or not 0 <= value < DIGITS:
        raise ValueError(f"{setting} must be a digit, {setting}=0 to 9, not {value!r}")
    return int(value)
