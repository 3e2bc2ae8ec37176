"""What a claim is: something that follows from numbers or does not, with where it rests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import pandas as pd

NAN = float("nan")
# What a claim is made of, and what it yields where it is true.
N = TypeVar("N")
E = TypeVar("E")


class Tables(Protocol):
    """What is asked of a view."""

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What was asked for."""
        ...

    @property
    def missing(self) -> pd.DataFrame:
        """The runs that are not made yet."""
        ...

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run."""
        ...

    @property
    def steps(self) -> pd.DataFrame:
        """One row per run and range of prices over which it would have found the same."""
        ...

    @property
    def losses(self) -> frozenset[str]:
        """The objectives whose scorer returns a loss."""
        ...

    @property
    def scores(self) -> Tables:
        """The same with losses as scores."""
        ...

    def leaders(self, by: str = "score") -> pd.DataFrame:
        """Who leads on each objective, and who is level."""
        ...

    def exploitation(self, truth: str | None = None) -> pd.DataFrame:
        """Promised against real."""
        ...

    def harm(self) -> pd.DataFrame:
        """Whether searches left the limits of judges."""
        ...

    def racing(self) -> pd.DataFrame:
        """The rounds in which seeds were added."""
        ...

    def tuning(self) -> pd.DataFrame:
        """Each tuned strategy against the best of its settings."""
        ...


@dataclass(frozen=True, eq=False)
class Numbers:
    """The tables that claims are made of, each made once."""

    view: Tables
    trusted: pd.DataFrame | None = None  # a row per run, where it was asked for

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run, its levels as scores: the higher, the better."""
        return self.view.scores.runs

    @cached_property
    def objectives(self) -> list[str]:
        """Their names, in order."""
        return list(dict.fromkeys(self.runs["objective"]))

    @cached_property
    def by_score(self) -> pd.DataFrame:
        """Who leads by the score."""
        return self.view.leaders("score")

    @cached_property
    def by_truth(self) -> pd.DataFrame:
        """Who leads by the truth, on the objectives that have one."""
        return self.view.leaders("truth")

    @cached_property
    def of_the_unharmed(self) -> pd.DataFrame:
        """Who leads of those within the limits of judges, where these tell some from others."""
        harmed = self.harm.loc[self.harm["harmed"].astype(bool), "objective"]
        if not len(harmed):
            return self.by_score.iloc[:0]
        table = self.view.leaders("unharmed")
        return table[table["objective"].isin(harmed)]

    @cached_property
    def exploitation(self) -> pd.DataFrame:
        """Promised against real."""
        return self.view.exploitation()

    @cached_property
    def harm(self) -> pd.DataFrame:
        """Whether searches left the limits of judges."""
        return self.view.harm()


@dataclass(frozen=True)
class Sentence:
    """One of a verdict: its words, the number that it turns on with its interval, and the rows.

    `evidence` is the table and the rows of it that show the same, as they are asked of a study:
    `leaders('score').query('objective == "bowl"')`.
    """

    text: str
    evidence: str
    figure: float = NAN
    low: float = NAN
    high: float = NAN


@dataclass(frozen=True)
class Claim(Generic[N, E]):
    """A name, and a function of numbers that yields where the claim is true: nothing where not.

    Those of a verdict yield sentences of a study's tables; those of a page that is written by hand
    (`blackbox.pages`) the figures of its sentence, from frames.
    """

    name: str
    of: Callable[[N], Iterable[E]]
