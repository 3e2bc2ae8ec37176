"""The files of a log, wherever they lie: alone, in a folder, compressed, or in an archive."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from blackbox.errors import LogError

# Logs shrink ten to fifty times. What unfolds to more than this is made to fill a memory.
MOST_TIMES, ALWAYS_ALLOWED = 200, 64 * 2**20  # bytes
COMPRESSED: Mapping[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda packed: gzip.GzipFile(fileobj=packed),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
TAR, TAR_AT = b"ustar", 257
ENDINGS = (".gz", ".bz2", ".xz")


@dataclass(frozen=True, eq=False)
class Files:
    """The files of a log by their paths below its source, with slashes; read when asked for."""

    source: Path
    members: Mapping[str, Callable[[], bytes]]
    is_alone: bool = False  # one file, which the source itself is or holds compressed

    def content(self, member: str) -> bytes:
        """What a file holds, decompressed. Raises LogError for what is damaged or too large."""
        try:
            return self.members[member]()
        except OSError as error:
            raise LogError(f"cannot read {self.place(member)}: {error.strerror or error}") from None

    def ending(self, *endings: str) -> list[str]:
        """The files whose names end so, compressed or not, in their order."""
        return sorted(name for name in self.members if _bare(name).endswith(endings))

    def place(self, member: str) -> str:
        """What an error calls a file."""
        if self.is_alone:
            return str(self.source)
        if self.source.is_dir():
            return str(self.source / member)
        return f"{member} in {self.source}"


def opened(path: Path) -> Files:
    """The files at a path. Raises LogError for what is not there, damaged, or too large."""
    if not path.exists():
        raise LogError(f"there is no log {path}")
    try:
        if path.is_dir():
            files = [file for file in path.rglob("*") if file.is_file()]
            members = {
                file.relative_to(path).as_posix(): partial(_unpacked_file, file) for file in files
            }
            return Files(path, _shown(members))
        packed = path.read_bytes()
    except OSError as error:
        raise LogError(f"cannot read {path}: {error.strerror or error}") from error
    allowance = _Allowance(len(packed), str(path))
    content = allowance.unpacked(packed, str(path))
    if content.startswith(ZIPPED):
        return Files(path, _shown(_of_zip(content, allowance)))
    if content[TAR_AT:].startswith(TAR):
        return Files(path, _shown(_of_tar(content, allowance)))
    return Files(path, {_bare(path.name): lambda: content}, is_alone=True)


def _shown(members: Mapping[str, Callable[[], bytes]]) -> dict[str, Callable[[], bytes]]:
    """The files but for hidden ones, which systems put beside them."""
    return {
        name: read
        for name, read in sorted(members.items())
        if not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
    }


def _bare(name: str) -> str:
    """A name less the ending of its compression.

    >>> _bare("log.csv.gz"), _bare("log.csv")
    ('log.csv', 'log.csv')
    """
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


class _Allowance:
    """How many bytes may still be unfolded from a source."""

    def __init__(self, packed: int, source: str) -> None:
        """Allow for a source of so many bytes."""
        self.left, self.source = max(ALWAYS_ALLOWED, MOST_TIMES * packed), source

    def read(self, stream: IO[bytes]) -> bytes:
        """All that a stream holds, as long as it is allowed."""
        content = stream.read(self.left + 1)
        self.left -= len(content)
        if self.left < 0:
            raise LogError(
                f"{self.source} unfolds to more than {MOST_TIMES} times its size, as no log does; "
                "unpack it yourself if you trust it"
            )
        return content

    def unpacked(self, content: bytes, place: str) -> bytes:
        """The content itself, or what it holds compressed."""
        magic = next((one for one in COMPRESSED if content.startswith(one)), None)
        if magic is None:
            return content
        decompressor = COMPRESSED[magic]
        inner = self.intact(lambda: self.read(decompressor(io.BytesIO(content))), place)
        if inner.startswith(tuple(COMPRESSED)):
            raise LogError(f"{place} is compressed twice; unpack it first")
        return inner

    def member(self, stream: Callable[[], IO[bytes] | None], place: str) -> bytes:
        """A file of an archive, decompressed where it was compressed beforehand."""

        def read() -> bytes:
            opened_stream = stream()
            if opened_stream is None:
                raise LogError(f"{place} is no file")
            with opened_stream:
                return self.read(opened_stream)

        content = self.unpacked(self.intact(read, place), place)
        if content.startswith(ZIPPED) or content[TAR_AT:].startswith(TAR):
            raise LogError(f"{place} is an archive in an archive; unpack it first")
        return content

    def intact(self, read: Callable[[], bytes], place: str) -> bytes:
        """What a decompressor reads. What it raises of damaged bytes is of any kind."""
        try:
            return read()
        except LogError:
            raise
        except Exception as error:
            raise LogError(
                f"{place} is cut short or damaged ({error or type(error).__name__}); get it again"
            ) from error


def _unpacked_file(path: Path) -> bytes:
    content = path.read_bytes()
    return _Allowance(len(content), str(path)).unpacked(content, str(path))


def _of_zip(content: bytes, allowance: _Allowance) -> dict[str, Callable[[], bytes]]:
    source = allowance.source
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = [one.filename for one in archive.infolist() if not one.is_dir()]
    except Exception as error:  # of damaged bytes it raises of any kind
        raise LogError(f"{source} is cut short or damaged ({error}); get it again") from error
    if "xl/workbook.xml" in names:
        raise LogError(f"{source} is a workbook of a spreadsheet; save its table as csv")
    return {
        name.replace("\\", "/"): partial(
            allowance.member, partial(archive.open, name), f"{name} in {source}"
        )
        for name in names
    }


def _of_tar(content: bytes, allowance: _Allowance) -> dict[str, Callable[[], bytes]]:
    source = allowance.source
    try:
        archive = tarfile.TarFile(fileobj=io.BytesIO(content))
        inside = [one for one in archive.getmembers() if one.isreg()]
    except Exception as error:  # of damaged bytes it raises of any kind
        raise LogError(f"{source} is cut short or damaged ({error}); get it again") from error
    return {
        one.name.removeprefix("./"): partial(
            allowance.member, partial(archive.extractfile, one), f"{one.name} in {source}"
        )
        for one in inside
    }
