"""The blocks of a page, run in their order in a folder of the page's own; what they print is shown.

    ```python            is run; with a file's name as a comment in its first line it is that file
    ```toml, ```text     with a file's name as a comment in its first line: that file
    ```sh                each line that begins with `blackbox` is run, as the command would
    ```{made}            Python whose output is Markdown of the page, in its place

Every other block is shown as it stands. Whatever raises, or ends with a code that is not 0, fails
the build with the page and the line; a comment `# exit code 3` allows another one.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

BLOCK = re.compile(r"^```(python|toml|text|sh|\{made\})\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# (\S+\.\w+)(?:[,;].*)?\n")
CODE = re.compile(r"# exit code (\d+)")
MOST = 60  # lines of output that are shown


class BlockFailed(Exception):
    """A block of a page does not do what the page says."""


def executed(text: str, page: str) -> str:
    """The page with the output of its blocks. Raises BlockFailed."""
    module = types.ModuleType(f"page_{re.sub(r'[^a-z]', '_', page)}")
    with TemporaryDirectory() as folder, _inside(Path(folder)):
        sys.modules[module.__name__] = module

        def replaced(match: re.Match[str]) -> str:
            line = text[: match.start()].count("\n") + 1
            return _run(match[1], match[2], module, f"{page}, line {line}", match[0])

        try:
            return BLOCK.sub(replaced, text)
        finally:
            del sys.modules[module.__name__]


def _run(language: str, body: str, module: types.ModuleType, where: str, whole: str) -> str:
    if named := FILE.match(body):
        Path(named[1]).parent.mkdir(parents=True, exist_ok=True)
        Path(named[1]).write_text(body)
        return whole
    if language in ("toml", "text"):
        return whole
    shown = io.StringIO()
    try:
        with contextlib.redirect_stdout(shown), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if language == "sh":
                _commands(body, shown)
            else:
                exec(compile(body, where, "exec"), vars(module))
    except BaseException as error:
        raise BlockFailed(f"{where}: {type(error).__name__}: {error}") from error
    output = shown.getvalue()
    if language == "{made}":
        return output
    return whole if not output.strip() else f"{whole}\n\n```text\n{_cut(output)}\n```"


def _commands(body: str, shown: io.StringIO) -> None:
    from blackbox import cli

    for line in body.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["blackbox"]:
            continue
        allowed = int(code[1]) if (code := CODE.search(line)) else 0
        try:
            code_of_line = cli.main(words[1:])
        except SystemExit as error:
            code_of_line = int(error.code or 0)
        if code_of_line != allowed:
            raise BlockFailed(f"`{line}` ended with {code_of_line}\n{shown.getvalue()}")


def _cut(output: str) -> str:
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    rest = len(lines) - MOST
    return "\n".join(lines if rest <= 0 else [*lines[:MOST], f"... and {rest} more lines"])


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """In a folder, whose modules can be imported, and are forgotten afterwards."""
    before, modules = sys.path[:], set(sys.modules)
    sys.path.append(str(folder))
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.path[:] = before
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]


def main(pages: list[str]) -> int:
    """Run the blocks of pages, and say which fail."""
    failed = 0
    for page in pages:
        try:
            print(executed(Path(page).read_text(), Path(page).stem))
        except BlockFailed as error:
            failed += 1
            print(f"FAILED {page}: {error}", file=sys.stderr)
    return min(failed, 1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
