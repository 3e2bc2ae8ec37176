"""Weights from a file into a network: tensors by their names, and nothing that could run.

A pickle is a program. So only what torch calls weights is read (`weights_only=True`), or
safetensors, and what does not fit the network to the last number is refused before any is changed.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import torch

from blackbox.errors import CheckpointError, MissingPackage
from blackbox.scoring.facts import short_name

Network = TypeVar("Network", bound=torch.nn.Module)
State: TypeAlias = dict[str, torch.Tensor]
PARALLEL = "module."  # what DataParallel puts before each name
SHOWN = 5  # names that an error lists
SAVE = "save its tensors: torch.save(model.state_dict(), path)"


def _to_standard_error(line: str) -> None:
    print(line, file=sys.stderr)


def load_decoder(
    path: str | Path,
    into: Network,
    *,
    key: str | None = None,
    prefix: str = "",
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    tell: Callable[[str], None] | None = _to_standard_error,
) -> Network:
    """The network `into` with the weights of a file, in `eval()` mode, its weights held fixed.

    The file is a state dict: `torch.save(model.state_dict(), path)`, read by `weights_only=True`,
    or, where its name ends in `.safetensors`, one of that package. Never is a pickle run. Where it
    holds several things, that one state dict is taken that fits, or the one of `key`; names that
    all begin with `module.` (DataParallel) are read without it, and with `prefix` only those are
    read that begin so, such as "decoder." of a whole autoencoder. The network is moved to `device`
    and `dtype`, where they are given; `tell` hears one line on what was loaded (None: nobody).
    Gradients with respect to its input flow as before.

    Raises CheckpointError where there is no file or it holds no weights, and where names or shapes
    are not those of the network; then nothing of it was changed.

    >>> load_decoder("no.pt", torch.nn.Linear(2, 3))
    Traceback (most recent call last):
    blackbox.errors.CheckpointError: there is no checkpoint no.pt
    """
    place = Path(path)
    if not isinstance(into, torch.nn.Module):
        what = f"the class {into.__name__}" if isinstance(into, type) else repr(into)
        raise CheckpointError(
            f"weights are loaded into a network that is made already, as into=VAE(16), not {what}"
        )
    held = _read(place)
    state, remark = _chosen(held, into, key, prefix, place.name)
    into.load_state_dict(state)
    into.to(device=device, dtype=dtype).eval().requires_grad_(False)
    if tell is not None:
        tell(_in_words(place.name, state, into) + remark)
    return into


def _read(path: Path) -> Any:
    """What a file holds. Raises CheckpointError where that is no weights."""
    if not path.is_file():
        what = f"{path} is a folder, and no checkpoint" if path.is_dir() else ""
        raise CheckpointError(what or f"there is no checkpoint {path}")
    try:
        if path.suffix == ".safetensors":
            return _safetensors().load_file(str(path))
        return torch.load(path, map_location="cpu", weights_only=True)
    except MissingPackage:
        raise
    except Exception as error:
        text = str(error)
        if "weights only load failed" in text.lower() or "weights_only" in text:
            named = re.search(r"(?:GLOBAL|global) ([\w.]+)", text)
            held = f"{named[1]}, say" if named else "other objects"
            raise CheckpointError(
                f"{path} holds more than tensors ({held}): a whole pickled network, or what was "
                f"saved beside its weights; to read that is to run it, so it is not read: {SAVE}"
            ) from None
        if "torchscript" in text.lower() or "torch.jit" in text.lower():
            raise CheckpointError(f"{path} is a TorchScript program, not weights: {SAVE}") from None
        raise CheckpointError(
            f"{path} cannot be read as weights, it is cut short or of another kind: "
            f"{type(error).__name__}: {text.splitlines()[0][:200] if text else 'no more is known'}"
        ) from error


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors.torch")
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "a .safetensors file needs the package safetensors, which is not installed: "
            "pip install safetensors"
        ) from error


def _chosen(
    held: Any, into: torch.nn.Module, key: str | None, prefix: str, name: str
) -> tuple[State, str]:
    """The weights of what a file holds, by the network's names, and a remark on where they were."""
    if not isinstance(held, Mapping):
        raise CheckpointError(f"{name} holds {type(held).__name__}, and no state dict: {SAVE}")
    inner = {str(one): part for one, part in held.items() if _is_state(part)}
    if key is not None:
        if key not in inner:
            raise CheckpointError(f"{name} holds no weights under key={key!r}; {_listed(held)}")
        return _fitted(dict(inner[key]), into, prefix, f"{name}[{key!r}]")
    if _is_state(held):
        return _fitted(dict(held), into, prefix, name)
    if not inner:
        raise CheckpointError(f"{name} holds no state dict; {_listed(held)}; {SAVE}")
    fits = {}
    for one, part in inner.items():
        try:
            fits[one] = _fitted(dict(part), into, prefix, f"{name}[{one!r}]")
        except CheckpointError:
            if len(inner) == 1:
                raise
    if len(fits) != 1:
        how_many = "several of them fit" if fits else "none of them fits as it is"
        raise CheckpointError(
            f"{name} holds weights under {', '.join(map(repr, inner))}, and {how_many}: say which, "
            f"as key={next(iter(fits or inner))!r}"
        )
    ((one, (state, remark)),) = fits.items()
    return state, f"; taken from its {one!r}{remark}"


def _is_state(part: Any) -> bool:
    return (
        isinstance(part, Mapping)
        and len(part) > 0
        and all(isinstance(tensor, torch.Tensor) for tensor in part.values())
    )


def _listed(held: Mapping[Any, Any]) -> str:
    return f"it holds {', '.join(f'{one!r}' for one in list(held)[:SHOWN]) or 'nothing'}"


def _fitted(
    state: dict[str, torch.Tensor], into: torch.nn.Module, prefix: str, name: str
) -> tuple[State, str]:
    """The weights by the network's own names. Raises CheckpointError where they do not fit."""
    wanted, remark = into.state_dict(), ""
    strips = all(one.startswith(PARALLEL) for one in state) and not all(
        one.startswith(PARALLEL) for one in wanted
    )
    if strips:
        state = {one.removeprefix(PARALLEL): tensor for one, tensor in state.items()}
        remark = f"; its names without {PARALLEL!r}"
    if prefix:
        state = {
            one.removeprefix(prefix): tensor
            for one, tensor in state.items()
            if one.startswith(prefix)
        }
    problems = _problems(state, wanted)
    if problems:
        hint = _hint(state, wanted)
        raise CheckpointError(
            f"{name} does not fit {type(into).__name__}: {'; '.join(problems)}{hint}"
        )
    return state, remark


def _problems(state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> list[str]:
    shapes = [
        f"{name} is {list(state[name].shape)} there and {list(tensor.shape)} here"
        for name, tensor in wanted.items()
        if name in state and state[name].shape != tensor.shape
    ]
    broken = [
        f"{name} holds nan"
        for name, tensor in state.items()
        if tensor.is_floating_point() and bool(tensor.isnan().any())
    ]
    kinds = (
        ("it lacks", [name for name in wanted if name not in state]),
        ("it has besides", [name for name in state if name not in wanted]),
    )
    names = [f"{what} {_some(some)}" for what, some in kinds if some]
    return names + [_some(some, "; ") for some in (shapes, broken) if some]


def _some(names: list[str], between: str = ", ") -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return between.join(names[:SHOWN]) + more


def _hint(state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> str:
    """The prefix with which it would fit, if there is one."""
    first = next(iter(wanted), "")
    for name in state:
        prefix = name.removesuffix(first)
        if first and prefix and prefix != name and all(prefix + one in state for one in wanted):
            return f"; those that begin with {prefix!r} may: load it with prefix={prefix!r}"
    return ""


def _in_words(name: str, state: State, into: torch.nn.Module) -> str:
    """What was loaded, in a line."""
    here = Counter(short_name(one.dtype) for one in into.state_dict().values())
    there = Counter(short_name(one.dtype) for one in state.values())
    one = next(iter(into.state_dict().values()), torch.empty(0))
    numbers = sum(tensor.numel() for tensor in state.values())
    (usual, _), (as_saved, _) = here.most_common(1)[0], there.most_common(1)[0]
    was = "" if as_saved == usual else f" (saved as {as_saved})"
    return (
        f"{name}: {numbers} numbers into {type(into).__name__}, {usual}{was} on {one.device}; "
        "eval mode, weights fixed"
    )
