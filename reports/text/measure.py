"""Sentences that are found: simpler ones, with two weights of their content, and verse."""

from typing import Any

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.objectives.text import judges, measures, networks
from blackbox.objectives.text.words import render
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from blackbox.trace import Trace

ASKED = asked(__file__)
CONTENT = (1.0, 3.0)  # what all content words weigh, where 100 points of ease weigh 1
HARD = 70.0  # points of ease: what has fewer is to be simplified
LIMITS = judges.judges_of()


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: a row per run of each question, with its sentences."""
    n, budget = (2, 20) if given.small else (ASKED["seeds"], ASKED["budget"])
    simple = [simplified(weight, n, budget, given) for weight in CONTENT]
    verse = [verses(name, strategy, n, budget, given) for name, strategy in searches("eloquence")]
    again = bb.objective("text.readability").decode(networks.held_out().z)
    real = torch.tensor(networks.held_out().tokens)
    return {
        "simple": pd.concat(simple, ignore_index=True),
        "verse": pd.concat(verse, ignore_index=True),
        "settings": {
            "sentences": n,
            "budget": budget,
            "hard": HARD,
            "words": ASKED["words"],
            "as they were": float((again == real).all(1).double().mean()),
            "kept": judges.KEPT,
            "held out": len(real),
        },
    }


def searches(kind: str) -> list[tuple[str, str]]:
    """Searches by the names that the page has for them."""
    return list(ASKED[kind].items())


def hard_sentences(n: int) -> list[str]:
    """Held-out sentences that are long and hard to read, and that the decoder can say."""
    x = torch.tensor(networks.held_out().tokens)
    is_hard = (measures.reading_ease(x) < HARD) & ((x > 0).sum(1) >= ASKED["words"])
    again = bb.objective("text.readability").decode(networks.held_out().z)
    pairs = zip(x[:, None], again[:, None], strict=True)
    is_hard &= (
        torch.tensor([float(measures.content_shared(*pair)) for pair in pairs]) >= judges.KEPT
    )
    rows = np.random.default_rng(0).permutation(np.flatnonzero(is_hard.numpy()))[:n]
    return [str(sentence) for sentence in render(x[torch.tensor(rows)])]


def simplified(weight: float, n: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per search and sentence, of the best by the weighted sum."""
    weights = {"readability": 0.01, "content": weight}
    sentences = hard_sentences(n)
    questions = {one: f"text.simplify(sentence={one!r}, weights={weights!r})" for one in sentences}
    rows = []
    for search, strategy in searches("simplify"):
        runs = given.traces(questions, [strategy], budget, 1, store=f"{weight}-{search}")
        for nth, sentence in enumerate(sentences):
            (trace,) = runs[sentence]
            source = bb.objective(questions[sentence])
            begun = measures.reading_ease(_tokens(source, trace, 0)[1])
            outcome = _outcome(source, trace) | {"source": sentence, "ease_begun": float(begun)}
            rows.append({"weight": weight, "search": search, "sentence": nth} | outcome)
    return pd.DataFrame(rows)


def verses(search: str, strategy: str, n: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per start, of the best by the head."""
    objective = bb.objective("text.eloquence")
    runs = given.traces({"": "text.eloquence"}, [strategy], budget, n, store=f"verse-{search}")[""]
    rows = []
    for trace in runs:
        begun = objective.judge(objective.decode(trace.z[:1]))["verse"][0]
        outcome = _outcome(objective, trace) | {
            "promised_begun": trace.score[0],
            "verse_begun": begun,
        }
        rows.append({"search": search, "seed": trace.seed} | outcome)
    return pd.DataFrame(rows)


def _tokens(objective: bb.Objective, trace: Trace, row: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The sentence of a row, and the source: of a sentence that is simplified the given one."""
    x = objective.decode(trace.z[[row]])
    judge = objective.judges["content"].function
    source = getattr(judge, "keywords", {}).get("source", x)
    return x, source


def _outcome(objective: bb.Objective, trace: Trace) -> dict[str, Any]:
    row = int(np.nanargmax(trace.score))
    x, start = objective.decode(trace.z[[row]]), objective.decode(trace.z[:1])
    verdicts = objective.judge(torch.cat([start, x]))
    is_english = all(
        verdicts[name][1] <= LIMITS[name].high for name in ("perplexity", "repetition")
    )
    numbers = {name: float(both[1]) for name, both in verdicts.items()}
    return numbers | {
        "promised": trace.score[row],
        "ease": float(measures.reading_ease(x)),
        "english": int(is_english),
        "start": str(render(start)[0]),
        "best": str(render(x)[0]),
    }
