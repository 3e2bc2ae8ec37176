"""How the networks of molecules learn."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from blackbox.objectives.molecules import chemistry, shipped
from blackbox.objectives.molecules.committee import MEMBERS, Committee
from blackbox.objectives.molecules.data import Molecules
from blackbox.objectives.molecules.networks import BEGIN, SelfiesAutoencoder
from blackbox.objectives.molecules.strings import END
from blackbox.objectives.networks.flow import Flow
from blackbox.objectives.training.autoencoder import divergence, sampled
from blackbox.objectives.training.flow import train_flow
from blackbox.objectives.training.learning import Recipe, learn, own_chance

# The weight of the divergence against the summed cross-entropy of the tokens: at 1 the code says
# next to nothing. That of the heads' squared errors, in deviations.
DIVERGENCE_WEIGHT, PROPERTY_WEIGHT = 0.2, 1.0
# The share of tokens that are hidden from the writer, which must ask the code then.
HIDDEN_TOKENS = 0.15
BATCH, EPOCHS, FLOW_EPOCHS, COMMITTEE_EPOCHS = 128, 4.0, 30.0, 20.0


def train_autoencoder(molecules: Molecules, searched: int) -> SelfiesAutoencoder:
    """The autoencoder of molecules, of which the values of the first `searched` teach its heads."""
    tokens, values = torch.tensor(molecules.tokens), torch.tensor(molecules.values).float()
    values[searched:] = torch.nan  # those teach the judges
    groups = of_one_length(tokens)
    with own_chance(seed=0):
        network = SelfiesAutoencoder()
        measured = values[values.isfinite().all(dim=1)]
        network.property_mean.copy_(measured.mean(0))
        network.property_scale.copy_(measured.std(0))

        def loss(drawn: Tensor) -> Tensor:
            rows = groups[int(drawn)]
            return string_loss(network, tokens[rows], values[rows])

        recipe = Recipe(seed=0, epochs=EPOCHS, batch=1, learning_rate=3e-3)
        learn(network, loss, len(groups), recipe)
    return network


def of_one_length(tokens: Tensor) -> tuple[Tensor, ...]:
    """Rows of strings in batches of about one length, so that little of a batch is empty."""
    return torch.split((tokens != END).sum(dim=1).argsort(stable=True), BATCH)


def string_loss(network: SelfiesAutoencoder, tokens: Tensor, values: Tensor) -> Tensor:
    """The cross-entropy of strings, their divergence and what the heads miss, a mean over `[n]`."""
    mean, log_variance = network.posterior(tokens)
    z = sampled(mean, log_variance)
    is_written = functional.pad(tokens[:, :-1] != END, (1, 0), value=True)  # the first end too
    most = int(is_written.sum(dim=1).max())
    wanted, before = tokens[:, :most], functional.pad(tokens[:, : most - 1], (1, 0), value=BEGIN)
    is_hidden = torch.rand(before.shape) < HIDDEN_TOKENS
    logits = network.logits(z, torch.where(is_hidden, BEGIN, before))
    lost = functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none")
    is_valued = values.isfinite().all(dim=1)
    missed = (network.properties(z) - values)[is_valued] / network.property_scale
    total: Tensor = (
        (lost * is_written[:, :most]).sum(dim=1).mean()
        + DIVERGENCE_WEIGHT * divergence(mean, log_variance).mean()
        + PROPERTY_WEIGHT * missed.square().sum() / is_valued.sum().clamp(min=1)
    )
    return total


def train_latent_flow(molecules: Molecules) -> Flow:
    """The flow to codes of molecules as the shipped autoencoder draws them."""
    with own_chance(seed=1), torch.no_grad():
        tokens = torch.split(torch.tensor(molecules.tokens), 1000)
        codes = [sampled(*shipped.autoencoder().posterior(some)).float() for some in tokens]
    recipe = Recipe(seed=2, epochs=FLOW_EPOCHS, batch=256, learning_rate=1e-3)
    return train_flow(shipped.latent_flow, torch.cat(codes), recipe)


def train_committee(molecules: Molecules) -> Committee:
    """Members that learn the values from parts of molecules, each from its own draw of them."""
    counts = torch.tensor(chemistry.parts(molecules.smiles)).float()
    values = torch.tensor(molecules.values).float()
    with own_chance(seed=3):
        committee = Committee()
        committee.property_mean.copy_(values.mean(0))
        committee.property_scale.copy_(values.std(0))
        drawn = torch.randint(len(values), (MEMBERS, len(values)))

        def loss(rows: Tensor) -> Tensor:
            missed = [
                (member(counts[draw[rows]]) - _deviations(committee, values[draw[rows]])).square()
                for member, draw in zip(committee.members, drawn, strict=True)
            ]
            return torch.stack(missed).mean(dim=(1, 2)).sum()

        recipe = Recipe(seed=3, epochs=COMMITTEE_EPOCHS, learning_rate=2e-3, weight_decay=1e-2)
        learn(committee, loss, len(values), recipe)
    return committee


def _deviations(committee: Committee, values: Tensor) -> Tensor:
    return (values - committee.property_mean) / committee.property_scale
