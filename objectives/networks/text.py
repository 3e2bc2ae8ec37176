"""A joint encoder of pictures and captions: the closer the two vectors, the better they fit.

Radford et al., Learning Transferable Visual Models from Natural Language Supervision, 2021 (arXiv
2103.00020), with the sigmoid of Zhai, Mustafa, Kolesnikov and Beyer, 2023 (arXiv 2303.15343): each
pair of picture and caption fits or does not, whatever else is in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.networks.autoencoder import perceptron

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Each pair holds the lowest and the highest quarter of what is measured on the training pictures.
ATTRIBUTES = {
    "thickness": ("thin", "bold"),
    "slant": ("upright", "slanted"),
    "width": ("narrow", "wide"),
}
FILLERS = ("a", "an", "the", "digit")
VOCABULARY = (*DIGITS, *(word for pair in ATTRIBUTES.values() for word in pair))


class ImageText(nn.Module):
    """Pictures and captions as unit vectors in one space, and how well they fit."""

    def __init__(self, pictures: nn.Module, width: int = 32) -> None:
        """Join `pictures` `[n, h, w] -> [n, width]` with a bag of words of the same width."""
        super().__init__()
        self.pictures = pictures
        self.words = nn.Linear(len(VOCABULARY), width)
        self.phrase = nn.Sequential(nn.SiLU(), perceptron(width, 2 * width, width))
        # Zhai et al. start from a scale of 10 and a bias of -10: most pairs do not fit.
        self.log_scale = nn.Parameter(torch.tensor(10.0).log())
        self.bias = nn.Parameter(torch.tensor(-10.0))

    def image(self, x: Tensor) -> Tensor:
        """The unit vectors `[n, width]` of the pictures `x` `[n, h, w]`."""
        return functional.normalize(self.pictures(x), dim=1)

    def text(self, captions: Sequence[str]) -> Tensor:
        """The unit vectors `[m, width]` of `captions`.

        Raises ValueError where a caption has a word that is not known, or none that is.
        """
        return self.text_of_bags(torch.stack([bag(caption) for caption in captions]))

    def text_of_bags(self, bags: Tensor) -> Tensor:
        """The unit vectors `[m, width]` of bags of words `[m, 16]`, 1 where a word is there."""
        return functional.normalize(self.phrase(self.words(bags)), dim=1)

    def logits(self, image: Tensor, text: Tensor) -> Tensor:
        """The log-odds `[n, m]` that the pictures and captions behind these vectors fit."""
        return self.log_scale.exp() * image @ text.T + self.bias

    def cosine(self, x: Tensor, caption: str) -> Tensor:
        """The cosine `[n]` between the pictures `x` `[n, h, w]` and `caption`."""
        return self.image(x) @ self.text([caption])[0]

    def score(self, x: Tensor, caption: str) -> Tensor:
        """The log-probability `[n]` that `caption` fits the pictures `x` `[n, h, w]`."""
        return functional.logsigmoid(self.logits(self.image(x), self.text([caption]))[:, 0])


def bag(caption: str) -> Tensor:
    """Which words of the vocabulary `caption` holds, `[16]`; the order does not matter.

    >>> bag("a bold seven").nonzero().flatten().tolist() == [7, 11]
    True
    """
    words = [word for word in caption.lower().split() if word not in FILLERS]
    strangers = [word for word in words if word not in VOCABULARY]
    if strangers or not words:
        raise ValueError(
            f"a caption such as 'a bold seven' was expected, not {caption!r}; "
            f"known words: {', '.join(VOCABULARY)}"
        )
    return torch.tensor([float(word in words) for word in VOCABULARY])
