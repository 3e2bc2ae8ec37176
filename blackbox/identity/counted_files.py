"""A file that counts by its content, as a function does by its code: a program, or its data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CountedFile:
    """A file by the name that it was given, and where it lies; read when it is identified.

    An installed program counts by its name alone: another machine has it elsewhere.
    """

    name: str
    path: Path
    is_installed: bool = False

    @property
    def text(self) -> str:
        """What it is: its name and its content. Raises OSError where it cannot be read."""
        if self.is_installed or not self.path.is_file():
            return f"file {self.name}"
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        return f"file {self.name} {digest}"
