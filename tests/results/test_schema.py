"""The schema: every column of every table is described, and what is described exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox.results import schema
from blackbox.results.schema.column import Column
from blackbox.results.statistics.missing_runs import missing_runs
from blackbox.results.view import View
from tests.results.studies import RECIPE, difficult, make_study

ASKED = {"paired": ("random_search",), "paired_over_objectives": ("random_search",)}
# Made of frames that exist only where there is something to tell.
SOMETIMES = {"<criterion>", "judge_<name>"}
CRITERIA = {"far", "criterion_score", "high", "low"}


@cache
def studies() -> tuple[View, ...]:
    """What was made in this process, by hand, and read from a log that does not tell all."""

    def both(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x.sum(-1), -(x**2).sum(-1)], -1)

    judges = {
        "real": bb.Judge(lambda x: torch.tanh(x).sum(-1), truth=True),
        "size": bb.Judge(lambda x: x.norm(dim=-1), high=4.0),
    }
    one = bb.Objective(
        both, name="one", weights={"far": 1, "score": 0.5}, judges=judges, space=bb.Space.normal(2)
    )
    hidden = bb.Objective(lambda x: np.asarray(x)[:, 0], name="hidden", space=bb.Space.normal(2))
    plant = bb.Objective(
        lambda row: -float(row.heat) - row.stages,
        name="plant",
        space=bb.Parameters(heat=bb.Real(0, 1), stages=bb.Integer(1, 3)),
    )
    bound = bb.Objective(
        lambda x: bb.Scored(x.sum(-1), {"size": 1 - x.norm(dim=-1)}),
        name="bound",
        space=bb.Space.normal(2),
    )
    made = bb.compare(
        [one, hidden, plant, bound], ["random_search", "gradient_ascent"], 12, seeds=2
    )
    unknown = ("n_duplicate", "n_clipped", "n_gradients")
    log = [replace(trace, unknown=unknown) for trace in difficult()]
    recipe = made.recipe | {"prices": [1.0]}
    skipped = pd.DataFrame({"objective": ["o"], "strategy": ["s"], "reason": ["r"]})
    missing = missing_runs({"fingerprints": ["o"], "strategies": ["s"], "seeds": [0]}, ())
    by_hand = View(difficult(), recipe, skipped, missing=missing)
    rule = {"until_settled": {"at_most": 8, "within": 0.0, "step": 2}, "seeds": list(range(8))}
    raced = View(make_study(["bowl"], seeds=8), RECIPE | rule | {"objectives": ["bowl"]}, price=1)
    noisy = bb.Objective(
        lambda x: x.sum(-1) + torch.randn(len(x)), space=bb.Space.normal(2), name="noisy"
    )
    lucky = bb.compare(noisy, ["random_search", "gradient_ascent"], 6, seeds=2, confirm=2)
    both_ways, past = ["random_search", "warm:random_search"], (np.zeros((1, 2)), [0.0])
    warm = bb.compare(hidden, both_ways, 3, seeds=1, known=past)
    true = bb.Judge(lambda x: -x[:, 0], truth=True)
    verified = bb.Objective(
        lambda x: x[:, 0], name="verified", space=bb.Space.normal(2), judges={"true": true}
    )
    guarded = bb.compare(
        verified, ["guarded(guard='truth')", "random_search"], 24, seeds=1, truth_calls=3
    )
    views = made.at(), made.at(4), by_hand, View(log, recipe), raced, lucky.at(), warm.at()
    return *views, guarded.at()


def frames(name: str) -> Iterator[pd.DataFrame]:
    """The table of this name of each study, where it has rows."""
    for view in studies():
        made = getattr(view, name)
        if name in ("curves", "curves_over_seconds"):
            yield from made.values()
        elif name == "trusted" and view.believers is None:
            continue  # of traces alone nobody can say
        elif name == "best" and view.believers is not None:
            yield from (view.best(), view.best(trust=0.05))
            if "truth_calls" in view.runs:
                yield view.best(truth_calls=2)
        elif name == "front":
            wanted = view.directions.query("direction != 0").objective.value_counts()
            yield from (view.front(objective) for objective in wanted.index[wanted > 1])
        else:
            yield made(*ASKED.get(name, ())) if callable(made) else made


@pytest.mark.slow
@pytest.mark.parametrize("name", schema.TABLES)
def test_every_column_is_described_and_has_its_dtype(name: str) -> None:
    seen: set[Column] = set()
    for table in frames(name):
        for column in table.columns:
            meant = schema.column(name, str(column))
            assert meant is not None, f"{name}.{column}"
            seen.add(meant)
            if meant.name == "<criterion>":
                assert column in CRITERIA, f"{name}.{column} is no criterion"
            assert not len(table) or of_dtype(table[column], meant.dtype), f"{name}.{column}"
    assert set(schema.TABLES[name]) == seen


def of_dtype(column: pd.Series, dtype: str) -> bool:
    """Texts are objects before pandas 3, and a column of nothing has no type."""
    types = dtype.split(" or ")
    if types == ["any"]:
        return True
    if "str" in types:
        return pd.api.types.is_string_dtype(column.dropna().astype(object))
    return str(column.dtype) in types


def test_every_table_of_a_view_is_described() -> None:
    not_tables = {"at", "budgets", "strategies", "styled", "to_markdown", "to_latex", "export"}
    not_tables |= {
        "choices",
        "verified_choices",
        "believers",
        "not_made",
        "judgement",
        "asks_gradients",
        "prices",
        "plot",
    }
    not_tables |= {"losses", "scores", "as_scores", "leaderboards", "against", "baseline"}
    names = {name for name in dir(View) if not name.startswith("_")}
    fields = {"recipe", "price", "share"}
    assert set(schema.TABLES) | not_tables | fields >= names
    assert set(schema.TABLES) <= names | {"skipped", "missing"}


def test_columns_stand_in_the_order_of_the_schema() -> None:
    for name in ("evaluations", "runs", "paths", "summary"):
        order = [column.name for column in schema.TABLES[name]]
        for table in frames(name):
            fixed = [column for column in table if column in order]
            assert fixed == [column for column in order if column in fixed]


def test_what_is_told_of_a_column_is_whole() -> None:
    for name, columns in schema.TABLES.items():
        assert len({column.name for column in columns}) == len(columns), name
        for column in columns:
            assert column.meaning, f"{name}.{column.name}"
            assert column.since == "0.1.0"
    table = schema.described("runs")
    assert table.columns.tolist() == ["column", "unit", "dtype", "meaning", "since"]
    assert schema.column("ranks", "nothing") is None
    assert schema.column("summary", "judge_a_start_start") is not None
    with pytest.raises(KeyError):
        schema.described("nothing")
