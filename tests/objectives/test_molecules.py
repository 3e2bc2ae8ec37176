"""Molecules: strings that are always some, rdkit's values of them, and models that are fooled."""

from __future__ import annotations

import gzip
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr

import blackbox as bb
from blackbox.objectives.molecules import (
    card,
    chemistry,
    judges,
    rings,
    shipped,
    strings,
    train,
    training,
)
from blackbox.objectives.molecules.committee import votes
from blackbox.objectives.molecules.data import read
from blackbox.objectives.molecules.decoders import MoleculeDecoder, codes_of
from blackbox.objectives.molecules.named_molecules import NAMED, smiles_of
from blackbox.objectives.molecules.networks import BEGIN, LATENT
from blackbox.objectives.molecules.pictures import grid, pictures

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("rdkit") is None or find_spec("selfies") is None,
        reason='the extra is not installed: pip install "blackbox[molecules]"',
    ),
]
ASPIRIN = "CC(=O)OC1=CC=CC=C1C(=O)O"
RNG_DRAWS = 64


def test_a_molecule_leads_through_tokens_back_to_itself() -> None:
    for smiles in (*NAMED.values(), *shipped.reference().held_out[:20]):
        tokens = strings.encoded(chemistry.canonical(smiles))
        assert tokens is not None
        assert [chemistry.canonical(smiles)] == [
            chemistry.canonical(one)
            for one in strings.decoded(strings.named(strings.padded([tokens])))
        ]
    assert strings.encoded("[Fe]") is None  # a token that is not learned
    assert strings.encoded("C" * (strings.LENGTH + 1)) is None


def test_large_rings_are_mended_and_others_left_alone() -> None:
    chain = ["[C]"] * 12
    for closure in (["[Ring1]", "[#Branch2]"], ["[=Ring1]", "[N]"], ["[Ring2]", "[C]", "[=N]"]):
        (smiles,) = strings.decoded([rings.mended([*chain, *closure])])
        assert 5 <= chemistry.largest_ring(chemistry.molecule(smiles)) <= 7
    drugs = [strings.named(strings.padded([strings.encoded(one) or []])) for one in NAMED.values()]
    assert all(rings.mended(one) == one for (one,) in drugs)


def test_any_string_of_tokens_is_a_molecule_or_empty() -> None:
    z = np.random.default_rng(0).random((RNG_DRAWS, strings.LENGTH))
    for smiles in MoleculeDecoder("tokens")(torch.tensor(z)):
        assert smiles == "" or chemistry.molecule(smiles) is not None
    assert MoleculeDecoder("tokens")(torch.zeros(1, strings.LENGTH)) == [""]


def test_values_are_those_of_the_papers() -> None:
    # Aspirin: QED 0.55 and logP 1.31 as DrugBank and rdkit's own documentation have them.
    assert chemistry.values("qed", [ASPIRIN])[0] == pytest.approx(0.55, abs=0.005)
    assert chemistry.values("logp", [ASPIRIN])[0] == pytest.approx(1.31, abs=0.005)
    easy, hard = chemistry.values("accessibility", [ASPIRIN, "C1CC2CC1C1CC3CC1C2C3"])
    assert 1 <= easy < 2 < hard <= 10
    assert chemistry.likeness(smiles_of("aspirin"), [ASPIRIN, "CCO", ""]) == pytest.approx(
        [1.0, chemistry.likeness(smiles_of("CCO"), [ASPIRIN])[0], np.nan], nan_ok=True
    )


def test_a_ring_of_eight_costs_what_two_atoms_too_many_cost() -> None:
    ring = chemistry.molecule("C1CCCCCCC1")
    terms = chemistry.logp(ring) - 2.4571, -chemistry.accessibility(ring) + 3.0526, -2 + 0.0486
    expected = sum(np.array(terms) / (1.4343, 0.8335, 0.286))
    assert chemistry.values("penalised_logp", ["C1CCCCCCC1"]) == pytest.approx([expected])


def test_a_molecule_is_measured_once_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[object] = []

    def counted(made: object) -> float:
        measured.append(made)
        return 1.0

    monkeypatch.setitem(chemistry.MEASURES, "counted", counted)
    chemistry.values("counted", ["OCC", "CCO", "C(O)C", "CCC", "", "no molecule"])
    assert len(measured) == 2


def test_an_empty_string_is_an_invalid_row() -> None:
    objective = bb.objective("molecules.qed(decoder='tokens')")
    z = np.full((3, strings.LENGTH), 0.5 / strings.TOKENS)
    z[1] = (np.array(strings.padded([strings.encoded(ASPIRIN) or []])) + 0.5)[0] / strings.TOKENS
    answer = objective.evaluate(bb.Ask(z))
    assert answer.valid.tolist() == [False, True, False]
    assert answer.score[1] == chemistry.values("qed", [ASPIRIN])[0]


def test_prior_draws_are_sane_and_distinct() -> None:
    least = 0.9 - 3 * np.sqrt(0.9 * 0.1 / RNG_DRAWS)  # what the card's 1000 reach, less the chance
    for kind in ("vae", "flow"):
        drawn = card.draws(kind, RNG_DRAWS)
        assert judges.sane(drawn).mean() >= least
        assert len(set(drawn)) >= least * RNG_DRAWS


def test_what_is_written_is_the_likeliest_to_the_network_as_it_was_trained() -> None:
    z = torch.tensor(np.random.default_rng(1).standard_normal((4, LATENT)))
    tokens = shipped.autoencoder().written(z)
    before = torch.nn.functional.pad(tokens[:, :-1], (1, 0), value=BEGIN)
    likeliest = shipped.autoencoder().logits(z, before).argmax(dim=2)
    goes_on = before != strings.END  # what comes after the end was never asked for
    assert torch.equal(likeliest[goes_on], tokens[goes_on])


def test_codes_tell_how_well_a_molecule_dissolves_in_fat() -> None:
    smiles = shipped.reference().held_out[:120]
    codes = codes_of(smiles)
    assert np.abs(codes - shipped.reference().held_out_codes[:120]).max() < 0.01
    again = MoleculeDecoder("vae")(torch.tensor(codes))
    read, written = (chemistry.values("logp", group) for group in (smiles, again))
    assert pearsonr(read, written).statistic > 3 / np.sqrt(120)  # three deviations of none


def test_a_seed_begins_at_the_same_molecule_in_the_code_and_among_strings() -> None:
    starts = []
    for decoder in ("vae", "tokens"):
        for source in ("prior", "held_out"):
            objective = bb.objective(f"molecules.qed(decoder={decoder!r}, source={source!r})")
            z = objective.starts(np.random.default_rng(3), 4)
            starts.append(MoleculeDecoder(decoder)(torch.tensor(z)))
    assert starts[0] == starts[2]
    assert starts[1] == starts[3]
    flow = bb.objective("molecules.qed(decoder='flow', source='held_out')")
    z = flow.starts(np.random.default_rng(3), 4)
    assert MoleculeDecoder("flow")(torch.tensor(z)) == starts[1]


def test_judges_know_a_chain_of_carbon_from_a_drug() -> None:
    asked = [shipped.reference().held_out[0], shipped.reference().taught[0], "C" * 50, ""]
    verdicts = {name: judge.function(asked) for name, judge in judges.usual_judges().items()}
    assert verdicts["valid"].tolist() == [1, 1, 1, 0]
    assert verdicts["novel"][:3].tolist() == [1, 0, 1]
    assert verdicts["nearest"][1] == 1
    limits = judges.usual_judges()
    assert verdicts["atoms"][2] > limits["atoms"].high
    assert limits["ring"].low <= verdicts["ring"][0] <= limits["ring"].high
    assert judges.sane(asked).tolist() == [True, True, False, False]
    members = votes(shipped.committee(), asked)
    assert members.shape == (5, 4, 2)
    apart = judges.disagreement({"logp": 1.0}, asked)
    assert apart[2] > apart[:2].max()


def test_a_head_is_fooled_where_rdkit_is_not() -> None:
    objective = bb.objective("molecules.property")
    objective.judges = {"measured": objective.judges["measured"]}  # the others have tests
    run = bb.compare(objective, "gradient_ascent(learning_rate=0.5)", budget=40, seeds=1).runs
    assert run["status"].item() == "spent"
    # In the units of logP, of which real molecules have a deviation of 1.4.
    assert run["best"].item() > run["judge_measured"].item() + 1.4


def test_two_sides_are_weighed() -> None:
    objective = bb.objective("molecules.two_sided(weights={'effect': 1.0, 'side_effect': -0.5})")
    z = np.random.default_rng(0).standard_normal((4, 32))
    smiles = objective.decode(z)
    measured = objective.judges["measured"].verdict(smiles, "measured", z)
    expected = chemistry.values("qed", smiles) - 0.5 * chemistry.values("logp", smiles)
    assert measured == pytest.approx(expected, nan_ok=True)
    heads = shipped.autoencoder().properties(torch.tensor(z)).numpy()
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(heads[:, 0] - 0.5 * heads[:, 1])


def test_molecules_are_drawn() -> None:
    drawn = pictures([ASPIRIN, ""])
    assert drawn.shape == (2, 3, 150, 200)
    assert drawn[0].min() < 0.5 < drawn[0].mean()
    assert (drawn[1] == 1).all()
    assert grid([ASPIRIN], ["aspirin"]).startswith("<?xml")


def test_training_teaches_and_writes_all_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smiles = [*shipped.reference().taught[:130], "", "no molecule"]
    file = tmp_path / "some.txt.gz"
    file.write_bytes(gzip.compress("\n".join(smiles).encode()))
    assert read(file) == [*smiles[:130], "no"]
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    monkeypatch.setattr(shipped, "REFERENCE", tmp_path / "reference.npz")
    for epochs in ("EPOCHS", "FLOW_EPOCHS", "COMMITTEE_EPOCHS"):
        monkeypatch.setattr(training, epochs, 1.0)
    shipped.forget()
    try:
        train.main(["vae", "flow", "committee", "reference", "--data", str(file)])
        assert len(shipped.reference().marks) == 117
        assert len(MoleculeDecoder("flow")(torch.zeros(2, 32))) == 2
        tokens = torch.tensor(strings.padded([strings.encoded(ASPIRIN) or []] * 8))
        values = torch.zeros(8, 2)
        network = shipped.autoencoder().float().requires_grad_(True)
        losses = [training.string_loss(network, tokens, values).item() for _ in range(2)]
        assert np.isfinite(losses).all()
    finally:
        monkeypatch.undo()
        shipped.forget()


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("molecules.qed(decoder='vea')", "did you mean 'vae'"),
        ("molecules.qed(domain='ball')", "no domain 'ball'"),
        ("molecules.qed(decoder='tokens', domain='sphere')", "'sphere' of vae and flow"),
        ("molecules.qed(source='zinc')", "source is 'prior' or 'held_out'"),
        ("molecules.qed(decoder=3)", "no decoder 3 of molecules; known"),
        ("molecules.similarity(target='asprin')", "did you mean 'aspirin'"),
        ("molecules.similarity(target=3)", "a name or a SMILES, not 3"),
        ("molecules.property(value='logq')", "did you mean 'logp'"),
        ("molecules.property(decoder='tokens')", "makes no code"),
        ("molecules.two_sided(weights={'effect': 1})", "for each of"),
        ("molecules.two_sided(weights={'effect': 'a', 'side_effect': 1})", "must be numbers"),
    ],
)
def test_a_setting_that_is_not_there_is_named(reference: str, words: str) -> None:
    with pytest.raises(bb.ObjectiveError, match=words):
        bb.objective(reference)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdkit.Chem", None)
    with pytest.raises(
        bb.MissingPackage, match=r'package rdkit.*pip install "blackbox\[molecules\]"'
    ):
        chemistry.chem()  # other tests may have filled its caches
