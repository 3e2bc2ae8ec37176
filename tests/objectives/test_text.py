"""Sentences: how they are counted, a language model that is a distribution, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import blackbox as bb
from blackbox.objectives.text import corpus, judges, measures, networks, words
from blackbox.objectives.text.language_model import LanguageModel
from blackbox.objectives.text.network import Couplings
from blackbox.protocol import Ask

IMP = """$$$[ Module Heading ]
about it
$$$Psalms 23:0
A heading
$$$Psalms 23:1
<title canonical="true">A Psalm by David.</title><l level="1"><w lemma="x">Yahweh</w> is my \
shepherd;<l eID="1"/> <l sID="2"/>I shall lack nothing. <l eID="2"/>
$$$Genesis 1:1
In the beginning, God<note>Or, gods</note> created the heavens and the earth.
"""


def tokens(*sentences: str) -> torch.Tensor:
    rows = [words.vocabulary().tokens(one, networks.LENGTH) for one in sentences]
    return torch.tensor(np.array(rows))


def test_verses_become_sentences_with_their_setting_and_their_part() -> None:
    verse, more, prose = corpus.split(IMP)
    assert verse.tokens == ("Yahweh", "is", "my", "shepherd")
    assert more.tokens == ("I", "shall", "lack", "nothing")
    assert verse.is_verse and more.is_verse and not prose.is_verse
    assert prose.tokens[:4] == ("In", "the", "beginning", ",")
    assert prose.words == 10
    assert verse.part == more.part == corpus.part_of("Psalms 23")


def test_what_commas_leave_of_a_long_sentence_is_used() -> None:
    long = corpus.Clause(("one",) * 6 + (",",) + ("two",) * 9 + (",", "three"), False, "judge")
    assert [piece.tokens for piece in corpus.short([long])] == [("one",) * 6, ("two",) * 9]


def test_a_word_is_written_as_inside_of_sentences() -> None:
    sentences = [corpus.Clause(tuple(one.split()), False, "judge") for one in ("He fled", "so he")]
    assert corpus.vocabulary(sentences, 1) == ["he"]


def test_the_parts_share_no_sentence_that_the_judge_could_remember() -> None:
    held_out = networks.held_out()
    grams = judges.language_model("all").trigrams
    assert len(grams.keys) > 50_000
    assert len({tuple(row) for row in held_out.tokens}) == len(held_out.tokens)


def test_the_reading_ease_is_flesch_s() -> None:
    x = tokens("He went out", "The officers of the children of Israel")
    expected = [206.835 - 1.015 * 3 - 84.6, 206.835 - 1.015 * 7 - 84.6 * 12 / 7]
    assert measures.reading_ease(x) == pytest.approx(expected)
    assert expected[0] == pytest.approx(measures.EASIEST)


def test_words_that_no_dictionary_has_are_counted_by_their_vowels() -> None:
    counts = words.counted(["house", ",", "Zebulun", "table"], {"house": [["HH", "AW1", "S"]]})
    assert list(counts) == [0, 0, 1, 0, 3, 2]


def test_content_and_repetition_are_shares_of_words() -> None:
    x = tokens("He gave the bread to his people", "People gave water, people gave bread")
    assert measures.repetition(x) == pytest.approx([0, 2 / 6])
    assert measures.content_shared(x, x[:1]) == pytest.approx([1, 2 * 3 / 7])
    assert measures.content_shared(tokens("he was with them"), x[:1]) == pytest.approx([0])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.integers(2, 6), min_size=1, max_size=4), min_size=1, max_size=6))
def test_the_probabilities_of_the_next_token_sum_to_one(sentences: list[list[int]]) -> None:
    x = np.zeros((len(sentences), 5), int)
    for row, sentence in zip(x, sentences, strict=True):
        row[: len(sentence)] = sentence
    model = LanguageModel.learned(x, 7)
    for before in ([0, 0], [0, sentences[0][0]], [6, 6]):
        runs = np.array([[*before, token] for token in range(7)])
        assert model.probability(runs).sum() == pytest.approx(1)


def test_the_judge_prefers_sentences_to_their_words_in_another_order() -> None:
    real = networks.held_out().tokens[:300].copy()
    rng = np.random.default_rng(0)
    mixed = real.copy()
    for row in mixed:
        rng.shuffle(row[: (row > 0).sum()])
    nats = judges.language_model("all").nats
    assert np.mean(nats(real) < nats(mixed)) > 0.9


def test_noise_leads_back_to_codes() -> None:
    flow, z = networks.couplings(), torch.randn(50, 32, generator=torch.manual_seed(0))
    again, volume = flow.noise(flow(z))
    assert again == pytest.approx(z, abs=1e-3)
    fresh, code = Couplings(), torch.randn(1, 32, generator=torch.manual_seed(1))
    for network in fresh.networks:
        torch.nn.init.normal_([*network.parameters()][-2], std=0.1)
    jacobian = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
        lambda c: fresh.noise(c)[0], code
    )
    slope = torch.linalg.slogdet(jacobian.reshape(32, 32)).logabsdet
    assert float(fresh.noise(code)[1].detach()) == pytest.approx(float(slope), abs=1e-3)
    assert volume.shape == (50,)


def test_most_draws_are_as_english_as_real_sentences() -> None:
    z = np.random.default_rng(3).standard_normal((200, 32))
    objective = bb.objective("text.readability")
    verdicts = objective.judge(objective.decode(z))
    assert np.mean(verdicts["perplexity"] <= objective.judges["perplexity"].high) > 0.8


def test_a_sentence_is_simplified_from_where_it_is() -> None:
    objective = bb.objective("text.simplify")
    start = objective.starts(np.random.default_rng(0), 1)
    far = np.random.default_rng(0).standard_normal((60, 32))
    points = np.concatenate([start, start + 0.2 * far, far])
    shared = objective.judge(objective.decode(points))["content"]
    assert shared[0] >= objective.judges["content"].low
    assert shared[0] > shared[1:61].mean() > 2 * shared[61:].mean()
    answer = objective.evaluate(Ask(start))
    assert answer.criteria is not None
    ease, content = answer.criteria.T
    assert answer.score == pytest.approx(0.01 * ease + content)
    drawn = objective.draw(objective.decode(start))
    assert drawn is not None and str(drawn[0]).endswith(".")


def test_the_head_tells_verse_of_sentences_that_it_never_saw() -> None:
    held_out, objective = networks.held_out(), bb.objective("text.eloquence")
    some = slice(None, None, 4)  # of each chapter
    is_verse = held_out.is_verse[some]
    odds = objective.evaluate(Ask(held_out.z[some])).score
    truth = objective.judges["verse"].function(torch.tensor(held_out.tokens[some]))
    for says in (odds, truth):
        assert says[is_verse].mean() > says[~is_verse].mean() + 1


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sentence='He went xyzzy'", "the word 'xyzzy' of"),
        ("sentence='He went'", "a sentence has 3 to 14 words"),
        ("sentence=3", "a sentence is a text, not 3"),
        ("weights={'content': 1.0}", "weights must be a number for each of"),
    ],
)
def test_what_cannot_be_simplified_is_told(setting: str, message: str) -> None:
    with pytest.raises(bb.ObjectiveError, match=message):
        bb.objective(f"text.simplify({setting})")
