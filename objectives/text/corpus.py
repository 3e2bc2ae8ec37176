"""English sentences of the World English Bible, as Debian's package sword-text-web ships it.

Its text is in the public domain. Read by `mod2imp` of the package libsword-utils; chapters are
dealt out to three parts, so that who searches, who judges and who is searched for share none.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal
from zlib import crc32

from blackbox.errors import MissingPackage

Part = Literal["searched", "judge", "held_out"]
MODULE, PROGRAM = "engWEB2015eb", "mod2imp"
COMMA = ","
FEWEST, MOST = 3, 12  # words of a sentence
LONGEST = 14  # words and commas of a sentence
FEWEST_OF_PIECE = 5  # words of what commas leave of a longer sentence
PARTS: tuple[tuple[Part, int], ...] = (("searched", 62), ("judge", 95), ("held_out", 100))

LEFT_OUT = re.compile(r"<note.*?</note>|<title.*?</title>")
APOSTROPHES = {0x2018: "'", 0x2019: "'"}
TAG, SPACE = re.compile(r"<[^>]*>"), re.compile(r"\s+")
ENDS = re.compile(r"[.;:?!—“”()\[\]]+")
TOKEN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|,")


@dataclass(frozen=True)
class Clause:
    """Words and commas as they are written, and whether the edition sets them as verse."""

    tokens: tuple[str, ...]
    is_verse: bool
    part: Part

    @property
    def words(self) -> int:
        """How many words it has."""
        return sum(token != COMMA for token in self.tokens)


def sentences() -> list[Clause]:
    """All sentences and clauses between full stops, semicolons, colons and quotes, of any length.

    Raises MissingPackage without the text or the program that reads it.
    """
    if shutil.which(PROGRAM) is None:
        raise MissingPackage(
            "the sentences are those of Debian's sword-text-web, read by mod2imp: "
            "apt-get install sword-text-web libsword-utils"
        )
    done = subprocess.run([PROGRAM, MODULE], capture_output=True, text=True, check=False)
    clauses = list(split(done.stdout))
    if not clauses:
        raise MissingPackage("there is no module engWEB2015eb: apt-get install sword-text-web")
    return clauses


def split(text: str) -> Iterator[Clause]:
    """The sentences of what mod2imp prints."""
    for (chapter, is_verse), verses in groupby(_verses(text), key=lambda one: one[:2]):
        words = " ".join(plain for _, _, plain in verses)
        for clause in ENDS.split(words):
            tokens = TOKEN.findall(clause)
            while tokens and tokens[-1] == COMMA:
                tokens.pop()
            if tokens:
                yield Clause(tuple(tokens), is_verse, part_of(chapter))


def part_of(chapter: str) -> Part:
    """To whom a chapter belongs, by a checksum of its name."""
    drawn = crc32(chapter.encode()) % 100
    return next(part for part, end in PARTS if drawn < end)


def _verses(text: str) -> Iterator[tuple[str, bool, str]]:
    for entry in text.split("$$$")[1:]:
        key, _, marked = entry.partition("\n")
        chapter, _, verse = key.strip().rpartition(":")
        if not chapter or verse == "0" or chapter.endswith(" 0"):
            continue  # titles and prefaces
        plain = TAG.sub("", LEFT_OUT.sub("", marked.replace("<l eID", " <l eID")))
        plain = SPACE.sub(" ", plain).translate(APOSTROPHES)
        yield chapter, "<l " in marked, plain.strip()


def short(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """Sentences of 3 to 12 words, and the pieces between commas of longer ones."""
    for one in clauses:
        if one.words <= MOST:
            pieces = [one.tokens]
        else:
            groups = groupby(one.tokens, key=lambda token: token == COMMA)
            pieces = [tuple(tokens) for is_comma, tokens in groups if not is_comma]
        fewest = FEWEST if one.words <= MOST else FEWEST_OF_PIECE
        for tokens in pieces:
            piece = Clause(tokens, one.is_verse, one.part)
            if fewest <= piece.words <= MOST and len(tokens) <= LONGEST:
                yield piece


def vocabulary(clauses: Iterable[Clause], size: int) -> list[str]:
    """The most frequent words, each as it is written inside of sentences, most frequent first."""
    forms: dict[str, Counter[str]] = {}
    for one in clauses:
        for nth, token in enumerate(one.tokens):
            # A capital at the beginning says nothing.
            forms.setdefault(token.lower(), Counter())[token] += 1 if nth == 0 else 1000
    often = sorted(forms, key=lambda word: -_times(forms[word]))[:size]
    return [forms[word].most_common(1)[0][0] for word in often]


def _times(counts: Counter[str]) -> int:
    return sum(count // 1000 + count % 1000 for count in counts.values())
