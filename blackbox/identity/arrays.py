"""The content of numbers that stand together: arrays, tensors, frames, networks' weights.

torch and pandas are looked for among what is imported: a value of theirs cannot be met before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from blackbox.identity.parts import digest_of

# The text of a value that stands inside an array or a frame.
Text = Callable[[Any], str]


# What a random generator counts as: each draw changes its state, which is no input of the code.
RANDOM = "a random generator"


def library(name: str) -> Any:
    """An imported package, or None: what has not been imported has made no value."""
    return sys.modules.get(name)


def array_text(value: Any, text: Text) -> str | None:
    """An array, tensor or frame by its content, or None if the value is none of them."""
    if isinstance(value, np.ndarray | np.generic):
        return _numpy(np.asarray(value), text)
    if isinstance(value, np.dtype):
        return f"dtype {value.str if value.names is None else value.descr}"
    torch, pandas = library("torch"), library("pandas")
    if torch is not None and hasattr(torch, "Tensor"):
        if isinstance(value, torch.Tensor):
            return _tensor(value)
        if isinstance(value, torch.Generator):
            return RANDOM
        if isinstance(value, torch.dtype | torch.device | torch.Size):
            return str(value)
    if pandas is not None and hasattr(pandas, "DataFrame"):
        return _pandas(value, pandas, text)
    return None


def is_network(value: Any) -> bool:
    """Whether a value is a torch module."""
    module = getattr(library("torch.nn"), "Module", None)
    return module is not None and isinstance(value, module)


def _numpy(array: Any, text: Text) -> str:
    shape = f"array {list(array.shape)} {array.dtype}"
    if array.dtype.hasobject:
        return f"{shape} {digest_of(text(array.tolist()))}"
    flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return f"{shape} {digest_of(memoryview(flat))}"


def _tensor(tensor: Any) -> str:
    """A tensor by its bytes, on whichever device; its gradient is not part of it."""
    torch = library("torch")
    tensor = tensor.detach()
    shape = f"tensor {list(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
    if tensor.layout == torch.sparse_coo:
        tensor = tensor.coalesce()
        return f"sparse {shape} {_tensor(tensor.indices())} {_tensor(tensor.values())}"
    if tensor.layout != torch.strided:
        return f"{tensor.layout} {_tensor(tensor.to_dense())}"
    if tensor.is_quantized:
        scale = tensor.q_scale(), tensor.q_zero_point()
        return f"{shape} {scale} {_tensor(tensor.int_repr())}"
    flat = tensor.resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    return f"{shape} {digest_of(memoryview(flat.view(torch.uint8).numpy()))}"


def _pandas(value: Any, pandas: Any, text: Text) -> str | None:
    """A frame by its columns: how pandas keeps them together is no content."""
    if isinstance(value, pandas.DataFrame):
        columns = [value.iloc[:, i] for i in range(value.shape[1])]
        parts = [text(value.index), text(value.columns), *map(text, columns)]
    elif isinstance(value, pandas.Index | pandas.Series):
        plain = isinstance(value.dtype, np.dtype)
        numbers = value.to_numpy() if plain else value.astype(object).to_numpy()
        index = [text(value.index)] if isinstance(value, pandas.Series) else []
        parts = [text(list(value.names if not index else [value.name])), *index]
        parts += [str(value.dtype), _numpy(numbers, text)]
    else:
        return None
    return f"{type(value).__name__} {list(value.shape)} {digest_of(' '.join(parts))}"
