"""
A VAE of one's own
==================

A checkpoint, a scorer network that was trained on real digits, and the true measure as a judge.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

import blackbox as bb

torch.manual_seed(0)
pictures = torch.tensor(load_digits().data / 16, dtype=torch.float32)  # [n, 64]
encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2 * 8))
decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid())
scorer = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))  # predicts the ink
networks = (encoder, decoder, scorer)
adam = torch.optim.Adam([p for net in networks for p in net.parameters()], 3e-3)
for _ in range(1000):
    x = pictures[torch.randint(len(pictures), (128,))]
    mean, log_sd = encoder(x).chunk(2, 1)
    made = decoder(mean + log_sd.exp() * torch.randn_like(mean))
    divergence = 0.5 * (mean**2 + (2 * log_sd).exp() - 1 - 2 * log_sd).sum(1).mean()
    error = (scorer(x)[:, 0] - x.sum(1)).square().mean()
    loss = ((made - x) ** 2).sum(1).mean() + 0.1 * divergence + error
    adam.zero_grad(), loss.backward(), adam.step()
torch.save(decoder.state_dict(), "vae.pt")

objective = bb.Objective(
    scorer.eval(),
    bb.load_decoder("vae.pt", into=decoder),
    bb.Space.normal(8),
    judges={"ink": bb.Judge(lambda x: x.sum(1), truth=True)},
    name="ink",
)
study = bb.compare(objective, ["random_search", "auto", "cma_es", "gradient_ascent"], 100, seeds=6)
print(*study.verdict()["sentence"], sep="\n")
figure = study.plot("curves")
