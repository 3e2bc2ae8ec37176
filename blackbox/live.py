"""A study seen while it runs: a live table on a terminal or in a notebook, lines elsewhere."""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from blackbox.runtime.follower import Pace
from blackbox.standing import Row, Tally, total

# Seconds: what ends sooner is not shown; between two tables, and two lines. Lines grow rare in a
# long study, a twentieth of what has passed.
SHORT, TABLES, LINES, RARER = 2.0, 1.0, 5.0, 20.0
# A picture may cost so little of the time until the next one.
SHARE = 0.01
# Lines of a terminal that a table leaves free.
MARGIN = 7

Paces = Callable[[], Mapping[str, Pace]]


class Screen(Protocol):
    """Where a study is shown."""

    every: float

    def show(self, rows: list[Row], sentence: str) -> None:
        """Show how far it is."""

    def close(self) -> None:
        """Leave no trace."""


class Display:
    """Shows a study now and then, at the cost of a hundredth of its time at most."""

    def __init__(self, name: str, screen: Screen, quiet: float = SHORT) -> None:
        """On this screen; in the first `quiet` seconds nothing is shown."""
        self._name, self._screen = name, screen
        self._began = time.monotonic()
        self._next = self._began + quiet
        self._first: tuple[float, float] | None = None  # when, and what had been used then

    def look(self, tally: Tally, paces: Paces) -> None:
        """Show how far it is, unless that was shown a moment ago."""
        now = time.monotonic()
        if self._first is None:
            self._first = now, total(tally.rows({})).used
        if now < self._next:
            return
        rows = tally.rows(paces())
        began, before = self._first
        left = time_left(total(rows), before, now - began)
        self._screen.show(rows, f"{self._name}: {sentence(total(rows), left)}")
        after = time.monotonic()
        passed = after - self._began
        every = max(self._screen.every, passed / RARER if self._screen.every == LINES else 0.0)
        self._next = after + max(every, (after - now) / SHARE)

    def close(self) -> None:
        """The study has ended."""
        self._screen.close()


class Terminal:
    """A table that is drawn again where it stands."""

    every = TABLES

    def __init__(self) -> None:
        """On standard error."""
        self._console = Console(stderr=True)
        self._live: Live | None = None

    def show(self, rows: list[Row], sentence: str) -> None:
        """Draw it."""
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        height = self._console.height - MARGIN
        self._live.update(table(rows, sentence, most=height), refresh=True)

    def close(self) -> None:
        """Take it away."""
        if self._live is not None:
            self._live.stop()


class Notebook:
    """A table below a notebook's cell."""

    every = TABLES

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._handle: Any = None

    def show(self, rows: list[Row], sentence: str) -> None:
        """Show it in place of the last one."""
        from IPython.display import display  # an optional package: it is there in a notebook

        # Where rich sees a notebook, it would show each table a second time, and leave it there.
        console = Console(width=100, record=True, file=io.StringIO(), force_jupyter=False)
        console.print(table(rows, sentence))
        content = {"text/plain": console.export_text()}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def close(self) -> None:
        """Take it away."""
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)


class Lines:
    """A line now and then: in a log, what has been stays."""

    every = LINES

    def show(self, rows: list[Row], sentence: str) -> None:
        """Print it to standard error."""
        print(sentence, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing to take away."""


def screen() -> Screen | None:
    """Where somebody is looking; None where nobody is."""
    if _is_notebook():
        return Notebook()
    return Terminal() if sys.stderr is not None and sys.stderr.isatty() else None


def _is_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def table(rows: list[Row], sentence: str, most: float = math.inf) -> RenderableType:
    """A row per objective and strategy, or per strategy where there are more than `most`."""
    objectives = {row.objective for row in rows}
    if len(objectives) > 1 and len(rows) > most:
        by_strategy: dict[str, Row] = {}
        for row in rows:
            by_strategy.setdefault(row.strategy, Row("", row.strategy)).add(row)
        rows, objectives = [*by_strategy.values()], set()
    drawn = Table(box=box.SIMPLE)
    if len(objectives) > 1:
        drawn.add_column("objective", overflow="fold")
    drawn.add_column("strategy", overflow="fold")
    for name in ("runs", "budget", "best", "failed"):
        drawn.add_column(name, justify="right")
    for row in rows:
        cells = [escape(row.objective)] if len(objectives) > 1 else []
        cells += [escape(row.strategy), f"{row.finished}/{row.runs}", _share(row)]
        best = row.sign * row.best
        cells += ["" if math.isnan(best) else f"{best:.6g}", str(row.failed or "")]
        drawn.add_row(*cells)
    return Group(Text(sentence), drawn)


def sentence(row: Row, left: float | None) -> str:
    """How far it is, in a line.

    >>> sentence(Row("", "", runs=20, finished=3, failed=1, whole=400, used=90), 200)
    '22 % of the budget, 3 of 20 runs finished (1 failed), about 3 min left'
    """
    failed = f" ({row.failed} failed)" if row.failed else ""
    rest = "" if left is None else f", about {duration(left)} left"
    return f"{_share(row)} of the budget, {row.finished} of {row.runs} runs finished{failed}{rest}"


def time_left(row: Row, before: float, seconds: float) -> float | None:
    """Seconds, if it goes on as since `before` units were used, so many seconds ago."""
    if row.used <= before or seconds <= 0:
        return None
    return (row.whole - row.used) * seconds / (row.used - before)


def duration(seconds: float) -> str:
    """Seconds in the unit that one thinks in.

    >>> duration(5.2), duration(600), duration(9000), duration(200_000)
    ('5 s', '10 min', '2.5 h', '2.3 d')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} d"


def _share(row: Row) -> str:
    # Rounded down: all is 100 %, and nothing less is.
    return f"{math.floor(100 * row.used / row.whole) if row.whole else 100} %"
