"""What a page says in words: its sentences that rest on claims, and those that should."""

from __future__ import annotations

import re
from collections.abc import Iterable

CLAIM = re.compile(r"{%-?\s*claim\s+(\w+)\s*-?%}(.*?){%-?\s*endclaim\s*-?%}", re.DOTALL)
# Code, what stands in backquotes, the addresses of links, comments, tables and pictures.
NOT_PROSE = (
    r"(?s){#.*?#}",
    r"(?s)^```.*?^```",
    r"(?m)^ {4,}.*$",
    r"`[^`\n]+`",
    r"!?\[[^\]]*\]\([^)]*\)",
    r"<[^>\n]+>",
    r"{{\s*tables\.\w+\s*}}",
)
COMPARISON = re.compile(
    r"\b(than|more|less|fewer|better|worse|best|worst|most|least|higher|lower|highest|lowest|larger|"
    r"smaller|faster|slower|cheaper|dearer|ahead|wins?|won|loses?|lost|leads?|beats?|twice|half|"
    r"never|always|nobody|equals?|as good|as well|further|farther|nearer)\b",
    re.IGNORECASE,
)


def sentence_at(source: str, line: int) -> str:
    """The sentence whose claim begins in this line of a template."""
    blocks = (block for block in CLAIM.finditer(source) if _line(source, block.start()) == line)
    return next((block.group(2) for block in blocks), "")


def sentences_without_claims(source: str) -> Iterable[str]:
    """Lines with a number or a comparison that rest on no claim, each with its place."""
    plain = CLAIM.sub(_emptied, source)
    for pattern in NOT_PROSE:
        plain = re.sub(pattern, _emptied, plain)
    for number, line in enumerate(plain.split("\n"), 1):
        if re.search(r"\d|{{", line) or COMPARISON.search(line):
            text = line.strip()
            yield f"page.md, line {number}: a number or a comparison, and no claim: {text!r}"


def _line(source: str, place: int) -> int:
    return 1 + source.count("\n", 0, place)


def _emptied(part: re.Match[str]) -> str:
    """Nothing but its line breaks."""
    return "\n" * part.group(0).count("\n")
