"""Ways to change a log: those that keep its meaning, those that may not, and those of bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import TypeAlias

Text: TypeAlias = Callable[[Random, str], str]
Bytes: TypeAlias = Callable[[Random, bytes], bytes]

NUMBERS: tuple[str, ...] = (
    "1e308",
    "-1e308",
    "9" * 30,
    "-7",
    "0",
    "nan",
    "inf",
    "-inf",
    "",
    "1.9",
    "1e999",
    "-0",
)
NUMBERS += ("1_000", "0x1f", "1,5", "1.234,5", "1,234", "None", "true", "2**9", "1e-400", "٣")
SEPARATORS = (",", ";", "\t", "|", " ")
NUMBER = re.compile(r"(?<![\w.'-])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?(?![\w.'])")


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def cells(line: str) -> tuple[list[str], str]:
    """The cells of a line and what parts them."""
    mark = "," if "," in line else " "
    return line.rstrip("\n").split(mark), mark


def _cut(rng: Random, text: str) -> str:
    return text[: rng.randrange(len(text))]


def _line_gone(rng: Random, text: str) -> str:
    rows = lines(text)
    del rows[rng.randrange(len(rows))]
    return "".join(rows)


def _line_twice(rng: Random, text: str) -> str:
    rows = lines(text)
    nth = rng.randrange(len(rows))
    return "".join([*rows[:nth], rows[nth], *rows[nth:]])


def _lines_swapped(rng: Random, text: str) -> str:
    rows = lines(text)
    one, other = rng.randrange(len(rows)), rng.randrange(len(rows))
    rows[one], rows[other] = rows[other], rows[one]
    return "".join(rows)


def _number_changed(rng: Random, text: str) -> str:
    matches = list(NUMBER.finditer(text))
    if not matches:
        return text
    match = rng.choice(matches)
    return text[: match.start()] + rng.choice(NUMBERS) + text[match.end() :]


def _decimal_comma(rng: Random, text: str) -> str:
    points = [match.start() for match in re.finditer(r"(?<=\d)\.(?=\d)", text)]
    if not points:
        return text
    if rng.random() < 0.5:
        return re.sub(r"(?<=\d)\.(?=\d)", ",", text)
    point = rng.choice(points)
    return text[:point] + "," + text[point + 1 :]


def _separator_once(rng: Random, text: str) -> str:
    places = [nth for nth, letter in enumerate(text) if letter in SEPARATORS]
    if not places:
        return text
    nth = rng.choice(places)
    return text[:nth] + rng.choice(SEPARATORS) + text[nth + 1 :]


def _column_gone(rng: Random, text: str) -> str:
    rows = [cells(line) for line in lines(text)]
    nth = rng.randrange(max(len(rows[0][0]), 1))
    return "".join(mark.join(row[:nth] + row[nth + 1 :]) + "\n" for row, mark in rows)


def _column_twice(rng: Random, text: str) -> str:
    rows = [cells(line) for line in lines(text)]
    nth = rng.randrange(max(len(rows[0][0]), 1))
    return "".join(mark.join([*row, *row[nth : nth + 1]]) + "\n" for row, mark in rows)


def _column_renamed(rng: Random, text: str) -> str:
    rows = lines(text)
    header, mark = cells(rows[0])
    header[rng.randrange(len(header))] += rng.choice(("s", "_x", " ", "2"))
    return mark.join(header) + "\n" + "".join(rows[1:])


def _cell_empty(rng: Random, text: str) -> str:
    rows = lines(text)
    nth = rng.randrange(len(rows))
    row, mark = cells(rows[nth])
    row[rng.randrange(len(row))] = ""
    rows[nth] = mark.join(row) + "\n"
    return "".join(rows)


def _trailing_once(rng: Random, text: str) -> str:
    rows = lines(text)
    nth = rng.randrange(len(rows))
    rows[nth] = rows[nth].rstrip("\n") + ("," if "," in rows[nth] else " ") + "\n"
    return "".join(rows)


def _quote(rng: Random, text: str) -> str:
    nth = rng.randrange(len(text))
    return text[:nth] + rng.choice("\"'") + text[nth:]


def _word_changed(rng: Random, text: str) -> str:
    words = list(re.finditer(r"[A-Za-z_]\w+", text))
    if not words:
        return text
    match = rng.choice(words)
    return text[: match.start()] + rng.choice(("", "x", "null", "{}", "[]")) + text[match.end() :]


def _letter(rng: Random, text: str) -> str:
    nth = rng.randrange(len(text))
    return text[:nth] + rng.choice('0159-.,;:eE+ {}[]"%#ä\n') + text[nth + 1 :]


# May change what the log says: it is to be read without anything impossible, or refused.
CHANGES: Mapping[str, Text] = {
    "cut": _cut,
    "line gone": _line_gone,
    "line twice": _line_twice,
    "lines swapped": _lines_swapped,
    "number changed": _number_changed,
    "decimal comma": _decimal_comma,
    "separator once": _separator_once,
    "column gone": _column_gone,
    "column twice": _column_twice,
    "column renamed": _column_renamed,
    "cell empty": _cell_empty,
    "separator at one end": _trailing_once,
    "quote": _quote,
    "word changed": _word_changed,
    "letter changed": _letter,
}


def _comment(sign: str) -> Text:
    def inserted(rng: Random, text: str) -> str:
        rows = lines(text)
        nth = rng.randrange(1, len(rows) + 1)
        return "".join([*rows[:nth], f"{sign} a remark of somebody's\n", *rows[nth:]])

    return inserted


def _blank_line(rng: Random, text: str) -> str:
    rows = lines(text)
    nth = rng.randrange(len(rows) + 1)
    return "".join([*rows[:nth], rng.choice(("\n", "  \n")), *rows[nth:]])


def _line_ends(rng: Random, text: str) -> str:
    return text.replace("\n", rng.choice(("\r\n", "\r")))


def _other_separator(rng: Random, text: str) -> str:
    mark = rng.choice(";\t|")
    return text.replace(",", mark)


def _european(rng: Random, text: str) -> str:
    """Semicolons, and commas in all broken numbers."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text.replace(",", ";"))


def _shuffled(rng: Random, text: str) -> str:
    header, *rows = lines(text)
    rng.shuffle(rows)
    return header + "".join(rows)


def _trailing(rng: Random, text: str) -> str:
    header, *rows = lines(text)
    ended = "".join(row.rstrip("\n") + ",\n" for row in rows)
    return (header if rng.random() < 0.5 else header.rstrip("\n") + ",\n") + ended


def _index(rng: Random, text: str) -> str:
    """The column that pandas writes in front unless it is told not to."""
    header, *rows = lines(text)
    return f",{header}" + "".join(f"{nth},{row}" for nth, row in enumerate(rows))


def _columns_shuffled(rng: Random, text: str) -> str:
    rows = [line.rstrip("\n").split(",") for line in lines(text)]
    order = list(range(len(rows[0])))
    rng.shuffle(order)
    return "".join(",".join(row[nth] for nth in order) + "\n" for row in rows)


def _blanks_after(rng: Random, text: str) -> str:
    return text.replace(",", ", ")


def _from_zero(rng: Random, text: str) -> str:
    header, *rows = lines(text)
    counted = (row.split(",", 1) for row in rows)
    return header + "".join(f"{int(first) - 1},{rest}" for first, rest in counted)


# Keep what the log says: what is read must be equal to what was read before.
OF_ANY_TEXT: Mapping[str, Text] = {"blank line": _blank_line, "line ends": _line_ends}
OF_TABLES: Mapping[str, Text] = {
    "comment": _comment("#"),
    "other separator": _other_separator,
    "semicolons and decimal commas": _european,
    "separator at each end": _trailing,
    "numbers of rows in front": _index,
    "columns in another order": _columns_shuffled,
    "blanks after separators": _blanks_after,
}
OF_LONG_TABLES: Mapping[str, Text] = {"rows shuffled": _shuffled, "counted from 0": _from_zero}
OF_COCO: Mapping[str, Text] = {"comment": _comment("%")}


def _zip(rng: Random, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("log.csv", content)
    return packed.getvalue()


def _encoded(name: str) -> Bytes:
    return lambda rng, content: content.decode().encode(name)


# Of bytes: equal, too.
KEEPING: Mapping[str, Bytes] = {
    "gz": lambda rng, content: gzip.compress(content, 1),
    "bz2": lambda rng, content: bz2.compress(content, 1),
    "xz": lambda rng, content: lzma.compress(content, preset=0),
    "mark of UTF-8": _encoded("utf-8-sig"),
    "UTF-16": _encoded("utf-16"),
    "UTF-16 without a mark": _encoded("utf-16-le"),
    "UTF-32": _encoded("utf-32"),
}


def _flipped(rng: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 4))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _packed_and_cut(rng: Random, content: bytes) -> bytes:
    packed = rng.choice((gzip.compress(content, 1), bz2.compress(content, 1), _zip(rng, content)))
    return packed[: rng.randrange(1, len(packed))]


def _packed_and_flipped(rng: Random, content: bytes) -> bytes:
    return _flipped(rng, rng.choice((gzip.compress(content, 1), _zip(rng, content))))


def _packed_twice(rng: Random, content: bytes) -> bytes:
    return gzip.compress(gzip.compress(content, 1), 1) if rng.random() < 0.5 else _nested(content)


def _nested(content: bytes) -> bytes:
    return _zip(Random(0), _zip(Random(0), content))


def _bomb(rng: Random, content: bytes) -> bytes:
    """What unfolds to 80 MB of zeros, of lines, or of the log itself, from a thousandth of it."""
    return rng.choice(_bombs()) if rng.random() < 0.05 else _flipped(rng, content)


@cache
def _bombs() -> list[bytes]:
    return [gzip.compress(bytes(80 * 2**20), 1), gzip.compress(b"1,2,3,4\n" * (10 * 2**20), 1)]


def _latin(rng: Random, content: bytes) -> bytes:
    nth = rng.randrange(len(content))
    return content[:nth] + bytes([rng.choice((0xE9, 0x81, 0x00, 0xFF))]) + content[nth:]


def _piece(rng: Random, content: bytes) -> bytes:
    first, second = sorted((rng.randrange(len(content)), rng.randrange(len(content))))
    return content[:first] + rng.choice((b"", bytes(16), rng.randbytes(8))) + content[second:]


BYTES: Mapping[str, Bytes] = {
    "bits flipped": _flipped,
    "packed and cut": _packed_and_cut,
    "packed and flipped": _packed_and_flipped,
    "packed twice": _packed_twice,
    "bomb": _bomb,
    "byte of another encoding": _latin,
    "piece gone": _piece,
}
