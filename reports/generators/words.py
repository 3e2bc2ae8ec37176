"""The page of the study: when training pays, in words and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from blackbox.results.writing.markdown import escaped, to_markdown
from reports.pages import with_interval


def pays(each: pd.DataFrame, trained: pd.DataFrame) -> pd.DataFrame:
    """One row per trained generator and search: the instances after which training has paid.

    Training costs its budget once, and each hit after it 1 / share of hits, if every picture is
    scored to see whether it hits. The search costs its units for each. inf: it never pays.
    """
    rows = []
    for name, budget, hit in trained[["strategy", "budget", "hit"]].to_numpy():
        after = 1 / hit if hit > 0 else math.inf
        for search, units in each[["strategy", "units"]].to_numpy():
            saved = units - after
            number = budget / saved if saved > 0 and math.isfinite(saved) else math.inf
            if math.isinf(units) and hit > 0:
                number = 0.0
            rows.append((name, budget, after, search, units, number))
    columns = ["trained", "budget", "units_after", "search", "units_each", "pays_after"]
    return pd.DataFrame(rows, columns=columns)


def page(
    read: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]], seeds: int, few: int
) -> Iterator[str]:
    """The parts of the page: the answers, then the tables of each objective."""
    yield "# Train a generator once, or search for each instance?"
    for name, (each, trained) in read.items():
        yield f"On `{name}`: {_answer(each, trained)}"
    yield (
        "The score is the log-probability that a searched classifier gives to the digit 8. An "
        "instance is a picture at which it is 99 % sure. A search begins at a new draw of the "
        f"prior for each ({seeds} seeds, at most 300 units); a generator is trained from its "
        f"budget ({few} seeds), and what it makes during the last tenth of it counts. A score "
        "costs 1, its gradient 1 more. judged and harsh: shares of these pictures that most of "
        "the independent judges, and all of them and the detectors, take for an 8. variety: mean "
        "distance of two of them, per pixel, full ink being 1. `prior=0.1` rewards a generator for "
        "points as far from the origin as those of the prior. Made by `python -m "
        "reports.generators.generators --jobs 2`; `--mnist` adds MNIST to the page."
    )
    yield (
        "*pays after*: instances after which training has paid: its budget over what each instance "
        "then saves, the units of the search less one over the share of hits (every picture is "
        "scored). inf: the search stays cheaper for ever."
    )
    for name, (each, trained) in read.items():
        yield f"## `{name}`"
        yield "A search for each:"
        yield to_markdown(_readable(each))
        yield "A generator, trained once:"
        yield to_markdown(_readable(trained))
        yield "Pays after so many instances, against each search:"
        table = pays(each, trained)
        wide = table.assign(
            generator=table["trained"] + ", " + table["budget"].astype(str) + " units"
        ).pivot_table("pays_after", "generator", "search", sort=False, dropna=False)
        yield to_markdown(wide.round(0).reset_index())


def _answer(each: pd.DataFrame, trained: pd.DataFrame) -> str:
    table, cheapest = pays(each, trained), each.sort_values("units").iloc[0]
    # A generator that makes one picture over and over has not made many instances.
    varied = trained[trained["variety"] >= cheapest["variety"] / 2]
    against = table[table["search"] == cheapest["strategy"]].merge(
        varied[["strategy", "budget"]].rename(columns={"strategy": "trained"})
    )
    if not len(against):
        return "**Never: no trained generator makes pictures half as varied as those of a search.**"
    first = against.sort_values("pays_after").iloc[0]
    collapsed = [f"`{escaped(row.strategy)}` ({row.budget})" for row in _others(trained, varied)]
    best = varied.sort_values("harsh").iloc[-1]
    text = (
        f"The cheapest search per instance is `{escaped(cheapest['strategy'])}` with "
        f"{cheapest['units']:.1f} units. "
    )
    if math.isfinite(first["pays_after"]):
        text = (
            f"**After {first['pays_after']:.0f} instances at the earliest.** {text}Against it "
            f"`{escaped(first['trained'])}`, trained with {first['budget']} units, needs "
            f"{first['units_after']:.2f} units for each of its own. "
        )
    else:
        text = f"**Never, against the cheapest search.** {text}No generator hits often enough. "
    if collapsed:
        text += (
            "Not counted, since their pictures are less than half as varied as those of the "
            f"search: {', '.join(collapsed)}. "
        )
    return text + (
        "What is made is another matter: of the searches' first hits the harsh judges pass "
        f"{cheapest['harsh']:.2f} ({escaped(cheapest['strategy'])}), of what the generators make "
        f"at best {best['harsh']:.2f} ({escaped(best['strategy'])}, {best['budget']} units), and "
        f"two of its pictures differ by {best['variety']:.2f}, two hits of that search by "
        f"{cheapest['variety']:.2f}."
    )


def _others(trained: pd.DataFrame, varied: pd.DataFrame) -> Iterator[Any]:
    return trained.drop(index=varied.index).itertuples()


def _readable(rows: pd.DataFrame) -> pd.DataFrame:
    ends = zip(rows["hit"], rows["hit_low"], rows["hit_high"], strict=True)
    table = rows.drop(columns=["hit_low", "hit_high"])
    return table.assign(hit=[with_interval(*cell) for cell in ends])
