"""The IDX format of MNIST: a magic number, the shape, then one byte a pixel or label.

LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998,
http://yann.lecun.com/exdb/mnist/ (the format stands at the end of that page).
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GZIP = b"\x1f\x8b"
# Two zero bytes, then the type of an entry: 8 is the unsigned byte, the only one in MNIST.
UNSIGNED = b"\x00\x00\x08"


def read(path: Path) -> NDArray[np.uint8]:
    """The array of bytes in the file at `path`, gzipped or plain.

    Raises ValueError where the file is cut short, goes on too long, or is no such file.
    """
    return parsed(path.read_bytes(), name=str(path))


def parsed(raw: bytes, *, name: str) -> NDArray[np.uint8]:
    """The array in the bytes `raw`, gzipped or plain; errors call it `name`.

    >>> parsed(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7]), name="two labels")
    array([5, 7], dtype=uint8)
    """
    content = _unzipped(raw, name) if raw.startswith(GZIP) else raw
    if len(content) < 4 or not content.startswith(UNSIGNED):
        raise ValueError(
            f"{name} is no IDX file of bytes: it starts with {content[:4].hex(' ') or 'nothing'}, "
            "not 00 00 08; fetch it again"
        )
    dimensions = content[3]
    start = 4 + 4 * dimensions
    shape = struct.unpack_from(f">{dimensions}I", content.ljust(start, b"\x00"), 4)
    expected = start + int(np.prod(shape, dtype=np.int64))
    if len(content) != expected:
        raise ValueError(
            f"{name} has {len(content)} bytes, but its shape {shape} needs {expected}; "
            "fetch it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _unzipped(raw: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError) as error:
        raise ValueError(f"{name} is a broken gzip file ({error}); fetch it again") from error
