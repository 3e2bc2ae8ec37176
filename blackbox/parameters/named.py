"""Named parameters as a decoder from the unit cube to rows of values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ParameterError
from blackbox.late import is_frame, pandas
from blackbox.parameters.kinds import Parameter, Real, Value
from blackbox.parameters.sources import parameters_of
from blackbox.parameters.tables import plain
from blackbox.space import Array, Space

if TYPE_CHECKING:
    import pandas as pd


class NamedRow(dict[str, Any]):
    """The values of one object by name: `row["rate"]`, or `row.rate`."""

    def __getattr__(self, name: str) -> Any:
        """The value of this name."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"there is no parameter {name}; there are {', '.join(self)}"
            ) from None


@dataclass(frozen=True)
class NamedSpace(Space):
    """The unit cube of named parameters."""

    parameters: Parameters | None = None

    @property
    def named(self) -> Parameters:
        """The parameters, which every such space has."""
        assert self.parameters is not None
        return self.parameters

    def canonical(self, z: Array) -> Array:
        """The points that stand for the same objects, each in the middle of all that do."""
        return self.named.canonical(z)

    def numbers(self, z: Array) -> Array:
        """The numbers `[n, d]` of points: values, and the places of options."""
        decoded: Array = self.named.decode(torch.tensor(np.clip(z, 0.0, 1.0))).numpy()
        return decoded

    def objects_after(self, z: Array, n: int) -> list[Array]:
        """The next `n` canonical points behind `z [d]`, of all in order; none where one is real."""
        sizes = [one.size for one in self.named.values() if one.size is not None]
        if len(sizes) < self.dim:
            return []
        lowest = np.array([getattr(one, "lower", 0) for one in self.named.values()])
        digits = (self.numbers(z[None])[0] - lowest).astype(int)
        ahead = []
        for _ in range(min(n, math.prod(sizes))):
            for axis in reversed(range(self.dim)):  # as one counts on
                digits[axis] = (digits[axis] + 1) % sizes[axis]
                if digits[axis]:
                    break
            ahead.append(self.named.encode((digits + lowest)[None].astype(float))[0])
        return ahead

    def __str__(self) -> str:
        """What a table shows: `parameters(temperature, stages)`."""
        return f"parameters({', '.join(self.parameters or ())})"


class Parameters(Mapping[str, Parameter]):
    """Parameters by name, to be searched: `bb.Objective(f, space=parameters)`.

    The scorer is called by keywords where its signature names the parameters, else with one row
    (`row["rate"]`, `row.rate`); with `batched=True` it gets a frame `[n]`, or a dict of tensors
    `[n]` if it is made of torch's operations. Where a parameter has a `default`, a seed's first
    start has it.

    >>> from blackbox.parameters import Integer, Real
    >>> parameters = Parameters(heat=Real(20, 90, unit="degC"), stages=Integer(1, 8))
    >>> parameters.rows(np.full((1, 2), 0.5))
    [{'heat': 55.0, 'stages': 5}]
    """

    def __init__(self, parameters: Any = None, /, **by_name: Parameter) -> None:
        """Of keywords, or of a mapping, whose names may be any text, or of what others have.

        A frame of known rows: each column from its least to its largest value; a dict of optuna's
        distributions; a ConfigSpace without conditions. Raises ParameterError.
        """
        given = {} if parameters is None else parameters_of(parameters)
        if twice := given.keys() & by_name.keys():
            raise ParameterError(f"{', '.join(sorted(twice))}: named twice")
        self._all: dict[str, Parameter] = given | parameters_of(by_name)
        if not self._all:
            raise ParameterError("name one parameter or more: Parameters(rate=bb.Real(0, 1))")
        if nameless := [name for name in self._all if not name.strip()]:
            raise ParameterError(f"a parameter's name is a text, not {nameless[0]!r}")

    def __getitem__(self, name: str) -> Parameter:
        """The parameter of this name."""
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._all)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def __hash__(self) -> int:
        """That of the names."""
        return hash(tuple(self._all))

    def __repr__(self) -> str:
        """As it is written."""
        return f"Parameters({', '.join(f'{name}={one!r}' for name, one in self.items())})"

    @cached_property
    def space(self) -> NamedSpace:
        """The unit cube, an axis per parameter."""
        n = len(self)
        return NamedSpace(n, "box", (0.0,) * n, (1.0,) * n, shape=(n,), parameters=self)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """The numbers of points `[n, d]`: values, and the places of options."""
        columns = [one.decoded(z[:, nth]) for nth, one in enumerate(self.values())]
        return torch.stack(columns, dim=1)

    def encode(self, numbers: Array) -> Array:
        """The canonical points of numbers `[n, d]`."""
        columns = [one.encoded(numbers[:, nth]) for nth, one in enumerate(self.values())]
        return np.clip(np.stack(columns, axis=1), 0.0, 1.0)

    def canonical(self, z: Array) -> Array:
        """The point in the middle of all that stand for the same object; real axes stay."""
        steps = [nth for nth, one in enumerate(self.values()) if not isinstance(one, Real)]
        if not steps:
            return z
        middle = np.array(z)
        encoded = self.encode(self.decode(torch.from_numpy(np.clip(z, 0.0, 1.0))).numpy())
        middle[:, steps] = encoded[:, steps]
        return middle

    def rows(self, z: Array) -> list[NamedRow]:
        """The named values of points `[n, d]`."""
        return [self.row(numbers) for numbers in self.decode(torch.tensor(np.array(z))).numpy()]

    def row(self, numbers: Sequence[float] | NDArray[np.float64]) -> NamedRow:
        """The named values of the numbers `[d]` of one object."""
        pairs = zip(self.items(), numbers, strict=True)
        return NamedRow({name: one.value(float(number)) for (name, one), number in pairs})

    def frame(self, numbers: Array) -> pd.DataFrame:
        """The named values of numbers `[n, d]`, a column per parameter."""
        columns = {
            name: [one.value(float(number)) for number in numbers[:, nth]]
            for nth, (name, one) in enumerate(self.items())
        }
        frame: pd.DataFrame = pandas.DataFrame(columns)
        return frame

    def points(self, rows: pd.DataFrame | Sequence[Mapping[str, Any]]) -> Array:
        """The points `[n, d]` of named values. Raises ParameterError for what is none of theirs."""
        table: pd.DataFrame = rows if is_frame(rows) else pandas.DataFrame(list(rows))
        if missing := [name for name in self if name not in table.columns]:
            raise ParameterError(
                f"{', '.join(missing)}: not among {', '.join(map(str, table.columns)) or 'nothing'}"
            )
        numbers = np.empty((len(table), len(self)))
        for nth, (name, one) in enumerate(self.items()):
            for row, value in enumerate(table[name].tolist()):
                try:
                    numbers[row, nth] = one.number(value)
                except ParameterError as error:
                    raise ParameterError(f"{name}, row {row}: {error}") from None
        return self.encode(numbers)

    def columns(self, z: Array) -> NamedRow:
        """The named values of points `[n, d]`, a column `[n]` each."""
        table = self.frame(self.decode(torch.tensor(np.array(z))).numpy())
        return NamedRow({name: table[name].to_numpy() for name in self})

    def starts(self, rng: np.random.Generator, m: int, space: Space | None = None) -> Array:
        """The first points of a seed: draws, the first of them with the defaults that there are.

        Raises ParameterError where what is allowed of the `space` (its own) forbids these.
        """
        space = space or self.space
        z = space.sample(rng, m)
        for nth, one in enumerate(self.values()):
            if one.default is not None and m:
                z[0, nth] = one.encoded(np.array([one.number(one.default)]))[0]
        if space.where is not None and m and not space.where(self.canonical(z[:1]))[0]:
            raise ParameterError(
                f"the defaults make a first start that where={space.where.name} forbids: "
                f"{self.rows(z[:1])[0]}; give others"
            )
        return space.repaired(self.canonical(z))

    def texts(self, numbers: Any) -> list[str]:
        """Objects in words: `rate 0.001 mol/s, stages 5`."""
        shown = []
        for row in np.asarray(numbers, float):
            values = self.row(row)
            words = [_in_words(name, values[name], one.unit) for name, one in self.items()]
            shown.append(", ".join(words))
        return shown

    def to_json(self) -> dict[str, dict[str, Any]]:
        """As plain values, which `from_json` and the tables of a study file read."""
        return {name: plain(one) for name, one in self.items()}

    @classmethod
    def from_json(cls, table: Mapping[str, Mapping[str, Any]]) -> Parameters:
        """Of a table with a `kind` for each name. Raises ParameterError for another one."""
        return cls(table)


def _in_words(name: str, value: Value, unit: str) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{name} {text} {unit}".rstrip()
