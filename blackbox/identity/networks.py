"""A network of torch: its weights, and how its layers are put together and set."""

from __future__ import annotations

from typing import Any, Protocol

from blackbox.identity.arrays import library
from blackbox.identity.parts import digest_of

HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_hooks", "_backward_pre_hooks")

# What torch.compile writes on what it has compiled, and what gpytorch remembers of predictions.
MARKS = ("_is_torch_compile", "prediction_strategy", "_memoize_cache")


class Told(Protocol):
    """What tells the values that a network holds."""

    surroundings: Any

    def text(self, value: Any, where: str) -> str:
        """The content of one value."""


def network_parts(network: Any, contents: Told, where: str) -> tuple[str, str]:
    """A network's weights (parameters and buffers) and settings (all else), each as a hash.

    Its gradients are neither: they say what was done with it, not what it computes.
    """
    torch = library("torch")
    if isinstance(network, torch.jit.ScriptModule):
        state = sorted(network.state_dict().items())
        weights = [f"{name} {contents.text(one, where)}" for name, one in state]
        return _hashed("weights", weights), _hashed("script", [network.code])
    # Each of torch's versions keeps other books in a module: what an empty one has is no content.
    left_out = {*vars(torch.nn.Module()), *MARKS} - {"training"}
    if contents.surroundings.is_state(network, "training", network.training):
        left_out.add("training")  # of its layers too
    weights, settings = [], []
    for place, layer in network.named_modules(remove_duplicate=False):
        for name, value in (*layer._parameters.items(), *layer._buffers.items()):
            if not contents.surroundings.is_state(layer, name, value):
                weights.append(f"{place}.{name} {contents.text(value, where)}")
        settings += [f"{place} {contents.text(type(layer), where)}"]
        hooks = [hook for kind in HOOKS for hook in getattr(layer, kind, {}).values()]
        settings += [f"{place} hook {contents.text(hook, where)}" for hook in hooks]
        for name, value in sorted(vars(layer).items()):
            if name not in left_out and not contents.surroundings.is_state(layer, name, value):
                inner = ".".join(filter(None, (where, place, name)))
                settings.append(f"{place}.{name}={contents.text(value, inner)}")
    return _hashed("weights", weights), _hashed("settings", settings)


def _hashed(kind: str, parts: list[str]) -> str:
    return f"{kind} {digest_of(' '.join(parts))}"
