"""How a session of ask and tell is begun, and opened again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from blackbox import machine, registry
from blackbox.constraints import Bound
from blackbox.errors import SessionError
from blackbox.identity import Identity, identity
from blackbox.notices import warn
from blackbox.parameters import Parameters
from blackbox.protocol import Strategy
from blackbox.sessions.record import SessionRecord
from blackbox.sessions.session import Session
from blackbox.sessions.setup import Setup, setup_again, setup_of
from blackbox.space import Space

CODE, VERSIONS = "strategy_code", "versions"  # of a session's file: what it was made with
MOST = 80  # characters of a setting that an error shows


def session(
    strategy: str | Strategy | None = None,
    space: Space | Parameters | None = None,
    budget: int | None = None,
    folder: str | Path | None = None,
    *,
    seed: int = 0,
    maximize: bool = True,
    constraints: Mapping[str, Bound] | Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    score: str = "score",
    noise: float | bool | None = None,
    known: Any = None,
    where: Callable[..., Any] | None = None,
) -> Session:
    """A search that you answer yourself: `ask()` for points, try them, `tell()` what came of them.

    For a laboratory, a machine, people. `budget` is how many trials there are. With a `folder` each
    word is kept there before it counts, and `bb.session(folder=...)` or the same call opens it
    again, after a crash or a month; a larger budget lets it go on, unless the strategy has planned
    by the first. What is told is a number `score` (a loss, with `maximize=False`), and the outputs
    that `constraints={"waste": bb.AtMost(0.2)}` bounds (or those named by a list, met where they
    are >= 0), or those that `weights={"yield": 1, "cost": -2}` sums. `noise=True`, or the sd of a
    score, says that the same trial has other results. `known` data are those of `bb.compare`, and
    `where=lambda p: p.a + p.b <= 1` is what may be asked; no folder holds it, so give it again.

    Raises SessionError, also for a strategy that needs gradients; StoreError for a folder that
    cannot be read; ReplayDiverged where the strategy is other code by now, and asks otherwise.

    >>> from blackbox.parameters import Real
    >>> lab = session("random_search", Parameters(heat=Real(20, 90)), budget=2)
    >>> lab.tell(1, 0.5)
    1
    >>> lab.remaining, lab.ask()["id"].tolist()
    (1, [2])
    """
    settings: dict[str, Any] = {"seed": seed, "maximize": maximize, "constraints": constraints}
    settings |= {"weights": weights, "score": score, "noise": noise, "known": known, "where": where}
    if folder is None:
        return Session(_whole(strategy, space, budget, settings, None))
    record = SessionRecord(Path(folder))
    with record.held():
        about = record.read()
        if about is None:
            setup = _whole(strategy, space, budget, settings, folder)
            record.begin(setup.to_json() | {CODE: _code(setup), VERSIONS: machine.versions()})
            return Session(setup, record)
        if space is None and budget is None:
            setup = setup_again(about, strategy, where)
        else:
            setup = _whole(strategy, space, budget, settings, folder)
        grows = _grows(setup, about, folder)
        opened = Session(setup, record, _changes(setup, about))
        if grows and opened.reads_budget:
            raise SessionError(
                f"{about['strategy']} has planned by its budget of {about['budget']}, so it cannot "
                f"go on with {setup.budget}: begin another session, with known=this.history"
            )
        if grows:
            record.begin(about | {"budget": setup.budget})
        return opened


def _whole(
    strategy: str | Strategy | None,
    space: Space | Parameters | None,
    budget: int | None,
    settings: Mapping[str, Any],
    folder: str | Path | None,
) -> Setup:
    """The setup of a call. Raises SessionError where the call is not whole."""
    if strategy is None or space is None or budget is None:
        where = "" if folder is None else f": there is none in {folder}"
        raise SessionError(
            f"a new session needs a strategy, a space and a budget{where}; one that exists is "
            "opened by its folder alone"
        )
    return setup_of(strategy, space, budget, **settings)


def _grows(setup: Setup, about: Mapping[str, Any], folder: str | Path) -> bool:
    """Whether only the budget is larger now. Raises SessionError for any other difference."""
    now = json.loads(json.dumps(setup.to_json()))
    unlike = [name for name in now if json.dumps(now[name]) != json.dumps(about.get(name))]
    if unlike == ["budget"] and now["budget"] > about["budget"]:
        return True
    if unlike:
        differences = [f"{n} was {_short(about.get(n))}, is {_short(now[n])}" for n in unlike]
        raise SessionError(
            f"{folder} holds another session: {'; '.join(differences)}. Open it by its folder "
            "alone, bb.session(folder=...), or use another folder"
        )
    return False


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MOST else f"{text[:MOST]}..."


def _code(setup: Setup) -> dict[str, str]:
    label = registry.label(setup.strategy)
    of = identity(setup.strategy, label, getattr(setup.strategy, "version", None))
    return dict(of.parts)


def _changes(setup: Setup, about: Mapping[str, Any]) -> str:
    """What is other code than when the session began; warns where it is the strategy's."""
    changes = Identity(_code(setup)).changes(Identity(about[CODE]))
    if changes:
        warn(
            f"{about['strategy']} is other code than when this session began "
            f"({'; '.join(changes)}); it has asked the same so far, or an error says so"
        )
    versions = machine.versions()
    changes += [
        f"{name} was {version}, is {versions.get(name, 'not there')}"
        for name, version in about[VERSIONS].items()
        if versions.get(name) != version
    ]
    return f"what has changed since: {'; '.join(changes)}" if changes else ""
