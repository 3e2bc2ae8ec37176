"""A page's template: Jinja2 with one tag more, `{% claim name %}sentence{% endclaim %}`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

import pandas as pd
from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from blackbox.errors import PageError
from blackbox.pages.estimate import Estimate, digits, percent, signed
from blackbox.pages.frames import PageFrames
from blackbox.pages.prose import sentence_at
from blackbox.results.claims.claim import Claim
from blackbox.results.writing.markdown import to_markdown
from blackbox.spelling import suggestion

# What a claim of a page yields where it is true: the numbers of its sentence, by name.
Figures: TypeAlias = Iterator[Mapping[str, Any]]


def functions_of(module: ModuleType | None) -> dict[str, Callable[..., Any]]:
    """The functions that a module defines for a page: those without a leading underscore."""
    if module is None:
        return {}
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def claims_of(module: ModuleType | None) -> dict[str, Claim[PageFrames, Mapping[str, Any]]]:
    """The claims of a module by name: its generator functions of frames."""
    return {
        name: Claim(name, function)
        for name, function in functions_of(module).items()
        if inspect.isgeneratorfunction(function)
    }


@dataclass
class Rendered:
    """A page's text, the claims that its sentences rest on, and what is wrong with them."""

    text: str
    used: list[str]
    wrong: list[str]


class Template:
    """One rendering of a template with the claims and tables of a page."""

    def __init__(
        self,
        source: str,
        frames: PageFrames,
        claims: Mapping[str, Claim[PageFrames, Mapping[str, Any]]],
        tables: Mapping[str, Callable[[PageFrames], pd.DataFrame]],
    ) -> None:
        """Of a page's source, and what it speaks of."""
        self.source, self.frames, self.claims, self.tables = source, frames, claims, tables
        self.used: list[str] = []
        self.wrong: list[str] = []

    def render(self) -> Rendered:
        """The text, with all that is wrong. Raises PageError where it is no template."""
        made = Environment(
            extensions=[ClaimTag],
            undefined=StrictUndefined,
            finalize=_shown,
            keep_trailing_newline=True,
        )
        made.filters |= {"digits": digits, "percent": percent, "signed": signed}
        made.globals["sentence"] = self._sentence
        made.globals["tables"] = _Tables(self.tables, self.frames, self.wrong)
        try:
            text = made.from_string(self.source).render()
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise PageError(f"page.md{f', line {line}' if line else ''}: {error}") from error
        return Rendered(text, self.used, self.wrong)

    def _sentence(self, name: str, line: int, caller: Callable[[Mapping[str, Any]], str]) -> str:
        """The text of a claim's sentence with its figures; what is wrong with it is noted."""
        self.used.append(name)
        if name not in self.claims:
            near = suggestion(name, self.claims)
            self._note(line, f"there is no claim {name} in claims.py{near}")
            return ""
        try:
            cases = list(self.claims[name].of(self.frames))
            if len(cases) == 1:
                return caller(cases[0])
        except Exception as error:  # whatever a claim meets: the frames are not as it expects
            self._note(line, f"{name} cannot be told ({type(error).__name__}: {error})")
            return ""
        what = "is false" if not cases else f"holds {len(cases)} times, where a page needs one"
        self._note(line, f"{name} {what}")
        return ""

    def _note(self, line: int, what: str) -> None:
        text = " ".join(sentence_at(self.source, line).split())
        self.wrong.append(f"page.md, line {line}: {what}: {text!r}")


class _Tables:
    """The tables of a page, each made where the template names it; a frame as it is."""

    def __init__(
        self,
        made_by: Mapping[str, Callable[[PageFrames], pd.DataFrame]],
        frames: PageFrames,
        wrong: list[str],
    ) -> None:
        self._made_by, self._frames, self._wrong = made_by, frames, wrong

    def __getattr__(self, name: str) -> str:
        if name not in self._made_by and name not in self._frames:
            near = suggestion(name, [*self._made_by, *self._frames])
            raise PageError(
                f"there is no table {name} in claims.py or tables.py, and no frame{near}"
            )
        try:
            made = (
                self._made_by[name](self._frames) if name in self._made_by else self._frames[name]
            )
            return to_markdown(made).rstrip("\n")
        except Exception as error:  # whatever a table meets: the frames are not as it expects
            what = f"the table {name} cannot be made ({type(error).__name__}: {error})"
            self._wrong.append(what)
            return ""


class ClaimTag(Extension):
    """`{% claim name %}`: its text, with what the claim yields as `it`."""

    tags = {"claim"}  # noqa: RUF012 - as Jinja2 declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """A call of `sentence` with the text as its caller."""
        line = next(parser.stream).lineno
        name = parser.stream.expect("name").value
        body = parser.parse_statements(("name:endclaim",), drop_needle=True)
        call = nodes.Call(
            nodes.Name("sentence", "load"), [nodes.Const(name), nodes.Const(line)], [], None, None
        )
        return nodes.CallBlock(call, [nodes.Name("it", "param")], [], body).set_lineno(line)


def _shown(value: object) -> object:
    """A number that a template shows without a filter."""
    return digits(value) if isinstance(value, float | Estimate) else value
