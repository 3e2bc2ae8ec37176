"""Bytes that say whether they are whole: a header of plain values and arrays, under one digest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import StoreError

MAGIC = b"blackbox run 3\n"
DIGEST = 16
# Numbers of this many bytes are stored byte by byte of their places: their first bytes are alike.
WIDE = 2
LEVEL = 6


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """A file's content. Arrays hold numbers, truth values or texts; nothing is pickled."""
    described, chunks = [], []
    for name, array in arrays.items():
        content = np.asarray(array, order="C")
        if content.dtype.hasobject:
            raise TypeError(f"{name} holds objects, which are not stored")
        chunk = _transposed(content)
        described.append([name, content.dtype.str, list(content.shape), len(chunk)])
        chunks.append(chunk)
    text = json.dumps({"header": dict(header), "arrays": described}).encode()
    body = zlib.compress(b"".join([len(text).to_bytes(8, "little"), text, *chunks]), LEVEL)
    return MAGIC + _digest(body) + body


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
    """The header and the arrays. Raises StoreError where the bytes are not those written."""
    start = len(MAGIC) + DIGEST
    if not content.startswith(MAGIC):
        raise StoreError("it is not a run of this format")
    if _digest(content[start:]) != content[len(MAGIC) : start]:
        raise StoreError("its bytes are not those that were written")
    body = zlib.decompress(content[start:])
    first = 8 + int.from_bytes(body[:8], "little")
    table = json.loads(body[8:first])
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, dtype, shape, size in table["arrays"]:
        arrays[name] = _restored(body[first : first + size], np.dtype(dtype), tuple(shape))
        first += size
    return table["header"], arrays


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=DIGEST).digest()


def _transposed(array: NDArray[np.generic]) -> bytes:
    size = array.dtype.itemsize
    if size < WIDE or array.dtype.kind == "U":
        return array.tobytes()
    return np.frombuffer(array.tobytes(), np.uint8).reshape(-1, size).T.tobytes()


def _restored(chunk: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[np.generic]:
    if dtype.itemsize >= WIDE and dtype.kind != "U":
        chunk = np.frombuffer(chunk, np.uint8).reshape(dtype.itemsize, -1).T.tobytes()
    return np.frombuffer(bytearray(chunk), dtype).reshape(shape)
