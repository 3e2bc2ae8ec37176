"""The pictures of a page: which frames and which code each was drawn from."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from blackbox.pages.frames import PageFrames
from blackbox.results.drawing.canvas import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIST = "drawn.json"  # beside the frames: each picture with the digest of what it was drawn from
PICTURE = re.compile(r"!\[[^\]]*\]\(([\w-]+)\.(svg|png)\)")


class Pictures:
    """The pictures that a template shows: `![a digit](morph.png)` is drawn by `morph(frames)`."""

    def __init__(
        self, folder: Path, source: str, made_by: Mapping[str, Callable[[PageFrames], Figure]]
    ) -> None:
        """Of a page's folder and source; `made_by` are the functions of `figures.py`."""
        self.folder, self.made_by = folder, made_by
        self.shown = {f"{name}.{ending}": name for name, ending in PICTURE.findall(source)}
        self.list = folder / "frames" / LIST

    def wrong(self, frames: PageFrames) -> Iterator[str]:
        """What is missing, or was drawn from something else."""
        drawn = json.loads(self.list.read_text()) if self.list.is_file() else {}
        for file, name in self.shown.items():
            if name not in self.made_by:
                yield f"{file}: there is no function {name} in figures.py"
            elif not (self.folder / file).is_file():
                yield f"{file} is not drawn yet"
            elif drawn.get(file) != self._digest(file, frames):
                yield f"{file} was drawn from other frames, or by other code"
        for name in self.made_by.keys() - set(self.shown.values()):
            yield f"the page does not show what figures.py draws as {name}"

    def draw(self, frames: PageFrames) -> None:
        """Draw what is stale, and note what it was drawn from."""
        stale = {problem.partition(" ")[0] for problem in self.wrong(frames)}
        for file, name in self.shown.items():
            if file in stale and name in self.made_by:
                save(self.made_by[name](frames), self.folder / file)
        drawn = {
            file: self._digest(file, frames)
            for file in sorted(self.shown)
            if (self.folder / file).is_file()
        }
        if drawn:
            self.list.write_text(json.dumps(drawn, indent=1) + "\n")

    def _digest(self, file: str, frames: PageFrames) -> str:
        """Names frames, code and the picture itself: an edit of any of them is noticed."""
        module = inspect.getmodule(self.made_by[self.shown[file]])
        code = inspect.getsource(module) if module else ""
        content = (self.folder / file).read_bytes()
        return sha256(frames.digest().encode() + code.encode() + content).hexdigest()[:16]
