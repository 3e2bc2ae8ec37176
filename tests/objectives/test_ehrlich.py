"""Ehrlich functions: values of the reference implementation, and a solution that scores 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import blackbox as bb
from blackbox.objectives.ehrlich import LETTERS, Ehrlich, EhrlichScorer, drawn
from blackbox.protocol import Ask

# Functions and values of pytorch-holo 0.0.5 (`holo.test_functions.closed_form.Ehrlich`), by its
# authors: what may follow what, motifs, spacings, sequences, and values, null where infeasible.
HOLO = json.loads((Path(__file__).parent / "ehrlich_holo.json").read_text())


@pytest.mark.parametrize("case", HOLO)
def test_values_are_those_of_holo(case: dict[str, Any]) -> None:
    function = Ehrlich(
        np.array(case["allowed"], bool),
        np.array(case["motifs"]),
        np.array(case["spacings"]),
        case["quantization"],
    )
    x = np.array(case["sequences"])
    feasible = np.array([value is not None for value in case["values"]])
    np.testing.assert_array_equal(function.banned(x) == 0, feasible)
    values = [value for value in case["values"] if value is not None]
    np.testing.assert_allclose(function.value(x[feasible]), values, atol=1e-6)


@st.composite
def functions(draw: st.DrawFn) -> tuple[Ehrlich, int]:
    motifs, steps, times = (draw(st.integers(1, 4)) for _ in range(3))
    motif_length = max(2, steps * times)
    quantization = draw(st.sampled_from([q for q in range(1, 9) if motif_length % q == 0]))
    length = motifs * motif_length + draw(st.integers(0, 9))
    letters = draw(st.integers(3, 32))
    instance = draw(st.integers(0, 99))
    return drawn(instance, length, letters, motifs, motif_length, quantization), length


@given(functions(), st.integers(0, 99))
@settings(max_examples=40)
def test_what_is_drawn_has_a_solution_and_feasible_walks(
    one: tuple[Ehrlich, int], seed: int
) -> None:
    function, length = one
    solution = function.solution(length)[None]
    assert solution.shape == (1, length)
    assert function.value(solution) == 1 and function.banned(solution) == 0
    walk = function.walk(np.random.default_rng(seed), length)[None]
    assert function.banned(walk) == 0 and 0 <= function.value(walk) <= 1
    # A letter may follow itself, and every letter can be reached from every other.
    reached = np.linalg.matrix_power(function.allowed.astype(float), len(function.allowed))
    assert np.diag(function.allowed).all() and (reached > 0).all()


def test_the_solution_scores_1_and_a_banned_letter_breaks_the_constraint() -> None:
    objective = bb.objective("ehrlich.sequence(length=20, letters=6, motifs=2)")
    assert objective.parameters is not None and objective.optimum == 1
    scorer: Any = objective.scorer.function
    held: EhrlichScorer = scorer.function
    solution = held.function.solution(20)
    follower = int(np.flatnonzero(~held.function.allowed[solution[0]])[0])
    broken = np.append(solution[:0], [solution[0], follower, *solution[2:]])
    rows = [
        {f"letter_{n}": LETTERS[letter] for n, letter in enumerate(x, start=1)}
        for x in (solution, broken)
    ]
    answer = objective.evaluate(Ask(objective.parameters.points(rows)))
    assert answer.score[0] == 1
    assert answer.violations is not None
    assert answer.violations[0] == 0 and answer.violations[1] >= 1


def test_first_sequences_are_feasible() -> None:
    objective = bb.objective("ehrlich.sequence")
    starts = objective.starts(np.random.default_rng(0), 10)
    violations = objective.evaluate(Ask(starts)).violations
    assert violations is not None and not violations.any()


def test_instances_differ() -> None:
    first, second = (drawn(nth, 32, 32, 4, 4, 4) for nth in (0, 1))
    assert (first.allowed != second.allowed).any() and (first.motifs != second.motifs).any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("length=15", "4 motifs of 4 letters do not fit into a length of 15"),
        ("quantization=3", "quantization must divide motif_length, 4, which 3 does not"),
        ("letters=2", "a whole number letters from 3 to 62, not 2"),
        ("motifs=0", "a whole number motifs from 1 to 1000, not 0"),
        ("instance=-1", "a whole number instance from 0"),
        ("length=2.5", "a whole number length from 2 to 1000, not 2.5"),
    ],
)
def test_sizes_that_do_not_fit_are_told(given: str, message: str) -> None:
    with pytest.raises(bb.ObjectiveError, match=message):
        bb.objective(f"ehrlich.sequence({given})")
