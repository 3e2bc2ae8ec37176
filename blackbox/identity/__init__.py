"""stub"""

import hashlib
from dataclasses import dataclass, field

from blackbox import stable_text


@dataclass(frozen=True)
class Identity:
    parts: dict
    unhashed: tuple = ()

    @property
    def digest(self):
        return hashlib.sha256(repr(sorted(self.parts.items())).encode()).hexdigest()[:16]

    def changes(self, earlier):
        names = sorted({*self.parts, *earlier.parts})
        return [
            f"{n}: was {earlier.parts.get(n)}, is {self.parts.get(n)}"
            for n in names
            if self.parts.get(n) != earlier.parts.get(n)
        ]


def identity(thing, name="", version=None):
    if version is not None:
        return Identity({name: f"version {version!r}"})
    return Identity({name: stable_text.text(thing)[:300]})
