"""Whether torch notes gradients while a user's functions are called; then it is as before."""

from __future__ import annotations

import torch


class GradMode:
    """A context like torch.set_grad_enabled, which costs next to nothing where nothing changes."""

    __slots__ = ("_before", "_wanted")

    def __init__(self, wanted: bool) -> None:
        """Whether gradients are to be noted."""
        self._wanted, self._before = wanted, wanted

    def __enter__(self) -> None:
        """Change the mode where it is another."""
        self._before = torch.is_grad_enabled()
        if self._before != self._wanted:
            torch.set_grad_enabled(self._wanted)

    def __exit__(self, *_: object) -> None:
        """Put it back, whoever changed it meanwhile."""
        if torch.is_grad_enabled() != self._before:
            torch.set_grad_enabled(self._before)
