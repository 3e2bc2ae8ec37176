"""The objective of this study: `mnist.super_resolution` with the judges that its page shows."""

from __future__ import annotations

from typing import Any

import blackbox as bb
from blackbox.objectives import mnist

# Thickness and style would take three quarters of the time that a run takes.
JUDGES = ("feasible", "psnr", "hidden_error", "digit", "unanimous", "harsh")


def super_resolution(instance: int, decoder: Any, domain: Any, hidden: Any) -> bb.Objective:
    """The sharp picture behind a blurred one, with fewer judges."""
    objective = mnist.super_resolution(
        instance=instance, decoder=decoder, domain=domain, hidden=hidden
    )
    objective.judges = {name: objective.judges[name] for name in JUDGES}
    return objective
