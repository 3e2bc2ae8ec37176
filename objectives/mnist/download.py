"""The four MNIST files from a mirror into a cache folder, checked by what they contain."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# SHA-256 of the unzipped content: mirrors zip it in their own ways. By hand for that reason: pooch
# holds what it fetches to the hash of the file as it is sent, from one address.
CONTENT = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
PATIENCE = 30.0  # seconds without an answer


def cache() -> Path:
    """The folder of this user for files that were fetched."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "blackbox" / "mnist"


def fetch(name: str, folder: Path) -> Path:
    """The gzipped file `name` in `folder`, fetched from the first mirror that has the right one.

    Raises OSError where no mirror gives it, with what each of them said.
    """
    path = folder / f"{name}.gz"
    failures = []
    for mirror in MIRRORS:
        try:
            raw = _get(f"{mirror}{name}.gz")
            digest = hashlib.sha256(gzip.decompress(raw)).hexdigest()
        except (OSError, EOFError) as error:
            failures.append(f"{mirror}: {error}")
            continue
        if digest != CONTENT[name]:
            failures.append(f"{mirror}: gave another file (SHA-256 {digest})")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(path, raw)
        return path
    raise OSError(f"no mirror gives {name}.gz: " + "; ".join(failures))


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        raw: bytes = answer.read()
    return raw


def _write_whole(path: Path, raw: bytes) -> None:
    """All or nothing: a second process, or a cut connection, never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
    Path(name).replace(path)
