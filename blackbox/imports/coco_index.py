"""COCO's index files: which runs of which function stand in which data files."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from blackbox.errors import LogError
from blackbox.imports.cells import MOST_DIMENSIONS
from blackbox.imports.numbered import whole
from blackbox.imports.sources import Files
from blackbox.imports.texts import lines_of

HEADER = re.compile(
    r"(?:suite = '(?P<suite>[^']*)', )?funcId = (?P<function>\d{1,9}), DIM = (?P<dim>\d{1,9})\b"
)
LIKE_A_HEADER = re.compile(r"funcId|DIM\b|suite\b")
RUN = re.compile(r"(\d{1,9}):(\d{1,15})\|([-+]?(?:\d[\d.eE+-]*|inf|nan))", re.I)
DATA = (".dat", ".tdat")
# What our own export says in a comment, as JSON, beside a reference by its kind.
OURS = ("objective", "strategy", "seeds", "sign")
REFERENCES = ("Fopt", "Fref")


@dataclass(eq=False)
class Block:
    """One function in one dimension: the line that describes it, its comments, and its entries."""

    place: str
    line: int
    header: Mapping[str, Any]
    comments: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)

    @property
    def metadata(self) -> dict[str, Any]:
        """What our own export says in a comment; nothing for anybody else's.

        Raises LogError for what was ours before it was damaged.
        """
        for comment in self.comments:
            text = comment.removeprefix("%").strip()
            if not text.startswith("{"):
                continue
            try:
                described = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise LogError(
                    f"{self.place}, below line {self.line}: a comment in JSON is damaged: {error}; "
                    "export the study again, or take the comment away to read this as COCO's"
                ) from error
            if isinstance(described, dict) and set(described) & set(OURS):
                return described
        return {}

    def of_run(self, metadata: Mapping[str, Any], nth: int, n_runs: int) -> dict[str, Any]:
        """What the comment says of one run of the block's: of lists its entry."""
        if not metadata:
            return {}
        place = f"{self.place}, below line {self.line}"
        reference = next((one for one in REFERENCES if one in metadata), None)
        missing = [name for name in OURS if name not in metadata]
        if missing or reference is None:
            raise LogError(
                f"{place}: the comment in JSON lacks {(missing or ['Fopt'])[0]!r}; export again"
            )
        one: dict[str, Any] = {}
        for name in (*OURS, reference):
            value = metadata[name]
            if isinstance(value, list) and len(value) != n_runs:
                raise LogError(f"{place}: {len(value)} {name} in the comment of {n_runs} runs")
            one[name] = value[nth] if isinstance(value, list) else value
        for name, types in (("objective", str), ("strategy", str), ("seeds", int), ("sign", int)):
            if not isinstance(one[name], types) or isinstance(one[name], bool):
                raise LogError(f"{place}: {name} cannot be {one[name]!r} in the comment")
        is_number = isinstance(one[reference], int | float) and abs(one[reference]) < float("inf")
        if one["sign"] not in (-1, 1) or not 0 <= one["seeds"] < 2**63 or not is_number:
            raise LogError(f"{place}: no sign, seed and reference in the comment are {one!r}")
        return one


def blocks_of(files: Files, index: str, notices: list[str]) -> list[Block]:
    """The blocks of an index. Raises LogError for what is none."""
    place = files.place(index)
    blocks: list[Block] = []
    for nth, text in enumerate(lines_of(files.content(index), place, notices), start=1):
        line = text.strip()
        if match := HEADER.match(line):
            whole(match["dim"], f"{place}, line {nth}, DIM", 1, MOST_DIMENSIONS)
            blocks.append(Block(place, nth, match.groupdict()))
        elif line.startswith("%") and blocks:
            blocks[-1].comments.append(line)
        elif line and not line.startswith("%"):
            if not blocks or LIKE_A_HEADER.search(line.partition("'")[0]):
                raise LogError(
                    f"{place}, line {nth}: {line[:60]!r} is no line with funcId and DIM, which "
                    "begins a function; is it COCO's, and whole?"
                )
            blocks[-1].entries.append(line)
    if not blocks:
        raise LogError(f"{place} holds no line with funcId and DIM; is it COCO's?")
    for block in blocks:
        if not block.entries:
            raise LogError(f"{place}, line {block.line}: no runs stand below; was the file cut?")
    return blocks


def data_files(block: Block, folder: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each data file of a block, without its ending, and its runs: instance, evaluations, final."""
    files: list[tuple[str, list[tuple[str, str, str]]]] = []
    for part in re.split(r",\s*", ", ".join(block.entries)):
        if match := RUN.fullmatch(part.strip()):
            if not files:
                raise LogError(f"{block.place}, line {block.line}: runs before their data file")
            files[-1][1].append((match[1], match[2], match[3]))
        elif part.strip().endswith(DATA):
            data = posixpath.normpath(posixpath.join(folder, part.strip().replace("\\", "/")))
            if data.startswith(("/", "..")):
                raise LogError(f"{block.place}: the data file {part!r} lies outside of the log")
            files.append((data.rsplit(".", 1)[0], []))
        else:
            raise LogError(
                f"{block.place}, below line {block.line}: {part[:60]!r} is no run as "
                "instance:evaluations|difference; a run that was not finished, or a cut file: take "
                "it out, here and in the data"
            )
    yield from files
