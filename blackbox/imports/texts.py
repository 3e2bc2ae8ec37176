"""The text that a file of a log holds, in whatever encoding."""

from __future__ import annotations

import codecs
import re

from blackbox.errors import LogError

# Longer marks first: that of UTF-32 begins like that of UTF-16.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SAMPLE = 4096  # bytes by which an encoding without a mark is told
MOSTLY = 0.8


def text_of(content: bytes, place: str, notices: list[str]) -> str:
    """The text of a file: UTF-8, what its mark says, UTF-16 without one, or else Western.

    `notices` gets what was assumed. Raises LogError for what is no text.
    """
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:SAMPLE]:
        encoding = _two_bytes(content[:SAMPLE])
        if encoding:
            notices.append(f"{place} was read as {encoding.upper()}, which it does not say it is")
    try:
        return content.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise LogError(f"{place} is no text in {error.encoding}: {error.reason}") from error
        return _western(content, place, error, notices)


def lines_of(content: bytes, place: str, notices: list[str]) -> list[str]:
    """The lines of such a text, without their ends."""
    return re.split(r"\r\n|\r|\n", text_of(content, place, notices))


def _two_bytes(sample: bytes) -> str | None:
    """UTF-16 where nearly each second byte is zero, as in plain English text."""
    halves = sample[::2], sample[1::2]
    for name, letters, zeros in (("utf-16-le", *halves), ("utf-16-be", *halves[::-1])):
        if zeros.count(0) > MOSTLY * len(zeros) and letters.count(0) < len(letters) * (1 - MOSTLY):
            return name
    return None


def _western(content: bytes, place: str, error: UnicodeDecodeError, notices: list[str]) -> str:
    """What is not UTF-8 as Windows-1252, which holds Latin-1: only names can have such letters."""
    line = content.count(b"\n", 0, error.start) + 1
    byte = f"byte 0x{content[error.start]:02X} in line {line}"
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise LogError(
            f"{place} is neither UTF-8 nor Windows-1252 ({byte}); save it as UTF-8"
        ) from error
    notices.append(
        f"{place} is not UTF-8 ({byte}) and was read as Windows-1252: look whether the names in it "
        "are right, or save it as UTF-8"
    )
    return text
