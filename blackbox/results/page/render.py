"""Sections as one HTML file: styles, scripts, pictures and data are all inside it.

Jinja2 escapes every text. Behind it stands a policy that the page itself declares: nothing is
fetched, and no script runs but those that were put here.
"""

from __future__ import annotations

import mimetypes
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from blackbox.results.page import explorer
from blackbox.results.writing.document import Code, Items, Part, Picture, Section, Table, Terms

HERE = Path(__file__).parent
SCRIPTS = ("vendor/plotly-basic.min.js", "vendor/tabulator.min.js", "page.js")
STYLES = ("vendor/tabulator_simple.min.css", "page.css")


def page(
    pictures: Mapping[str, bytes],
    opening: Section,
    explored: explorer.Json,
    how: Terms,
    board: str,
    parts: Iterable[Section],
) -> str:
    """The page: its opening, what is explored and `how` to read it, then the other sections.

    `board` says how to read the leaderboard.
    `pictures` hold the content of each file that a part shows.
    """
    tables: list[explorer.Json] = []
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in SCRIPTS]
    views = [_view(part, pictures, tables) for part in parts]
    return (
        _templates()
        .get_template("page.html")
        .render(
            title=opening.title,
            opening=[_view(part, pictures, tables) for part in opening.parts if _on_page(part)],
            parts=views,
            how=_view(how, pictures, tables),
            board=board,
            data=explored | {"chapters": tables},
            scripts=[Markup(script) for script in scripts],
            hashes=[_hash(script) for script in scripts],
            styles=[Markup((HERE / name).read_text(encoding="utf-8")) for name in STYLES],
        )
    )


def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True)
    made.lstrip_blocks = True
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return made


def _view(part: Part, pictures: Mapping[str, bytes], tables: list[explorer.Json]) -> dict[str, Any]:
    """A part as the template takes it; the data of a table is set aside, to be drawn later."""
    match part:
        case str():
            return {"kind": "words", "text": part}
        case Terms():
            return {"kind": "terms", "meanings": part.meanings}
        case Items():
            return {"kind": "items", "sentences": part.sentences}
        case Code():
            return {"kind": "code", "text": part.text}
        case Table():
            tables.append(explorer.table(part.frame))
            return {"kind": "table", "nth": len(tables) - 1}
        case Picture():
            return {"kind": "picture", "says": part.says, "source": _inline(part.file, pictures)}
        case Section():
            inner = [_view(inside, pictures, tables) for inside in part.parts if _on_page(inside)]
            return {"kind": "section", "title": part.title, "price": part.price, "parts": inner}


def _on_page(part: Part) -> bool:
    return not isinstance(part, Section) or part.on_page


def _inline(file: str, pictures: Mapping[str, bytes]) -> str:
    """A picture as an address that holds it."""
    kind = mimetypes.guess_type(file)[0]
    return f"data:{kind};base64,{b64encode(pictures[file]).decode()}"


def _hash(script: str) -> str:
    """What lets this script run, and no other."""
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
