"""The identity of a thing: what it is made of, part by part, in words that two days can compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

CODE = "code "


def digest_of(text: str | bytes | memoryview) -> str:
    """A hash, short enough to be read in a list and long enough for one study's parts.

    >>> digest_of("score")
    'a575b79868a2336d'
    """
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(content).hexdigest()[:16]


@dataclass(frozen=True)
class Identity:
    """What a thing is: its parts by name, and what of it could not be told.

    `parts` are plain text and can be stored as JSON. `unhashed` names each part that has no
    content to compare (a lock, a connection), with its type: a change of it goes unnoticed.
    """

    parts: Mapping[str, str]
    unhashed: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """One hash over all parts: the key of what was made with them."""
        return digest_of(repr(sorted(self.parts.items())))

    def changes(self, earlier: Identity) -> list[str]:
        """What differs from an earlier identity, in words; empty if both have one digest.

        >>> Identity({"mine.LIMIT": "4"}).changes(Identity({"mine.LIMIT": "3"}))
        ['mine.LIMIT: was 3, is 4']
        """
        names = sorted({*self.parts, *earlier.parts})
        pairs = ((name, earlier.parts.get(name), self.parts.get(name)) for name in names)
        return [_change(name, was, now) for name, was, now in pairs if was != now]


def _change(name: str, was: str | None, now: str | None) -> str:
    if was is None:
        return f"{name}: new"
    if now is None:
        return f"{name}: no longer used"
    if was.startswith(CODE) and now.startswith(CODE):
        was, now = was.removeprefix(CODE), now.removeprefix(CODE)
        return f"{name}: its code has changed (was {was[:8]}, is {now[:8]})"
    return f"{name}: was {was}, is {now}"
