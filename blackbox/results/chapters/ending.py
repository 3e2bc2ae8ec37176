"""The files that chapters write: their names, and of which objectives of many there are figures."""

from __future__ import annotations

from blackbox.results.drawing.canvas import missing
from blackbox.results.view import View
from blackbox.results.writing.file_names import file_names

DRAWN = 4  # objectives with figures of their own: each has six, and nobody looks at a hundred


def price_ending(view: View) -> str:
    """What sets the files of this price apart from those of the study's others."""
    return f"-gradient-{view.price:g}" if len(view.prices) > 1 else ""


def drawn_files(view: View) -> dict[str, str]:
    """The objectives that have figures of their own, the first of many: name -> file name."""
    if missing():
        return {}
    files = file_names(view.budgets)
    return {name: files[name] for name in list(files)[:DRAWN]}


def not_drawn(view: View) -> tuple[str, ...]:
    """That only the first of many objectives are drawn, in a sentence."""
    n, drawn = len(view.budgets), len(drawn_files(view))
    if not 0 < drawn < n:
        return ()
    return (
        f"Figures show the first {drawn} of {n} objectives; the page has the curves of all, and "
        'study.plot("curves", objective=...) draws any.',
    )
