"""What a run already knows: for objectives whose duplicates are `cached`, known points are free."""

from __future__ import annotations

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief

# Points in a row that were all known, after which a search is taken to stand still: one that steps
# within the cell of a whole number would else never end. A (1+1)-ES shrinks its step a
# thousandfold meanwhile, a population of ten has bred ten generations. One that has found only few
# new ones since it began is given so many for each: where little is left, it would take hours.
PATIENCE, PER_NEW = 100, 20
DRAWS = 100  # of the prior, before what is left of a finite space is looked for in order


class PointCache:
    """Answers by the bits of the point. Only points that it does not know have to be paid for."""

    def __init__(self, held: tuple[Array, Answer] | None = None) -> None:
        """Start with nothing known, or with latent points `[n, d]` and their scores."""
        self._known: dict[tuple[str, bytes], Answer] = {}
        if held is not None:
            for row, key in enumerate(_keys(Ask(held[0]))):
                self._known.setdefault(key, held[1][row : row + 1])
        self._asked: Ask | None = None
        self._idle = 0
        self._new = 0  # points since the search began

    @property
    def is_idle(self) -> bool:
        """Whether so many points in a row were known that the search stands still."""
        return self._idle >= min(PATIENCE, PER_NEW * max(1, self._new))

    def unknown(self, ask: Ask) -> Ask | None:
        """The part of an ask that must be evaluated; None if all is known."""
        self._asked = ask
        fresh: dict[tuple[str, bytes], int] = {}
        for row, key in enumerate(_keys(ask)):
            row_answer = self._known.get(key)
            if row_answer is None or (ask.order == 1 and "grad" not in row_answer):
                fresh.setdefault(key, row)
        self._new += len(fresh)
        self._idle = 0 if fresh else self._idle + len(ask.points)
        return ask.some(np.array(list(fresh.values()))) if fresh else None

    def complete(self, evaluated: Ask, answer: Answer | None) -> Answer:
        """The answer to the whole last ask, from what was evaluated now and what was known."""
        charged: set[tuple[str, bytes]] = set()
        if answer is not None:
            for row, key in enumerate(_keys(evaluated)):
                self._known[key] = answer[row : row + 1]
                charged.add(key)
        assert self._asked is not None
        keys = _keys(self._asked)
        rows = [self._known[key] for key in keys]
        free = []
        for key in keys:  # the first of several that are the same is the one that was paid for
            free.append(key not in charged)
            charged.discard(key)
        names = _answered(rows[0])
        if self._asked.order == 1:
            names += ["grad", "grad_valid"] + ["constraint_grads"] * ("constraints" in rows[0])
        columns = {name: np.concatenate([getattr(row, name) for row in rows]) for name in names}
        return Answer(**columns, free=np.array(free))

    def unasked(self, brief: Brief, rng: np.random.Generator) -> Array | None:
        """A point `[1, d]` of an object that was never asked: a draw of the prior, where one is
        new, else the next in order; None where every object of a finite space is known.

        The search stands still, so that it is to begin anew elsewhere.
        """
        space = brief.space
        self._idle = self._new = 0
        asked = {point for at, point in self._known if at == "latent"}
        for _ in range(DRAWS):
            z = space.canonical(space.sample(rng, 1))
            if z[0].tobytes() not in asked:
                return z
        # As many steps as objects are known lead to one that is not, if there is one.
        for ahead in space.objects_after(z[0], len(asked)):
            is_new = ahead.tobytes() not in asked
            if is_new and (space.where is None or space.where(ahead[None])[0]):
                return ahead[None]
        return None

    def exchanges(self) -> tuple[Array, Answer] | None:
        """All latent points that were asked, and their scores."""
        pairs = [(key[1], answer) for key, answer in self._known.items() if key[0] == "latent"]
        if not pairs:
            return None
        points = np.stack([np.frombuffer(point) for point, _ in pairs])
        names = _answered(pairs[0][1])
        columns = {n: np.concatenate([getattr(a, n) for _, a in pairs]) for n in names}
        return points, Answer(**columns)


def _answered(answer: Answer) -> list[str]:
    """What a plain ask is answered with."""
    return ["score", "valid", *(n for n in ("criteria", "constraints") if n in answer)]


def _keys(ask: Ask) -> list[tuple[str, bytes]]:
    return [(ask.at, (point + 0.0).tobytes()) for point in ask.points]  # no -0.0
