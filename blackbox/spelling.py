"""What may have been meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import groupby

MANY = 60  # words: more are no help to a reader


def did_you_mean(word: object, words: Iterable[object], n: int = 1, cutoff: float = 0.5) -> str:
    """The middle of an error about an unknown word: the `n` nearest that are known, or nothing.

    What is no text is near to none.

    >>> did_you_mean("cmaes", ["cma_es", "snes"])
    "; did you mean 'cma_es'?"
    """
    if not isinstance(word, str):
        return ""
    near = difflib.get_close_matches(word, [str(one) for one in words], n=n, cutoff=cutoff)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def suggestion(word: object, words: Iterable[object], cutoff: float = 0.5) -> str:
    """The tail of an error about an unknown word: the nearest that is known, and all of them.

    Of very many those with a beginning in common are told together.

    >>> suggestion("cmaes", ["snes", "cma_es"])
    "; did you mean 'cma_es'? known: cma_es, snes"
    """
    everything = sorted(map(str, words))
    listed = everything if len(everything) <= MANY else families(everything)
    return f"{did_you_mean(word, everything, cutoff=cutoff) or ';'} known: {', '.join(listed)}"


def families(names: Iterable[str]) -> list[str]:
    """Names with those that have a beginning in common told together.

    >>> families(["bbob.f1", "bbob.f2", "tables.regressor"])
    ['bbob.* (2)', 'tables.regressor']
    """
    groups = [list(group) for _, group in groupby(names, lambda name: name.split(".")[0])]
    return [
        group[0] if len(group) == 1 else f"{group[0].split('.')[0]}.* ({len(group)})"
        for group in groups
    ]
