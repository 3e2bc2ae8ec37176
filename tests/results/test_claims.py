"""The verdict: each claim is made where it is true, and only there, and rests on its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.results.claims import CLAIMS, MOST
from blackbox.results.judging.leaders import fewest_seeds
from blackbox.results.statistics.missing_runs import missing_runs
from blackbox.results.view import View
from blackbox.trace import Confirmations, JudgedPath, Status, Trace
from tests.conftest import make_trace
from tests.results.studies import RECIPE, comparison, difficult, make_study

pytestmark = pytest.mark.slow

N = 10


def study(**bests: Any) -> list[Trace]:
    """Each strategy's runs start at 0 and end at these bests, one for each seed."""
    return [
        make_trace([0.0, best], strategy=name, seed=seed)
        for name, column in bests.items()
        for seed, best in enumerate(column)
    ]


def judged(traces: Sequence[Trace], true: Any, **verdicts: Any) -> list[Trace]:
    """The same runs, by whose truth the starts are 0 and the bests `true`, a number or by run."""
    bests = np.broadcast_to(np.asarray(true, float), len(traces))
    paths = []
    for nth, best in enumerate(bests):
        by_truth, has_truth = np.array([0.0, best]), bool(np.isfinite(best))
        seen = {name: np.array([0.0, values[nth]]) for name, values in verdicts.items()}
        seen |= {"real": by_truth} if has_truth else {}
        path = JudgedPath(np.array([0, 1]), seen, limits=dict.fromkeys(verdicts, (-1.0, 1.0)))
        paths.append(replace(path, truth="real", true=by_truth) if has_truth else path)
    return [replace(trace, path=path) for trace, path in zip(traces, paths, strict=True)]


def sentences(traces: Sequence[Trace], claim: str, **view: Any) -> list[str]:
    table = View(traces, RECIPE, **view).verdict(None)
    return table.loc[table["claim"] == claim, "sentence"].tolist()


def spread(middle: float, n: int = N) -> Any:
    rng = np.random.default_rng([n, int(100 + middle * 10)])  # the same for the same, in any order
    return middle + np.linspace(-0.5, 0.5, n) + 0.1 * rng.normal(size=n)


def scattered(middle: float, seed: int) -> Any:
    return middle + np.random.default_rng(seed).normal(size=N)


APART = study(climb=spread(9), drift=spread(5), wait=spread(1))
LEVEL = study(climb=scattered(5, 1), drift=scattered(5, 2), wait=spread(-9))


# who is best


def test_who_is_best_is_named_with_its_lead() -> None:
    (text,) = sentences(APART, "best")
    row = View(APART, RECIPE).leaders().iloc[0]
    assert text.startswith("climb is best by the score: ")
    assert f"{row['mean']:.4g} [{row['low']:.4g}, {row['high']:.4g}]" in text
    assert "ahead of drift (p = 0.002)" in text


def test_who_leads_by_the_mean_of_a_few_seeds_and_loses_most_is_not_best() -> None:
    lucky = study(climb=[1e3] + [0.0] * 14, drift=[0.0, *range(1, 15)])
    assert View(lucky, RECIPE).leaders()[["leader", "is_best"]].to_numpy().tolist() == [
        ["climb", False]
    ]
    assert sentences(lucky, "best")[0].startswith("Nobody is best by the score: climb leads with ")


def test_a_tie_is_a_tie_and_names_who_is_level() -> None:
    (text,) = sentences(LEVEL, "best")
    leader = View(LEVEL, RECIPE).leaders().iloc[0]
    assert text.startswith("Nobody is best by the score: ")
    assert f"{leader['leader']} leads with" in text
    assert f"not separated from {leader['level']} (" in text
    assert "wait" not in text
    (same,) = sentences(study(climb=[1.0] * N, drift=[1.0] * N), "best")
    assert same == "Nobody is best by the score: climb and drift are level at 1 [1, 1]."


def test_the_truth_has_a_say_of_its_own() -> None:
    agrees = np.concatenate([spread(3), spread(2), spread(1)])
    other = np.concatenate([spread(1), spread(3), spread(2)])
    level = np.concatenate([scattered(2, nth) for nth in range(3)])
    assert sentences(judged(APART, agrees), "best")[1].startswith("climb is best by the truth (j")
    assert sentences(judged(APART, agrees), "best")[1].endswith("; the score agrees.")
    assert sentences(judged(APART, other), "best")[1].endswith("; the score says climb.")
    assert sentences(judged(APART, level), "best")[1].startswith("Nobody is best by the truth (ju")
    assert "climb is best by the score only" in sentences(judged(APART, level), "best")[1]
    behind = np.concatenate([spread(-9), scattered(2, 1), scattered(2, 2)])
    assert "; climb, best by the score, is behind" in sentences(judged(APART, behind), "best")[1]
    assert len(sentences(APART, "best")) == 1


def test_without_a_truth_the_best_of_the_unharmed_is_named() -> None:
    outside = np.repeat([9.0, 0.0, 0.0], N)
    harmed = judged(APART, np.nan, size=outside)
    first, second = sentences(harmed, "best")
    assert first.startswith("climb is best by the score")
    assert second.startswith("drift is best of those within the judges' limits: ")
    assert second.endswith("; the score says climb.")
    assert len(sentences(judged(APART, np.nan, size=0 * outside), "best")) == 1


def test_of_many_objectives_leaders_are_counted() -> None:
    traces = [
        replace(trace, objective=name)
        for name, runs in {"a": APART, "b": APART, "c": LEVEL}.items()
        for trace in runs
    ]
    (text,) = sentences(traces, "best")
    assert text == (
        "By the score climb is best on 2 of 3 objectives; on 1 nobody is separated from all others."
    )
    swapped = [
        replace(t, strategy={"climb": "drift", "drift": "climb"}.get(t.strategy, t.strategy))
        for t in APART
    ]
    more = [*traces, *(replace(t, objective="d") for t in swapped)]
    assert (
        "climb is best most often, of 4 objectives: climb on 2 and drift on 1;"
        in (sentences(more, "best")[0])
    )
    tied = [replace(trace, objective=name) for name in "abc" for trace in LEVEL]
    assert sentences(tied, "best")[0].startswith("By the score nobody is best on any of 3 obj")


def test_few_seeds_are_told_to_be_few() -> None:
    few = study(climb=spread(9, 5), drift=spread(5, 5))
    (text,) = sentences(few, "seeds are missing")
    assert text.startswith(
        "With 5 seeds nothing can be significant: the smallest p of a signed-rank test of 5 pairs "
        "is 0.062; 6 seeds are the fewest for 5 %"
    )
    assert "would tell climb from drift" in text
    assert sentences(few, "best")[0].startswith("Nobody is best by the score: climb leads with")
    (one,) = sentences(study(climb=[2.0], drift=[1.0]), "seeds are missing")
    assert one == "With one seed nothing can be significant; 6 seeds are the fewest for 5 %."
    assert not sentences(APART, "seeds are missing")
    assert fewest_seeds(0.05) == 6
    assert fewest_seeds(0.025) == 7


def test_a_search_alone_is_not_best() -> None:
    assert not sentences(study(climb=spread(9)), "best")
    assert len(View([], RECIPE).verdict()) == 0


# whether it is real


def test_who_exploited_the_scorer_is_named_with_rho() -> None:
    true = np.concatenate([spread(0.3), spread(5), spread(2)])
    (text,) = sentences(judged(APART, true), "exploited")
    assert text.startswith("climb exploited the scorer: ")
    rho = View(judged(APART, true), RECIPE).exploitation().set_index("strategy").loc["climb"]
    assert f"(rho {rho['rho']:.4g} [{rho['rho_low']:.4g}, {rho['rho_high']:.4g}])" in text
    assert "wait" not in text
    (fell,) = sentences(judged(APART, -true), "exploited")
    assert "the true score fell as the score rose" in fell
    assert "did too." in fell
    assert not sentences(judged(APART, np.repeat([20.0, 20, 20], N)), "exploited")
    assert not sentences(APART, "exploited")


def test_who_left_the_limits_of_a_judge_is_named() -> None:
    outside = np.repeat([9.0, 0.0, 0.0], N)
    (text,) = sentences(judged(APART, np.nan, size=outside), "harmed")
    assert text == (
        "climb left what judge size takes for real: 100 % of its starts, 0 % of its bests lie "
        "within its limits (change -100 [-100, -100] points)."
    )
    assert not sentences(judged(APART, np.nan, size=0 * outside), "harmed")
    # Where the truth has said that it exploited the scorer, both stand in one sentence.
    both = judged(APART, np.repeat([0.1, 20, 20], N), size=outside)
    assert not sentences(both, "harmed")
    assert "0 % of its bests lie within the limits of judge size" in sentences(both, "exploited")[0]


def test_bests_outside_the_prior_are_told() -> None:
    def far(traces: list[Trace], names: Sequence[str]) -> list[Trace]:
        norms = {True: np.array([1.0, 99.0]), False: np.ones(2)}
        return [replace(t, prior="normal", z_norm=norms[t.strategy in names]) for t in traces]

    runs = judged(APART, np.nan, size=np.zeros(3 * N))
    (text,) = sentences(far(runs, ["climb"]), "outside the prior")
    assert text == "100 % [72, 100] of the bests of climb lie outside 99 % of prior draws."
    (two,) = sentences(far(runs, ["climb", "drift"]), "outside the prior")
    assert two.startswith(
        "Most bests of climb and drift lie outside 99 % of prior draws (100 % [72"
    )
    assert not sentences(far(runs, []), "outside the prior")
    assert not sentences(runs, "outside the prior")


# what it cost


def dear(objective: str = "bowl", late: float = 9.0, **changes: Any) -> list[Trace]:
    """A climber that pays for gradients and is at `late` after the second, and one at 5."""
    facts = {"scoring": {"measured price of a gradient": "0.5 scores"}} | changes
    runs = [
        make_trace([0, 1, late + x], gradients=[1, 1, 1], budget=9.0, seed=seed, **facts)
        for seed, x in enumerate(spread(0))
    ]
    free = [
        make_trace([0, 5.0 + x], strategy="drift", budget=9.0, seed=seed, **facts)
        for seed, x in enumerate(spread(0))
    ]
    return [replace(trace, objective=objective) for trace in (*runs, *free)]


def test_the_price_up_to_which_a_gradient_pays_is_told_and_what_it_costs() -> None:
    (text,) = sentences(dear(), "price of a gradient")
    assert text == (
        "By the score a gradient pays up to a price of 2 [2, 2]: climb leads drift there; measured "
        "here, it costs 0.5 scores, less than the lowest price of the study."
    )
    (never,) = sentences(dear(late=3.0, scoring={}), "price of a gradient")
    assert never == (
        "By the score a gradient does not pay at any price from 1 on: drift leads climb."
    )
    uneven = [
        replace(t, score=t.score + 3.0 * (t.seed % 2) * (t.n_scores == 3))
        for t in dear(late=3.0, scoring={})
    ]
    (unsure,) = sentences(uneven, "price of a gradient")
    assert unsure == f"{never[:-1]} (95 %: it may up to a price of 2)."
    free = [replace(t, scoring={}) for t in study(climb=spread(9), drift=spread(5))]
    assert not sentences(free, "price of a gradient")
    many = [trace for name in "abc" for trace in dear(name)]
    (counted,) = sentences(many, "price of a gradient")
    assert counted == (
        "At a price of 1 the best search with gradients leads the best without them on 3 of 3 "
        "objectives, up to a price of 2 scores on half of these."
    )


def test_no_word_of_gradients_where_nothing_has_one() -> None:
    assert not [text for text in View(APART, RECIPE).verdict()["sentence"] if "gradient" in text]


# warnings


def test_runs_that_are_not_there_are_told() -> None:
    recipe = {"fingerprints": {"bowl": ""}, "strategies": ["climb"], "seeds": range(N + 2)}
    missing = missing_runs(recipe, [("bowl", "climb", seed) for seed in range(N)])
    assert sentences(APART, "runs are missing", missing=missing) == [
        "2 of 32 runs are not made yet; all numbers are of the others."
    ]
    assert not sentences(APART, "runs are missing")


def test_runs_that_failed_or_found_nothing_are_told() -> None:
    broken = [replace(APART[0], status=Status.FAILED), make_trace([np.nan], seed=1), *APART[2:]]
    assert sentences(broken, "runs failed") == [
        "Of 30 runs 1 did not end well and 1 found nothing valid and count as the worst: climb."
    ]
    assert not sentences(APART, "runs failed")


def test_noise_is_told_with_its_size() -> None:
    noisy = [replace(trace, noise=0.3, is_noisy=True) for trace in APART]
    assert sentences(noisy, "noise") == [
        "The scorer is noisy (sd 0.3): bests are the highest of many scores, which is partly luck; "
        "they were not confirmed (`confirm=` asks them again)."
    ]
    asked = Confirmations(np.ones(2, np.int64), np.array([0.5, 1.5]), np.zeros(2, bool))
    confirmed = [replace(trace, confirmations=asked) for trace in noisy]
    (sentence,) = sentences(confirmed, "noise")
    assert sentence.startswith(
        "The scorer is noisy (sd 0.3): each best is the mean of scores asked again, 2 a run "
        "outside the budget; as seen, bests were "
    )
    assert len(sentences([*confirmed[:-1], noisy[-1]], "noise")) == 1
    assert "not confirmed" in sentences([*confirmed[:-1], noisy[-1]], "noise")[0]
    quiet = [replace(trace, noise=0.0) for trace in APART]
    assert not sentences(quiet, "noise")
    assert not sentences(APART, "noise")
    many = [replace(trace, objective=name) for name in "abc" for trace in noisy]
    assert "noisy on 3 of 3 objectives (a, b and c)" in sentences(many, "noise")[0]


def test_a_budget_that_is_left_is_told() -> None:
    early = [replace(t, status=Status.RETURNED) if t.strategy == "wait" else t for t in APART]
    assert sentences(early, "budget left") == ["wait left 50 % [50, 50] of its budget unused."]
    goal = [replace(trace, status=Status.REACHED) for trace in APART]
    assert not sentences(goal, "budget left")
    assert not sentences(APART, "budget left")


def test_defaults_are_told_where_all_ran_with_them() -> None:
    ours = study(cma_es=spread(9), random_search=spread(5))
    ours += study(**{"nevergrad:DE": spread(2)})
    assert sentences(ours, "untuned") == [
        "All strategies ran with their default settings; tuned, they may rank otherwise."
    ]
    set_up = study(**{"cma_es(sigma0=0.3)": spread(9), "random_search": spread(5)})
    assert not sentences(set_up, "untuned")
    assert not sentences(APART, "untuned")  # somebody's own: nobody knows what they are set to
    assert not sentences(study(random_search=spread(1), sobol_search=spread(1)), "untuned")


# all of them


def every_claim() -> list[Trace]:
    """A study of which as much as possible must be told."""
    first = judged(APART, np.repeat([0.1, 20, 20], N), size=np.repeat([0.0, 9.0, 0.0], N))
    left = [replace(trace, status=Status.RETURNED, budget=20.0) for trace in first]
    noisy = dear("hill", noise=0.5, is_noisy=True)
    noisy[0] = replace(noisy[0], status=Status.FAILED)
    return [*left, *noisy, make_trace([np.nan], seed=0, objective="hill", strategy="late")]


@pytest.mark.parametrize("traces", [APART, LEVEL, every_claim(), difficult(), make_study(), dear()])
def test_each_sentence_rests_on_rows_that_exist(traces: list[Trace]) -> None:
    view = View(traces, RECIPE)
    table = view.verdict(None)
    for row in table.to_dict("records"):
        names = {name: getattr(view, name) for name in dir(View) if not name.startswith("_")}
        rows = eval(row["evidence"], names)
        assert isinstance(rows, pd.DataFrame)
        assert len(rows), row["evidence"]
        if row["claim"] == "best" and len(rows) == 1:
            assert rows["mean"].iloc[0] == row["figure"]
        assert row["sentence"].endswith(".")
        assert "nan" not in row["sentence"].split()


def test_at_most_eight_sentences_are_told_the_most_important_first() -> None:
    view = View(every_claim(), RECIPE)
    names = [claim.name for claim in CLAIMS]
    whole, first = view.verdict(None), view.verdict()
    assert len(whole) > MOST == len(first)
    assert whole["claim"].map(names.index).is_monotonic_increasing
    pd.testing.assert_frame_equal(first, whole.head(MOST))


def test_the_order_of_seeds_does_not_matter() -> None:
    traces = every_claim()
    turned = sorted(traces, key=lambda trace: -trace.seed)
    strategies = [trace.strategy for trace in traces]
    turned.sort(key=lambda trace: (trace.objective, strategies.index(trace.strategy)))
    verdict = View(traces, RECIPE).verdict(None)
    pd.testing.assert_frame_equal(View(turned, RECIPE).verdict(None), verdict)


def test_one_strategy_under_two_names_is_seldom_better() -> None:
    rng, named = np.random.default_rng(1), 0
    for _ in range(60):
        traces = study(climb=rng.normal(size=N), drift=rng.normal(size=N))
        named += bool(View(traces, RECIPE).leaders()["is_best"].iloc[0])
    assert named <= 0.05 * 60 + 3 * np.sqrt(60 * 0.05 * 0.95)


def test_the_verdict_stands_first_in_all_that_is_shown(tmp_path: Any) -> None:
    made = comparison(APART)
    text = made.verdict()["sentence"].iloc[0]
    assert f"<li>{text}</li>" in made._repr_html_()
    folder = made.report(tmp_path / "report")
    readme, page = (folder / "README.md").read_text(), (folder / "report.html").read_text()
    assert readme.index(text[:20]) < readme.index("## How to read the tables")
    assert page.index(f"<li>{text}</li>") < page.index('<form id="selectors"')
    with pytest.raises(ValueError, match="leaders are by 'score', 'truth', 'unharmed', not 'x'"):
        made.leaders("x")
    assert isinstance(made, bb.Comparison)
